//! What a workspace is, what serves it, what is in it.

use futures_util::stream::{self, StreamExt, TryStreamExt};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::access::{GivenRole, held};
use super::create::find;
use super::error::{LOOKERS, WorkspaceError};
use super::gateway::{Serving, serving};
use crate::address::{ResourcePath, WorkspaceName, split_revision};
use crate::arm::{Reader, RoleReader, RoleScope};
use crate::catalog::{Home, Kind, Per, kinds, limit_of};

/// Reads under way at once, at most.
const WIDTH: usize = 8;

/// How many there are of a kind, and how many fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Count {
    /// The kind's plural.
    pub what: &'static str,
    /// How many there are.
    pub count: usize,
    /// How many are documented to fit.
    pub limit: usize,
}

/// A workspace to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// Its id.
    pub workspace: WorkspaceName,
    /// Its service's ARM id.
    pub service: String,
    /// Its display name.
    pub display_name: String,
    /// Its description; may be empty.
    pub description: String,
    /// What serves it.
    pub serving: Serving,
    /// What is in it.
    pub contents: Vec<Count>,
    /// Who has which role, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Vec<GivenRole>>,
}

/// Reads a workspace; with a reader of roles, also who has which.
///
/// # Errors
/// When it is not there, a right is missing, or the service can't be reached.
pub async fn show(
    reader: &Reader,
    roles: Option<&RoleReader>,
    workspace: &WorkspaceName,
) -> Result<Shown, WorkspaceError> {
    let (sku, found) = find(reader, workspace).await?;
    let found = found.ok_or_else(|| WorkspaceError::Absent(workspace.clone()))?;
    let service = reader.service().clone();
    let access = match roles {
        Some(roles) => {
            let own = RoleScope::of_workspace(service.clone(), workspace.clone());
            let above = RoleScope::of_service(service.clone());
            Some(held(roles, &own, &above).await?)
        }
        None => None,
    };
    Ok(Shown {
        workspace: workspace.clone(),
        service: service.to_string(),
        display_name: found.text("displayName").to_owned(),
        description: found.text("description").to_owned(),
        serving: serving(reader, workspace, sku.as_deref()).await?,
        contents: counts(reader, workspace).await?,
        access,
    })
}

/// Counts everything that has a limit in a workspace.
async fn counts(reader: &Reader, workspace: &WorkspaceName) -> Result<Vec<Count>, WorkspaceError> {
    let limited = kinds().iter().filter(|k| k.home == Home::Workspace);
    let limited = limited.filter_map(|k| Some((k, limit_of(k, Per::Workspace)?)));
    stream::iter(limited)
        .map(|(kind, limit)| async move {
            Ok(Count {
                what: kind.plural,
                count: count(reader, workspace, kind).await?,
                limit,
            })
        })
        .buffered(WIDTH)
        .try_collect()
        .await
}

async fn count(
    reader: &Reader,
    workspace: &WorkspaceName,
    kind: &Kind,
) -> Result<usize, WorkspaceError> {
    let own = format!("/workspaces/{workspace}");
    let Some(parent) = kind.parent() else {
        let names = names(reader, &own, kind).await?;
        if !kind.revisions {
            return Ok(names.len());
        }
        return below(reader, &own, kind, names, "revisions").await;
    };
    let names = names(reader, &own, parent).await?;
    below(reader, &own, parent, names, kind.collection()).await
}

/// Counts a collection below each of some parents.
async fn below(
    reader: &Reader,
    own: &str,
    parent: &Kind,
    names: Vec<String>,
    collection: &str,
) -> Result<usize, WorkspaceError> {
    let counts: Vec<usize> = stream::iter(names)
        .map(|name| async move {
            let path = format!("{own}/{}/{name}/{collection}", parent.collection());
            list(reader, &path).await.map(|items| items.len())
        })
        .buffered(WIDTH)
        .try_collect()
        .await?;
    Ok(counts.into_iter().sum())
}

/// The names of a kind's instances, each once whatever its revisions, without
/// those that the service makes on its own.
async fn names(reader: &Reader, own: &str, kind: &Kind) -> Result<Vec<String>, WorkspaceError> {
    let none = Map::new();
    let items = list(reader, &format!("{own}/{}", kind.collection())).await?;
    let mut names: Vec<String> = items
        .iter()
        .filter_map(|item| {
            let name = item["name"].as_str()?;
            let path = ResourcePath::top(kind.collection(), name).ok()?;
            let properties = item["properties"].as_object().unwrap_or(&none);
            (!kind.is_built_in(&path, properties)).then(|| split_revision(name).0.to_owned())
        })
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}

async fn list(reader: &Reader, path: &str) -> Result<Vec<Value>, WorkspaceError> {
    reader
        .list(path, &[])
        .await
        .map_err(WorkspaceError::of(format!("read `{path}`"), LOOKERS))
}
