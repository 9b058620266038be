//! The reading halves.

mod budget;
mod directory;
mod etag;
mod reader;
mod versions;

pub use directory::Directory;
pub(crate) use etag::same_etag;
pub(crate) use reader::page_of;
pub(in crate::arm) use reader::read_list;
pub use reader::{Fetched, Reader, SecretReader};
