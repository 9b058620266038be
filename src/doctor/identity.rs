//! Who asks, by which credential, and for how long the token is good.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Credential;
use super::check::{Check, Verdict};
use crate::arm::{Arm, Claims, Endpoint};

/// A token that is not renewed should last for a migration.
const SHORT: Duration = Duration::from_secs(600);

/// ARM's own id as an application, which some tokens name as their audience.
const ARM_ITSELF: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";

/// Gets a token and looks at what it says of itself.
pub(super) async fn check(arm: &Arm, credential: &Credential) -> (Check, Option<Claims>) {
    match arm.claims().await {
        Err(error) => {
            let message = format!("{}: {error}", credential.name);
            let check = Check::new("identity", "", Verdict::Failed, message);
            (check.help(error.help()), None)
        }
        Ok(claims) => {
            let now = OffsetDateTime::now_utc();
            let credential = credential.that_worked(arm.signed_in_by());
            let check = judge(claims.as_ref(), &credential, arm.endpoint(), now);
            (check, claims)
        }
    }
}

fn judge(
    claims: Option<&Claims>,
    credential: &Credential,
    endpoint: &Endpoint,
    now: OffsetDateTime,
) -> Check {
    let by = &credential.name;
    let Some(claims) = claims else {
        let message = format!("the token says nothing of whose it is, by {by}");
        return Check::new("identity", "", Verdict::Unknown, message);
    };
    let principal = claims.principal.map(|id| id.to_string());
    let who = claims.name.as_ref().or(principal.as_ref());
    let who = who.map_or("somebody", String::as_str);
    let who = match claims.is_application {
        true => format!("the application {who}"),
        false => who.to_owned(),
    };
    let tenant = (claims.tenant.as_ref()).map(|tenant| format!(" of the tenant {tenant}"));
    let told = format!("{who}{}, by {by}", tenant.unwrap_or_default());
    let left = claims.left(now);
    let minutes = left.map(|left| left.as_secs() / 60);
    let check = |verdict, message| Check::new("identity", "", verdict, message);
    let fresh = "sign in again, or put a fresh token into APIM_MIGRATE_TOKEN";
    let check = match (left, &claims.audience) {
        (Some(Duration::ZERO), _) => {
            check(Verdict::Failed, format!("{told}: the token has ended")).help([fresh])
        }
        (_, Some(audience)) if !is_for(endpoint, audience) => {
            let message = format!("{told}: the token is for `{audience}`");
            let scope = endpoint.url().as_str().trim_end_matches('/');
            let ask = format!("ask for one with `az account get-access-token --resource {scope}`");
            check(Verdict::Warning, message).help([ask])
        }
        (Some(left), _) if left < SHORT && !credential.renews => check(
            Verdict::Warning,
            format!("{told}, {}, and it is not renewed", lasting(left)),
        )
        .help([fresh]),
        (Some(left), _) => check(Verdict::Ok, format!("{told}, {}", lasting(left))),
        (None, _) => check(Verdict::Ok, told),
    };
    let ends = claims.ends.and_then(|ends| ends.format(&Rfc3339).ok());
    check
        .fact("credential", by.as_str())
        .fact("principal", principal)
        .fact("name", claims.name.clone())
        .fact("application", claims.is_application)
        .fact("tenant", claims.tenant.clone())
        .fact("audience", claims.audience.clone())
        .fact("ends", ends)
        .fact("minutesLeft", minutes)
}

fn lasting(left: Duration) -> String {
    match left.as_secs() / 60 {
        0 => "less than a minute left".to_owned(),
        1 => "1 minute left".to_owned(),
        minutes => format!("{minutes} minutes left"),
    }
}

/// Whether a token is for ARM at this endpoint. Of a sandbox nobody can say.
fn is_for(endpoint: &Endpoint, audience: &str) -> bool {
    let bare = |text: &str| {
        let text = text.trim_end_matches('/').to_ascii_lowercase();
        // `management.core.windows.net` is the older name of public ARM, and
        // the other clouds have one like it.
        text.replace("management.core.", "management.")
            .replace("management.windows.net", "management.azure.com")
    };
    endpoint.is_loopback()
        || audience.eq_ignore_ascii_case(ARM_ITSELF)
        || bare(audience) == bare(endpoint.url().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::Cloud;

    fn claims(seconds: i64) -> (Claims, OffsetDateTime) {
        let now = OffsetDateTime::from_unix_timestamp(1_780_000_000).unwrap();
        let claims = Claims {
            principal: Some(uuid::Uuid::nil()),
            name: Some("anna@contoso.com".to_owned()),
            tenant: Some("t-1".to_owned()),
            audience: Some("https://management.azure.com/".to_owned()),
            ends: Some(now + time::Duration::seconds(seconds)),
            ..Claims::default()
        };
        (claims, now)
    }

    #[test]
    fn the_credential_that_worked_is_named() {
        let auto = Credential {
            name: "`--auth auto`".to_owned(),
            renews: true,
        };
        assert_eq!(auto.that_worked(Some("cli")).name, "`--auth auto` (cli)");
        assert_eq!(auto.that_worked(None), auto);
        let cli = Credential {
            name: "`--auth cli`".to_owned(),
            renews: true,
        };
        assert_eq!(cli.that_worked(Some("cli")), cli);
    }

    fn credential(renews: bool) -> Credential {
        Credential {
            name: "`--auth cli`".to_owned(),
            renews,
        }
    }

    fn judged(claims: &Claims, renews: bool, now: OffsetDateTime) -> (Verdict, String) {
        let endpoint = Endpoint::cloud(Cloud::Public);
        let check = judge(Some(claims), &credential(renews), &endpoint, now);
        (check.verdict, check.message)
    }

    #[test]
    fn who_it_is_and_how_long_it_lasts_is_told() {
        let (claims, now) = claims(3300);
        assert_eq!(
            judged(&claims, false, now),
            (
                Verdict::Ok,
                "anna@contoso.com of the tenant t-1, by `--auth cli`, 55 minutes left".to_owned()
            )
        );
    }

    #[test]
    fn a_token_that_has_ended_fails_and_one_that_will_soon_is_warned_of_unless_it_is_renewed() {
        let (ended, now) = claims(-5);
        assert_eq!(judged(&ended, true, now).0, Verdict::Failed);
        let (soon, now) = claims(90);
        let (verdict, message) = judged(&soon, false, now);
        assert_eq!(verdict, Verdict::Warning);
        assert!(
            message.ends_with("1 minute left, and it is not renewed"),
            "{message}"
        );
        assert_eq!(judged(&soon, true, now).0, Verdict::Ok);
    }

    #[test]
    fn a_token_for_something_else_is_noticed() {
        let of = |cloud, audience: &str| is_for(&Endpoint::cloud(cloud), audience);
        for audience in [
            "https://management.azure.com",
            "https://management.core.windows.net/",
            ARM_ITSELF,
        ] {
            assert!(of(Cloud::Public, audience), "{audience}");
        }
        assert!(of(
            Cloud::UsGov,
            "https://management.core.usgovcloudapi.net"
        ));
        assert!(of(
            Cloud::China,
            "https://management.core.chinacloudapi.cn/"
        ));
        assert!(!of(Cloud::UsGov, "https://management.azure.com"));
        assert!(!of(Cloud::Public, "https://graph.microsoft.com"));
        assert!(is_for(&"http://127.0.0.1:1".parse().unwrap(), "whatever"));
        let (mut claims, now) = claims(3300);
        claims.audience = Some("https://graph.microsoft.com".to_owned());
        assert_eq!(judged(&claims, true, now).0, Verdict::Warning);
    }

    #[test]
    fn a_token_that_says_nothing_is_no_failure() {
        let endpoint = Endpoint::cloud(Cloud::Public);
        let now = OffsetDateTime::UNIX_EPOCH;
        let check = judge(None, &credential(false), &endpoint, now);
        assert_eq!(check.verdict, Verdict::Unknown);
        let check = judge(Some(&Claims::default()), &credential(false), &endpoint, now);
        assert_eq!(check.message, "somebody, by `--auth cli`");
    }
}
