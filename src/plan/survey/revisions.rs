//! What a revision takes from the current one though the source's has none of
//! it.

use super::Seen;
use crate::plan::codes;
use crate::plan::finding::{Finding, some};

/// The copy is made from the current revision, and whether null takes away what
/// that one has is not known: of some settings it did not in what is known of
/// the service [service contract, 3.1].
pub(super) fn findings(seen: &Seen<'_>) -> Vec<Finding> {
    let inherit = seen.steps.iter().filter_map(|step| {
        let (source, content) = step.source.as_ref().zip(step.content.as_ref())?;
        let is_null = |name: &&&str| content.properties.get(**name).is_some_and(|v| v.is_null());
        let names: Vec<&&str> = step.kind.inherited.iter().filter(is_null).collect();
        let message = || {
            format!(
                "the current revision has {}, and it has not",
                some(names.iter())
            )
        };
        (!names.is_empty()).then(|| codes::INHERITS.about(source, message()))
    });
    inherit.collect()
}
