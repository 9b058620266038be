//! What becomes of each API, for those who call it.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Serialize;

use super::things::{Link, Things, display, known_as, owner, property};
use crate::address::{ResourcePath, split_revision};
use crate::catalog::{self, Kind};
use crate::graph::references::without_revision;
use crate::plan::{Action, Step};
use crate::view::page::text::{Line, Prose};
use crate::view::urls::{Url, Urls};

/// One API, all of its revisions taken together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Api {
    pub(crate) step: usize,
    pub(crate) action: &'static str,
    pub(crate) old: Line,
    pub(crate) new: Line,
    pub(crate) display: Line,
    /// Whether it was asked for, and does not only come along.
    pub(crate) selected: bool,
    /// Where it answers today, as far as the plan knows.
    pub(crate) old_url: Option<Reach>,
    /// Where its copy will.
    pub(crate) new_url: Option<Reach>,
    pub(crate) version: Line,
    pub(crate) revisions: Vec<Line>,
    pub(crate) products: Vec<Link>,
    pub(crate) subscriptions: Vec<Subscription>,
    /// What in the service itself calls the old URL.
    pub(crate) calls: Vec<Call>,
    /// What comes along for it, by kind.
    pub(crate) brings: Vec<Brought>,
}

/// A URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Reach {
    pub(crate) url: Line,
    /// What is sent beside it.
    pub(crate) header: Option<Line>,
}

/// A place that holds a URL of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Call {
    pub(crate) by: Line,
    pub(crate) how: Prose,
    pub(crate) step: Option<usize>,
}

/// Somebody who calls it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Subscription {
    pub(crate) link: Link,
    pub(crate) display: Line,
    pub(crate) owner: Option<Line>,
    /// The product it is for, unless it is for the API alone.
    pub(crate) product: Option<Line>,
    pub(crate) keys: Keys,
}

/// What becomes of a subscription's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Keys {
    /// The source's are carried over.
    Same,
    /// The service makes others.
    New,
    /// The copy is there already, with its own.
    There,
}

/// Things of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Brought {
    pub(crate) kind: &'static str,
    pub(crate) links: Vec<Link>,
}

/// Everything about the APIs of a plan, those that were asked for first.
pub(crate) fn apis(things: &Things<'_>) -> Vec<Api> {
    let urls = Urls::of(things.plan);
    let brings = brings(things);
    let links = links(things);
    let subscriptions = subscriptions(things);
    let revisions = revisions(things);
    let own = own(things);
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
                selected: things.is_selected(step),
                old_url: urls.today(step).map(reach),
                new_url: urls.copy(step).map(reach),
                version: Line::of(property(step, "apiVersion").unwrap_or_default()),
                revisions: (revisions.get(root)).cloned().unwrap_or_default(),
                products: products.iter().map(|&p| things.link(p)).collect(),
                subscriptions: callers.collect(),
                calls: calls(things, step),
                brings: brought(things, position, &own, &brings),
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

/// By API: its revisions.
fn revisions(things: &Things<'_>) -> BTreeMap<ResourcePath, Vec<Line>> {
    let number = |step: &Step| match split_revision(step.target.below().name()).1 {
        Some(number) => Line::of(number),
        None => Line::of(format!(
            "{} (current)",
            property(step, "apiRevision").unwrap_or("1")
        )),
    };
    let mut revisions: BTreeMap<ResourcePath, Vec<Line>> = BTreeMap::new();
    for step in things.plan.steps.iter().filter(|s| s.kind.revisions) {
        let api = without_revision(step.target.below());
        revisions.entry(api).or_default().push(number(step));
    }
    revisions
}

/// By API: the steps of the products that it is in.
fn links(things: &Things<'_>) -> BTreeMap<ResourcePath, Vec<usize>> {
    let mut links: BTreeMap<ResourcePath, Vec<usize>> = BTreeMap::new();
    for (_, step) in of_kind(things, &catalog::PRODUCT_API_LINK) {
        let api = things.named(step, "apiId");
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
        if let Some(scope) = things.named(step, "scope") {
            found.entry(scope).or_default().push(position);
        }
    }
    found
}

fn of_kind<'t>(things: &'t Things<'_>, kind: &Kind) -> impl Iterator<Item = (usize, &'t Step)> {
    let steps = things.plan.steps.iter().enumerate();
    steps.filter(move |(_, step)| step.kind == kind && step.action != Action::Tidy)
}

fn subscription(things: &Things<'_>, position: usize, product: Option<usize>) -> Subscription {
    let step = &things.plan.steps[position];
    Subscription {
        link: things.link(position),
        display: display(step),
        owner: owner(step),
        product: product.map(|p| name_of(Some(things.plan.steps[p].target.below()))),
        keys: match (step.action, &step.secret) {
            (Action::Create, None) => Keys::New,
            (Action::Create, Some(_)) => Keys::Same,
            _ => Keys::There,
        },
    }
}

fn reach(url: Url) -> Reach {
    Reach {
        url: Line::of(url.text),
        header: url.header.map(Line::of),
    }
}

fn calls(things: &Things<'_>, step: &Step) -> Vec<Call> {
    let front = things.plan.basis.as_ref().map(|basis| basis.front());
    let of_api = step.source.as_ref().zip(front);
    let calls = of_api.and_then(|(source, front)| front.callers.get(&source.0));
    let calls = calls.into_iter().flatten().map(|call| Call {
        by: Line::of(call.by.as_str()),
        how: Prose::of(&call.how),
        step: things.of_source(&call.by),
    });
    calls.collect()
}

/// By step: the steps that are there for its sake.
fn brings(things: &Things<'_>) -> Vec<Vec<usize>> {
    let mut brings = vec![Vec::new(); things.plan.steps.len()];
    for (position, step) in things.plan.steps.iter().enumerate() {
        for by in step
            .because
            .iter()
            .filter_map(|path| things.of_source(&path.0))
        {
            brings[by].push(position);
        }
    }
    brings
}

/// By thing: the steps that are parts of it.
fn own(things: &Things<'_>) -> Vec<Vec<usize>> {
    let mut own = vec![Vec::new(); things.graph.nodes.len()];
    for (position, thing) in things.graph.of.iter().enumerate() {
        if let Some(thing) = thing {
            own[*thing].push(position);
        }
    }
    own
}

/// The things that are there for the sake of these steps, or of what is.
fn reached(things: &Things<'_>, steps: &[usize], brings: &[Vec<usize>]) -> BTreeSet<usize> {
    let mut reached = HashSet::new();
    let mut queue = steps.to_vec();
    while let Some(step) = queue.pop() {
        if reached.insert(step) {
            queue.extend(&brings[step]);
        }
    }
    let whole = |step: &usize| {
        let thing = things.graph.of[*step]?;
        let main = things.position(&things.graph.nodes[thing].step.id);
        (main == Some(*step)).then_some(thing)
    };
    reached.iter().filter_map(whole).collect()
}

fn brought(
    things: &Things<'_>,
    position: usize,
    own: &[Vec<usize>],
    brings: &[Vec<usize>],
) -> Vec<Brought> {
    let Some(api) = things.graph.of[position] else {
        return Vec::new();
    };
    let mut kinds: BTreeMap<usize, (&'static str, Vec<Link>)> = BTreeMap::new();
    for node in reached(things, &own[api], brings) {
        let step = things.graph.nodes[node].step;
        if let Some(link) = things.link_to(node).filter(|_| node != api) {
            let at = catalog::kinds().iter().position(|k| *k == step.kind);
            let (_, links) = kinds
                .entry(at.unwrap_or(usize::MAX))
                .or_insert((step.kind.plural, Vec::new()));
            let text = known_as(step);
            links.push(Link { text, ..link });
        }
    }
    let kinds = kinds.into_values();
    kinds.map(|(kind, links)| Brought { kind, links }).collect()
}
