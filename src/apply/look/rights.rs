//! Whether the caller may do what is still to be done, asked before the first
//! write.

use uuid::Uuid;

use crate::apply::run::Run;
use crate::apply::{ApplyError, ApplyOptions};
use crate::arm::{Arm, Reader, RoleReader};
use crate::crawl::read_rights;
use crate::plan::Plan;
use crate::plan::needs::Doing;
use crate::plan::setup::Item;
use crate::rights::{Lack, Places, Right, Weight, lacks};
use crate::target::account::Account;

/// Rights that are missing, and who lacks them.
#[derive(Debug)]
pub struct MissingRights {
    /// Where they are needed.
    pub places: Places,
    /// The caller's object id, where the token tells it.
    pub principal: Option<Uuid>,
    /// What is missing, for sure needed.
    pub lacks: Vec<Lack>,
}

impl MissingRights {
    /// What is missing, in a line.
    pub(in crate::apply) fn line(&self) -> String {
        let each: Vec<String> = (self.lacks.iter())
            .map(|lack| format!("{} at {}", lack.in_words(), self.places.name(lack.place)))
            .collect();
        format!(
            "you lack rights that this takes, so nothing was written: {}",
            each.join("; ")
        )
    }

    /// The commands that give the roles.
    pub fn commands(&self) -> impl Iterator<Item = String> + '_ {
        let command = |lack: &Lack| lack.command(&self.places, self.principal);
        self.lacks.iter().filter_map(command)
    }
}

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

impl Run<'_> {
    /// The units that take a right.
    pub(in crate::apply) fn needing(&self, right: &Right) -> Vec<usize> {
        let places = self.plan.places(true);
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
        let steps = self.plan.steps.iter().map(|step| takes(vec![step], vec![]));
        let items = self.items.iter().map(|item| takes(vec![], vec![*item]));
        let units = steps.chain(items).enumerate();
        units
            .filter_map(|(at, takes)| takes.then_some(at))
            .collect()
    }
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
