//! The requests that `apply` would send, without sending any.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::decide::decide;
use super::drift::drift;
use super::foretell::{load, measured, unmeasured};
use crate::address::TargetPath;
use crate::apply::{ApplyError, ApplyOptions, upload};
use crate::arm::{Arm, Forecast};
use crate::catalog::Access;
use crate::engine::ownership::Next;
use crate::exit::Exit;
use crate::plan::basis::Drift;
use crate::plan::compare::Difference;
use crate::plan::setup::Item;
use crate::plan::{Action, Plan, Step, StepId};
use crate::progress::{Listener, looking};
use crate::target::order::Order;
use crate::target::remote::Remote;

/// A request that would be sent.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DryRequest {
    /// `PUT` or `DELETE`.
    pub method: &'static str,
    /// The resource's full ARM id.
    pub path: String,
    /// The step it is for.
    pub step: StepId,
    /// What it does, as far as the workspace was looked at.
    pub does: Does,
    /// In what that which stands there differs from what the plan wants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// What has to be known about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The body, with `[secret]` where a secret is put in at apply time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
}

/// A step that takes no request by what stands in the workspace.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DrySettled {
    /// The step.
    pub step: StepId,
    /// Where it would stand.
    pub target: TargetPath,
    /// What becomes of it.
    pub does: Does,
    /// In what that which stands there differs from what the plan wants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

/// What is done about a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Does {
    /// It is made.
    Create,
    /// This plan's own copy is brought to what the plan wants.
    Update,
    /// What somebody else has there is replaced, as asked.
    Overwrite,
    /// One that is there serves, else it is made.
    Reuse,
    /// What the service makes on its own is removed.
    Tidy,
    /// The workspace or a role is set up, unless it is as it should be.
    SetUp,
    /// An equal one is there and is taken over.
    Adopt,
    /// What differs is left as it is, as asked.
    Keep,
    /// What differs is in the way: nothing would be written.
    Conflict,
}

/// What `apply` would do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DryRun {
    /// Whether the workspace was looked at.
    pub looked: bool,
    /// Requests that would be sent, in an order in which they could be.
    pub requests: Vec<DryRequest>,
    /// Steps that take none by what stands in the workspace.
    pub settled: Vec<DrySettled>,
    /// What the steps among them ask of ARM, and how long that takes at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
    /// What has changed at the source since the plan was made: nothing would be
    /// written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
}

impl DryRun {
    /// How `apply` would end as far as that can be seen.
    pub fn exit(&self) -> Exit {
        let conflict = self.settled.iter().any(|s| s.does == Does::Conflict);
        match conflict || !self.drift.is_empty() {
            true => Exit::Refused,
            false => Exit::Done,
        }
    }
}

/// Returns the requests for the steps that are not done by the journal's word,
/// in an order in which they could be sent one by one.
///
/// Nothing is looked up, so what turns out to be there already is among them.
///
/// # Errors
/// When the journal can't be read, or steps wait for each other.
pub fn dry_run(plan: &Plan, dir: &Path) -> Result<DryRun, ApplyError> {
    let account = upload::account(plan, dir)?;
    let open = in_order(plan)?.into_iter().filter(|&i| !account.is_done(i));
    let width = ApplyOptions::default().concurrency.get();
    let load = load(&account, &Order::of(plan)?, width, |i| !account.is_done(i));
    let setup = account.open_items().into_iter();
    let mut requests: Vec<DryRequest> = setup.map(|item| of_setup(plan, &item)).collect();
    requests.extend(open.map(|i| request(plan, &plan.steps[i])));
    Ok(DryRun {
        requests,
        forecast: Some(unmeasured(load)),
        ..DryRun::default()
    })
}

/// Looks at the workspace and the source, and returns what `apply` would then
/// do.
///
/// # Errors
/// When the journal, the workspace or the source can't be read, or steps wait for each
/// other.
pub async fn look(
    plan: &Plan,
    dir: &Path,
    arm: &Arm,
    options: ApplyOptions,
    listener: &Arc<dyn Listener>,
) -> Result<DryRun, ApplyError> {
    let account = upload::account(plan, dir)?;
    let (order, remote) = (Order::of(plan)?, Remote::new(plan, arm));
    let decided = decide(plan, &order, &account, &remote, options.on_conflict);
    let (decisions, _) = looking("the workspace", listener, decided).await?;
    let setup = account.open_items().into_iter();
    let mut found = DryRun {
        looked: true,
        requests: setup.map(|item| of_setup(plan, &item)).collect(),
        ..DryRun::default()
    };
    let mut open = HashSet::new();
    for position in in_order(plan)? {
        let (step, decision) = (&plan.steps[position], &decisions[position]);
        let mut request = request(plan, step);
        if decision.next == Next::Skip {
            continue;
        }
        let settled = match decision.next {
            Next::Adopt => Some(Does::Adopt),
            Next::Leave => Some(Does::Keep),
            Next::Conflict => Some(Does::Conflict),
            _ => None,
        };
        if let Some(does) = settled.filter(|_| step.action == Action::Create) {
            found.settled.push(DrySettled {
                step: step.id.clone(),
                target: step.target.clone(),
                does,
                differences: decision.differences.clone(),
            });
            continue;
        }
        if step.action == Action::Create {
            let is_ours = account
                .hold_of(position, decision.etag.as_deref())
                .is_ours();
            request.does = match decision.next {
                Next::Update => Does::Update,
                Next::Overwrite if is_ours => Does::Update,
                Next::Overwrite => Does::Overwrite,
                _ => Does::Create,
            };
            request.differences.clone_from(&decision.differences);
        }
        found.requests.push(request);
        open.insert(position);
    }
    if !options.ignore_drift {
        let drifted = drift(plan, arm, |at| open.contains(&at));
        found.drift = looking("the source", listener, drifted).await?;
    }
    let width = options.concurrency.get();
    let load = load(&account, &order, width, |at| open.contains(&at));
    found.forecast = Some(measured(load, arm));
    Ok(found)
}

/// The plan's own order, but for steps that stand before what they wait for.
fn in_order(plan: &Plan) -> Result<Vec<usize>, ApplyError> {
    let order = Order::of(plan)?;
    let nodes = order.nodes();
    let mut sorted = Vec::with_capacity(nodes.len());
    let mut placed = vec![false; nodes.len()];
    for start in 0..nodes.len() {
        let mut stack = vec![start];
        while let Some(&at) = stack.last() {
            let mut first = nodes[at].after.iter().chain(&nodes[at].behind);
            if let Some(&before) = first.find(|&&b| !placed[b]) {
                stack.push(before);
                continue;
            }
            stack.pop();
            if !placed[at] {
                placed[at] = true;
                sorted.push(at);
            }
        }
    }
    Ok(sorted)
}

fn of_setup(plan: &Plan, item: &Item<'_>) -> DryRequest {
    let (path, note) = match item {
        Item::Workspace(_) => (
            plan.workspace_id(),
            "only when it is not as it should be".to_owned(),
        ),
        Item::Access(access) => (
            format!(
                "{}/providers/Microsoft.Authorization/roleAssignments",
                plan.workspace_id()
            ),
            format!(
                "{} as {}, with the role at the service that goes with it; only what is not \
                 there yet",
                access.principal, access.role
            ),
        ),
    };
    DryRequest {
        method: "PUT",
        path,
        step: item.id(),
        does: Does::SetUp,
        differences: Vec::new(),
        note: Some(note),
        body: None,
    }
}

fn request(plan: &Plan, step: &Step) -> DryRequest {
    let (method, note) = match step.action {
        Action::Create => (
            "PUT",
            (step.secret.as_ref())
                .map(|action| {
                    format!("its secret is read from the source with `{action}` right before")
                })
                .or_else(|| (step.upload.as_ref()).map(|upload| format!("uploaded from {upload}"))),
        ),
        Action::Reuse => (
            "PUT",
            Some("only when nothing is there that serves".to_owned()),
        ),
        Action::Tidy => (
            "DELETE",
            Some(
                "the real name is found by what it points to, and only what came with this plan \
                 is removed"
                    .to_owned(),
            ),
        ),
    };
    DryRequest {
        method,
        path: format!("{}{}", plan.workspace_id(), step.target.below()),
        step: step.id.clone(),
        does: match step.action {
            Action::Create => Does::Create,
            Action::Reuse => Does::Reuse,
            Action::Tidy => Does::Tidy,
        },
        differences: Vec::new(),
        note,
        body: match step.action {
            Action::Tidy => None,
            _ => body(step),
        },
    }
}

fn body(step: &Step) -> Option<Value> {
    if step.kind.access == Access::Membership {
        return None;
    }
    let mut body = step.content.as_ref()?.body();
    let mut members = match (&step.secret, step.kind.secret) {
        (Some(_), Some(secret)) => secret.members.to_vec(),
        _ => Vec::new(),
    };
    if let (Some(upload), Some(into)) = (&step.upload, step.kind.upload) {
        members.push(into.content);
        members.extend(upload.password.as_ref().map(|_| into.password));
    }
    if let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) {
        for member in members {
            properties.insert(member.to_owned(), Value::from("[secret]"));
        }
    }
    Some(body)
}
