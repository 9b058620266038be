//! `list`: what a service has.

use std::sync::Arc;

use apim_migrate::address::split_revision;
use apim_migrate::arm::Reader;
use apim_migrate::catalog::{API, PRODUCT, TAG, VERSION_SET};
use apim_migrate::crawl::CrawlError;
use apim_migrate::exit::Exit;
use apim_migrate::progress::Listener;
use apim_migrate::progress::summary::Summary;
use apim_migrate::secret::plain;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use crate::cli::report::Outcome;
use crate::cli::service::connection::{AccessArgs, ServiceArgs};
use crate::cli::service::requests::{block_on_at, connection_error};
use crate::cli::ui::table::Table;
use crate::cli::ui::{BOLD, Ui, painted, table_width};

/// What to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// APIs, with their revisions and versions
    Apis,
    /// Products
    Products,
    /// Tags
    Tags,
    /// Version sets
    VersionSets,
    /// Workspaces, with their gateways
    Workspaces,
}

/// List what a service has: APIs, products, tags, version sets or workspaces
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// What to list
    #[arg(value_enum)]
    what: What,

    #[command(flatten)]
    service: ServiceArgs,

    #[command(flatten)]
    access: AccessArgs,
}

/// What a column keeps where there is little room.
const LEAST: usize = 4;

/// A column: its heading, and where its value stands in an item.
type Column = (&'static str, &'static str);

impl What {
    fn path(self) -> String {
        let kind = match self {
            What::Apis => &API,
            What::Products => &PRODUCT,
            What::Tags => &TAG,
            What::VersionSets => &VERSION_SET,
            What::Workspaces => return "/workspaces".to_owned(),
        };
        format!("/{}", kind.pattern)
    }

    fn columns(self) -> &'static [Column] {
        match self {
            What::Apis => &[
                ("name", "name"),
                ("display name", "displayName"),
                ("path", "path"),
                ("version", "apiVersion"),
                ("revision", "apiRevision"),
                ("revisions", "revisions"),
                ("type", "type"),
            ],
            What::Products => &[
                ("name", "name"),
                ("display name", "displayName"),
                ("state", "state"),
                ("subscription", "subscriptionRequired"),
            ],
            What::Tags => &[("name", "name"), ("display name", "displayName")],
            What::VersionSets => &[
                ("name", "name"),
                ("display name", "displayName"),
                ("versions by", "versioningScheme"),
            ],
            What::Workspaces => &[
                ("name", "name"),
                ("display name", "displayName"),
                ("gateways", "gateways"),
                ("description", "description"),
            ],
        }
    }
}

/// Lists.
pub(crate) fn run(args: &ListArgs, ui: &Ui) -> Outcome {
    let service = args.service.service(None)?;
    let access = args.access.access()?;
    let silent: Arc<dyn Listener> = Arc::new(());
    let arm = access.open(&silent, &Arc::new(Summary::default()))?;
    let reader = Reader::new(arm.clone(), service.clone());
    let rows = block_on_at(&arm, [&service], async {
        let what = args.what.path();
        let items = match reader.list(&what, &[]).await {
            Ok(items) => items,
            Err(source) => return Err(connection_error(CrawlError::Read { what, source })),
        };
        let links = match args.what {
            What::Workspaces => gateways(&reader, ui).await,
            _ => None,
        };
        Ok(rows(args.what, &items, links.as_deref()))
    })?;
    ui.list(&rows, |rows| table(args.what.columns(), rows))?;
    Ok(Exit::Done)
}

/// The gateways of workspaces. None, with a word, where they can't be read.
async fn gateways(reader: &Reader, ui: &Ui) -> Option<Vec<Value>> {
    match reader.list("/workspaceLinks", &[]).await {
        Ok(links) => Some(links),
        // A service that has no such list has no gateways of workspaces.
        Err(error) if error.is_not_found() => Some(Vec::new()),
        Err(error) if error.code() == Some("MethodNotAllowedInPricingTier") => Some(Vec::new()),
        Err(error) => {
            ui.warn(&format!("gateways are not shown: {error}"));
            None
        }
    }
}

fn rows(what: What, items: &[Value], links: Option<&[Value]>) -> Vec<Map<String, Value>> {
    let name = |v: &Value| v["name"].as_str().unwrap_or_default().to_owned();
    let mut rows: Vec<Map<String, Value>> = Vec::new();
    for item in items {
        let full = name(item);
        let (root, revision) = split_revision(&full);
        if what == What::Apis && revision.is_some() {
            continue;
        }
        let mut row = Map::new();
        row.insert("name".to_owned(), Value::from(root));
        for (_, property) in what.columns() {
            if let Some(value) = item["properties"].get(*property).filter(|v| !v.is_null()) {
                row.insert((*property).to_owned(), value.clone());
            }
        }
        if what == What::Apis {
            let same = |v: &&Value| split_revision(&name(v)).0.eq_ignore_ascii_case(root);
            row.insert(
                "revisions".to_owned(),
                Value::from(items.iter().filter(same).count()),
            );
            row.entry("type").or_insert_with(|| Value::from("http"));
        }
        if let (What::Workspaces, Some(links)) = (what, links) {
            let link = links.iter().find(|l| name(l).eq_ignore_ascii_case(root));
            let gateways = link.and_then(|l| l["properties"]["gateways"].as_array());
            let names: Vec<&str> = (gateways.into_iter().flatten())
                .filter_map(|g| g["id"].as_str()?.rsplit('/').next())
                .collect();
            row.insert("gateways".to_owned(), Value::from(names));
        }
        rows.push(row);
    }
    rows.sort_by_key(|r| r["name"].as_str().unwrap_or_default().to_lowercase());
    rows
}

fn table(columns: &[Column], rows: &[Map<String, Value>]) -> String {
    let cell = |row: &Map<String, Value>, property: &str| match row.get(property) {
        None => String::new(),
        Some(Value::String(text)) => plain(text).chars().take(60).collect(),
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(Value::Array(items)) => {
            let items: Vec<String> = items.iter().filter_map(|v| v.as_str().map(plain)).collect();
            items.join(", ")
        }
        Some(other) => plain(&other.to_string()),
    };
    let cells = |row| columns.iter().map(move |(_, property)| cell(row, property));
    let headings: Vec<&str> = columns.iter().map(|(heading, _)| *heading).collect();
    let all = Table::of(&headings, rows.iter().map(|row| cells(row).collect()));
    let table = match table_width() {
        // What is whole in one line can be copied.
        Some(width) => all.within(width, |at| if at == 0 { usize::MAX } else { LEAST }),
        None => all,
    };
    let mut out = format!("{}\n", painted(BOLD, &table.line(headings)));
    for row in rows {
        out.push_str(&table.line(cells(row)));
        out.push('\n');
    }
    out
}
