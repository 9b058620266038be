//! Bearer tokens: which are taken, and for how long.

use std::collections::BTreeMap;

use crate::sandbox::http::reply::Refusal;

/// What is asked of tokens, and how often each has served.
#[derive(Debug)]
pub(crate) struct Bearers {
    wanted: Option<String>,
    life: Option<u64>,
    served: BTreeMap<String, u64>,
}

impl Bearers {
    /// `wanted` is the only token that is taken, `life` the number of requests
    /// after which one is over.
    pub(crate) fn new(wanted: Option<String>, life: Option<u64>) -> Self {
        Self {
            wanted,
            life,
            served: BTreeMap::new(),
        }
    }

    /// Takes the token of an `Authorization` header, or refuses it.
    pub(crate) fn admit(&mut self, header: Option<&str>) -> Result<(), Refusal> {
        let refuse = |code, words| Err(Refusal::arm(401, code, words));
        let bearer = header.and_then(|text| {
            let (scheme, token) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
        });
        let Some(token) = bearer else {
            return refuse(
                "AuthenticationFailed",
                "Authentication failed. The 'Authorization' header is missing.",
            );
        };
        if self.wanted.as_deref().is_some_and(|wanted| wanted != token) {
            return refuse("InvalidAuthenticationToken", "The access token is invalid.");
        }
        if let Some(life) = self.life {
            let served = self.served.entry(token.to_owned()).or_default();
            *served += 1;
            if *served > life {
                return refuse("ExpiredAuthenticationToken", EXPIRED);
            }
        }
        Ok(())
    }
}

/// What ARM says of a token that is over.
pub(crate) const EXPIRED: &str = "The access token expiry is before the current time.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_over_after_its_life_and_another_one_is_not() {
        let mut bearers = Bearers::new(None, Some(2));
        for _ in 0..2 {
            bearers.admit(Some("bearer  one")).unwrap();
        }
        let refusal = bearers.admit(Some("Bearer one")).unwrap_err();
        assert_eq!(
            refusal.body()["error"]["code"],
            "ExpiredAuthenticationToken"
        );
        bearers.admit(Some("Bearer two")).unwrap();
        assert!(bearers.admit(None).is_err());
    }

    #[test]
    fn only_the_wanted_token_is_taken() {
        let mut bearers = Bearers::new(Some("right".to_owned()), None);
        bearers.admit(Some("Bearer right")).unwrap();
        let refusal = bearers.admit(Some("Bearer wrong")).unwrap_err();
        assert_eq!(
            refusal.body()["error"]["code"],
            "InvalidAuthenticationToken"
        );
        assert!(bearers.admit(Some("Basic right")).is_err());
    }
}
