//! What policy documents refer to, and how to rewrite it.
//!
//! Raw policy documents are no XML: expressions hold bare quotes and angle
//! brackets. So they are read byte by byte, and written by replacing names
//! where they stand, with every other byte left as it was.

mod code;
mod csharp;
mod dynamic;
mod lexer;
mod names;
mod position;
mod reference;
mod report;
mod rewrite;
mod scan;

pub use reference::{
    By, CacheUse, Dynamic, DynamicBy, Literal, Part, Place, Reference, Scan, Target,
};
pub use report::{DynamicReport, Report};
pub use rewrite::{Edit, RewriteError, rewrite};
pub use scan::{scan, string_literals};
