//! The two sides as a run sees them: the source is read, the target is read
//! and written, and neither can be taken for the other.

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use crate::address::{ResourcePath, SourcePath, TargetPath};
use crate::arm::{
    Arm, ArmError, Body, Deleted, Fetched, Reader, SecretReader, Still, WorkspaceWriter,
};
use crate::catalog::{Access, Kind};
use crate::plan::{Content, Plan};
use crate::secret::Secret;

/// A resource as it stands in the target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    /// What stands under `properties`.
    pub(crate) properties: Map<String, Value>,
    /// Its ETag.
    pub(crate) etag: Option<String>,
}

impl Standing {
    /// What would be sent to have the same again; of a document, the text apart.
    pub(crate) fn content(&self, kind: &Kind) -> Content {
        content_of(kind, &self.properties)
    }
}

/// What stands under `properties`, as a body is made of; of a document, the text
/// apart.
pub(crate) fn content_of(kind: &Kind, properties: &Map<String, Value>) -> Content {
    let mut properties = properties.clone();
    let document = properties
        .get("value")
        .filter(|_| kind.is_document())
        .and_then(|value| value.as_str().map(str::to_owned));
    if document.is_some() {
        properties.retain(|name, _| !matches!(name.as_str(), "value" | "format"));
    }
    Content {
        properties,
        document,
    }
}

/// An item of a list.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    /// Its name; an item's `id` and `type` are not to be trusted.
    pub(crate) name: String,
    /// What stands under `properties`, which may lack fields.
    pub(crate) properties: Map<String, Value>,
}

/// What a PUT came to.
#[derive(Debug)]
pub(crate) struct Put {
    /// Whether something stood there for sure.
    pub(crate) replaced: bool,
    /// The ETag of what stands there now.
    pub(crate) etag: Option<String>,
    /// What the service says stands there.
    pub(crate) properties: Map<String, Value>,
}

/// What a PUT is held to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Guard<'g> {
    /// Nothing: it goes over whatever stands there.
    Free,
    /// What stands there has this ETag.
    Etag(&'g str),
    /// Nothing stands there. The service takes no such condition [service contract,
    /// 2.1]: it is looked at before the request is sent once more.
    Absent(&'g TargetPath),
}

/// What a DELETE came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// It was there.
    Deleted,
    /// It was not there.
    WasAbsent,
    /// It was left: the service shows no ETag to hold it to.
    Unguarded,
}

/// Readers and the writer of one plan.
pub(crate) struct Remote {
    prefix: String,
    target: Reader,
    secrets: SecretReader,
    target_secrets: SecretReader,
    writer: WorkspaceWriter,
}

impl Remote {
    /// Makes readers of both services and a writer of the plan's workspace.
    pub(crate) fn new(plan: &Plan, arm: &Arm) -> Self {
        Self {
            prefix: format!("/workspaces/{}", plan.workspace),
            target: Reader::new(arm.clone(), plan.target.clone()),
            secrets: SecretReader::new(arm.clone(), plan.source.clone()),
            target_secrets: SecretReader::new(arm.clone(), plan.target.clone()),
            writer: WorkspaceWriter::new(arm.clone(), plan.target.clone(), plan.workspace.clone()),
        }
    }

    /// Reads a resource of the target; documents come in raw form.
    pub(crate) async fn read(
        &self,
        kind: &Kind,
        target: &TargetPath,
    ) -> Result<Option<Standing>, ArmError> {
        if kind.access == Access::Membership {
            let there = self.target.head(&target.to_string()).await?;
            return Ok(there.map(|head| Standing {
                properties: Map::new(),
                etag: head,
            }));
        }
        let raw: &[(&str, &str)] = match kind.is_document() {
            true => &[("format", "rawxml")],
            false => &[],
        };
        let fetched = self.target.get(&target.to_string(), raw).await?;
        Ok(fetched.map(standing))
    }

    /// Lists a collection of the workspace, below one of its resources or at
    /// its top. What can't be there has no items.
    pub(crate) async fn list(
        &self,
        parent: Option<&ResourcePath>,
        collection: &str,
    ) -> Result<Vec<Item>, ArmError> {
        let parent = parent.map_or("", ResourcePath::as_str);
        items(
            &self.target,
            &format!("{}{parent}/{collection}", self.prefix),
        )
        .await
    }

    /// Whether something stands at a path of the target service.
    pub(crate) async fn stands(&self, path: &ResourcePath) -> Result<bool, ArmError> {
        Ok(self.target.head(path.as_str()).await?.is_some())
    }

    /// The ETag of something in the workspace: none when it is not there, none
    /// inside when the service does not say.
    pub(crate) async fn etag(
        &self,
        below: &ResourcePath,
    ) -> Result<Option<Option<String>>, ArmError> {
        self.target.head(&format!("{}{below}", self.prefix)).await
    }

    /// Reads the secrets of a source.
    pub(crate) async fn secrets(
        &self,
        source: &SourcePath,
        action: &str,
    ) -> Result<std::collections::BTreeMap<String, Secret>, ArmError> {
        self.secrets.read(source.as_str(), action).await
    }

    /// Reads the secrets of something in the target.
    pub(crate) async fn target_secrets(
        &self,
        target: &TargetPath,
        action: &str,
    ) -> Result<std::collections::BTreeMap<String, Secret>, ArmError> {
        self.target_secrets.read(&target.to_string(), action).await
    }

    /// Writes one resource of the workspace. Secrets go into `properties` and live
    /// no longer than the request.
    pub(crate) async fn put(
        &self,
        kind: &Kind,
        target: &TargetPath,
        content: &Content,
        secrets: &[(&str, Secret)],
        guard: Guard<'_>,
    ) -> Result<Put, ArmError> {
        let body = match kind.access {
            Access::Membership => Body::empty(),
            _ => secrets
                .iter()
                .fold(Body::new(content.body()), |body, (name, secret)| {
                    body.with_secret(name, secret)
                }),
        };
        let is_absent = move || -> BoxFuture<'_, Result<bool, ArmError>> {
            Box::pin(self.is_absent(kind, guard))
        };
        let (etag, still) = match guard {
            Guard::Free => (None, None),
            Guard::Etag(etag) => (Some(etag), None),
            Guard::Absent(_) => (None, Some(&is_absent as Still<'_>)),
        };
        let written = self
            .writer
            .put_while(target.below(), &[], &body, etag, still);
        let written = written.await?;
        Ok(Put {
            replaced: written.replaced,
            etag: written.etag,
            properties: match written.properties {
                Some(Value::Object(properties)) => properties,
                _ => Map::new(),
            },
        })
    }

    async fn is_absent(&self, kind: &Kind, guard: Guard<'_>) -> Result<bool, ArmError> {
        match guard {
            Guard::Absent(at) => Ok(self.read(kind, at).await?.is_none()),
            Guard::Free | Guard::Etag(_) => Ok(true),
        }
    }

    /// Writes in another form what was refused in one, unless something has come
    /// meanwhile that must not. What the first may have done all the same, no
    /// refusal of the other takes back.
    pub(crate) async fn put_instead(
        &self,
        refused: &ArmError,
        kind: &Kind,
        target: &TargetPath,
        content: &Content,
        guard: Guard<'_>,
    ) -> Result<Put, ArmError> {
        let may_be_done = refused.may_be_done();
        if !self.is_absent(kind, guard).await? {
            return Err(ArmError::Changed {
                method: "PUT",
                path: refused.refusal().map_or(String::new(), |r| r.path.clone()),
                may_be_done,
            });
        }
        let put = self.put(kind, target, content, &[], guard).await;
        put.map_err(|error| error.after(may_be_done))
    }

    /// Deletes one resource of the workspace, as long as it is what was seen
    /// last. The service deletes without any condition, so that nothing but the
    /// ETag keeps what somebody changed meanwhile: without one at hand it is
    /// looked up. Links and memberships have none [service contract, 1.1, 2.1]; it is
    /// sent once more only while `still` holds.
    pub(crate) async fn delete(
        &self,
        kind: &Kind,
        path: &ResourcePath,
        query: &[(&str, &str)],
        seen: Option<&str>,
        still: Option<Still<'_>>,
    ) -> Result<Gone, ArmError> {
        let etag = match seen {
            _ if kind.is_link() => None,
            Some(etag) => Some(etag.to_owned()),
            None => match self.etag(path).await? {
                None => return Ok(Gone::WasAbsent),
                Some(None) => return Ok(Gone::Unguarded),
                Some(etag) => etag,
            },
        };
        let deleted = match &etag {
            Some(etag) => self.writer.delete(path, query, Some(etag)).await?,
            None => self.writer.delete_while(path, query, None, still).await?,
        };
        Ok(match deleted {
            Deleted::Gone => Gone::Deleted,
            Deleted::WasAbsent => Gone::WasAbsent,
        })
    }
}

fn properties_of(mut body: Value) -> Map<String, Value> {
    match body.get_mut("properties").map(Value::take) {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    }
}

fn standing(fetched: Fetched) -> Standing {
    let mut properties = properties_of(fetched.body);
    // A document may come bare, without the JSON round it.
    if let Some(text) = fetched.text {
        properties.insert("value".to_owned(), Value::from(text));
    }
    Standing {
        properties,
        etag: fetched.etag,
    }
}

async fn items(reader: &Reader, path: &str) -> Result<Vec<Item>, ArmError> {
    let values = match reader.list(path, &[]).await {
        Ok(values) => values,
        Err(error) if error.is_not_found() => Vec::new(),
        Err(error) => return Err(error),
    };
    Ok(values.into_iter().filter_map(item).collect())
}

fn item(mut value: Value) -> Option<Item> {
    let name = value.get("name")?.as_str()?.to_owned();
    let properties = match value.get_mut("properties").map(Value::take) {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    Some(Item { name, properties })
}
