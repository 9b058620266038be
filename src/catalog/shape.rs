//! What a value in a body can be.

use std::fmt;

/// What a value can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text, of so many characters at most where that is known.
    Text(Option<usize>),
    /// One of these words, whatever the case.
    Word(&'static [&'static str]),
    /// A number from the least to the most, both included.
    Number(Option<i64>, Option<i64>),
    /// A truth value.
    Flag,
    /// An object; what is in it is the member's `inside`.
    Object,
    /// A list of such values.
    List(&'static Shape),
    /// An object whose author names its members himself.
    Map(&'static Shape),
    /// Anything: no description of the version that is written has it, or it is
    /// its author's.
    Any,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Text(_) => f.write_str("a text"),
            Shape::Word(words) => write!(f, "one of {}", words.join(", ")),
            Shape::Number(..) => f.write_str("a number"),
            Shape::Flag => f.write_str("true or false"),
            Shape::Object | Shape::Map(_) => f.write_str("an object"),
            Shape::List(_) => f.write_str("a list"),
            Shape::Any => f.write_str("anything"),
        }
    }
}
