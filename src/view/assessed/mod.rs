//! A service as it was assessed, as one page for a browser: which APIs can
//! move, which belong together, and what each cut costs.

mod picture;

use askama::Template;
use serde::Serialize;

use super::page::graph::drawing;
use super::page::graph::picture::{HUES, Picture};
use super::page::text::{Line, Prose};
use super::page::{Frame, PageError};
use crate::assess::{Api, Assessment, State};
use crate::catalog::{Kind, kind_of};
use crate::plan::codes::code;

/// Everything on the page.
#[derive(Debug, Serialize)]
struct Content {
    service: Line,
    states: Vec<OfState>,
    groups: Vec<Group>,
    workspaces: Vec<Workspace>,
    cuts: Vec<Cut>,
    picture: Picture,
    rows: Vec<Row>,
}

/// How many APIs stand so.
#[derive(Debug, Serialize)]
struct OfState {
    word: &'static str,
    label: &'static str,
    tone: &'static str,
    count: usize,
}

/// The APIs of which one finding tells.
#[derive(Debug, Serialize)]
struct Group {
    code: Line,
    severity: &'static str,
    meaning: Prose,
    apis: Vec<Link>,
}

/// An API, and its row.
#[derive(Debug, Serialize)]
struct Link {
    row: usize,
    name: Line,
}

/// A workspace that is proposed.
#[derive(Debug, Serialize)]
struct Workspace {
    name: Line,
    hue: usize,
    apis: usize,
    creates: usize,
    along: Vec<Line>,
    blockers: Vec<(Line, usize)>,
    room: Vec<Room>,
}

/// How full it would be.
#[derive(Debug, Serialize)]
struct Room {
    kind: &'static str,
    count: usize,
    most: usize,
}

/// What stands in several of them.
#[derive(Debug, Serialize)]
struct Cut {
    path: Line,
    kind: String,
    cost: &'static str,
    workspaces: Vec<Line>,
}

/// An API.
#[derive(Debug, Serialize)]
struct Row {
    name: Line,
    display: Line,
    state: &'static str,
    tone: &'static str,
    workspace: Line,
    blockers: Vec<Line>,
    warnings: Vec<Line>,
    shares: Vec<(Line, usize)>,
}

#[derive(Template)]
#[template(path = "assessed/page.html")]
struct Page<'c> {
    content: &'c Content,
    frame: Frame,
}

/// Renders the page.
///
/// # Errors
/// Never for what was assessed; the types are those of its form.
pub fn assessed(found: &Assessment) -> Result<String, PageError> {
    let content = content(found);
    let page = Page {
        content: &content,
        frame: Frame::of(&content.picture)?,
    };
    Ok(page.render()?)
}

fn content(found: &Assessment) -> Content {
    let service = found.service.rsplit('/').next();
    Content {
        service: Line::of(service.unwrap_or_default()),
        states: [State::Ready, State::Look, State::Blocked]
            .map(|state| OfState {
                word: word(state).0,
                label: word(state).1,
                tone: word(state).2,
                count: found.apis.iter().filter(|api| api.state == state).count(),
            })
            .into(),
        groups: groups(found),
        workspaces: workspaces(found),
        cuts: found
            .cuts
            .iter()
            .map(|cut| Cut {
                path: Line::of(cut.path.as_str()),
                kind: kind_of(&cut.path).map_or_else(String::new, Kind::noun),
                cost: cut.cost,
                workspaces: cut.workspaces.iter().map(Line::of).collect(),
            })
            .collect(),
        picture: picture::picture(found),
        rows: found.apis.iter().map(row).collect(),
    }
}

/// The word for a state, how it is counted, and its colour.
fn word(state: State) -> (&'static str, &'static str, &'static str) {
    match state {
        State::Ready => ("ready", "ready", "good"),
        State::Look => ("look", "to look at", "fair"),
        State::Blocked => ("blocked", "blocked", "bad"),
    }
}

fn row(api: &Api) -> Row {
    let (state, _, tone) = word(api.state);
    Row {
        name: Line::of(&api.name),
        display: Line::of(&api.display_name),
        state,
        tone,
        workspace: Line::of(&api.workspace),
        blockers: api.blockers.iter().map(Line::of).collect(),
        warnings: api.warnings.iter().map(Line::of).collect(),
        shares: (api.shares.iter())
            .map(|(path, others)| (Line::of(path.as_str()), *others))
            .collect(),
    }
}

fn groups(found: &Assessment) -> Vec<Group> {
    let groups = found.by_code().into_iter().map(|met| Group {
        code: Line::of(met.code),
        severity: if met.blocks { "blocker" } else { "warning" },
        meaning: Prose::of(code(met.code).map_or("", |code| code.meaning)),
        apis: (met.apis.into_iter())
            .map(|row| Link {
                row,
                name: Line::of(&found.apis[row].name),
            })
            .collect(),
    });
    groups.collect()
}

fn workspaces(found: &Assessment) -> Vec<Workspace> {
    let workspaces = found.workspaces.iter().enumerate();
    let workspaces = workspaces.map(|(at, one)| Workspace {
        name: Line::of(&one.name),
        hue: at % HUES,
        apis: one.apis.len(),
        creates: one.creates,
        along: one.come_along.iter().map(Line::of).collect(),
        blockers: (one.blockers.iter())
            .map(|(code, count)| (Line::of(code), *count))
            .collect(),
        room: (one.room.iter())
            .map(|room| Room {
                kind: room.kind,
                count: room.count,
                most: room.most,
            })
            .collect(),
    });
    workspaces.collect()
}

#[cfg(test)]
mod tests;
