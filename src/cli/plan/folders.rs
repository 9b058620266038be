//! Where a plan is written, and what that folder holds of the last one.

use std::path::{Path, PathBuf};

use apim_migrate::address::ResourcePath;
use apim_migrate::apply;
use apim_migrate::plan::Plan;
use apim_migrate::plan::again::{Batch, Last, Ours, Past, Written, choose, names_of};
use apim_migrate::plan::folder::{self, FolderError};
use apim_migrate::plan::names::Override;

use std::collections::{BTreeMap, BTreeSet};

use super::args::Options;
use crate::cli::report::Report;

/// Folder below the working directory that plans are in.
const HOME: &str = "plans";

/// A folder, and what it holds of the last plan.
pub(super) struct Held {
    pub(super) dir: PathBuf,
    pub(super) last: Option<Last>,
}

/// The folders that a plan may be written into.
pub(super) struct Folders {
    /// The one that was named, or those of the workspace's batches.
    held: Vec<Held>,
    /// Where a further batch goes; nowhere else when a folder was named.
    next: Option<PathBuf>,
}

impl Folders {
    /// Looks at the folder that was named, or at those of the workspace's
    /// plans; refuses one that can't take a plan, before the service is read.
    pub(super) fn find(
        given: Option<PathBuf>,
        options: &Options,
        force: bool,
    ) -> Result<Self, Report> {
        if let Some(dir) = given {
            let held = held(dir, options, force)?;
            let another = (held.last.as_ref()).is_some_and(|last| !is_of(&last.plan, options));
            if another && !force && held.dir.join(folder::JOURNAL).exists() {
                return Err(FolderError::Applied(held.dir).into());
            }
            return Ok(Folders {
                held: vec![held],
                next: None,
            });
        }
        let found = folder::batches(Path::new(HOME), &options.workspace)?;
        let mut batches = Vec::new();
        for dir in found.there {
            let held = held(dir, options, force)?;
            let is_of_it = |last: &Last| is_of(&last.plan, options);
            if held.last.as_ref().is_none_or(is_of_it) {
                batches.push(held);
            }
        }
        Ok(Folders {
            held: batches,
            next: Some(found.next),
        })
    }

    /// The names that copies have by the last plans: those of the batch that
    /// the plan may belong into come before those of its siblings. `applied`
    /// leaves out those of plans that nobody began to apply.
    pub(super) fn names(&self, applied: bool) -> BTreeMap<ResourcePath, Override> {
        let held = (self.held.iter().rev())
            .filter(|held| !applied || held.dir.join(folder::JOURNAL).exists());
        let lasts = held.filter_map(|h| h.last.as_ref());
        lasts.flat_map(|last| names_of(&last.plan)).collect()
    }

    /// What the plans there remember of what they read.
    pub(super) fn remembered(&self) -> Vec<String> {
        let held = self.held.iter();
        held.filter_map(|held| folder::remembered(&held.dir))
            .collect()
    }

    /// The folder that a plan of these APIs belongs into. Where its copies would
    /// stand is only asked where there are plans to compare with.
    pub(super) fn choose(
        self,
        selected: &[ResourcePath],
        targets: impl FnOnce() -> Result<BTreeSet<ResourcePath>, Report>,
    ) -> Result<Held, Report> {
        let mut batches = self.held;
        let lasts = batches.iter().enumerate();
        let lasts: Vec<(usize, Past<'_>)> = lasts
            .filter_map(|(at, held)| Some((at, held.last.as_ref()?.past())))
            .collect();
        let pasts: Vec<Past<'_>> = lasts.iter().map(|(_, past)| past.clone()).collect();
        let free = batches.iter().position(|held| held.last.is_none());
        let batch = match self.next.is_some() && !pasts.is_empty() {
            true => choose(&pasts, selected, &targets()?),
            false => Batch::Another,
        };
        let at = match (&self.next, batch) {
            (None, _) => Some(0),
            (_, Batch::In(at)) => lasts.get(at).map(|(at, _)| *at),
            (_, Batch::Another) => free,
        };
        Ok(match at.filter(|at| *at < batches.len()) {
            Some(at) => batches.swap_remove(at),
            None => Held {
                dir: self.next.unwrap_or_default(),
                last: None,
            },
        })
    }
}

fn is_of(plan: &Plan, options: &Options) -> bool {
    plan.source == options.source
        && plan.target == options.target
        && plan.workspace == options.workspace
}

/// What a folder holds. One that can't be read is refused, since what was
/// edited in it would be lost.
fn held(dir: PathBuf, options: &Options, force: bool) -> Result<Held, Report> {
    if dir.exists() && !dir.is_dir() {
        return Err(FolderError::NotAPlan(dir).into());
    }
    folder::settle(&dir)?;
    let last = match folder::read(&dir) {
        Ok(plan) => {
            let written = match folder::read_written(&dir) {
                Err(_) if force => None,
                other => other?,
            };
            let ours = match is_of(&plan, options) {
                true => ours(&plan, written.as_ref(), &dir, force)?,
                false => Ours::default(),
            };
            Some(Last {
                plan,
                written,
                ours,
            })
        }
        Err(_) if force => None,
        Err(FolderError::Absent(_)) if !dir.join(folder::JOURNAL).exists() => None,
        Err(FolderError::Absent(_)) => return Err(FolderError::Applied(dir).into()),
        Err(error) => {
            return Err(Report::from(error).help(
                "mend the plan that is there, choose another folder with `-o`, or give `--force` \
                 to write over it",
            ));
        }
    };
    Ok(Held { dir, last })
}

/// What of the workspace is the plan's own: here the journal is read.
fn ours(plan: &Plan, written: Option<&Written>, dir: &Path, force: bool) -> Result<Ours, Report> {
    match apply::ours(plan, written, dir) {
        Err(_) if force => Ok(Ours::default()),
        other => Ok(other?),
    }
}
