//! Signs of life while an operation is waited for.

use std::time::Duration;

use crate::arm::client::{Exchange, Observer};

/// When the first sign of life is given, and how much later each next one.
const SIGNS: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(30));

/// Tells somebody that an operation is still waited for, and when that is over.
pub(super) struct Signs<'o> {
    observer: &'o dyn Observer,
    method: &'static str,
    path: &'o str,
    next: Duration,
}

impl<'o> Signs<'o> {
    pub(super) fn new(observer: &'o dyn Observer, method: &'static str, path: &'o str) -> Self {
        Self {
            observer,
            method,
            path,
            next: SIGNS.0,
        }
    }

    /// Gives one, where it is time again.
    pub(super) fn give(&mut self, waited: Duration) {
        if waited < self.next {
            return;
        }
        self.next = waited + SIGNS.1;
        self.observer.on(&Exchange::Waiting {
            method: self.method,
            path: self.path.to_owned(),
            waited,
        });
    }
}

impl Drop for Signs<'_> {
    fn drop(&mut self) {
        if self.next > SIGNS.0 {
            self.observer.on(&Exchange::Waited {
                method: self.method,
                path: self.path.to_owned(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Heard(Mutex<Vec<Option<u64>>>);

    impl Observer for Heard {
        fn on(&self, exchange: &Exchange) {
            let heard = match exchange {
                Exchange::Waiting { waited, .. } => Some(waited.as_secs()),
                _ => None,
            };
            self.0.lock().unwrap().push(heard);
        }
    }

    #[test]
    fn a_sign_comes_now_and_then_and_one_at_the_end() {
        let heard = Heard::default();
        let mut signs = Signs::new(&heard, "PUT", "/x");
        for seconds in [0, 14, 15, 16, 44, 45, 80] {
            signs.give(Duration::from_secs(seconds));
        }
        drop(signs);
        let told = [Some(15), Some(45), Some(80), None];
        assert_eq!(*heard.0.lock().unwrap(), told);
        // What took no time is not told of at all.
        drop(Signs::new(&heard, "PUT", "/x"));
        assert_eq!(heard.0.lock().unwrap().len(), told.len());
    }
}
