//! `snapshot`: a service, or what a selection needs of it, in a file.

use std::path::PathBuf;
use std::sync::Arc;

use apim_migrate::arm::Reader;
use apim_migrate::crawl::{CrawlOptions, crawl};
use apim_migrate::exit::Exit;
use apim_migrate::inventory::snapshot;
use apim_migrate::plan::check_words;
use apim_migrate::progress::Listener;
use apim_migrate::progress::summary::Summary;
use apim_migrate::select::Select;
use clap::Args;

use super::show::save;
use crate::cli::ask;
use crate::cli::documents::SnapshotWritten;
use crate::cli::plan::brief::many;
use crate::cli::report::{Outcome, Report};
use crate::cli::service::connection::{AccessArgs, ReadArgs, ServiceArgs};
use crate::cli::service::requests::{block_on_at, connection_error};
use crate::cli::service::selection;
use crate::cli::service::selection::SelectionArgs;
use crate::cli::ui::Ui;

/// Write what a selection needs, or with --all the whole service, to a file
///
/// The file holds no secret. It can seed the sandbox, for a rehearsal, and be
/// planned from with `plan --from`.
#[derive(Debug, Args)]
pub(crate) struct SnapshotArgs {
    /// File to write
    #[arg(short, long = "out", value_name = "FILE")]
    out: PathBuf,

    #[command(flatten)]
    service: ServiceArgs,

    #[command(flatten)]
    access: AccessArgs,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    selection: SelectionArgs,
}

/// Takes the snapshot.
pub(crate) fn run(args: &SnapshotArgs, ui: &Ui) -> Outcome {
    let service = args.service.service(None)?;
    let mut select = args.selection.select(Select::default());
    check_words(&select.without, &select.service_scope)?;
    selection::check(&select, ui)?;
    let access = args.access.access()?;
    let versions = args.read.versions(&args.access)?;
    let summary = Arc::new(Summary::default());
    let reader = |listener: &Arc<dyn Listener>| {
        let arm = access.open(listener, &summary)?;
        let reader = Reader::new(arm.clone(), service.clone()).at_versions(versions.clone());
        Ok::<_, Report>((arm, reader))
    };
    if selection::is_empty(&select) {
        // What shows progress would draw over the question.
        let silent: Arc<dyn Listener> = Arc::new(());
        let (arm, reader) = reader(&silent)?;
        let asked = block_on_at(&arm, [&service], ask::apis(&reader, ui))?;
        select.apis = selection::chosen(&asked);
    }
    let listener = ui.listener();
    let (arm, reader) = reader(&listener)?;
    let options = CrawlOptions {
        everything: select.all && select.exclude.is_empty(),
        ..CrawlOptions::default()
    };
    // The client, and with it what shows progress, ends before the result is told.
    let crawled = block_on_at(&arm, [&service], async move {
        crawl(&reader, &select, &options, listener)
            .await
            .map_err(connection_error)
    })?;
    drop(arm);
    save(&args.out, &snapshot::write(&crawled.inventory))?;
    let resources = crawled.inventory.len();
    let done = SnapshotWritten {
        written: args.out.display().to_string(),
        resources,
    };
    ui.result(&done, |_| {
        format!(
            "wrote {} to {}\n",
            many(resources, "resource"),
            args.out.display()
        )
    })?;
    Ok(Exit::Done)
}
