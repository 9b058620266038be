//! The example for programs that embed the library.

use std::sync::Arc;

use apim_migrate::arm::{Arm, FixedToken};
use apim_migrate::exit::Exit;
use apim_migrate::secret::Secret;

use crate::common::{Env, Sandbox};

#[allow(
    dead_code,
    unreachable_pub,
    reason = "it is a program of its own, with a `main`"
)]
#[path = "../../examples/embed.rs"]
mod example;

#[test]
fn a_program_of_ones_own_moves_an_api() {
    let (sandbox, env) = (Sandbox::contoso(), Env::new());
    let tokens = Arc::new(FixedToken::new(Secret::new("t")));
    let arm = (Arm::builder(sandbox.url.parse().unwrap(), tokens).build()).unwrap();
    let service = sandbox.service.parse().unwrap();
    let work = async |api: &str| {
        let dir = env.path(api);
        example::migrate(&arm, &service, "billing", api, &dir)
            .await
            .unwrap()
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert_eq!(runtime.block_on(work("invoices")), Exit::Done);
    assert_eq!(runtime.block_on(work("partner-crm")), Exit::Blocked);
    let copy = format!(
        "{}/workspaces/billing/apis/invoices-in-billing?api-version=2024-05-01",
        sandbox.service
    );
    assert_eq!(sandbox.ask("GET", &copy, None).0, 200);
}
