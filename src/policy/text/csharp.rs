//! Where a C# expression of a policy ends, and the strings it holds.
//!
//! Code may be written plainly or with its quotes as entities; a string closes
//! with what it was opened with.

use std::ops::Range;

/// How deep strings and brackets may nest; past it, text is no expression.
const MOST_NESTED: usize = 512;

/// The longest character literal between its quotes: `\U0010FFFF`.
const LONGEST_CHARACTER: usize = 10;

/// A string literal in code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) struct CodeString {
    /// The bytes inside of the quotes.
    pub(in crate::policy) span: Range<usize>,

    /// Whether a backslash stands for itself: `@"…"`.
    pub(in crate::policy) verbatim: bool,

    /// Whether it has holes, in which code stands: `$"…"`.
    pub(in crate::policy) holes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// Code up to this bracket.
    Bracket(u8),
    /// A string, and where in the list of strings it stands.
    Text {
        quote: Quote,
        verbatim: bool,
        holes: bool,
        index: usize,
    },
}

/// What a quote looks like in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    Plain,
    Entity,
}

/// Bytes that mean something in code, and in strings.
static IN_CODE: [bool; 256] = table(b"()[]{}\"'/&");
static IN_STRING: [bool; 256] = table(b"\\{\"&");

const fn table(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
}

const DOUBLE: &[&[u8]] = &[b"&quot;", b"&#34;", b"&#x22;"];
const SINGLE: &[&[u8]] = &[b"&apos;", b"&#39;", b"&#x27;"];
const NEW_LINE: &[&[u8]] = &[b"&#10;", b"&#xA;", b"&#xa;", b"&#13;", b"&#xD;", b"&#xd;"];

/// Returns the end of the expression that starts at `start` with `@(` or `@{`:
/// the offset after its last bracket. `None` when none starts there or it
/// doesn't end within the text. Its strings are appended to `strings`.
pub(in crate::policy) fn expression_end(
    text: &[u8],
    start: usize,
    strings: &mut Vec<CodeString>,
) -> Option<usize> {
    if text.get(start) != Some(&b'@') {
        return None;
    }
    closing(*text.get(start + 1)?)?;
    let before = strings.len();
    let end = Code {
        text,
        at: start + 1,
        frames: Vec::with_capacity(16),
        strings,
    }
    .run();
    if end.is_none() {
        strings.truncate(before);
    }
    end
}

fn closing(open: u8) -> Option<u8> {
    match open {
        b'(' => Some(b')'),
        b'[' => Some(b']'),
        b'{' => Some(b'}'),
        _ => None,
    }
}

struct Code<'a> {
    text: &'a [u8],
    at: usize,
    frames: Vec<Frame>,
    strings: &'a mut Vec<CodeString>,
}

impl Code<'_> {
    fn run(mut self) -> Option<usize> {
        loop {
            match self.frames.last().copied() {
                Some(Frame::Text {
                    quote,
                    verbatim,
                    holes,
                    index,
                }) => self.string(quote, verbatim, holes, index)?,
                _ => {
                    self.code()?;
                    if self.frames.is_empty() {
                        return Some(self.at);
                    }
                }
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    /// Goes on to the next byte that means something.
    fn skip(&mut self, means: &[bool; 256]) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let plain = rest.iter().position(|&byte| means[usize::from(byte)]);
        self.at += plain.unwrap_or(rest.len());
    }

    fn push(&mut self, frame: Frame) -> Option<()> {
        (self.frames.len() < MOST_NESTED).then(|| self.frames.push(frame))
    }

    /// Reads code until a string opens or closes around it.
    fn code(&mut self) -> Option<()> {
        loop {
            self.skip(&IN_CODE);
            let byte = self.peek(0)?;
            match byte {
                b'(' | b'[' | b'{' => {
                    self.push(Frame::Bracket(closing(byte)?))?;
                    self.at += 1;
                }
                b')' | b']' | b'}' => {
                    if self.frames.pop() != Some(Frame::Bracket(byte)) {
                        return None;
                    }
                    self.at += 1;
                    if !matches!(self.frames.last(), Some(Frame::Bracket(_))) {
                        return Some(());
                    }
                }
                b'"' => return self.open(Quote::Plain, 1),
                b'\'' => self.character(1),
                b'/' if self.peek(1) == Some(b'/') => self.line_comment()?,
                b'/' if self.peek(1) == Some(b'*') => self.comment()?,
                b'&' => {
                    if let Some(length) = one_of(self.text, self.at, DOUBLE) {
                        return self.open(Quote::Entity, length);
                    }
                    match one_of(self.text, self.at, SINGLE) {
                        Some(length) => self.character(length),
                        None => self.at += 1,
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn open(&mut self, quote: Quote, length: usize) -> Option<()> {
        let mark = |back: usize| self.at.checked_sub(back).and_then(|at| self.text.get(at));
        let (verbatim, holes) = match (mark(1), mark(2)) {
            (Some(b'@'), Some(b'$')) | (Some(b'$'), Some(b'@')) => (true, true),
            (Some(b'@'), _) => (true, false),
            (Some(b'$'), _) => (false, true),
            _ => (false, false),
        };
        self.at += length;
        let index = self.strings.len();
        self.push(Frame::Text {
            quote,
            verbatim,
            holes,
            index,
        })?;
        self.strings.push(CodeString {
            span: self.at..self.at,
            verbatim,
            holes,
        });
        Some(())
    }

    /// Reads a string until it closes or a hole opens in it.
    fn string(&mut self, quote: Quote, verbatim: bool, holes: bool, index: usize) -> Option<()> {
        loop {
            self.skip(&IN_STRING);
            match self.peek(0)? {
                b'\\' if !verbatim => {
                    self.at += 1;
                    self.at += one_of(self.text, self.at, DOUBLE).unwrap_or(1);
                }
                b'{' if holes && self.peek(1) == Some(b'{') => self.at += 2,
                b'{' if holes => {
                    self.at += 1;
                    return self.push(Frame::Bracket(b'}'));
                }
                b'"' | b'&' => {
                    let Some(length) = self.quote(quote, self.at) else {
                        self.at += 1;
                        continue;
                    };
                    if verbatim && let Some(second) = self.quote(quote, self.at + length) {
                        self.at += length + second;
                        continue;
                    }
                    if let Some(string) = self.strings.get_mut(index) {
                        string.span.end = self.at;
                    }
                    self.at += length;
                    self.frames.pop();
                    return Some(());
                }
                _ => self.at += 1,
            }
        }
    }

    fn quote(&self, quote: Quote, at: usize) -> Option<usize> {
        match quote {
            Quote::Plain => (self.text.get(at) == Some(&b'"')).then_some(1),
            Quote::Entity => one_of(self.text, at, DOUBLE),
        }
    }

    /// Skips a character literal, or a lone apostrophe.
    fn character(&mut self, quote: usize) {
        self.at += quote;
        let ends = |at: usize| match self.text.get(at) {
            Some(b'\'') => Some(1),
            Some(b'&') => one_of(self.text, at, SINGLE),
            _ => None,
        };
        let body = match self.peek(0) {
            Some(b'\\') => (2..=LONGEST_CHARACTER).find(|length| ends(self.at + length).is_some()),
            Some(b'&') => entity_length(self.text, self.at)
                .filter(|length| ends(self.at + length).is_some())
                .or_else(|| ends(self.at + 1).map(|_| 1)),
            Some(b'\'') | None => None,
            Some(_) => (1..=4).find(|length| ends(self.at + length).is_some()),
        };
        if let Some(length) = body {
            self.at += length;
            self.at += ends(self.at).unwrap_or(0);
        }
    }

    fn line_comment(&mut self) -> Option<()> {
        loop {
            match self.peek(0)? {
                b'\n' | b'\r' => return Some(()),
                b'&' if one_of(self.text, self.at, NEW_LINE).is_some() => return Some(()),
                _ => self.at += 1,
            }
        }
    }

    fn comment(&mut self) -> Option<()> {
        self.at += 2;
        loop {
            if self.peek(0)? == b'*' && self.peek(1)? == b'/' {
                self.at += 2;
                return Some(());
            }
            self.at += 1;
        }
    }
}

fn one_of(text: &[u8], at: usize, words: &[&[u8]]) -> Option<usize> {
    let rest = text.get(at..)?;
    let found = words.iter().find(|word| rest.starts_with(word))?;
    Some(found.len())
}

fn entity_length(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?.iter().take(LONGEST_CHARACTER);
    rest.enumerate()
        .find(|(_, byte)| **byte == b';')
        .map(|(length, _)| length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(&str, Vec<&str>)> {
        let mut strings = Vec::new();
        let end = expression_end(text.as_bytes(), 0, &mut strings)?;
        let strings = strings.iter().map(|s| &text[s.span.clone()]).collect();
        Some((&text[end..], strings))
    }

    #[test]
    fn strings_of_every_sort_hide_brackets() {
        for (text, strings) in [
            (r#"@(a("x)"))!"#, vec!["x)"]),
            (
                r#"@("a\")" + @"b\" + @"c"")")!"#,
                vec![r#"a\")"#, r"b\", r#"c"")"#],
            ),
            (r#"@($"{f("(")} {{ )")!"#, vec![r#"{f("(")} {{ )"#, "("]),
            (r#"@($@"\{x}"")" + @$"{y}(")!"#, vec![r#"\{x}"")"#, "{y}("]),
            (
                r#"@(&quot;a)&quot; + &quot;\&quot;)&quot;)!"#,
                vec!["a)", r"\&quot;)"],
            ),
            (r#"@("latlong="""))!"#, vec!["latlong=", ""]),
        ] {
            let (rest, found) = read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(found, strings, "{text}");
            assert!(rest.ends_with('!'), "{text}");
        }
    }

    #[test]
    fn characters_and_comments_hide_brackets_and_quotes() {
        for text in [
            r#"@(x[0] == '"' || x[0] == '(' || x[0] == '\'' || x == '\u0028')"#,
            "@{ // it's \")}\n return 1; /* } */ }",
            "@{ // )}&#xA; return 1; }",
            "@(x == &apos;(&apos; || x == '&quot;' || x == '&')",
            "@(context.Variables['name'])",
            "@(x == '€')",
        ] {
            assert_eq!(
                read(&format!("{text}REST")).map(|r| r.0),
                Some("REST"),
                "{text}"
            );
        }
    }

    #[test]
    fn an_open_expression_has_no_end_and_leaves_no_strings() {
        for text in ["@(\"a\"", "@{ \" }", "@a", "@", "@{ // }", "@(]", "@{ /* }"] {
            let mut strings = Vec::new();
            assert_eq!(
                expression_end(text.as_bytes(), 0, &mut strings),
                None,
                "{text}"
            );
            assert_eq!(strings, [], "{text}");
        }
        assert_eq!(read(&"@(".repeat(100_000)), None);
    }
}
