//! `workspace show`.

use std::fmt::Write as _;

use apim_migrate::arm::{Reader, RoleReader};
use apim_migrate::exit::Exit;
use apim_migrate::secret::plain;
use apim_migrate::workspace::{Shown, show};
use clap::Args;

use super::{WorkspaceOf, gateway_text};
use crate::cli::report::Outcome;
use crate::cli::service::requests::block_on_at;
use crate::cli::ui::{BOLD, Ui, painted};

/// Show a workspace: what serves it, what is in it, who may do what
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Also tell who has which role, and where
    #[arg(long)]
    access: bool,

    #[command(flatten)]
    workspace: WorkspaceOf,
}

/// Shows it.
pub(crate) fn run(args: &ShowArgs, ui: &Ui) -> Outcome {
    let (arm, service) = args.workspace.open()?;
    let roles = args.access.then(|| RoleReader::new(arm.clone()));
    let reader = Reader::new(arm.clone(), service.clone());
    let name = &args.workspace.workspace;
    let work = async { Ok(show(&reader, roles.as_ref(), name).await?) };
    let shown = block_on_at(&arm, [&service], work)?;
    ui.result(&shown, text)?;
    Ok(Exit::Done)
}

fn text(shown: &Shown) -> String {
    let mut out = format!(
        "{}: {}\n",
        painted(BOLD, shown.workspace.as_str()),
        plain(&shown.display_name)
    );
    if !shown.description.is_empty() {
        let _ = writeln!(out, "{}", plain(&shown.description));
    }
    out.push_str(&gateway_text(&shown.serving));
    let width = shown.contents.iter().map(|c| c.what.len()).max();
    let width = width.unwrap_or_default();
    for c in &shown.contents {
        let _ = writeln!(out, "  {:width$}  {} of {}", c.what, c.count, c.limit);
    }
    if let Some(access) = &shown.access {
        let _ = writeln!(out, "{}", painted(BOLD, "access"));
        if access.is_empty() {
            out.push_str("  nobody has a role\n");
        }
        for held in access {
            let at = match held.at {
                "above" => plain(&held.scope),
                at => at.to_owned(),
            };
            let kind = plain(&held.principal_type);
            let role = plain(&held.role);
            let _ = writeln!(out, "  {} {kind}  {role}  at {at}", held.principal);
        }
    }
    out
}
