//! Requests of commands: run to their end, and told where they fail.

use std::future::Future;

use apim_migrate::address::ServiceId;
use apim_migrate::arm::{Arm, Reader};
use apim_migrate::crawl::CrawlError;
use apim_migrate::doctor::{Absence, absence, meant_workspace};
use apim_migrate::exit::Exit;

use crate::cli::report::Report;

/// Reports what a crawl ran into.
pub(crate) fn connection_error(error: CrawlError) -> Report {
    let error = match error {
        CrawlError::Select(error) => return error.into(),
        other => other,
    };
    let report = Report::of(error.exit(), &error);
    match error.help() {
        Some(help) => report.help(help),
        None => report,
    }
}

/// Runs requests to services to their end: where a service is not there, that is
/// told, with the one that was meant.
pub(crate) fn block_on_at<'s, T>(
    arm: &Arm,
    services: impl IntoIterator<Item = &'s ServiceId>,
    work: impl Future<Output = Result<T, Report>>,
) -> Result<T, Report> {
    block_on(async {
        let report = match work.await {
            Err(report) if report.is_absence() => report,
            done => return done,
        };
        let mut there = Vec::new();
        for service in services {
            let reader = Reader::new(arm.clone(), service.clone());
            if matches!(reader.get("", &[]).await, Ok(None)) {
                let Absence { message, help } = absence(arm, service).await;
                return Err(report.behind(message, help));
            }
            // Workspaces of another service are not what was meant.
            let absent = report.absent_workspace();
            if absent
                .is_some_and(|(_, of)| of.is_none_or(|of| service.name().eq_ignore_ascii_case(of)))
            {
                there.extend(reader.list("/workspaces", &[]).await.unwrap_or_default());
            }
        }
        let absent = report.absent_workspace();
        let meant = absent.and_then(|(name, _)| meant_workspace(name, &there));
        Err(match meant {
            Some(meant) => report.meant(meant),
            None => report,
        })
    })
}

/// Runs a command's requests to their end. Work that was left behind, after a
/// second interrupt, is not waited for.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Report>>) -> Result<T, Report> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Report::new(Exit::Failed, "the runtime can't be started").cause(e))?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}
