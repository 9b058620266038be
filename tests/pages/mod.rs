//! The documentation: what it shows is what is.

mod ci_recipes;
mod demo;
mod embed;
mod every_page;
mod guide;
mod sample_plan;
