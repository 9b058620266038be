//! The keys of subscriptions: which copies have their source's, which have new
//! ones, and which refusals are for the keys' sake. No key is ever held here.

use std::path::Path;

use serde::Serialize;

use crate::apply::ApplyError;
use crate::arm::{ArmError, Refusal};
use crate::catalog::Kind;
use crate::engine::journal::Holding;
use crate::engine::ownership::Hold;
use crate::plan::{Plan, Step};
use crate::progress::Outcome;
use crate::target::account::Account;

/// What is known of a copy's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeysOf {
    /// They are its source's.
    Carried,
    /// They are not its source's.
    New,
    /// An equal subscription was there already, and keys are not compared.
    Unknown,
}

impl KeysOf {
    /// The word for lists.
    pub fn as_str(self) -> &'static str {
        match self {
            KeysOf::Carried => "carried",
            KeysOf::New => "new",
            KeysOf::Unknown => "unknown",
        }
    }
}

/// A subscription that has its copy in the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MovedSubscription {
    /// Its name at the source.
    pub source: String,
    /// The copy's name in the workspace.
    pub target: String,
    /// What the copy gives access to, below the target service:
    /// `/workspaces/billing/products/gold`.
    pub scope: String,
    /// What its users have to know.
    pub keys: KeysOf,
}

/// Returns the subscriptions that are done, in this run or before, in the order
/// of the plan.
///
/// # Errors
/// When the journal can't be read.
pub fn moved_subscriptions(plan: &Plan, dir: &Path) -> Result<Vec<MovedSubscription>, ApplyError> {
    Ok(moved(&Account::read(plan, dir)?))
}

fn moved(account: &Account<'_>) -> Vec<MovedSubscription> {
    let plan = account.plan();
    let steps = plan.steps.iter().enumerate();
    steps
        .filter(|(at, step)| step.kind.makes_its_secrets() && account.is_done(*at))
        .filter_map(|(at, step)| {
            let source = step.source.as_ref()?;
            let keys = keys_of(step, account.holding(at)?)?;
            let properties = step.content.as_ref().map(|c| &c.properties);
            let scope = properties.and_then(|p| p.get("scope")?.as_str());
            let scope = scope.unwrap_or_default();
            Some(MovedSubscription {
                source: source.name().to_owned(),
                target: step.target.below().name().to_owned(),
                scope: (scope
                    .strip_prefix(&plan.target.to_string())
                    .unwrap_or(scope))
                .to_owned(),
                keys,
            })
        })
        .collect()
}

fn keys_of(step: &Step, holding: &Holding) -> Option<KeysOf> {
    let carries = step.secret.is_some();
    match holding.outcome? {
        Outcome::Created | Outcome::Updated | Outcome::Overwritten => {
            Some(match carries && !holding.new_keys {
                true => KeysOf::Carried,
                false => KeysOf::New,
            })
        }
        Outcome::Adopted if !carries && holding.hold == Hold::Ours => Some(KeysOf::New),
        Outcome::Adopted | Outcome::Reused => Some(KeysOf::Unknown),
        Outcome::Tidied | Outcome::NothingToTidy | Outcome::LeftAsIs | Outcome::Kept => None,
    }
}

/// Whether a write was refused because of secrets that the service would make
/// itself if none were given.
pub(crate) fn refused_for_keys(kind: &Kind, error: &ArmError) -> bool {
    let refusal = error.refusal();
    kind.makes_its_secrets() && refusal.is_some_and(|refusal| is_about_keys(kind, refusal))
}

fn is_about_keys(kind: &Kind, refusal: &Refusal) -> bool {
    if refusal.status != 400 || refusal.code != "ValidationError" {
        return false;
    }
    let members = kind.secret.map_or(&[][..], |s| s.members);
    let says = |text: &str| {
        let text = text.to_lowercase();
        let taken = ["in use", "already"].iter().any(|w| text.contains(w));
        let is_key = text.split(|c: char| !c.is_alphanumeric());
        let is_key = is_key
            .into_iter()
            .any(|word| word == "key" || word == "keys");
        (taken && is_key) || members.iter().any(|m| text.contains(&m.to_lowercase()))
    };
    says(&refusal.message) || (refusal.details.iter()).any(|d| says(&d.target) || says(&d.message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arm::Detail;
    use crate::catalog;
    use crate::engine::journal::{Bodies, Entry, Ledger, now};
    use crate::fixtures::bench::WORKSPACE;
    use crate::fixtures::steps::{plan, step};
    use serde_json::json;

    fn refusal(status: u16, code: &str, target: &str, message: &str) -> Refusal {
        Refusal {
            status,
            code: code.to_owned(),
            message: "One or more fields contain incorrect values:".to_owned(),
            details: vec![Detail {
                target: target.to_owned(),
                message: message.to_owned(),
                ..Detail::default()
            }],
            ..Refusal::default()
        }
    }

    #[test]
    fn only_a_refusal_that_is_about_the_keys_counts() {
        let kind = &catalog::SUBSCRIPTION;
        for (status, code, target, message, expected) in [
            (400, "ValidationError", "primaryKey", "No.", true),
            (400, "ValidationError", "secondaryKey", "No.", true),
            (400, "ValidationError", "", "The key is in use.", true),
            (
                400,
                "ValidationError",
                "",
                "A primaryKey must not be used twice.",
                true,
            ),
            (
                400,
                "ValidationError",
                "displayName",
                "Already in use.",
                false,
            ),
            (
                400,
                "ValidationError",
                "scope",
                "Monkeys already live there.",
                false,
            ),
            (400, "MethodNotAllowed", "primaryKey", "No.", false),
            (409, "ValidationError", "primaryKey", "No.", false),
        ] {
            let refusal = refusal(status, code, target, message);
            assert_eq!(is_about_keys(kind, &refusal), expected, "{refusal:?}");
        }
        let refused =
            ArmError::Refused(Box::new(refusal(400, "ValidationError", "primaryKey", "")));
        assert!(refused_for_keys(kind, &refused));
        assert!(!refused_for_keys(&catalog::NAMED_VALUE, &refused));
    }

    #[test]
    fn a_list_says_what_is_known_of_the_keys_of_each_copy_that_is_there() {
        let copy = |name: &str| {
            step("subscription", &format!("/subscriptions/{name}-w"), &[])
                .with(json!({"scope": format!("{WORKSPACE}/products/p")}))
                .copy_of(&format!("/subscriptions/{name}"), None)
        };
        let outcomes = [
            (
                "carried",
                true,
                Outcome::Created,
                false,
                Some(KeysOf::Carried),
            ),
            ("refused", true, Outcome::Created, true, Some(KeysOf::New)),
            ("new", false, Outcome::Created, false, Some(KeysOf::New)),
            ("lost", false, Outcome::Adopted, false, Some(KeysOf::New)),
            (
                "found",
                true,
                Outcome::Adopted,
                false,
                Some(KeysOf::Unknown),
            ),
            (
                "reused",
                true,
                Outcome::Reused,
                false,
                Some(KeysOf::Unknown),
            ),
            ("left", true, Outcome::LeftAsIs, false, None),
        ];
        let steps = outcomes.iter().map(|(name, carry, ..)| match carry {
            true => copy(name).secret("listSecrets"),
            false => copy(name),
        });
        let mut plan = plan(steps.collect());
        let mut ledger = Ledger::default();
        for (step, (_, _, outcome, new_keys, _)) in plan.steps.iter().zip(outcomes) {
            let target = Some(step.target.to_string());
            ledger.take(Entry::StepIntended {
                step: step.id.clone(),
                at: now(),
                target: target.clone(),
                kind: crate::engine::journal::Unread,
                digest: None,
                was: Default::default(),
                saved: None,
                upload: None,
                over: false,
            });
            ledger.take(Entry::StepDone {
                step: step.id.clone(),
                at: now(),
                target,
                outcome,
                etag: None,
                digest: None,
                new_keys,
            });
        }
        plan.steps.push(copy("not-begun"));
        let account = Account::new(&plan, ledger, Bodies::default());
        let expected: Vec<_> = outcomes
            .into_iter()
            .filter_map(|(name, _, _, _, keys)| {
                Some(MovedSubscription {
                    source: name.to_owned(),
                    target: format!("{name}-w"),
                    scope: "/workspaces/w/products/p".to_owned(),
                    keys: keys?,
                })
            })
            .collect();
        assert_eq!(moved(&account), expected);
    }
}
