//! `policy references`: what policy documents on disk refer to.

use std::fmt::Write as _;
use std::path::PathBuf;

use apim_migrate::exit::Exit;
use apim_migrate::policy;
use apim_migrate::secret::plain;
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::cli::given;
use crate::cli::report::{Outcome, Report};
use crate::cli::ui::{BOLD, Ui, painted};

/// Look at policy documents on disk; no network
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    References(ReferencesArgs),
}

/// Tell what policy documents refer to
#[derive(Debug, Args)]
struct ReferencesArgs {
    /// Policies or fragments, as raw XML
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Scans the files.
pub(crate) fn run(args: &PolicyArgs, ui: &Ui) -> Outcome {
    let PolicyCommand::References(args) = &args.command;
    let mut reports = Vec::new();
    for path in &args.files {
        let bytes = given::bytes(path, given::WRITTEN, || {
            Report::usage(format!("could not read `{}`", path.display()))
        })?;
        let text = decoded(&bytes);
        reports.push(policy::Report::of(&path.display().to_string(), &text));
    }
    ui.list(&reports, |reports| {
        reports
            .iter()
            .map(|r| text(&serde_json::to_value(r).unwrap_or_default()))
            .collect()
    })?;
    Ok(Exit::Done)
}

/// The text of a file, which editors of Windows may have written as UTF-16:
/// then it begins with a mark, or has zeros between its letters.
fn decoded(bytes: &[u8]) -> String {
    let wide = |read: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let pairs = bytes.chunks_exact(2).map(|pair| read([pair[0], pair[1]]));
        String::from_utf16_lossy(&pairs.collect::<Vec<u16>>())
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        [b'<', 0, ..] => wide(u16::from_le_bytes, bytes),
        [0, b'<', ..] => wide(u16::from_be_bytes, bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn text(report: &Value) -> String {
    let file = report["file"].as_str().unwrap_or_default();
    let mut out = format!("{}\n", painted(BOLD, &plain(file)));
    let lists = report.as_object().into_iter().flatten();
    for (name, value) in lists.filter(|(name, _)| *name != "file") {
        let items = value.as_array().into_iter().flatten();
        let items: Vec<String> = items.map(|item| plain(&one(item))).collect();
        if !items.is_empty() {
            let _ = writeln!(out, "  {:<24} {}", name.replace('_', " "), items.join(", "));
        }
    }
    if out.lines().count() == 1 {
        out.push_str("  nothing\n");
    }
    out
}

fn one(item: &Value) -> String {
    match item {
        Value::String(text) => text.clone(),
        // A reference that no literal gives.
        other => format!(
            "{} of {} by {}",
            other["attr"].as_str().unwrap_or_default(),
            other["element"].as_str().unwrap_or_default(),
            other["by"].as_str().unwrap_or_default(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn files_in_utf_16_are_read_with_and_without_a_mark() {
        let text = "<a backend-id=\"é\" />";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            &le,
            &be,
            &[&[0xff, 0xfe], &le[..]].concat(),
            &[&[0xfe, 0xff], &be[..]].concat(),
        ] {
            assert_eq!(decoded(bytes), text);
        }
        assert_eq!(decoded(text.as_bytes()), text);
    }
}
