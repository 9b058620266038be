//! Styles of what people read.

use anstyle::{AnsiColor, Style};

/// Errors and what blocks.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What someone should look at.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What to do next.
pub(crate) const HELP: Style = AnsiColor::Cyan.on_default().bold();
/// What went well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Headings.
pub(crate) const BOLD: Style = Style::new().bold();

/// Text in a style; the streams take colours out where they are not wanted.
pub(crate) fn painted(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
