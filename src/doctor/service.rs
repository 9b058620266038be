//! The service itself: whether it is there, its tier, and the versions it takes.

use serde_json::Value;

use super::check::{Check, Verdict};
use super::{Subject, Version};
use crate::address::ServiceId;
use crate::arm::{Arm, ArmError, Directory, Reader};
use crate::nearest::nearest;
use crate::secret::plain;
use crate::workspace::{has_no_workspaces, says_tier};

/// A service as far as it may be read.
pub(super) enum Seen {
    /// All of it.
    Whole(Box<Value>),
    /// The caller may not read the service itself, which hides no more than
    /// its tier and versions.
    Hidden,
    /// Nothing more can be read.
    Nothing,
}

/// Reads a service, and looks for what was meant where there is none.
pub(super) async fn check(arm: &Arm, id: &ServiceId) -> (Check, Seen) {
    let reader = Reader::new(arm.clone(), id.clone());
    match reader.get("", &[]).await {
        Ok(Some(found)) => (there(id, &found.body), Seen::Whole(Box::new(found.body))),
        Ok(None) => (absent(arm, id).await, Seen::Nothing),
        Err(error) if error.status() == Some(403) => {
            let check = Check::error("service", id, &error);
            let verdict = Verdict::Unknown;
            (Check { verdict, ..check }, Seen::Hidden)
        }
        Err(error) => {
            let check = Check::error("service", id, &error);
            // Said by ARM of a version that nobody has, and by a service of one
            // that it takes no more [contract 2.1].
            let version = error
                .refusal()
                .is_some_and(|r| r.says("api-version") || r.says("api version"));
            let help = version.then_some("give a version that it takes with `--api-version DATE`");
            (check.help(help), Seen::Nothing)
        }
    }
}

fn there(id: &ServiceId, body: &Value) -> Check {
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let (location, state) = (
        text(&body["location"]),
        text(&body["properties"]["provisioningState"]),
    );
    let mut told = format!("{} in {}", id.name(), id.resource_group());
    if !location.is_empty() {
        told.push_str(&format!(", {location}"));
    }
    let check = match state.eq_ignore_ascii_case("Succeeded") || state.is_empty() {
        true => Check::new("service", id, Verdict::Ok, told),
        false => Check::new(
            "service",
            id,
            Verdict::Warning,
            format!("{told}, is {state}"),
        )
        .help(["wait until it is done: it may refuse writes meanwhile"]),
    };
    check.fact("location", location).fact("state", state)
}

async fn absent(arm: &Arm, id: &ServiceId) -> Check {
    let Absence { message, help } = absence(arm, id).await;
    Check::new("service", id, Verdict::Failed, message).help([help])
}

/// What there is in place of a service that is not there.
pub struct Absence {
    /// What is not there: the service, or its subscription.
    pub message: String,
    /// What was meant, or where to look.
    pub help: String,
}

/// Looks for what was meant where there is no such service. What may not be
/// listed is left at that.
pub async fn absence(arm: &Arm, id: &ServiceId) -> Absence {
    let directory = Directory::new(arm.clone());
    let subscription = id.subscription();
    let services = match directory.services(subscription).await {
        Ok(services) => services,
        Err(error) if error.is_not_found() => {
            let others = directory.subscriptions().await.unwrap_or_default();
            return Absence {
                message: format!("there is no subscription `{subscription}`"),
                help: match meant(subscription, &others) {
                    Some(meant) => format!("did you mean {meant}?"),
                    None => "`az account list` shows which there are".to_owned(),
                },
            };
        }
        // Why it can't be told what is there is beside the point.
        Err(_) => Vec::new(),
    };
    let (name, group) = (id.name(), id.resource_group());
    Absence {
        message: format!("there is no service `{name}` in `{group}`"),
        help: match like(id, &services) {
            Some(other) => format!(
                "did you mean `{}` in `{}`?",
                other.name(),
                other.resource_group()
            ),
            None => "check the subscription, the resource group and the name".to_owned(),
        },
    }
}

/// The subscription that was meant: by its name, or an id like it.
fn meant(written: &str, there: &[(String, String)]) -> Option<String> {
    let shown = |(id, name): &(String, String)| format!("`{}` ({})", plain(id), plain(name));
    let named = there
        .iter()
        .find(|(_, name)| name.eq_ignore_ascii_case(written));
    let like = || {
        let like = nearest(written, there.iter().map(|(id, _)| id.as_str()))?;
        there.iter().find(|(id, _)| id == like)
    };
    named.or_else(like).map(shown)
}

/// The service that was meant: of the same name elsewhere, or of a name like it,
/// first in the same group.
fn like<'s>(wanted: &ServiceId, there: &'s [ServiceId]) -> Option<&'s ServiceId> {
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let namesake = there.iter().find(|s| same(s.name(), wanted.name()));
    let near = |of: &dyn Fn(&ServiceId) -> bool| {
        let names = there.iter().filter(|s| of(s)).map(ServiceId::name);
        let name = nearest(wanted.name(), names)?;
        there.iter().find(|s| of(s) && s.name() == name)
    };
    namesake
        .or_else(|| near(&|s| same(s.resource_group(), wanted.resource_group())))
        .or_else(|| near(&|_| true))
}

/// Whether the target's tier has workspaces, which its list of them proves.
pub(super) fn tier(
    subject: &Subject<'_>,
    seen: &Seen,
    workspaces: &Result<Vec<Value>, ArmError>,
) -> Check {
    let id = &subject.target;
    let sku = match seen {
        Seen::Whole(body) => body["sku"]["name"].as_str().map(plain),
        Seen::Hidden | Seen::Nothing => None,
    };
    let name = sku.as_deref().unwrap_or("a tier that is not told");
    let none = sku.as_deref().is_some_and(has_no_workspaces);
    let check = match workspaces {
        Err(error) if none || says_tier(error) => without(subject, name),
        Ok(_) if none => without(subject, name),
        Ok(all) => {
            let told = match all.len() {
                1 => "1 workspace".to_owned(),
                n => format!("{n} workspaces"),
            };
            Check::new("tier", id, Verdict::Ok, format!("{name}, with {told}"))
                .fact("workspaces", all.len())
        }
        Err(error) => {
            let check = Check::error("tier", id, error);
            let message = format!("{name}: {}", check.message);
            let verdict = match error.status() {
                Some(403) => Verdict::Unknown,
                _ => Verdict::Failed,
            };
            Check {
                verdict,
                message,
                ..check
            }
        }
    };
    check.fact("tier", sku)
}

fn without(subject: &Subject<'_>, name: &str) -> Check {
    // It can still be copied from.
    let verdict = match subject.workspace {
        Some(_) => Verdict::Failed,
        None => Verdict::Warning,
    };
    let message = format!("{name}, which has no workspaces");
    Check::new("tier", &subject.target, verdict, message)
        .help(["workspaces need the tier Premium, or a v2 tier"])
}

/// Whether a service takes the versions that it is asked with.
pub(super) fn versions(id: &ServiceId, seen: &Seen, versions: &[Version]) -> Check {
    let least = match seen {
        // What the service shows of itself [contract 2.1].
        Seen::Whole(body) => body["properties"]["apiVersionConstraint"]["minApiVersion"]
            .as_str()
            .filter(|least| !least.is_empty())
            .map(plain),
        Seen::Hidden | Seen::Nothing => {
            return Check::new(
                "versions",
                id,
                Verdict::Unknown,
                "the service does not tell which versions it takes",
            );
        }
    };
    let used: Vec<String> = versions
        .iter()
        .map(|v| format!("{} {}", v.used, v.version))
        .collect();
    let used = used.join(", ");
    let date = |version: &str| version.get(..10).unwrap_or(version).to_owned();
    let old = |v: &&Version| least.as_ref().is_some_and(|l| date(&v.version) < date(l));
    let check = match (versions.iter().find(old), &least) {
        (Some(old), Some(least)) => {
            let message = format!("{used}: the service takes none before {least}");
            Check::new("versions", id, Verdict::Failed, message)
                .help([format!("give `{} {least}`", old.flag)])
        }
        (_, Some(least)) => {
            let message = format!("{used}; the service takes those from {least} on");
            Check::new("versions", id, Verdict::Ok, message)
        }
        (_, None) => {
            let message = format!("{used}; the service takes any");
            Check::new("versions", id, Verdict::Ok, message)
        }
    };
    let by_use = versions
        .iter()
        .map(|v| (v.used.to_owned(), Value::from(v.version.as_str())));
    check
        .fact("used", Value::Object(by_use.collect()))
        .fact("least", least)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn id(group: &str, name: &str) -> ServiceId {
        ServiceId::new("s", group, name).unwrap()
    }

    #[test]
    fn the_same_name_elsewhere_is_meant_before_a_name_like_it() {
        let there = [
            id("g1", "contosso"),
            id("g2", "contoso"),
            id("g1", "fabrikam"),
        ];
        let like = |group, name| like(&id(group, name), &there).map(ToString::to_string);
        assert_eq!(like("g1", "Contoso"), Some(there[1].to_string()));
        assert_eq!(like("g1", "contso"), Some(there[0].to_string()));
        assert_eq!(like("g9", "fabrikan"), Some(there[2].to_string()));
        assert_eq!(like("g1", "northwind"), None);
    }

    #[test]
    fn a_subscription_is_found_by_its_name_or_an_id_like_it() {
        let there = [("0000-1111", "Production"), ("2222-3333", "Test")];
        let there: Vec<_> = (there.iter())
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        let meant = |written| meant(written, &there);
        assert_eq!(
            meant("production").as_deref(),
            Some("`0000-1111` (Production)")
        );
        assert_eq!(meant("2222-3334").as_deref(), Some("`2222-3333` (Test)"));
        assert_eq!(meant("9"), None);
    }

    #[tokio::test]
    async fn the_subscriptions_that_are_there_are_asked_for_where_one_is_not() {
        use std::sync::Arc;

        use axum::http::{StatusCode, Uri};

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = axum::Router::new().fallback(async |uri: Uri| match uri.path() {
            "/subscriptions" => (
                StatusCode::OK,
                r#"{"value":[{"subscriptionId":"0000-1112","displayName":"Production"}]}"#,
            ),
            _ => (
                StatusCode::NOT_FOUND,
                r#"{"error":{"code":"SubscriptionNotFound","message":"who?"}}"#,
            ),
        });
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        let token = crate::arm::FixedToken::new(crate::secret::Secret::new("t"));
        let arm = Arm::builder(url.parse().unwrap(), Arc::new(token));
        let wanted = ServiceId::new("0000-1111", "g", "n").unwrap();
        let (check, seen) = check(&arm.build().unwrap(), &wanted).await;
        server.abort();
        assert!(matches!(seen, Seen::Nothing));
        assert_eq!(check.message, "there is no subscription `0000-1111`");
        assert_eq!(check.help, ["did you mean `0000-1112` (Production)?"]);
    }

    #[test]
    fn a_version_before_the_first_that_is_taken_fails() {
        let seen = |least: Value| {
            let body = json!({"properties": {"apiVersionConstraint": {"minApiVersion": least}}});
            Seen::Whole(Box::new(body))
        };
        let used = |version: &str| {
            [Version {
                used: "written",
                flag: "--api-version",
                version: version.to_owned(),
            }]
        };
        let of = |least, version| versions(&id("g", "n"), &seen(least), &used(version));
        assert_eq!(of(json!(null), "2021-08-01").verdict, Verdict::Ok);
        assert_eq!(of(json!(""), "2021-08-01").verdict, Verdict::Ok);
        assert_eq!(of(json!("2024-05-01"), "2024-05-01").verdict, Verdict::Ok);
        let refused = of(json!("2024-05-01"), "2023-09-01-preview");
        assert_eq!(refused.verdict, Verdict::Failed);
        assert_eq!(refused.help, ["give `--api-version 2024-05-01`"]);
        let hidden = versions(&id("g", "n"), &Seen::Hidden, &used("2024-05-01"));
        assert_eq!(hidden.verdict, Verdict::Unknown);
    }

    #[test]
    fn a_service_that_is_being_changed_is_warned_of() {
        let of = |state: &str| {
            there(
                &id("g", "n"),
                &json!({"properties": {"provisioningState": state}}),
            )
        };
        assert_eq!(of("Succeeded").verdict, Verdict::Ok);
        let updating = of("Updating");
        assert_eq!(updating.verdict, Verdict::Warning);
        assert_eq!(updating.message, "n in g, is Updating");
    }
}
