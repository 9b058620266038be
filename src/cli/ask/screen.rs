//! The list on a terminal: draws, reads a key, and cleans up after itself.

use std::io;

use apim_migrate::progress::fit;
use apim_migrate::secret::plain;
use console::Term;

use super::offer::Offer;
use super::picker::{End, Picker};

/// Lets somebody choose.
pub(super) fn choose(question: &'static str, offers: &[Offer]) -> io::Result<End> {
    let term = Term::stderr();
    term.hide_cursor()?;
    let end = drawn(&term, Picker::new(question, offers));
    term.show_cursor()?;
    let end = end?;
    if let End::Chosen(chosen) = &end {
        let names: Vec<&str> = chosen.iter().map(|&at| offers[at].name.as_str()).collect();
        let line = plain(&format!("{question} {}", names.join(", ")));
        term.write_line(&fit(&line, usize::from(term.size().1).saturating_sub(1)))?;
    }
    Ok(end)
}

fn drawn(term: &Term, mut picker: Picker<'_>) -> io::Result<End> {
    loop {
        let (height, width) = term.size();
        let (height, width) = (usize::from(height), usize::from(width));
        let lines = picker.screen(width, height);
        term.write_str(&format!("{}\n", lines.join("\n")))?;
        let key = term.read_key_raw();
        term.clear_last_lines(lines.len())?;
        if let Some(end) = picker.press(&key?, Picker::page(height)) {
            return Ok(end);
        }
    }
}
