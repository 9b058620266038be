//! Everything that is done, step by step.

use std::collections::HashMap;

use serde::Serialize;

use super::shown::Shown;
use super::things::{Link, Things, display, name};
use crate::apply::Status;
use crate::plan::{Step, StepId, folder};
use crate::view::page::text::{Line, Prose};

/// How many of the resources a step is there for are named.
const REASONS: usize = 3;

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    pub(crate) action: &'static str,
    pub(crate) kind: &'static str,
    /// Its kind, as people say it.
    pub(crate) what: String,
    pub(crate) source: Line,
    pub(crate) target: Line,
    pub(crate) display: Line,
    pub(crate) state: Option<State>,
    /// Why it failed.
    pub(crate) reason: Option<Prose>,
    pub(crate) after: Vec<Link>,
    pub(crate) because: Vec<Line>,
    /// How many more there are.
    pub(crate) because_more: usize,
    /// The action that reads its secret when the plan is applied.
    pub(crate) secret: Option<Line>,
    pub(crate) upload: Option<Line>,
    pub(crate) body: Option<Shown>,
    pub(crate) document: Option<Shown>,
    /// Whether its document has a diff.
    pub(crate) rewritten: bool,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    Done,
    Failed,
    Interrupted,
    Changed,
    Open,
}

impl State {
    /// The word that filters have.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            State::Done => "done",
            State::Failed => "failed",
            State::Interrupted => "interrupted",
            State::Changed => "changed",
            State::Open => "open",
        }
    }
}

/// All rows, in the order of the plan.
pub(crate) fn rows(things: &Things<'_>, status: Option<&Status>) -> Vec<Row> {
    let states = status.filter(|s| s.runs > 0).map(States::of);
    let steps = things.plan.steps.iter().enumerate();
    let rows = steps.map(|(position, step)| {
        let state = states.as_ref().map(|states| states.get(&step.id));
        let content = step.content.as_ref();
        let file = things.file(position);
        let document = content.and_then(|c| c.document.as_deref());
        let properties = content.map(|c| &c.properties).filter(|p| !p.is_empty());
        let because = step.because.iter().map(|path| Line::of(path.as_str()));
        Row {
            action: step.action.as_str(),
            kind: step.kind.name,
            what: step.kind.noun(),
            source: source(step),
            target: Line::of(step.target.to_string()),
            display: display(step),
            state: state.map(|(state, _)| state),
            reason: state.and_then(|(_, reason)| reason).map(Prose::of),
            after: after(things, step),
            because: because.take(REASONS).collect(),
            because_more: step.because.len().saturating_sub(REASONS),
            secret: step.secret.as_ref().map(Line::of),
            upload: step.upload.as_ref().map(|u| Line::of(u.to_string())),
            body: properties.map(|p| Shown::body(step.kind, p, file)),
            document: document.map(|d| Shown::document(d, &folder::document_of(file))),
            rewritten: things.sources.contains_key(&step.id),
        }
    });
    rows.collect()
}

fn source(step: &Step) -> Line {
    match step.source {
        Some(_) => name(step),
        None => Line::default(),
    }
}

fn after(things: &Things<'_>, step: &Step) -> Vec<Link> {
    let before = step.after.iter().filter_map(|id| things.position(id));
    before.map(|position| things.link(position)).collect()
}

/// What a journal says of single steps; what it says nothing of is done.
struct States<'s>(HashMap<&'s StepId, (State, Option<&'s str>)>);

impl<'s> States<'s> {
    fn of(status: &'s Status) -> Self {
        let mut states = HashMap::new();
        let lists = [
            (State::Open, &status.remaining),
            (State::Changed, &status.changed),
            (State::Interrupted, &status.interrupted),
        ];
        for (state, steps) in lists {
            states.extend(steps.iter().map(|id| (id, (state, None))));
        }
        let failed = status.failed.iter();
        states.extend(failed.map(|f| (&f.step, (State::Failed, Some(f.reason.as_str())))));
        Self(states)
    }

    fn get(&self, id: &StepId) -> (State, Option<&'s str>) {
        self.0.get(id).copied().unwrap_or((State::Done, None))
    }
}
