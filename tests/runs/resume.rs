//! A process that is killed in the middle, for real, and continued.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::common::migration::{CLEAN, Migration};

fn undisturbed() -> Migration {
    let m = Migration::contoso(&[]);
    m.plan(CLEAN, &[]).exits(0);
    m.apply(&[]).exits(0);
    m
}

#[test]
fn killed_in_the_middle_it_ends_as_if_undisturbed() {
    let wanted = undisturbed().state();
    for after in [1, 7, 30, 70] {
        let m = Migration::contoso(&["--latency", "3"]);
        m.plan(CLEAN, &[]).exits(0);
        m.interrupted(after, "-KILL");
        m.apply(&[]).exits(0);
        assert_eq!(m.state(), wanted, "killed after {after} writes");
        m.verify().exits(0);
    }
}

#[test]
fn interrupted_once_it_stops_in_good_order_and_goes_on_later() {
    let wanted = undisturbed().state();
    let m = Migration::contoso(&["--latency", "5"]);
    m.plan(CLEAN, &[]).exits(0);
    assert_eq!(m.interrupted(12, "-INT"), 4);
    m.env.run(&["status", "p"]).exits(0);
    m.apply(&[]).exits(0);
    assert_eq!(m.state(), wanted);
}

#[test]
fn a_second_run_at_once_is_refused() {
    let m = Migration::contoso(&["--latency", "30"]);
    m.plan(CLEAN, &[]).exits(0);
    let mut first = m
        .env
        .command(&["apply", "p", "--yes"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while m.count("PUT") < 1 && began.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(5));
    }
    m.apply(&[]).exits(6);
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn trouble_of_the_service_changes_nothing_in_the_end() {
    let wanted = undisturbed().state();
    let faults = "500:0.05,503:0.05,429:0.02,reset:0.02,timeout-after-commit:0.02";
    let m = Migration::contoso(&["--faults", faults]);
    m.plan(CLEAN, &[]).exits(0);
    let mut code = m.apply(&[]).code;
    for _ in 0..4 {
        if code == 0 {
            break;
        }
        assert_eq!(code, 4);
        code = m.apply(&[]).code;
    }
    assert_eq!(code, 0);
    assert_eq!(m.state(), wanted);
    m.verify().exits(0);
}
