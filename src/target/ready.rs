//! Whether a plan can be carried out: as far as that is known without a request, and
//! then by what stands in the workspace.

use crate::arm::{Arm, ArmError, Reader};
use crate::catalog::{Home, kinds};
use crate::crawl::{CrawlError, read_target};
use crate::inventory::Inventory;
use crate::plan::validate::{self, Present, Problem, Trouble, validate};
use crate::plan::{Plan, PlanError};

/// Why a plan can't be carried out.
#[derive(Debug)]
pub enum Unready {
    /// Something is wrong with it.
    Problems(Vec<Problem>),
    /// Its workspace is not there.
    NoWorkspace(PlanError),
    /// The service can't be asked for the workspace.
    Arm(ArmError),
    /// What stands in the workspace can't be read.
    Crawl(CrawlError),
}

/// What has to be known of the workspace before a plan can be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needed {
    /// Nothing: all that the plan refers to is in it.
    Nothing,
    /// What stands there: the plan refers to something that is no step.
    Present,
}

/// Checks a plan that a person may have edited, as far as that is possible
/// without a request, and puts its steps in order.
///
/// # Errors
/// When something is wrong with it.
pub fn checked(plan: &mut Plan) -> Result<Needed, Unready> {
    checked_for(plan, |_| true)
}

/// The same for what makes nothing: a blocker is no reason not to look at what
/// stands there, nor not to take it back.
///
/// # Errors
/// When something is wrong with it.
pub fn checked_past(plan: &mut Plan) -> Result<(), Unready> {
    checked_for(plan, |p| !matches!(p.trouble, Trouble::Blocked { .. })).map(|_| ())
}

fn checked_for(plan: &mut Plan, counts: fn(&Problem) -> bool) -> Result<Needed, Unready> {
    let mut problems = validate(plan, &Present::default())
        .err()
        .unwrap_or_default();
    problems.retain(counts);
    let (absent, sure): (Vec<Problem>, Vec<Problem>) = problems
        .into_iter()
        .partition(|p| matches!(p.trouble, Trouble::Missing { .. } | Trouble::NoParent(_)));
    if !sure.is_empty() {
        return Err(Unready::Problems(sure));
    }
    validate::sort(plan).map_err(Unready::Problems)?;
    Ok(match absent.is_empty() {
        true => Needed::Nothing,
        false => Needed::Present,
    })
}

/// Checks what could not be checked without knowing what is there, and that
/// the workspace is there at all.
///
/// # Errors
/// When the workspace is not there or can't be read, or the plan refers to what is
/// not in it.
pub async fn resolved(plan: &Plan, needed: Needed, arm: &Arm) -> Result<(), Unready> {
    let reader = Reader::new(arm.clone(), plan.target.clone());
    match reader
        .get(&format!("/workspaces/{}", plan.workspace), &[])
        .await
    {
        Ok(Some(_)) => {}
        Ok(None) if plan.setup.workspace.is_some() => {}
        Ok(None) => {
            let (workspace, service) = (plan.workspace.to_string(), plan.target.name().to_owned());
            let absent = PlanError::NoWorkspace { workspace, service };
            return Err(Unready::NoWorkspace(absent));
        }
        // Who may write into a workspace need not be allowed to look at it.
        Err(error) if error.status() == Some(403) => {}
        Err(error) => return Err(Unready::Arm(error)),
    }
    if needed == Needed::Nothing {
        return Ok(());
    }
    let present = present(plan, arm).await?;
    validate(plan, &present).map_err(Unready::Problems)
}

async fn present(plan: &Plan, arm: &Arm) -> Result<Present, Unready> {
    let reader = Reader::new(arm.clone(), plan.target.clone());
    let top = kinds()
        .iter()
        .copied()
        .filter(|k| k.home == Home::Workspace && !k.pattern.contains('/'))
        .collect();
    let empty = Inventory::new(plan.source.clone());
    let target = read_target(&reader, &plan.workspace, &top, &empty)
        .await
        .map_err(Unready::Crawl)?;
    Ok(Present::of(&target))
}
