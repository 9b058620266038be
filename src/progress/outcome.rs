//! What comes of a step when a plan is applied: told, and put on record.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What came of a step.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The copy was made.
    Created,
    /// A copy of this plan was brought to what the plan says now.
    Updated,
    /// An equal one was there already.
    Adopted,
    /// One of the service's own serves, or one that was there.
    Reused,
    /// What the service did on its own was undone.
    Tidied,
    /// There was nothing to undo.
    NothingToTidy,
    /// One that is not this plan's was overwritten: as asked, or because it
    /// came between the look and the write.
    Overwritten,
    /// One that differed was left as it is, as asked.
    LeftAsIs,
    /// What the service may have done was not undone, since it can't be told
    /// from what somebody else did.
    Kept,
}
