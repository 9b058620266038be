//! What is still to be sent for a plan, and how long that takes at least.

use std::time::Duration;

use crate::arm::{Arm, Forecast, Limits, Load};
use crate::engine::frontier::in_a_row;
use crate::engine::lanes::MOST;
use crate::plan::{Action, Step};
use crate::target::account::Account;
use crate::target::order::Order;

/// What answers take where nothing was measured.
const ANSWER: Duration = Duration::from_millis(200);

/// Answers that an operation takes after its first: that it is done, and what it made.
const FOLLOWED: usize = 2;

/// What these steps, by position, ask of ARM: one request each, one for each secret,
/// and those that follow what takes long.
pub(in crate::apply) fn load(
    account: &Account<'_>,
    order: &Order<'_>,
    width: usize,
    is_sent: impl Fn(usize) -> bool,
) -> Load {
    let plan = account.plan();
    let writers = match account.ledger().busy {
        true => 1,
        false => MOST,
    };
    let takes = |at: usize| match is_sent(at) {
        true => asks(&plan.steps[at]).iter().sum(),
        false => 0,
    };
    let mut load = Load {
        in_a_row: in_a_row(order.nodes(), writers, &takes),
        width,
        ..Load::default()
    };
    for (_, step) in plan.steps.iter().enumerate().filter(|(i, _)| is_sent(*i)) {
        let [reads, writes, deletes] = asks(step);
        load.reads += reads;
        load.writes += writes;
        load.deletes += deletes;
    }
    load
}

/// The reads, writes and deletes that a step takes.
fn asks(step: &Step) -> [usize; 3] {
    let (kind, secrets) = (step.kind, usize::from(step.secret.is_some()));
    match step.action {
        Action::Create if kind.long_running => [FOLLOWED, 1 + secrets, 0],
        Action::Create => [0, 1 + secrets, 0],
        Action::Tidy => [0, 0, 1],
        Action::Reuse => [0; 3],
    }
}

/// What it takes at least where nothing was asked yet: at the limits that ARM
/// documents.
pub(in crate::apply) fn unmeasured(load: Load) -> Forecast {
    load.forecast(Some(Limits::arm()), ANSWER)
}

/// What it takes at least by what was seen of ARM so far.
pub(in crate::apply) fn measured(load: Load, arm: &Arm) -> Forecast {
    load.forecast(arm.limits(), arm.latency().unwrap_or(ANSWER))
}
