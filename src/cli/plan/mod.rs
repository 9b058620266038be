//! `plan`: what would be copied, under which name, and what stands in the way.

mod args;
pub(crate) mod brief;
mod folders;
mod interactive;
mod known;
mod memory;
mod save;
pub(crate) mod uploads;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use apim_migrate::address::ServiceId;
use apim_migrate::arm::{Arm, Reader};
use apim_migrate::crawl::Memory;
use apim_migrate::exit::Exit;
use apim_migrate::plan::again::{Again, replan};
use apim_migrate::plan::upload::Uploads;
use apim_migrate::progress::Listener;
use apim_migrate::progress::summary::Summary;
use apim_migrate::select::{Select, select};

use self::args::SAVED;
pub(crate) use self::args::{Options, PlanArgs, now};
use self::folders::Folders;
use self::interactive::{agreed, asked, settle};
use self::known::target_of;
pub(crate) use self::known::{Known, offline, read};
pub(crate) use self::memory::forget;
use self::save::Asked;
use self::uploads::{named_from, settled};
use super::ask::{self, Answers};
use super::migration::{self, Migration};
use super::read::show::save;
use super::service::connection::Access;
use super::service::requests::block_on_at;
use super::service::selection;
use super::ui::Ui;
use crate::cli::report::{Outcome, Report};

/// Options, and where the plan may be written.
struct Placed {
    options: Options,
    folders: Folders,
    uploads: Uploads,
    /// The folder that files to upload are named from.
    home: PathBuf,
    force: bool,
    /// The folder that was asked for.
    output: Option<PathBuf>,
    traits: Option<PathBuf>,
}

impl Placed {
    fn of(args: &PlanArgs, mut file: Migration, source: ServiceId) -> Result<Self, Report> {
        let output = args.out.clone().or_else(|| file.output.clone());
        let traits = match (&args.traits, &file.traits) {
            (None, Some(path)) => Some(args.home().join(path)),
            (given, _) => given.clone(),
        };
        let uploads = std::mem::take(&mut file.uploads);
        let mut options = args.options(file, source)?;
        let folders = Folders::find(output.clone(), &options, args.force)?;
        options.plan.naming.kept = folders.names(options.traits.is_some());
        Ok(Self {
            options,
            folders,
            uploads,
            home: args.home(),
            force: args.force,
            output,
            traits,
        })
    }

    /// What was asked for, as a migration file that stands there.
    fn written(&self, path: &Path) -> Result<String, Report> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let asked = Asked {
            options: &self.options,
            uploads: settled(self.uploads.clone(), &self.home, folder)?,
            // A file names others from where it stands.
            traits: (self.traits.as_deref())
                .map(|traits| named_from(traits, folder))
                .transpose()?,
            output: self.output.clone(),
        };
        asked.text(path)
    }

    /// Makes the plan of what was read, in the place of the last one.
    fn make(self, known: &Known) -> Result<(Again, PathBuf), Report> {
        let mut options = self.options.plan;
        let targets = || Ok(known.wanted(&options)?.paths);
        let held = self.folders.choose(&known.selected, targets)?;
        if let Some(last) = &held.last {
            options.ours = last.ours.clone();
            options.allowed_before.clone_from(&last.plan.allow);
        }
        options.uploads = settled(self.uploads, &self.home, &held.dir)?;
        let plan = known.make(&options)?;
        let again = replan(held.last.as_ref(), plan, &known.inventory, self.force)?;
        Ok((again, held.dir))
    }
}

/// Plans, writes the folder, and tells about it in brief.
pub(crate) fn run(mut args: Box<PlanArgs>, ui: &Ui) -> Outcome {
    if let Some(found) = args.find_file() {
        ui.status(&format!(
            "as `{found}` says, which is in this folder: flags win over it, `-f` names another file"
        ));
    }
    let args = &args;
    with_places(args, |file| planned(args, file, ui))
}

/// Checks a migration file as far as no service is needed for that. Returns the
/// flags that it leaves open.
pub(crate) fn validate(path: &Path) -> Result<Vec<&'static str>, Report> {
    let args = PlanArgs::of_file(path);
    let mut open = Vec::new();
    with_places(&args, |mut file| {
        if selection::is_empty(&file.select) {
            open.push("--api");
        }
        if file.workspace.is_none() {
            open.push("--workspace");
            file.workspace = Some("workspace".to_owned());
        }
        // Nothing is checked of a service but whether it is the target, too.
        let source = match file.service.clone() {
            Some(service) => service,
            None => {
                open.push("--service");
                ServiceId::new("0", "any", "any").map_err(Report::usage)?
            }
        };
        settled(file.uploads.clone(), &args.home(), Path::new("."))?;
        args.options(file, source).map(drop)
    })?;
    Ok(open)
}

/// Makes settings of arguments, to see that none makes that panic.
#[cfg(test)]
pub(crate) fn try_settings(args: &PlanArgs) {
    if let Ok(service) = ServiceId::new("0", "any", "any") {
        let _ = args.options(Migration::default(), service);
    }
}

/// Does something with the migration file; what is wrong with it is told with
/// its place.
fn with_places<T>(
    args: &PlanArgs,
    work: impl FnOnce(Migration) -> Result<T, Report>,
) -> Result<T, Report> {
    let mut file = match &args.file {
        Some(path) => migration::read(path)?,
        None => Migration::default(),
    };
    let written = std::mem::take(&mut file.written);
    work(file).map_err(|report| {
        let in_file = report.way().filter(|way| !args.says(way));
        let lines = in_file.and_then(|way| written.lines_at(way, "it stands here"));
        lines.into_iter().flatten().fold(report, Report::cause)
    })
}

fn planned(args: &PlanArgs, file: Migration, ui: &Ui) -> Outcome {
    let mut began = Instant::now();
    let summary = Arc::new(Summary::default());
    let mut answers = Answers::default();
    let mut read_by = None;
    let (placed, known) = match &args.from {
        Some(path) => {
            let inventory = offline(path)?;
            let placed = Placed::of(args, file, inventory.service.clone())?;
            let selected = select(&inventory, &placed.options.select)?;
            let target = target_of(&inventory, &placed.options)?;
            let known = Known {
                inventory,
                selected,
                target,
                notes: Vec::new(),
                forecast: None,
                memory: Memory::default(),
            };
            (placed, known)
        }
        None => {
            let access = args.access.access()?;
            let mut file = file;
            if ui.can_ask() {
                answers = asked(args, &mut file, &access)?;
            }
            // What was answered is whole, where flags name a part.
            let source = match &answers.service {
                Some(service) => service.clone(),
                None => args.service.service(file.service.as_ref())?,
            };
            let mut placed = Placed::of(args, file, source)?;
            selection::check(&placed.options.select, ui)?;
            let silent: Arc<dyn Listener> = Arc::new(());
            let asking = access.open(&silent, &summary)?;
            let services = [placed.options.source.clone(), placed.options.target.clone()];
            let earlier = match args.fresh {
                true => Vec::new(),
                false => placed.folders.remembered(),
            };
            let work = online(&mut placed.options, &access, &asking, &summary, earlier, ui);
            let (known, apis, after) = block_on_at(&asking, &services, work)?;
            began = after;
            answers.apis = apis;
            read_by = Some((asking, services));
            (placed, known)
        }
    };
    let asked_for = match &args.save {
        Some(path) => Some((path.clone(), placed.written(path)?)),
        None => None,
    };
    let draft = match answers.any() {
        true => Some((SAVED.into(), placed.written(Path::new(SAVED))?)),
        false => None,
    };
    let (again, output) = match read_by {
        Some((arm, services)) => block_on_at(&arm, &services, async { placed.make(&known) })?,
        None => placed.make(&known)?,
    };
    let counts = summary.counts();
    let brief = brief::Brief {
        again: &again,
        dir: &output,
        counts: &counts,
        notes: &known.notes,
        forecast: known.forecast,
        remembered: known.memory.remembered(),
        took: began.elapsed(),
    };
    // Where there is a question, nothing is written before it is answered.
    let is_told = draft.is_some();
    if let Some(draft) = draft {
        ui.tell(brief.body().trim_end());
        settle(&answers, draft, asked_for, args.yes, ui)?;
    } else {
        agreed(&again, args.yes, ui)?;
        if let Some((path, text)) = asked_for {
            save(&path, &text)?;
        }
    }
    known.write(&again, &output, ui)?;
    ui.result(&brief.document(), |_| match is_told {
        true => brief.next(),
        false => brief.text(),
    })?;
    let exit = match again.plan.blockers().next() {
        Some(_) => Exit::Blocked,
        None => Exit::Done,
    };
    // The program ends: to give all of it back piece by piece would take a tenth of
    // the time.
    std::mem::forget((again, known));
    Ok(exit)
}

async fn online(
    options: &mut Options,
    access: &Access,
    asking: &Arm,
    summary: &Arc<Summary>,
    earlier: Vec<String>,
    ui: &Ui,
) -> Result<(Known, Vec<String>, Instant), Report> {
    let mut chosen = Vec::new();
    if selection::is_empty(&options.select) {
        let reader = Reader::new(asking.clone(), options.source.clone());
        chosen = ask::apis(&reader, ui).await?;
        options.select.apis = selection::chosen(&chosen);
    }
    // Questions take as long as they take.
    let began = Instant::now();
    let listener = ui.listener();
    let arm = access.open(&listener, summary)?;
    let known = read(options, &arm, &listener, earlier.into_iter()).await?;
    Ok((known, chosen, began))
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
