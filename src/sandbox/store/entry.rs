//! One resource as it is stored.

use serde_json::{Map, Value};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::path::Path;
use crate::sandbox::http::reply::Refusal;

/// The members of a resource.
pub(crate) type Properties = Map<String, Value>;

/// One resource.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) path: Path,
    pub(crate) properties: Properties,
    pub(crate) etag: u64,
    pub(crate) created: OffsetDateTime,
    pub(crate) updated: OffsetDateTime,
    /// When the long-running request that made or changed it is done.
    pub(crate) ready: Option<Ready>,
}

/// A resource that is still being provisioned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ready {
    pub(crate) at: Instant,
    /// Made by the request, and nothing to refer to until then.
    pub(crate) new: bool,
    /// Not to be seen at all until then.
    pub(crate) hidden: bool,
}

/// A body that may be stored, and what is to happen then.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) properties: Properties,
    /// The API whose children are copied.
    pub(crate) copy: Option<Path>,
    /// Whether it becomes the current revision of its API.
    pub(crate) current: bool,
    /// Where it is stored, when that is not where it was put.
    pub(crate) at: Option<Path>,
}

/// One request that is still being carried out, or was.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    pub(crate) path: Path,
    pub(crate) done: Instant,
    pub(crate) started: OffsetDateTime,
    /// The status that polling ends with, or what went wrong.
    pub(crate) outcome: Result<u16, Refusal>,
    pub(crate) deletes: bool,
    /// What its addresses to poll end with.
    pub(crate) signature: String,
}

impl Entry {
    pub(crate) fn is_ready(&self, now: Instant) -> bool {
        self.ready.is_none_or(|ready| now >= ready.at)
    }

    /// Whether others may refer to it.
    pub(crate) fn is_there(&self, now: Instant) -> bool {
        self.is_ready(now) || self.ready.is_none_or(|ready| !ready.new)
    }

    pub(crate) fn is_visible(&self, now: Instant) -> bool {
        self.is_ready(now) || self.ready.is_none_or(|ready| !ready.hidden)
    }

    /// A string member, or nothing.
    pub(crate) fn text(&self, member: &str) -> Option<&str> {
        self.properties.get(member)?.as_str()
    }
}
