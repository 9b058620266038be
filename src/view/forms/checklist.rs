//! A check list for the cut-over: what is left to people when the copies stand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use super::markup::{escaped, in_code};
use crate::address::{ResourcePath, ServiceId, split_revision};
use crate::catalog::{Kind, PRODUCT, PRODUCT_API_LINK, PRODUCT_GROUP_LINK, SUBSCRIPTION};
use crate::plan::basis::Front;
use crate::plan::{Action, Finding, Plan, Severity, Step};
use crate::secret::plain;
use crate::shell::quoted;
use crate::view::urls::{NEW_HOST, OLD_HOST, Url, Urls};
use crate::view::verdict::Verdict;

/// Renders, in Markdown, what callers and their owners have to be told, what
/// else calls the old URLs, what stays behind, and the way back. `dir` is where
/// the plan stands, for the commands.
pub fn checklist(plan: &Plan, dir: &Path) -> String {
    let unknown = Front::default();
    let list = List {
        plan,
        front: plan.basis.as_ref().map_or(&unknown, |basis| basis.front()),
        dir: quoted(&plain(&dir.display().to_string())),
    };
    let mut out = format!(
        "# Cut-over to workspace `{}`: {}\n\nFrom service `{}` into workspace `{}` of `{}`, by the plan of {}. **{}.** Making this list changed nothing.\n",
        plan.workspace,
        escaped(&plan.name),
        plain(plan.source.name()),
        plan.workspace,
        plain(plan.target.name()),
        escaped(&plan.created),
        Verdict::of(plan),
    );
    for part in [
        List::before,
        List::urls,
        List::keys,
        List::products,
        List::callers,
        List::behind,
        List::after,
    ] {
        part(&list, &mut out);
    }
    out
}

struct List<'p> {
    plan: &'p Plan,
    front: &'p Front,
    /// For a shell.
    dir: String,
}

impl<'p> List<'p> {
    /// What is there when the plan is carried out, of a kind.
    fn copies(&self, kind: &'static Kind) -> impl Iterator<Item = &'p Step> {
        let steps = self.plan.steps.iter();
        steps.filter(move |step| step.kind == kind && step.action != Action::Tidy)
    }

    fn before(&self, out: &mut String) {
        let dir = &self.dir;
        let _ = write!(
            out,
            "\n## Before anybody moves\n\n\
             - [ ] The copies stand, and are as planned:\n\n\
             ```sh\napim-migrate apply {dir} --subscription-list subscriptions.csv\napim-migrate verify {dir} --secrets\n```\n\n",
        );
        match self.plan.blockers().count() {
            0 => {}
            some => {
                let _ = writeln!(
                    out,
                    "- [ ] What blocks the plan ({some}) is solved or allowed: `apim-migrate show {dir} --findings`"
                );
            }
        }
        let _ = writeln!(
            out,
            "- [ ] `{NEW_HOST}` below is put right. {}",
            match (&self.front.gateways, self.plan.within_one_service()) {
                (Some(names), _) if !names.is_empty() => {
                    let names: Vec<String> = (names.iter())
                        .map(|name| format!("`{}`", in_code(name)))
                        .collect();
                    format!(
                        "It stands for the host of the gateway that serves the workspace, {}: the plan knows its name, not its host",
                        names.join(" or ")
                    )
                }
                (Some(_), _) => "No gateway of its own serves the workspace as far as the plan knows: it stands for the host of the one that will".to_owned(),
                (None, true) => "It stands for the host of the gateway that serves the workspace, which the plan does not know".to_owned(),
                (None, false) => "It stands for the host of what serves the workspace, a gateway of its own or that of its service, which the plan does not know".to_owned(),
            }
        );
        match self.front.hosts.as_slice() {
            [] => {
                let _ = writeln!(
                    out,
                    "- [ ] `{OLD_HOST}` below is put right. It stands for the host that callers use today, which the plan does not know"
                );
            }
            [_] => {}
            [_, others @ ..] => {
                let others: Vec<String> = (others.iter())
                    .map(|host| format!("`{}`", in_code(host)))
                    .collect();
                let _ = writeln!(
                    out,
                    "- [ ] The service answers on other hosts as well, with the same paths: {}",
                    others.join(", ")
                );
            }
        }
    }

    fn urls(&self, out: &mut String) {
        let current = |step: &&Step| split_revision(step.target.below().name()).1.is_none();
        let apis = self.plan.steps.iter().filter(|step| step.kind.revisions);
        let apis: Vec<&Step> = apis.filter(current).collect();
        if apis.is_empty() {
            return;
        }
        out.push_str(
            "\n## Old URLs, new URLs\n\n| | API | old URL | new URL |\n|---|---|---|---|\n",
        );
        let urls = Urls::of(self.plan);
        for step in apis {
            let Some(new) = urls.copy(step) else {
                continue;
            };
            let source = step.source.as_ref();
            let old = urls.today(step);
            let _ = writeln!(
                out,
                "| [ ] | `{}` | {} | {} |",
                source.map_or_else(String::new, |source| in_code(source.0.name())),
                old.map_or_else(|| "not known to the plan".to_owned(), |old| told(&old)),
                told(&new),
            );
        }
    }

    fn keys(&self, out: &mut String) {
        let mut subscriptions = self.copies(&SUBSCRIPTION).peekable();
        if subscriptions.peek().is_none() {
            return;
        }
        out.push_str(
            "\n## Keys, and who has to be told\n\n\
             | told | subscription | its copy | opens | owner | state | keys |\n|---|---|---|---|---|---|---|\n",
        );
        let (mut new, mut same) = (0, 0);
        for step in subscriptions {
            let text = |name: &str| text(step, name);
            let keys = match (step.action, &step.secret) {
                (Action::Create, None) => {
                    new += 1;
                    "**new**"
                }
                (Action::Create, Some(_)) => {
                    same += 1;
                    "the same"
                }
                _ => "those of the copy that is there",
            };
            let owner = match last(text("ownerId")) {
                "" => "nobody: whoever made it".to_owned(),
                owner => format!("user `{}`", in_code(owner)),
            };
            let source = step.source.as_ref().map_or("", |source| source.0.name());
            let opens = text("scope").trim_end_matches('/');
            let _ = writeln!(
                out,
                "| [ ] | `{}` | `{}` ({}) | `{}` | {owner} | {} | {keys} |",
                in_code(source),
                in_code(step.target.below().name()),
                escaped(text("displayName")),
                in_code(ServiceId::split(opens).map_or(opens, |(_, below)| below)),
                escaped(text("state")),
            );
        }
        if same > 0 {
            out.push_str(
                "\nThe same keys open the copies, unless `apply` says that the service refused them: then they are new, and read as new keys are.\n",
            );
        }
        if new > 0 {
            let action = SUBSCRIPTION.secret.map_or("", |secret| secret.action);
            let _ = write!(
                out,
                "\nNew keys are read when the copies stand, one by one; put in the copy's name:\n\n```sh\naz rest --method post --url {}\n```\n",
                quoted(&plain(&format!(
                    "{}/subscriptions/NAME/{action}?api-version={}",
                    self.plan.workspace_id(),
                    self.plan.api_version
                ))),
            );
        }
        out.push_str(
            "\nKeys of the originals go on opening what they open today: they are not changed.\n",
        );
    }

    fn products(&self, out: &mut String) {
        let mut products = self.copies(&PRODUCT).peekable();
        if products.peek().is_none() {
            return;
        }
        out.push_str(
            "\n## Products\n\n| product | its copy | APIs | seen by | subscription |\n|---|---|---|---|---|\n",
        );
        let apis = self.linked(&PRODUCT_API_LINK, "apiId");
        let groups = self.linked(&PRODUCT_GROUP_LINK, "groupId");
        for step in products {
            let linked = |names: &BTreeMap<ResourcePath, Vec<String>>| {
                let names = names.get(step.target.below());
                names.map(|names| names.join(", ")).unwrap_or_default()
            };
            let flag = |name: &str| {
                let content = step.content.as_ref();
                content.and_then(|c| c.properties.get(name)?.as_bool())
            };
            let needs = match (flag("subscriptionRequired"), flag("approvalRequired")) {
                (Some(false), _) => "not needed",
                (_, Some(true)) => "needed, with approval",
                _ => "needed",
            };
            let source = step.source.as_ref().map_or("", |source| source.0.name());
            let _ = writeln!(
                out,
                "| `{}` | `{}` ({}) | {} | {} | {needs} |",
                in_code(source),
                in_code(step.target.below().name()),
                escaped(text(step, "displayName")),
                linked(&apis),
                linked(&groups),
            );
        }
    }

    /// By what holds links of a kind: what they lead to.
    fn linked(&self, link: &'static Kind, property: &str) -> BTreeMap<ResourcePath, Vec<String>> {
        let mut linked: BTreeMap<ResourcePath, Vec<String>> = BTreeMap::new();
        for step in self.copies(link) {
            let name = format!("`{}`", in_code(last(text(step, property))));
            if let Some(holder) = step.target.below().parent() {
                linked.entry(holder).or_default().push(name);
            }
        }
        linked
    }

    fn callers(&self, out: &mut String) {
        out.push_str("\n## What calls the old URLs, in the service itself\n\n");
        if self.front.callers.is_empty() {
            out.push_str("Nothing, as far as the plan read.\n");
        }
        let created = self.plan.steps.iter();
        let created = created.filter(|step| step.action == Action::Create);
        let copies: BTreeMap<&ResourcePath, &Step> = created
            .filter_map(|step| Some((&step.source.as_ref()?.0, step)))
            .collect();
        for (api, callers) in &self.front.callers {
            for call in callers {
                let advice = match copies.get(&call.by) {
                    Some(copy) => format!(
                        "so does its copy `{}`, which is edited in the plan's folder or after the move",
                        in_code(&copy.target.to_string())
                    ),
                    None => "not copied, and changed where it stands".to_owned(),
                };
                let _ = writeln!(
                    out,
                    "- [ ] `{}` {}, which is `{}`: {advice}",
                    in_code(call.by.as_str()),
                    escaped(&call.how),
                    in_code(api.as_str()),
                );
            }
        }
        out.push_str(
            "\nOnly what was read for the plan was looked at, and only whole URLs: policies of other APIs, and URLs that are put together from named values, were not. Callers outside are in the logs of the gateway.\n",
        );
    }

    fn behind(&self, out: &mut String) {
        let mut codes: BTreeMap<(Severity, &str), Vec<&Finding>> = BTreeMap::new();
        let told = self.plan.findings.iter();
        for finding in told.filter(|finding| finding.severity != Severity::Note) {
            let key = (finding.severity, finding.code.as_str());
            codes.entry(key).or_default().push(finding);
        }
        if codes.is_empty() {
            return;
        }
        out.push_str("\n## What stays behind, or is not what it was\n\n");
        for ((severity, code), found) in codes {
            let help = found
                .iter()
                .map(|f| f.help.as_str())
                .find(|h| !h.is_empty());
            let _ = writeln!(
                out,
                "- [ ] {} `{}`: {}",
                severity.as_str(),
                in_code(code),
                escaped(help.unwrap_or_default())
            );
            for finding in found {
                let allowed = if finding.allowed { " (allowed)" } else { "" };
                let _ = writeln!(
                    out,
                    "  - `{}`{allowed}: {}",
                    in_code(&finding.resource),
                    escaped(&finding.message)
                );
            }
        }
    }

    fn after(&self, out: &mut String) {
        let dir = &self.dir;
        let _ = write!(
            out,
            "\n## After the move\n\n\
             - [ ] The new URLs answer with the new keys, one call for each API\n\
             - [ ] Callers have moved: the logs of the old gateway show none for the old URLs\n\
             - [ ] Nothing has changed in the workspace since:\n\n\
             ```sh\napim-migrate verify {dir}\n```\n\n\
             The originals still stand and answer: nothing of the service was changed. Take them away only when nobody calls them.\n\n\
             ## Going back\n\n\
             - [ ] Callers are back at the old URLs with the old keys, which never stopped working\n\
             - [ ] The copies are taken away, but for what somebody has changed since:\n\n\
             ```sh\napim-migrate rollback {dir} --dry-run\napim-migrate rollback {dir}\n```\n",
        );
    }
}

fn text<'s>(step: &'s Step, property: &str) -> &'s str {
    let value = step
        .content
        .as_ref()
        .and_then(|c| c.properties.get(property));
    value.and_then(|value| value.as_str()).unwrap_or_default()
}

/// The name that an id ends with.
fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or_default()
}

fn told(url: &Url) -> String {
    match &url.header {
        None => format!("`{}`", in_code(&url.text)),
        Some(header) => format!("`{}` with `{}`", in_code(&url.text), in_code(header)),
    }
}
