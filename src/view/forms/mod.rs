//! The forms a plan is told in, apart from the page.

pub(crate) mod checklist;
pub(crate) mod csv;
pub(crate) mod dot;
pub(crate) mod markdown;
pub(crate) mod markup;
pub(crate) mod mermaid;
pub(crate) mod text;
