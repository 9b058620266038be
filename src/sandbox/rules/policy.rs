//! What the service reads in a policy document.

/// What a place in a policy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RefKind {
    /// A named value, by display name.
    NamedValue,
    /// A policy fragment.
    Fragment,
    /// A backend.
    Backend,
    /// A certificate, by resource name.
    Certificate,
    /// A logger.
    Logger,
    /// A global schema.
    Schema,
    /// A provider of the credential manager.
    AuthProvider,
}

/// One place in a policy that names another resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyRef {
    /// What is named.
    pub kind: RefKind,
    /// The name, or for a named value the display name.
    pub id: String,
    /// The element it stands in, empty at the top of the document.
    pub element: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// Whether it stands in an XML comment.
    pub in_comment: bool,
    /// Whether it stands in the body of a Liquid template.
    pub in_liquid: bool,
}

/// Returns the references of a raw document in the order of their places.
pub fn references(text: &str) -> Vec<PolicyRef> {
    let _ = text;
    Vec::new()
}

/// Returns why a raw document (or fragment) is refused for its form.
pub fn problem(text: &str, fragment: bool) -> Option<String> {
    let _ = (text, fragment);
    None
}

/// Returns the elements that a workspace refuses, each with line and column.
pub fn not_in_workspace(text: &str) -> Vec<(String, usize, usize)> {
    let _ = text;
    Vec::new()
}

/// Returns a document as the service stores it: `\r\n`, no trailing white space.
pub fn normalise(text: &str) -> String {
    text.to_owned()
}

/// Returns a raw document as well-formed XML (`format=xml`).
pub fn to_xml(raw: &str) -> String {
    raw.to_owned()
}

/// Returns the raw document of a well-formed one.
pub fn from_xml(xml: &str) -> String {
    xml.to_owned()
}
