//! From exchanges on the wire to events, counts and the log.

use std::sync::Arc;

use apim_migrate::arm::{Exchange, Observer};
use apim_migrate::progress::summary::Summary;
use apim_migrate::progress::{Event, Listener};

/// Watches the client.
pub(crate) struct Watch {
    listener: Arc<dyn Listener>,
    summary: Arc<Summary>,
    beside: Option<Arc<dyn Observer>>,
}

impl Watch {
    /// Passes on to a listener, and counts.
    pub(crate) fn new(listener: Arc<dyn Listener>, summary: Arc<Summary>) -> Self {
        Self {
            listener,
            summary,
            beside: None,
        }
    }

    /// The same, which tells somebody else as well.
    pub(crate) fn beside(self, other: Arc<dyn Observer>) -> Self {
        Self {
            beside: Some(other),
            ..self
        }
    }
}

impl Observer for Watch {
    fn on(&self, exchange: &Exchange) {
        self.summary.exchanged(exchange);
        if let Some(other) = &self.beside {
            other.on(exchange);
        }
        match exchange {
            Exchange::Request {
                method,
                path,
                attempt,
            } => tracing::trace!(method, path, attempt, "request"),
            Exchange::Answer {
                method,
                path,
                attempt,
                status,
                correlation_id,
                took,
            } => tracing::debug!(
                method,
                path,
                attempt,
                status,
                correlation_id,
                ?took,
                "answer"
            ),
            Exchange::Retry {
                method,
                path,
                attempt,
                reason,
                wait,
            } => {
                tracing::debug!(method, path, attempt, reason, ?wait, "retry");
                self.listener.on(&Event::Retried {
                    method,
                    path: path.clone(),
                    attempt: *attempt,
                    reason: reason.clone(),
                    wait: *wait,
                });
            }
            Exchange::Waiting {
                method,
                path,
                waited,
            } => {
                tracing::debug!(method, path, ?waited, "still at work");
                self.listener.on(&Event::Waiting {
                    method,
                    path: path.clone(),
                    waited: *waited,
                });
            }
            Exchange::Waited { method, path } => {
                tracing::debug!(method, path, "no more at work");
                self.listener.on(&Event::Waited {
                    method,
                    path: path.clone(),
                });
            }
            Exchange::Throttled { bucket, wait } => {
                tracing::debug!(bucket, ?wait, "throttled");
                self.listener.on(&Event::Throttled {
                    bucket,
                    wait: *wait,
                });
            }
            _ => {}
        }
    }
}
