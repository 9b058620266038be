//! Migrations on which everything goes wrong that can, by numbered schedules:
//! the built program against its own sandbox, over real HTTP, killed for real.
//!
//! A hundred schedules are run by default; `APIM_MIGRATE_FAULT_SEEDS=0..5000`
//! runs as many as that, and `APIM_MIGRATE_FAULT_SEEDS=17,39` just these.

mod history;
mod ledger;
mod process;
mod schedule;
mod story;
mod table;
mod world;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use history::History;
use schedule::Schedule;
use story::Account;

/// The variable that chooses schedules.
pub(crate) const SEEDS: &str = "APIM_MIGRATE_FAULT_SEEDS";

/// Stories at once: they mostly wait.
const AT_ONCE: usize = 4;

/// The schedules that were asked for.
fn asked() -> Vec<u64> {
    let Ok(text) = std::env::var(SEEDS) else {
        return (0..100).collect();
    };
    let number = |text: &str| -> u64 {
        let read = text.trim().parse();
        read.unwrap_or_else(|_| panic!("{SEEDS} has numbers and ranges: 0..1000 or 17,39"))
    };
    let seeds = text
        .split(',')
        .flat_map(|part| match part.split_once("..") {
            Some((from, to)) => number(from)..number(to),
            None => number(part)..number(part) + 1,
        });
    seeds.collect()
}

/// Tells one; a panic of the harness is a failure like another.
fn tell(tells: impl FnOnce() -> Result<Account, String>) -> Result<Account, String> {
    catch_unwind(AssertUnwindSafe(tells)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(text.unwrap_or("it panicked").to_owned())
    })
}

/// Tells those that were asked for, some at once; `of` makes one of a number,
/// and says how it is shown.
fn tell_all<T: fmt::Display>(
    test: &str,
    of: impl Fn(u64) -> T + Sync,
    tells: impl Fn(&T) -> Result<Account, String> + Sync,
) -> Vec<Account> {
    let seeds = asked();
    let next = AtomicUsize::new(0);
    let (accounts, failures) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&seed) = seeds.get(at) else { break };
                    let one = of(seed);
                    match tell(|| tells(&one)) {
                        Ok(account) => accounts.lock().unwrap().push(account),
                        Err(why) => {
                            let replay = format!(
                                "{SEEDS}={seed} cargo test --test main -- faults::{test} --nocapture"
                            );
                            println!("{one}\n{why}\nreplay: {replay}\n");
                            let mut failures = failures.lock().unwrap();
                            failures.push(format!("{one}\nreplay: {replay}"));
                        }
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        seeds.len(),
        failures.join("\n")
    );
    accounts.into_inner().unwrap()
}

#[test]
fn survived() {
    let accounts = tell_all("survived", Schedule::of, story::tell);
    println!("{}", table::rows(&accounts));
    table::write(&accounts);
}

#[test]
fn histories() {
    let accounts = tell_all("histories", History::of, history::tell);
    table::write_acts(&accounts);
}
