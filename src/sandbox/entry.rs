//! One resource as it is stored.

use serde_json::{Map, Value};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::path::Path;

/// The members of a resource.
pub(super) type Properties = Map<String, Value>;

/// One resource.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) path: Path,
    pub(super) properties: Properties,
    pub(super) etag: u64,
    pub(super) created: OffsetDateTime,
    pub(super) updated: OffsetDateTime,
    /// When the long-running request that made or changed it is done.
    pub(super) ready: Option<Ready>,
}

/// A resource that is still being provisioned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ready {
    pub(super) at: Instant,
    /// Made by the request, and nothing to refer to until then.
    pub(super) new: bool,
    /// Not to be seen at all until then.
    pub(super) hidden: bool,
}

impl Entry {
    pub(super) fn is_ready(&self, now: Instant) -> bool {
        self.ready.is_none_or(|ready| now >= ready.at)
    }

    /// Whether others may refer to it.
    pub(super) fn is_there(&self, now: Instant) -> bool {
        self.is_ready(now) || self.ready.is_none_or(|ready| !ready.new)
    }

    pub(super) fn is_visible(&self, now: Instant) -> bool {
        self.is_ready(now) || self.ready.is_none_or(|ready| !ready.hidden)
    }

    /// A string member, or nothing.
    pub(super) fn text(&self, member: &str) -> Option<&str> {
        self.properties.get(member)?.as_str()
    }
}
