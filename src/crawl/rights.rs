//! What the caller may do at a migration's places: one read for each.

use std::time::Duration;

use futures_util::future::join_all;

use crate::arm::{ArmError, RoleReader, RoleScope};
use crate::rights::{Known, Permissions, Place, Places};

/// How long permissions are waited for where nothing depends on them.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads what the caller may do at one place. `None` where the answer says
/// nothing to rely on.
///
/// # Errors
/// When ARM refuses or can't be reached.
pub async fn rights_at(
    reader: &RoleReader,
    places: &Places,
    place: Place,
) -> Result<Option<Permissions>, ArmError> {
    let service = places.service(place).clone();
    let scope = match (places.settle(place), &places.workspace) {
        (Place::Workspace, Some(name)) => RoleScope::of_workspace(service, name.clone()),
        _ => RoleScope::of_service(service),
    };
    Ok(Permissions::read(&reader.permissions(&scope).await?))
}

/// Reads what the caller may do at each place. What can't be read stays
/// unknown: it is asked for to warn beforehand, and must stand in nobody's way.
pub async fn read_rights(reader: &RoleReader, places: &Places) -> Known {
    let asked = places.distinct().map(|place| async move {
        let asked = rights_at(reader, places, place);
        let found = tokio::time::timeout(PATIENCE, asked).await.ok()?;
        if let Err(error) = &found {
            tracing::debug!(place = places.id(place), %error, "permissions are not known");
        }
        Some((place, found.ok()??))
    });
    join_all(asked).await.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::StatusCode;

    use super::*;
    use crate::address::ServiceId;
    use crate::arm::{Arm, FixedToken};
    use crate::rights::Right;
    use crate::secret::Secret;

    /// What is known where ARM gives this answer; `BASE` is its own URL.
    async fn known(
        answer: impl Fn(&str) -> (StatusCode, &'static str) + Clone + Send + Sync + 'static,
    ) -> Known {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let base = url.clone();
        let app = axum::Router::new().fallback(move |uri: axum::http::Uri| {
            let (status, body) = answer(uri.query().unwrap_or_default());
            let body = body.replace("BASE", &format!("{base}{}", uri.path()));
            async move { (status, body) }
        });
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        let token = FixedToken::new(Secret::new("t"));
        let arm = Arm::builder(url.parse().unwrap(), Arc::new(token))
            .build()
            .unwrap();
        let service = ServiceId::new("s", "g", "n").unwrap();
        let places = Places {
            source: service.clone(),
            target: service,
            workspace: Some("w".parse().unwrap()),
        };
        let known = read_rights(&RoleReader::new(arm), &places).await;
        server.abort();
        known
    }

    #[tokio::test]
    async fn all_pages_of_permissions_count_though_their_items_have_no_names() {
        let known = known(|query| {
            let page = match query.contains("page=2") {
                true => r#"{"value":[{"actions":["*/write"]}]}"#,
                false => {
                    r#"{"value":[{"actions":["*/read"]},{"actions":[]}],"nextLink":"BASE?page=2"}"#
                }
            };
            (StatusCode::OK, page)
        })
        .await;
        assert_eq!(
            known.keys().collect::<Vec<_>>(),
            [&Place::Target, &Place::Workspace]
        );
        for held in known.values() {
            for verb in ["read", "write"] {
                assert!(held.allow(&Right::of_service("apis", verb)));
            }
            assert!(!held.allow(&Right::of_service("apis", "delete")));
        }
    }

    #[tokio::test]
    async fn what_is_refused_or_no_list_is_not_known() {
        for (status, body) in [
            (
                StatusCode::FORBIDDEN,
                r#"{"error":{"code":"AuthorizationFailed"}}"#,
            ),
            (StatusCode::NOT_FOUND, ""),
            (StatusCode::OK, r#"{"value":[]}"#),
            (StatusCode::OK, r#"{"value":[{"name":"n"}]}"#),
            (
                StatusCode::OK,
                r#"{"value":[{"actions":["*"]}],"nextLink":"http://evil.example/"}"#,
            ),
        ] {
            assert_eq!(
                known(move |_| (status, body)).await,
                Known::new(),
                "{status} {body}"
            );
        }
    }
}
