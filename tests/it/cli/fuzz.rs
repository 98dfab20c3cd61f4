//! No document and no arguments bring a command down: whatever is wrong ends in status 2 and one message.
//!
//! Commands run in this process, on tiny files. A seeded mutator damages saved audits, baselines, policies and plans, or
//! puts values where they do not belong. Short here; `SPHERECHECK_FUZZ=INPUTS` and `SPHERECHECK_FUZZ_SEED=N` as for the
//! readers' fuzzer. An input that ends the process is printed before it is tried where `SPHERECHECK_FUZZ` is set.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde_json::{Value, json};
use spherecheck::console::{Cancel, Console};
use spherecheck::run::{Exit, conduct};

use super::desk::Desk;

/// Inputs, and seconds after which no more are tried, where the environment says nothing.
const SHORT: (u64, u64) = (1_500, 15);

const POLICY: &str = "confidence = 0.9\non_undecided = \"warn\"\n\n[[rule]]\nmetric = \"uniformity{t=2}\"\n\
                      side = \"mean\"\nat_most = -0.5\n\n[[rule]]\nmetric = \"alignment\"\nparams = { alpha = 2.0 }\n\
                      no_worse_than_baseline = { abs = 0.01, rel = 0.0, confidence = 0.95 }\nlevel = \"fail\"\n";

/// Tries inputs made by `make` from the desk's files: the command line, and the files that it then finds.
fn tried(make: impl Fn(&Desk, &mut Pcg64) -> Vec<String>) {
    let told = |name: &str| std::env::var(name).ok().and_then(|v| v.parse::<u64>().ok());
    let seed = told("SPHERECHECK_FUZZ_SEED").unwrap_or(0);
    let long = told("SPHERECHECK_FUZZ");
    let (inputs, seconds) = long.map_or(SHORT, |inputs| (inputs, u64::MAX));
    let started = Instant::now();
    let mut slowest = (Duration::ZERO, Vec::new());
    let mut refused = 0;
    let mut desk = Desk::new();
    for input in 0..inputs {
        if started.elapsed().as_secs() >= seconds {
            break;
        }
        // What was written over, and what was left, must not keep later inputs from what they are to try.
        if input % 50 == 0 {
            desk = Desk::new();
        }
        let mut rng = Pcg64::seed_from_u64(seed ^ (input << 20));
        let line = make(&desk, &mut rng);
        if long.is_some() {
            let _ = writeln!(std::io::stdout(), "{input}: {line:?}");
        }
        let args: Vec<OsString> = line.iter().map(OsString::from).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let began = Instant::now();
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let mut console = Console::plain(&mut out, &mut err);
            conduct(&args, &mut console, &Cancel::default())
        }));
        if began.elapsed() > slowest.0 {
            slowest = (began.elapsed(), line.clone());
        }
        let what = format!("input {input} of seed {seed}, {line:?}");
        let exit = ended.unwrap_or_else(|_| panic!("{what} panics"));
        for text in [&out, &err] {
            let text = str::from_utf8(text).unwrap_or_else(|_| panic!("{what}: not UTF-8"));
            let raw = |c: char| c.is_control() && c != '\n';
            assert!(!text.contains(raw), "{what}: {text:?}");
            assert!(
                !text.lines().any(|l| l.trim_start().starts_with("::")),
                "{what}: {text:?}"
            );
        }
        if exit == Exit::Trouble {
            refused += 1;
            let said = String::from_utf8_lossy(&err);
            assert!(
                said.contains("error:") || said.contains("Usage:"),
                "{what}: {said}"
            );
            assert!(out.is_empty(), "{what}: {}", String::from_utf8_lossy(&out));
        }
    }
    let _ = writeln!(
        std::io::stdout(),
        "{refused} of the inputs refused, {:.1} s; the slowest took {:?}: {:?}",
        started.elapsed().as_secs_f64(),
        slowest.0,
        slowest.1
    );
    assert!(refused > 0);
}

/// A command line whose words are files of the desk where they begin with `@`.
fn line(desk: &Desk, text: &str) -> Vec<String> {
    let word = |word: &str| match word.split_once('@') {
        Some((before, name)) => format!("{before}{}", desk.path(name).display()),
        None => word.to_owned(),
    };
    text.split_whitespace().map(word).collect()
}

/// What a command that succeeds prints.
fn printed(desk: &Desk, text: &str) -> Vec<u8> {
    let args: Vec<OsString> = line(desk, text).into_iter().map(OsString::from).collect();
    let mut out = Vec::new();
    let mut console = Console::plain(&mut out, std::io::sink());
    let exit = conduct(&args, &mut console, &Cancel::default());
    drop(console);
    assert_eq!(exit, Exit::Fine, "{text}");
    out
}

/// Values that are wrong almost everywhere.
const ODD: [&str; 34] = [
    "0",
    "-0",
    "1",
    "-1",
    "2",
    "3.5",
    "nan",
    "inf",
    "-inf",
    "1e308",
    "-1e-320",
    "1e400",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "0x10",
    "1_000",
    "",
    " ",
    "-",
    "--",
    "=",
    ",",
    "1,,2",
    "a=b",
    "*",
    "é漢\u{202e}",
    "x\n::error::y",
    "\u{1b}[2J\u{9b}",
    "true",
    "null",
    "batch:18446744073709551615",
    "cuda:99999999999",
    "10s",
];

#[test]
fn no_document_brings_a_command_down() {
    let whole = Desk::new();
    whole.file("policy.toml", POLICY);
    whole.file("slices.csv", "slice\nx\ny\nx\ny\nx\ny\n");
    let audit = "spherecheck audit @a.npy @b.npy --negatives 4 --format json";
    let audit = match cfg!(feature = "tables") {
        true => printed(
            &whole,
            &format!("{audit} --slices @slices.csv --slice-min 2"),
        ),
        false => printed(&whole, audit),
    };
    whole.file("audit.json", &audit);
    whole.file(
        "plain.toml",
        "[[rule]]\nmetric = \"uniformity{t=2}\"\nside = \"a\"\nat_most = 0.0\n",
    );
    let lock =
        "spherecheck gate @audit.json --policy @plain.toml --baseline @lock.json --update-baseline";
    printed(&whole, lock);
    let lock = fs::read(whole.path("lock.json")).expect("written");
    let member = json!({
        "name": "m", "kind": "mixed", "objective": "o", "dim": 3, "alignment": 0.5, "uniformity": -1.0, "seed": 0,
        "seconds": 1.0, "lambda": 0.5, "accuracy": {"value": 0.9, "low": 0.8, "high": 0.95, "n": 100},
    });
    let zoo = json!({"schema": "spherecheck.zoo/1", "data": "d", "members": [member, member]});
    let documents = [
        ("audit.json", audit),
        ("lock.json", lock),
        ("zoo.json", zoo.to_string().into_bytes()),
        ("policy.toml", POLICY.as_bytes().to_vec()),
        #[cfg(feature = "train")]
        (
            "plan.toml",
            b"epochs = 1\nseed = 3\nobjective = \"align_uniform\"\n[encoder]\ndim = 4\n".to_vec(),
        ),
    ];
    tried(|desk, rng| {
        for (name, bytes) in &documents {
            desk.file(name, bytes);
        }
        let (name, bytes) = documents.choose(rng).expect("some");
        let damaged = match serde_json::from_slice(bytes) {
            Ok(json) if rng.random_range(0..4) > 0 => replaced(json, rng),
            _ => damaged(bytes.clone(), rng),
        };
        desk.file(name, damaged);
        let commands: &[&str] = match *name {
            "zoo.json" => &["audit @a.npy --against @zoo.json"],
            "plan.toml" => &["train --plan @plan.toml --data @nowhere --out @run"],
            "lock.json" => &["gate @audit.json --policy @policy.toml --baseline @lock.json"],
            "policy.toml" => {
                &["gate @audit.json --policy @policy.toml --baseline @lock.json --junit @gate.xml"]
            }
            _ => &[
                "compare @audit.json @audit.json",
                "compare @audit.json @audit.json --format md",
                "gate @audit.json --policy @policy.toml --format csv",
                "gate @audit.json --init",
                "gate @audit.json --policy @policy.toml --baseline @audit.json --out @report",
            ],
        };
        line(
            desk,
            &format!("spherecheck {}", commands.choose(rng).expect("some")),
        )
    });
}

/// JSON with one or two of its values replaced by others.
fn replaced(mut json: Value, rng: &mut Pcg64) -> Vec<u8> {
    for _ in 0..rng.random_range(1..3) {
        let mut place = &mut json;
        // Down to a value at some depth.
        while rng.random_range(0..8) > 0 {
            let inside = match place {
                Value::Array(list) if !list.is_empty() => list.len(),
                Value::Object(map) if !map.is_empty() => map.len(),
                _ => break,
            };
            let at = rng.random_range(0..inside);
            place = match place {
                Value::Array(list) => &mut list[at],
                Value::Object(map) => map.values_mut().nth(at).expect("inside"),
                _ => unreachable!("matched above"),
            };
        }
        *place = match rng.random_range(0..12) {
            0 => Value::Null,
            1 => json!([]),
            2 => json!({}),
            3 => json!(0),
            4 => json!(-1),
            5 => json!(u64::MAX),
            6 => json!(1e308),
            7 => json!(-5e-324),
            8 => json!("x\n::error::y\u{1b}[2J"),
            9 => json!([place.take()]),
            10 => json!(0.5),
            _ => json!(ODD.choose(rng)),
        };
    }
    json.to_string().into_bytes()
}

/// Text with a few of its parts cut, repeated or replaced.
fn damaged(mut bytes: Vec<u8>, rng: &mut Pcg64) -> Vec<u8> {
    for _ in 0..rng.random_range(1..5) {
        let at = rng.random_range(0..=bytes.len());
        let to = (at + rng.random_range(0..12)).min(bytes.len());
        let insert = match rng.random_range(0..9) {
            0 => b"[".repeat(3000),
            1 => b"{\"a\":".repeat(3000),
            2 => [b"a.".repeat(3000), b"b = 1\n".to_vec()].concat(),
            3 => b"\n[[rule]]\nmetric = \"".to_vec(),
            4 => vec![rng.random()],
            5 => bytes[at..to].repeat(3),
            6 => Vec::new(),
            7 => b"\"\"\"".to_vec(),
            _ => ODD.choose(rng).expect("some").as_bytes().to_vec(),
        };
        bytes.splice(at..to, insert);
    }
    bytes
}

/// Options that take a value that is only read.
const OPTIONS: &str = "--alpha --t --tau --negatives --compat --against --normalize --zero-rows --sample --ids --ids-tensor \
    --slices --slices-tensor --slice-min --format --budget --max-error --precision --seed --threads --device --tensor \
    --pairs --pairs-tensor --pairs-by --qrels --labels --labels-tensor --groups --groups-tensor --confidence --dims --neighbours \
    --second-view --k --folds --train --targets --features --color --weights --layer --data --part";
/// Options that take none, and that may.
const FLAGS: &str = "--verify --verify=0 --verify=5 --details --quiet --no-progress --dry-run --search --ratchet --exit-zero \
    --init --help -h --version -- -";

#[test]
fn no_arguments_bring_a_command_down() {
    let options: Vec<&str> = OPTIONS.split_whitespace().collect();
    let flags: Vec<&str> = FLAGS.split_whitespace().collect();
    let files = [
        "a.npy",
        "b.npy",
        "pairs.npy",
        "labels.csv",
        "policy.toml",
        "nothing.npy",
        "",
        "audit.json",
        "none",
    ];
    tried(|desk, rng| {
        desk.file("policy.toml", POLICY);
        desk.file("nothing.npy", "");
        desk.file("audit.json", "{\"schema\": \"spherecheck.audit/1\"}");
        let usual = [
            "audit @a.npy",
            "audit @a.npy @b.npy",
            "audit @a.npy --pairs @pairs.npy",
            "audit @a.npy --out @report",
            "compare @a.npy @b.npy",
            "gate @a.npy @b.npy --policy @policy.toml --junit @gate.xml",
            "gate @a.npy --policy @policy.toml --baseline @lock.json --update-baseline",
            "gate @a.npy --init",
            "probe @a.npy --labels @labels.csv --k 1 --folds 2",
            "explain",
            "embed --weights @none --out @o.npy",
            "",
        ];
        let mut words = line(
            desk,
            &format!("spherecheck {}", usual.choose(rng).expect("some")),
        );
        for _ in 0..rng.random_range(1..5) {
            let odd = ODD.choose(rng).expect("some");
            let file = desk
                .path(files.choose(rng).expect("some"))
                .display()
                .to_string();
            let value = if rng.random() {
                (*odd).to_owned()
            } else {
                file
            };
            let option = options.choose(rng).expect("some");
            match rng.random_range(0..6) {
                0 => words.extend([flags.choose(rng).expect("some").to_string()]),
                1 => words.push(format!("{option}={value}")),
                2 => words.push(value),
                _ => words.extend([option.to_string(), value]),
            }
        }
        words
    });
}
