//! What the commands that carry out a plan have in common.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use apim_migrate::address::TargetPath;
use apim_migrate::arm::Arm;
use apim_migrate::exit::Exit;
use apim_migrate::plan::validate::{self, Problem};
use apim_migrate::plan::{Plan, StepId, folder};
use apim_migrate::progress::Listener;
use apim_migrate::progress::summary::Summary;
use apim_migrate::secret::plain;
use apim_migrate::shell::quoted_path;
use apim_migrate::target::Unready;
use clap::Args;
use inquire::Confirm;
use tokio_util::sync::CancellationToken;

use super::signals;
use crate::cli::plan::brief::many;
use crate::cli::report::Report;
use crate::cli::service::connection::{Access, AccessArgs};
use crate::cli::service::requests::connection_error;
use crate::cli::ui::{GOOD, Ui, WARNING, painted, width};

/// A plan, and where ARM is.
#[derive(Debug, Args)]
pub(crate) struct PlanOf {
    /// Plan folder, or its plan.yaml
    plan: PathBuf,

    #[command(flatten)]
    access: AccessArgs,
}

/// A plan that was read, with its folder and a client for its services.
pub(crate) struct Opened {
    pub(crate) plan: Plan,
    pub(crate) dir: PathBuf,
    pub(crate) arm: Arm,
    pub(crate) listener: Arc<dyn Listener>,
    pub(crate) summary: Arc<Summary>,
}

impl PlanOf {
    /// Reads the plan; nothing is sent.
    pub(crate) fn read(&self) -> Result<(Plan, PathBuf), Report> {
        Ok((folder::read(&self.plan)?, folder::root(&self.plan)))
    }

    /// Where the plan's services are, and how to sign in there.
    pub(crate) fn access_for(&self, plan: &Plan) -> Result<Access, Report> {
        self.access.access_for(plan.api_version)
    }

    /// Reads the plan and makes the client; nothing is sent yet.
    pub(crate) fn open(&self, ui: &Ui) -> Result<Opened, Report> {
        let (plan, dir) = self.read()?;
        self.client(plan, dir, Arc::new(Summary::default()), ui)
    }

    /// Asks something with what shows progress taken away: it would draw over
    /// the question.
    pub(crate) fn asking(
        &self,
        opened: Opened,
        ui: &Ui,
        ask: impl FnOnce() -> Result<(), Report>,
    ) -> Result<Opened, Report> {
        let (plan, dir, summary) = opened.closed();
        ask()?;
        self.client(plan, dir, summary, ui)
    }

    fn client(
        &self,
        plan: Plan,
        dir: PathBuf,
        summary: Arc<Summary>,
        ui: &Ui,
    ) -> Result<Opened, Report> {
        let (access, listener) = (self.access_for(&plan)?, ui.listener());
        let arm = access.open(&listener, &summary)?;
        Ok(Opened {
            plan,
            dir,
            arm,
            listener,
            summary,
        })
    }
}

impl Opened {
    /// Lets go of the client and, with it, of what shows progress.
    fn closed(self) -> (Plan, PathBuf, Arc<Summary>) {
        (self.plan, self.dir, self.summary)
    }
}

impl From<Unready> for Report {
    fn from(error: Unready) -> Self {
        match error {
            Unready::Problems(problems) => refused(&problems),
            Unready::NoWorkspace(error) => error.into(),
            Unready::Arm(error) => error.into(),
            Unready::Crawl(error) => connection_error(error),
        }
    }
}

fn refused(problems: &[Problem]) -> Report {
    const TOLD: usize = 20;
    let exit = validate::exit(problems);
    let message = match exit {
        Exit::Blocked => "the plan has blockers that are not allowed",
        _ => "the plan can't be carried out as it is",
    };
    let mut report = Report::new(exit, message);
    for problem in problems.iter().take(TOLD) {
        report = report.cause(problem).help(problem.help());
    }
    if problems.len() > TOLD {
        report = report.cause(format!("and {} more", problems.len() - TOLD));
    }
    report
}

/// Asks before anything is sent, unless `--yes` was given.
pub(crate) fn confirm(ui: &Ui, yes: bool, question: &str) -> Result<(), Report> {
    confirm_knowing(ui, yes, &[], question)
}

/// The same, where some lines have to be read before.
pub(crate) fn confirm_knowing(
    ui: &Ui,
    yes: bool,
    lines: &[String],
    question: &str,
) -> Result<(), Report> {
    if yes {
        return Ok(());
    }
    // Names in it come from the plan.
    let question = &plain(question);
    if !ui.can_ask() {
        let report = Report::usage("nobody is there to be asked");
        return Err(lines
            .iter()
            .fold(report, Report::cause)
            .cause(question)
            .help("give `--yes` to go ahead without being asked"));
    }
    for line in lines {
        ui.tell(&plain(line));
    }
    // The prompt breaks lines anywhere, also within a word.
    let mark = "?  (y/N) ".len();
    let question = match question.chars().count() + mark <= width() {
        true => question,
        false => {
            ui.tell(question);
            "Go ahead?"
        }
    };
    match Confirm::new(question).with_default(false).prompt() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Report::new(Exit::Failed, "nothing was done, as you wished")),
        Err(error) => Err(Report::new(Exit::Failed, "nothing was done").cause(error)),
    }
}

/// Runs something that can be stopped: once in good order, twice at once.
pub(crate) async fn stoppable<T>(
    work: impl AsyncFnOnce(CancellationToken) -> Result<T, Report>,
    listener: &Arc<dyn Listener>,
) -> Result<T, Report> {
    let (token, second) = signals::watch();
    let told = token.clone();
    let listener = Arc::clone(listener);
    let telling = async move {
        told.cancelled().await;
        listener.on(&apim_migrate::progress::Event::Stopping);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        result = work(token) => result,
        () = telling => Err(Report::new(Exit::Resumable, "stopped")),
        // The sender is dropped only when the runtime ends.
        Ok(()) = second => Err(Report::new(Exit::Resumable, "stopped at once")
            .help("run the command again to continue")),
    }
}

/// What to run next.
pub(crate) fn next(command: &str, dir: &Path, why: &str) -> String {
    let dir = quoted_path(dir);
    format!(
        "{} `apim-migrate {command} {dir}` {why}\n",
        painted(GOOD, "next:")
    )
}

/// What a plan made and has no step for any more.
pub(crate) fn left(left: &[TargetPath], dir: &Path) -> String {
    if left.is_empty() {
        return String::new();
    }
    let made = format!(
        "{} this plan made {} that it does not name any more: {}\n",
        painted(WARNING, "warning:"),
        many(left.len(), "resource"),
        places(left),
    );
    made + &next("apply --prune", dir, "to delete these")
}

/// Names of places, not more than a screen takes.
pub(crate) fn places(all: &[TargetPath]) -> String {
    const TOLD: usize = 10;
    let mut names: Vec<String> = (all.iter().take(TOLD))
        .map(|path| plain(path.below().as_str()))
        .collect();
    if all.len() > TOLD {
        names.push(format!("and {} more", all.len() - TOLD));
    }
    names.join(", ")
}

/// Names of steps, not more than a screen takes.
pub(crate) fn listed(steps: &[&StepId]) -> String {
    const TOLD: usize = 10;
    let mut names: Vec<String> = steps.iter().take(TOLD).map(|s| plain(s.as_str())).collect();
    if steps.len() > TOLD {
        names.push(format!("and {} more", steps.len() - TOLD));
    }
    names.join(", ")
}
