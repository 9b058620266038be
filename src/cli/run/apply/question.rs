//! What is asked before anything is written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use apim_migrate::address::{TargetPath, split_revision};
use apim_migrate::apply::{dry_run, status};
use apim_migrate::arm::Forecast;
use apim_migrate::plan::setup::Item;
use apim_migrate::plan::{Action, Plan, Severity, Step, StepId};
use apim_migrate::view::{into, kinds};

use crate::cli::plan::brief::many;
use crate::cli::report::Report;
use crate::cli::run::carry::places;

/// Most APIs that are named.
const TOLD: usize = 6;

/// What is asked, and what has to be known to answer.
pub(super) struct Asked {
    pub(super) lines: Vec<String>,
    pub(super) question: String,
}

/// Says what goes where, what is sent, and what to think of before.
pub(super) fn question(plan: &Plan, dir: &Path, prune: bool) -> Result<Asked, Report> {
    let found = dry_run(plan, dir)?;
    let open: BTreeSet<&StepId> = found.requests.iter().map(|r| &r.step).collect();
    let steps: Vec<&Step> = plan.steps.iter().filter(|s| open.contains(&s.id)).collect();
    let (left, replaced) = match prune {
        true => pruned(plan, dir)?,
        false => (Vec::new(), Vec::new()),
    };
    let mut sends = vec![sent(&steps, found.forecast)];
    for (verb, targets) in [("deletes", &left), ("puts back", &replaced)] {
        if !targets.is_empty() {
            let count = many(targets.len(), "resource");
            sends.push(format!(
                "{verb} {count} that the plan does not name any more ({})",
                places(targets)
            ));
        }
    }
    let items = plan.setup.items().filter(|item| open.contains(&item.id()));
    sends.extend(items.map(|item| set_up(&item)));
    let lines = vec![
        format!("from   {}", plan.source.in_words()),
        format!("into   {}", into(plan)),
        format!("APIs   {}", apis(&steps)),
        format!("sends  {}", sends.join("; ")),
        format!("note   {}", notes(plan)),
    ];
    let (workspace, service) = (&plan.workspace, plan.target.name());
    Ok(Asked {
        lines,
        question: format!("Write to workspace {workspace} of {service}?"),
    })
}

/// What left the plan: this plan's own, and what it had replaced.
fn pruned(plan: &Plan, dir: &Path) -> Result<(Vec<TargetPath>, Vec<TargetPath>), Report> {
    let status = status(plan, dir)?;
    let named: BTreeSet<String> = plan.steps.iter().map(|s| s.target.to_string()).collect();
    let mut replaced = status.replaced;
    replaced.retain(|target| !named.contains(&target.to_string()));
    Ok((status.left, replaced))
}

/// The APIs that are written, by name and path.
fn apis(steps: &[&Step]) -> String {
    let apis = steps.iter().filter(|step| step.kind.revisions);
    let current = apis.filter(|step| split_revision(step.target.below().name()).1.is_none());
    let named: Vec<String> = current
        .map(|step| {
            let path = (step.content.as_ref()).and_then(|c| c.properties.get("path")?.as_str());
            format!(
                "{} at /{}",
                step.target.below().name(),
                path.unwrap_or_default()
            )
        })
        .collect();
    match named.len() {
        0 => "none".to_owned(),
        n if n > TOLD => format!("{}, and {} more", named[..TOLD].join(", "), n - TOLD),
        _ => named.join(", "),
    }
}

/// What is sent, by kind, and how long that takes.
fn sent(steps: &[&Step], forecast: Option<Forecast>) -> String {
    let count = |action: Action| steps.iter().filter(|s| s.action == action).count();
    let mut sends = match count(Action::Create) {
        0 => "nothing".to_owned(),
        writes => format!(
            "{} ({})",
            many(writes, "write"),
            kinds(steps.iter().copied(), Action::Create).join(", ")
        ),
    };
    if count(Action::Tidy) > 0 {
        sends.push_str(&format!(", {}", many(count(Action::Tidy), "delete")));
    }
    let forecast = forecast.filter(|_| !steps.is_empty());
    if let Some(time) = forecast.and_then(|forecast| forecast.time()) {
        sends.push_str(&format!("; {time}"));
    }
    sends
}

/// What somebody should have looked at.
fn notes(plan: &Plan) -> String {
    let counted = |severity: Severity| {
        let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in plan.findings.iter().filter(|f| f.severity == severity) {
            *codes.entry(finding.code.as_str()).or_default() += 1;
        }
        let codes: Vec<String> = codes.iter().map(|(c, n)| format!("{n} {c}")).collect();
        codes.join(", ")
    };
    let all: Vec<String> = [
        (counted(Severity::Blocker), "allowed"),
        (counted(Severity::Warning), "warned of"),
    ]
    .into_iter()
    .filter(|(codes, _)| !codes.is_empty())
    .map(|(codes, what)| format!("{what}: {codes}"))
    .collect();
    match all.is_empty() {
        true => "nothing was warned of".to_owned(),
        false => all.join("; "),
    }
}

/// What is set up, in words.
fn set_up(item: &Item<'_>) -> String {
    match item {
        Item::Workspace(workspace) => format!(
            "makes or changes the workspace itself (`{}`)",
            workspace.display_name
        ),
        Item::Access(access) => {
            let service = match access.service_role.as_deref() {
                None => " and the role at the service that goes with it".to_owned(),
                Some(none) if none.eq_ignore_ascii_case("none") => String::new(),
                Some(role) => format!(" and {role} at the service"),
            };
            let kind = access.principal_type.to_lowercase();
            let (role, principal) = (&access.role, access.principal);
            format!("gives {kind} {principal} the role {role}{service}")
        }
    }
}
