//! All that a workspace holds, read as a service of its own.

use std::sync::Arc;

use super::CrawlError;
use super::agenda::{Agenda, Scope};
use super::collect::{collect, gateways_of, name_of, properties_of};
use super::fetch::{fetch_all, optional};
use crate::address::WorkspaceName;
use crate::arm::Reader;
use crate::arm::limits::CRAWL_ROUNDS;
use crate::inventory::{Inventory, WorkspaceInfo};
use crate::progress::Listener;

/// Reads a workspace and all that stands in it, at paths relative to it. `None`
/// where there is no such workspace.
///
/// # Errors
/// When the service refuses.
pub async fn read_stock(
    reader: &Reader,
    workspace: &WorkspaceName,
    width: usize,
    listener: &Arc<dyn Listener>,
) -> Result<Option<(WorkspaceInfo, Inventory)>, CrawlError> {
    let path = format!("/workspaces/{workspace}");
    let Some(found) = (reader.get(&path, &[]).await).map_err(CrawlError::read(path))? else {
        return Ok(None);
    };
    let links = optional(reader.list("/workspaceLinks", &[]).await, "/workspaceLinks")?;
    let is_it = |name: &str| name.eq_ignore_ascii_case(workspace.as_str());
    let link = links.iter().find(|link| name_of(link).is_some_and(is_it));
    let info = WorkspaceInfo {
        properties: properties_of(&found.body),
        gateways: link.map(gateways_of).unwrap_or_default(),
        ..WorkspaceInfo::default()
    };
    let reader = reader.within(workspace).for_crawl();
    let mut stock = Inventory::new(reader.service().clone());
    let mut agenda = Agenda::new(Scope::Workspace, Vec::new(), Vec::new());
    let mut asks = agenda.first();
    for _ in 0..CRAWL_ROUNDS {
        if asks.is_empty() {
            return Ok(Some((info, stock)));
        }
        for (ask, answer) in fetch_all(&reader, asks, width, listener, &|_| false).await? {
            collect(&ask, answer, &mut stock, &mut agenda);
        }
        asks = agenda.next(&stock, &[]);
    }
    Err(CrawlError::Endless)
}
