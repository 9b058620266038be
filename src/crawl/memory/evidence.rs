//! What tells that an API is as it was.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::super::agenda::Ask;
use super::super::fetch::Answer;
use crate::address::{ResourcePath, split_revision};
use crate::arm::Fetched;

/// What the lists of this crawl say of each API, with its revisions.
#[derive(Debug, Clone, Default)]
pub(super) struct Evidence {
    /// Whether there was a list of all policies.
    of_policies: bool,
    said: BTreeMap<String, BTreeSet<String>>,
}

impl Evidence {
    /// Takes in what is a list that vouches for something.
    pub(super) fn take(&mut self, ask: &Ask, answer: &Answer) {
        let Answer::List(items) = answer else { return };
        match ask {
            Ask::List(kind, None) if kind.revisions => {
                for item in items {
                    let name = item["name"].as_str().unwrap_or_default();
                    self.say(name, item.to_string());
                }
            }
            Ask::Policies => {
                self.of_policies = true;
                for item in items {
                    self.policy(item);
                }
            }
            _ => {}
        }
    }

    /// What is said of the API that is there or that is the root of a revision.
    pub(super) fn of(&self, root: &ResourcePath) -> String {
        let said = self.said.get(&api(root.name()));
        let said = said.into_iter().flatten().map(String::as_str);
        let list = if self.of_policies { "listed" } else { "" };
        digest(std::iter::once(list).chain(said))
    }

    fn say(&mut self, name: &str, what: String) {
        self.said.entry(api(name)).or_default().insert(what);
    }

    fn policy(&mut self, item: &Value) {
        let id = item["properties"]["referencePolicyId"].as_str();
        let id = id.unwrap_or_default().to_lowercase();
        if let Some((_, below)) = id.rsplit_once("/apis/") {
            let name = below.split('/').next().unwrap_or_default();
            self.say(name, format!("policy {below}"));
        }
    }
}

/// The name that an API and its revisions share.
fn api(name: &str) -> String {
    split_revision(name).0.to_lowercase()
}

/// What a thing says of itself; nothing where it has no ETag.
pub(super) fn digest_of(found: &Fetched) -> Option<String> {
    let etag = found.etag.as_deref()?;
    Some(digest([etag, &found.body.to_string()].into_iter()))
}

fn digest<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_le_bytes());
        hash.update(text.as_bytes());
    }
    let hash = hash.finalize();
    hash.iter().take(16).map(|b| format!("{b:02x}")).collect()
}
