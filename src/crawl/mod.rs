//! Reading a service: from the selection outwards, each thing once, and only
//! what the selection needs.
//!
//! [`agenda`] decides what to read next, as a pure function of what was read;
//! this module reads it. The rounds end when there is nothing more to ask for.

pub mod agenda;
mod collect;
mod crowds;
mod drift;
mod fetch;
mod memory;
mod menu;
mod policies;
mod rights;
mod stock;
pub mod target;
mod trust;

use std::sync::Arc;

use crate::address::ResourcePath;
use crate::arm::limits::CRAWL_ROUNDS;
use crate::arm::{ArmError, Forecast, Load, Reader};
use crate::catalog::TooOld;
use crate::exit::Exit;
use crate::inventory::{Inventory, ReadAt};
use crate::progress::{Event, Listener};
use crate::select::{Select, SelectError, asked_owners, owner, select};

use agenda::{Agenda, Ask, Scope};
use collect::collect;
pub(crate) use collect::gateways_of;
use fetch::fetch_all;

pub use drift::read_drift;
pub use memory::{Memory, Remembered, TRUSTED};
pub use menu::{Linked, Menu, read_menu};
pub use policies::PolicyIndex;
pub use rights::{read_rights, rights_at};
pub use stock::read_stock;
pub use target::{read_existing, read_target, read_target_beside};

/// How to crawl.
#[derive(Debug, Clone, Copy)]
pub struct CrawlOptions {
    /// Reads under way at once, at most.
    pub concurrency: usize,
    /// Whether to read the whole service, rather than what the selection needs.
    pub everything: bool,
    /// Whether the service's list of all policies is gone by.
    pub policy_index: PolicyIndex,
    /// Whether what `--without` leaves out is looked at, as far as the service
    /// lets it be: to say what it was.
    pub left_out: bool,
}

impl Default for CrawlOptions {
    fn default() -> Self {
        Self {
            concurrency: 24,
            everything: false,
            policy_index: PolicyIndex::Auto,
            left_out: false,
        }
    }
}

/// What was read.
#[derive(Debug, Clone)]
pub struct Crawled {
    /// The service, as far as it was read.
    pub inventory: Inventory,
    /// The selected APIs, without revisions, sorted.
    pub selected: Vec<ResourcePath>,
    /// What was found out about the service's lists, in plain words.
    pub notes: Vec<String>,
    /// What was foretold after the first lists.
    pub forecast: Forecast,
}

/// Why a crawl failed.
#[derive(Debug, thiserror::Error)]
pub enum CrawlError {
    /// The service did not give something.
    #[error("could not read {}", told(what))]
    Read {
        /// What, service-relative; the service itself when empty.
        what: String,
        /// Why.
        source: ArmError,
    },
    /// The service takes no writes at the version that is chosen.
    #[error(transparent)]
    Version(#[from] TooOld),
    /// A selected API was deleted meanwhile.
    #[error("`{0}` was listed and is gone")]
    Gone(ResourcePath),
    /// What is read names ever more to read.
    #[error("what was read named more to read {CRAWL_ROUNDS} times in a row, and there is no end")]
    Endless,
    /// The selection selects nothing.
    #[error(transparent)]
    Select(#[from] SelectError),
}

/// What was to be read, in words.
fn told(what: &str) -> String {
    match what {
        "" => "the service".to_owned(),
        path => format!("`{path}`"),
    }
}

impl CrawlError {
    pub(crate) fn read(what: impl Into<String>) -> impl FnOnce(ArmError) -> Self {
        let what = what.into();
        |source| CrawlError::Read { what, source }
    }

    /// Whether the service will not show it, now or later.
    fn is_refusal(&self) -> bool {
        let CrawlError::Read { source, .. } = self else {
            return false;
        };
        matches!(source.status(), Some(400 | 403 | 405))
    }

    /// What the user can do next.
    pub fn help(&self) -> Option<String> {
        match self {
            CrawlError::Read { source, .. } => source.help(),
            CrawlError::Version(error) => Some(error.help()),
            CrawlError::Gone(_) => Some("run the command again".to_owned()),
            CrawlError::Endless => Some(
                "leave the branch that does not end out with `--without`, or look for fragments that include each other"
                    .to_owned(),
            ),
            CrawlError::Select(error) => Some(error.help()),
        }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            CrawlError::Read { .. }
            | CrawlError::Version(_)
            | CrawlError::Gone(_)
            | CrawlError::Endless => Exit::Failed,
            CrawlError::Select(error) => error.exit(),
        }
    }
}

/// Reads what a selection needs.
///
/// # Errors
/// When the selection names what is not there, or the service refuses.
pub async fn crawl(
    reader: &Reader,
    wanted: &Select,
    options: &CrawlOptions,
    listener: Arc<dyn Listener>,
) -> Result<Crawled, CrawlError> {
    crawl_again(reader, wanted, options, &mut Memory::default(), listener).await
}

/// The same, going by what an earlier crawl was told where that can be told to
/// be as it was.
///
/// # Errors
/// When the selection names what is not there, or the service refuses.
pub async fn crawl_again(
    reader: &Reader,
    wanted: &Select,
    options: &CrawlOptions,
    memory: &mut Memory,
    listener: Arc<dyn Listener>,
) -> Result<Crawled, CrawlError> {
    let reader = &reader.for_crawl();
    let asked = reader.version().map(str::to_owned);
    let mut inventory = Inventory::new(reader.service().clone());
    let scope = match options.everything {
        true => Scope::Everything,
        false => Scope::Selection,
    };
    let mut agenda = Agenda::new(scope, wanted.without.clone(), wanted.service_scope.clone())
        .going_by(options.policy_index)
        .looking_at_what_is_left_out(options.left_out);
    let round = async |asks: Vec<Ask>,
                       memory: &mut Memory,
                       inventory: &mut Inventory,
                       agenda: &mut Agenda| {
        let may_fail = |ask: &Ask| agenda.is_left_out(ask);
        let mut told: Vec<_> = asks.iter().map(|ask| memory.recall(ask)).collect();
        let unknown = asks.iter().zip(&told).filter(|(_, told)| told.is_none());
        let unknown = unknown.map(|(ask, _)| ask.clone()).collect();
        let read = fetch_all(reader, unknown, options.concurrency, &listener, &may_fail).await?;
        memory.read_at(reader.version());
        let mut read = read.into_iter().map(|(_, answer)| answer);
        // In the order asked, whoever tells.
        for (ask, told) in asks.iter().zip(&mut told) {
            let answer = match told.take() {
                Some(answer) => Some(answer),
                None => read.next().inspect(|answer| memory.keep(ask, answer)),
            };
            if let Some(answer) = answer {
                collect(ask, answer, inventory, agenda);
            }
        }
        Ok::<_, CrawlError>(())
    };
    let mut lists = agenda.first();
    for (kind, _, names) in asked_owners(wanted) {
        // To be found, though `--without` may leave them out.
        if !names.is_empty() {
            lists.extend(agenda.list_of(kind));
        }
    }
    round(lists, memory, &mut inventory, &mut agenda).await?;
    let mut owners = Vec::new();
    for (kind, link, names) in asked_owners(wanted) {
        for name in names {
            if let Some(owner) = owner(&inventory, kind, name) {
                owners.extend(agenda.links_of(&owner.path, link));
            }
        }
    }
    if !wanted.version_sets.is_empty() {
        owners.extend(agenda.list_of(&crate::catalog::VERSION_SET));
    }
    round(owners, memory, &mut inventory, &mut agenda).await?;
    let selected = match options.everything && *wanted == Select::default() {
        true => Vec::new(),
        false => select(&inventory, wanted)?,
    };
    let forecast = Load {
        reads: (agenda.expected(&inventory, &selected).iter())
            .filter(|ask| !memory.may_know(ask))
            .count(),
        width: options.concurrency,
        ..Load::default()
    };
    let forecast = forecast.forecast(reader.limits(), reader.latency().unwrap_or_default());
    listener.on(&Event::Foretold(forecast));
    let mut rounds = 0;
    loop {
        let asks = agenda.next(&inventory, &selected);
        if asks.is_empty() {
            break;
        }
        rounds += 1;
        if rounds > CRAWL_ROUNDS {
            return Err(CrawlError::Endless);
        }
        round(asks, memory, &mut inventory, &mut agenda).await?;
    }
    inventory.read = read_at(asked, reader);
    match selected.iter().find(|p| inventory.get(p).is_none()) {
        Some(gone) => Err(CrawlError::Gone(gone.clone())),
        None => Ok(Crawled {
            inventory,
            selected,
            notes: memory.notes().cloned().chain(agenda.notes()).collect(),
            forecast,
        }),
    }
}

fn read_at(asked: Option<String>, reader: &Reader) -> Option<ReadAt> {
    Some(ReadAt {
        asked: asked?.parse().ok()?,
        at: reader.version()?.parse().ok()?,
    })
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod sandbox_tests;
