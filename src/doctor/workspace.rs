//! The workspace: whether it is there, and what serves it.

use serde_json::{Value, json};

use super::Subject;
use super::check::{Check, Verdict};
use crate::address::WorkspaceName;
use crate::arm::{ArmError, Reader};
use crate::nearest::nearest;
use crate::secret::plain;
use crate::shell::quoted;
use crate::workspace::{Serving, serving};

/// Reads the workspace. Also tells whether it is there, as far as is known.
pub(super) async fn check(
    subject: &Subject<'_>,
    workspace: &WorkspaceName,
    sku: Option<&str>,
    others: &Result<Vec<Value>, ArmError>,
) -> (Check, bool) {
    let id = format!("{}/workspaces/{workspace}", subject.target);
    let reader = Reader::new(subject.arm.clone(), subject.target.clone());
    match reader.get(&format!("/workspaces/{workspace}"), &[]).await {
        Ok(Some(found)) => {
            let display = found.body["properties"]["displayName"].as_str();
            let display = plain(display.unwrap_or_default());
            let check = match serving(&reader, workspace, sku).await {
                Ok(serving) => served(&id, workspace, &display, &serving),
                Err(error) => {
                    let check = Check::new("workspace", &id, Verdict::Unknown, error.to_string());
                    check.help(error.help())
                }
            };
            (check.fact("displayName", display), true)
        }
        Ok(None) if subject.makes_workspace() => {
            let message = format!("{workspace} is made when the plan is applied");
            (Check::new("workspace", &id, Verdict::Ok, message), false)
        }
        Ok(None) => {
            let message = format!("there is no workspace `{workspace}`");
            let check = Check::new("workspace", &id, Verdict::Failed, message);
            let others = others.as_deref().unwrap_or_default();
            let help = match meant(workspace.as_str(), others) {
                Some(meant) => format!("did you mean `{}`?", plain(meant)),
                None => {
                    let id = quoted(workspace.as_str());
                    format!("make it with `apim-migrate workspace create {id} --display-name NAME`")
                }
            };
            (check.help([help]), false)
        }
        Err(error) => {
            let check = Check::error("workspace", &id, &error);
            let verdict = match error.status() {
                Some(403) => Verdict::Unknown,
                _ => Verdict::Failed,
            };
            (Check { verdict, ..check }, true)
        }
    }
}

/// The workspace that was meant by a name, of those that a service lists.
pub fn meant<'w>(written: &str, there: &'w [Value]) -> Option<&'w str> {
    nearest(written, there.iter().filter_map(|w| w["name"].as_str()))
}

fn served(id: &str, workspace: &WorkspaceName, display: &str, serving: &Serving) -> Check {
    let told = format!("{workspace} ({display})");
    let check = |verdict, how: &str| Check::new("workspace", id, verdict, format!("{told}, {how}"));
    let check = match serving {
        Serving::WorkspaceGateways(names) => {
            let names: Vec<String> = names.iter().map(|name| plain(name)).collect();
            check(Verdict::Ok, &format!("served by {}", names.join(", ")))
        }
        Serving::ServiceGateway => check(Verdict::Ok, "served by the service's own gateway"),
        Serving::Nothing => check(
            Verdict::Warning,
            "which no gateway serves: its APIs answer nowhere",
        )
        .help(["associate a workspace gateway with it, in the portal under Workspaces"]),
        Serving::Unknown => check(Verdict::Unknown, "whose gateway you may not see"),
    };
    check.fact("serving", json!(serving))
}
