//! Which members of the closure can be copied, and which are left out.

use std::collections::BTreeSet;

use super::codes::{self, Code};
use super::finding::{Finding, some, which_hold};
use super::target::{Target, address_of};
use super::upload::Uploads;
use crate::address::{ByPath, ResourcePath};
use crate::catalog::{
    self, CERTIFICATE, Copied, Form, Kind, RESOLVER, Reference, api_type, says_something,
    serves_agents,
};
use crate::graph::{Cause, Closure, Unresolved, order};
use crate::inventory::{Inventory, Resource};
use crate::plan::names::Names;
use crate::policy;

/// What helps where it can't be told which certificate a policy takes.
const CERTIFICATE_HELP: &str = "Name the certificate itself in the policy, or keep its name or thumbprint in a named value that is not secret, and plan again; \
    or make it in the workspace by hand and allow the finding.";

/// What is left out, and the findings that say why.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Members that are not copied.
    pub left_out: BTreeSet<ResourcePath>,
    /// Why.
    pub findings: Vec<Finding>,
}

impl Outcome {
    fn leave(&mut self, path: &ResourcePath, finding: Finding) {
        self.left_out.insert(path.clone());
        self.findings.push(finding);
    }
}

/// Decides what can't be copied.
pub fn outcome(
    inventory: &Inventory,
    closure: &Closure,
    target: &Target,
    names: &Names,
    uploads: &Uploads,
) -> Outcome {
    let mut outcome = Outcome::default();
    let renamed = renamed(names);
    for (path, member) in &closure.members {
        let Some(resource) = inventory.get(path) else {
            continue;
        };
        unsupported(resource, uploads, &mut outcome);
        synthetic(resource, inventory, &mut outcome);
        absent_member(resource, inventory, target, &mut outcome);
        let within = inventory.service == target.service;
        for lost in &member.references.unresolved {
            unresolved(resource, lost, within, &renamed, &mut outcome);
        }
    }
    circles(closure, &mut outcome);
    cascade(inventory, closure, &mut outcome);
    unguarded(inventory, &mut outcome);
    outcome
}

fn unsupported(resource: &Resource, uploads: &Uploads, outcome: &mut Outcome) {
    let path = &resource.path;
    if resource.kind.revisions {
        of_type(resource, outcome);
    }
    let uploaded = resource.kind.upload.is_some() && uploads.contains_key(path);
    if let Some(incomplete) = resource.kind.lacks(&resource.properties)
        && !uploaded
        && let Some(code) = codes::code(incomplete.remark.code)
    {
        let finding = code.about(path, incomplete.remark.message);
        match incomplete.asks_for {
            // Its body waits for somebody to complete it.
            Some(_) => outcome.findings.push(finding),
            None => outcome.leave(path, finding),
        }
    }
    let Some(scan) = resource.scan() else {
        return;
    };
    if let Some(at) = &scan.credential_manager {
        let providers: BTreeSet<String> = (scan.references.iter())
            .filter(|r| r.to == policy::Target::AuthProvider)
            .map(|r| format!("`/authorizationProviders/{}`", r.name))
            .collect();
        let mut message = format!("`{}` in line {}", at.what, at.line);
        if !providers.is_empty() {
            let providers: Vec<String> = providers.into_iter().collect();
            message.push_str(&format!(" asks {}", providers.join(", ")));
        }
        outcome.leave(path, codes::CREDENTIAL_MANAGER.about(path, message));
    }
    if let Some(at) = &scan.self_hosted_only {
        let message = format!("`{}` in line {}", at.what, at.line);
        outcome.leave(path, codes::SELF_HOSTED_GATEWAY.about(path, message));
    }
}

fn of_type(resource: &Resource, outcome: &mut Outcome) {
    let path = &resource.path;
    let copied = api_type(&resource.properties).map(|of| of.copied);
    let of = resource.text("type").unwrap_or_default();
    let finding = |code: &str, message: String| Some(codes::code(code)?.about(path, message));
    match copied {
        Some(Copied::Not(code)) => {
            let found = finding(code, format!("the API is of type `{of}`"));
            found.into_iter().for_each(|f| outcome.leave(path, f));
            return;
        }
        Some(Copied::Unserved(code)) => {
            let message =
                format!("the API is of type `{of}`, which only self-hosted gateways serve");
            outcome.findings.extend(finding(code, message));
        }
        _ => {}
    }
    if let Some(property) = serves_agents(&resource.properties) {
        let message = format!("the API has `{property}`");
        outcome.leave(path, codes::API_TYPE.about(path, message));
    }
}

/// An API of resolvers that has none yet is still one of them: a workspace
/// refuses it.
fn synthetic(resource: &Resource, inventory: &Inventory, outcome: &mut Outcome) {
    let path = &resource.path;
    let properties = &resource.properties;
    let by_resolvers =
        resource.kind.revisions && api_type(properties).is_some_and(|of| of.by_resolvers);
    let server = properties.get("serviceUrl").is_some_and(says_something);
    let has_resolvers = || inventory.children(path).any(|r| r.kind == &RESOLVER);
    if by_resolvers && !server && !has_resolvers() {
        let message = "it has neither a server (`serviceUrl`) nor resolvers";
        outcome.leave(path, codes::GRAPHQL_RESOLVER.about(path, message));
    }
}

/// Members of a group that nobody in the target service is.
fn absent_member(
    resource: &Resource,
    inventory: &Inventory,
    target: &Target,
    outcome: &mut Outcome,
) {
    let is_member = resource.kind.member.is_some();
    let within = inventory.service == target.service;
    if !is_member || within || target.referable.is_none() {
        return;
    }
    if target.user_like(resource, inventory).is_none() {
        let path = &resource.path;
        let who = address_of(resource, inventory).unwrap_or(path.name());
        let message = format!(
            "the member `{who}` is not a user of `{}`",
            target.service.name()
        );
        outcome.leave(path, codes::OWNER.about(path, message));
    }
}

fn unresolved(
    resource: &Resource,
    lost: &Unresolved,
    within: bool,
    renamed: &BTreeSet<&str>,
    outcome: &mut Outcome,
) {
    let path = &resource.path;
    let renames = |kind: &Kind| renamed.contains(kind.collection());
    let what = format!("{} `{}`, {}", singular(lost.kind), lost.name, lost.place);
    match lost.cause {
        // A property that names a person or a thing at service level can be
        // left out by itself.
        Cause::Absent if optional(resource.kind, lost) => {
            let message = format!("names the {what}, which is not there");
            outcome.findings.push(codes::OWNER.about(path, message));
        }
        Cause::Absent => {
            let message = format!("names the {what}, which is not there");
            outcome.leave(path, codes::NOTHING.about(path, message));
        }
        Cause::Foreign => {
            let message = format!("names the {what}, which is of another service");
            outcome.leave(path, codes::FOREIGN.about(path, message));
        }
        Cause::Expression | Cause::Unknown => {
            let code: &Code = match lost.cause {
                Cause::Expression => &codes::EXPRESSION,
                _ => &codes::COMPOSED,
            };
            let mut finding = code.about(path, format!("names a {what}"));
            // A certificate that can't be told does not come along: no name that
            // is written helps.
            if lost.kind == &CERTIFICATE {
                finding.help = CERTIFICATE_HELP.to_owned();
            }
            if !within && !renames(lost.kind) {
                finding.severity = super::finding::Severity::Warning;
            }
            outcome.findings.push(finding);
        }
        Cause::AlsoRead if renames(lost.kind) => {
            let message = format!(
                "the variable `{}` names {} and is read {} as well",
                lost.name, lost.kind.plural, lost.place
            );
            outcome.findings.push(codes::ALSO_READ.about(path, message));
        }
        Cause::PutTogether if renames(lost.kind) => {
            let message = format!("named the {what}; the copy is named by itself");
            outcome
                .findings
                .push(codes::WRITTEN_OUT.about(path, message));
        }
        Cause::AlsoRead | Cause::PutTogether => {}
        Cause::Braces => {
            let message = format!("it holds `{{{{{}}}}}`, {}", lost.name, lost.place);
            outcome.findings.push(codes::IN_DOUBT.about(path, message));
        }
        Cause::Literal => {
            let message = format!("holds the name of the {what}");
            outcome.findings.push(codes::IN_CODE.about(path, message));
        }
    }
}

/// Whether a reference can be dropped without what has it losing its meaning.
fn optional(kind: &Kind, lost: &Unresolved) -> bool {
    let names = |r: &Reference| r.form == Form::Id && r.to == [lost.kind];
    lost.kind.dispensable && kind.references.iter().any(names)
}

/// The collections of what gets other names.
fn renamed(names: &Names) -> BTreeSet<&str> {
    let renamed = names
        .iter()
        .filter(|(source, named)| named.target != **source);
    let kinds = renamed.filter_map(|(source, _)| catalog::kind_of(source));
    kinds.map(Kind::collection).collect()
}

/// The singular of a kind's plural, for messages.
pub fn singular(kind: &Kind) -> String {
    match kind.plural.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => kind
            .plural
            .strip_suffix('s')
            .unwrap_or(kind.plural)
            .to_owned(),
    }
}

fn circles(closure: &Closure, outcome: &mut Outcome) {
    let paths: Vec<&ResourcePath> = closure.members.keys().collect();
    let numbers = order::numbered(paths.iter().copied());
    let needs: Vec<(usize, usize)> = closure
        .members
        .iter()
        .flat_map(|(path, member)| {
            let live = member.references.needs.iter().filter(|n| n.is_hard());
            live.filter_map(|n| Some((*numbers.get(path)?, *numbers.get(&n.to)?)))
                .collect::<Vec<_>>()
        })
        .collect();
    for group in order::cycles(paths.len(), &needs) {
        let members = some(group.iter().map(|i| paths[*i]));
        for item in &group {
            let message = format!("needs itself by way of {members}");
            outcome.leave(paths[*item], codes::CYCLE.about(paths[*item], message));
        }
    }
}

/// Leaves out what needs something that is left out.
fn cascade(inventory: &Inventory, closure: &Closure, outcome: &mut Outcome) {
    let mut needed_by: ByPath<Vec<&ResourcePath>, &ResourcePath> = ByPath::default();
    for (path, member) in &closure.members {
        for need in member.references.needs.iter().filter(|n| n.is_hard()) {
            needed_by.entry(&need.to).or_default().push(path);
        }
    }
    let mut queue: Vec<ResourcePath> = outcome.left_out.iter().cloned().collect();
    while let Some(gone) = queue.pop() {
        for path in needed_by.get(&gone).into_iter().flatten() {
            if !outcome.left_out.insert((*path).clone()) {
                continue;
            }
            queue.push((*path).clone());
            // What stands below something that is left out needs no word.
            let below = path.is_within(&gone);
            if !below && let Some(resource) = inventory.get(path) {
                // What a policy guards must not go unguarded without a word.
                let code = match resource.kind.is_document() {
                    true => &codes::POLICY_LEFT_OUT,
                    false => &codes::LEFT_WITH,
                };
                let finding = code.about(path, format!("it needs `{gone}`"));
                outcome.findings.push(finding);
            }
        }
    }
}

/// Says of policies that are left out what is copied without them, and what that
/// then lacks: whoever allows it has to know.
fn unguarded(inventory: &Inventory, outcome: &mut Outcome) {
    let Outcome { left_out, findings } = outcome;
    let mut told = BTreeSet::new();
    for finding in findings {
        let path = finding.resource.parse().ok();
        let path = path.filter(|path: &ResourcePath| left_out.contains(path));
        let Some(policy) = path.and_then(|path| inventory.get(&path)) else {
            continue;
        };
        let parent = policy.path.parent();
        if policy.kind.is_policy()
            && finding.severity == super::finding::Severity::Blocker
            && let Some(owner) = parent.filter(|owner| !left_out.contains(owner))
            && told.insert(&policy.path)
        {
            let held = which_hold("holds", policy.document().into_iter());
            let lacks = format!("; `{owner}` is copied without it{held}");
            finding.message.push_str(&lacks);
        }
    }
}
