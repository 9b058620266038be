//! The file of traits: `traits.yaml`.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Traits;
use crate::misread::Misread;

/// The version of the file's form.
const VERSION: u32 = 1;

/// Longest text that is taken from a service.
const LONGEST: usize = 40;

/// The tier of who may not see it.
const UNKNOWN: &str = "unknown";

/// What was found out about a service, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Found {
    version: u32,
    /// What found it out: program and version.
    pub generator: String,
    /// The day, `2026-11-26`.
    pub date: String,
    /// The version of the service's API that was asked.
    pub api_version: String,
    /// The service's tier: `Premium`, or `unknown`.
    pub tier: String,
    /// What was found out.
    pub traits: Traits,
}

/// Why a file of traits is of no use.
#[derive(Debug, thiserror::Error)]
pub enum TraitsError {
    /// It can't be read as one.
    #[error("it is no file of traits{}", .0.spot().map_or_else(String::new, |spot| format!(": {spot}")))]
    Form(#[source] Misread),
    /// It is of another version of this program.
    #[error("`version` must be {VERSION}, and is {0}")]
    Version(u32),
    /// Nothing that a plan asks for is known by it.
    #[error("it has no effect: none of the traits that plans ask for is known by it")]
    NoEffect,
    /// It is of a service of another tier.
    #[error("it is of a service of the tier {of}, and this one is of {is}")]
    Tier {
        /// The tier that was asked.
        of: String,
        /// The tier of the service that is planned for.
        is: String,
    },
}

impl TraitsError {
    /// What the user can do next.
    pub fn help(&self) -> &str {
        match self {
            TraitsError::Form(misread) => {
                (misread.help()).unwrap_or("docs/fidelity.md has each trait and its answers")
            }
            TraitsError::Version(_) => "make it anew with `apim-migrate doctor --probe`",
            TraitsError::Tier { .. } => "ask this service: `apim-migrate doctor --probe`",
            TraitsError::NoEffect => {
                "leave `--traits` out, or ask a service that has APIs with `apim-migrate doctor --probe`"
            }
        }
    }
}

impl Found {
    /// Puts together what was found out. The tier is a word of the service.
    pub fn new(date: String, api_version: String, tier: Option<&str>, traits: Traits) -> Self {
        let is_word = |text: &&str| {
            let plain = text.bytes().all(|b| b.is_ascii_alphanumeric());
            plain && !text.is_empty() && text.len() <= LONGEST
        };
        Self {
            version: VERSION,
            generator: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            date,
            api_version,
            tier: tier.filter(is_word).unwrap_or(UNKNOWN).to_owned(),
            traits,
        }
    }

    /// Reads a file of traits for a plan.
    ///
    /// # Errors
    /// When it is none, names a trait or an answer that there is not, or knows
    /// nothing that a plan asks for.
    pub fn for_plan(text: &[u8]) -> Result<Self, TraitsError> {
        let found: Self =
            crate::yaml::from_yaml(text).map_err(|error| TraitsError::Form(error.into()))?;
        if found.version != VERSION {
            return Err(TraitsError::Version(found.version));
        }
        let has_effect = found.traits.rows().iter().any(|row| row.plans && row.known);
        match has_effect {
            true => Ok(found),
            false => Err(TraitsError::NoEffect),
        }
    }

    /// What it says of a service of a tier, as far as that is known.
    ///
    /// # Errors
    /// When it was found out about a service of another tier.
    pub fn of_tier(&self, tier: Option<&str>) -> Result<&Traits, TraitsError> {
        match tier {
            Some(tier) if self.tier != UNKNOWN && !self.tier.eq_ignore_ascii_case(tier) => {
                Err(TraitsError::Tier {
                    of: self.tier.clone(),
                    is: tier.to_owned(),
                })
            }
            _ => Ok(&self.traits),
        }
    }

    /// The file, with what each trait means.
    pub fn yaml(&self) -> String {
        let mut out = String::from(
            "# What `apim-migrate doctor --probe` found out about a service. Nothing of the service\n\
             # is named in it. `apim-migrate plan --traits FILE` uses it; docs/fidelity.md says how.\n",
        );
        let _ = write!(
            out,
            "version: {}\ngenerator: {}\ndate: '{}'\napiVersion: '{}'\ntier: {}\ntraits:\n",
            self.version, self.generator, self.date, self.api_version, self.tier
        );
        for row in self.traits.rows() {
            let _ = writeln!(out, "  # {}\n  {}:{}", row.what, row.name, row.yaml);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{API, LOGGER, TAG};
    use crate::traits::{Count, Scope};

    fn found(traits: Traits) -> Found {
        Found::new(
            "2026-11-26".into(),
            "2024-05-01".into(),
            Some("Premium"),
            traits,
        )
    }

    fn known() -> Traits {
        let mut traits = Traits {
            api_paths_of_service: Scope::Free,
            api_busy_ms: Count(Some(1200)),
            ..Traits::default()
        };
        traits.names_of_service.note(&API, Scope::Free);
        traits
    }

    #[test]
    fn what_is_written_is_read_again() {
        let found = found(known());
        assert_eq!(Found::for_plan(found.yaml().as_bytes()).unwrap(), found);
        let yaml = found.yaml();
        assert!(
            yaml.contains("  namesOfService:\n    api: free\n"),
            "{yaml}"
        );
        assert!(yaml.contains("  apiWriters: unknown\n"), "{yaml}");
        insta::assert_snapshot!(yaml);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let yaml = found(known()).yaml();
        let why = |text: String| {
            let error = Found::for_plan(text.as_bytes()).unwrap_err();
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", cause.unwrap_or_default())
        };
        let odd = why(yaml.replace("apiWriters", "apiWritters"));
        assert!(odd.contains("apiWritters") && odd.contains("line"), "{odd}");
        let odd = why(yaml.replace("apiWriters: unknown", "apiWriters: two"));
        assert!(odd.contains("`two`") && odd.contains("`several`"), "{odd}");
        let odd = why(yaml.replace("api: free", "apis: free"));
        assert!(
            odd.contains("`apis` is not a kind that is asked for; there are tag"),
            "{odd}"
        );
        let odd = why(yaml.replace("1200", "soon"));
        assert!(odd.contains("a number or `unknown`"), "{odd}");
        let odd = why(yaml.replace("version: 1", "version: 2"));
        assert!(odd.contains("must be 1, and is 2"), "{odd}");
        let odd = why(found(Traits::default()).yaml());
        assert!(odd.contains("no effect"), "{odd}");
    }

    #[test]
    fn a_tier_that_is_no_word_is_not_passed_on() {
        let of = |tier| Found::new(String::new(), String::new(), tier, Traits::default()).tier;
        assert_eq!(of(Some("PremiumV2")), "PremiumV2");
        assert_eq!(of(Some("a\nb: c")), "unknown");
        assert_eq!(of(None), "unknown");
        let of_premium = found(known());
        assert!(of_premium.of_tier(Some("premium")).is_ok() && of_premium.of_tier(None).is_ok());
        assert!(of_premium.of_tier(Some("StandardV2")).is_err());
    }

    #[test]
    fn kinds_that_were_not_asked_for_follow_when_all_others_agree() {
        let (api, tag) = (&API, &TAG);
        let logger = &LOGGER;
        let mut names = known().names_of_service;
        assert!(names.is_free(api) && names.is_free(logger));
        names.note(tag, Scope::Unknown);
        assert!(names.is_free(tag));
        names.note(tag, Scope::Taken);
        assert!(names.is_free(api) && !names.is_free(tag) && !names.is_free(logger));
        assert!(!Traits::default().names_of_service.is_free(api));
    }
}
