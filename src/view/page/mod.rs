//! The plan as one page for a browser, which needs nothing else: no file, no
//! network, and for reading no script.
//!
//! What it shows is data, computed here; `page.html` gives it a form, `page.css`
//! its looks, and `page.js` lets it be searched, filtered and walked through.

mod content;
pub(crate) mod graph;
pub(crate) mod text;

use std::path::Path;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use self::content::apis::Keys;
use self::content::diffs::{Differing, Piece};
pub use self::content::runs::Runs;
use self::content::shown::Shown;
use self::content::{apis, diffs, findings, runs, steps, things, top};
use self::graph::picture::Picture;
use self::graph::{chart, drawing};
use super::diff::rewritten;
use super::forms::checklist::checklist;
use super::graph::GraphError;
use super::graph::part::Part;
use crate::apply::Status;
use crate::plan::{Plan, Sources, folder};
use crate::verify::LastLook;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The plan makes no graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The page's own form is broken.
    #[error("the page could not be written")]
    Form(#[from] askama::Error),
    /// So is its data.
    #[error("the page's data could not be written")]
    Data(#[from] serde_json::Error),
}

/// What became of a plan.
#[derive(Debug)]
pub struct Since {
    /// How far it is.
    pub status: Status,
    /// What its journal tells.
    pub runs: Runs,
    /// What the last look at the workspace found, where nothing was done since.
    pub verified: Option<LastLook>,
}

/// Everything on the page.
#[derive(Serialize)]
struct Content {
    top: top::Top,
    groups: Vec<findings::Group>,
    apis: Vec<apis::Api>,
    diffs: Vec<diffs::Diff>,
    picture: Picture,
    rows: Vec<steps::Row>,
    runs: Vec<runs::Run>,
    /// What is left to people, to be kept where they tick things off.
    checklist: text::Block,
}

#[derive(Template)]
#[template(path = "page/page.html")]
struct Page<'c> {
    content: &'c Content,
    frame: Frame,
}

/// What every page has around what it shows.
pub(crate) struct Frame {
    pub(crate) policy: String,
    pub(crate) style: &'static str,
    pub(crate) script: &'static str,
    pub(crate) data: String,
}

impl Frame {
    /// Around a page with a graph.
    pub(crate) fn of(picture: &Picture) -> Result<Self, serde_json::Error> {
        Ok(Self {
            policy: format!(
                "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
                hash(SCRIPT),
                hash(STYLE)
            ),
            style: STYLE,
            script: SCRIPT,
            data: picture.data()?,
        })
    }
}

/// Renders the page. `dir` is where the plan stands, for commands.
///
/// # Errors
/// Never for a plan that was read or made.
pub fn page(
    plan: &Plan,
    sources: &Sources,
    since: Option<&Since>,
    dir: &Path,
) -> Result<String, PageError> {
    let content = content(plan, sources, since, dir)?;
    let page = Page {
        content: &content,
        frame: Frame::of(&content.picture)?,
    };
    Ok(page.render()?)
}

fn content(
    plan: &Plan,
    sources: &Sources,
    since: Option<&Since>,
    dir: &Path,
) -> Result<Content, PageError> {
    let things = things::Things::of(plan, sources)?;
    let status = since.map(|s| &s.status);
    let groups = findings::groups(&things);
    let apis = apis::apis(&things);
    let all = Part::default();
    let diffs = rewritten(plan, sources, &all).filter_map(|(step, source)| {
        let position = things.position(&step.id)?;
        let file = folder::document_of(things.file(position));
        Some(diffs::Diff::of(position, step, source, &file))
    });
    Ok(Content {
        top: top::top(plan, &apis, &groups, since),
        diffs: diffs.collect(),
        picture: chart::picture(&things),
        rows: steps::rows(&things, status),
        runs: since.map(|s| s.runs.told()).unwrap_or_default(),
        checklist: text::Block::of(&checklist(plan, dir)),
        groups,
        apis,
    })
}

/// The hash by which a browser takes a script or a style.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests;
