//! The pieces of a raw policy document.
//!
//! A raw document is XML but for its expressions, whose quotes and angle
//! brackets stand as they are, and for the bodies of Liquid templates.

use std::ops::Range;

use super::csharp::{CodeString, expression_end};

/// How many of the innermost open elements an end tag is looked for in.
const REACH: usize = 64;

/// What the element of attributes is called whose tag is elsewhere.
pub(in crate::policy) const ANY: &str = "_";

/// How many strings are looked at for one that is around an offset: in an outer
/// one, so many others may stand before it.
const NESTED: usize = 32;

/// An attribute of a start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) struct Attribute<'a> {
    pub(in crate::policy) name: &'a str,
    /// Where its name begins.
    pub(in crate::policy) start: usize,
    /// The bytes inside of the quotes.
    pub(in crate::policy) value: Range<usize>,
    /// The quote around it.
    pub(in crate::policy) quote: u8,
}

/// What a piece is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) enum Kind<'a> {
    /// A start tag, of an empty element too.
    Open {
        name: &'a str,
        attributes: Vec<Attribute<'a>>,
        empty: bool,
    },
    Close {
        name: &'a str,
    },
    Text,
    Cdata,
    Comment,
    /// The body of a Liquid template.
    Liquid,
    /// A declaration or processing instruction.
    Declaration,
}

/// A stretch of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::policy) struct Piece<'a> {
    pub(in crate::policy) kind: Kind<'a>,
    pub(in crate::policy) span: Range<usize>,
}

/// Reads a document piece by piece, whatever it holds: what is no tag is text.
pub(in crate::policy) struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    in_comment: bool,
    /// It begins in a tag.
    in_tag: bool,
    /// Bytes that may still be read in vain, so that no text takes long.
    fuel: usize,
    liquid: bool,
    /// Names of the elements that are open, the innermost last.
    pub(in crate::policy) open: Vec<&'a str>,
    /// Expressions read so far, with their brackets.
    pub(in crate::policy) codes: Vec<Range<usize>>,
    /// Strings in them.
    pub(in crate::policy) strings: Vec<CodeString>,
}

impl<'a> Lexer<'a> {
    pub(in crate::policy) fn new(text: &'a str) -> Self {
        let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self::within(text, bom..text.len(), false)
    }

    /// Reads the inside of a comment, as if it were none.
    pub(in crate::policy) fn of_comment(text: &'a str, span: Range<usize>) -> Self {
        Self::within(text, span, true)
    }

    /// Reads what is put into a tag.
    pub(in crate::policy) fn in_tag(text: &'a str) -> Self {
        Self {
            in_tag: true,
            ..Self::within(text, 0..text.len(), false)
        }
    }

    pub(in crate::policy) fn within(text: &'a str, span: Range<usize>, in_comment: bool) -> Self {
        let text = text.get(..span.end).unwrap_or_default();
        Self {
            text,
            bytes: text.as_bytes(),
            at: span.start,
            in_comment,
            in_tag: false,
            fuel: 4 * span.len() + 4096,
            liquid: false,
            open: Vec::new(),
            codes: Vec::new(),
            strings: Vec::new(),
        }
    }

    /// The text of the bytes.
    pub(in crate::policy) fn slice(&self, span: Range<usize>) -> &'a str {
        self.text.get(span).unwrap_or_default()
    }

    /// The expressions inside of the bytes.
    pub(in crate::policy) fn codes_in(&self, span: &Range<usize>) -> &[Range<usize>] {
        let from = self.codes.partition_point(|c| c.start < span.start);
        let to = self.codes.partition_point(|c| c.start < span.end);
        self.codes.get(from..to).unwrap_or_default()
    }

    /// The strings of code inside of the bytes.
    pub(in crate::policy) fn strings_in(&self, span: &Range<usize>) -> &[CodeString] {
        let from = self.strings.partition_point(|s| s.span.start < span.start);
        let to = self.strings.partition_point(|s| s.span.start < span.end);
        self.strings.get(from..to).unwrap_or_default()
    }

    /// The innermost string of code around an offset.
    pub(in crate::policy) fn string_around(&self, at: usize) -> Option<&CodeString> {
        let before = self.strings.partition_point(|s| s.span.start <= at);
        let nearest = before.saturating_sub(NESTED)..before;
        let mut nearest = self.strings.get(nearest)?.iter().rev();
        nearest.find(|s| at <= s.span.end)
    }

    /// Whether two braces stand for one in a string of code: it has holes, or is
    /// what `Format` fills in.
    pub(in crate::policy) fn doubles_braces(&self, string: &CodeString) -> bool {
        let before = self.slice(0..string.span.start);
        let before = before.trim_end_matches(['"', '@', '$']);
        let before = before.strip_suffix("&quot;").unwrap_or(before);
        string.holes || before.trim_end().ends_with("Format(")
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn offset_of(&self, from: usize, what: &str) -> Option<usize> {
        Some(from + self.text.get(from..)?.find(what)?)
    }

    fn space(&self, mut at: usize) -> usize {
        while self.byte(at).is_some_and(|b| b.is_ascii_whitespace()) {
            at += 1;
        }
        at
    }

    fn name_end(&self, mut at: usize) -> usize {
        let ends = |byte: u8| {
            byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'=' | b'<' | b'"' | b'\'')
        };
        while self.byte(at).is_some_and(|byte| !ends(byte)) {
            at += 1;
        }
        at
    }

    fn begins_name(&self, at: usize) -> bool {
        self.byte(at)
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_' || b == b'{' || b >= 0x80)
    }

    fn waste(&mut self, bytes: usize) {
        self.fuel = self.fuel.saturating_sub(bytes + 1);
    }

    fn expression(&mut self, at: usize) -> Option<usize> {
        if !matches!(self.byte(at + 1), Some(b'(' | b'{')) || self.fuel == 0 {
            return None;
        }
        let end = expression_end(self.bytes, at, &mut self.strings);
        if end.is_none() {
            self.waste(self.bytes.len() - at);
        }
        end
    }

    /// Forgets strings and expressions from this offset on.
    fn forget(&mut self, from: usize) {
        let keep = self.strings.partition_point(|s| s.span.start < from);
        self.strings.truncate(keep);
        let keep = self.codes.partition_point(|c| c.start < from);
        self.codes.truncate(keep);
    }

    fn piece(&mut self, kind: Kind<'a>, end: usize) -> Piece<'a> {
        let span = self.at..end;
        self.at = end;
        Piece { kind, span }
    }

    fn delimited(&mut self, kind: Kind<'a>, open: usize, close: &str) -> Piece<'a> {
        let end = self
            .offset_of(self.at + open, close)
            .map(|at| at + close.len());
        let end = end.unwrap_or(self.bytes.len());
        let body = self.at + open;
        if kind == Kind::Cdata {
            let space = self.space(body);
            if let Some(code) = self.expression(space) {
                match code <= end {
                    true => self.codes.push(space..code),
                    false => self.forget(space),
                }
            }
        }
        self.piece(kind, end)
    }

    fn begins_tag(&self, at: usize) -> bool {
        match self.byte(at + 1) {
            Some(b'/') => self.begins_name(at + 2),
            Some(b'!' | b'?') => !self.in_comment,
            _ => self.begins_name(at + 1),
        }
    }

    fn text_piece(&mut self) -> Piece<'a> {
        let start = self.at;
        let lead = self.space(start);
        let mut at = start;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let plain = rest.iter().position(|&b| b == b'<' || b == b'@');
            at += plain.unwrap_or(rest.len());
            let Some(byte) = self.byte(at) else {
                break;
            };
            match byte {
                b'<' if at > start && self.begins_tag(at) => break,
                b'@' => {
                    at = match self.expression(at) {
                        Some(end) if at == lead || !self.holds_end_tag(at..end) => {
                            self.codes.push(at..end);
                            end
                        }
                        Some(end) => {
                            self.forget(at);
                            self.waste(end - at);
                            at + 1
                        }
                        None => at + 1,
                    };
                }
                _ => at += 1,
            }
        }
        self.piece(Kind::Text, at)
    }

    /// Whether what looks like an expression amid text runs past the end of
    /// its element.
    fn holds_end_tag(&self, span: Range<usize>) -> bool {
        let Some(name) = self.open.last() else {
            return false;
        };
        let text = self.slice(span);
        text.match_indices("</")
            .any(|(at, _)| text.get(at + 2..).is_some_and(|t| t.starts_with(name)))
    }

    /// Whether a tag can go on at this offset, after a closing quote.
    fn goes_on(&self, at: usize) -> bool {
        self.byte(at)
            .is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>' | b'?'))
    }

    /// Reads an attribute's value; returns the offset of its closing quote.
    fn value_end(&mut self, quote: usize) -> Option<usize> {
        let mark = self.byte(quote)?;
        let mut at = quote + 1;
        loop {
            let byte = self.byte(at)?;
            if byte == mark {
                return Some(at);
            }
            at += 1;
            if byte != b'@' {
                continue;
            }
            let Some(end) = self.expression(at - 1) else {
                continue;
            };
            let rest = self.bytes.get(end..)?;
            let close = end + rest.iter().position(|&b| b == mark)?;
            let tail = self.bytes.get(end..close)?;
            if self.goes_on(close + 1) && !tail.contains(&b'<') {
                self.codes.push(at - 1..end);
                at = end;
            } else {
                self.forget(at - 1);
                self.waste(close - at);
            }
        }
    }

    fn open_tag(&mut self) -> Option<Piece<'a>> {
        let start = self.at;
        let at = self.name_end(start + 1);
        self.rest_of_tag(self.slice(start + 1..at), at)
    }

    /// Reads a tag from behind its name on.
    fn rest_of_tag(&mut self, name: &'a str, mut at: usize) -> Option<Piece<'a>> {
        let mut attributes = Vec::new();
        loop {
            at = self.space(at);
            let byte = match self.byte(at) {
                None if name == ANY => {
                    let kind = Kind::Open {
                        name,
                        attributes,
                        empty: true,
                    };
                    return Some(self.piece(kind, at));
                }
                byte => byte?,
            };
            match byte {
                b'>' => {
                    if self.is_liquid(&attributes) {
                        self.liquid = true;
                    }
                    self.open.push(name);
                    let kind = Kind::Open {
                        name,
                        attributes,
                        empty: false,
                    };
                    return Some(self.piece(kind, at + 1));
                }
                b'/' if self.byte(at + 1) == Some(b'>') => {
                    let kind = Kind::Open {
                        name,
                        attributes,
                        empty: true,
                    };
                    return Some(self.piece(kind, at + 2));
                }
                b'<' => return None,
                _ => {}
            }
            let end = self.name_end(at);
            let attribute = self.slice(at..end);
            let equals = self.space(end);
            if self.byte(equals) != Some(b'=') {
                // A stray character, or a named value for a whole attribute.
                at = end.max(at + 1);
                continue;
            }
            let open = self.space(equals + 1);
            let Some(quote @ (b'"' | b'\'')) = self.byte(open) else {
                at = equals + 1;
                continue;
            };
            let close = self.value_end(open)?;
            attributes.push(Attribute {
                name: attribute,
                start: at,
                value: open + 1..close,
                quote,
            });
            at = close + 1;
        }
    }

    fn is_liquid(&self, attributes: &[Attribute<'a>]) -> bool {
        attributes.iter().any(|a| {
            let value = self.slice(a.value.clone()).trim();
            a.name == "template" && value.eq_ignore_ascii_case("liquid")
        })
    }

    fn close_tag(&mut self) -> Option<Piece<'a>> {
        let end = self.name_end(self.at + 2);
        let close = self.space(end);
        if self.byte(close) != Some(b'>') {
            return None;
        }
        let name = self.slice(self.at + 2..end);
        let lowest = self.open.len().saturating_sub(REACH);
        let known = self.open.get(lowest..).unwrap_or_default();
        if let Some(at) = known.iter().rposition(|open| *open == name) {
            self.open.truncate(lowest + at);
        }
        Some(self.piece(Kind::Close { name }, close + 1))
    }

    /// The body of a Liquid template, tags of its own and comments included.
    fn liquid_piece(&mut self) -> Piece<'a> {
        let close = format!("</{}", self.open.last().copied().unwrap_or_default());
        let end = self.offset_of(self.at, &close).unwrap_or(self.bytes.len());
        self.liquid = false;
        self.piece(Kind::Liquid, end)
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        if self.liquid {
            return Some(self.liquid_piece());
        }
        if std::mem::take(&mut self.in_tag) {
            let piece = self.rest_of_tag(ANY, 0);
            if piece.is_some() {
                return piece;
            }
            self.forget(0);
        }
        if rest[0] != b'<' {
            return Some(self.text_piece());
        }
        match rest.get(1) {
            Some(b'!') if !self.in_comment => {
                return Some(if rest.starts_with(b"<!--") {
                    self.delimited(Kind::Comment, 4, "-->")
                } else if rest.starts_with(b"<![CDATA[") {
                    self.delimited(Kind::Cdata, 9, "]]>")
                } else {
                    self.delimited(Kind::Declaration, 2, ">")
                });
            }
            Some(b'?') if !self.in_comment => {
                return Some(self.delimited(Kind::Declaration, 2, "?>"));
            }
            _ => {}
        }
        if self.begins_tag(self.at) && self.fuel > 0 {
            let start = self.at;
            let piece = match self.byte(start + 1) {
                Some(b'/') => self.close_tag(),
                _ => self.open_tag(),
            };
            if piece.is_some() {
                return piece;
            }
            self.forget(start);
            self.waste(self.bytes.len() - start);
        }
        Some(self.text_piece())
    }
}
