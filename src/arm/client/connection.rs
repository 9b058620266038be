//! What all requests share: where they go, who sends them, how fast.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use url::Url;

use super::answers::Answers;
use super::strain::{Counting, Strain};
use crate::arm::auth::Tokens;
use crate::arm::endpoint::Endpoint;
use crate::arm::error::ArmError;
use crate::arm::retry::RetryPolicy;
use crate::arm::throttle::{Limits, Throttle};

/// Talks to ARM. Cheap to clone.
#[derive(Clone)]
pub struct Arm {
    pub(in crate::arm) inner: Arc<Inner>,
}

pub(in crate::arm) struct Inner {
    pub(in crate::arm) http: reqwest::Client,
    pub(in crate::arm) endpoint: Endpoint,
    pub(in crate::arm) tokens: Arc<dyn Tokens>,
    pub(in crate::arm) renewal: Mutex<()>,
    pub(in crate::arm) api_version: String,
    pub(in crate::arm) observer: Counting,
    pub(in crate::arm) throttle: Throttle,
    pub(in crate::arm) answers: Answers,
    pub(in crate::arm) retries: RetryPolicy,
    pub(in crate::arm) patience: Duration,
    pub(in crate::arm) busy: AtomicUsize,
}

impl Arm {
    /// The endpoint.
    pub fn endpoint(&self) -> &Endpoint {
        &self.inner.endpoint
    }

    /// ARM's limits as far as they are known by now; none where nothing speaks
    /// of them.
    pub fn limits(&self) -> Option<Limits> {
        self.inner.throttle.limits()
    }

    /// How long an answer takes, on the whole; nothing before there was one.
    pub fn latency(&self) -> Option<Duration> {
        self.inner.answers.mean()
    }

    /// What was tried again so far, and what waited.
    pub fn strain(&self) -> Strain {
        self.inner.observer.counted()
    }

    /// How often the service has said so far that somebody else writes.
    pub fn busy(&self) -> usize {
        self.inner.busy.load(Ordering::Relaxed)
    }

    pub(in crate::arm) fn patience(&self) -> Duration {
        self.inner.patience
    }

    /// The URL of a path below the endpoint, with the API version.
    pub(in crate::arm) fn url(&self, path: &str, query: &[(&str, &str)]) -> Url {
        self.url_at(&self.inner.api_version, path, query)
    }

    /// The same with another provider's API version.
    pub(in crate::arm) fn url_at(&self, version: &str, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.inner.endpoint.url().clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .clear()
                .extend(path.split('/').filter(|s| !s.is_empty()));
        }
        // Strict servers want the `;` of a revision encoded; no server minds.
        let encoded = url.path().replace(';', "%3B");
        url.set_path(&encoded);
        url.query_pairs_mut()
            .extend_pairs(query)
            .append_pair("api-version", version);
        url
    }

    /// Takes a link that the service gave, if it leads to the endpoint itself.
    pub(in crate::arm) fn own_link(&self, link: &str, path: &str) -> Result<Url, ArmError> {
        let url = self.inner.endpoint.own_link(link);
        url.map_err(|host| ArmError::ForeignLink {
            path: path.to_owned(),
            host: crate::arm::limits::word(&host),
        })
    }
}
