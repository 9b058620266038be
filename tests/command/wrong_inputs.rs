//! Wrong inputs, and what is said of each: what happened, to which thing, and
//! what to do next. The snapshot is read by people whenever it changes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::common::migration::Migration;
use crate::common::{Env, Output};

/// What is done to the working directory before.
enum Put {
    /// A file.
    File(&'static str, &'static str),
    /// A folder.
    Folder(&'static str),
    /// Other words in a file that is there.
    Words(&'static str, &'static str, &'static str),
    /// A file is taken away.
    Gone(&'static str),
}

use Put::{File, Folder, Gone, Words};

/// Where a row is run.
#[derive(PartialEq)]
enum Place {
    /// Without any service.
    Nowhere,
    /// With the sandbox in the environment.
    Contoso,
    /// The same, beside a plan in the folder `p`.
    Plan,
}

use Place::{Contoso, Nowhere, Plan};

struct Wrong {
    place: Place,
    args: &'static str,
    put: Vec<Put>,
    /// Variables of the environment.
    set: &'static [(&'static str, &'static str)],
}

fn row(place: Place, args: &'static str) -> Wrong {
    Wrong {
        place,
        args,
        put: Vec::new(),
        set: &[],
    }
}

/// With a variable of the environment.
fn set(args: &'static str, set: &'static [(&'static str, &'static str)]) -> Wrong {
    Wrong {
        set,
        ..row(Contoso, args)
    }
}

/// An edit of the plan in the folder `p`.
fn edit(from: &'static str, to: &'static str) -> Wrong {
    with(Plan, "validate p", [Words("p/plan.yaml", from, to)])
}

fn with<const N: usize>(place: Place, args: &'static str, put: [Put; N]) -> Wrong {
    Wrong {
        put: put.into(),
        ..row(place, args)
    }
}

/// A migration file that says this, and no flag.
fn file(text: &'static str) -> Wrong {
    with(Contoso, "plan -f m.yaml", [File("m.yaml", text)])
}

fn flags() -> Vec<Wrong> {
    vec![
        row(Nowhere, "paln"),
        row(Nowhere, "plan --workspce billing"),
        row(Nowhere, "plan --keys maybe"),
        row(Nowhere, "plan --workspace"),
        row(Nowhere, "list"),
        row(Nowhere, "list everything"),
        row(Nowhere, "list apis --output xml"),
        row(Nowhere, "list apis --progress dots"),
        row(Nowhere, "apply"),
        row(Plan, "apply p --concurrency 0"),
        row(Plan, "apply p --on-conflict shrug"),
        row(Plan, "apply p --offline"),
        row(Plan, "apply p"),
        row(Plan, "rollback p"),
        row(Plan, "show p --format pdf"),
        row(Plan, "show p --focus nothing-like-it"),
        row(Plan, "explain p nothing-like-it"),
        row(Nowhere, "explain NOPE"),
        row(Plan, "status p --watch --json"),
        row(Nowhere, "completions tcsh"),
        row(Nowhere, "workspace grant w --role boss --principal 1"),
        row(Contoso, "workspace create a/b --display-name x"),
        row(Nowhere, "doctor --api-version yesterday"),
        row(Contoso, "assess --workspaces 0"),
        row(
            Contoso,
            "plan --workspace billing --all --read-version 2020-01-01",
        ),
    ]
}

fn connections() -> Vec<Wrong> {
    vec![
        row(Nowhere, "list apis"),
        row(Nowhere, "list apis --service contoso"),
        row(Nowhere, "list apis --subscription s -g g -n a/b"),
        row(Contoso, "list apis -n contos"),
        row(Contoso, "list apis -g rg-contoso -n contoso"),
        row(Contoso, "list apis -n nothing-like-it"),
        row(
            Contoso,
            "list apis --subscription 00000000-0000-0000-0000-000000000002",
        ),
        row(Contoso, "workspace show billing -n contos"),
        row(Contoso, "list apis --arm-endpoint ftp://127.0.0.1"),
        row(Contoso, "list apis --arm-endpoint http://example.com"),
        row(Contoso, "list apis --arm-endpoint 127.0.0.1:8040"),
        row(Contoso, "list apis --cloud usgov"),
        row(Contoso, "plan --workspace bilings --api invoices"),
        row(Contoso, "workspace show bilings"),
    ]
}

fn selections() -> Vec<Wrong> {
    vec![
        row(Contoso, "plan --workspace billing"),
        row(Contoso, "plan --all"),
        row(Contoso, "plan --workspace a/b --all"),
        row(Contoso, "plan --workspace billing --api invoicse"),
        row(Contoso, "plan --workspace billing --api zzz*"),
        row(Contoso, "plan --workspace billing --api catalog;rev=3"),
        row(
            Contoso,
            "plan --workspace billing --api-display-name nothing-like-it",
        ),
        row(Contoso, "plan --workspace billing --product Starters"),
        row(
            Contoso,
            "plan --workspace billing --product nothing-like-it",
        ),
        row(Contoso, "plan --workspace billing --tag financ"),
        row(Contoso, "plan --workspace billing --tag nothing-like-it"),
        row(
            Contoso,
            "plan --workspace billing --version-set nothing-like-it",
        ),
        row(
            Contoso,
            "plan --workspace billing --all --exclude nothing-like-it",
        ),
        row(Contoso, "plan --workspace billing --all --exclude *"),
        row(Contoso, "plan --workspace billing --all --without productz"),
        row(
            Contoso,
            "plan --workspace billing --all --with-service-scope polices",
        ),
        row(
            Contoso,
            "plan --workspace billing --all --allow nothing-like-it",
        ),
        row(
            Contoso,
            "plan --workspace billing --all --name-template {nam}",
        ),
        row(
            Contoso,
            "plan --workspace billing --all --traits absent.yaml",
        ),
    ]
}

fn files() -> Vec<Wrong> {
    vec![
        row(Contoso, "plan -f absent.yaml"),
        with(Contoso, "plan -f m.yaml", [Folder("m.yaml")]),
        file(""),
        file("version: 1\nwrkspace: billing\n"),
        file("version: 1\nworkspace: billing\nselect: {apis: {a: b}}\n"),
        file("version: 1\nworkspace: [billing\n"),
        file("version: 1\nworkspace: billing\nselect:\n  apis: [invoicse]\n"),
        file("version: 1\nworkspace: billing\nselect: {all: true}\nallow:\n  - kind-unkown\n"),
        file("version: 1\nworkspace: billing\nselect: {all: true}\nwithout: [productz]\n"),
        file("version: 1\nworkspace: billing\nselect: {all: true}\nkeys: maybe\n"),
        file("version: 1\nworkspace: billing\nselect: {all: true}\nnaming: {name: '{nam}'}\n"),
        file(
            "version: 1\nworkspace: billing\nselect: {all: true}\nnaming:\n  overrides:\n    \
             apis/invoices: {path: p}\n",
        ),
        file(
            "version: 1\nworkspace: billing\nselect: {all: true}\nnaming:\n  overrides:\n    \
             /apis/nothing: {path: p}\n",
        ),
        file(
            "version: 1\nworkspace: billing\nselect: {all: true}\naccess:\n  - principal: \
             11111111-1111-4111-8111-111111111111\n    role: boss\n",
        ),
        file(
            "version: 1\nworkspace: billing\nselect: {all: true}\naccess:\n  - principal: anna\n    \
             role: reader\n",
        ),
        file("version: 1\nworkspace: billing\nservice: contoso\nselect: {all: true}\n"),
        file(
            "version: 1\nworkspace: billing\nselect: {all: true}\ncertificates:\n  tls: {pfx: \
             absent.pfx}\n",
        ),
        with(
            Nowhere,
            "plan --workspace w --all --from s.json",
            [File("s.json", "")],
        ),
        with(
            Nowhere,
            "plan --workspace w --all --from s.json",
            [File("s.json", "{\"format\": 1}")],
        ),
        row(Nowhere, "plan --workspace w --all --from absent.json"),
        with(Contoso, "snapshot --all -o s.json", [Folder("s.json")]),
        row(Contoso, "snapshot --all -o absent/s.json"),
        row(Nowhere, "validate absent"),
        with(Nowhere, "validate m.yaml", [File("m.yaml", "hello")]),
        row(Nowhere, "policy references absent.xml"),
    ]
}

fn plans() -> Vec<Wrong> {
    vec![
        row(Nowhere, "apply absent --yes"),
        with(Nowhere, "show empty", [Folder("empty")]),
        with(Nowhere, "show f.txt", [File("f.txt", "hello")]),
        with(Nowhere, "status p", [Folder("p/plan.yaml")]),
        with(Plan, "status p", [File("p/plan.yaml", "")]),
        with(Plan, "status p", [File("p/plan.yaml", "steps: [\n")]),
        with(
            Plan,
            "show p",
            [Words(
                "p/plan.yaml",
                "workspace: billing",
                "wrkspace: billing",
            )],
        ),
        with(
            Plan,
            "show p",
            [Words("p/plan.yaml", "version: ", "version: 9")],
        ),
        with(
            Plan,
            "apply p --yes",
            [Words("p/plan.yaml", "kind: api\n", "kind: apy\n")],
        ),
        with(
            Plan,
            "apply p --yes",
            [Words("p/plan.yaml", "action: create", "action: make")],
        ),
        with(
            Plan,
            "apply p --yes",
            [Gone("p/resources/apis/invoices-in-billing.json")],
        ),
        with(
            Plan,
            "apply p --yes",
            [File(
                "p/resources/apis/invoices-in-billing.json",
                "{\"properties\": ",
            )],
        ),
        with(
            Plan,
            "apply p --yes",
            [File("p/resources/apis/invoices-in-billing.json", "")],
        ),
        with(Plan, "status p", [File("p/journal.jsonl", "hello\n")]),
        with(Plan, "status p", [Folder("p/journal.jsonl")]),
        with(
            Plan,
            "status p",
            [File(
                "p/journal.jsonl",
                "{\"version\":2,\"plan\":\"x\",\"target\":\"/subscriptions/other\"}\n",
            )],
        ),
        with(Plan, "show p --format html --out o", [Folder("o")]),
        with(
            Plan,
            "plan --workspace billing --api invoices -o p/plan.yaml",
            [],
        ),
        with(Contoso, "assess --save f.txt", [File("f.txt", "")]),
        row(Plan, "apply p --yes --api-version 2020-01-01"),
    ]
}

fn sandboxes() -> Vec<Wrong> {
    vec![
        row(Nowhere, "sandbox --port 99999"),
        row(Nowhere, "sandbox --port 0 --seed absent.json"),
        with(
            Nowhere,
            "sandbox --port 0 --seed s.json",
            [File("s.json", "[]")],
        ),
        row(Nowhere, "sandbox --port 0 --faults 501:1"),
        row(Nowhere, "sandbox --port 0 --faults 500:2"),
        row(Nowhere, "sandbox --port 0 --switch colour=red"),
        row(Nowhere, "sandbox --port 0 --page-size 0"),
        row(Nowhere, "rehearse absent"),
    ]
}

/// What the system lets nobody read or write: nothing is below a file, whoever asks.
fn out_of_reach() -> Vec<Wrong> {
    let below = |place, args| with(place, args, [File("f", "")]);
    vec![
        below(Nowhere, "plan -f f/m.yaml"),
        below(Nowhere, "plan --from f/s.json --workspace billing --all"),
        below(Contoso, "plan --workspace billing --api loyalty -o f/p"),
        below(
            Contoso,
            "plan --workspace billing --api loyalty --save f/m.yaml",
        ),
        below(Nowhere, "show f/p"),
        below(Plan, "show p --format html --out f/page.html"),
        below(Plan, "rehearse p --from f/s.json"),
        below(Contoso, "snapshot --all -o f/s.json"),
        below(Contoso, "assess --save f/teams"),
        below(Contoso, "list apis --log-file f/log"),
        below(Nowhere, "man f/man"),
        with(Plan, "apply p --yes", [Folder("p/journal.jsonl")]),
    ]
}

/// Plans with a slip of the hand in them.
fn edits() -> Vec<Wrong> {
    vec![
        edit("version: 1\n", "version: one\n"),
        edit("version: 1\n", ""),
        edit("name: billing", "name: [billing]"),
        edit("workspace: billing }", "workspace: \"\" }"),
        edit("apis: [invoices]", "apis: invoices"),
        edit("severity: warning", "severity: bad"),
        edit("\nsteps:\n", "\nsteps: []\nold:\n"),
        edit("\nsteps:\n", "\nsteps:\nsteps:\n"),
        edit("\nsteps:\n", "\nsteps:\n\t- id: x\n"),
        edit("id: tags/beta\n", "id: tags/commerce\n"),
        edit("kind: tag\n", "kind: group\n"),
        edit("action: create", "acton: create"),
        edit("action: create", "action: tidy"),
        edit("source: /tags/beta\n", "source: tags/beta\n"),
        edit("source: /tags/beta\n", "source: /nonsense/beta\n"),
        edit(
            "target: /workspaces/billing/tags/beta-in-billing",
            "target: /tags/beta",
        ),
        edit(
            "target: /workspaces/billing/tags/beta-in-billing",
            "target: /workspaces/other/tags/beta",
        ),
        edit(
            "target: /workspaces/billing/tags/beta-in-billing",
            "target: /workspaces/billing/tags/commerce-in-billing",
        ),
        edit(
            "body: resources/tags/beta-in-billing.json",
            "body: ../../etc/passwd",
        ),
        edit("after: []", "after: [tags/nope]"),
        edit("after: []", "after: [tags/beta]"),
        edit("after: []", "after: tags/commerce"),
        edit("selection:", "allow: [nope]\nselection:"),
        edit("selection:", "allow: certificate-not-readable\nselection:"),
        edit("secret: listValue", "secret: hunter2"),
        with(
            Plan,
            "validate p",
            [File(
                "p/resources/tags/beta-in-billing.json",
                "{\"properties\": []}",
            )],
        ),
        with(
            Plan,
            "validate p",
            [File(
                "p/resources/tags/beta-in-billing.json",
                "{\"props\": {}}",
            )],
        ),
        with(
            Plan,
            "plan --workspace billing --api invoices -o p",
            [File("p/.written.json", "[")],
        ),
        with(Plan, "validate p", [File("p/.basis.json", "hello")]),
    ]
}

/// Migration files with a slip of the hand in them, and other files of people's.
fn slips() -> Vec<Wrong> {
    vec![
        file("version: 2\nworkspace: billing\n"),
        file("version: \"1\"\nworkspace: billing\n"),
        file("version: 1\nworkspace: billing\nselect: {all: yes please}\n"),
        file("version: 1\nworkspace: billing\nselect: all\n"),
        file("version: 1\nworkspace: billing\nselect: {all: true}\nselect: {apis: [x]}\n"),
        file("version: 1\nworkspace: billing\nselect: {apis: [\"\"]}\n"),
        file(
            "version: 1\nworkspace: billing\nselect: {apis: invoices}\nnaming: {overrides: [a]}\n",
        ),
        file("version: 1\nworkspace: billing\nselect: {apis: invoices}\naccess: {principal: x}\n"),
        file(
            "version: 1\nworkspace: billing\nselect: {apis: invoices}\naccess: [{role: reader}]\n",
        ),
        file("version: 1\ntarget: {workspace: {display: X}}\nselect: {apis: invoices}\n"),
        file(
            "version: 1\nworkspace: billing\ntarget: {workspace: {id: other}}\nselect: {apis: invoices}\n",
        ),
        file("version: 1\nworkspace: billing\nselect: {apis: invoices}\nkeys: [new]\n"),
        file("version: 1\nworkspace: billing\n\tselect: {apis: invoices}\n"),
        file("- a\n- b\n"),
        file("version: 1\n---\nversion: 1\n"),
        file(
            "version: 1\nworkspace: billing\nselect: {apis: invoices}\ncertificates: {carrier-client: {}}\n",
        ),
        with(
            Contoso,
            "plan --workspace billing --all --traits t.yaml",
            [File("t.yaml", "- 1\n")],
        ),
        with(
            Contoso,
            "plan --workspace billing --all --traits t.yaml",
            [File("t.yaml", "version: 1\napiBusyMs: fast\n")],
        ),
        with(
            Nowhere,
            "plan --workspace w --all --from s.json",
            [File("s.json", "{\"service\": {\"subscriptionId\": 5}}")],
        ),
        with(
            Nowhere,
            "plan --workspace w --all --from s.json",
            [File("s.json", "[[[")],
        ),
        with(
            Nowhere,
            "sandbox --port 0 --seed s.json",
            [File("s.json", "{\"service\": ")],
        ),
        row(Nowhere, "plan -f /dev/zero"),
        row(Nowhere, "policy references /dev/zero"),
    ]
}

/// Values of flags and variables that mean nothing.
fn values() -> Vec<Wrong> {
    vec![
        row(Contoso, "list apis --operation-timeout soon"),
        row(Plan, "rehearse p --latency -1"),
        row(Plan, "show p --format dot --focus invoices --depth deep"),
        row(Plan, "show p --api nope"),
        row(Plan, "show p --kind nope --api invoices"),
        row(Contoso, "plan --workspace billing --api ="),
        row(
            Contoso,
            "workspace grant billing --role reader --principal anna",
        ),
        set("list apis", &[("APIM_MIGRATE_OUTPUT", "xml")]),
        set("list apis", &[("APIM_MIGRATE_QUIET", "maybe")]),
        set("list apis", &[("APIM_MIGRATE_SERVICE", "contoso")]),
        set("list apis", &[("APIM_MIGRATE_TOKEN", "Bearer x y")]),
        set("list apis", &[("APIM_MIGRATE_ARM_ENDPOINT", "nonsense")]),
        set("list apis", &[("AZURE_SUBSCRIPTION_ID", "")]),
        set("list apis", &[("APIM_SERVICE_NAME", "con\u{1b}[31mtoso")]),
        set("plan --all", &[("APIM_MIGRATE_WORKSPACE", "bil ling")]),
        set(
            "plan --workspace billing",
            &[("APIM_MIGRATE_API", "nope,invoices")],
        ),
    ]
}

#[test]
fn every_wrong_input_is_told_with_what_to_do_next() {
    let contoso = Migration::contoso(&[]);
    contoso.plan(&["invoices"], &[]).exits(0);
    let mut told = String::new();
    let mut helpless = Vec::new();
    let all = [
        flags(),
        connections(),
        selections(),
        files(),
        plans(),
        sandboxes(),
        out_of_reach(),
        edits(),
        slips(),
        values(),
    ];
    let all: Vec<Wrong> = all.into_iter().flatten().collect();
    assert!(all.len() >= 60);
    for wrong in &all {
        let output = said(wrong, &contoso);
        assert_ne!(output.code, 0, "{}\n{output}", wrong.args);
        assert_ne!(output.code, 101, "{}\n{output}", wrong.args);
        let stderr = anonymous(&output.stderr, &contoso);
        for (name, value) in wrong.set {
            let _ = writeln!(told, "# {name}={value:?}");
        }
        let _ = writeln!(told, "$ {}", wrong.args);
        for put in &wrong.put {
            let _ = writeln!(told, "# {}", done(put));
        }
        let _ = writeln!(told, "{}exit {}\n", stderr, output.code);
        let next = ["help: ", "tip: ", "For more information, try", "Usage: "];
        if !next.iter().any(|next| stderr.contains(next)) {
            helpless.push(wrong.args);
        }
    }
    insta::assert_snapshot!(told);
    assert_eq!(helpless, [""; 0]);
}

fn said(wrong: &Wrong, contoso: &Migration) -> Output {
    let env = match wrong.place {
        Nowhere => Env::new(),
        Contoso | Plan => Env::connected(&contoso.sandbox),
    };
    let env = (wrong.set.iter()).fold(env, |env, (name, value)| env.with(name, value));
    if wrong.place == Plan {
        copy(&contoso.env.path("p"), &env.path("p"));
    }
    for put in &wrong.put {
        match put {
            File(name, text) => drop(env.write(name, text)),
            Folder(name) => fs::create_dir_all(env.path(name)).unwrap(),
            Gone(name) => fs::remove_file(env.path(name)).unwrap(),
            Words(name, from, to) => {
                let text = env.read(name);
                assert!(text.contains(from), "{from}");
                env.write(name, &text.replacen(from, to, 1));
            }
        }
    }
    let args: Vec<&str> = wrong.args.split(' ').collect();
    env.run(&args)
}

fn done(put: &Put) -> String {
    match put {
        File(name, text) => format!("{name} holds {text:?}"),
        Folder(name) => format!("{name} is a folder"),
        Words(name, from, to) => format!("{name} says {to:?} in place of {from:?}"),
        Gone(name) => format!("{name} is gone"),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// What somebody else's files let nobody do, told as to somebody who is not root.
#[cfg(target_os = "linux")]
#[test]
fn what_may_not_be_read_or_written_is_told_with_what_to_do_next() {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
    let can = Command::new("/usr/bin/setpriv")
        .args(nobody)
        .arg("true")
        .status();
    if !can.is_ok_and(|status| status.success()) {
        println!("skipped: it takes setpriv, and root");
        return;
    }
    let contoso = Migration::contoso(&[]);
    contoso.plan(&["invoices"], &[]).exits(0);
    let env = &contoso.env;
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    open(env.dir(), 0o755).unwrap();
    env.write("s.json", "{}");
    open(&env.path("s.json"), 0o600).unwrap();
    let mut told = String::new();
    for args in [
        "plan --workspace billing --api loyalty -o q",
        "plan --workspace billing --api invoices --fresh -o p",
        "apply p --yes",
        "rollback p --yes",
        "show p --format html --out page.html",
        "plan --workspace billing --all --from s.json",
        "list apis --log-file log",
    ] {
        let args: Vec<&str> = args.split(' ').collect();
        let theirs = env.command(&args);
        let mut command = Command::new("/usr/bin/setpriv");
        command.args(nobody).arg(theirs.get_program()).args(&args);
        for (name, value) in theirs.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        let output = Output::of(command.current_dir(env.dir()).output().unwrap());
        let stderr = anonymous(&output.stderr, &contoso);
        let _ = writeln!(told, "$ {}\n{stderr}exit {}\n", args.join(" "), output.code);
    }
    insta::assert_snapshot!(told, @r"
    $ plan --workspace billing --api loyalty -o q
    error: could not use `q`
      Permission denied (os error 13)
    help: have its rights changed, or name another place
    exit 1

    $ plan --workspace billing --api invoices --fresh -o p
    warning: what was read is not remembered, and the next plan reads it again: could not use `p/.remembered/answers.jsonl`: Permission denied (os error 13)
    exit 0

    $ apply p --yes
    warning: what is remembered can't be forgotten; have the next plan read all with `--fresh`: could not use `p/.remembered/answers.jsonl`: Permission denied (os error 13)
    error: could not lock `p/.lock`
      Permission denied (os error 13)
    help: check that the plan folder is there and can be written
    exit 1

    $ rollback p --yes
    error: could not lock `p/.lock`
      Permission denied (os error 13)
    help: check that the plan folder is there and can be written
    exit 1

    $ show p --format html --out page.html
    error: could not write `page.html`
      Permission denied (os error 13)
    help: have its rights changed, or name another place
    exit 1

    $ plan --workspace billing --all --from s.json
    error: could not use the snapshot `s.json`
      Permission denied (os error 13)
    help: have its rights changed, or name another place
    exit 2

    $ list apis --log-file log
    error: could not open the log file `log`
      Permission denied (os error 13)
    help: have its rights changed, or name another place
    exit 2
    ");
}

/// Without what is different each time.
fn anonymous(text: &str, contoso: &Migration) -> String {
    let text = text.replace(&contoso.sandbox.url, "ENDPOINT");
    let differs = |line: &&str| line.contains("correlation id: ") || line.starts_with("to come: ");
    let lines = text.lines().filter(|line| !differs(line));
    let mut out = String::new();
    for line in lines {
        // How long it takes at least hangs on how fast the machine answers.
        let timed = line.strip_suffix(" s at least");
        let line = match timed.and_then(|l| l.rsplit_once("; ")) {
            Some((counts, _)) => counts,
            None => line,
        };
        let _ = writeln!(out, "{line}");
    }
    out
}
