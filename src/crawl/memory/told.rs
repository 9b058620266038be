//! What is remembered of one API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What was told below one API or revision.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Told {
    /// When the first of it was read: seconds since 1970.
    pub(super) since: u64,
    /// What the lists said of the API.
    pub(super) listed: String,
    /// What the API said of itself.
    pub(super) alone: String,
    /// Answers by their address, as lines of the file.
    #[serde(skip)]
    pub(super) answers: BTreeMap<String, String>,
}
