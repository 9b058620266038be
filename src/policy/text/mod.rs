//! The text of a raw document: its pieces, code and templates in it, names, and
//! where things stand.

pub(super) mod csharp;
pub(super) mod cursor;
pub(super) mod lexer;
pub(super) mod liquid;
pub(super) mod names;
pub(super) mod position;
