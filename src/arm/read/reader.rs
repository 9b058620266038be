//! The reading halves: what only looks, and what asks for secrets.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use secrecy::zeroize::Zeroize;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::budget::Budget;
use super::versions::Versions;
use crate::address::{ServiceId, WorkspaceName};
use crate::arm::client::{Answer, Arm, Request};
use crate::arm::error::ArmError;
use crate::arm::limits::{LIST_BYTES, LIST_EMPTY_PAGES, LIST_ITEMS, LIST_PAGES, LIST_TIME};
use crate::arm::throttle::Limits;
use crate::secret::{Redaction, Secret, wipe};

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
    /// What paths are relative to: the service, or a workspace of it.
    root: String,
    budget: Option<Budget>,
    versions: Arc<Versions>,
}

impl Reader {
    /// Makes a reader of a service.
    pub fn new(arm: Arm, service: ServiceId) -> Self {
        let versions = vec![arm.inner.api_version.clone()];
        Self {
            arm,
            root: service.to_string(),
            service,
            budget: None,
            versions: Arc::new(Versions::new(versions)),
        }
    }

    /// The same reader, at the first of these versions of the service's API
    /// that the service takes, in place of the client's own.
    pub fn at_versions<V: ToString>(&self, versions: impl IntoIterator<Item = V>) -> Self {
        let versions = versions.into_iter().map(|v| v.to_string()).collect();
        Self {
            versions: Arc::new(Versions::new(versions)),
            ..self.clone()
        }
    }

    /// The same reader, whose paths are relative to a workspace of the service.
    pub fn within(&self, workspace: &WorkspaceName) -> Self {
        Self {
            root: format!("{}/workspaces/{workspace}", self.service),
            ..self.clone()
        }
    }

    /// Where requests go.
    pub fn endpoint(&self) -> &Url {
        self.arm.inner.endpoint.url()
    }

    /// The version that is read at, as far as it is known by now.
    pub fn version(&self) -> Option<&str> {
        self.versions.now()
    }

    /// The same reader for one crawl, of which everything is kept: it ends with
    /// an error when the service gives more than any has.
    pub fn for_crawl(&self) -> Self {
        Self {
            budget: Some(Budget::of_crawl()),
            ..self.clone()
        }
    }

    /// ARM's limits as far as they are known by now; none where nothing speaks
    /// of them.
    pub fn limits(&self) -> Option<Limits> {
        self.arm.limits()
    }

    /// How long an answer takes, on the whole; nothing before there was one.
    pub fn latency(&self) -> Option<Duration> {
        self.arm.latency()
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
        let answer = self.answer(Method::GET, path, query).await?;
        if let Some(budget) = &self.budget {
            budget.take(&answer)?;
        }
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
        let answer = self.answer(Method::HEAD, path, &[]).await?;
        Ok((answer.status.as_u16() != 404).then(|| answer.etag()))
    }

    async fn answer(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Answer, ArmError> {
        let full = format!("{}{path}", self.root);
        let mut turn = self.versions.turn().await;
        loop {
            let request = Request {
                method: method.clone(),
                url: self.arm.url_at(turn.version(), &full, query),
                body: None,
                if_match: None,
                accept: &[404],
                secrets: None,
                still: None,
            };
            let answer = self.arm.send(&request).await;
            if !turn.again(&answer) {
                return answer;
            }
        }
    }

    /// Reads a list to its end. Items that come twice, since pages are no
    /// snapshot, are given once.
    ///
    /// # Errors
    /// When the service refuses or can't be reached, and when a page leads to
    /// another host, in a circle, or without end.
    pub async fn list(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, ArmError> {
        let full = format!("{}{path}", self.root);
        let mut turn = self.versions.turn().await;
        loop {
            let url = self.arm.url_at(turn.version(), &full, query);
            let items = read_list(&self.arm, url, path, self.budget.as_ref()).await;
            if !turn.again(&items) {
                return items;
            }
        }
    }
}

/// Follows a list from its first page to its last.
pub(in crate::arm) async fn read_list(
    arm: &Arm,
    first: Url,
    path: &str,
    budget: Option<&Budget>,
) -> Result<Vec<Value>, ArmError> {
    let odd = |what: String| ArmError::NotAList {
        path: path.to_owned(),
        what,
    };
    let began = Instant::now();
    let mut url = first;
    let mut items = Vec::new();
    let mut seen = HashSet::new();
    let mut visited = HashSet::new();
    let (mut empty, mut bytes) = (0, 0);
    for _ in 0..LIST_PAGES {
        if !visited.insert(url.clone()) {
            return Err(odd("a page leads back to an earlier one".to_owned()));
        }
        let answer = arm.send(&Request::get(url.clone(), &[])).await?;
        if let Some(budget) = budget {
            budget.take(&answer)?;
        }
        bytes += answer.body.len();
        if bytes > LIST_BYTES {
            return Err(odd(format!("it has more than {LIST_BYTES} bytes")));
        }
        let Some((values, next)) = page_of(answer.json("GET", path)?) else {
            return Err(odd("it has no `value`".to_owned()));
        };
        empty = if values.is_empty() { empty + 1 } else { 0 };
        for value in values {
            let id = value["id"].as_str().map(str::to_ascii_lowercase);
            if id.is_none_or(|id| seen.insert(id)) {
                items.push(value);
            }
        }
        if items.len() > LIST_ITEMS {
            return Err(odd(format!("it has more than {LIST_ITEMS} items")));
        }
        match next {
            Some(link) => url = arm.own_link(&link, path)?,
            None => return Ok(items),
        }
        if empty >= LIST_EMPTY_PAGES {
            return Err(odd(format!("{LIST_EMPTY_PAGES} pages in a row are empty")));
        }
        if began.elapsed() > LIST_TIME {
            let seconds = LIST_TIME.as_secs();
            return Err(odd(format!("it has no end after {seconds} s")));
        }
    }
    Err(odd(format!("it has more than {LIST_PAGES} pages")))
}

/// The items of a page, and the link to the next one; none when it is no page.
pub(crate) fn page_of(mut page: Value) -> Option<(Vec<Value>, Option<String>)> {
    let Some(Value::Array(items)) = page.get_mut("value").map(Value::take) else {
        return None;
    };
    let next = page["nextLink"].as_str().filter(|link| !link.is_empty());
    Some((items, next.map(str::to_owned)))
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
            secrets: Some(&Redaction::default()),
            still: None,
        };
        let mut answer = self.arm.send(&request).await?;
        let value = answer.json("POST", &format!("{path}/{action}"));
        answer.body.zeroize();
        let mut value = value?;
        let members = value.as_object().into_iter().flatten();
        let secrets = members
            .filter_map(|(name, v)| Some((name.clone(), Secret::new(v.as_str()?))))
            .collect();
        wipe(&mut value);
        Ok(secrets)
    }
}
