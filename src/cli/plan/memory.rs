//! Keeping what the next plan may go by, and forgetting it: what fails of that is
//! told, and nothing else fails for it.

use std::error::Error as _;
use std::path::Path;

use apim_migrate::crawl::Memory;
use apim_migrate::plan::Plan;
use apim_migrate::plan::folder::{self, FolderError};

use crate::cli::ui::Ui;

/// Keeps it beside the plan.
pub(super) fn remember(memory: &Memory, dir: &Path, ui: &Ui) {
    if let Some(text) = memory.text() {
        let what = "what was read is not remembered, and the next plan reads it again";
        told(folder::remember(dir, &text), what, ui);
    }
}

/// Forgets what is kept beside the plan and the other batches of its workspace.
pub(crate) fn forget(plan: &Plan, dir: &Path, ui: &Ui) {
    let what = "what is remembered can't be forgotten; have the next plan read all with `--fresh`";
    told(folder::forget(dir, &plan.workspace), what, ui);
}

fn told(done: Result<(), FolderError>, what: &str, ui: &Ui) {
    let Err(error) = done else { return };
    let cause = error.source().map(|cause| format!(": {cause}"));
    ui.warn(&format!("{what}: {error}{}", cause.unwrap_or_default()));
}
