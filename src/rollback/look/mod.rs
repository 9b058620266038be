//! Looking at what would be taken back, without a write.

mod crowd;
pub(super) mod held;
mod inspect;
mod last;
mod linked;
pub(super) mod put_back;
pub(super) mod undo;
mod used;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Serialize;

use self::held::{Held, Inspected};
use self::inspect::inspect;
use self::put_back::PutBack;
use self::undo::{Undo, undo};
use super::{KeptStep, Scope};
use crate::address::TargetPath;
use crate::arm::Arm;
use crate::engine::journal::{Bodies, Journal, Ledger};
use crate::engine::ownership::Hold;
use crate::plan::{Action, Plan};
use crate::progress::{Listener, looking};
use crate::target::account::Account;
use crate::target::left::whole;
use crate::target::lists::Lists;
use crate::target::order::Order;
use crate::target::remote::Remote;
use crate::target::survey::{There, survey};
use crate::target::{RunError, about};

/// What a rollback would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// What would be deleted, in an order in which it could be.
    pub delete: Vec<TargetPath>,
    /// What somebody else had and would be put back, in such an order.
    pub put_back: Vec<PutBack>,
    /// What this plan made or wrote over and would be kept as it is.
    pub keep: Vec<KeptStep>,
    /// How many steps made something that is gone already.
    pub gone: usize,
}

/// What a rollback found when it was only asked what it would do, so that one that
/// follows at once need not look again.
#[derive(Debug)]
pub struct Seen {
    scope: Scope,
    /// What the journal said.
    ledger: Ledger,
    at: Instant,
    pub(super) found: HashMap<usize, Inspected>,
    pub(super) unknown: Vec<KeptStep>,
}

/// How long what was seen counts: whoever is asked may take his time.
const FRESH: Duration = Duration::from_secs(60);

impl Seen {
    /// Whether it is what would be seen now: it is fresh, and no other run of the
    /// plan came in between.
    pub(super) fn holds(&self, scope: Scope, ledger: &Ledger) -> bool {
        self.scope == scope && self.at.elapsed() < FRESH && self.ledger == *ledger
    }
}

/// Tells what a rollback would do, without a write, and what was seen for that.
///
/// # Errors
/// When journal or target can't be read.
pub async fn preview(
    plan: &Plan,
    dir: &Path,
    arm: &Arm,
    scope: Scope,
    listener: &Arc<dyn Listener>,
) -> Result<(Preview, Seen), RunError> {
    let at = Instant::now();
    let ledger = Journal::peek(&about(plan), dir)?;
    let own = plan.steps.len();
    let bodies = Bodies::read(dir)?;
    let plan = &whole(plan, &ledger, &bodies.sent);
    let account = Account::new(plan, ledger, bodies);
    let order = Order::of(plan)?;
    let lists = Lists::new(Arc::new(Remote::new(plan, arm)));
    let looked = look(&account, &order, &lists, own, scope);
    let (found, unknown) = looking("the workspace", listener, looked).await?;
    let undo = undo(plan, order.nodes(), &held(plan, &found));
    let deletes = undo.units.iter().filter(|unit| !unit.puts_back);
    let mut delete: Vec<usize> = deletes
        .flat_map(|unit| std::iter::once(unit.step).chain(unit.with.iter().copied()))
        .collect();
    delete.sort_unstable();
    let puts_back = undo.units.iter().filter(|unit| unit.puts_back);
    let put_back = puts_back.map(|unit| PutBack::of(&account, unit.step));
    let preview = Preview {
        delete: (delete.iter().rev())
            .map(|&i| plan.steps[i].target.clone())
            .collect(),
        put_back: put_back.rev().collect(),
        keep: kept(plan, &undo, &found)
            .into_iter()
            .chain(unknown.iter().cloned())
            .collect(),
        gone: found.values().filter(|f| f.held == Held::Gone).count(),
    };
    let ledger = account.ledger().clone();
    let seen = Seen {
        scope,
        ledger,
        at,
        found,
        unknown,
    };
    Ok((preview, seen))
}

/// Looks at what this plan made, and at what it may have made.
pub(super) async fn look(
    account: &Account<'_>,
    order: &Order<'_>,
    lists: &Lists,
    own: usize,
    scope: Scope,
) -> Result<(HashMap<usize, Inspected>, Vec<KeptStep>), RunError> {
    let found = inspect(account, order, lists, &to_undo(account, own, scope)).await?;
    let unknown = match scope {
        Scope::All => unrecorded(account, lists.remote(), own).await?,
        Scope::Left => Vec::new(),
    };
    Ok((found, unknown))
}

/// What this plan made or wrote over, or may have, by position.
pub(super) fn to_undo(account: &Account<'_>, own: usize, scope: Scope) -> Vec<usize> {
    let steps = account.plan().steps.iter().enumerate();
    let all = steps.filter(|(i, step)| {
        let asked = scope == Scope::All || *i >= own;
        asked && step.action != Action::Tidy && account.hold(*i).is_to_undo()
    });
    all.map(|(i, _)| i).collect()
}

/// What stands where the plan would make something, and no record says that it
/// did.
async fn unrecorded(
    account: &Account<'_>,
    remote: &Remote,
    own: usize,
) -> Result<Vec<KeptStep>, RunError> {
    let plan = account.plan();
    let steps = plan.steps[..own].iter().enumerate();
    let create = steps.filter(|(_, step)| step.action == Action::Create);
    let unknown: Vec<usize> = (create.filter(|(i, _)| account.hold(*i) == Hold::Nothing))
        .map(|(i, _)| i)
        .collect();
    let found = survey(plan, remote, &unknown, &unknown.iter().copied().collect()).await?;
    let there = |i: &usize| found.get(i).is_some_and(|there| *there != There::Nothing);
    Ok(unknown
        .iter()
        .filter(|i| there(i))
        .map(|&i| KeptStep {
            step: plan.steps[i].id.clone(),
            target: plan.steps[i].target.clone(),
            why: "no journal says that this plan made it".to_owned(),
        })
        .collect())
}

/// What was found of each step's outcome.
pub(super) fn held(plan: &Plan, found: &HashMap<usize, Inspected>) -> Vec<Held> {
    let held = |i: usize| found.get(&i).map_or(Held::NotOurs, |f| f.held.clone());
    (0..plan.steps.len()).map(held).collect()
}

/// What is kept, and why.
pub(super) fn kept(plan: &Plan, undo: &Undo, found: &HashMap<usize, Inspected>) -> Vec<KeptStep> {
    let why = |position: usize, sake: usize| match found.get(&sake).map(|f| &f.held) {
        Some(Held::Stays(why) | Held::Lost(why)) if sake == position => why.clone(),
        _ => format!("`{}` is kept and goes with it", plan.steps[sake].id),
    };
    (undo.kept.iter())
        .map(|&(position, sake)| KeptStep {
            step: plan.steps[position].id.clone(),
            target: plan.steps[position].target.clone(),
            why: why(position, sake),
        })
        .collect()
}
