//! Reading what the agenda asks for, several at once, in the order asked.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::Value;

use super::CrawlError;
use super::agenda::Ask;
use crate::address::ResourcePath;
use crate::arm::{ArmError, Fetched, Reader};
use crate::catalog::{self, Kind, kinds};
use crate::progress::{Event, Listener};

/// What came back.
#[derive(Debug)]
pub(super) enum Answer {
    /// A resource, unless there is none.
    Item(Option<Fetched>),
    /// A list; empty where there is no such collection.
    List(Vec<Value>),
    /// Two lists: workspaces and what serves them.
    Workspaces(Vec<Value>, Vec<Value>),
    /// The service has no such view.
    Refused,
}

/// Whether an answer means that the tier or scope lacks a kind.
fn means_absent(error: &ArmError) -> bool {
    error.code() == Some("MethodNotAllowedInPricingTier")
        || matches!(error.status(), Some(400 | 404 | 405 | 500 | 501))
}

fn plural(ask: &Ask) -> &'static str {
    let kind = match ask {
        Ask::Service => return "service",
        Ask::Workspaces => return "workspaces",
        Ask::Revisions(_) => return "revisions",
        Ask::Policies => return "policies",
        Ask::Item(path) | Ask::Sample(path) => catalog::kind_of(path),
        Ask::List(kind, _) | Ask::View(kind, _) | Ask::ViewOfAll(kind, _) | Ask::AtTop(kind) => {
            Some(*kind)
        }
    };
    kind.map_or("resources", |k| k.plural)
}

/// Reads everything that is asked for, at most `width` at once. Answers are
/// returned in the order of the asks; a slow one holds up none of the others.
/// What `may_fail` and is refused is [`Answer::Refused`].
pub(super) async fn fetch_all(
    reader: &Reader,
    asks: Vec<Ask>,
    width: usize,
    listener: &Arc<dyn Listener>,
    may_fail: &(dyn Fn(&Ask) -> bool + Sync),
) -> Result<Vec<(Ask, Answer)>, CrawlError> {
    for ask in &asks {
        listener.on(&Event::Found {
            kind: plural(ask),
            count: 1,
        });
    }
    let one = |(at, ask): (usize, Ask)| async move {
        let answer = match fetch(reader, &ask).await {
            Err(error) if may_fail(&ask) && error.is_refusal() => Answer::Refused,
            other => other?,
        };
        listener.on(&Event::Fetched { kind: plural(&ask) });
        Ok::<_, CrawlError>((at, ask, answer))
    };
    let mut answers: Vec<(usize, Ask, Answer)> = stream::iter(asks.into_iter().enumerate())
        .map(one)
        .buffer_unordered(width.max(1))
        .try_collect()
        .await?;
    answers.sort_unstable_by_key(|(at, ..)| *at);
    Ok(answers
        .into_iter()
        .map(|(_, ask, answer)| (ask, answer))
        .collect())
}

async fn fetch(reader: &Reader, ask: &Ask) -> Result<Answer, CrawlError> {
    match ask {
        Ask::Service => {
            // Only tier and region come from here; who may read the APIs may
            // still not read the service.
            Ok(Answer::Item(match reader.get("", &[]).await {
                Ok(found) => found,
                Err(error) if error.status().is_some_and(|s| s != 401) => None,
                Err(error) => return Err(CrawlError::read("")(error)),
            }))
        }
        Ask::Workspaces => {
            let workspaces = optional(reader.list("/workspaces", &[]).await, "/workspaces")?;
            let links = optional(reader.list("/workspaceLinks", &[]).await, "/workspaceLinks")?;
            Ok(Answer::Workspaces(workspaces, links))
        }
        Ask::Item(path) | Ask::Sample(path) => {
            let raw = [("format", "rawxml")];
            let is_document = catalog::kind_of(path).is_some_and(Kind::is_document);
            let query: &[(&str, &str)] = if is_document { &raw } else { &[] };
            let found = reader.get(path.as_str(), query).await;
            found
                .map(Answer::Item)
                .map_err(CrawlError::read(path.as_str()))
        }
        Ask::List(kind, below) => {
            let path = collection(below.as_ref(), kind.collection());
            match reader.list(&path, &[]).await {
                Ok(items) => Ok(Answer::List(items)),
                // What stands below a thing that is gone is gone.
                Err(error) if error.is_not_found() && below.is_some() => {
                    Ok(Answer::List(Vec::new()))
                }
                Err(error) if kind.optional && means_absent(&error) => Ok(Answer::List(Vec::new())),
                Err(error) if error.code() == Some("MethodNotAllowedInPricingTier") => {
                    Ok(Answer::List(Vec::new()))
                }
                Err(error) => Err(CrawlError::read(path)(error)),
            }
        }
        Ask::Policies => match reader.list("/allPolicies", &[]).await {
            Ok(items) => Ok(Answer::List(items)),
            // Nothing depends on it.
            Err(error) if error.status().is_some_and(|s| s != 401) => Ok(Answer::Refused),
            Err(error) => Err(CrawlError::read("/allPolicies")(error)),
        },
        Ask::Revisions(api) => {
            let path = collection(Some(api), "revisions");
            match reader.list(&path, &[]).await {
                Ok(items) => Ok(Answer::List(items)),
                Err(error) if error.is_not_found() => Ok(Answer::List(Vec::new())),
                // Every service has revisions: a refusal does not mean none.
                Err(error) => Err(CrawlError::read(path)(error)),
            }
        }
        Ask::View(link, named) => {
            let kind = catalog::kind_of(named);
            let referrer = kind.and_then(|k| k.referrers.iter().find(|r| r.kind == *link));
            let Some(view) = referrer.and_then(|r| r.view) else {
                return Ok(Answer::Refused);
            };
            viewed(reader, collection(Some(named), view)).await
        }
        Ask::ViewOfAll(link, above) => {
            let referrers = kinds().iter().flat_map(|k| k.referrers);
            let view = { referrers }
                .filter(|r| r.kind == *link)
                .find_map(|r| r.view_of_all);
            match view {
                Some(view) => viewed(reader, collection(Some(above), view)).await,
                None => Ok(Answer::Refused),
            }
        }
        Ask::AtTop(kind) => match kind.listed_at_top {
            Some(at) => viewed(reader, collection(None, at.collection)).await,
            None => Ok(Answer::Refused),
        },
    }
}

/// A list that tells in one what others tell one by one, and that a service
/// may not have.
async fn viewed(reader: &Reader, path: String) -> Result<Answer, CrawlError> {
    match reader.list(&path, &[]).await {
        Ok(items) => Ok(Answer::List(items)),
        Err(error) if means_absent(&error) => Ok(Answer::Refused),
        Err(error) => Err(CrawlError::read(path)(error)),
    }
}

pub(super) fn optional(
    found: Result<Vec<Value>, ArmError>,
    path: &str,
) -> Result<Vec<Value>, CrawlError> {
    match found {
        Ok(items) => Ok(items),
        Err(error) if means_absent(&error) => Ok(Vec::new()),
        Err(error) => Err(CrawlError::read(path)(error)),
    }
}

fn collection(below: Option<&ResourcePath>, name: &str) -> String {
    match below {
        Some(parent) => format!("{parent}/{name}"),
        None => format!("/{name}"),
    }
}
