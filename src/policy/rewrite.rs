//! Replaces names where they stand and touches nothing else.

use std::ops::Range;

use super::text::lexer::{Kind, Lexer};

/// A replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The bytes that go.
    pub span: Range<usize>,
    /// What comes, not escaped.
    pub text: String,
}

/// Why edits can't be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RewriteError {
    /// Bytes are named that are not there, or that split a character.
    #[error("bytes {start} to {end} are no part of the document")]
    Outside {
        /// The first of them.
        start: usize,
        /// The one after the last.
        end: usize,
    },
    /// Two edits want the same bytes.
    #[error("two edits overlap at byte {at}")]
    Overlap {
        /// Where the second begins.
        at: usize,
    },
    /// The new text would end the comment or CDATA it comes to stand in.
    #[error("`{text}` can't stand at byte {at}")]
    Unwritable {
        /// Where it would begin.
        at: usize,
        /// The new text.
        text: String,
    },
}

/// Returns the document with its edits made, in whatever order they are given.
///
/// New text is escaped as its place needs: as XML in attributes and text, not
/// at all in expressions that are written plainly, in comments, and in CDATA.
///
/// # Errors
///
/// When spans overlap, lie outside of the text or split a character, or when
/// the new text would end the comment or CDATA around it.
pub fn rewrite(text: &str, edits: &[Edit]) -> Result<String, RewriteError> {
    let mut ordered: Vec<&Edit> = edits.iter().collect();
    ordered.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut places = Places::of(text, &ordered);
    let mut written = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in ordered {
        let Range { start, end } = edit.span;
        if text.get(edit.span.clone()).is_none() {
            return Err(RewriteError::Outside { start, end });
        }
        if start < at {
            return Err(RewriteError::Overlap { at: start });
        }
        written.push_str(text.get(at..start).unwrap_or_default());
        places.write(edit, &mut written)?;
        at = end;
    }
    written.push_str(text.get(at..).unwrap_or_default());
    Ok(written)
}

/// Letters that mean something in some place.
const SPECIAL: [char; 7] = ['&', '<', '>', '"', '\'', '-', ']'];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Text,
    Attribute,
    Plain,
    Comment,
    Cdata,
}

/// What sort of text is where, as far as edits need to know.
struct Places {
    spans: Vec<(Range<usize>, Sort)>,
    /// Code that is written plainly, which stands inside of these.
    codes: Vec<Range<usize>>,
}

impl Places {
    fn of(text: &str, edits: &[&Edit]) -> Self {
        let (mut spans, mut codes) = (Vec::new(), Vec::new());
        if edits.iter().any(|edit| edit.text.contains(SPECIAL)) {
            let mut lexer = Lexer::new(text);
            for piece in lexer.by_ref() {
                match piece.kind {
                    Kind::Open { attributes, .. } => {
                        let values = attributes.into_iter().map(|a| (a.value, Sort::Attribute));
                        spans.extend(values);
                    }
                    Kind::Comment => spans.push((piece.span, Sort::Comment)),
                    Kind::Cdata => spans.push((piece.span, Sort::Cdata)),
                    Kind::Text | Kind::Liquid | Kind::Close { .. } | Kind::Declaration => {}
                }
            }
            let is_plain = |span: &Range<usize>| {
                let code = text.get(span.clone()).unwrap_or_default();
                !["&quot;", "&lt;", "&gt;", "&amp;"]
                    .iter()
                    .any(|e| code.contains(e))
            };
            codes = lexer.codes;
            codes.retain(is_plain);
        }
        Self { spans, codes }
    }

    fn sort(&self, at: usize) -> Sort {
        let codes = self.codes.partition_point(|code| code.start <= at);
        let code = codes.checked_sub(1).and_then(|last| self.codes.get(last));
        if code.is_some_and(|code| at < code.end) {
            return Sort::Plain;
        }
        let before = self.spans.partition_point(|(span, _)| span.start <= at);
        let last = before.checked_sub(1).and_then(|last| self.spans.get(last));
        let around = last.filter(|(span, _)| at <= span.end);
        around.map_or(Sort::Text, |(_, sort)| *sort)
    }

    fn write(&mut self, edit: &Edit, written: &mut String) -> Result<(), RewriteError> {
        let new = edit.text.as_str();
        if !new.contains(SPECIAL) {
            written.push_str(new);
            return Ok(());
        }
        let ends = match self.sort(edit.span.start) {
            Sort::Comment => new.contains("-->"),
            Sort::Cdata => new.contains("]]>"),
            Sort::Plain => false,
            sort @ (Sort::Text | Sort::Attribute) => {
                for letter in new.chars() {
                    match letter {
                        '&' => written.push_str("&amp;"),
                        '<' => written.push_str("&lt;"),
                        '>' => written.push_str("&gt;"),
                        '"' if sort == Sort::Attribute => written.push_str("&quot;"),
                        '\'' if sort == Sort::Attribute => written.push_str("&apos;"),
                        _ => written.push(letter),
                    }
                }
                return Ok(());
            }
        };
        if ends {
            return Err(RewriteError::Unwritable {
                at: edit.span.start,
                text: new.to_owned(),
            });
        }
        written.push_str(new);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_after_several_expressions_is_written_as_what_is_around_them() {
        let text = r#"<a b="@(x) @(y) &lt;c" /><![CDATA[ @(x) c ]]>"#;
        let edits: Vec<Edit> = (text.match_indices('c'))
            .map(|(at, _)| Edit {
                span: at..at + 1,
                text: "\"&".to_owned(),
            })
            .collect();
        assert_eq!(
            rewrite(text, &edits).unwrap(),
            r#"<a b="@(x) @(y) &lt;&quot;&amp;" /><![CDATA[ @(x) "& ]]>"#
        );
    }
}
