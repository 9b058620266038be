//! A plan that was made of one service, carried out on a copy of it.

use crate::common::migration::{CLEAN, Migration};
use crate::common::{Env, Sandbox};

#[test]
fn a_plan_of_the_real_service_can_be_rehearsed_on_its_snapshot() {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    m.env
        .run(&["snapshot", "--all", "-o", "contoso.json"])
        .exits(0);
    m.forget_log();
    let seed = m.env.path("contoso.json").display().to_string();
    let stage = Sandbox::start(&["--seed", &seed]);
    let env = Env::connected(&stage);
    let plan = m.env.path("p").display().to_string();
    env.run(&["apply", &plan, "--yes"]).exits(0);
    env.run(&["verify", &plan]).exits(0);
    assert!(m.log().is_empty());
}
