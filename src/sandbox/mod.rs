//! An embedded API Management service to try everything on.
//!
//! It stands behind the same REST surface as the real one and shares nothing
//! with the tool's decisions, so that it can disagree with them. What the real
//! service does is not always known: the unknowns are [`Switches`].

mod access;
pub mod contoso;
mod http;
mod links;
mod options;
mod read;
pub mod rules;
mod store;
mod switches;
mod trouble;
mod write;

#[cfg(test)]
mod http_test;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use access::deny::{Action, ActionError};
pub use http::log::Logged;
pub use options::Options;
pub use store::seed::SeedError;
pub use switches::{
    AsyncBody, AsyncShape, AsyncUpdate, FirstPut, ListEnd, NameCase, NameClash, OneWriter,
    PathScope, PolicyList, PollDocument, PollUrl, RevisionNull, SameTemplate, SwitchError,
    Switches,
};
pub use trouble::faults::{Fault, FaultError, FaultSpec};
pub use trouble::limits::ArmLimits;

use crate::address::ServiceId;
use http::shared::Shared;

/// Why a sandbox can't start, or did not stop well.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A seed can't be loaded; seeds are counted from 1.
    #[error("seed {0} can't be loaded")]
    Seed(usize, #[source] SeedError),
    /// The port can't be listened on.
    #[error("can't listen on port {port}")]
    Port {
        /// The port that was asked for.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
    /// The server ended with an error.
    #[error("the server failed")]
    Server(#[source] std::io::Error),
}

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    shared: Arc<Shared>,
    address: SocketAddr,
    service: ServiceId,
    others: Vec<ServiceId>,
    stop: CancellationToken,
    server: JoinHandle<std::io::Result<()>>,
}

impl Sandbox {
    /// Starts a sandbox on a port of the loopback interface; 0 takes any.
    ///
    /// # Errors
    /// When a seed can't be loaded or the port can't be listened on.
    pub async fn start(options: Options, port: u16) -> Result<Self, SandboxError> {
        let contoso = [contoso::seed()];
        let seeds = if options.seeds.is_empty() {
            &contoso[..]
        } else {
            &options.seeds
        };
        let mut services: Vec<store::Service> = Vec::new();
        for (at, seed) in seeds.iter().enumerate() {
            let mut service = store::seed::load(seed, &options.switches, options.seed_number)
                .and_then(
                    |service| match services.iter().any(|s| s.id == service.id) {
                        true => Err(SeedError::Twice(service.id.to_string())),
                        false => Ok(service),
                    },
                )
                .map_err(|error| SandboxError::Seed(at + 1, error))?;
            service.strict = options.strict;
            service.page_size = options.page_size;
            services.push(service);
        }
        let service = services[0].id.clone();
        let others = services[1..].iter().map(|s| s.id.clone()).collect();
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .map_err(|source| SandboxError::Port { port, source })?;
        let address = listener
            .local_addr()
            .map_err(|source| SandboxError::Port { port, source })?;
        let shared = Arc::new(Shared::new(services, &options, format!("http://{address}")));
        let stop = CancellationToken::new();
        let server = tokio::spawn(http::wire::serve(
            listener,
            Arc::clone(&shared),
            stop.clone(),
        ));
        Ok(Self {
            shared,
            address,
            service,
            others,
            stop,
            server,
        })
    }

    /// The endpoint to talk to: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The first seed's service.
    pub fn service_id(&self) -> ServiceId {
        self.service.clone()
    }

    /// The services of all seeds, in their order.
    pub fn service_ids(&self) -> Vec<ServiceId> {
        [&self.service]
            .into_iter()
            .chain(&self.others)
            .cloned()
            .collect()
    }

    /// Runs until the server ends.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn wait(mut self) -> Result<(), SandboxError> {
        ended((&mut self.server).await)
    }

    /// Stops the server; requests under way get a moment to end.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn stop(mut self) -> Result<(), SandboxError> {
        self.stop.cancel();
        match tokio::time::timeout(Duration::from_secs(1), &mut self.server).await {
            Ok(result) => ended(result),
            Err(_) => {
                self.server.abort();
                Ok(())
            }
        }
    }

    /// What was asked so far, in the order of arrival.
    pub fn log(&self) -> Vec<Logged> {
        self.shared.log()
    }

    /// How many requests have been taken in and wait for nothing but the time
    /// that answers take here.
    pub fn waiting(&self) -> usize {
        self.shared.waiting()
    }

    /// Everything that is stored, secrets and keys included, sorted by path:
    /// one snapshot, or `{"services": [...]}` when there are several.
    pub fn dump(&self) -> Value {
        self.shared.dump()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.cancel();
        self.server.abort();
    }
}

fn ended(result: Result<std::io::Result<()>, tokio::task::JoinError>) -> Result<(), SandboxError> {
    match result {
        Ok(result) => result.map_err(SandboxError::Server),
        Err(error) if error.is_cancelled() => Ok(()),
        Err(error) => Err(SandboxError::Server(std::io::Error::other(error))),
    }
}
