//! Foreign text in Markdown, where it is never markup.

use crate::secret::plain;

/// Text in which nothing is markup but what stands between backticks.
pub(crate) fn escaped(text: &str) -> String {
    let text = plain(text);
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return literal(&text).replace('`', "\\`");
    }
    let parts = parts.iter().enumerate().map(|(i, part)| match i % 2 {
        0 => literal(part),
        _ => format!("`{}`", part.replace('|', "\\|")),
    });
    parts.collect()
}

fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// Text between backticks, in a table or out of one.
pub(crate) fn in_code(text: &str) -> String {
    plain(text).replace('`', "'").replace('|', "\\|")
}

/// Text between tags.
pub(crate) fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
