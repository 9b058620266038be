//! Documents that commands put together.

use std::collections::BTreeMap;
use std::time::Duration;

use apim_migrate::address::{ProbeName, SourcePath, TargetPath, WorkspaceName};
use apim_migrate::apply::{ApplySummary, DryRun};
use apim_migrate::arm::Forecast;
use apim_migrate::assess::Assessment;
use apim_migrate::crawl::Remembered;
use apim_migrate::doctor::Diagnosis;
use apim_migrate::exit::Exit;
use apim_migrate::plan::again::{Changed, Edit, Left};
use apim_migrate::plan::{Finding, Setup, StepId};
use apim_migrate::progress::summary::Counts;
use apim_migrate::rollback::RollbackSummary;
use apim_migrate::traits::Found;
use apim_migrate::verify::VerifyReport;
use apim_migrate::workspace::{Created, Difference, Granted, Revoked, Serving};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// What went over the wire.
#[derive(Debug, Default, Serialize, JsonSchema)]
pub(crate) struct Traffic {
    /// Requests by method, those among them that were tried again.
    requests: BTreeMap<&'static str, usize>,
    /// Requests that were tried again.
    retries: usize,
    /// How often a rate limit was waited for.
    waits: usize,
}

impl From<&Counts> for Traffic {
    fn from(counts: &Counts) -> Self {
        Self {
            requests: counts.requests.clone(),
            retries: counts.retries,
            waits: counts.waits,
        }
    }
}

/// Seconds, to the tenth.
pub(crate) fn tenths(took: Duration) -> f64 {
    (took.as_secs_f64() * 10.0).round() / 10.0
}

/// A plan in brief.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Planned {
    pub(crate) plan: String,
    pub(crate) folder: String,
    /// The ARM id of the service that is read.
    pub(crate) source: String,
    /// The ARM id of the workspace.
    pub(crate) target: String,
    pub(crate) apis: Vec<String>,
    /// APIs that come along unselected.
    pub(crate) along: Vec<String>,
    pub(crate) steps: Actions,
    /// How many blockers are not allowed.
    pub(crate) blockers: usize,
    pub(crate) findings: Vec<Finding>,
    /// What is set up before the steps.
    pub(crate) setup: Setup,
    /// What becomes what.
    pub(crate) mapping: Vec<Mapped>,
    pub(crate) notes: Vec<String>,
    /// What was foretold of the reads.
    pub(crate) forecast: Option<Forecast>,
    /// What was not read again, since an earlier plan had read it.
    pub(crate) remembered: Option<Remembered>,
    pub(crate) seconds: f64,
    /// Whether it is another plan than the last one.
    pub(crate) changes: bool,
    pub(crate) diff: Option<Diff>,
    /// Edits that were kept.
    pub(crate) kept: Vec<Edit>,
    /// Edits that were overruled.
    pub(crate) overruled: Vec<Edit>,
    /// What was made and is in the plan no more.
    pub(crate) left: Vec<Left>,
    #[serde(flatten)]
    pub(crate) traffic: Traffic,
}

/// How many steps do what.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Actions {
    pub(crate) create: usize,
    pub(crate) reuse: usize,
    pub(crate) tidy: usize,
}

/// A resource and its copy.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Mapped {
    pub(crate) kind: &'static str,
    pub(crate) source: SourcePath,
    pub(crate) target: TargetPath,
}

/// What changed since the last plan.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Diff {
    pub(crate) new: Vec<StepId>,
    pub(crate) changed: Vec<Changed>,
    pub(crate) gone: Vec<StepId>,
}

/// What came of applying a plan.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Applied {
    #[serde(flatten)]
    pub(crate) summary: ApplySummary,
    /// Whether running it again as it stands ends the same way.
    pub(crate) permanent: bool,
    pub(crate) exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pruned: Option<RollbackSummary>,
    #[serde(flatten)]
    pub(crate) traffic: Traffic,
}

impl Applied {
    pub(crate) fn new(
        summary: &ApplySummary,
        pruned: Option<&RollbackSummary>,
        counts: &Counts,
    ) -> Self {
        let exit = summary.exit();
        Self {
            summary: summary.clone(),
            permanent: exit == Exit::Failed,
            exit: exit.code(),
            pruned: pruned.cloned(),
            traffic: counts.into(),
        }
    }
}

/// What `apply` would do.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DryRunTold {
    pub(crate) plan: String,
    pub(crate) exit: u8,
    #[serde(flatten)]
    pub(crate) found: DryRun,
}

/// What came of a rehearsal.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rehearsed {
    #[serde(flatten)]
    pub(crate) summary: ApplySummary,
    /// Always true: nothing was written to a service.
    pub(crate) rehearsed: bool,
    /// How long it would take; it stands in the place of the summary's.
    #[schemars(skip)]
    pub(crate) seconds: f64,
    pub(crate) latency_ms: u64,
    /// Requests that were too many for ARM's limits.
    pub(crate) throttled: usize,
    pub(crate) verified: Option<VerifyReport>,
    /// Whether running it again as it stands ends the same way.
    pub(crate) permanent: bool,
    pub(crate) exit: u8,
    #[serde(flatten)]
    pub(crate) traffic: Traffic,
}

/// What came of comparing.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Verified {
    #[serde(flatten)]
    pub(crate) report: VerifyReport,
    pub(crate) seconds: f64,
    pub(crate) exit: u8,
    #[serde(flatten)]
    pub(crate) traffic: Traffic,
}

/// What came of taking back.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RolledBack {
    #[serde(flatten)]
    pub(crate) summary: RollbackSummary,
    pub(crate) seconds: f64,
    pub(crate) exit: u8,
    #[serde(flatten)]
    pub(crate) traffic: Traffic,
}

/// A service as a whole.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Assessed {
    #[serde(flatten)]
    pub(crate) found: Assessment,
    /// Migration files that were written.
    pub(crate) saved: Vec<String>,
    /// The file that it was shown in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) written: Option<String>,
}

/// What a migration rests on.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Diagnosed {
    #[serde(flatten)]
    pub(crate) diagnosis: Diagnosis,
    pub(crate) exit: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) probe: Option<ProbeTold>,
}

/// What was found out about a service.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ProbeTold {
    pub(crate) found: Found,
    pub(crate) notes: Vec<NotFoundOut>,
    /// Workspaces that were made for it, and are gone again.
    pub(crate) removed: Vec<ProbeName>,
    /// The file.
    pub(crate) written: String,
}

/// What could not be found out.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct NotFoundOut {
    #[serde(rename = "trait")]
    pub(crate) name: String,
    pub(crate) why: String,
}

/// What a finding means.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CodeExplained {
    pub(crate) code: &'static str,
    pub(crate) severity: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) help: &'static str,
}

/// A plan or a migration file that can be used.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub(crate) enum Valid {
    Plan {
        plan: String,
        steps: usize,
        valid: bool,
        /// Whether it refers to something that no step makes.
        needs_target: bool,
        /// Uploads that are not at hand here.
        not_at_hand: Vec<String>,
    },
    File {
        file: String,
        valid: bool,
        /// Flags that it leaves open.
        open: Vec<&'static str>,
    },
}

/// A row of a list; which other members there are depends on what is listed.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ListRow {
    name: String,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

/// A form of a plan that was written to a file.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PlanWritten {
    pub(crate) plan: String,
    pub(crate) written: String,
}

/// A snapshot that was written.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SnapshotWritten {
    pub(crate) written: String,
    pub(crate) resources: usize,
}

/// A workspace that was made, or was there.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct WorkspaceMade {
    pub(crate) workspace: WorkspaceName,
    pub(crate) service: String,
    pub(crate) outcome: Created,
    pub(crate) serving: Serving,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) changes: Option<Vec<Difference>>,
}

/// Roles that somebody has now.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RolesGranted {
    pub(crate) workspace: WorkspaceName,
    pub(crate) service: String,
    pub(crate) principal: Uuid,
    pub(crate) assignments: Vec<Granted>,
}

/// Roles that somebody has no more.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct RolesRevoked {
    pub(crate) workspace: WorkspaceName,
    pub(crate) service: String,
    pub(crate) principal: Uuid,
    pub(crate) assignments: Vec<Revoked>,
}

/// A sandbox that answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SandboxStarted {
    pub(crate) url: String,
    pub(crate) service: String,
    pub(crate) services: Vec<String>,
}

/// What came of the demo.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Demonstrated {
    pub(crate) plan: String,
    pub(crate) apis: Vec<&'static str>,
    pub(crate) workspace: &'static str,
    pub(crate) steps: usize,
    /// Copies that are as planned.
    pub(crate) verified: usize,
    /// Requests that were too many for ARM's limits.
    pub(crate) throttled: usize,
    pub(crate) seconds: f64,
    pub(crate) exit: u8,
    #[serde(flatten)]
    pub(crate) traffic: Traffic,
}
