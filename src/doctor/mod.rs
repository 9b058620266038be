//! Looks at everything that a migration rests on, and says how it stands: the
//! endpoint, who asks, the service, its tier and versions, the workspace, and
//! what the caller may do. Only reads.
//!
//! What rests on something that failed is skipped, so that one cause is told
//! once.

mod check;
mod endpoint;
mod identity;
mod rights;
mod service;
mod workspace;

pub use check::{Check, Diagnosis, Verdict};
pub use service::{Absence, absence};
pub use workspace::meant as meant_workspace;

use crate::address::{ServiceId, WorkspaceName};
use crate::arm::{Arm, ArmError, Reader};
use crate::plan::Plan;
use service::Seen;

/// How the caller signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// In words: "the token in APIM_MIGRATE_TOKEN".
    pub name: String,
    /// Whether a token that ends is followed by another.
    pub renews: bool,
}

impl Credential {
    /// The same with the name of the one that worked, where it does not say so.
    fn that_worked(&self, source: Option<&str>) -> Self {
        let name = match source.filter(|source| !self.name.contains(source)) {
            Some(source) => format!("{} ({source})", self.name),
            None => self.name.clone(),
        };
        Self { name, ..*self }
    }
}

/// A version of the service's API that requests are sent with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// What it is used for: `written`.
    pub used: &'static str,
    /// The flag that sets it.
    pub flag: &'static str,
    /// The version.
    pub version: String,
}

/// What is looked at.
pub struct Subject<'p> {
    /// The client. One that gives up soon: to hear that something is down is
    /// what it is for.
    pub arm: Arm,
    /// How the caller signs in.
    pub credential: Credential,
    /// The versions that are used.
    pub versions: Vec<Version>,
    /// The service that is read.
    pub source: ServiceId,
    /// The service that the workspace is in.
    pub target: ServiceId,
    /// The workspace, where one is asked for.
    pub workspace: Option<WorkspaceName>,
    /// The plan, where rights are to be those that it takes.
    pub plan: Option<&'p Plan>,
}

impl Subject<'_> {
    /// Whether the plan makes the workspace.
    fn makes_workspace(&self) -> bool {
        self.plan.is_some_and(|plan| plan.setup.workspace.is_some())
    }

    fn within_one_service(&self) -> bool {
        self.source == self.target
    }
}

/// Looks at everything, one after the other. No failure ends it early but for
/// those on which all the rest depends.
pub async fn examine(subject: &Subject<'_>) -> Diagnosis {
    let workspace = subject.workspace.as_ref();
    Diagnosis {
        source: subject.source.to_string(),
        target: subject.target.to_string(),
        workspace: workspace.map(ToString::to_string),
        plan: subject.plan.map(|plan| plan.name.clone()),
        checks: checks(subject).await,
    }
}

/// What rests on the endpoint and the identity, in order.
const BEYOND: [&str; 5] = ["service", "tier", "versions", "workspace", "rights"];

fn skipped(checks: &[&'static str], why: &str) -> impl Iterator<Item = Check> {
    checks.iter().map(move |check| Check::skipped(check, why))
}

async fn checks(subject: &Subject<'_>) -> Vec<Check> {
    let reached = endpoint::check(subject.arm.endpoint()).await;
    let mut all = vec![reached];
    if all[0].verdict == Verdict::Failed {
        let why = "the endpoint can't be reached";
        all.push(Check::skipped("identity", why));
        all.extend(skipped(&BEYOND, why));
        return all;
    }
    let (who, claims) = identity::check(&subject.arm, &subject.credential).await;
    let no_token = who.verdict == Verdict::Failed;
    all.push(who);
    if no_token {
        all.extend(skipped(&BEYOND, "there is no token that is good"));
        return all;
    }
    let (target, seen) = service::check(&subject.arm, &subject.target).await;
    let mut sources = None;
    if !subject.within_one_service() {
        let (source, of_source) = service::check(&subject.arm, &subject.source).await;
        all.push(source);
        sources = Some(of_source);
    }
    all.push(target);
    if [Some(&seen), sources.as_ref()]
        .into_iter()
        .flatten()
        .any(|s| matches!(s, Seen::Nothing))
    {
        all.extend(skipped(&BEYOND[1..], "the service can't be read"));
        return all;
    }
    let others = workspaces(subject).await;
    let tier = service::tier(subject, &seen, &others);
    let has_none = tier.verdict == Verdict::Failed;
    all.push(tier);
    if let Some(of_source) = &sources {
        all.push(service::versions(
            &subject.source,
            of_source,
            &subject.versions,
        ));
    }
    all.push(service::versions(&subject.target, &seen, &subject.versions));
    let there = match &subject.workspace {
        None => {
            all.push(Check::skipped(
                "workspace",
                "none is named: `--workspace ID`",
            ));
            false
        }
        Some(_) if has_none => {
            all.push(Check::skipped("workspace", "the tier has none"));
            false
        }
        Some(workspace) => {
            let sku = match &seen {
                Seen::Whole(body) => body["sku"]["name"].as_str(),
                Seen::Hidden | Seen::Nothing => None,
            };
            let (check, there) = workspace::check(subject, workspace, sku, &others).await;
            all.push(check);
            there
        }
    };
    let principal = claims.and_then(|claims| claims.principal);
    all.extend(rights::check(subject, there, principal).await);
    all
}

async fn workspaces(subject: &Subject<'_>) -> Result<Vec<serde_json::Value>, ArmError> {
    let reader = Reader::new(subject.arm.clone(), subject.target.clone());
    reader.list("/workspaces", &[]).await
}
