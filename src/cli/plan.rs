//! `plan`: what would be copied, under which name, and what stands in the way.

mod folders;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use apim_migrate::address::{Name, ResourcePath, ServiceId, WorkspaceName};
use apim_migrate::arm::{Arm, Reader, RoleReader};
use apim_migrate::catalog::ApiVersion;
use apim_migrate::crawl::{
    CrawlOptions, Crawled, PolicyIndex, crawl, read_existing, read_rights, read_target,
};
use apim_migrate::exit::Exit;
use apim_migrate::inventory::{Inventory, snapshot};
use apim_migrate::plan::again::{Again, Ours, replan};
use apim_migrate::plan::target::Holder;
use apim_migrate::plan::upload::Uploads;
use apim_migrate::plan::{self, Keys, Naming, Plan, PlanOptions, Target, Wanted, folder};
use apim_migrate::progress::Listener;
use apim_migrate::progress::summary::Summary;
use apim_migrate::rights::Places;
use apim_migrate::select::{Select, all_read, select};
use apim_migrate::traits::Found;
use clap::{Args, ValueEnum};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use self::folders::Folders;
use super::connection::{Access, AccessArgs, ReadArgs, ServiceArgs};
use super::migration::{self, Migration};
use super::selection::{self, SelectionArgs};
use super::ui::Ui;
use super::uploads::settled;
use super::{Outcome, block_on, brief, connection_error};
use crate::report::Report;

/// What becomes of subscription keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KeysArg {
    /// Carried into another service, new within one
    Auto,
    /// Read when the plan is applied and given to the copy
    Carry,
    /// Made by the service
    New,
}

/// Whether the service's list of all policies is gone by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum PolicyIndexArg {
    /// Where it keeps its word: it must name every policy that is read without its help
    #[default]
    Auto,
    /// Untried
    Always,
    /// Not at all: every operation is asked for its policy
    Never,
}

/// Plan a migration: write a folder with what would be copied, under which
/// name, in which order, and what stands in the way
///
/// Only reads. Exits with 3 when the plan has blockers that are not allowed.
#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    /// Workspace to copy into, by its id
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,

    /// Accept the blockers of a code; repeatable, or comma-separated
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    allow: Vec<String>,

    /// Folder to write the plan to [default: plans/ID; plans/ID-2, … for a further batch]
    #[arg(
        short,
        long = "out",
        visible_alias = "plan-folder",
        value_name = "FOLDER"
    )]
    out: Option<PathBuf>,

    /// Migration file: these options in YAML; flags win over it
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// The plan's name [default: the workspace's id]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Write the plan even where another plan's journal is, where edits would be lost, and where
    /// copies that were made are not in it
    #[arg(long)]
    force: bool,

    /// Plan from a snapshot, without requests; what stands in the target is not known then
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = [
        "service", "subscription", "resource_group", "service_name", "arm_endpoint", "auth", "read_version",
    ])]
    from: Option<PathBuf>,

    /// What becomes of subscription keys [default: auto]
    #[arg(long, value_enum, value_name = "WHAT")]
    keys: Option<KeysArg>,

    /// What `doctor --probe` found out about the service that the workspace is in: names, display
    /// names, paths and keys are kept where it allows that
    #[arg(long, value_name = "FILE")]
    traits: Option<PathBuf>,

    /// Whether the service's list of all policies tells which operations have one
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        conflicts_with = "from"
    )]
    policy_index: PolicyIndexArg,

    #[command(flatten)]
    service: ServiceArgs,

    /// The service that the workspace is in [default: the one that is read]
    #[arg(long, value_name = "ARM_ID", help_heading = "Connection")]
    target_service: Option<ServiceId>,

    #[command(flatten)]
    access: AccessArgs,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    selection: SelectionArgs,

    /// No other APIs: one that would come along unselected stands in the way
    #[arg(long, help_heading = "Selection")]
    only_selected: bool,

    /// Template of resource names [default: {name}-in-{workspace} within one service, else {name}]
    #[arg(long, value_name = "TEMPLATE", help_heading = "Naming")]
    name_template: Option<String>,

    /// Template of display names [default: {displayName}-in-{workspace} within one service, else
    /// {displayName}]
    #[arg(long, value_name = "TEMPLATE", help_heading = "Naming")]
    display_name_template: Option<String>,

    /// Template of API paths [default: kept where the workspace has a gateway of its own or is in
    /// another service, else {path}-in-{workspace}]
    #[arg(long, value_name = "TEMPLATE", help_heading = "Naming")]
    path_template: Option<String>,
}

/// What a plan is made of, known to be good as far as no request is needed.
pub(crate) struct Options {
    pub(crate) source: ServiceId,
    pub(crate) target: ServiceId,
    pub(crate) workspace: WorkspaceName,
    pub(crate) select: Select,
    /// The versions to read the source at, the first that it takes.
    pub(crate) read: Vec<ApiVersion>,
    /// Whether the source's list of all policies is gone by.
    pub(crate) policy_index: PolicyIndex,
    /// What was found out about the target service.
    pub(crate) traits: Option<Found>,
    pub(crate) plan: PlanOptions,
}

impl Options {
    /// What is wrong with names, templates and codes shows before anything is
    /// sent.
    fn check(&self) -> Result<(), Report> {
        Ok(plan::check(&self.source, &self.target, &self.plan)?)
    }
}

impl PlanArgs {
    /// The options, and where the plan may be written.
    fn placed(&self, mut file: Migration, source: ServiceId) -> Result<Placed, Report> {
        let output = self.out.clone().or_else(|| file.output.clone());
        let uploads = std::mem::take(&mut file.uploads);
        let mut options = self.options(file, source)?;
        let folders = Folders::find(output, &options, self.force)?;
        options.plan.naming.kept = folders.names(options.traits.is_some());
        let home = self.home();
        Ok(Placed {
            options,
            folders,
            uploads,
            home,
            force: self.force,
        })
    }

    /// Whether a flag says this of what a migration file can say, too.
    fn says(&self, way: &[String]) -> bool {
        match way {
            [list, code] if list == "allow" => self.allow.contains(code),
            [list, rest @ ..] if list == "select" => self.selection.says(rest),
            way => self.selection.says(way),
        }
    }

    /// The folder of the migration file, which files are named from.
    fn home(&self) -> PathBuf {
        let home = self.file.as_deref().and_then(Path::parent);
        home.unwrap_or(Path::new("")).to_owned()
    }

    fn options(&self, file: Migration, source: ServiceId) -> Result<Options, Report> {
        if let (Some(asked), Some(meant)) = (&self.workspace, &file.workspace)
            && !asked.eq_ignore_ascii_case(meant)
            && !file.setup.is_empty()
        {
            return Err(Report::usage(format!(
                "`--workspace {asked}` is not the workspace `{meant}` that the migration file sets \
                 up and gives people roles in"
            ))
            .help(
                "leave the flag out, or take `target` and `access` into a file for that workspace",
            ));
        }
        let workspace = (self.workspace.clone().or(file.workspace)).ok_or_else(|| {
            Report::usage("which workspace? `--workspace` is not given")
                .help("`apim-migrate list workspaces` shows what there is")
        })?;
        let workspace: WorkspaceName = workspace.parse().map_err(Report::usage)?;
        let select = self.selection.select(file.select);
        let allow = match self.allow.is_empty() {
            true => file.allow,
            false => self.allow.clone(),
        };
        let keys = match (self.keys, file.keys) {
            (Some(keys), _) => keys,
            (None, None) => KeysArg::Auto,
            (None, Some(word)) => <KeysArg as ValueEnum>::from_str(&word, false).map_err(|_| {
                Report::usage(format!("`{word}` is not what can become of keys"))
                    .help("write auto, carry or new")
                    .about(Some(vec!["keys".to_owned()]))
            })?,
        };
        let traits = match (&self.traits, &file.traits) {
            (Some(path), _) => Some(traits(path)?),
            (None, Some(path)) => Some(traits(&self.home().join(path))?),
            (None, None) => None,
        };
        let options = Options {
            traits,
            target: (self.target_service.clone())
                .or(file.target_service)
                .unwrap_or_else(|| source.clone()),
            source,
            read: self.read.versions(&self.access)?,
            policy_index: match self.policy_index {
                PolicyIndexArg::Auto => PolicyIndex::Auto,
                PolicyIndexArg::Always => PolicyIndex::Always,
                PolicyIndexArg::Never => PolicyIndex::Never,
            },
            plan: PlanOptions {
                name: (self.name.clone().or(file.name))
                    .unwrap_or_else(|| workspace.as_str().to_owned()),
                created: now(),
                naming: Naming {
                    name: self.name_template.clone().or(file.naming.name),
                    display_name: (self.display_name_template.clone()).or(file.naming.display_name),
                    path: self.path_template.clone().or(file.naming.path),
                    overrides: file.naming.overrides,
                    ..Naming::default()
                },
                allow,
                setup: file.setup,
                // Files are named relative to the plan's folder.
                uploads: Uploads::new(),
                api_version: self.access.api_version(),
                ours: Ours::default(),
                without: select.without.clone(),
                service_scope: select.service_scope.clone(),
                only_selected: self.only_selected || file.only_selected,
                whole_version_sets: select.whole_version_sets,
                keys: match keys {
                    KeysArg::Auto => Keys::Auto,
                    KeysArg::Carry => Keys::Carry,
                    KeysArg::New => Keys::New,
                },
            },
            workspace,
            select,
        };
        options.check()?;
        Ok(options)
    }
}

/// The time of day, to the second, in UTC.
pub(crate) fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(0).unwrap_or(now);
    now.format(&Rfc3339).unwrap_or_default()
}

/// Options, and where the plan may be written.
struct Placed {
    options: Options,
    folders: Folders,
    uploads: Uploads,
    /// The folder that files to upload are named from.
    home: PathBuf,
    force: bool,
}

impl Placed {
    /// Makes the plan of what was read, in the place of the last one.
    fn make(self, known: &Known) -> Result<(Again, PathBuf), Report> {
        let mut options = self.options.plan;
        let targets = known.wanted(&options)?.paths;
        let held = self.folders.choose(&known.selected, &targets);
        if let Some(last) = &held.last {
            options.ours = last.ours.clone();
        }
        options.uploads = settled(self.uploads, &self.home, &held.dir)?;
        let plan = known.make(&options)?;
        let again = replan(held.last.as_ref(), plan, &known.inventory, self.force)?;
        let noted = held.last.map(|last| (last.written, last.plan.basis));
        if !again.is_unchanged() {
            known.write(&again, &held.dir)?;
        } else if noted != Some((Some(again.written.clone()), again.plan.basis.clone())) {
            folder::note(&again.plan, &again.written, &held.dir)?;
        }
        Ok((again, held.dir))
    }
}

/// What a plan is made of.
pub(crate) struct Known {
    inventory: Inventory,
    selected: Vec<ResourcePath>,
    target: Target,
    /// What was found out about the service's lists.
    notes: Vec<String>,
}

impl Known {
    /// Writes a plan that was made of it into a folder.
    pub(crate) fn write(&self, again: &Again, dir: &Path) -> Result<(), folder::FolderError> {
        let sources = plan::sources(&again.plan, &self.inventory);
        folder::write_edited(&again.plan, &again.written, &sources, dir)
    }

    fn wanted(&self, options: &PlanOptions) -> Result<Wanted, Report> {
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

/// Plans, writes the folder, and tells about it in brief.
pub(crate) fn run(args: &PlanArgs, ui: &Ui) -> Outcome {
    let mut file = match &args.file {
        Some(path) => migration::read(path)?,
        None => Migration::default(),
    };
    let written = std::mem::take(&mut file.written);
    planned(args, file, ui).map_err(|report| {
        let in_file = report.way().filter(|way| !args.says(way));
        match in_file.and_then(|way| written.place(way)) {
            Some(place) => report.cause(format!("it stands in {place}")),
            None => report,
        }
    })
}

fn planned(args: &PlanArgs, file: Migration, ui: &Ui) -> Outcome {
    let summary = Arc::new(Summary::default());
    let (placed, known) = match &args.from {
        Some(path) => {
            let inventory = offline(path)?;
            let placed = args.placed(file, inventory.service.clone())?;
            let selected = select(&inventory, &placed.options.select)
                .and_then(|selected| all_read(&inventory, &selected).map(|()| selected))?;
            let target = target_of(&inventory, &placed.options)?;
            let known = Known {
                inventory,
                selected,
                target,
                notes: Vec::new(),
            };
            (placed, known)
        }
        None => {
            let source = args.service.service(file.service.as_ref())?;
            let mut placed = args.placed(file, source)?;
            let access = args.access.access()?;
            selection::check(&placed.options.select, ui)?;
            let known = block_on(online(&mut placed.options, &access, &summary, ui))?;
            (placed, known)
        }
    };
    let (again, output) = placed.make(&known)?;
    let counts = summary.counts();
    let brief = brief::Brief {
        again: &again,
        dir: &output,
        counts: &counts,
        notes: &known.notes,
    };
    ui.result(&brief.document(), |_| brief.text())?;
    Ok(match again.plan.blockers().next() {
        Some(_) => Exit::Blocked,
        None => Exit::Done,
    })
}

async fn online(
    options: &mut Options,
    access: &Access,
    summary: &Arc<Summary>,
    ui: &Ui,
) -> Result<Known, Report> {
    if selection::is_empty(&options.select) {
        let silent: Arc<dyn Listener> = Arc::new(());
        let arm = access.open(&silent, summary)?;
        let reader = Reader::new(arm, options.source.clone());
        selection::pick(&reader, &mut options.select).await?;
    }
    let listener = ui.listener();
    let arm = access.open(&listener, summary)?;
    read(options, &arm, &listener).await
}

/// Reads source and target as far as a plan needs.
pub(crate) async fn read(
    options: &Options,
    arm: &Arm,
    listener: &Arc<dyn Listener>,
) -> Result<Known, Report> {
    let reader = Reader::new(arm.clone(), options.source.clone()).at_versions(&options.read);
    let target_reader = Reader::new(arm.clone(), options.target.clone());
    let Crawled {
        inventory,
        selected,
        notes,
    } = crawl(
        &reader,
        &options.select,
        &CrawlOptions {
            policy_index: options.policy_index,
            ..CrawlOptions::default()
        },
        Arc::clone(listener),
    )
    .await
    .map_err(connection_error)?;
    let unknown = Target::unknown(options.target.clone(), options.workspace.clone());
    let kinds = plan::wanted(&inventory, &selected, &unknown, &options.plan)?.kinds;
    let mut target = read_target(&target_reader, &options.workspace, &kinds, &inventory)
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
    })
}

/// Reads what was found out about a service.
fn traits(path: &Path) -> Result<Found, Report> {
    let unusable = || Report::usage(format!("could not use the traits `{}`", path.display()));
    let text = std::fs::read(path).map_err(|e| unusable().cause(e))?;
    Found::for_plan(&text).map_err(|error| {
        let report = unusable().cause(&error).help(error.help());
        match std::error::Error::source(&error) {
            Some(source) => report.cause(source),
            None => report,
        }
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

fn offline(path: &Path) -> Result<Inventory, Report> {
    let unusable = || Report::usage(format!("could not use the snapshot `{}`", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| unusable().cause(e))?;
    snapshot::read(&text).map_err(|e| {
        let mut report = unusable().cause(&e);
        if let Some(source) = std::error::Error::source(&e) {
            report = report.cause(source);
        }
        report
    })
}

/// What a snapshot tells of the target: whether the workspace is there, and its
/// gateways; nothing when it is of another service.
fn target_of(inventory: &Inventory, options: &Options) -> Result<Target, Report> {
    let mut target = Target::unknown(options.target.clone(), options.workspace.clone());
    if inventory.service != options.target {
        learn(&mut target, options)?;
        return Ok(target);
    }
    target.sku = inventory.sku.clone();
    learn(&mut target, options)?;
    // What stands at service level has its names, read online or not.
    let top = (inventory.resources()).filter(|r| r.path.parent().is_none() && !r.is_built_in());
    for resource in top.filter(|r| r.kind.can_be_copied()) {
        let held = target.names.entry(resource.kind).or_default();
        held.insert(Name::new(resource.path.name()), Holder::Service);
    }
    let wanted = Name::new(options.workspace.as_str());
    let found = (inventory.workspaces.iter()).find(|(name, _)| Name::new(name.as_str()) == wanted);
    match found {
        Some((_, info)) => target.gateways = Some(info.gateways.clone()),
        // A snapshot of a selection may not list workspaces at all.
        None => target.exists = inventory.workspaces.is_empty(),
    }
    Ok(target)
}

/// The APIs of a plan's selection, for callers that made it up.
pub(crate) fn selected(names: &[&str]) -> Select {
    Select {
        apis: (names.iter())
            .map(|n| apim_migrate::select::Glob::new(*n))
            .collect(),
        ..Select::default()
    }
}
