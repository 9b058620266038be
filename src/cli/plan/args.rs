//! What a plan is to be made of: flags and migration file become options.

use std::path::{Path, PathBuf};

use apim_migrate::address::{ServiceId, WorkspaceName};
use apim_migrate::catalog::ApiVersion;
use apim_migrate::crawl::PolicyIndex;
use apim_migrate::plan::again::Ours;
use apim_migrate::plan::upload::Uploads;
use apim_migrate::plan::{self, Keys, Naming, PlanOptions};
use apim_migrate::select::Select;
use apim_migrate::traits::Found;
use clap::{Args, ValueEnum};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::cli::given;
use crate::cli::migration::Migration;
use crate::cli::report::Report;
use crate::cli::service::connection::{AccessArgs, ReadArgs, ServiceArgs};
use crate::cli::service::selection::SelectionArgs;

/// What answers are saved as, and what is found in the folder.
pub(super) const SAVED: &str = "migration.yaml";

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
#[derive(Debug, Default, Args)]
pub(crate) struct PlanArgs {
    /// Workspace to copy into, by its id
    #[arg(long, value_name = "ID")]
    pub(super) workspace: Option<String>,

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
    pub(super) out: Option<PathBuf>,

    /// Migration file: these options in YAML; flags win over it [default: migration.yaml, if there is one]
    #[arg(short, long, value_name = "FILE")]
    pub(super) file: Option<PathBuf>,

    /// Write the migration file that equals these flags, the file and the answers
    #[arg(long, value_name = "FILE")]
    pub(super) save: Option<PathBuf>,

    /// The plan's name [default: the workspace's id]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// Write the plan even where another plan's journal is, where edits would be lost, and where
    /// copies that were made are not in it
    #[arg(long)]
    pub(super) force: bool,

    /// Write the plan without being asked, also where APIs come along that nobody selected
    #[arg(short, long)]
    pub(super) yes: bool,

    /// Plan from a snapshot, without requests; what stands in the target is not known then
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = [
        "service", "subscription", "resource_group", "service_name", "arm_endpoint", "auth", "read_version",
    ])]
    pub(super) from: Option<PathBuf>,

    /// What becomes of subscription keys [default: auto]
    #[arg(long, value_enum, value_name = "WHAT")]
    keys: Option<KeysArg>,

    /// What `doctor --probe` found out about the service that the workspace is in: names, display
    /// names, paths and keys are kept where it allows that
    #[arg(long, value_name = "FILE")]
    pub(super) traits: Option<PathBuf>,

    /// Whether the service's list of all policies tells which operations have one
    #[arg(
        long,
        value_enum,
        value_name = "WHEN",
        default_value_t,
        conflicts_with = "from"
    )]
    policy_index: PolicyIndexArg,

    /// Read all of the service again: go by nothing that the last plan in this folder remembers
    #[arg(long, conflicts_with = "from")]
    pub(super) fresh: bool,

    #[command(flatten)]
    pub(super) service: ServiceArgs,

    /// The service that the workspace is in [default: the one that is read]
    #[arg(long, value_name = "ARM_ID", help_heading = "Connection")]
    pub(super) target_service: Option<ServiceId>,

    #[command(flatten)]
    pub(super) access: AccessArgs,

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
    /// No flag but the migration file.
    pub(super) fn of_file(file: &Path) -> Self {
        Self {
            file: Some(file.to_owned()),
            ..Self::default()
        }
    }

    /// Whether a flag says this of what a migration file can say, too.
    pub(super) fn says(&self, way: &[String]) -> bool {
        let words: Vec<&str> = way.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["workspace"] => self.workspace.is_some(),
            ["keys"] => self.keys.is_some(),
            ["naming", "name"] => self.name_template.is_some(),
            ["naming", "displayName"] => self.display_name_template.is_some(),
            ["naming", "path"] => self.path_template.is_some(),
            ["allow", code] => self.allow.iter().any(|given| given == code),
            ["select", ..] => self.selection.says(&way[1..]),
            _ => self.selection.says(way),
        }
    }

    /// Takes the migration file of the working directory where none was named.
    pub(super) fn find_file(&mut self) -> Option<&'static str> {
        let found = self.file.is_none() && Path::new(SAVED).is_file();
        found.then(|| {
            self.file = Some(PathBuf::from(SAVED));
            SAVED
        })
    }

    /// The folder of the migration file, which files are named from.
    pub(super) fn home(&self) -> PathBuf {
        let home = self.file.as_deref().and_then(Path::parent);
        home.unwrap_or(Path::new("")).to_owned()
    }

    pub(super) fn options(&self, file: Migration, source: ServiceId) -> Result<Options, Report> {
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
        let workspace: WorkspaceName = workspace.parse().map_err(|e| {
            Report::usage(e)
                .help("give the id alone; `apim-migrate list workspaces` shows what there is")
                .about(Some(vec!["workspace".to_owned()]))
        })?;
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
                allowed_before: Vec::new(),
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

/// Reads what was found out about a service.
fn traits(path: &Path) -> Result<Found, Report> {
    let unusable = || Report::usage(format!("could not use the traits `{}`", path.display()));
    let text = given::bytes(path, given::WRITTEN, unusable)?;
    Found::for_plan(&text).map_err(|error| {
        let report = unusable().cause(&error).help(error.help());
        match std::error::Error::source(&error) {
            Some(source) => report.cause(source),
            None => report,
        }
    })
}
