//! Failures that are one failure: told once, with all that it met.

use super::failure::FailedStep;
use crate::plan::StepId;
use crate::progress::without_exchange;

/// Failures that have one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold<'f, F> {
    /// The first of them, which is told.
    pub first: &'f F,
    /// All steps that it met, this one among them.
    pub steps: Vec<&'f StepId>,
}

/// A failure that can be one with others.
pub trait Alike {
    /// The step.
    fn step(&self) -> &StepId;

    /// What is the same in each failure of one cause.
    fn cause(&self) -> String;
}

impl Alike for FailedStep {
    fn step(&self) -> &StepId {
        &self.step
    }

    fn cause(&self) -> String {
        match &self.denied {
            Some(denied) => denied.in_words(),
            None => alike(&self.causes.join("\n"), &self.target),
        }
    }
}

/// Puts failures of one cause together, in the order in which they are first met.
pub fn fold<F: Alike>(failed: &[F]) -> Vec<Fold<'_, F>> {
    let mut folds: Vec<(String, Fold<'_, F>)> = Vec::new();
    for one in failed {
        let cause = one.cause();
        match folds.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, fold)) => fold.steps.push(one.step()),
            None => {
                let steps = vec![one.step()];
                folds.push((cause, Fold { first: one, steps }));
            }
        }
    }
    folds.into_iter().map(|(_, fold)| fold).collect()
}

/// Words about a failure without what is different each time: the place, how often
/// it was tried, and the ids of the exchange, which come last.
pub(crate) fn alike(said: &str, target: &str) -> String {
    let said = without_exchange(said);
    match target {
        "" => said.to_owned(),
        target => said.replace(target, "…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(name: &str, code: &str, id: &str) -> FailedStep {
        let target = format!("/workspaces/w/tags/{name}");
        FailedStep {
            step: StepId::new(format!("tags/{name}")),
            causes: vec![
                format!("could not write `{target}`"),
                format!("PUT /subscriptions/s{target} answered 500 {code}"),
                format!("tried {} times in 3 s", id.len()),
                format!("correlation id: {id}"),
            ],
            target,
            help: None,
            conflict: false,
            permanent: false,
            file: None,
            denied: None,
        }
    }

    #[test]
    fn failures_of_one_cause_are_one_and_others_are_not() {
        let all = [
            failed("a", "Internal", "1"),
            failed("b", "Other", "2"),
            failed("c", "Internal", "333"),
        ];
        let folds = fold(&all);
        let steps =
            |at: usize| -> Vec<&str> { folds[at].steps.iter().map(|s| s.as_str()).collect() };
        assert_eq!(folds.len(), 2);
        assert_eq!(steps(0), ["tags/a", "tags/c"]);
        assert_eq!(steps(1), ["tags/b"]);
    }

    #[test]
    fn what_a_journal_holds_is_folded_like_what_a_run_met() {
        let one = "could not write `/w/a`; PUT /s/w/a answered 500 X; correlation id: 1";
        let other = "could not write `/w/b`: PUT /s/w/b answered 500 X: tried 2 times in 1 s";
        assert_eq!(
            alike(one, "/w/a"),
            "could not write `…`; PUT /s… answered 500 X"
        );
        assert_eq!(alike(other, "/w/b").replace(": ", "; "), alike(one, "/w/a"));
    }
}
