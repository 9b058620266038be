//! Whatever the program is called with, it ends in order. Parsing and settings
//! are tried beside them, with many more cases; this is the program as a whole.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use proptest::prelude::*;

use crate::common::Env;

/// Commands that ask nobody and end by themselves.
const COMMANDS: &[&[&str]] = &[
    &["show"],
    &["validate"],
    &["status"],
    &["explain"],
    &["policy", "references"],
    &["completions"],
    &["schema"],
    &["help"],
    &["plan", "--from"],
    &["apply", "--dry-run", "--offline"],
];

const NAMES: &[&str] = &[
    "APIM_MIGRATE_OUTPUT",
    "APIM_MIGRATE_COLOR",
    "APIM_MIGRATE_API",
    "APIM_MIGRATE_ALLOW",
    "APIM_MIGRATE_VERBOSE",
    "APIM_MIGRATE_TOKEN",
    "APIM_MIGRATE_ARM_ENDPOINT",
    "AZURE_SUBSCRIPTION_ID",
    "RUST_LOG",
    "COLUMNS",
];

fn bytes() -> impl Strategy<Value = OsString> {
    proptest::collection::vec(1_u8.., 0..10).prop_map(OsString::from_vec)
}

proptest! {
    #[test]
    fn it_ends_in_order(
        command in proptest::sample::select(COMMANDS),
        args in proptest::collection::vec(bytes(), 0..4),
        set in proptest::collection::vec((proptest::sample::select(NAMES), bytes()), 0..4),
    ) {
        let env = Env::new();
        let output = env.command(command).args(&args).envs(set.iter().cloned()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        prop_assert!(output.status.code().is_some_and(|code| code <= 6), "{args:?} {set:?}\n{said}");
        prop_assert!(!said.contains("panicked"), "{said}");
    }
}
