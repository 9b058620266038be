//! What there is to choose from: APIs with what they belong to, by few lists.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt};
use serde_json::Value;

use super::CrawlError;
use crate::arm::{ArmError, Reader};
use crate::catalog::{API, Kind, PRODUCT, PRODUCT_API_LINK, TAG, TAG_API_LINK, VERSION_SET};

/// How many lists are read at once.
const AT_ONCE: usize = 8;

/// The names of what links to each API, by the API's name in lower case.
pub type Linked = HashMap<String, Vec<String>>;

/// The APIs of a service, and what people know them by.
#[derive(Debug, Default)]
pub struct Menu {
    /// With every revision, as the service gives them.
    pub apis: Vec<Value>,
    /// Version sets, as the service gives them.
    pub sets: Vec<Value>,
    /// Products by API.
    pub products: Linked,
    /// Tags by API.
    pub tags: Linked,
    /// What could not be read, and why; it is missing above.
    pub unread: Vec<(&'static Kind, ArmError)>,
}

/// Reads the APIs, and as much of the rest as may be read.
///
/// # Errors
/// When the APIs can't be listed.
pub async fn read_menu(reader: &Reader) -> Result<Menu, CrawlError> {
    let apis = list(reader, &API).await;
    let mut menu = Menu {
        apis: apis.map_err(CrawlError::read("/apis"))?,
        ..Menu::default()
    };
    match list(reader, &VERSION_SET).await {
        Ok(sets) => menu.sets = sets,
        Err(error) => menu.unread.push((&VERSION_SET, error)),
    }
    let unread = &mut menu.unread;
    menu.products = links(reader, &PRODUCT, &PRODUCT_API_LINK, unread).await;
    menu.tags = links(reader, &TAG, &TAG_API_LINK, unread).await;
    Ok(menu)
}

async fn list(reader: &Reader, kind: &Kind) -> Result<Vec<Value>, ArmError> {
    reader.list(&format!("/{}", kind.pattern), &[]).await
}

/// What links to APIs, as far as it can be read; of refusals the first is told.
async fn links(
    reader: &Reader,
    kind: &'static Kind,
    link: &'static Kind,
    unread: &mut Vec<(&'static Kind, ArmError)>,
) -> Linked {
    let mut linked = Linked::new();
    let mut trouble = None;
    let owners = list(reader, kind).await.unwrap_or_else(|error| {
        trouble.get_or_insert(error);
        Vec::new()
    });
    let names = owners.iter().filter_map(|owner| owner["name"].as_str());
    let read = names.map(|name| async move {
        let path = format!("/{}/{name}/{}", kind.pattern, link.collection());
        (name.to_owned(), reader.list(&path, &[]).await)
    });
    let mut read = stream::iter(read).buffered(AT_ONCE);
    while let Some((owner, links)) = read.next().await {
        let links = links.unwrap_or_else(|error| {
            trouble.get_or_insert(error);
            Vec::new()
        });
        for api in links.iter().filter_map(|item| named(item, link)) {
            linked.entry(api).or_default().push(owner.clone());
        }
    }
    unread.extend(trouble.map(|error| (kind, error)));
    linked
}

/// The name of the API that a link leads to, in lower case.
fn named(item: &Value, link: &Kind) -> Option<String> {
    let pointer = link.references.first()?.pointer;
    let id = item["properties"][pointer].as_str()?;
    Some(id.rsplit('/').next().unwrap_or(id).to_lowercase())
}
