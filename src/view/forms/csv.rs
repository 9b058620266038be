//! The mapping of old names to new ones, for spreadsheets.

use crate::plan::Plan;
use crate::secret::plain;
use crate::view::graph::part::Part;
use crate::view::mapping::Row;

const HEAD: [&str; 6] = ["kind", "action", "source", "target", "displayName", "path"];

/// One line per step: kind, action, source, target, display name, path.
///
/// A field that a spreadsheet would take for a formula has an apostrophe before
/// it.
///
/// # Errors
/// Never in memory; the type is the library's.
pub fn csv(plan: &Plan, part: &Part) -> Result<String, csv::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(HEAD)?;
    for (_, step) in part.steps(plan) {
        let row = Row::of(step);
        let fields = [
            row.kind,
            row.action,
            &row.source,
            &row.target,
            row.display,
            row.path,
        ];
        out.write_record(fields.map(guarded))?;
    }
    let bytes = out.into_inner().map_err(|e| e.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn guarded(field: &str) -> String {
    let guard = match field.starts_with(['=', '+', '-', '@']) {
        true => "'",
        false => "",
    };
    format!("{guard}{}", plain(field))
}
