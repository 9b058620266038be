//! Absent named values in braces where they mean nothing, and where the service
//! was found to refuse them all the same.

use crate::catalog::NAMED_VALUE;
use crate::graph::Closure;
use crate::inventory::Inventory;
use crate::plan::codes;
use crate::plan::finding::Finding;
use crate::plan::target::Target;
use crate::policy::{Place, Target as Named};
use crate::traits::Braces;

/// Finds them in what is copied.
pub(in crate::plan::survey) fn braces(
    inventory: &Inventory,
    closure: &Closure,
    target: &Target,
) -> Vec<Finding> {
    let traits = &target.traits;
    let checked = |place: Place| match place {
        Place::Live | Place::Code | Place::Interpolated => None,
        Place::Cdata => Some(("CDATA", traits.values_in_cdata)),
        Place::Comment => Some(("a comment", traits.values_in_comments)),
        Place::Liquid => Some(("a Liquid template", traits.values_in_liquid)),
    };
    let known = [
        traits.values_in_comments,
        traits.values_in_cdata,
        traits.values_in_liquid,
    ];
    if !known.contains(&Braces::Checked) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for path in closure.members.keys() {
        let Some(scan) = inventory.get(path).and_then(|r| r.scan()) else {
            continue;
        };
        for reference in &scan.references {
            let Some((within, Braces::Checked)) = checked(reference.place) else {
                continue;
            };
            let absent = matches!(reference.to, Named::NamedValue)
                && inventory.displayed(&NAMED_VALUE, &reference.name).is_none();
            if absent {
                let message = format!(
                    "{within} in line {}, column {} holds `{{{{{}}}}}`, and there is no such named value",
                    reference.line, reference.column, reference.name
                );
                found.push(codes::BRACES.about(path, message));
            }
        }
    }
    found
}
