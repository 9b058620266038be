//! The pieces of a policy document.
//!
//! A raw document is XML but for its expressions, in which quotes and angle
//! brackets stand as they are. The same lexer reads well-formed documents:
//! there an expression has no special standing.

use super::csharp::expression_end;

/// Returns the line and the column, in characters, of an offset; both from 1.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (line, before[start..].chars().count() + 1)
}

/// An attribute: offsets of its value without the quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    pub(super) start: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind<'a> {
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
    /// A declaration or processing instruction.
    Declaration,
}

/// A piece of the document with its offsets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What made the lexer stop, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    pub(super) at: usize,
    pub(super) what: String,
}

/// How expressions are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `rawxml`: verbatim.
    Raw,
    /// `xml`: escaped like any other text.
    Xml,
}

/// Reads a document; after a mistake it goes on as if it were text.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    form: Form,
    /// The first mistake, if any.
    pub(super) broken: Option<Broken>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, form: Form) -> Self {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self {
            text,
            at,
            form,
            broken: None,
        }
    }

    fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    fn fail(&mut self, at: usize, what: impl Into<String>) {
        if self.broken.is_none() {
            self.broken = Some(Broken {
                at,
                what: what.into(),
            });
        }
    }

    fn offset_of(&self, from: usize, what: &str) -> Option<usize> {
        Some(from + self.text.get(from..)?.find(what)?)
    }

    fn token(&mut self, kind: Kind<'a>, start: usize, end: usize) -> Token<'a> {
        self.at = end;
        Token { kind, start, end }
    }

    fn delimited(&mut self, kind: Kind<'a>, open: usize, close: &str) -> Token<'a> {
        let start = self.at;
        let end = match self.offset_of(start + open, close) {
            Some(at) => at + close.len(),
            None => {
                self.fail(start, format!("'{close}' is missing"));
                self.text.len()
            }
        };
        self.token(kind, start, end)
    }

    fn space(&self, mut at: usize) -> usize {
        while self.bytes().get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    }

    fn name_end(&self, mut at: usize) -> usize {
        let ends = |byte: &u8| {
            byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>' | b'=' | b'<' | b'"' | b'\'')
        };
        while self.bytes().get(at).is_some_and(|byte| !ends(byte)) {
            at += 1;
        }
        at
    }

    fn text_token(&mut self) -> Token<'a> {
        let start = self.at;
        let bytes = self.bytes();
        let mut at = start;
        while let Some(&byte) = bytes.get(at) {
            at = match byte {
                b'<' if at > start => break,
                b'@' if self.form == Form::Raw => expression_end(bytes, at).unwrap_or(at + 1),
                b'&' if self.form == Form::Xml && entity(&self.text[at..]).is_none() => {
                    self.fail(at, "'&' begins no entity");
                    at + 1
                }
                _ => at + 1,
            };
        }
        self.token(Kind::Text, start, at)
    }

    /// Reads an attribute's value from its opening quote; returns the offset of
    /// the closing one.
    fn value_end(&mut self, quote: usize) -> Option<usize> {
        let bytes = self.bytes();
        let mark = *bytes.get(quote)?;
        let plain = quote + 1 + bytes[quote + 1..].iter().position(|&byte| byte == mark)?;
        let value = &self.text[quote + 1..plain];
        if self.form == Form::Xml {
            if let Some(at) = value.find('<') {
                self.fail(quote + 1 + at, "'<' stands in an attribute");
            }
            for (at, _) in value.match_indices('&') {
                if entity(&value[at..]).is_none() {
                    self.fail(quote + 1 + at, "'&' begins no entity");
                }
            }
            return Some(plain);
        }
        // An escaped expression in a raw document has no bare quotes.
        if value.contains("&quot;") {
            return Some(plain);
        }
        let mut at = quote + 1;
        while let Some(&byte) = bytes.get(at) {
            if byte == mark {
                return Some(at);
            }
            at = match (byte, expression_end(bytes, at)) {
                (b'@', Some(end)) => end,
                _ => at + 1,
            };
        }
        Some(plain)
    }

    fn open_token(&mut self) -> Option<Token<'a>> {
        let start = self.at;
        let end = self.name_end(start + 1);
        let name = &self.text[start + 1..end];
        let mut attributes: Vec<Attribute<'a>> = Vec::new();
        let mut at = end;
        loop {
            let next = self.space(at);
            match self.bytes().get(next)? {
                b'>' => {
                    let kind = Kind::Open {
                        name,
                        attributes,
                        empty: false,
                    };
                    return Some(self.token(kind, start, next + 1));
                }
                b'/' if self.bytes().get(next + 1) == Some(&b'>') => {
                    let kind = Kind::Open {
                        name,
                        attributes,
                        empty: true,
                    };
                    return Some(self.token(kind, start, next + 2));
                }
                b'<' => return None,
                _ => {}
            }
            let end = self.name_end(next);
            let attribute = &self.text[next..end];
            let equals = self.space(end);
            let quote = self.space(equals + 1);
            let quoted = self.bytes().get(equals) == Some(&b'=')
                && matches!(self.bytes().get(quote), Some(b'"' | b'\''));
            if !quoted || attribute.is_empty() {
                // A named value may stand in for a whole attribute.
                if self.form == Form::Raw && attribute.contains("{{") {
                    at = end;
                    continue;
                }
                self.fail(next, format!("attribute '{attribute}' has no quoted value"));
                return None;
            }
            if next == at {
                self.fail(next, "white space is missing before an attribute");
            }
            let close = self.value_end(quote)?;
            if attributes.iter().any(|other| other.name == attribute) {
                self.fail(next, format!("attribute '{attribute}' is there twice"));
            }
            attributes.push(Attribute {
                name: attribute,
                value: &self.text[quote + 1..close],
                start: quote + 1,
            });
            at = close + 1;
        }
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let start = self.at;
        let rest = self.text.get(start..)?;
        if rest.is_empty() {
            return None;
        }
        if rest.starts_with("<!--") {
            return Some(self.delimited(Kind::Comment, 4, "-->"));
        }
        if rest.starts_with("<![CDATA[") {
            return Some(self.delimited(Kind::Cdata, 9, "]]>"));
        }
        if rest.starts_with("<?") {
            return Some(self.delimited(Kind::Declaration, 2, "?>"));
        }
        if rest.starts_with("<!") {
            return Some(self.delimited(Kind::Declaration, 2, ">"));
        }
        let begins = |at: usize| {
            self.bytes()
                .get(at)
                .is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'{'))
        };
        if rest.starts_with("</") && begins(start + 2) {
            let end = self.name_end(start + 2);
            let name = &self.text[start + 2..end];
            let close = self.space(end);
            if self.bytes().get(close) == Some(&b'>') {
                return Some(self.token(Kind::Close { name }, start, close + 1));
            }
            self.fail(start, format!("the end tag '{name}' is not closed"));
        } else if rest.starts_with('<') {
            if begins(start + 1) {
                if let Some(token) = self.open_token() {
                    return Some(token);
                }
                self.fail(start, "a tag is not closed");
            } else {
                self.fail(start, "'<' begins no tag");
            }
        }
        Some(self.text_token())
    }
}

/// Returns the character an entity at the beginning of a text stands for, and
/// how long the entity is.
pub(super) fn entity(text: &str) -> Option<(char, usize)> {
    let (name, _) = text.strip_prefix('&')?.split_once(';')?;
    let letter = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((letter, name.len() + 2))
}

/// Returns a text with its entities decoded.
pub(super) fn decode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match entity(rest) {
            Some((letter, length)) => {
                out.push(letter);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}
