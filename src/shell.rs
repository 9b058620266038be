//! Words of command lines that people paste, into whichever shell they use.

use std::path::Path;

/// Whether a text in double quotes is no more than itself to sh, PowerShell and
/// cmd: none of them takes any of it for an end, a variable, a command or history.
pub fn is_itself_in_quotes(text: &str) -> bool {
    let is_safe = |c: char| c.is_alphanumeric() || " -_./:=@+,;()[]{}#~'&*?<>|".contains(c);
    text.chars().all(|c| is_safe(c) || is_separator(c))
}

/// What stands between folders on Windows, where no shell makes more of it.
fn is_separator(c: char) -> bool {
    cfg!(windows) && c == '\\'
}

/// A word as a shell takes it for itself: bare, else in double quotes, which every
/// shell knows, else as sh has it.
pub fn quoted(word: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "-_./:=@+,".contains(c);
    // PowerShell takes what begins with `@` for a variable.
    let begins = !word.is_empty() && !word.starts_with('@');
    if begins && word.chars().all(|c| is_bare(c) || is_separator(c)) {
        word.to_owned()
    } else if is_itself_in_quotes(word) {
        in_double_quotes(word)
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A quote that follows backslashes is no end to a program on Windows, unless there
/// are two for each.
fn in_double_quotes(word: &str) -> String {
    let plain = word.trim_end_matches('\\').len();
    let ends = word.get(plain..).unwrap_or_default();
    format!("\"{word}{ends}\"")
}

/// A path as a word of a command line.
pub fn quoted_path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_itself_to_a_shell() {
        let words = [
            "", "plain", "a b", "it's", "$HOME", "`id`", "a\"b", "x;rev=2", "a&b|c", "(old)",
            "ä ö", "!!", "%PATH%", "a\\", "*", "~", "-g", "a'b$c",
        ];
        let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let script = format!("printf '%s\\n' {}", line.join(" "));
        let told = std::process::Command::new("sh")
            .args(["-c", &script])
            .output();
        let Ok(told) = told else {
            eprintln!("skipped: there is no sh");
            return;
        };
        let told = String::from_utf8(told.stdout).unwrap();
        assert_eq!(told, format!("{}\n", words.join("\n")));
    }

    #[test]
    fn single_quotes_which_cmd_does_not_know_are_the_last_resort() {
        assert_eq!(quoted("my plan"), "\"my plan\"");
        assert_eq!(quoted("a$b"), "'a$b'");
        // Bare, it would be a variable to PowerShell.
        assert_eq!(quoted("@plan"), "\"@plan\"");
        assert_eq!(quoted("a@b"), "a@b");
        for more in ["$x", "`", "\"", "!", "%x%", "\\", "“", "a\nb", "^"] {
            assert!(
                !is_itself_in_quotes(more) || (cfg!(windows) && more == "\\"),
                "{more}"
            );
        }
    }

    #[test]
    fn a_backslash_at_the_end_takes_no_quote_along() {
        assert_eq!(in_double_quotes(r"C:\my plans\"), r#""C:\my plans\\""#);
        assert_eq!(in_double_quotes(r"C:\my plans"), r#""C:\my plans""#);
    }
}
