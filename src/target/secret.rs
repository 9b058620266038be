//! Secrets of copies beside those of their sources: compared in memory, and told only
//! as equal or not.

use super::error::ReadFailed;
use super::remote::Remote;
use crate::plan::Step;
use crate::plan::compare::Difference;

/// Whether the copy of a step has the secret of its source; one that carries none has.
pub(crate) async fn same_secret(remote: &Remote, step: &Step) -> Result<bool, ReadFailed> {
    let (Some(action), Some(source)) = (&step.secret, &step.source) else {
        return Ok(true);
    };
    let failed = |target: String| move |source| ReadFailed { target, source };
    let wanted = remote.secrets(source, action).await;
    let wanted = wanted.map_err(failed(source.to_string()))?;
    let there = remote.target_secrets(&step.target, action).await;
    let there = there.map_err(failed(step.target.to_string()))?;
    let members = step.kind.secret.map_or(&[][..], |secret| secret.members);
    Ok(members.iter().all(|member| {
        let (wanted, there) = (wanted.get(*member), there.get(*member));
        wanted.map(|secret| secret.expose()) == there.map(|secret| secret.expose())
    }))
}

/// Whether what shows all that a step wants has another secret for sure, and so is
/// not what was sent: it is not where that can't be told, nor where the service may
/// have made its own.
pub(crate) async fn is_for_another(remote: &Remote, step: &Step) -> bool {
    !step.kind.makes_its_secrets() && matches!(same_secret(remote, step).await, Ok(false))
}

/// What is told of the secret that was expected.
const EXPECTED: &str = "the source's secret";

/// Whether something differs in its secret.
pub(crate) fn is_other_secret(differences: &[Difference]) -> bool {
    differences.iter().any(|d| d.expected == EXPECTED)
}

/// What that differs in, as a difference is told.
pub(crate) fn other_secret(step: &Step) -> Vec<Difference> {
    let members = step.kind.secret.map_or(&[][..], |secret| secret.members);
    let difference = |member: &&str| Difference {
        pointer: (*member).to_owned(),
        expected: EXPECTED.to_owned(),
        found: "another one".to_owned(),
    };
    members.iter().map(difference).collect()
}
