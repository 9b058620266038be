//! `workspace create`.

use std::fmt::Write as _;

use apim_migrate::arm::{Reader, WorkspaceMaker};
use apim_migrate::exit::Exit;
use apim_migrate::secret::plain;
use apim_migrate::workspace::{Create, Created, Decision, Wanted, create, decide, find, serving};
use clap::Args;

use super::{WorkspaceOf, gateway_text};
use crate::cli::documents::WorkspaceMade;
use crate::cli::report::{Outcome, Report};
use crate::cli::run::carry::confirm;
use crate::cli::service::requests::{block_on, block_on_at};
use crate::cli::ui::{BOLD, Ui, painted};

/// Make a workspace; safe to repeat
#[derive(Debug, Args)]
pub(crate) struct CreateArgs {
    /// Display name
    #[arg(long, value_name = "NAME")]
    display_name: String,

    /// Description [default: the one that is there]
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// Change a workspace that is there without being asked
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    workspace: WorkspaceOf,
}

/// Makes it, or says that it is there.
pub(crate) fn run(args: &CreateArgs, ui: &Ui) -> Outcome {
    let name = &args.workspace.workspace;
    if args.display_name.trim().is_empty() {
        return Err(Report::usage("the display name is empty")
            .help("say what people call it: `--display-name NAME`"));
    }
    let (arm, service) = args.workspace.open()?;
    let reader = Reader::new(arm.clone(), service.clone());
    let wanted = Wanted {
        display_name: args.display_name.clone(),
        description: args.description.clone(),
    };
    let (sku, found) = block_on_at(&arm, [&service], async { Ok(find(&reader, name).await?) })?;
    let decision = decide(found.as_ref(), &wanted);
    let mut changes = String::new();
    if let Decision::Change(differences) = &decision {
        for d in differences {
            let (from, to) = (plain(&d.from), plain(&d.to));
            let _ = writeln!(changes, "  {}: `{from}` becomes `{to}`", d.property);
        }
        ui.status(&format!(
            "workspace {name} is there:\n{}",
            changes.trim_end()
        ));
        let question = format!("Change workspace {name} of {}?", service.name());
        confirm(ui, args.yes, &question)?;
    }
    let plan = Create {
        workspace: name.clone(),
        wanted,
        found,
        sku: sku.clone(),
    };
    let maker = WorkspaceMaker::new(arm, service.clone(), name.clone());
    let (outcome, served) = block_on(async {
        let outcome = create(&maker, &plan).await?;
        Ok((outcome, serving(&reader, name, sku.as_deref()).await?))
    })?;
    let document = WorkspaceMade {
        workspace: name.clone(),
        service: service.to_string(),
        outcome,
        serving: served.clone(),
        changes: match decision {
            Decision::Change(differences) => Some(differences),
            _ => None,
        },
    };
    ui.result(&document, |_| {
        let what = match outcome {
            Created::Created => "created",
            Created::Changed => "changed",
            Created::Unchanged => "unchanged, nothing was written",
        };
        format!(
            "{}: {what}\n{}",
            painted(BOLD, name.as_str()),
            gateway_text(&served)
        )
    })?;
    Ok(Exit::Done)
}
