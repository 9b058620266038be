//! A plan to look at.

mod browser;
mod show;
