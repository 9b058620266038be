//! `verify`: compare the workspace with the plan.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

use apim_migrate::exit::Exit;
use apim_migrate::secret::plain;
use apim_migrate::target::checked_past;
use apim_migrate::verify::{Basis, LastLook, Untidied, VerifyOptions, VerifyReport, Why, verify};
use clap::Args;

use super::apply::well;
use super::carry::{PlanOf, left, next};
use crate::cli::documents::{Verified, tenths};
use crate::cli::plan::brief::many;
use crate::cli::report::Outcome;
use crate::cli::service::requests::block_on_at;
use crate::cli::ui::{BOLD, ERROR, HELP, Ui, WARNING, painted};

/// Compare what stands in the workspace with what the plan promised, field by
/// field and reference by reference
///
/// Only reads. Exits with 5 when there are differences.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Read the secrets of sources and copies and compare them; none is shown
    #[arg(long)]
    secrets: bool,

    #[command(flatten)]
    plan: PlanOf,
}

/// Verifies the plan.
pub(crate) fn run(args: &VerifyArgs, ui: &Ui) -> Outcome {
    let began = Instant::now();
    let mut opened = args.plan.open(ui)?;
    checked_past(&mut opened.plan)?;
    let options = VerifyOptions {
        secrets: args.secrets,
    };
    let services = [&opened.plan.target, &opened.plan.source];
    let basis = Basis::of(&opened.plan, &opened.dir);
    let report = block_on_at(&opened.arm, services, async {
        let listener = opened.listener.clone();
        Ok(verify(&opened.plan, &opened.dir, &opened.arm, options, listener).await?)
    })?;
    let dir = opened.dir.clone();
    if let Err(error) = LastLook::keep(&report, basis, &dir) {
        tracing::warn!(%error, "what was found is not kept beside the plan");
    }
    let told = Verified {
        exit: report.exit().code(),
        report,
        seconds: tenths(began.elapsed()),
        traffic: (&opened.summary.counts()).into(),
    };
    drop(opened);
    ui.result(&told, |told| {
        let then = match told.report.exit() {
            Exit::Done => next(
                "show --format checklist",
                &dir,
                "for what is left to people",
            ),
            _ => String::new(),
        };
        text(&told.report, &dir, args.secrets) + &then
    })?;
    Ok(told.report.exit())
}

/// The report for people.
pub(crate) fn text(report: &VerifyReport, dir: &Path, asked: bool) -> String {
    let mut out = String::new();
    let differs = painted(ERROR, "differs:");
    for found in &report.different {
        let _ = writeln!(out, "{differs} {}", plain(&found.target.to_string()));
        for d in &found.differences {
            let _ = writeln!(out, "  {}", plain(&d.pointer));
            let _ = writeln!(out, "    plan:      {}", plain(&d.expected));
            let _ = writeln!(out, "    workspace: {}", plain(&d.found));
        }
    }
    let never = match report.last_run.as_deref() {
        None => Some((
            "no run of this folder's plan is on record",
            "to carry it out",
        )),
        Some("rollback") => Some((
            "the plan was rolled back",
            "to make again what was rolled back",
        )),
        Some(_) => None,
    };
    let never = never.filter(|_| !report.missing.is_empty());
    let missing = painted(ERROR, "missing:");
    match never.is_some() && report.same == 0 {
        true => {
            let _ = writeln!(out, "{missing} {}", many(report.missing.len(), "resource"));
        }
        false => {
            for found in &report.missing {
                let _ = writeln!(out, "{missing} {}", plain(&found.target.to_string()));
            }
        }
    }
    let added = painted(ERROR, "added:");
    for found in &report.added {
        let _ = writeln!(
            out,
            "{added} {} has {} that the plan does not give it: {}",
            plain(&found.target.to_string()),
            found.what,
            found.names.join(", "),
        );
    }
    let secret = painted(ERROR, "another secret:");
    for step in &report.secrets_differ {
        let _ = writeln!(
            out,
            "{secret} {} has not what its source has",
            plain(step.as_str())
        );
    }
    for found in &report.dangling {
        let what = match found.why {
            Why::Absent => "leads nowhere:",
            Why::Outside => "leads out of the workspace:",
        };
        let _ = writeln!(
            out,
            "{} {} names `{}` at {}",
            painted(ERROR, what),
            plain(&found.target.to_string()),
            plain(&found.names),
            plain(&found.place),
        );
    }
    let paths = |found: &Untidied| {
        let paths: Vec<String> = found.found.iter().map(|p| plain(p.as_str())).collect();
        paths.join(", ")
    };
    for found in &report.untidied {
        let _ = writeln!(out, "{} {}", painted(ERROR, "still there:"), paths(found));
    }
    for found in &report.kept {
        let _ = writeln!(
            out,
            "{} {}: nothing shows that it came with this plan; delete it if nobody uses it",
            painted(WARNING, "left:"),
            paths(found)
        );
    }
    let _ = writeln!(
        out,
        "{}: {} compared, {} as planned",
        painted(BOLD, &report.plan),
        many(report.checked, "resource"),
        report.same,
    );
    if report.secrets_not_compared > 0 {
        let _ = writeln!(
            out,
            "{} {} not compared: the service shows none{}",
            painted(HELP, "note:"),
            many(report.secrets_not_compared, "secret"),
            match asked {
                true => " of an upload, and a copy that got new keys has others",
                false => "; `--secrets` reads both sides",
            }
        );
    }
    out.push_str(&left(&report.left, dir));
    if let Some((why, then)) = never {
        let _ = writeln!(out, "{} {why}", painted(HELP, "note:"));
        out.push_str(&next("apply", dir, then));
    }
    if report.exit() == Exit::Done {
        let _ = writeln!(
            out,
            "{} the workspace is what the plan promised",
            well("verified:")
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use apim_migrate::plan::StepId;
    use apim_migrate::verify::Dangling;

    #[test]
    fn a_reference_that_does_not_resolve_is_told_with_its_place() {
        let dangling = |why| Dangling {
            step: StepId::new("apis/a"),
            target: "/workspaces/w/apis/a".parse().unwrap(),
            place: "3:17".to_owned(),
            names: "back".to_owned(),
            why,
        };
        let report = VerifyReport {
            dangling: vec![dangling(Why::Absent), dangling(Why::Outside)],
            ..VerifyReport::default()
        };
        let text = anstream::adapter::strip_str(&text(&report, Path::new("p"), false)).to_string();
        assert!(text.starts_with(
            "leads nowhere: /workspaces/w/apis/a names `back` at 3:17\n\
             leads out of the workspace: /workspaces/w/apis/a names `back` at 3:17\n"
        ));
        assert_eq!(report.exit(), Exit::Differences);
    }
}
