//! APIs and what they share, as a graph in which each proposed workspace has a
//! hue.

use std::collections::{BTreeMap, BTreeSet};

use crate::address::ResourcePath;
use crate::assess::Assessment;
use crate::catalog::{Kind, kind_of};
use crate::view::page::graph::drawing::drawing;
use crate::view::page::graph::picture::{HUES, Need, OfKind, Picture, Thing, hue_of, label};
use crate::view::page::text::{Line, Prose};

/// What is told apart from the workspaces: what stands in several of them.
const CUT: &str = "in several workspaces";

/// Draws APIs, and what several of them share to the right of them.
pub(super) fn picture(found: &Assessment) -> Picture {
    let apis: BTreeMap<&str, usize> = (found.apis.iter().enumerate())
        .map(|(at, api)| (api.name.as_str(), at))
        .collect();
    let mut users: BTreeMap<&ResourcePath, Vec<usize>> = BTreeMap::new();
    for (at, api) in found.apis.iter().enumerate() {
        for path in api.shares.keys() {
            users.entry(path).or_default().push(at);
        }
    }
    let of_api = |path: &ResourcePath| {
        let kind = kind_of(path).filter(|kind| kind.revisions);
        kind.and_then(|_| apis.get(path.name()).copied())
    };
    let shared: Vec<(&ResourcePath, Vec<usize>)> = (users.iter())
        .filter(|(path, _)| of_api(path).is_none())
        .map(|(path, users)| (*path, users.clone()))
        .collect();
    let mut edges: BTreeSet<(usize, usize)> = (shared.iter().enumerate())
        .flat_map(|(at, (_, users))| users.iter().map(move |user| (*user, at)))
        .map(|(user, at)| (user, found.apis.len() + at))
        .collect();
    for (path, users) in &users {
        let named = of_api(path).into_iter();
        edges.extend(named.flat_map(|named| users.iter().map(move |user| (*user, named))));
    }
    edges.retain(|(user, named)| user != named);

    let kinds = kinds(found);
    let names: Vec<Line> = (found.apis.iter().map(|api| Line::of(&api.name)))
        .chain(shared.iter().map(|(path, _)| Line::of(path.name())))
        .collect();
    let mut needs = vec![Vec::new(); names.len()];
    let mut needed_by = vec![Vec::new(); names.len()];
    let need = |thing: usize| Need {
        thing,
        name: names[thing].clone(),
        how: Prose::default(),
    };
    for &(user, named) in &edges {
        needs[user].push(need(named));
        needed_by[named].push(need(user));
    }
    let mut things = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        let api = found.apis.get(at);
        let (kind, about, display) = match (api, shared.get(at.wrapping_sub(found.apis.len()))) {
            (Some(api), _) => (
                Line::of(&api.workspace),
                Line::of(format!("API, {}", api.workspace)),
                Line::of(&api.display_name),
            ),
            (None, Some((path, users))) => (
                home(found, users),
                Line::of(format!(
                    "{}, {} APIs",
                    kind_of(path).map_or_else(String::new, Kind::noun),
                    users.len()
                )),
                Line::default(),
            ),
            (None, None) => continue,
        };
        things.push(Thing {
            step: at,
            about,
            hue: hue_of(&kinds, &kind),
            name: name.clone(),
            label: label(name),
            display,
            reused: kind == Line::of(CUT),
            selected: api.is_some(),
            why: Vec::new(),
            needs: std::mem::take(&mut needs[at]),
            needed_by: std::mem::take(&mut needed_by[at]),
            others: Vec::new(),
            others_more: 0,
            kind,
        });
    }
    let edges: Vec<(usize, usize)> = edges.into_iter().collect();
    Picture {
        drawing: drawing(things.len(), &edges),
        things,
        legend: "Workspaces",
        kinds,
    }
}

/// Where something stands that these APIs share.
fn home(found: &Assessment, users: &[usize]) -> Line {
    let homes: BTreeSet<&str> = (users.iter())
        .map(|user| found.apis[*user].workspace.as_str())
        .collect();
    match homes.len() {
        1 => homes.into_iter().map(Line::of).next().unwrap_or_default(),
        _ => Line::of(CUT),
    }
}

fn kinds(found: &Assessment) -> Vec<OfKind> {
    let workspaces = found.workspaces.iter().enumerate();
    let mut kinds: Vec<OfKind> = workspaces
        .map(|(at, one)| OfKind {
            name: Line::of(&one.name),
            plural: Line::of(&one.name),
            count: one.apis.len(),
            hue: at % HUES,
        })
        .collect();
    if !found.cuts.is_empty() {
        kinds.push(OfKind {
            name: Line::of(CUT),
            plural: Line::of(CUT),
            count: found.cuts.len(),
            hue: HUES,
        });
    }
    kinds
}
