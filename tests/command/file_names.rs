//! Names of files that are no text.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use crate::common::{Env, Output, Sandbox};

#[test]
fn no_command_panics_on_names_that_are_no_text() {
    let sandbox = Sandbox::contoso();
    let env = Env::connected(&sandbox);
    let name = OsStr::from_bytes(b"p-\xff");
    let run = |args: &[&str]| {
        let args: Vec<OsString> = (args.iter())
            .map(|arg| match arg.strip_prefix('@') {
                Some(rest) => [name, OsStr::new(rest)].join(OsStr::new("")),
                None => OsString::from(arg),
            })
            .collect();
        let mut command = env.command(&[]);
        let output = command.args(&args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    };
    let planned = ["plan", "--workspace", "billing", "--api", "invoices"];
    run(&[&planned[..], &["-o", "@", "--output", "json"]].concat()).exits(0);
    for args in [
        &["show", "@"][..],
        &["show", "@", "--out", "@.html", "--format", "html"],
        &["validate", "@"],
        &["explain", "@", "invoices"],
        &["status", "@"],
        &["apply", "@", "--yes"],
        &["verify", "@"],
        &["rollback", "@", "--yes"],
        &["snapshot", "--api", "invoices", "-o", "@.json"],
        &["assess", "--format", "html", "--out", "@.html"],
    ] {
        for form in ["text", "json"] {
            run(&[args, &["--output", form]].concat()).exits(0);
        }
    }
    for form in ["text", "json"] {
        // A folder for each: no file is written over.
        let folder = format!("@-{form}");
        run(&["assess", "--save", &folder, "--output", form]).exits(0);
    }
    for args in [
        &["validate", "@/none.yaml"][..],
        &["plan", "-f", "@/none"],
        &["plan", "--from", "@/none", "--workspace", "w", "--all"],
        &["plan", "--workspace", "w", "--all", "--traits", "@/none"],
        &["policy", "references", "@/none"],
        &["sandbox", "--seed", "@/none"],
        &["explain", "@/none"],
        &["show", "@/none"],
        &["show", "@", "--log-file", "@/none/none"],
        &["@"],
    ] {
        for form in ["text", "json"] {
            let output = run(&[args, &["--output", form]].concat());
            assert!(matches!(output.code, 1 | 2 | 6), "{args:?}: {output}");
        }
    }
}
