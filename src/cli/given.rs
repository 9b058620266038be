//! What people give: numbers, ids, and files, which are read up to a size, since
//! a path may lead to what never ends.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::num::NonZeroUsize;
use std::path::Path;

use uuid::Uuid;

use super::report::Report;

/// Largest file that people write by hand, in bytes.
pub(crate) const WRITTEN: u64 = 4 << 20;

/// Largest snapshot, in bytes: that of a service of a million resources.
pub(crate) const SNAPSHOT: u64 = 1 << 30;

/// What to do about what is no object id.
pub(crate) const OBJECT_ID: &str = "give the object id; `az ad user show --id NAME --query id` and \
                                    `az ad group show --group NAME --query id` tell it";

/// Reads a whole number.
pub(crate) fn number(text: &str) -> Result<u64, &'static str> {
    text.parse().map_err(|_| "give a whole number")
}

/// Reads a number from one on.
pub(crate) fn from_one(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "give a whole number from 1 on")
}

/// Reads the object id of somebody.
pub(crate) fn object_id(text: &str) -> Result<Uuid, &'static str> {
    text.parse().map_err(|_| OBJECT_ID)
}

/// What a file holds.
pub(crate) fn bytes(
    path: &Path,
    most: u64,
    unusable: impl Fn() -> Report,
) -> Result<Vec<u8>, Report> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    read.map_err(|e| unusable().io(&e))?;
    match bytes.len() as u64 > most {
        true => Err(unusable()
            .cause(format!("it is larger than {} MiB", most >> 20))
            .help("check that it is the right file")),
        false => Ok(bytes),
    }
}

/// What a file of text holds.
pub(crate) fn text(
    path: &Path,
    most: u64,
    unusable: impl Fn() -> Report,
) -> Result<String, Report> {
    String::from_utf8(bytes(path, most, &unusable)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let why = format!("it is no text in UTF-8 at byte {at}");
        unusable().io(&io::Error::new(ErrorKind::InvalidData, why))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_or_never_ends_is_not_read_to_its_end() {
        let unusable = || Report::usage("could not use it");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(bytes(&path, 5, unusable).unwrap(), b"12345");
        assert!(
            bytes(&path, 4, unusable)
                .unwrap_err()
                .text()
                .contains("it is larger than")
        );
        if cfg!(unix) {
            assert!(bytes(Path::new("/dev/zero"), 100, unusable).is_err());
        }
    }
}
