//! An embedded API Management service to try everything on.

pub mod contoso;
pub mod rules;
