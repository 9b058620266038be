//! The graph of a page: what is in it, where it is drawn, and the drawing.

pub(crate) mod chart;
pub(crate) mod drawing;
pub(crate) mod picture;
