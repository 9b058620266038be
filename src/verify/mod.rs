//! Whether the target is what the plan says, field by field and reference by
//! reference.

mod added;
mod dangling;
mod record;
mod secrets;

pub use added::Added;
pub use dangling::{Dangling, Why};
pub use record::{Basis, LastLook};

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Map;

use self::added::added;
use self::dangling::dangling;
use crate::address::{ResourcePath, TargetPath};
use crate::arm::Arm;
use crate::catalog::Kind;
use crate::exit::Exit;
use crate::plan::compare::{Difference, differences};
use crate::plan::{Action, Plan, Step, StepId};
use crate::progress::{Event, Listener, StepOutcome, looking};
use crate::target::account::Account;
use crate::target::automatic::Automatic;
use crate::target::lists::Lists;
use crate::target::order::Order;
use crate::target::remote::{Remote, Standing};
use crate::target::survey::{READS, place, twin};
use crate::target::{ReadFailed, RunError};

/// A target that differs from the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Differing {
    /// The step.
    pub step: StepId,
    /// Where it stands.
    pub target: TargetPath,
    /// In what it differs.
    pub differences: Vec<Difference>,
}

/// A target that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// The step.
    pub step: StepId,
    /// Where it should stand.
    pub target: TargetPath,
}

/// Something that the service made on its own and that is still there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Untidied {
    /// The step that should have removed it.
    pub step: StepId,
    /// What it is: paths below the workspace.
    pub found: Vec<ResourcePath>,
}

/// What a comparison of plan and target came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyReport {
    /// The plan's name.
    pub plan: String,
    /// What the last run did, `apply` or `rollback`; none when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_run: Option<String>,
    /// How many targets were compared.
    pub checked: usize,
    /// How many of them are as planned.
    pub same: usize,
    /// Targets that differ, in the order of the plan.
    pub different: Vec<Differing>,
    /// Targets that are not there, in the order of the plan.
    pub missing: Vec<Missing>,
    /// References of the copies that lead nowhere, or out of the workspace.
    pub dangling: Vec<Dangling>,
    /// What should have been tidied and is still there.
    pub untidied: Vec<Untidied>,
    /// What was added to copies, in the order of the plan.
    pub added: Vec<Added>,
    /// How many copies hold a secret that was not compared: the service shows
    /// none.
    pub secrets_not_compared: usize,
    /// Copies with another secret than their sources, where that was asked for.
    pub secrets_differ: Vec<StepId>,
    /// What this plan made and has no step for any more: `apply --prune` deletes
    /// it. It is no difference.
    pub left: Vec<TargetPath>,
    /// What may be the service's own doing and was left, since nothing shows
    /// that it came with this plan. It is no difference.
    pub kept: Vec<Untidied>,
}

impl VerifyReport {
    /// How many differences there are.
    pub fn differ(&self) -> usize {
        self.different.len()
            + self.missing.len()
            + self.dangling.len()
            + self.added.len()
            + self.secrets_differ.len()
            + self.untidied.len()
    }

    /// The exit code: differences when there is anything to report.
    pub fn exit(&self) -> Exit {
        match self.differ() {
            0 => Exit::Done,
            _ => Exit::Differences,
        }
    }
}

/// What is compared besides what is always.
#[derive(Debug, Clone, Copy, Default)]
pub struct VerifyOptions {
    /// Whether the secrets of sources and copies are read and compared.
    pub secrets: bool,
}

/// What verifying one step came to.
enum Verdict {
    Same(Option<Standing>),
    Different(Vec<Difference>, Standing),
    Missing,
    Untidied(Vec<ResourcePath>),
    Kept(Vec<ResourcePath>),
    NotChecked,
}

/// Compares every target with the plan. Each is read once.
///
/// # Errors
/// When the journal can't be read or a target can't be.
pub async fn verify(
    plan: &Plan,
    dir: &Path,
    arm: &Arm,
    options: VerifyOptions,
    listener: Arc<dyn Listener>,
) -> Result<VerifyReport, RunError> {
    let order = Order::of(plan)?;
    let account = Account::read(plan, dir)?;
    let lists = Lists::new(Arc::new(Remote::new(plan, arm)));
    let remote = lists.remote();
    listener.on(&Event::RunStarted {
        what: "verify",
        steps: plan.steps.len(),
        done: 0,
    });
    let verifier = Verifier {
        plan,
        order: &order,
        account: &account,
        lists: &lists,
        listener: &listener,
    };
    let mut verdicts: BTreeMap<usize, Verdict> = BTreeMap::new();
    let mut readings = stream::iter(verifier.units())
        .map(|unit| verifier.read(unit))
        .buffer_unordered(READS);
    while let Some(batch) = readings.try_next().await? {
        verdicts.extend(batch);
    }
    drop(readings);
    let mut report = VerifyReport {
        plan: plan.name.clone(),
        last_run: account.ledger().runs.last().map(|run| run.what.clone()),
        ..VerifyReport::default()
    };
    let mut standing = Vec::new();
    for (position, verdict) in verdicts {
        let step = &plan.steps[position];
        let (id, target) = (step.id.clone(), step.target.clone());
        report.checked += usize::from(!matches!(verdict, Verdict::NotChecked | Verdict::Kept(_)));
        match verdict {
            Verdict::NotChecked => {}
            Verdict::Same(found) => {
                report.same += 1;
                standing.extend(found.map(|f| (position, f)));
            }
            Verdict::Different(differences, found) => {
                report.different.push(Differing {
                    step: id,
                    target,
                    differences,
                });
                standing.push((position, found));
            }
            Verdict::Missing => report.missing.push(Missing { step: id, target }),
            Verdict::Untidied(found) => report.untidied.push(Untidied { step: id, found }),
            Verdict::Kept(found) => report.kept.push(Untidied { step: id, found }),
        }
    }
    let dangling = dangling(plan, &lists, &standing);
    report.dangling = looking("what leads nowhere", &listener, dangling).await?;
    let there = || standing.iter().map(|(position, _)| *position);
    report.added = added(&account, &lists, there()).await?;
    let hidden = secrets::hidden(&account, there());
    report.secrets_not_compared = hidden.len();
    if options.secrets {
        let (differ, not_compared) = secrets::unequal(&account, remote, &hidden).await?;
        report.secrets_differ = differ;
        report.secrets_not_compared = not_compared;
    }
    report.left = account.left().into_iter().map(|step| step.target).collect();
    Ok(report)
}

/// What is read with one request.
enum Unit {
    /// One resource.
    One(usize),
    /// Links or members below one parent, in one list.
    Listed(Option<ResourcePath>, &'static Kind, Vec<usize>),
    /// What the service made on its own.
    Made(usize, Option<Automatic>),
}

struct Verifier<'a> {
    plan: &'a Plan,
    order: &'a Order<'a>,
    account: &'a Account<'a>,
    lists: &'a Lists,
    listener: &'a Arc<dyn Listener>,
}

impl Verifier<'_> {
    fn units(&self) -> Vec<Unit> {
        let mut units = Vec::new();
        let mut lists: BTreeMap<(Option<ResourcePath>, &str), Vec<usize>> = BTreeMap::new();
        for (position, step) in self.plan.steps.iter().enumerate() {
            let automatic = match step.action {
                Action::Create => None,
                Action::Reuse => Automatic::of(self.plan, self.order, step),
                Action::Tidy => Automatic::of_tidy(self.plan, self.order, step),
            };
            if automatic.is_some() || step.action == Action::Tidy {
                units.push(Unit::Made(position, automatic));
            } else if step.kind.is_link() {
                let key = (step.target.below().parent(), step.kind.name);
                lists.entry(key).or_default().push(position);
            } else {
                units.push(Unit::One(position));
            }
        }
        units.extend(lists.into_iter().map(|((parent, _), positions)| {
            let kind = self.plan.steps[positions[0]].kind;
            Unit::Listed(parent, kind, positions)
        }));
        units
    }

    async fn read(&self, unit: Unit) -> Result<Vec<(usize, Verdict)>, ReadFailed> {
        match unit {
            Unit::One(position) => {
                let step = &self.plan.steps[position];
                let found = self.lists.remote().read(step.kind, &step.target).await;
                let found = found.map_err(|e| failed(&step.target, e))?;
                let verdict = self.judge(step, found);
                self.tell(step, &verdict);
                Ok(vec![(position, verdict)])
            }
            Unit::Listed(parent, kind, positions) => {
                let items = self.lists.of(parent.as_ref(), kind.collection()).await;
                let first = &self.plan.steps[positions[0]];
                let items = items.map_err(|e| failed(&first.target, e))?;
                let verdicts = positions.into_iter().map(|position| {
                    let step = &self.plan.steps[position];
                    let verdict = match twin(self.plan, kind, step, &items) {
                        Some(item) => Verdict::Same(Some(Standing {
                            properties: item.properties.clone(),
                            etag: None,
                        })),
                        None => Verdict::Missing,
                    };
                    self.tell(step, &verdict);
                    (position, verdict)
                });
                Ok(verdicts.collect())
            }
            Unit::Made(position, automatic) => {
                let step = &self.plan.steps[position];
                let verdict = self.judge_automatic(step, automatic).await?;
                self.tell(step, &verdict);
                Ok(vec![(position, verdict)])
            }
        }
    }

    fn judge(&self, step: &Step, found: Option<Standing>) -> Verdict {
        let Some(found) = found else {
            return Verdict::Missing;
        };
        let Some(content) = &step.content else {
            return Verdict::Same(Some(found));
        };
        let place = place(self.plan);
        let found_differences = differences(step.kind, content, &found.properties, place);
        if found_differences.is_empty() {
            Verdict::Same(Some(found))
        } else {
            Verdict::Different(found_differences, found)
        }
    }

    async fn judge_automatic(
        &self,
        step: &Step,
        automatic: Option<Automatic>,
    ) -> Result<Verdict, ReadFailed> {
        let Some(automatic) = automatic else {
            return Ok(Verdict::NotChecked);
        };
        let is_tidy = step.action == Action::Tidy;
        let found = automatic.find(self.plan, self.lists).await;
        let found = found.map_err(|e| failed(&step.target, e))?;
        // What came with somebody else's product was not ours to remove.
        if is_tidy && !self.account.hold(automatic.owner).is_ours() {
            return Ok(match found.is_empty() {
                true => Verdict::NotChecked,
                false => Verdict::Kept(found),
            });
        }
        Ok(match (is_tidy, found.is_empty()) {
            (true, true) | (false, false) => Verdict::Same(Some(Standing {
                properties: Map::new(),
                etag: None,
            })),
            (true, false) => Verdict::Untidied(found),
            (false, true) => Verdict::Missing,
        })
    }

    fn tell(&self, step: &Step, verdict: &Verdict) {
        let outcome = match verdict {
            Verdict::Same(_) | Verdict::NotChecked | Verdict::Kept(_) => StepOutcome::Same,
            Verdict::Different(..) | Verdict::Missing | Verdict::Untidied(_) => {
                StepOutcome::Different
            }
        };
        self.listener.on(&Event::StepDone {
            step: step.id.clone(),
            outcome,
            took: Duration::ZERO,
        });
    }
}

fn failed(target: &TargetPath, source: crate::arm::ArmError) -> ReadFailed {
    ReadFailed {
        target: target.to_string(),
        source,
    }
}
