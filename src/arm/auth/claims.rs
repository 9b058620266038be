//! Who a token says its bearer is. Not verified: that is ARM's business, and
//! nothing is decided by it but what people are told.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroizing;
use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::arm::limits::word;
use crate::secret::Secret;

/// The longest token that is looked into, in bytes; real ones take some
/// thousands.
const LONGEST: usize = 1 << 16;

/// What a token says of whoever bears it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// The object id in the directory: what roles are assigned to (`oid`).
    pub principal: Option<Uuid>,
    /// A name that people know: an address, or the application's id.
    pub name: Option<String>,
    /// Whether it is an application or a managed identity, and no person.
    pub is_application: bool,
    /// The tenant (`tid`).
    pub tenant: Option<String>,
    /// What the token is for (`aud`).
    pub audience: Option<String>,
    /// When it ends (`exp`).
    pub ends: Option<OffsetDateTime>,
}

impl Claims {
    /// Reads the middle of a token in three parts. `None` for one of another
    /// kind, which says nothing.
    pub fn of(token: &Secret) -> Option<Self> {
        let token = token.expose();
        let mut parts = token.split('.');
        let (Some(_), Some(middle), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        if token.len() > LONGEST {
            return None;
        }
        let text = Zeroizing::new(URL_SAFE_NO_PAD.decode(middle).ok()?);
        let claims = crate::arm::json::parse(&text).ok()?;
        let text = |name: &str| {
            let text = claims.get(name).and_then(Value::as_str);
            text.filter(|text| !text.is_empty()).map(word)
        };
        let first = |names: &[&str]| names.iter().find_map(|name| text(name));
        let person = first(&["upn", "unique_name", "preferred_username", "email"]);
        let application = first(&["appid", "azp"]);
        let is_application = match text("idtyp") {
            Some(kind) => kind == "app",
            None => person.is_none() && application.is_some(),
        };
        let ends = claims.get("exp").and_then(Value::as_i64);
        Some(Self {
            principal: text("oid").and_then(|id| id.parse().ok()),
            name: person.filter(|_| !is_application).or(application),
            is_application,
            tenant: text("tid"),
            audience: text("aud"),
            ends: ends.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok()),
        })
    }

    /// How much time is left; zero when it has ended.
    pub fn left(&self, now: OffsetDateTime) -> Option<Duration> {
        let left = self.ends? - now;
        Some(Duration::try_from(left).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token(claims: &str) -> Secret {
        let middle = URL_SAFE_NO_PAD.encode(claims);
        Secret::new(format!("e30.{middle}.c2ln"))
    }

    #[test]
    fn a_person_is_known_by_an_address_and_an_application_by_its_id() {
        let claims = r#"{"oid":"aaaaaaaa-0000-4000-8000-000000000001","tid":"t-1","aud":"https://management.azure.com",
            "upn":"anna@contoso.com","appid":"04b07795","idtyp":"user","exp":1780000000}"#;
        let claims = Claims::of(&token(claims)).unwrap();
        let id = "aaaaaaaa-0000-4000-8000-000000000001";
        assert_eq!(
            claims.principal.map(|id| id.to_string()).as_deref(),
            Some(id)
        );
        assert_eq!(claims.name.as_deref(), Some("anna@contoso.com"));
        assert!(!claims.is_application);
        let now = OffsetDateTime::from_unix_timestamp(1_780_000_000 - 90).unwrap();
        assert_eq!(claims.left(now), Some(Duration::from_secs(90)));
        let later = now + time::Duration::days(1);
        assert_eq!(claims.left(later), Some(Duration::ZERO));
        let claims = r#"{"oid":"$(reboot)","appid":"a-2"}"#;
        let claims = Claims::of(&token(claims)).unwrap();
        assert_eq!(claims.name.as_deref(), Some("a-2"));
        assert!(claims.is_application && claims.left(now).is_none());
        assert_eq!(claims.principal, None);
    }

    #[test]
    fn what_is_no_such_token_says_nothing() {
        for odd in [
            "",
            "sandbox",
            "a.b",
            "a.b.c.d",
            "a.!.c",
            "a.e30.c.d",
            "e30.bm8.c",
        ] {
            assert_eq!(Claims::of(&Secret::new(odd)), None, "{odd}");
        }
        assert_eq!(Claims::of(&token("{}")), Some(Claims::default()));
        let odd = r#"{"oid":7,"tid":"","exp":"soon","aud":["x"],"name":null}"#;
        assert_eq!(Claims::of(&token(odd)), Some(Claims::default()));
        let far = r#"{"exp":9223372036854775807}"#;
        assert_eq!(Claims::of(&token(far)), Some(Claims::default()));
        assert_eq!(Claims::of(&token(&" ".repeat(LONGEST))), None);
    }

    #[test]
    fn what_it_says_is_cut_and_defused() {
        let long = format!(r#"{{"upn":"\u001b[2J{}"}}"#, "x".repeat(5000));
        let name = Claims::of(&token(&long)).unwrap().name.unwrap();
        assert!(name.len() < 400 && !name.contains('\u{1b}'), "{name}");
    }

    proptest! {
        #[test]
        fn no_token_makes_it_fail(token in ".{0,40}", claims in ".{0,60}") {
            Claims::of(&Secret::new(token));
            Claims::of(&self::token(&claims));
        }
    }
}
