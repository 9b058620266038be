//! What becomes of each API, for those who call it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::reasons::{selects, short};
use super::text::Line;
use super::things::{Link, Things, display, known_as, owner, property};
use crate::address::{ResourcePath, split_revision};
use crate::catalog::{self, Kind};
use crate::plan::{Action, Step};

/// One API, all of its revisions taken together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Api {
    pub(super) step: usize,
    pub(super) action: &'static str,
    pub(super) old: Line,
    pub(super) new: Line,
    pub(super) display: Line,
    /// Whether it was asked for, and does not only come along.
    pub(super) selected: bool,
    /// What stands behind the host in the copy's URL.
    pub(super) url: Line,
    /// How callers say the version, where not by the URL.
    pub(super) version: Line,
    pub(super) revisions: Vec<Line>,
    pub(super) products: Vec<Link>,
    pub(super) subscriptions: Vec<Subscription>,
    /// What comes along for it, by kind.
    pub(super) brings: Vec<Brought>,
}

/// Somebody who calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Subscription {
    pub(super) link: Link,
    pub(super) display: Line,
    pub(super) owner: Option<Line>,
    /// The product it is for, unless it is for the API alone.
    pub(super) product: Option<Line>,
    /// Whether the source's keys are carried over.
    pub(super) keeps_keys: bool,
}

/// Things of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Brought {
    pub(super) kind: &'static str,
    pub(super) links: Vec<Link>,
}

/// Everything about the APIs of a plan, those that were asked for first.
pub(super) fn apis(things: &Things<'_>) -> Vec<Api> {
    let brings = things.reasons.brings();
    let links = links(things);
    let subscriptions = subscriptions(things);
    let mut apis: Vec<Api> = current(things)
        .map(|(position, step)| {
            let root = step.target.below();
            let products: Vec<usize> = links.get(root).into_iter().flatten().copied().collect();
            let scopes = products
                .iter()
                .map(|&p| (things.plan.steps[p].target.below(), Some(p)));
            let scopes = [(root, None)].into_iter().chain(scopes);
            let callers = scopes.flat_map(|(scope, product)| {
                let found = subscriptions.get(scope).into_iter().flatten();
                found.map(move |&s| subscription(things, s, product))
            });
            Api {
                step: position,
                action: step.action.as_str(),
                old: name_of(step.source.as_ref().map(|s| &s.0)),
                new: name_of(Some(root)),
                display: display(step),
                selected: selects(things.plan, step),
                url: Line::of(url(things, step)),
                version: Line::of(version(things, step)),
                revisions: revisions(things, root),
                products: products.iter().map(|&p| things.link(p)).collect(),
                subscriptions: callers.collect(),
                brings: brought(things, position, &brings),
            }
        })
        .collect();
    apis.sort_by(|a, b| (!a.selected, &a.old).cmp(&(!b.selected, &b.old)));
    apis
}

/// The steps that make current revisions.
fn current<'t>(things: &'t Things<'_>) -> impl Iterator<Item = (usize, &'t Step)> {
    let steps = things.plan.steps.iter().enumerate();
    steps.filter(|(_, step)| {
        let revision = split_revision(step.target.below().name()).1;
        step.kind.revisions && step.action != Action::Tidy && revision.is_none()
    })
}

fn name_of(path: Option<&ResourcePath>) -> Line {
    path.map(|p| Line::of(p.name())).unwrap_or_default()
}

fn revisions(things: &Things<'_>, root: &ResourcePath) -> Vec<Line> {
    let of = |step: &&Step| {
        let path = step.target.below();
        let name = split_revision(path.name()).0;
        step.kind.revisions && name.eq_ignore_ascii_case(root.name())
    };
    let number = |step: &Step| match split_revision(step.target.below().name()).1 {
        Some(number) => Line::of(number),
        None => Line::of(format!(
            "{} (current)",
            property(step, "apiRevision").unwrap_or("1")
        )),
    };
    things.plan.steps.iter().filter(of).map(number).collect()
}

/// By API: the steps of the products that it is in.
fn links(things: &Things<'_>) -> BTreeMap<ResourcePath, Vec<usize>> {
    let mut links: BTreeMap<ResourcePath, Vec<usize>> = BTreeMap::new();
    for (_, step) in of_kind(things, &catalog::PRODUCT_API_LINK) {
        let api = named(things, step, "apiId");
        let product = step
            .target
            .below()
            .parent()
            .and_then(|p| things.of_target(&p));
        if let (Some(api), Some(product)) = (api, product) {
            links.entry(api).or_default().push(product);
        }
    }
    links
}

/// By what they are for: the steps of subscriptions.
fn subscriptions(things: &Things<'_>) -> BTreeMap<ResourcePath, Vec<usize>> {
    let mut found: BTreeMap<ResourcePath, Vec<usize>> = BTreeMap::new();
    for (position, step) in of_kind(things, &catalog::SUBSCRIPTION) {
        if let Some(scope) = named(things, step, "scope") {
            found.entry(scope).or_default().push(position);
        }
    }
    found
}

fn of_kind<'t>(things: &'t Things<'_>, kind: &Kind) -> impl Iterator<Item = (usize, &'t Step)> {
    let steps = things.plan.steps.iter().enumerate();
    steps.filter(move |(_, step)| step.kind == kind && step.action != Action::Tidy)
}

fn named(things: &Things<'_>, step: &Step, pointer: &str) -> Option<ResourcePath> {
    short(things.plan, property(step, pointer)?)?.parse().ok()
}

fn subscription(things: &Things<'_>, position: usize, product: Option<usize>) -> Subscription {
    let step = &things.plan.steps[position];
    Subscription {
        link: things.link(position),
        display: display(step),
        owner: owner(step),
        product: product.map(|p| name_of(Some(things.plan.steps[p].target.below()))),
        keeps_keys: step.secret.is_some(),
    }
}

/// The path that callers put behind the host, with the version where it stands
/// there.
fn url(things: &Things<'_>, step: &Step) -> String {
    let path = property(step, "path").unwrap_or_default().trim_matches('/');
    let version = property(step, "apiVersion").filter(|v| !v.is_empty());
    let in_url = scheme(things, step).is_some_and(|(scheme, _)| scheme == "Segment");
    let mut url = format!("/{path}");
    if let Some(version) = version.filter(|_| in_url) {
        if !path.is_empty() {
            url.push('/');
        }
        url.push_str(version);
    }
    url
}

/// How the version is said, in words.
fn version(things: &Things<'_>, step: &Step) -> String {
    let Some(version) = property(step, "apiVersion").filter(|v| !v.is_empty()) else {
        return String::new();
    };
    match scheme(things, step) {
        Some(("Header", Some(name))) => format!("{version}, in the header {name}"),
        Some(("Query", Some(name))) => format!("{version}, in the query {name}"),
        Some(("Segment", _)) => format!("{version}, in the path"),
        _ => version.to_owned(),
    }
}

/// Where the version set has the version, and under which name.
fn scheme<'t>(things: &'t Things<'_>, step: &Step) -> Option<(&'t str, Option<&'t str>)> {
    let set = named(things, step, "apiVersionSetId")?;
    let set = &things.plan.steps[things.of_target(&set)?];
    let scheme = property(set, "versioningScheme")?;
    let name = ["versionHeaderName", "versionQueryName"];
    Some((scheme, name.iter().find_map(|name| property(set, name))))
}

fn brought(things: &Things<'_>, position: usize, brings: &[Vec<usize>]) -> Vec<Brought> {
    let own = things.graph.of[position];
    let steps = things.plan.steps.iter().enumerate();
    let of_api = steps.filter(|(i, _)| own.is_some() && things.graph.of[*i] == own);
    let of_api: Vec<usize> = of_api.map(|(i, _)| i).collect();
    let along = things.reasons.brought_by(&of_api, brings);
    let mut kinds: BTreeMap<usize, (&'static str, Vec<Link>)> = BTreeMap::new();
    for (node, thing) in things.graph.nodes.iter().enumerate() {
        let main = things.position(&thing.step.id);
        let comes = main.is_some_and(|main| along[main]) && Some(node) != own;
        if let Some(link) = things.link_to(node).filter(|_| comes) {
            let kind = thing.step.kind;
            let at = catalog::KINDS.iter().position(|k| *k == kind);
            let (_, links) = kinds
                .entry(at.unwrap_or(usize::MAX))
                .or_insert((kind.plural, Vec::new()));
            let text = known_as(thing.step);
            links.push(Link { text, ..link });
        }
    }
    let kinds = kinds.into_values();
    kinds.map(|(kind, links)| Brought { kind, links }).collect()
}
