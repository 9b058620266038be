//! Whether the caller may do what is still to be done, asked before the first
//! write.

use crate::apply::ApplyOptions;
use crate::apply::error::{ApplyError, MissingRights};
use crate::arm::{Arm, Reader, RoleReader};
use crate::crawl::read_rights;
use crate::plan::Plan;
use crate::plan::needs::Doing;
use crate::plan::setup::Item;
use crate::rights::{Lack, Right, Weight, lacks};
use crate::target::account::Account;

/// Refuses where a right is missing that is sure to be needed for what is not
/// done yet. Permissions that can't be read are nobody's obstacle.
pub(in crate::apply) async fn check(
    plan: &Plan,
    arm: &Arm,
    account: &Account<'_>,
    options: ApplyOptions,
) -> Result<(), ApplyError> {
    let left = match options.prune {
        true => account.left(),
        false => Vec::new(),
    };
    let doing = Doing {
        steps: (plan.steps.iter().enumerate())
            .filter(|(position, _)| !account.is_done(*position))
            .map(|(_, step)| step)
            .collect(),
        items: account.open_items(),
        drift: !options.ignore_drift,
        lists: plan.lists(),
        deleted: left.iter().collect(),
    };
    let nothing = doing.steps.is_empty() && doing.items.is_empty() && left.is_empty();
    if options.ignore_rights || nothing {
        return Ok(());
    }
    let places = plan.places(is_there(plan, arm, &doing).await);
    let known = read_rights(&RoleReader::new(arm.clone()), &places).await;
    let lacks: Vec<Lack> = (lacks(&doing.needs(&places), &known).into_iter())
        .filter(|lack| lack.weight == Weight::Must)
        .collect();
    if lacks.is_empty() {
        return Ok(());
    }
    let claims = arm.claims().await.ok().flatten();
    Err(ApplyError::Rights(Box::new(MissingRights {
        places,
        principal: claims.and_then(|c| c.principal),
        lacks,
    })))
}

/// The units that take a right: of all steps, and of what is set up behind them.
pub(in crate::apply) fn needing(plan: &Plan, items: &[Item<'_>], right: &Right) -> Vec<usize> {
    let places = plan.places(true);
    let takes = |steps: Vec<&_>, items: Vec<_>| {
        let doing = Doing {
            steps,
            items,
            drift: false,
            lists: None,
            deleted: Vec::new(),
        };
        let needs = doing.needs(&places);
        let must = needs.iter().filter(|need| need.weight == Weight::Must);
        must.into_iter().any(|need| need.right == *right)
    };
    let steps = plan.steps.iter().map(|step| takes(vec![step], vec![]));
    let items = items.iter().map(|item| takes(vec![], vec![*item]));
    let units = steps.chain(items).enumerate();
    units
        .filter_map(|(at, takes)| takes.then_some(at))
        .collect()
}

/// Whether the workspace is there, where it is perhaps still to be made.
async fn is_there(plan: &Plan, arm: &Arm, doing: &Doing<'_>) -> bool {
    if !doing.items.iter().any(|i| matches!(i, Item::Workspace(_))) {
        return true;
    }
    let reader = Reader::new(arm.clone(), plan.target.clone());
    let path = format!("/workspaces/{}", plan.workspace);
    !matches!(reader.get(&path, &[]).await, Ok(None))
}
