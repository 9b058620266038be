//! Making a workspace, or saying that it is there already.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::error::{LOOKERS, MAKERS, WorkspaceError};
use crate::address::WorkspaceName;
use crate::arm::{ArmError, Reader, WorkspaceMaker};

/// Tiers that are known to have no workspaces.
const WITHOUT: &[&str] = &["developer", "basic", "standard", "consumption"];

/// What a workspace should be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its display name.
    pub display_name: String,
    /// Its description; `None` leaves the one that is there.
    pub description: Option<String>,
}

/// A workspace as it stands.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its properties.
    pub properties: Map<String, Value>,
    /// Its ETag.
    pub etag: Option<String>,
}

impl Found {
    /// A property's text; empty when there is none.
    pub fn text(&self, property: &str) -> &str {
        let value = self.properties.get(property).and_then(Value::as_str);
        value.unwrap_or_default()
    }
}

/// A property that is to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// The property.
    pub property: &'static str,
    /// What it is.
    pub from: String,
    /// What it should be.
    pub to: String,
}

/// What is to be done about a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Make it.
    Create,
    /// Nothing.
    Leave,
    /// Write these properties anew.
    Change(Vec<Difference>),
}

/// Compares what is there with what should be.
pub fn decide(found: Option<&Found>, wanted: &Wanted) -> Decision {
    let Some(found) = found else {
        return Decision::Create;
    };
    let mut changes = Vec::new();
    let mut compare = |property, to: Option<&String>| {
        let from = found.text(property);
        if let Some(to) = to.filter(|to| *to != from) {
            changes.push(Difference {
                property,
                from: from.to_owned(),
                to: to.clone(),
            });
        }
    };
    compare("displayName", Some(&wanted.display_name));
    compare("description", wanted.description.as_ref());
    match changes.is_empty() {
        true => Decision::Leave,
        false => Decision::Change(changes),
    }
}

/// The properties to send: a PUT replaces, so all that is there is sent again,
/// known or not. In v2 tiers the default gateway hangs on a property that no
/// description has, and a PUT without it could detach it [service contract, 7.1].
fn body(found: Option<&Found>, wanted: &Wanted) -> Map<String, Value> {
    let mut properties = found.map(|f| f.properties.clone()).unwrap_or_default();
    properties.retain(|_, value| !value.is_null());
    properties.insert("displayName".to_owned(), json!(wanted.display_name));
    if let Some(description) = &wanted.description {
        properties.insert("description".to_owned(), json!(description));
    }
    properties
}

/// Reads a workspace, `None` when it is not there, after the tier: `None` when
/// the caller may not see the service itself.
///
/// # Errors
/// When the tier has no workspaces, and when the service refuses or can't be
/// reached.
pub async fn find(
    reader: &Reader,
    workspace: &WorkspaceName,
) -> Result<(Option<String>, Option<Found>), WorkspaceError> {
    let sku = match reader.get("", &[]).await {
        Ok(Some(found)) => found.body["sku"]["name"].as_str().map(str::to_owned),
        Ok(None) => return Err(WorkspaceError::NoService(reader.service().to_string())),
        Err(error) if error.status() == Some(403) => None,
        Err(error) => return Err(WorkspaceError::of("read the service", LOOKERS)(error)),
    };
    if let Some(sku) = &sku
        && has_no_workspaces(sku)
    {
        return Err(WorkspaceError::Tier {
            sku: sku.clone(),
            source: None,
        });
    }
    let path = format!("/workspaces/{workspace}");
    let found = reader.get(&path, &[]).await.map_err(|error| {
        refused_by_tier(error, sku.as_deref())
            .unwrap_or_else(WorkspaceError::of("read the workspace", LOOKERS))
    })?;
    let found = found.map(|f| Found {
        properties: f.body["properties"]
            .as_object()
            .cloned()
            .unwrap_or_default(),
        etag: f.etag,
    });
    Ok((sku, found))
}

/// Whether a tier is known to have no workspaces.
pub(crate) fn has_no_workspaces(sku: &str) -> bool {
    WITHOUT.contains(&sku.to_ascii_lowercase().as_str())
}

/// Whether a refusal is how a tier says that it has no workspaces.
pub(crate) fn says_tier(error: &ArmError) -> bool {
    error.refusal().is_some_and(|r| {
        r.says("MethodNotAllowedInPricingTier")
            || r.says("Request processing failed due to internal error")
    })
}

fn refused_by_tier(error: ArmError, sku: Option<&str>) -> Result<WorkspaceError, ArmError> {
    match says_tier(&error) {
        true => Ok(WorkspaceError::Tier {
            sku: sku.unwrap_or("unknown").to_owned(),
            source: Some(error),
        }),
        false => Err(error),
    }
}

/// What to make, and of what it is made.
#[derive(Debug, Clone)]
pub struct Create {
    /// The workspace's id.
    pub workspace: WorkspaceName,
    /// What it should be like.
    pub wanted: Wanted,
    /// What stands there.
    pub found: Option<Found>,
    /// The service's tier, when known.
    pub sku: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Created {
    /// It was made.
    Created,
    /// It was changed.
    Changed,
    /// It was as it should be, and nothing was written.
    Unchanged,
}

/// Makes or changes a workspace; sends nothing when it is as it should be.
///
/// # Errors
/// When the tier has none, a right is missing, the name is taken, or the
/// service can't be reached.
pub async fn create(maker: &WorkspaceMaker, create: &Create) -> Result<Created, WorkspaceError> {
    let outcome = match decide(create.found.as_ref(), &create.wanted) {
        Decision::Leave => return Ok(Created::Unchanged),
        Decision::Create => Created::Created,
        Decision::Change(_) => Created::Changed,
    };
    let properties = body(create.found.as_ref(), &create.wanted);
    let etag = create.found.as_ref().and_then(|f| f.etag.as_deref());
    match maker.put(&properties, etag).await {
        Ok(_) => Ok(outcome),
        Err(error) => Err(refusal(error, create)),
    }
}

fn refusal(error: ArmError, create: &Create) -> WorkspaceError {
    let error = match refused_by_tier(error, create.sku.as_deref()) {
        Ok(tier) => return tier,
        Err(error) => error,
    };
    let taken = error.refusal().is_some_and(|r| {
        r.says("IdentifierAlreadyInUse")
            || r.says("already exists")
            || r.says("already in use")
            || r.says("already taken")
    });
    if taken {
        return WorkspaceError::Taken(create.workspace.clone(), error);
    }
    WorkspaceError::of(
        format!("write the workspace `{}`", create.workspace),
        MAKERS,
    )(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(display: &str, description: Option<&str>) -> Found {
        let mut properties = Map::new();
        properties.insert("displayName".to_owned(), json!(display));
        properties.insert("description".to_owned(), json!(description));
        Found {
            properties,
            etag: None,
        }
    }

    fn wanted(display: &str, description: Option<&str>) -> Wanted {
        Wanted {
            display_name: display.to_owned(),
            description: description.map(str::to_owned),
        }
    }

    #[test]
    fn what_is_as_it_should_be_is_left() {
        let there = found("Billing", Some("Bills"));
        for same in [wanted("Billing", None), wanted("Billing", Some("Bills"))] {
            assert_eq!(decide(Some(&there), &same), Decision::Leave);
        }
        let bare = found("Billing", None);
        assert_eq!(
            decide(Some(&bare), &wanted("Billing", Some(""))),
            Decision::Leave
        );
        assert_eq!(decide(None, &wanted("Billing", None)), Decision::Create);
    }

    #[test]
    fn a_change_names_both_sides_and_keeps_what_was_not_said() {
        let mut there = found("Billing", Some("Bills"));
        let gateway = json!({"id": "default"});
        there
            .properties
            .insert("gateway".to_owned(), gateway.clone());
        there.properties.insert("unset".to_owned(), Value::Null);
        let change = wanted("Finance", None);
        let Decision::Change(differences) = decide(Some(&there), &change) else {
            panic!("no change");
        };
        assert_eq!(differences.len(), 1);
        assert_eq!(
            (differences[0].from.as_str(), differences[0].to.as_str()),
            ("Billing", "Finance")
        );
        assert_eq!(
            Value::Object(body(Some(&there), &change)),
            json!({"displayName": "Finance", "description": "Bills", "gateway": gateway})
        );
    }

    #[test]
    fn refusals_are_told_apart() {
        let answered = |status, code: &str, message: &str| {
            let plan = Create {
                workspace: "w".parse().unwrap(),
                wanted: wanted("W", None),
                found: None,
                sku: None,
            };
            let said = crate::arm::Refusal {
                status,
                code: code.to_owned(),
                message: message.to_owned(),
                ..crate::arm::Refusal::default()
            };
            refusal(ArmError::Refused(Box::new(said)), &plan)
        };
        let taken = answered(409, "IdentifierAlreadyInUse", "");
        assert_eq!(taken.to_string(), "the name `w` is taken");
        assert_eq!(taken.exit(), crate::exit::Exit::Refused);
        let tier = answered(400, "MethodNotAllowedInPricingTier", "");
        assert!(matches!(tier, WorkspaceError::Tier { .. }));
        let denied = answered(403, "AuthorizationFailed", "no");
        assert!(matches!(denied, WorkspaceError::Denied { .. }));
        let other = answered(400, "ValidationError", "bad");
        assert!(matches!(other, WorkspaceError::Failed { .. }) && other.help().is_none());
    }
}
