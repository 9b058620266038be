//! A plan tried on the embedded service: what that is loaded with, and time
//! that passes as fast as the machine goes.

mod clock;
mod seed;

pub use clock::{Clock, runtime};
pub use seed::{furnish, seed, stand_in, stock};
