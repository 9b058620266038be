//! The form of `plan.yaml`, and of the plan as one JSON document.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{VERSION, bodies};
use crate::address::{SourcePath, TargetPath, WorkspaceName};
use crate::catalog::ApiVersion;
use crate::plan::finding::{Finding, Severity};
use crate::plan::model::{Action, Plan, Selection, StepId};
use crate::plan::setup::Setup;
use crate::plan::upload::Upload;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct PlanForm {
    pub(super) version: u32,
    pub(super) name: String,
    pub(super) created: String,
    pub(super) generator: String,
    pub(super) source: SourceForm,
    pub(super) target: TargetForm,
    pub(super) selection: Selection,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) allow: Vec<String>,
    #[serde(default, skip_serializing_if = "Setup::is_empty")]
    pub(super) setup: Setup,
    #[serde(default)]
    pub(super) findings: Vec<FindingForm>,
    pub(super) steps: Vec<StepForm>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct SourceForm {
    pub(super) service: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct TargetForm {
    pub(super) service: String,
    pub(super) workspace: WorkspaceName,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) api_version: ApiVersion,
}

fn is_default(version: &ApiVersion) -> bool {
    *version == ApiVersion::default()
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct FindingForm {
    pub(super) severity: Severity,
    pub(super) code: String,
    pub(super) resource: String,
    pub(super) message: String,
    pub(super) help: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) allowed: bool,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct StepForm {
    pub(super) id: StepId,
    pub(super) kind: String,
    pub(super) action: Action,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<SourcePath>,
    pub(super) target: TargetPath,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) secret: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) upload: Option<Upload>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source_etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) source_digest: Option<String>,
    #[serde(default)]
    pub(super) after: Vec<StepId>,
    #[serde(default)]
    pub(super) because: Vec<SourcePath>,
}

impl From<&Finding> for FindingForm {
    fn from(finding: &Finding) -> Self {
        Self {
            severity: finding.severity,
            code: finding.code.clone(),
            resource: finding.resource.clone(),
            message: finding.message.clone(),
            help: finding.help.clone(),
            allowed: finding.allowed,
        }
    }
}

impl FindingForm {
    /// The finding; a code that the plan allows is allowed wherever it stands.
    pub(super) fn into_finding(self, allow: &[String]) -> Finding {
        let accepted = self.severity == Severity::Blocker && allow.contains(&self.code);
        Finding {
            severity: self.severity,
            code: self.code,
            resource: self.resource,
            message: self.message,
            help: self.help,
            allowed: self.allowed || accepted,
        }
    }
}

impl From<&Plan> for PlanForm {
    fn from(plan: &Plan) -> Self {
        let steps = plan.steps.iter().zip(bodies(plan));
        Self {
            version: VERSION,
            name: plan.name.clone(),
            created: plan.created.clone(),
            generator: plan.generator.clone(),
            source: SourceForm {
                service: plan.source.to_string(),
            },
            target: TargetForm {
                service: plan.target.to_string(),
                workspace: plan.workspace.clone(),
                api_version: plan.api_version,
            },
            selection: plan.selection.clone(),
            allow: plan.allow.clone(),
            setup: plan.setup.clone(),
            findings: plan.findings.iter().map(FindingForm::from).collect(),
            steps: steps
                .map(|(step, body)| StepForm {
                    id: step.id.clone(),
                    kind: step.kind.name.to_owned(),
                    action: step.action,
                    source: step.source.clone(),
                    target: step.target.clone(),
                    body,
                    secret: step.secret.clone(),
                    upload: step.upload.clone(),
                    source_etag: step.source_etag.clone(),
                    source_digest: step.source_digest.clone(),
                    after: step.after.clone(),
                    because: step.because.clone(),
                })
                .collect(),
        }
    }
}
