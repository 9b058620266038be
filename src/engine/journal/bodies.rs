//! Bodies beside the journal, without secrets: what was sent, which the workspace
//! is compared with to tell whether somebody changed a copy, and by which a copy
//! is known whose step left the plan; and what somebody else had where this plan
//! wrote over it, as asked, to be put back.
//!
//! JSON lines, append-only, named by digests that stand in the journal. What was
//! sent is no record of what happened: a line that can't be read, or the whole
//! file, may be missing, and then an ETag has to do. What is to be put back is on
//! the disk before it is written over.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::JournalError;
use crate::plan::folder::own_file;
use crate::plan::{Content, StepId};
use crate::secret::seen_json;

/// What was sent, in the plan folder.
const SENT: &str = ".sent.jsonl";

/// What somebody else had, in the plan folder.
const REPLACED: &str = ".replaced.jsonl";

/// The bodies of a plan folder.
#[derive(Debug, Default)]
pub(crate) struct Bodies {
    /// What was sent.
    pub(crate) sent: BodyStore,
    /// What somebody else had and was written over.
    pub(crate) replaced: BodyStore,
}

impl Bodies {
    /// Reads where in a plan folder's files each body stands.
    ///
    /// # Errors
    /// When one of the files is there and can't be read.
    pub(crate) fn read(folder: &Path) -> Result<Self, JournalError> {
        Ok(Self {
            sent: BodyStore::read(folder, SENT, Lasts::Perhaps)?,
            replaced: BodyStore::read(folder, REPLACED, Lasts::ForSure)?,
        })
    }
}

/// Whether a body must be there after a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Lasts {
    /// It is good to have.
    #[default]
    Perhaps,
    /// It is on the disk before anything hangs on it.
    ForSure,
}

impl Lasts {
    /// What a line is kept by. What must be there has to be whole.
    fn key(self, line: &[u8]) -> Result<Key, String> {
        let key = match self {
            Lasts::Perhaps => serde_json::from_slice::<Key>(line),
            Lasts::ForSure => serde_json::from_slice::<StoredBody>(line).map(|body| body.key()),
        };
        key.map_err(|error| crate::secret::plain(&error.to_string()))
    }
}

/// The body of something, where it stands or stood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct StoredBody {
    /// The digest that the journal names it by.
    pub(crate) digest: String,
    /// The step that is about it.
    pub(crate) step: StepId,
    /// Its kind, by the catalog's name.
    pub(crate) kind: String,
    /// Where it stands, below the target service.
    pub(crate) target: String,
    /// The steps that its own waited for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) after: Vec<StepId>,
    /// Whether the source's secrets went with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) secret: bool,
    /// Its properties.
    #[serde(default)]
    pub(crate) properties: Map<String, Value>,
    /// Its document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) document: Option<String>,
}

impl StoredBody {
    fn key(&self) -> Key {
        Key {
            digest: self.digest.clone(),
            secret: self.secret,
        }
    }

    /// What it holds.
    pub(crate) fn content(&self) -> Content {
        Content {
            properties: self.properties.clone(),
            document: self.document.clone(),
        }
    }
}

/// Longest line that is read, in bytes: a body and its policy of the largest size
/// that a plan may hold, with escapes.
const MOST_LINE: u64 = 64 << 20;

/// Reads the next line with its end, or so much of it that it is seen to be too long;
/// tells how many bytes that is.
fn read_line(text: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<u64> {
    line.clear();
    Ok(text.take(MOST_LINE + 1).read_until(b'\n', line)? as u64)
}

/// The part of a line that is looked for.
#[derive(Deserialize)]
struct Key {
    digest: String,
    #[serde(default)]
    secret: bool,
}

/// Where a body stands.
#[derive(Debug, Clone, Copy)]
struct At {
    /// In bytes from the beginning of the file.
    byte: u64,
    /// Whether the source's secrets went with it: once they did, the copy may have
    /// them whatever is sent later.
    secret: bool,
}

/// Bodies of one sort: where in the file each digest stands, so that a run of
/// thousands of steps need not hold them.
#[derive(Debug, Default)]
pub(crate) struct BodyStore {
    path: PathBuf,
    lasts: Lasts,
    places: HashMap<String, At>,
    /// How long the lines are that can be read, in bytes: what a crash has torn
    /// behind them is cut off.
    length: u64,
    /// Whether the last of them is whole but for its line break.
    open: bool,
}

impl BodyStore {
    fn read(folder: &Path, file: &str, lasts: Lasts) -> Result<Self, JournalError> {
        let path = folder.join(file);
        let io = |source| JournalError::Io {
            path: path.clone(),
            source,
        };
        let mut store = Self {
            path: path.clone(),
            lasts,
            ..Self::default()
        };
        match own_file(&path).and_then(|()| File::open(&path)) {
            Ok(file) => {
                let mut text = BufReader::new(file);
                let mut line = Vec::new();
                for number in 1.. {
                    let length = read_line(&mut text, &mut line).map_err(io)?;
                    if length == 0 {
                        break;
                    }
                    let long = length > MOST_LINE;
                    let body = match long {
                        true => Err(format!("it is longer than {MOST_LINE} bytes")),
                        false => lasts.key(&line),
                    };
                    store.open = !long && !line.ends_with(b"\n");
                    if store.open && body.is_err() {
                        store.open = false;
                        break;
                    }
                    match body {
                        Ok(key) => store.note(key, store.length),
                        Err(why) if lasts == Lasts::ForSure => {
                            let line = number;
                            return Err(JournalError::Saved { path, line, why });
                        }
                        Err(_) if long => break,
                        Err(_) => {}
                    }
                    store.length += length;
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(io(error)),
        }
        Ok(store)
    }

    fn note(&mut self, key: Key, byte: u64) {
        let secret = key.secret;
        self.places.insert(key.digest, At { byte, secret });
    }

    /// The body of a digest.
    pub(crate) fn get(&self, digest: &str) -> Option<StoredBody> {
        let at = self.places.get(digest)?;
        let mut file = File::open(&self.path).ok()?;
        file.seek(SeekFrom::Start(at.byte)).ok()?;
        let mut line = Vec::new();
        read_line(&mut BufReader::new(file), &mut line).ok()?;
        serde_json::from_slice(&line).ok()
    }

    /// Keeps bodies; what is kept already is not written again.
    ///
    /// # Errors
    /// When the file can't be written, or a body is too large to be read again;
    /// then none is kept.
    pub(crate) fn keep(&mut self, bodies: Vec<StoredBody>) -> Result<(), JournalError> {
        let mut text = match self.open {
            true => b"\n".to_vec(),
            false => Vec::new(),
        };
        let mut places: HashMap<String, At> = HashMap::new();
        for body in bodies {
            let kept = places.get(&body.digest);
            let kept = kept.or_else(|| self.places.get(&body.digest));
            if kept.is_some_and(|kept| kept.secret || !body.secret) {
                continue;
            }
            let byte = self.length + text.len() as u64;
            let line = serde_json::to_string(&body).map_err(|e| self.stopped(e.into()))?;
            text.extend(seen_json(line).bytes());
            text.push(b'\n');
            if self.length + text.len() as u64 - byte > MOST_LINE {
                return Err(JournalError::TooLarge {
                    path: self.path.clone(),
                    target: body.target,
                });
            }
            let secret = body.secret;
            places.insert(body.digest, At { byte, secret });
        }
        if !places.is_empty() {
            self.write(&text).map_err(|source| self.stopped(source))?;
            self.length += text.len() as u64;
            self.open = false;
            self.places.extend(places);
        }
        Ok(())
    }

    fn write(&self, text: &[u8]) -> std::io::Result<()> {
        own_file(&self.path)?;
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&self.path)?;
        file.set_len(self.length)?;
        file.seek(SeekFrom::Start(self.length))?;
        file.write_all(text)?;
        if self.lasts == Lasts::ForSure {
            file.sync_data()?;
            // The new name has to survive a crash as well, where a directory can
            // be synced at all.
            if let Some(Ok(folder)) = self.path.parent().map(File::open) {
                let _ = folder.sync_all();
            }
        }
        Ok(())
    }

    fn stopped(&self, source: std::io::Error) -> JournalError {
        JournalError::Stopped {
            path: self.path.clone(),
            source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(digest: &str) -> StoredBody {
        StoredBody {
            digest: digest.to_owned(),
            step: StepId::new("tags/a"),
            kind: "tag".to_owned(),
            target: "/workspaces/w/tags/a".to_owned(),
            after: Vec::new(),
            secret: false,
            properties: Map::new(),
            document: Some(digest.repeat(3)),
        }
    }

    #[test]
    fn what_was_sent_is_found_again_also_behind_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = BodyStore::read(folder.path(), SENT, Lasts::Perhaps).unwrap();
        store.keep(vec![body("a"), body("b")]).unwrap();
        store.keep(vec![body("a"), body("c")]).unwrap();
        let path = folder.path().join(SENT);
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(whole.split(|b| *b == b'\n').count(), 4);
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let mut store = BodyStore::read(folder.path(), SENT, Lasts::Perhaps).unwrap();
            store.keep(vec![body("c"), body("d")]).unwrap();
            for store in [
                store,
                BodyStore::read(folder.path(), SENT, Lasts::Perhaps).unwrap(),
            ] {
                assert_eq!(store.get("c"), Some(body("c")), "{length}");
                assert_eq!(store.get("d"), Some(body("d")), "{length}");
                let a = store.get("a");
                assert!(a.is_none() || a == Some(body("a")), "{length}");
            }
        }
    }

    #[test]
    fn what_is_to_be_put_back_is_whole_or_refused_but_for_a_torn_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(REPLACED);
        let mut store = BodyStore::read(folder.path(), REPLACED, Lasts::ForSure).unwrap();
        store.keep(vec![body("a")]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        let torn = &whole[..whole.len() / 2];
        std::fs::write(&path, [&whole, torn].concat()).unwrap();
        let mut store = BodyStore::read(folder.path(), REPLACED, Lasts::ForSure).unwrap();
        store.keep(vec![body("b")]).unwrap();
        let store = BodyStore::read(folder.path(), REPLACED, Lasts::ForSure).unwrap();
        assert_eq!(store.get("b"), Some(body("b")));
        let long = vec![b'x'; usize::try_from(MOST_LINE).unwrap() + 1];
        for bad in [torn, b"{\"digest\": \"b\"}", &long] {
            std::fs::write(&path, [bad, b"\n", &whole].concat()).unwrap();
            let error = BodyStore::read(folder.path(), REPLACED, Lasts::ForSure).unwrap_err();
            assert!(
                matches!(error, JournalError::Saved { line: 1, .. }),
                "{error}"
            );
            assert!(error.help().unwrap().contains("put back"));
        }
    }

    #[test]
    fn a_line_that_lost_no_more_than_its_break_is_whole() {
        for (file, lasts) in [(SENT, Lasts::Perhaps), (REPLACED, Lasts::ForSure)] {
            let folder = tempfile::tempdir().unwrap();
            let mut store = BodyStore::read(folder.path(), file, lasts).unwrap();
            store.keep(vec![body("a"), body("b")]).unwrap();
            let path = folder.path().join(file);
            let whole = std::fs::read(&path).unwrap();
            std::fs::write(&path, &whole[..whole.len() - 1]).unwrap();
            let mut store = BodyStore::read(folder.path(), file, lasts).unwrap();
            assert_eq!(store.get("b"), Some(body("b")), "{file}");
            store.keep(vec![body("c"), body("d")]).unwrap();
            for store in [store, BodyStore::read(folder.path(), file, lasts).unwrap()] {
                for digest in ["a", "b", "c", "d"] {
                    assert_eq!(store.get(digest), Some(body(digest)), "{file}");
                }
            }
        }
    }

    #[test]
    fn that_secrets_went_along_is_kept_once_they_did() {
        let folder = tempfile::tempdir().unwrap();
        let with = |secret| StoredBody {
            secret,
            ..body("a")
        };
        let mut store = BodyStore::read(folder.path(), SENT, Lasts::Perhaps).unwrap();
        let mut lines = Vec::new();
        for (sent, known) in [(false, false), (true, true), (false, true), (true, true)] {
            store.keep(vec![with(sent)]).unwrap();
            assert_eq!(store.get("a"), Some(with(known)));
            store = BodyStore::read(folder.path(), SENT, Lasts::Perhaps).unwrap();
            assert_eq!(store.get("a"), Some(with(known)));
            let text = std::fs::read_to_string(folder.path().join(SENT)).unwrap();
            lines.push(text.lines().count());
        }
        assert_eq!(lines, [1, 2, 2, 2]);
    }

    #[test]
    fn what_could_not_be_read_again_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = BodyStore::read(folder.path(), REPLACED, Lasts::ForSure).unwrap();
        let large = StoredBody {
            document: Some("x".repeat(usize::try_from(MOST_LINE).unwrap())),
            ..body("l")
        };
        let kept = store.keep(vec![body("a"), large]);
        let error = kept.unwrap_err();
        assert!(error.to_string().contains("not written over"), "{error}");
        assert!(error.help().unwrap().contains("--on-conflict skip"));
        assert_eq!((store.get("a"), store.get("l")), (None, None));
        store.keep(vec![body("a")]).unwrap();
        let store = BodyStore::read(folder.path(), REPLACED, Lasts::ForSure).unwrap();
        assert_eq!(store.get("a"), Some(body("a")));
    }
}
