//! What is asked before anything is written.

use std::collections::BTreeSet;
use std::path::Path;

use apim_migrate::address::TargetPath;
use apim_migrate::apply::{dry_run, status};
use apim_migrate::plan::setup::Item;
use apim_migrate::plan::{Action, Plan, StepId};

use crate::cli::brief::many;
use crate::cli::carry::places;
use crate::report::Report;

/// Names the workspace and the number of writes.
pub(super) fn question(plan: &Plan, dir: &Path, prune: bool) -> Result<String, Report> {
    let requests = dry_run(plan, dir)?.requests;
    let reused: BTreeSet<&StepId> = (plan.steps.iter())
        .filter(|s| s.action == Action::Reuse)
        .map(|s| &s.id)
        .collect();
    let set_up_first: BTreeSet<StepId> = plan.setup.items().map(|item| item.id()).collect();
    let writes = (requests.iter())
        .filter(|r| !reused.contains(&r.step) && !set_up_first.contains(&r.step))
        .count();
    let (left, replaced) = match prune {
        true => {
            let status = status(plan, dir)?;
            let named: BTreeSet<String> = plan.steps.iter().map(|s| s.target.to_string()).collect();
            let mut replaced = status.replaced;
            replaced.retain(|target| !named.contains(&target.to_string()));
            (status.left, replaced)
        }
        false => (Vec::new(), Vec::new()),
    };
    let pruned = |verb: &str, targets: &[TargetPath]| match targets {
        [] => String::new(),
        left => format!(
            ", and {verb} {} that the plan does not name any more ({}),",
            many(left.len(), "resource"),
            places(left)
        ),
    };
    let deletes = pruned("delete", &left) + &pruned("put back", &replaced);
    let open: BTreeSet<&StepId> = requests.iter().map(|r| &r.step).collect();
    let items = plan.setup.items().filter(|item| open.contains(&item.id()));
    let sets_up: Vec<String> = items.map(|item| set_up(&item)).collect();
    let sets_up = match sets_up.as_slice() {
        [] => String::new(),
        all => format!(", {},", all.join(", ")),
    };
    Ok(format!(
        "Send {}{sets_up}{deletes} to workspace {} of {}?",
        many(writes, "write"),
        plan.workspace,
        plan.target.name(),
    ))
}

/// What is set up, in words.
fn set_up(item: &Item<'_>) -> String {
    match item {
        Item::Workspace(workspace) => format!(
            "make or change the workspace itself (`{}`)",
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
            format!("give {kind} {principal} the role {role}{service}")
        }
    }
}
