//! Text that fits a terminal: lines are broken between words.

use console::{measure_text_width, strip_ansi_codes};

/// What is narrower is no terminal that anybody reads on.
const NARROW: usize = 30;

/// Breaks lines that are too long; what goes on stands two columns further in.
/// Commands are left in one piece, since they are copied.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    if width < NARROW {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match measure_text_width(line.trim_end_matches('\n')) > width && !is_command(line) {
            true => broken(line, width, &mut out),
            false => out.push_str(line),
        }
    }
    out
}

fn is_command(line: &str) -> bool {
    let line = strip_ansi_codes(line);
    let line = line.trim_start();
    let line = line.strip_prefix("help: ").unwrap_or(line);
    let line = line.strip_prefix("the same again: ").unwrap_or(line);
    line.starts_with("az ") || line.starts_with("apim-migrate ")
}

/// Items between commas after a label, broken behind a comma; what goes on stands
/// as far in as the label is wide.
pub(crate) fn beside(label: &str, items: &str, width: usize) -> String {
    let mut out = String::new();
    let line = format!("{label}{items}");
    broken_after(",", &line, width, measure_text_width(label), &mut out);
    out
}

fn broken(line: &str, width: usize, out: &mut String) {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let further = beside_columns(line, indent, width / 3);
    broken_after(
        "",
        line,
        width,
        further.unwrap_or((indent + 2).min(width / 3)),
        out,
    );
}

/// Where the text begins that stands beside columns, as blanks keep them apart.
fn beside_columns(line: &str, indent: usize, most: usize) -> Option<usize> {
    let gaps = line.match_indices("  ").filter(|(at, _)| *at > indent);
    let begins = gaps.map(|(at, _)| {
        let text = line[at..].trim_start_matches(' ');
        measure_text_width(&line[..line.len() - text.len()])
    });
    begins.filter(|at| *at <= most).last()
}

/// Breaks a line at blanks that stand behind something.
fn broken_after(mark: &str, line: &str, width: usize, further: usize, out: &mut String) {
    let mut column = 0;
    // Words with the blanks before them, which keep columns apart.
    let mut rest = line;
    while !rest.is_empty() {
        let blanks = rest.len() - rest.trim_start_matches(' ').len();
        let mut gaps = (rest.match_indices(' ').map(|(at, _)| at))
            .filter(|at| *at > blanks && rest[..*at].ends_with(mark));
        let end = gaps.next().unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        let wide = measure_text_width(word.trim_end_matches('\n'));
        if column > further && column + wide > width {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', further));
            let word = word.trim_start_matches(' ');
            out.push_str(word);
            column = further + measure_text_width(word);
        } else {
            out.push_str(word);
            column += wide;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::ui::{HELP, painted};

    #[test]
    fn long_lines_are_broken_between_words_and_short_ones_kept() {
        let text = "short\n  one two three four five six seven eight nine ten eleven\n\nend";
        assert_eq!(
            wrapped(text, 30),
            "short\n  one two three four five six\n    seven eight nine ten\n    eleven\n\nend"
        );
        assert_eq!(wrapped(text, 200), text);
        assert_eq!(wrapped(text, 3), text);
    }

    #[test]
    fn a_word_that_is_too_long_stays_whole_and_colours_take_no_room() {
        let path = "x".repeat(50);
        assert_eq!(
            wrapped(&format!("  see {path} for all of it"), 40),
            format!("  see\n    {path}\n    for all of it")
        );
        let line = format!(
            "{} {}",
            painted(HELP, "help:"),
            "word ".repeat(5).trim_end()
        );
        assert_eq!(wrapped(&line, 30), line);
    }

    #[test]
    fn what_goes_on_stands_below_the_last_column() {
        let label = painted(HELP, "ok");
        let text = "one two three four five six seven eight nine ten";
        assert_eq!(
            wrapped(&format!("{label}       endpoint   {text}"), 60),
            format!(
                "{label}       endpoint   one two three four five six seven eight\n{:20}nine ten",
                ""
            )
        );
    }

    #[test]
    fn commands_stay_in_one_piece() {
        let line = format!(
            "help: az role assignment create --scope \"{}\"",
            "x ".repeat(40)
        );
        assert_eq!(wrapped(&line, 40), line);
    }
}
