//! By what APIs are put together.

/// By what APIs are put together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum By {
    /// By what they share.
    #[default]
    Sharing,
    /// By the product they are in, the first by name of several.
    Product,
    /// By the tag they have, the first by name of several.
    Tag,
    /// By the first word of their names.
    Prefix,
}

/// The first word of a name, in lower case.
pub(super) fn first_word(name: &str) -> String {
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let word = words.find(|word| !word.is_empty()).unwrap_or("api");
    word.to_ascii_lowercase()
}
