//! What a dry run tells.

use std::fmt::Write as _;

use apim_migrate::apply::{Does, DryRun};
use apim_migrate::plan::basis::Differs;
use apim_migrate::plan::compare::Difference;
use apim_migrate::secret::plain;

use crate::cli::plan::brief::many;
use crate::cli::ui::{ERROR, HELP, WARNING, painted};

/// It, for people.
pub(super) fn text(found: &DryRun) -> String {
    let mut out = String::new();
    for request in &found.requests {
        let does = match request.does {
            Does::Update => "  (over this plan's own copy)",
            Does::Overwrite => "  (over somebody else's, as asked)",
            _ => "",
        };
        let note = request.note.as_deref().map(|n| format!("  ({n})"));
        let note = note.unwrap_or_default();
        let _ = writeln!(
            out,
            "{:<6} {}{does}{}",
            request.method,
            plain(&request.path),
            plain(&note)
        );
        differing(&request.differences, &mut out);
        if let Some(body) = &request.body {
            let text = serde_json::to_string(body).unwrap_or_default();
            let _ = writeln!(out, "       {}", plain(&shortened(&text)));
        }
    }
    for settled in &found.settled {
        let does = match settled.does {
            Does::Adopt => "there already:".to_owned(),
            Does::Keep => painted(WARNING, "left as it is:"),
            _ => painted(ERROR, "conflict:"),
        };
        let _ = writeln!(out, "{does} {}", plain(&settled.target.to_string()));
        differing(&settled.differences, &mut out);
    }
    for drift in &found.drift {
        let is = match drift.is {
            Differs::Changed => "changed at the source:",
            Differs::New => "new at the source:",
            Differs::Gone => "gone from the source:",
        };
        let source = plain(&drift.source.to_string());
        let _ = writeln!(out, "{} {source}", painted(ERROR, is));
    }
    let conflicts = found.settled.iter().filter(|s| s.does == Does::Conflict);
    let conflicts = match conflicts.count() {
        0 => String::new(),
        n => format!(" and {} in the way", many(n, "conflict")),
    };
    let requests = many(found.requests.len(), "request");
    let _ = writeln!(out, "{requests}{conflicts}; none was sent");
    if let (Some(forecast), false) = (found.forecast, found.requests.is_empty()) {
        let _ = writeln!(out, "they would take: {forecast}");
    }
    if !found.drift.is_empty() {
        let _ = writeln!(
            out,
            "{} plan again, or give `--ignore-drift`: as it is, `apply` sends none either",
            painted(HELP, "help:"),
        );
    }
    out
}

fn differing(differences: &[Difference], out: &mut String) {
    for found in differences {
        let _ = writeln!(
            out,
            "       {}: plan {}, workspace {}",
            plain(&found.pointer),
            plain(&shortened(&found.expected)),
            plain(&shortened(&found.found)),
        );
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 400;
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
