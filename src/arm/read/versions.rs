//! Reading at the newest version of the service's API that it takes.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::{Mutex, MutexGuard};

use crate::arm::error::{ArmError, Refusal};

/// Versions to read at, the first that the service takes.
#[derive(Debug)]
pub(in crate::arm) struct Versions {
    all: Vec<String>,
    at: AtomicUsize,
    /// Whether a request was answered, so that the others need not wait.
    settled: AtomicBool,
    first: Mutex<()>,
}

/// A request's way down the versions.
pub(in crate::arm) struct Turn<'a> {
    versions: &'a Versions,
    at: usize,
    /// Held by the first request: it goes alone, so that a version is refused
    /// once and not by all at the same time.
    _first: Option<MutexGuard<'a, ()>>,
}

impl Versions {
    /// `all` are the versions to try, the first one first.
    pub(in crate::arm) fn new(all: Vec<String>) -> Self {
        Self {
            settled: AtomicBool::new(all.len() < 2),
            all,
            at: AtomicUsize::new(0),
            first: Mutex::new(()),
        }
    }

    /// The version that is asked for now.
    pub(in crate::arm) fn now(&self) -> Option<&str> {
        let at = self.at.load(Ordering::Acquire);
        self.all.get(at).map(String::as_str)
    }

    /// Begins a request.
    pub(in crate::arm) async fn turn(&self) -> Turn<'_> {
        let settled = || self.settled.load(Ordering::Acquire);
        let first = match settled() {
            true => None,
            false => Some(self.first.lock().await).filter(|_| !settled()),
        };
        Turn {
            versions: self,
            at: self.at.load(Ordering::Acquire),
            _first: first,
        }
    }
}

impl Turn<'_> {
    /// The version to ask for.
    pub(in crate::arm) fn version(&self) -> &str {
        self.versions.all.get(self.at).map_or("", String::as_str)
    }

    /// Whether to ask again: the version was refused, and there is another one.
    pub(in crate::arm) fn again<T>(&mut self, answer: &Result<T, ArmError>) -> bool {
        let versions = self.versions;
        let refused = answer.as_ref().err().is_some_and(refuses_version);
        if refused && self.at + 1 < versions.all.len() {
            versions.at.fetch_max(self.at + 1, Ordering::AcqRel);
            self.at = versions.at.load(Ordering::Acquire);
            return true;
        }
        versions.settled.store(true, Ordering::Release);
        false
    }
}

fn refuses_version(error: &ArmError) -> bool {
    error.refusal().is_some_and(Refusal::is_of_version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str, message: &str) -> ArmError {
        ArmError::Refused(Box::new(Refusal {
            status: 400,
            code: code.to_owned(),
            message: message.to_owned(),
            ..Refusal::default()
        }))
    }

    async fn ask(
        versions: &Versions,
        taken: &str,
        asked: &std::sync::Mutex<Vec<String>>,
    ) -> String {
        let mut turn = versions.turn().await;
        loop {
            let version = turn.version().to_owned();
            asked.lock().unwrap().push(version.clone());
            tokio::task::yield_now().await;
            let answer = match version.as_str() == taken {
                true => Ok(version),
                false => Err(refused("InvalidApiVersionParameter", "")),
            };
            if !turn.again(&answer) {
                return answer.unwrap_or_default();
            }
        }
    }

    fn versions(all: &[&str]) -> Versions {
        Versions::new(all.iter().map(|v| (*v).to_owned()).collect())
    }

    #[tokio::test]
    async fn a_version_is_refused_once_for_all() {
        let versions = versions(&["c", "b", "a"]);
        let asked = std::sync::Mutex::new(Vec::new());
        let two = tokio::join!(ask(&versions, "b", &asked), ask(&versions, "b", &asked));
        assert_eq!(two, ("b".to_owned(), "b".to_owned()));
        assert_eq!(*asked.lock().unwrap(), ["c", "b", "b"]);
        assert_eq!(versions.now(), Some("b"));
    }

    #[tokio::test]
    async fn other_refusals_and_the_last_version_are_answers() {
        let versions = versions(&["b", "a"]);
        let mut turn = versions.turn().await;
        assert!(!turn.again(&Err::<(), _>(refused("ValidationError", "bad"))));
        assert_eq!(versions.now(), Some("b"));
        let says = "API version query parameter is not specified or was specified incorrectly.";
        let no = || Err::<(), _>(refused("", says));
        assert!(turn.again(&no()) && turn.version() == "a");
        assert!(!turn.again(&no()));
    }
}
