//! What is still to be sent for a plan, and how long that takes at least.

use std::time::Duration;

use crate::arm::{Arm, Forecast, Limits, Load};
use crate::engine::frontier::in_a_row;
use crate::engine::lanes::MOST;
use crate::plan::Action;
use crate::target::account::Account;
use crate::target::order::Order;

/// What answers take where nothing was measured.
const ANSWER: Duration = Duration::from_millis(200);

/// What these steps, by position, ask of ARM: one request each, and one for
/// each secret.
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
    let mut load = Load {
        in_a_row: in_a_row(order.nodes(), writers, &is_sent),
        width,
        ..Load::default()
    };
    for (_, step) in plan.steps.iter().enumerate().filter(|(i, _)| is_sent(*i)) {
        match step.action {
            Action::Create => load.writes += 1 + usize::from(step.secret.is_some()),
            Action::Tidy => load.deletes += 1,
            Action::Reuse => {}
        }
    }
    load
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
