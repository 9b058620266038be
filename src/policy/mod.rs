//! What policy documents refer to, and how to rewrite it.
//!
//! Raw policy documents are no XML: expressions hold bare quotes and angle
//! brackets. So they are read byte by byte, and written by replacing names
//! where they stand, with every other byte left as it was.

mod form;
mod layout;
mod reference;
mod report;
mod rewrite;
mod scan;
mod statements;
mod text;
mod variables;

pub use form::{Mistake, mistake};
pub use layout::without_layout;
pub use reference::{By, Dynamic, DynamicBy, Literal, Part, Place, Reference, Scan, Target};
pub use report::{DynamicReport, Report};
pub use rewrite::{Edit, RewriteError, rewrite};
pub use scan::clear_text::{
    is_credential, is_literal, is_telling, marked, seems_secret, tells_itself,
};
pub use scan::{may_be_piece, scan, scan_piece};
pub use statements::statements;
pub use text::names::names_in_braces;
pub use text::position::Spot;
pub use variables::{Sole, Variables};
