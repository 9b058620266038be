//! What a plan is made of, read of the service or of a snapshot.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use apim_migrate::address::ResourcePath;
use apim_migrate::arm::{Arm, Forecast, Reader, RoleReader};
use apim_migrate::crawl::{
    CrawlOptions, Crawled, Memory, crawl_again, read_existing, read_rights, read_target_beside,
};
use apim_migrate::inventory::{Inventory, snapshot};
use apim_migrate::plan::again::Again;
use apim_migrate::plan::{self, Plan, PlanOptions, Target, Wanted, folder};
use apim_migrate::progress::Listener;
use apim_migrate::rights::Places;

use super::args::Options;
use super::memory::remember;
use crate::cli::given;
use crate::cli::report::Report;
use crate::cli::service::requests::connection_error;
use crate::cli::ui::Ui;

/// What a plan is made of.
pub(crate) struct Known {
    pub(super) inventory: Inventory,
    pub(super) selected: Vec<ResourcePath>,
    pub(super) target: Target,
    /// What was found out about the service's lists.
    pub(super) notes: Vec<String>,
    /// What was foretold of the reads; nothing where a snapshot was read.
    pub(super) forecast: Option<Forecast>,
    /// What the next plan may go by.
    pub(super) memory: Memory,
}

impl Known {
    /// Writes a plan that was made of it into a folder; beside one that says the
    /// same, only what is known of how it was made.
    pub(crate) fn write(
        &self,
        again: &Again,
        dir: &Path,
        ui: &Ui,
    ) -> Result<(), folder::FolderError> {
        let sources = plan::sources(&again.plan, &self.inventory);
        match again.is_unchanged() {
            true => folder::note(&again.plan, &again.written, &sources, dir)?,
            false => folder::write_edited(&again.plan, &again.written, &sources, dir)?,
        }
        remember(&self.memory, dir, ui);
        Ok(())
    }

    pub(super) fn wanted(&self, options: &PlanOptions) -> Result<Wanted, Report> {
        Ok(plan::wanted(
            &self.inventory,
            &self.selected,
            &self.target,
            options,
        )?)
    }

    /// Makes the plan.
    pub(crate) fn make(&self, options: &PlanOptions) -> Result<Plan, Report> {
        Ok(plan::make(
            &self.inventory,
            &self.selected,
            &self.target,
            options,
        )?)
    }
}

/// Reads source and target as far as a plan needs, going by what `earlier` plans
/// remember.
pub(crate) async fn read(
    options: &Options,
    arm: &Arm,
    listener: &Arc<dyn Listener>,
    earlier: impl Iterator<Item = String>,
) -> Result<Known, Report> {
    let reader = Reader::new(arm.clone(), options.source.clone()).at_versions(&options.read);
    let target_reader = Reader::new(arm.clone(), options.target.clone());
    let mut memory = Memory::of(&reader, SystemTime::now());
    earlier.for_each(|text| memory.take(&text));
    let Crawled {
        inventory,
        selected,
        notes,
        forecast,
    } = crawl_again(
        &reader,
        &options.select,
        &CrawlOptions {
            policy_index: options.policy_index,
            left_out: true,
            ..CrawlOptions::default()
        },
        &mut memory,
        Arc::clone(listener),
    )
    .await
    .map_err(connection_error)?;
    let unknown = Target::unknown(options.target.clone(), options.workspace.clone());
    let kinds = plan::wanted(&inventory, &selected, &unknown, &options.plan)?.kinds;
    // Where the service was found to take a name in each scope, names are kept.
    let may_meet = options.plan.naming.may_meet() || options.traits.is_some();
    let mut target = read_target_beside(
        &target_reader,
        &options.workspace,
        &kinds,
        &inventory,
        may_meet,
    )
    .await
    .map_err(connection_error)?;
    learn(&mut target, options)?;
    if target.exists {
        let paths = plan::wanted(&inventory, &selected, &target, &options.plan)?.paths;
        read_existing(&target_reader, &mut target, &paths)
            .await
            .map_err(connection_error)?;
    }
    let places = Places {
        source: options.source.clone(),
        target: options.target.clone(),
        workspace: target.exists.then(|| options.workspace.clone()),
    };
    target.rights = read_rights(&RoleReader::new(arm.clone()), &places).await;
    Ok(Known {
        inventory,
        selected,
        target,
        notes,
        forecast: Some(forecast),
        memory,
    })
}

/// Takes what was found out about the target for known.
fn learn(target: &mut Target, options: &Options) -> Result<(), Report> {
    if let Some(found) = &options.traits {
        let traits = found.of_tier(target.sku.as_deref()).map_err(|error| {
            Report::usage("the traits are of no use here")
                .cause(&error)
                .help(error.help())
        })?;
        target.traits = traits.clone();
    }
    Ok(())
}

pub(crate) fn offline(path: &Path) -> Result<Inventory, Report> {
    let unusable = || Report::usage(format!("could not use the snapshot `{}`", path.display()));
    let text = given::text(path, given::SNAPSHOT, unusable)?;
    snapshot::read(&text).map_err(|e| {
        let mut report = unusable()
            .cause(&e)
            .help("make it with `apim-migrate snapshot --all -o FILE`");
        if let Some(source) = std::error::Error::source(&e) {
            report = report.cause(source);
        }
        report
    })
}

/// What a snapshot tells of the target: whether the workspace is there, and its
/// gateways; nothing when it is of another service.
pub(super) fn target_of(inventory: &Inventory, options: &Options) -> Result<Target, Report> {
    let mut target = match inventory.service == options.target {
        true => Target::of_service(inventory, options.workspace.clone()),
        false => Target::unknown(options.target.clone(), options.workspace.clone()),
    };
    learn(&mut target, options)?;
    Ok(target)
}
