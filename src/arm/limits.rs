//! How much of a service is believed.
//!
//! ARM keeps far below each of these. What does not is broken or hostile, and
//! could otherwise fill the memory or the disk, or keep the program waiting for
//! ever. Whoever meets a limit is told which.

use std::time::Duration;

use crate::secret::plain;

/// Largest answer that is read, in bytes, after decompression.
pub const ANSWER_BYTES: usize = 64 << 20;

/// Values, members of objects counted with them, in one answer at most: each
/// takes many times its bytes once it is read.
pub const ANSWER_VALUES: usize = 1_000_000;

/// How deep an answer's JSON may be nested; `serde_json` has it so.
pub const JSON_DEPTH: usize = 128;

/// Pages of a list at most.
pub const LIST_PAGES: usize = 20_000;

/// Pages without an item, one after the other, at most: a filter can leave
/// some empty.
pub const LIST_EMPTY_PAGES: usize = 100;

/// Items of a list at most.
pub const LIST_ITEMS: usize = 1_000_000;

/// Bytes of all pages of a list at most.
pub const LIST_BYTES: usize = 512 << 20;

/// Time for all pages of a list at most.
pub const LIST_TIME: Duration = Duration::from_secs(3600);

/// Answers that one crawl reads at most.
pub const CRAWL_ANSWERS: u64 = 1_000_000;

/// Bytes of all answers that one crawl reads at most.
pub const CRAWL_BYTES: u64 = 2 << 30;

/// Rounds of a crawl at most: in each, what was read names more to read, such
/// as a fragment that includes another one.
pub const CRAWL_ROUNDS: usize = 200;

/// Characters that are kept of the service's message, and of each detail.
pub const MESSAGE: usize = 4_000;

/// Details that are kept of an error.
pub const DETAILS: usize = 50;

/// Characters that are kept of a code, a correlation id and the like.
pub const WORD: usize = 200;

/// Longest ETag that is kept, in bytes; a longer one counts as none.
pub const ETAG: usize = 1_000;

/// Longest wait that a Retry-After can ask for.
pub const RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Longest pause between two looks at a long-running operation, whatever its
/// Retry-After says.
pub const POLL_PAUSE: Duration = Duration::from_secs(60);

/// How long a long-running operation is waited for, unless told otherwise:
/// imports of some hundred KB have been seen to take over seven minutes.
pub const PATIENCE: Duration = Duration::from_secs(1800);

/// The beginning of a text, at most so many characters, with a sign of what is
/// left out.
pub(super) fn cut(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text,
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}

/// The beginning of a text, with one character more than is kept of it. It is
/// cut first, so that a long one costs nothing.
pub(super) fn beginning(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most + 1);
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

/// A code, a state, an id: one word of the service's, defused and cut.
pub(super) fn word(text: &str) -> String {
    cut(plain(beginning(text, WORD)), WORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(cut("äöü".to_owned(), 3), "äöü");
        assert_eq!(cut("äöü".to_owned(), 2), "äö…");
    }
}
