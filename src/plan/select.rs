//! Which APIs are meant.

use std::collections::{BTreeMap, BTreeSet};

use super::nearest::nearest;
use crate::address::{ResourcePath, split_revision};
use crate::catalog;
use crate::exit::Exit;
use crate::graph::references::{Followed, follow_property};
use crate::inventory::{Inventory, Resource};

/// A pattern with `*` and `?`, matched without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(String);

impl Glob {
    /// Makes a pattern.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a plain name.
    pub fn is_literal(&self) -> bool {
        !self.0.contains(['*', '?'])
    }

    /// Whether a text matches. Takes time proportional to the product of the
    /// lengths at worst.
    pub fn matches(&self, text: &str) -> bool {
        let pattern: Vec<char> = self.0.to_lowercase().chars().collect();
        let text: Vec<char> = text.to_lowercase().chars().collect();
        let (mut p, mut t) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while t < text.len() {
            if p < pattern.len() && pattern[p] == '*' {
                star = Some((p, t));
                p += 1;
            } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
                p += 1;
                t += 1;
            } else if let Some((at, taken)) = star {
                star = Some((at, taken + 1));
                p = at + 1;
                t = taken + 1;
            } else {
                return false;
            }
        }
        pattern[p..].iter().all(|c| *c == '*')
    }
}

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Select {
    /// By name, or `name;rev=N`.
    pub apis: Vec<Glob>,
    /// By display name.
    pub display_names: Vec<Glob>,
    /// With a tag, by name or display name.
    pub tags: Vec<String>,
    /// In a product, by name or display name.
    pub products: Vec<String>,
    /// In a version set, by name or display name.
    pub version_sets: Vec<String>,
    /// All of them.
    pub all: bool,
    /// But for these, by name.
    pub exclude: Vec<Glob>,
    /// With the other versions of what was selected.
    pub whole_version_sets: bool,
    /// Branches of what comes along that are left out.
    pub without: Vec<String>,
    /// What is for the whole service and is made for the whole workspace.
    pub service_scope: Vec<String>,
}

/// Why nothing can be selected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// There is no such API.
    #[error("there is no API `{name}`")]
    UnknownApi {
        /// The name that was given.
        name: String,
        /// One that is like it.
        nearest: Option<String>,
    },
    /// A pattern matches nothing.
    #[error("no API matches `{0}`")]
    NoMatch(String),
    /// A revision was named that can't be moved by itself.
    #[error("`{0}` is a revision that is not current")]
    OnlyARevision(String),
    /// What was to be left out is not there.
    #[error("no API is left out by `{name}`")]
    NothingExcluded {
        /// The pattern that was given.
        name: String,
        /// One that is like it.
        nearest: Option<String>,
    },
    /// Only the entry in a list was seen of what was selected.
    #[error("`{0}` was only listed: what belongs to it was not read")]
    OnlyListed(String),
    /// There is no such tag, product or version set.
    #[error("there is no {what} `{name}`")]
    UnknownOwner {
        /// `tag`, `product` or `version set`.
        what: &'static str,
        /// The name that was given.
        name: String,
    },
    /// The selection is empty.
    #[error("nothing is selected")]
    Nothing,
}

impl SelectError {
    /// What the user can do next.
    pub fn help(&self) -> String {
        match self {
            SelectError::UnknownApi { nearest: Some(name), .. }
            | SelectError::NothingExcluded { nearest: Some(name), .. } => format!("did you mean `{name}`?"),
            SelectError::OnlyARevision(_) => {
                "a revision can't be moved without its API: name the API, and all its revisions come along".to_owned()
            }
            SelectError::OnlyListed(_) => {
                "make the snapshot again with this API selected, or with --all".to_owned()
            }
            SelectError::UnknownOwner { what, .. } => match *what {
                "tag" => "`apim-migrate list tags` shows what there is".to_owned(),
                "product" => "`apim-migrate list products` shows what there is".to_owned(),
                _ => "`apim-migrate list version-sets` shows what there is".to_owned(),
            },
            SelectError::Nothing => "select APIs with --api, --tag, --product, --version-set or --all".to_owned(),
            _ => "`apim-migrate list apis` shows what there is".to_owned(),
        }
    }

    /// The exit code: it is the user's input.
    pub fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// Kinds whose links decide a selection, with what was asked of each.
pub fn asked_owners(select: &Select) -> [(&'static str, &'static str, &[String]); 2] {
    [
        ("tag", "tagApiLink", &select.tags),
        ("product", "productApiLink", &select.products),
    ]
}

/// Finds an owner by its name or display name.
pub fn owner<'i>(inventory: &'i Inventory, kind: &str, name: &str) -> Option<&'i Resource> {
    let kind = catalog::kind(kind)?;
    inventory
        .named(kind, name)
        .or_else(|| inventory.displayed(kind, name))
}

/// Tells which APIs are meant: paths without a revision, sorted.
///
/// The inventory must hold the list of APIs and, where tags, products or
/// version sets were asked for, those and their links.
///
/// # Errors
/// When something that was named is not there, or nothing is left.
pub fn select(inventory: &Inventory, select: &Select) -> Result<Vec<ResourcePath>, SelectError> {
    let apis: BTreeMap<String, &Resource> = inventory
        .of_kind("api")
        .filter(|r| split_revision(r.path.name()).1.is_none())
        .map(|r| (r.path.name().to_lowercase(), r))
        .collect();
    let mut chosen: BTreeSet<ResourcePath> = BTreeSet::new();
    if select.all {
        chosen.extend(apis.values().map(|r| r.path.clone()));
    }
    for glob in &select.apis {
        let lower = glob.as_str().to_ascii_lowercase();
        let (root, revision) = split_revision(&lower);
        let root = Glob::new(root);
        let mut found: Vec<&Resource> = apis
            .values()
            .copied()
            .filter(|r| root.matches(r.path.name()))
            .collect();
        if found.is_empty() {
            return Err(missing(&root, &apis));
        }
        if let Some(number) = revision {
            // A revision goes with its API; asking for it by number makes sense
            // only where it is the one that callers reach.
            found.retain(|r| {
                let current = r.text("apiRevision").unwrap_or("1");
                current.eq_ignore_ascii_case(number)
            });
            if found.is_empty() {
                return Err(SelectError::OnlyARevision(glob.as_str().to_owned()));
            }
        }
        chosen.extend(found.into_iter().map(|r| r.path.clone()));
    }
    for glob in &select.display_names {
        let matches = |r: &&Resource| glob.matches(r.text("displayName").unwrap_or_default());
        let found: Vec<_> = apis.values().copied().filter(matches).collect();
        if found.is_empty() {
            return Err(SelectError::NoMatch(glob.as_str().to_owned()));
        }
        chosen.extend(found.into_iter().map(|r| r.path.clone()));
    }
    for (kind, link, names) in asked_owners(select) {
        for name in names {
            let unknown = || SelectError::UnknownOwner {
                what: kind,
                name: name.clone(),
            };
            let owner = owner(inventory, kind, name).ok_or_else(unknown)?;
            for child in inventory
                .children(&owner.path)
                .filter(|c| c.kind.name == link)
            {
                chosen.extend(named_api(child, inventory));
            }
        }
    }
    for name in &select.version_sets {
        let unknown = || SelectError::UnknownOwner {
            what: "version set",
            name: name.clone(),
        };
        let set = owner(inventory, "versionSet", name).ok_or_else(unknown)?;
        chosen.extend(
            apis.values()
                .filter(|r| in_set(r, &set.path, inventory))
                .map(|r| r.path.clone()),
        );
    }
    if select.whole_version_sets {
        let sets: BTreeSet<ResourcePath> = chosen
            .iter()
            .filter_map(|p| inventory.get(p))
            .filter_map(|r| set_of(r, inventory))
            .collect();
        for r in apis.values() {
            if set_of(r, inventory).is_some_and(|s| sets.contains(&s)) {
                chosen.insert(r.path.clone());
            }
        }
    }
    for glob in &select.exclude {
        if !chosen.iter().any(|p| glob.matches(p.name())) {
            let names = chosen.iter().map(ResourcePath::name);
            return Err(SelectError::NothingExcluded {
                name: glob.as_str().to_owned(),
                nearest: nearest(glob.as_str(), names).map(str::to_owned),
            });
        }
    }
    chosen.retain(|p| !select.exclude.iter().any(|g| g.matches(p.name())));
    match chosen.is_empty() {
        true => Err(SelectError::Nothing),
        false => Ok(chosen.into_iter().collect()),
    }
}

fn missing(glob: &Glob, apis: &BTreeMap<String, &Resource>) -> SelectError {
    if !glob.is_literal() {
        return SelectError::NoMatch(glob.as_str().to_owned());
    }
    let names = || apis.values().map(|r| r.path.name());
    let longer = || {
        let start = glob.as_str().to_lowercase();
        names().find(|n| n.to_lowercase().starts_with(&start))
    };
    SelectError::UnknownApi {
        name: glob.as_str().to_owned(),
        nearest: (nearest(glob.as_str(), names()).or_else(longer)).map(str::to_owned),
    }
}

fn named_api(link: &Resource, inventory: &Inventory) -> Option<ResourcePath> {
    let reference = link.kind.references.first()?;
    let text = link.text(reference.pointer)?;
    match follow_property(link, inventory, reference, text) {
        Followed::To(path) => Some(path),
        Followed::Everything | Followed::Lost(_) => None,
    }
}

/// The version set of an API, even where the set itself was not read yet.
fn set_of(api: &Resource, inventory: &Inventory) -> Option<ResourcePath> {
    inventory.resolve_id(api.text("apiVersionSetId")?)
}

fn in_set(api: &Resource, set: &ResourcePath, inventory: &Inventory) -> bool {
    set_of(api, inventory).as_ref() == Some(set)
}

/// Refuses what an inventory that grows no more holds only as listed.
///
/// # Errors
/// Names the first API that was selected and not read.
pub fn all_read(inventory: &Inventory, selected: &[ResourcePath]) -> Result<(), SelectError> {
    let mut read = selected.iter().filter_map(|path| inventory.get(path));
    match read.find(|r| r.listed_only) {
        Some(listed) => Err(SelectError::OnlyListed(listed.path.name().to_owned())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::ServiceId;
    use proptest::prelude::*;
    use serde_json::json;

    fn inventory() -> Inventory {
        let mut inventory = Inventory::new(ServiceId::new("s", "g", "n").unwrap());
        for (path, properties) in [
            (
                "/apis/orders-v1",
                json!({"displayName": "Orders", "apiVersionSetId": "/apiVersionSets/o"}),
            ),
            (
                "/apis/orders-v2",
                json!({"displayName": "Orders", "apiVersionSetId": "/apiVersionSets/o", "apiRevision": "3"}),
            ),
            ("/apis/orders-v2;rev=1", json!({})),
            ("/apis/invoices", json!({"displayName": "Invoices"})),
            ("/apiVersionSets/o", json!({"displayName": "Orders"})),
            ("/products/gold", json!({"displayName": "Gold Tier"})),
            (
                "/products/gold/apiLinks/x",
                json!({"apiId": "/apis/invoices"}),
            ),
        ] {
            let properties = properties.as_object().unwrap().clone();
            inventory.insert(Resource::new(path.parse().unwrap(), properties, None).unwrap());
        }
        inventory
    }

    fn names(s: &Select) -> Result<Vec<String>, SelectError> {
        select(&inventory(), s).map(|paths| paths.iter().map(|p| p.name().to_owned()).collect())
    }

    fn by_name(names: &[&str]) -> Select {
        Select {
            apis: names.iter().map(|n| Glob::new(*n)).collect(),
            ..Select::default()
        }
    }

    #[test]
    fn apis_are_selected_by_name_product_set_and_without_the_excluded() {
        assert_eq!(
            names(&by_name(&["ORDERS-*"])).unwrap(),
            ["orders-v1", "orders-v2"]
        );
        let s = Select {
            products: vec!["gold tier".into()],
            ..Select::default()
        };
        assert_eq!(names(&s).unwrap(), ["invoices"]);
        let s = Select {
            whole_version_sets: true,
            ..by_name(&["orders-v1"])
        };
        assert_eq!(names(&s).unwrap(), ["orders-v1", "orders-v2"]);
        let s = Select {
            version_sets: vec!["o".into()],
            exclude: vec![Glob::new("*v1")],
            ..Select::default()
        };
        assert_eq!(names(&s).unwrap(), ["orders-v2"]);
        let s = Select {
            all: true,
            ..Select::default()
        };
        assert_eq!(names(&s).unwrap().len(), 3);
    }

    #[test]
    fn what_is_not_there_is_said() {
        let error = names(&by_name(&["invoice"])).unwrap_err();
        assert_eq!(error.help(), "did you mean `invoices`?");
        let error = names(&by_name(&["inv"])).unwrap_err();
        assert_eq!(error.help(), "did you mean `invoices`?");
        assert_eq!(
            names(&by_name(&["x*"])).unwrap_err(),
            SelectError::NoMatch("x*".into())
        );
        assert_eq!(names(&Select::default()).unwrap_err(), SelectError::Nothing);
        let s = Select {
            tags: vec!["t".into()],
            ..Select::default()
        };
        assert!(matches!(
            names(&s),
            Err(SelectError::UnknownOwner { what: "tag", .. })
        ));
    }

    #[test]
    fn a_pattern_with_a_revision_takes_those_that_are_at_it() {
        assert_eq!(names(&by_name(&["orders*;Rev=3"])).unwrap(), ["orders-v2"]);
        assert_eq!(names(&by_name(&["orders*;rev=1"])).unwrap(), ["orders-v1"]);
    }

    #[test]
    fn what_leaves_nothing_out_is_said() {
        let s = Select {
            exclude: vec![Glob::new("invoice")],
            ..by_name(&["*"])
        };
        let error = names(&s).unwrap_err();
        assert_eq!(error.to_string(), "no API is left out by `invoice`");
        assert_eq!(error.help(), "did you mean `invoices`?");
    }

    #[test]
    fn a_revision_is_selected_only_when_it_is_current() {
        assert_eq!(
            names(&by_name(&["orders-v2;rev=3"])).unwrap(),
            ["orders-v2"]
        );
        assert!(matches!(
            names(&by_name(&["orders-v2;rev=1"])),
            Err(SelectError::OnlyARevision(_))
        ));
    }

    proptest! {
        #[test]
        fn a_glob_matches_what_it_was_made_of(parts in proptest::collection::vec("[a-c]{0,3}", 1..6), fill in "[a-c]{0,3}") {
            let glob = Glob::new(parts.join("*"));
            prop_assert!(glob.matches(&parts.join(&fill)));
            prop_assert!(glob.matches(&parts.join("").to_uppercase()));
        }
    }
}
