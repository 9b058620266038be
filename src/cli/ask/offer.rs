//! The APIs that there are to choose from.

use std::collections::HashMap;

use apim_migrate::address::split_revision;
use apim_migrate::crawl::{Linked, Menu};
use apim_migrate::secret::plain;
use serde_json::Value;

/// The columns.
pub(super) const COLUMNS: [&str; 7] = [
    "name", "path", "version", "type", "revs", "products", "tags",
];

/// What each column keeps where there is little room: a terminal of 60 columns.
pub(super) const LEAST: [usize; COLUMNS.len()] = [14, 6, 4, 4, 4, 5, 4];

/// An API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) name: String,
    display: String,
    path: String,
    version: String,
    kind: String,
    revisions: usize,
    products: Vec<String>,
    tags: Vec<String>,
    /// The version set, by its display name.
    pub(super) set: Option<String>,
}

impl Offer {
    /// What stands in each column.
    pub(super) fn cells(&self) -> [String; COLUMNS.len()] {
        let revisions = match self.revisions {
            0 | 1 => String::new(),
            more => more.to_string(),
        };
        [
            plain(&self.name),
            plain(&format!("/{}", self.path)),
            plain(&self.version),
            plain(&self.kind),
            revisions,
            plain(&self.products.join(", ")),
            plain(&self.tags.join(", ")),
        ]
    }

    /// Whether all words of a search are in it, without regard to case.
    pub(super) fn is_found(&self, query: &str) -> bool {
        let query = query.to_lowercase();
        let mut words = query.split(',').map(str::trim).filter(|w| !w.is_empty());
        words.all(|word| self.has(word))
    }

    fn has(&self, word: &str) -> bool {
        let among =
            |all: &[String], word: &str| all.iter().any(|one| one.to_lowercase().contains(word));
        if let Some(tag) = word.strip_prefix("tag:") {
            return among(&self.tags, tag);
        }
        if let Some(product) = word.strip_prefix("product:") {
            return among(&self.products, product);
        }
        let beside = [self.display.clone(), self.set.clone().unwrap_or_default()];
        among(&self.cells(), word) || among(&beside, word)
    }
}

fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// The APIs of a menu, as they are offered.
pub(super) fn offers(menu: &Menu) -> Vec<Offer> {
    let name = |item: &Value| item["name"].as_str().unwrap_or_default().to_owned();
    let mut revisions: HashMap<String, usize> = HashMap::new();
    for api in &menu.apis {
        let full = name(api);
        *revisions
            .entry(split_revision(&full).0.to_lowercase())
            .or_default() += 1;
    }
    let set = |id: &str| {
        let named = (menu.sets.iter()).find(|set| name(set).eq_ignore_ascii_case(last(id)));
        let shown = named.and_then(|set| set["properties"]["displayName"].as_str());
        shown.unwrap_or(last(id)).to_owned()
    };
    let mut offers: Vec<Offer> = (menu.apis.iter())
        .filter(|api| split_revision(&name(api)).1.is_none())
        .map(|api| {
            let text = |member: &str| api["properties"][member].as_str().unwrap_or_default();
            let key = name(api).to_lowercase();
            let linked = |all: &Linked| all.get(&key).cloned().unwrap_or_default();
            Offer {
                name: name(api),
                display: text("displayName").to_owned(),
                path: text("path").to_owned(),
                version: text("apiVersion").to_owned(),
                kind: match text("type") {
                    "" => "http".to_owned(),
                    kind => kind.to_owned(),
                },
                revisions: revisions.get(&key).copied().unwrap_or(1),
                products: linked(&menu.products),
                tags: linked(&menu.tags),
                set: Some(text("apiVersionSetId"))
                    .filter(|id| !id.is_empty())
                    .map(set),
            }
        })
        .collect();
    // Those without a version set come last, under a heading of their own.
    offers.sort_by_key(|o| {
        let set = o.set.as_deref().map(str::to_lowercase);
        (set.is_none(), set, o.name.to_lowercase())
    });
    offers
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    pub(in crate::cli::ask) fn some() -> Vec<Offer> {
        let api = |name: &str, properties: Value| json!({"name": name, "properties": properties});
        let apis = [
            api(
                "orders-v1",
                json!({"displayName": "Orders", "path": "orders", "apiVersion": "v1", "apiVersionSetId": "/x/apiVersionSets/orders"}),
            ),
            api(
                "orders-v2",
                json!({"displayName": "Orders", "path": "orders", "apiVersion": "v2", "apiVersionSetId": "/x/apiVersionSets/ORDERS"}),
            ),
            api(
                "invoices",
                json!({"displayName": "Rechnungen\u{1b}", "path": "billing/invoices", "type": "soap"}),
            ),
            api("invoices;rev=2", json!({})),
            api(
                "catalog",
                json!({"displayName": "Catalog", "path": "catalog"}),
            ),
        ];
        let sets = [api("orders", json!({"displayName": "Orders of Contoso"}))];
        let linked =
            |api: &str, to: &[&str]| (api.to_owned(), to.iter().map(|t| (*t).to_owned()).collect());
        let products = Linked::from([linked("orders-v1", &["starter", "unlimited"])]);
        let tags = Linked::from([
            linked("invoices", &["finance"]),
            linked("orders-v1", &["sales"]),
        ]);
        offers(&Menu {
            apis: apis.to_vec(),
            sets: sets.to_vec(),
            products,
            tags,
            unread: Vec::new(),
        })
    }

    #[test]
    fn versions_come_first_and_revisions_are_counted() {
        let offers = some();
        let names: Vec<&str> = offers.iter().map(|o| o.name.as_str()).collect();
        assert_eq!(names, ["orders-v1", "orders-v2", "catalog", "invoices"]);
        assert_eq!(offers[3].revisions, 2);
        assert_eq!(offers[1].set.as_deref(), Some("Orders of Contoso"));
        assert_eq!(offers[3].kind, "soap");
    }

    #[test]
    fn a_search_finds_words_as_they_are_written_in_all_columns() {
        let offers = some();
        let found = |query: &str| -> Vec<&str> {
            let found = offers.iter().filter(|o| o.is_found(query));
            found.map(|o| o.name.as_str()).collect()
        };
        assert_eq!(found("").len(), 4);
        assert_eq!(found("ORDERS"), ["orders-v1", "orders-v2"]);
        // Exact: no letters in between.
        assert_eq!(found("ordrs"), [""; 0]);
        assert_eq!(found("/billing"), ["invoices"]);
        assert_eq!(found("rechnung"), ["invoices"]);
        assert_eq!(found("tag:fin"), ["invoices"]);
        assert_eq!(found("product:start, v1"), ["orders-v1"]);
        assert_eq!(found("tag:starter"), [""; 0]);
        assert_eq!(found("soap"), ["invoices"]);
        assert_eq!(found("of contoso"), ["orders-v1", "orders-v2"]);
    }
}
