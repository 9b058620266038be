//! The reading halves: what only looks, and what asks for secrets.

use std::collections::{BTreeMap, HashSet};

use reqwest::Method;
use serde_json::Value;
use url::Url;

use super::client::{Arm, Request};
use super::error::ArmError;
use crate::address::ServiceId;
use crate::secret::Secret;

/// Pages of a list at most.
const PAGES: usize = 20_000;

/// Items of a list at most.
const ITEMS: usize = 1_000_000;

/// A resource as it was read.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The body; null where it is not JSON.
    pub body: Value,
    /// The ETag, quoted as the header had it.
    pub etag: Option<String>,
    /// The body, where it is not JSON: a policy may come as it is.
    pub text: Option<String>,
}

/// Reads one service. Sends GET and HEAD and nothing else.
#[derive(Clone)]
pub struct Reader {
    arm: Arm,
    service: ServiceId,
}

impl Reader {
    /// Makes a reader of a service.
    pub fn new(arm: Arm, service: ServiceId) -> Self {
        Self { arm, service }
    }

    /// The service that is read.
    pub fn service(&self) -> &ServiceId {
        &self.service
    }

    /// Reads one resource. `path` is service-relative, `/apis/x;rev=2`, or
    /// empty for the service itself. `None` when there is nothing.
    ///
    /// # Errors
    /// When the service refuses or can't be reached.
    pub async fn get(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Option<Fetched>, ArmError> {
        let full = format!("{}{path}", self.service);
        let request = Request {
            method: Method::GET,
            url: self.arm.url(&full, query),
            body: None,
            if_match: None,
            accept: &[404],
        };
        let answer = self.arm.send(&request).await?;
        if answer.status.as_u16() == 404 {
            return Ok(None);
        }
        let etag = answer.etag();
        // A policy asked for raw is at times the bare document.
        let body = answer
            .body
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&answer.body);
        let bare = body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<');
        let is_xml = answer
            .header("content-type")
            .is_some_and(|t| t.contains("xml"));
        if bare && is_xml {
            return Ok(Some(Fetched {
                body: Value::Null,
                etag,
                text: Some(String::from_utf8_lossy(body).into_owned()),
            }));
        }
        Ok(Some(Fetched {
            body: answer.json("GET", path)?,
            etag,
            text: None,
        }))
    }

    /// Asks whether a resource is there. `None` when it is not, else its ETag.
    ///
    /// # Errors
    /// When the service refuses or can't be reached.
    pub async fn head(&self, path: &str) -> Result<Option<Option<String>>, ArmError> {
        let full = format!("{}{path}", self.service);
        let request = Request {
            method: Method::HEAD,
            url: self.arm.url(&full, &[]),
            body: None,
            if_match: None,
            accept: &[404],
        };
        let answer = self.arm.send(&request).await?;
        Ok((answer.status.as_u16() != 404).then(|| answer.etag()))
    }

    /// Reads a list to its end. Items that come twice, since pages are no
    /// snapshot, are given once.
    ///
    /// # Errors
    /// When the service refuses or can't be reached, and when a page leads to
    /// another host, in a circle, or without end.
    pub async fn list(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, ArmError> {
        let url = self.arm.url(&format!("{}{path}", self.service), query);
        read_list(&self.arm, url, path).await
    }
}

/// Follows a list from its first page to its last.
pub(super) async fn read_list(arm: &Arm, first: Url, path: &str) -> Result<Vec<Value>, ArmError> {
    let odd = |what| ArmError::NotAList {
        path: path.to_owned(),
        what,
    };
    let mut url = first;
    let mut items = Vec::new();
    let mut seen = HashSet::new();
    let mut visited = HashSet::new();
    for _ in 0..PAGES {
        if !visited.insert(url.clone()) {
            return Err(odd("a page leads back to an earlier one"));
        }
        let request = Request {
            method: Method::GET,
            url: url.clone(),
            body: None,
            if_match: None,
            accept: &[],
        };
        let answer = arm.send(&request).await?;
        let mut page = answer.json("GET", path)?;
        let Value::Array(values) = page["value"].take() else {
            return Err(odd("it has no `value`"));
        };
        for value in values {
            let id = value["id"].as_str().map(str::to_ascii_lowercase);
            if id.is_none_or(|id| seen.insert(id)) {
                items.push(value);
            }
        }
        if items.len() > ITEMS {
            return Err(odd("it has more items than any service"));
        }
        match page["nextLink"].as_str().filter(|l| !l.is_empty()) {
            Some(link) => url = arm.own_link(link, path)?,
            None => return Ok(items),
        }
    }
    Err(odd("it has no end"))
}

/// Asks a service for secrets. A type of its own, since it sends POST: a plan
/// is made without one.
#[derive(Clone)]
pub struct SecretReader {
    arm: Arm,
    service: ServiceId,
}

impl SecretReader {
    /// Makes a reader of a service's secrets.
    pub fn new(arm: Arm, service: ServiceId) -> Self {
        Self { arm, service }
    }

    /// Reads a resource's secrets by an action: `listValue`, `listSecrets`.
    /// Returns the text members of the answer.
    ///
    /// # Errors
    /// When the service refuses or can't be reached.
    pub async fn read(
        &self,
        path: &str,
        action: &str,
    ) -> Result<BTreeMap<String, Secret>, ArmError> {
        let full = format!("{}{path}/{action}", self.service);
        let request = Request {
            method: Method::POST,
            url: self.arm.url(&full, &[]),
            body: None,
            if_match: None,
            accept: &[],
        };
        let answer = self.arm.send(&request).await?;
        let value: Value = serde_json::from_slice(&answer.body).map_err(|_| ArmError::NotJson {
            method: "POST",
            path: format!("{path}/{action}"),
            status: answer.status.as_u16(),
            // What it holds could be the secret.
            excerpt: "not shown".to_owned(),
        })?;
        let members = value.as_object().into_iter().flatten();
        Ok(members
            .filter_map(|(name, v)| Some((name.clone(), Secret::new(v.as_str()?))))
            .collect())
    }
}
