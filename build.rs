//! Tells the program which commit it is built of, for `--version`.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // A build for work on the program would be made anew for every commit.
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let of = release.then(commit).flatten().unwrap_or_default();
    println!("cargo:rustc-env=APIM_MIGRATE_BUILT_OF={of}");
}

/// `abcdef012345 (2026-11-26)`: the commit and its own date, so that the same
/// commit gives the same program. None without a checkout of this repository.
fn commit() -> Option<String> {
    let home = std::env::var("CARGO_MANIFEST_DIR").ok()?;
    let top = git(&["rev-parse", "--show-toplevel"])?;
    if Path::new(&top).canonicalize().ok()? != Path::new(&home).canonicalize().ok()? {
        return None;
    }
    let branch = git(&["symbolic-ref", "-q", "HEAD"]);
    for name in ["HEAD", "packed-refs"].into_iter().chain(branch.as_deref()) {
        if let Some(file) =
            git(&["rev-parse", "--git-path", name]).filter(|f| Path::new(f).exists())
        {
            println!("cargo:rerun-if-changed={file}");
        }
    }
    git(&["show", "-s", "--abbrev=12", "--format=%h (%cs)", "HEAD"])
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
