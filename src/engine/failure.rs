//! How a failure is told.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::arm::{ArmError, AuthError, Refusal, Trouble};
use crate::plan::StepId;
use crate::rights::Denied;

/// A step that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailedStep {
    /// The step.
    pub step: StepId,
    /// Where it was to stand.
    pub target: String,
    /// Why, from the outermost cause to the innermost, each in one line; the
    /// service's own words are among them.
    pub causes: Vec<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether it was refused because somebody put something else there while
    /// the run was under way.
    pub conflict: bool,
    /// Whether it will be refused again as it stands.
    pub permanent: bool,
    /// The file of the plan folder that holds what was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The right that ARM misses: what needs the same one was not tried any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied: Option<Denied>,
}

impl FailedStep {
    /// A step that an error made fail.
    pub(crate) fn of(
        step: StepId,
        target: String,
        error: &(dyn std::error::Error + 'static),
        help: Option<String>,
    ) -> Self {
        let denied = denied(error);
        Self {
            step,
            target,
            causes: causes(error),
            help: (denied.as_ref()).map_or(help, |denied| Some(ask_for(denied))),
            conflict: false,
            permanent: false,
            file: None,
            denied,
        }
    }
}

/// What to do about a right that is missing.
pub fn ask_for(denied: &Denied) -> String {
    format!(
        "ask for {}; a fresh role assignment takes some minutes, and `apim-migrate doctor` tells \
         when it has come into effect",
        denied.in_words()
    )
}

/// The right that ARM misses, where that is why something failed.
pub fn denied(error: &(dyn std::error::Error + 'static)) -> Option<Denied> {
    let mut chain = std::iter::successors(Some(error), |error| error.source());
    let refusal = chain.find_map(arm)?.refusal()?;
    (refusal.code == "AuthorizationFailed").then(|| Denied::read(&refusal.message))?
}

/// Trouble that meets each request alike, and so stopped the whole run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// What it is.
    pub trouble: Trouble,
    /// Why, from the outermost cause to the innermost.
    pub causes: Vec<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Stopped {
    /// The trouble behind a failure; none where it is the one request's own.
    pub(crate) fn by(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut chain = std::iter::successors(Some(error), |error| error.source());
        let error = chain.find_map(arm)?;
        Some(Self {
            trouble: error.trouble()?,
            causes: causes(error),
            help: error.help(),
        })
    }
}

/// The messages of an error and of its causes, each in one line, with all that
/// the service said. A cause that the message above it already quotes is not
/// said twice.
pub fn causes(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut at = Some(error);
    while let Some(error) = at {
        let line = crate::secret::plain(&error.to_string());
        if lines.last().is_none_or(|above| !above.contains(&line)) {
            lines.push(line);
        }
        if let Some(refusal) = arm(error).and_then(ArmError::refusal) {
            lines.extend(words(refusal));
        }
        if let Some(auth) = error.downcast_ref::<AuthError>() {
            lines.extend(auth.tried().iter().cloned());
        }
        at = error.source();
    }
    lines
}

/// What to do about a failure of which only the line in a journal is known.
pub(crate) fn advice(reason: &str) -> Vec<String> {
    if let Some(denied) = Denied::read(reason) {
        return std::iter::once(ask_for(&denied))
            .chain(denied.command())
            .collect();
    }
    let mut words = (reason.split_once(" answered "))
        .map_or("", |(_, said)| said)
        .split(' ');
    let status = words.next().and_then(|status| status.parse().ok());
    let code = words
        .next()
        .unwrap_or_default()
        .trim_end_matches([';', ':']);
    let refusal = status.map(|status| Refusal {
        status,
        code: code.to_owned(),
        message: reason.to_owned(),
        ..Refusal::default()
    });
    let help = refusal.and_then(|refusal| ArmError::Refused(Box::new(refusal)).help());
    help.into_iter().collect()
}

/// Causes in one line, as long as a sign of life or a journal's line may be: all
/// of it stands in the report.
pub(crate) fn in_short(causes: &[String]) -> String {
    const MOST: usize = 4_000;
    let line = causes.join("; ");
    match line.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// The request that failed, where an error is that.
fn arm<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e ArmError> {
    match error.downcast_ref::<Arc<ArmError>>() {
        Some(shared) => Some(shared.as_ref()),
        None => error.downcast_ref::<ArmError>(),
    }
}

/// What the service said about a refusal.
fn words(refusal: &Refusal) -> Vec<String> {
    let mut lines = Vec::new();
    if !refusal.message.is_empty() {
        lines.push(format!("the service says: {}", refusal.message));
    }
    for detail in &refusal.details {
        lines.push(match detail.target.as_str() {
            "" => format!("the service says: {}", detail.message),
            target => format!("the service says of `{target}`: {}", detail.message),
        });
    }
    if refusal.attempts > 1 {
        let seconds = refusal.took.as_secs();
        lines.push(format!("tried {} times in {seconds} s", refusal.attempts));
    }
    if let Some(id) = &refusal.correlation_id {
        lines.push(format!("correlation id: {}", crate::secret::plain(id)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_of_life_is_short_whatever_the_service_says() {
        assert_eq!(in_short(&["a".to_owned(), "b".to_owned()]), "a; b");
        let long = in_short(&["é".repeat(10_000)]);
        assert_eq!(long.chars().count(), 4_001);
    }

    #[test]
    fn causes_are_listed_without_repeats() {
        let inner = std::io::Error::other("disk\nfull");
        let outer = crate::engine::JournalError::Io {
            path: "j".into(),
            source: inner,
        };
        assert_eq!(
            causes(&outer),
            ["could not use the journal `j`", "disk full"]
        );
    }
}
