//! `sandbox`: an embedded API Management service to try everything on.

use std::path::PathBuf;
use std::time::Duration;

use apim_migrate::exit::Exit;
use apim_migrate::misread::Misread;
use apim_migrate::sandbox::{Action, ArmLimits, FaultSpec, Options, Sandbox, Switches};
use clap::{Args, ValueEnum};
use serde_json::Value;

use super::requests::block_on;
use crate::cli::documents::SandboxStarted;
use crate::cli::given::{self, number};
use crate::cli::report::{Outcome, Report};
use crate::cli::run::signals;
use crate::cli::ui::Ui;

/// Whose word on ARM's limits is taken.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum WhichLimits {
    /// 1,100 reads and 800 writes, told of the whole subscription
    Recorded,
    /// 250 reads and 200 writes, told of the caller
    Documented,
}

impl WhichLimits {
    fn limits(self) -> ArmLimits {
        match self {
            Self::Recorded => ArmLimits::Recorded,
            Self::Documented => ArmLimits::Documented,
        }
    }
}

/// Run an API Management service on this machine to try everything on
///
/// It speaks ARM's REST surface on a loopback port, holds the Contoso sample
/// unless it is given snapshots, and forgets everything when it ends.
#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// Port on 127.0.0.1; 0 takes any that is free
    #[arg(long, value_name = "N", default_value_t = 8040)]
    port: u16,

    /// Snapshot to begin with, one service each; repeatable [default: the Contoso sample]
    #[arg(long = "seed", value_name = "SNAPSHOT")]
    seeds: Vec<PathBuf>,

    /// How long every answer takes at least
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = number)]
    latency: u64,

    /// Apply ARM's rate limits, as recorded traffic has them or as they are documented
    #[arg(long, value_name = "WHICH", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "recorded")]
    arm_limits: Option<WhichLimits>,

    /// What goes wrong on purpose and how often: NAME:RATE, comma-separated
    #[arg(long, value_name = "SPEC")]
    faults: Option<FaultSpec>,

    /// Where the faults' random numbers come from
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = number)]
    fault_seed: u64,

    /// Bearer token that callers need [default: any will do]
    #[arg(long, value_name = "T")]
    token: Option<String>,

    /// Requests after which a bearer token is expired [default: none]
    #[arg(long, value_name = "N", value_parser = number)]
    token_life: Option<u64>,

    /// Action that callers have no right to, `*` for any text; repeatable:
    /// Microsoft.ApiManagement/service/workspaces/write, */listValue/action
    #[arg(long = "deny", value_name = "ACTION")]
    denied: Vec<Action>,

    /// Set something that is not known about the real service: NAME=VALUE; repeatable
    #[arg(long = "switch", value_name = "NAME=VALUE")]
    switches: Vec<String>,

    /// Most items on one page of a list
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    page_size: u32,
}

/// Makes settings of arguments, to see that none makes that panic.
#[cfg(test)]
pub(crate) fn try_settings(args: &SandboxArgs) -> bool {
    args.options().is_ok()
}

impl SandboxArgs {
    fn options(&self) -> Result<Options, Report> {
        let mut switches = Switches::default();
        for text in &self.switches {
            switches.set(text).map_err(|e| {
                Report::usage(e).help("write `--switch NAME=VALUE`, such as `--switch liquid=true`")
            })?;
        }
        Ok(Options {
            seeds: self.seeds()?,
            latency: Duration::from_millis(self.latency),
            arm_limits: self.arm_limits.map(WhichLimits::limits),
            faults: self.faults.clone(),
            token: self.token.clone(),
            token_life: self.token_life,
            denied: self.denied.clone(),
            switches,
            seed_number: self.fault_seed,
            page_size: self.page_size as usize,
            ..Options::default()
        })
    }

    fn seeds(&self) -> Result<Vec<Value>, Report> {
        let read = |path: &PathBuf| {
            let unusable = || Report::usage(format!("could not read `{}`", path.display()));
            let text = given::text(path, given::SNAPSHOT, unusable)?;
            serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|e| {
                let error = Misread::from(e);
                let line = error
                    .spot()
                    .map_or_else(String::new, |spot| format!("{spot}: "));
                (unusable().cause(format!("{line}{error}")))
                    .help("name a snapshot that `apim-migrate snapshot` wrote")
            })
        };
        self.seeds.iter().map(read).collect()
    }

    /// Runs until it is interrupted.
    pub(crate) fn run(&self, ui: &Ui) -> Outcome {
        let options = self.options()?;
        block_on(async {
            let sandbox = Sandbox::start(options, self.port).await?;
            // Whoever reads the URL may stop it at once.
            let mut interrupts = signals::Interrupts::new();
            let (url, service) = (sandbox.url(), sandbox.service_id().to_string());
            let ids = sandbox.service_ids();
            let services: Vec<String> = ids.iter().map(ToString::to_string).collect();
            let document = SandboxStarted {
                url: url.clone(),
                service: service.clone(),
                services: services.clone(),
            };
            ui.result(&document, |_| {
                format!("url: {url}\nservice: {}\n", services.join("\nservice: "))
            })?;
            ui.status(&format!(
                "connect with `--arm-endpoint {url} --service {service}`; stop with Ctrl-C"
            ));
            tokio::select! {
                ended = sandbox.wait() => ended?,
                () = interrupts.next() => {}
            }
            Ok(Exit::Done)
        })
    }
}
