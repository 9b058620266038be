//! `doctor --probe`.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use apim_migrate::address::{ProbeName, ServiceId};
use apim_migrate::arm::Reader;
use apim_migrate::exit::Exit;
use apim_migrate::probe::{ProbeError, Probed, Subject, leftovers, probe};
use apim_migrate::progress::summary::Summary;
use apim_migrate::secret::plain;
use apim_migrate::shell::quoted_path;
use apim_migrate::traits::Found;
use uuid::Uuid;

use super::DoctorArgs;
use crate::cli::documents::{NotFoundOut, ProbeTold};
use crate::cli::plan::now;
use crate::cli::report::Report;
use crate::cli::run::carry::{confirm, stoppable};
use crate::cli::service::connection::Access;
use crate::cli::service::requests::block_on;
use crate::cli::ui::{BOLD, GOOD, Ui, WARNING, painted};

/// Refuses to write over a file, before anything is sent.
pub(super) fn check(out: &Path) -> Result<(), Report> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(
            Report::usage(format!("there is no folder `{}`", folder.display()))
                .help("make it, or name a file in another one with `--out`"),
        );
    }
    match out.exists() {
        true => Err(taken(out)),
        false => Ok(()),
    }
}

fn taken(out: &Path) -> Report {
    Report::usage(format!("`{}` is there already", out.display()))
        .help("name another file with `--out`, or remove that one")
}

/// Asks the service, and writes what was found out. Returns it for programs and
/// for people.
pub(super) fn run(
    args: &DoctorArgs,
    access: &Access,
    service: &ServiceId,
    sku: Option<String>,
    ui: &Ui,
) -> Result<(ProbeTold, String), Report> {
    let (listener, summary) = (ui.listener(), Arc::new(Summary::default()));
    let subject = Subject {
        arm: access.open(&listener, &summary)?,
        keen: access.open_keen(&listener, &summary)?,
        service: service.clone(),
        sku,
        workspaces: [fresh(), fresh()],
    };
    let reader = Reader::new(subject.arm.clone(), service.clone());
    let left = block_on(async { Ok(leftovers(&reader).await?) })?;
    let [one, other] = &subject.workspaces;
    let mut question = format!(
        "Make the workspaces {one} and {other} in {}, try things in them, and remove them again?",
        service.name()
    );
    if !left.is_empty() {
        let names: Vec<String> = left.iter().map(ToString::to_string).collect();
        let names = names.join(", ");
        question = format!("Remove {names}, left over from an earlier probe? {question}");
        ui.status(&format!(
            "left over from an earlier probe, and removed first: {names}"
        ));
    }
    ui.status(&format!("the workspaces to ask in: {one}, {other}"));
    confirm(ui, args.yes, &question)?;
    let probed = block_on(stoppable(
        async |stop| {
            subject.remove(&left).await?;
            Ok(probe(&subject, &stop).await?)
        },
        &listener,
    ))?;
    let version = access.api_version().to_string();
    let date: String = now().chars().take(10).collect();
    let found = Found::new(date, version, subject.sku.as_deref(), probed.traits.clone());
    write(&args.out, &found.yaml())?;
    let notes = probed.notes.iter().map(|(name, why)| NotFoundOut {
        name: (*name).to_owned(),
        why: why.clone(),
    });
    let text = text(&probed, &found, &args.out);
    let told = ProbeTold {
        notes: notes.collect(),
        removed: left.iter().chain(&subject.workspaces).cloned().collect(),
        written: args.out.display().to_string(),
        found,
    };
    Ok((told, text))
}

fn fresh() -> ProbeName {
    let (number, ..) = Uuid::new_v4().as_fields();
    ProbeName::numbered(number)
}

fn write(out: &Path, text: &str) -> Result<(), Report> {
    let made = OpenOptions::new().write(true).create_new(true).open(out);
    let written = made.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => taken(out),
        _ => Report::new(Exit::Failed, format!("could not write `{}`", out.display())).io(&error),
    })
}

fn text(probed: &Probed, found: &Found, out: &Path) -> String {
    let mut text = String::new();
    for line in found.yaml().lines().filter(|line| line.starts_with("  ")) {
        if !line.trim_start().starts_with('#') {
            let _ = writeln!(text, "{line}");
        }
    }
    for (name, why) in &probed.notes {
        let _ = writeln!(
            text,
            "{} {name}: {}",
            painted(WARNING, "unknown:"),
            plain(why)
        );
    }
    let _ = writeln!(
        text,
        "{}",
        painted(BOLD, "the workspaces are removed again")
    );
    let _ = writeln!(
        text,
        "{} `apim-migrate plan --traits {}` plans by it; it names nothing of the service and can be passed on",
        painted(GOOD, "next:"),
        quoted_path(out)
    );
    text
}

impl From<ProbeError> for Report {
    fn from(error: ProbeError) -> Self {
        let report = Report::of(error.exit(), &error);
        match error.help() {
            Some(help) => report.help(help),
            None => report,
        }
    }
}
