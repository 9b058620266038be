//! Giving somebody a role in a workspace, and the one at the service with it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::access::{Assignment, assignments, definition};
use super::error::{ASSIGNERS, WorkspaceError};
use crate::address::{ServiceId, WorkspaceName};
use crate::arm::{ArmError, RoleReader, RoleScope, RoleWriter};
use crate::rights::{Role, ServiceRole, Standing, WorkspaceRole};

/// What a principal is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PrincipalType {
    /// A person.
    #[default]
    User,
    /// A group of the directory.
    Group,
    /// An application or a managed identity.
    ServicePrincipal,
}

impl PrincipalType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::User, Self::Group, Self::ServicePrincipal];

    /// The word that ARM has for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::ServicePrincipal => "ServicePrincipal",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::ServicePrincipal => "service principal",
        }
    }
}

impl fmt::Display for PrincipalType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for PrincipalType {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|t| t.word().eq_ignore_ascii_case(text))
            .ok_or("it is none of User, Group, ServicePrincipal")
    }
}

/// The two roles that make a collaborator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The role at the workspace.
    pub workspace: WorkspaceRole,
    /// The role at the service, if there is to be one.
    pub service: Option<ServiceRole>,
}

/// Who is to have which roles where.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The service.
    pub service: ServiceId,
    /// The workspace.
    pub workspace: WorkspaceName,
    /// The principal's object id.
    pub principal: Uuid,
    /// What the principal is.
    pub principal_type: PrincipalType,
    /// The roles.
    pub pair: Pair,
    /// How long a principal that the directory does not know yet is waited for.
    pub patience: Duration,
}

/// An assignment that is there afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Granted {
    /// The role's full name.
    pub role: &'static str,
    /// Where it is held.
    pub at: Standing,
    /// The scope's full ARM id.
    pub scope: String,
    /// The assignment's name, unless it was there under one that is not known.
    pub assignment: Option<Uuid>,
    /// Whether it was made now.
    pub created: bool,
}

/// The name that an assignment of ours has: always the same for the same scope,
/// principal and role.
fn name_of(scope: &RoleScope, principal: &Uuid, role: &Uuid) -> Uuid {
    let text = format!("{scope}|{principal}|{role}").to_ascii_lowercase();
    Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes())
}

/// Finds an assignment that does the same, under whatever name.
pub(super) fn same<'a>(
    there: &'a [Assignment],
    scope: &RoleScope,
    principal: &Uuid,
    role: &Uuid,
) -> Option<&'a Assignment> {
    there
        .iter()
        .find(|a| scope.is(&a.scope) && a.principal == *principal && a.role == *role)
}

/// How long to wait before the next try for a principal that is not known yet;
/// `None` when the budget would be spent.
fn wait(attempt: u32, spent: Duration, budget: Duration) -> Option<Duration> {
    let wait = (budget / 120 * (1 << attempt.min(4))).min(budget / 12);
    (!wait.is_zero() && spent + wait <= budget).then_some(wait)
}

/// Makes the assignments that are not there yet.
///
/// # Errors
/// When a right is missing, the directory does not know the principal after
/// the budget is spent, or ARM can't be reached. What was made until then stays;
/// a repeat makes the rest.
pub async fn grant(
    reader: &RoleReader,
    writer: &RoleWriter,
    grant: &Grant,
) -> Result<Vec<Granted>, WorkspaceError> {
    let own = RoleScope::of_workspace(grant.service.clone(), grant.workspace.clone());
    let above = RoleScope::of_service(grant.service.clone());
    let there = match assignments(reader, &own, Some(&grant.principal)).await {
        Ok(there) => there,
        // Who may write need not be able to read; ARM tells about what is there.
        Err(WorkspaceError::Denied { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut wanted: Vec<(&'static Role, &RoleScope)> = vec![(grant.pair.workspace.role(), &own)];
    wanted.extend(grant.pair.service.map(|r| (r.role(), &above)));
    let mut granted = Vec::new();
    for (role, scope) in wanted {
        let id = definition(reader, &above, role).await;
        let existing = same(&there, scope, &grant.principal, &id).map(|a| a.name);
        let (assignment, created) = match existing {
            Some(name) => (Some(name), false),
            None => assign(writer, grant, role, scope, &id).await?,
        };
        granted.push(Granted {
            role: role.name,
            at: role.at,
            scope: scope.to_string(),
            assignment,
            created,
        });
    }
    Ok(granted)
}

async fn assign(
    writer: &RoleWriter,
    grant: &Grant,
    role: &Role,
    scope: &RoleScope,
    id: &Uuid,
) -> Result<(Option<Uuid>, bool), WorkspaceError> {
    let name = name_of(scope, &grant.principal, id);
    let body = body(grant, id);
    let began = Instant::now();
    let mut attempt = 0;
    loop {
        let error = match writer.put(scope.workspace(), &name, &body).await {
            Ok(()) => return Ok((Some(name), true)),
            Err(error) => error,
        };
        match error.code() {
            Some("RoleAssignmentExists") => return Ok((None, false)),
            Some("PrincipalNotFound") => match wait(attempt, began.elapsed(), grant.patience) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(refused(error, grant, role)),
            },
            _ => return Err(refused(error, grant, role)),
        }
        attempt += 1;
    }
}

fn body(grant: &Grant, role: &Uuid) -> Value {
    let subscription = grant.service.subscription();
    json!({"properties": {
        "roleDefinitionId": format!(
            "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        ),
        "principalId": grant.principal,
        "principalType": grant.principal_type.word(),
    }})
}

fn refused(error: ArmError, grant: &Grant, role: &Role) -> WorkspaceError {
    let (principal, kind) = (grant.principal.to_string(), grant.principal_type.in_words());
    match error.code() {
        Some("PrincipalNotFound") => WorkspaceError::NoPrincipal {
            principal,
            kind,
            source: error,
        },
        Some("UnmatchedPrincipalType") => WorkspaceError::OtherType {
            principal,
            kind,
            source: error,
        },
        _ => WorkspaceError::of(format!("assign the role {}", role.name), ASSIGNERS)(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_grant_has_the_same_name_in_any_case() {
        let scope = |name: &str| {
            let service = ServiceId::new("s", "g", name).unwrap();
            RoleScope::of_workspace(service, "w".parse().unwrap())
        };
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let name = name_of(&scope("contoso"), &a, &b);
        assert_eq!(name, name_of(&scope("Contoso"), &a, &b));
        assert_ne!(name, name_of(&scope("contoso"), &b, &a));
        assert_ne!(name, name_of(&scope("other"), &a, &b));
    }

    #[test]
    fn waiting_for_a_principal_ends_with_the_budget() {
        let budget = Duration::from_secs(120);
        let (mut spent, mut tries) = (Duration::ZERO, 0);
        while let Some(wait) = wait(tries, spent, budget) {
            assert!(wait >= Duration::from_secs(1) && wait <= Duration::from_secs(10));
            spent += wait;
            tries += 1;
        }
        assert!(
            spent > Duration::from_secs(100) && spent <= budget,
            "{spent:?}"
        );
        assert_eq!(wait(0, Duration::ZERO, Duration::ZERO), None);
    }

    /// Grants a role to a principal that ARM does not know for some tries.
    async fn granted_after(unknown: u32) -> (Result<Vec<Granted>, WorkspaceError>, u32) {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicU32, Ordering};

        let puts = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&puts);
        let answer = move |method: axum::http::Method| {
            let known = method != "PUT" || counted.fetch_add(1, Ordering::Relaxed) >= unknown;
            let refusal = r#"{"error":{"code":"PrincipalNotFound","message":"who?"}}"#;
            let answer = match known {
                true => (axum::http::StatusCode::OK, r#"{"value":[]}"#),
                false => (axum::http::StatusCode::BAD_REQUEST, refusal),
            };
            async move { answer }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = axum::Router::new().fallback(answer);
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        let token = crate::arm::FixedToken::new(crate::secret::Secret::new("t"));
        let arm = crate::arm::Arm::builder(url.parse().unwrap(), Arc::new(token))
            .build()
            .unwrap();
        let service = ServiceId::new("s", "g", "n").unwrap();
        let wanted = Grant {
            service: service.clone(),
            workspace: "w".parse().unwrap(),
            principal: Uuid::from_u128(1),
            principal_type: PrincipalType::Group,
            pair: Pair {
                workspace: "reader".parse().unwrap(),
                service: None,
            },
            patience: Duration::from_millis(120),
        };
        let (reader, writer) = (RoleReader::new(arm.clone()), RoleWriter::new(arm, service));
        let granted = grant(&reader, &writer, &wanted).await;
        server.abort();
        (granted, puts.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn a_principal_that_is_too_new_is_tried_again() {
        let (granted, puts) = granted_after(2).await;
        assert!(granted.unwrap()[0].created);
        assert_eq!(puts, 3);
    }

    #[tokio::test]
    async fn a_principal_that_stays_unknown_is_named_in_the_end() {
        let (granted, puts) = granted_after(u32::MAX).await;
        let error = granted.unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the directory has no group with the object id")
        );
        assert!(error.help().is_some() && puts > 3, "{puts}");
    }
}
