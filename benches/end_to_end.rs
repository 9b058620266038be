//! The built program against the sandbox, from plan to apply: what it asks, how
//! long that takes at least, and how long it took. Prints a table.
//!
//! `cargo bench --bench end_to_end [-- SIZES...]`, of APIs or of APIs and what
//! operations each has more than usual (`190+6`), or `-- serving` for how many GETs
//! the sandbox answers a second, or `-- offline` for plans of snapshots.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that can't be set up has nothing to measure, and its table goes to stdout"
)]

#[path = "../tests/common/mod.rs"]
mod common;
mod scale;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use apim_migrate::arm::{Limits, Load, Rate};
use apim_migrate::engine::DEFAULT_CONCURRENCY;
use apim_migrate::inventory::snapshot;
use common::service::{larger_seed, seed_file};
use common::{Env, Sandbox};
use serde_json::{Value, json};

/// Reads that a crawl has under way at once.
const WIDTH: usize = 24;

/// How large a service is: its APIs, and the operations that each has more than usual.
#[derive(Clone, Copy)]
struct Size {
    apis: usize,
    more: usize,
}

/// Some 200, 2,000 and 5,000 steps.
const SIZES: [Size; 3] = [
    Size { apis: 6, more: 0 },
    Size { apis: 105, more: 0 },
    Size { apis: 190, more: 6 },
];

fn size(text: &str) -> Option<Size> {
    let (apis, more) = text.split_once('+').unwrap_or((text, "0"));
    let (apis, more) = (apis.parse().ok()?, more.parse().ok()?);
    Some(Size { apis, more })
}

/// A way to run the sandbox, what it is called, and what holds things up then.
struct Mode {
    name: &'static str,
    flags: &'static [&'static str],
    limits: Option<Limits>,
    latency: Duration,
}

const LATENCY: Duration = Duration::from_millis(50);

fn modes() -> [Mode; 3] {
    let rate = |size, refill| Rate { size, refill };
    [
        Mode {
            name: "nothing",
            flags: &[],
            limits: None,
            latency: Duration::ZERO,
        },
        Mode {
            name: "50 ms",
            flags: &["--latency", "50"],
            limits: None,
            latency: LATENCY,
        },
        Mode {
            name: "ARM's limits",
            flags: &["--arm-limits"],
            limits: Some(Limits {
                reads: rate(1_100.0, 110.0),
                writes: rate(800.0, 40.0),
                deletes: rate(800.0, 40.0),
            }),
            latency: Duration::ZERO,
        },
    ]
}

/// A command that has come to its end.
struct Run {
    report: Value,
    wall: Duration,
    /// Bytes, at most.
    memory: usize,
    /// Seconds of processor.
    taken: f64,
}

fn run(env: &Env, args: &[&str]) -> Run {
    let out = env.path("out");
    let mut command = env.command(args);
    command.args(["--output", "json", "-q"]);
    let began = Instant::now();
    let mut child = (command.stdout(File::create(&out).unwrap()))
        .spawn()
        .unwrap();
    let (mut memory, mut cpu) = (0, 0.0_f64);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        cpu = cpu.max(taken(child.id()));
        memory = memory.max(peak(child.id()).unwrap_or_default());
        std::thread::sleep(Duration::from_millis(5));
    };
    let wall = began.elapsed();
    assert!(matches!(status.code(), Some(0)), "{args:?}: {status}");
    Run {
        report: serde_json::from_str(&fs::read_to_string(out).unwrap()).unwrap(),
        wall,
        memory,
        taken: cpu,
    }
}

fn peak(pid: u32) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

fn count(report: &Value, method: &str) -> usize {
    number(&report["requests"][method])
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap_or_default()).unwrap_or_default()
}

/// Looking comes before the first write, so that the bounds of both add up.
fn bound(mode: &Mode, looks: Load, writes: Load) -> f64 {
    let least = |load: Load| load.forecast(mode.limits, mode.latency).least.as_secs_f64();
    least(looks) + least(writes)
}

fn row(size: Size, mode: &Mode, what: &str, run: &Run) {
    let looks = Load {
        reads: count(&run.report, "GET") + count(&run.report, "HEAD"),
        width: WIDTH,
        ..Load::default()
    };
    let writes = Load {
        writes: count(&run.report, "PUT")
            + count(&run.report, "POST")
            + count(&run.report, "PATCH"),
        deletes: count(&run.report, "DELETE"),
        in_a_row: number(&run.report["forecast"]["inARow"]),
        width: DEFAULT_CONCURRENCY.get(),
        ..Load::default()
    };
    let (least, wall) = (bound(mode, looks, writes), run.wall.as_secs_f64());
    let (told, ratio) = match least > 0.0 {
        true => (format!("{least:.1}"), format!("{:.2}", wall / least)),
        false => ("–".to_owned(), "–".to_owned()),
    };
    let mib = run.memory as f64 / 1_048_576.0;
    let Size { apis, more } = size;
    let apis = match more {
        0 => apis.to_string(),
        more => format!("{apis}+{more}"),
    };
    println!(
        "| {apis} | {} | {what} | {} | {} | {} | {told} | {wall:.1} | {ratio} | {mib:.0} |",
        mode.name, looks.reads, writes.writes, writes.deletes,
    );
}

/// Operations of the one API that is applied alone: a workspace takes no more.
const WIDE: usize = 100;

/// One API with nothing but operations, where the service takes writes below it
/// side by side, and where it takes one at a time.
fn one_api() {
    println!("\n| an API of {WIDE} operations at 50 ms, writers | refused | wall, s |");
    println!("|---|---|---|");
    let operation = |n: usize| {
        json!({"path": format!("/apis/x/operations/o{n}"), "properties":
            {"displayName": format!("O{n}"), "method": "GET", "urlTemplate": format!("/o{n}")}})
    };
    let api = json!({"path": "/apis/x", "properties": {"displayName": "X", "path": "x",
        "protocols": ["https"], "apiRevision": "1", "isCurrent": true,
        "subscriptionRequired": true}});
    let resources: Vec<Value> = std::iter::once(api)
        .chain((0..WIDE).map(operation))
        .collect();
    let service = json!({
        "service": {"subscriptionId": "s", "resourceGroup": "g", "name": "n", "sku": "Premium"},
        "workspaces": [{"name": "w", "properties": {"displayName": "W"}}],
        "resources": resources,
    });
    for (writers, switch) in [("up to four", "one-writer=own"), ("one", "one-writer=true")] {
        let files = Env::new();
        let seed = files.path("service.json");
        fs::write(&seed, service.to_string()).unwrap();
        let seed = seed.display().to_string();
        let flags = ["--seed", &seed, "--latency", "50", "--switch", switch];
        let sandbox = Sandbox::start(&flags);
        let env = Env::connected(&sandbox);
        run(&env, &["plan", "--workspace", "w", "--all", "-o", "p"]);
        let applied = run(&env, &["apply", "p", "--yes"]);
        let refused = count(&applied.report, "PUT") - WIDE - 1;
        let wall = applied.wall.as_secs_f64();
        println!("| {writers} | {refused} | {wall:.1} |");
    }
}

/// Connections that ask the sandbox at once.
const CONNECTIONS: usize = 16;

/// Asks for one thing so many times, by one connection.
fn ask(address: &str, path: &str, times: usize) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    let request =
        format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer t\r\n\r\n");
    let (mut line, mut body) = (String::new(), Vec::new());
    for _ in 0..times {
        stream.write_all(request.as_bytes()).unwrap();
        let mut length = 0;
        loop {
            line.clear();
            assert!(answers.read_line(&mut line).unwrap() > 0, "{path}");
            let lower = line.trim_end().to_ascii_lowercase();
            if lower.is_empty() {
                break;
            }
            assert!(
                !lower.starts_with("http") || lower.contains(" 200 "),
                "{path}: {lower}"
            );
            if let Some(value) = lower.strip_prefix("content-length: ") {
                length = value.parse().unwrap();
            }
        }
        body.resize(length, 0);
        answers.read_exact(&mut body).unwrap();
    }
}

/// Seconds of processor that a process has taken.
fn taken(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// How many GETs the sandbox answers a second: with who asks on the same cores,
/// and by the time of a core that it takes itself.
fn serving() {
    println!("| GET of | answers a second | in a second of one core |");
    println!("|---|---|---|");
    let files = Env::new();
    let seed = seed_file(&files, 105).display().to_string();
    let sandbox = Sandbox::start(&["--seed", &seed, "--page-size", "100"]);
    let address = sandbox.url.trim_start_matches("http://").to_owned();
    for (what, below, times) in [
        ("an API", "/apis/a5?", 4_000),
        ("a policy", "/apis/a3/policies/policy?format=rawxml&", 4_000),
        ("a list of 11 operations", "/apis/a5/operations?", 1_000),
        ("a list of 100 APIs", "/apis?", 100),
    ] {
        let path = format!("{}{below}api-version=2024-05-01", sandbox.service);
        let (began, before) = (Instant::now(), taken(sandbox.pid()));
        std::thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| ask(&address, &path, times));
            }
        });
        let all = (CONNECTIONS * times) as f64;
        let wall = all / began.elapsed().as_secs_f64();
        let core = all / (taken(sandbox.pid()) - before);
        println!("| {what} | {wall:.0} | {core:.0} |");
    }
}

/// Plans of snapshots, with all of the service selected, and their folders.
fn offline() {
    println!("| resources | processor, s | wall, s | MiB |");
    println!("|---|---|---|---|");
    for resources in [1_000, 10_000, 100_000] {
        let env = Env::new();
        let service = scale::service(resources);
        env.write("s.json", &snapshot::write(&service));
        let mut args = vec![
            "plan",
            "--from",
            "s.json",
            "--workspace",
            "w",
            "--all",
            "-o",
            "p",
        ];
        // So many APIs fit into no workspace.
        if resources == 100_000 {
            args.extend(["--allow", "workspace-limit"]);
        }
        let planned = run(&env, &args);
        let mib = planned.memory as f64 / 1_048_576.0;
        println!(
            "| {} | {:.2} | {:.2} | {mib:.0} |",
            service.len(),
            planned.taken,
            planned.wall.as_secs_f64()
        );
    }
}

fn main() {
    if std::env::args().any(|arg| arg == "serving") {
        return serving();
    }
    if std::env::args().any(|arg| arg == "offline") {
        return offline();
    }
    let sizes: Vec<Size> = std::env::args().filter_map(|a| size(&a)).collect();
    let sizes = match sizes.is_empty() {
        true => SIZES.to_vec(),
        false => sizes,
    };
    println!(
        "| APIs | held up by | command | reads | writes | deletes | bound, s | wall, s | ratio | MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for size in sizes {
        for mode in modes() {
            let files = Env::new();
            let seed = files.path("service.json");
            let service = larger_seed(size.apis, size.more);
            fs::write(&seed, service.to_string()).unwrap();
            let seed = seed.display().to_string();
            let mut flags = vec!["--seed", &seed, "--page-size", "100"];
            flags.extend(mode.flags);
            let sandbox = Sandbox::start(&flags);
            let env = Env::connected(&sandbox);
            let plan = ["plan", "--workspace", "w", "--all", "-o", "p"];
            let planned = run(&env, &plan);
            row(size, &mode, "plan", &planned);
            // Nobody applies in the same second: the buckets are full again.
            let sandbox = Sandbox::start(&flags);
            let env = env.with("APIM_MIGRATE_ARM_ENDPOINT", &sandbox.url);
            let applied = run(&env, &["apply", "p", "--yes"]);
            row(size, &mode, "apply", &applied);
        }
    }
    one_api();
}
