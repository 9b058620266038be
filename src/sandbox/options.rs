//! How a sandbox is started.

use std::time::Duration;

use serde_json::Value;

use super::access::deny::Action;
use super::switches::Switches;
use super::trouble::faults::FaultSpec;
use super::trouble::limits::ArmLimits;

/// What a sandbox is like.
#[derive(Debug, Clone)]
pub struct Options {
    /// Services in the snapshot format, secrets included; with none, the
    /// Contoso sample.
    pub seeds: Vec<Value>,
    /// How long every answer takes at least.
    pub latency: Duration,
    /// Which of ARM's token buckets apply, if any.
    pub arm_limits: Option<ArmLimits>,
    /// What goes wrong on purpose, and how often.
    pub faults: Option<FaultSpec>,
    /// The bearer token that callers need; with none, any will do.
    pub token: Option<String>,
    /// How many requests a bearer token serves; with none, any number.
    pub token_life: Option<u64>,
    /// What the caller has no right to.
    pub denied: Vec<Action>,
    /// What is unknown about the real service.
    pub switches: Switches,
    /// Where random numbers and minted names come from.
    pub seed_number: u64,
    /// The most items on one page of a list.
    pub page_size: usize,
    /// Whether unknown, read-only and null members of a body are refused.
    pub strict: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seeds: Vec::new(),
            latency: Duration::ZERO,
            arm_limits: None,
            faults: None,
            token: None,
            token_life: None,
            denied: Vec::new(),
            switches: Switches::default(),
            seed_number: 1,
            page_size: 20,
            strict: true,
        }
    }
}
