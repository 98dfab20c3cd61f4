//! The program from outside: arguments and files in; stdout, stderr, files and an exit status out.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty, starts_with};
use serde_json::Value;
use spherecheck::console::{Cancel, Console};
use spherecheck::metric::{METRICS, explain};
use spherecheck::run::{Exit, conduct};
use tempfile::TempDir;

/// A directory of small inputs; the program runs in it, so that messages name files by their bare names.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(TempDir::new().expect("a temporary directory"));
        desk.npy("a.npy", "<f4", (6, 3), &points(0.0));
        desk.npy("b.npy", "<f4", (6, 3), &points(0.2));
        desk.npy("pairs.npy", "<i8", (3, 2), &integers(&[0, 1, 2, 3, 4, 5]));
        desk.file("labels.csv", "class\nx\ny\nx\ny\nx\nz\n");
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).expect("the temporary directory takes files");
    }

    /// Writes an array in version 1.0 of the format.
    fn npy(&self, name: &str, descr: &str, (rows, columns): (usize, usize), data: &[u8]) {
        let mut header = format!(
            "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}"
        );
        // Magic, version, length and header, newline included, fill a multiple of 64 bytes.
        while (10 + header.len() + 1) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let length = u16::try_from(header.len()).expect("a short header");
        self.file(
            name,
            [
                &b"\x93NUMPY\x01\x00"[..],
                &length.to_le_bytes(),
                header.as_bytes(),
                data,
            ]
            .concat(),
        );
    }

    /// The program with this command line, split at spaces, in an environment that does not touch its output.
    fn run(&self, line: &str) -> assert_cmd::assert::Assert {
        self.command(line).assert()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = assert_cmd::cargo::cargo_bin_cmd!("spherecheck");
        for variable in [
            "SPHERECHECK_KERNEL",
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "COLUMNS",
        ] {
            command.env_remove(variable);
        }
        command
            .current_dir(self.0.path())
            .args(line.split_whitespace());
        command
    }

    /// The JSON report of a run that succeeds.
    fn json(&self, line: &str) -> Value {
        let run = self.run(&format!("{line} --format json")).success();
        serde_json::from_slice(&run.get_output().stdout).expect("stdout is JSON and nothing else")
    }
}

/// Six points around the sphere; `turn` moves each a little.
fn points(turn: f32) -> Vec<u8> {
    let row = |i: u8| {
        let angle = f32::from(i) + turn;
        [angle.cos(), angle.sin(), (2.0 * angle).sin()]
    };
    (0..6).flat_map(row).flat_map(f32::to_le_bytes).collect()
}

fn integers(values: &[i64]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory)
        .expect("a readable directory")
        .flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

fn side_and_metric(measure: &Value) -> (&str, &str) {
    (
        measure["side"].as_str().unwrap_or("?"),
        measure["metric"].as_str().unwrap_or("?"),
    )
}

#[test]
fn help_and_version_are_data() {
    let desk = Desk::new();
    let version = format!("spherecheck {}\n", env!("CARGO_PKG_VERSION"));
    desk.run("--version")
        .code(0)
        .stdout(version)
        .stderr(is_empty());
    for line in ["--help", "audit --help", "audit -h"] {
        let examples =
            contains("--pairs pairs.npy").and(contains("--tensor query --tensor passage"));
        let rest = contains("130  interrupted")
            .and(contains("SPHERECHECK_KERNEL"))
            .and(contains("\u{1b}").not());
        desk.run(line)
            .code(0)
            .stdout(examples.and(rest))
            .stderr(is_empty());
    }
}

#[test]
fn wrong_usage_is_trouble_and_says_what_is_allowed() {
    let desk = Desk::new();
    for (line, said) in [
        ("", "Usage: spherecheck"),
        ("audit", "<EMBEDDINGS>"),
        ("inspect a.npy", "unrecognized subcommand 'inspect'"),
        ("audit a.npy --taus 0.1", "'--tau'"),
        (
            "audit a.npy --tau 0",
            "invalid value '0' for '--tau <TAU,..>': expected positive, finite numbers",
        ),
        ("audit a.npy --tau -0.5", "invalid value '-0.5' for '--tau"),
        (
            "audit a.npy --tau 0.1,nan",
            "invalid value 'nan' for '--tau",
        ),
        (
            "audit a.npy --alpha inf",
            "invalid value 'inf' for '--alpha",
        ),
        ("audit a.npy --t two", "invalid value 'two' for '--t"),
        ("audit a.npy --threads 0", "whole number from 1 on"),
        ("audit a.npy --verify=0", "whole number from 1 on"),
        ("audit a.npy --format xml", "possible values: table, json"),
        (
            "audit a.npy --pairs pairs.npy --labels labels.csv",
            "cannot be used with",
        ),
        (
            "audit a.npy b.npy --labels labels.csv",
            "pairs up the rows of one file, but there are two",
        ),
        ("audit a.npy --tensor x --tensor y", "name the file twice"),
    ] {
        desk.run(line)
            .code(2)
            .stdout(is_empty())
            .stderr(contains(said));
    }
}

#[test]
fn explain_knows_every_metric() {
    let desk = Desk::new();
    let list = desk
        .run("explain")
        .code(0)
        .stderr(is_empty())
        .get_output()
        .stdout
        .clone();
    let list = String::from_utf8_lossy(&list).into_owned();
    for spec in METRICS {
        assert_eq!(
            list.lines()
                .filter(|line| line.starts_with(&format!("{} ", spec.label())))
                .count(),
            1,
            "{list}"
        );
        desk.run(&format!("explain {}", spec.name))
            .code(0)
            .stdout(explain(spec.id))
            .stderr(is_empty());
    }
}

#[test]
fn an_unknown_metric_gets_the_nearest_name() {
    let nearest = contains("uniformty").and(contains("did you mean uniformity?"));
    Desk::new()
        .run("explain uniformty")
        .code(2)
        .stdout(is_empty())
        .stderr(nearest);
}

#[test]
fn one_file_alone_is_audited_without_positives() {
    let audit = Desk::new().json("audit a.npy");
    assert_eq!(audit["subject"]["name"], "a");
    assert_eq!(
        (
            &audit["subject"]["a"]["rows"],
            &audit["subject"]["a"]["dim"]
        ),
        (&6.into(), &3.into())
    );
    assert_eq!(audit["subject"].get("positives"), None);
    let measures: Vec<_> = audit["measures"]
        .as_array()
        .into_iter()
        .flatten()
        .map(side_and_metric)
        .collect();
    assert!(measures.contains(&("a", "uniformity")), "{measures:?}");
    assert!(
        measures.iter().all(|(_, metric)| *metric != "alignment"),
        "{measures:?}"
    );
}

#[test]
fn pairs_labels_and_aligned_views_give_alignment() {
    let desk = Desk::new();
    for (line, pairs) in [
        ("audit a.npy --pairs pairs.npy", 3),
        ("audit a.npy b.npy --pairs pairs.npy", 3),
        ("audit a.npy b.npy", 6),
        // Three rows of class x make 3 pairs, two of class y make 1.
        #[cfg(feature = "tables")]
        ("audit a.npy --labels labels.csv", 4),
        #[cfg(feature = "tables")]
        ("audit a.npy --labels labels.csv --labels-tensor class", 4),
    ] {
        let audit = desk.json(line);
        assert_eq!(audit["subject"]["positives"]["pairs"], pairs, "{line}");
        let mut measures = audit["measures"].as_array().into_iter().flatten();
        let aligned = measures.find(|measure| measure["metric"] == "alignment");
        let value = aligned.and_then(|measure| measure["value"].as_f64());
        assert!(
            value.is_some_and(|value| value > 0.0 && value < 4.0),
            "{line}: {value:?}"
        );
    }
}

#[test]
fn lists_of_parameters_are_computed_once_each() {
    let audit = Desk::new().json("audit a.npy b.npy --alpha 2 --t 2,0.5,2.0 --tau 0.1");
    let of = |metric: &str, parameter: &str| -> Vec<f64> {
        let measures = audit["measures"].as_array().into_iter().flatten();
        let ours = measures.filter(|measure| side_and_metric(measure) == ("a", metric));
        ours.filter_map(|measure| measure["params"][parameter].as_f64())
            .collect()
    };
    assert_eq!(of("uniformity", "t"), [2.0, 0.5]);
}

#[test]
fn numbers_do_not_depend_on_threads() {
    let desk = Desk::new();
    let measures = |threads: u32| {
        desk.json(&format!("audit a.npy b.npy --threads {threads}"))["measures"].clone()
    };
    assert_eq!(measures(1), measures(3));
}

#[test]
fn verify_recomputes_rows_in_double_precision() {
    let verification = Desk::new().json("audit a.npy --verify=4")["verification"].clone();
    assert_eq!(verification["rows"], 4);
    let difference = verification["largest_difference"].as_f64();
    assert!(
        difference.is_some_and(|difference| (0.0..1e-4).contains(&difference)),
        "{verification}"
    );
}

#[test]
fn every_format_goes_to_stdout_and_nothing_else_does() {
    let desk = Desk::new();
    for format in ["table", "json", "md"]
        .into_iter()
        .chain(cfg!(feature = "tables").then_some("csv"))
    {
        let line = format!("audit a.npy --format {format} --out report");
        let plain = contains("uniformity")
            .and(contains("wrote").not())
            .and(contains("\u{1b}").not());
        desk.run(&line)
            .code(0)
            .stdout(plain)
            .stderr(contains("wrote report"));
        desk.run(&format!("{line} --quiet"))
            .code(0)
            .stderr(is_empty());
    }
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let desk = Desk::new();
    let escape = || contains("\u{1b}[");
    desk.run("audit a.npy --color always")
        .code(0)
        .stdout(escape());
    desk.command("audit a.npy")
        .env("CLICOLOR_FORCE", "1")
        .assert()
        .code(0)
        .stdout(escape());
    desk.command("audit a.npy")
        .env("CLICOLOR_FORCE", "1")
        .env("NO_COLOR", "1")
        .assert()
        .stdout(escape().not());
    desk.run("audit none.npy --color always")
        .code(2)
        .stderr(escape());
    desk.run("audit none.npy").code(2).stderr(escape().not());
}

#[test]
fn reports_are_written_into_the_directory() {
    let desk = Desk::new();
    desk.run("audit a.npy b.npy --out deep/report")
        .code(0)
        .stderr(contains("audit.json"));
    let audit = fs::read(desk.path("deep/report/audit.json")).expect("audit.json was written");
    let audit: Value = serde_json::from_slice(&audit).expect("audit.json is JSON");
    assert_eq!(audit["schema"], "spherecheck.audit/1");
    let left = names(&desk.path("deep/report"));
    assert!(
        left.iter().all(|name| !name.starts_with('.')),
        "temporary files are left: {left:?}"
    );
}

#[test]
fn a_file_in_the_place_of_the_directory_is_refused_before_the_data_are_checked() {
    let desk = Desk::new();
    desk.npy(
        "nan.npy",
        "<f4",
        (2, 1),
        &[f32::NAN, 1.0].map(f32::to_le_bytes).concat(),
    );
    let said = starts_with("error: a.npy: expected a directory");
    desk.run("audit nan.npy --out a.npy")
        .code(2)
        .stdout(is_empty())
        .stderr(said);
}

#[test]
fn a_missing_file_is_named() {
    let desk = Desk::new();
    for line in [
        "audit none.npy",
        "audit a.npy none.npy",
        "audit a.npy --pairs none.npy",
    ] {
        let said = starts_with("error: none.npy: no such file");
        desk.run(&format!("{line} --out report"))
            .code(2)
            .stdout(is_empty())
            .stderr(said);
        assert!(
            !desk.path("report").exists(),
            "{line}: a directory was made for nothing"
        );
    }
}

#[test]
fn refused_data_leave_nothing_behind() {
    let desk = Desk::new();
    let floats = |values: [f32; 4]| values.map(f32::to_le_bytes).concat();
    desk.npy("nan.npy", "<f4", (2, 2), &floats([1.0, 0.0, 1.0, f32::NAN]));
    desk.npy("zero.npy", "<f4", (2, 2), &floats([1.0, 0.0, 0.0, 0.0]));
    desk.npy("small.npy", "<f4", (2, 2), &floats([1.0, 0.0, 0.0, 1.0]));
    desk.npy("far.npy", "<i8", (1, 2), &integers(&[0, 6]));
    desk.npy("self.npy", "<i8", (1, 2), &integers(&[2, 2]));
    desk.npy("none.npy", "<i8", (0, 2), &[]);
    for (line, said) in [
        (
            "audit nan.npy",
            "error: nan.npy: row 1 holds NaN at column 1",
        ),
        (
            "audit a.npy small.npy",
            "error: small.npy is 2 x 2 but a.npy is 6 x 3",
        ),
        ("audit zero.npy", "error: zero.npy: row 1 has norm 0"),
        (
            "audit a.npy --normalize assert",
            "error: a.npy: row 1 has norm",
        ),
        (
            "audit a.npy --pairs far.npy",
            "error: far.npy: pair 0 is (0, 6), but a.npy has rows 0 to 5",
        ),
        (
            "audit a.npy --pairs self.npy",
            "error: self.npy: pair 0 is (2, 2), a row with itself",
        ),
        (
            "audit a.npy --pairs none.npy",
            "error: none.npy: expected at least one pair",
        ),
        ("audit labels.csv", "error: labels.csv: "),
    ] {
        desk.run(&format!("{line} --out report"))
            .code(2)
            .stdout(is_empty())
            .stderr(starts_with(said));
        let report = desk.path("report");
        assert!(
            !report.exists() || names(&report).is_empty(),
            "{line}: {:?}",
            names(&report)
        );
    }
}

#[test]
fn zero_rows_are_dropped_on_request_and_counted() {
    let desk = Desk::new();
    let rows = [[1.0f32, 0.0], [0.0, 0.0], [0.0, 1.0]].concat();
    desk.npy(
        "zero.npy",
        "<f4",
        (3, 2),
        &rows
            .into_iter()
            .flat_map(f32::to_le_bytes)
            .collect::<Vec<_>>(),
    );
    let view = desk.json("audit zero.npy --zero-rows drop")["subject"]["a"].clone();
    assert_eq!(
        (&view["rows"], &view["dropped_zero_rows"]),
        (&2.into(), &1.into())
    );
}

#[test]
fn the_kernel_can_be_forced() {
    let desk = Desk::new();
    let portable = contains("\"kernel\": \"portable\"").or(contains("\"kernel\":\"portable\""));
    let mut command = desk.command("audit a.npy --format json");
    command
        .env("SPHERECHECK_KERNEL", "portable")
        .assert()
        .code(0)
        .stdout(portable);
    let unknown = starts_with("error: ")
        .and(contains("abacus"))
        .and(contains("portable"));
    desk.command("audit a.npy")
        .env("SPHERECHECK_KERNEL", "abacus")
        .assert()
        .code(2)
        .stdout(is_empty())
        .stderr(unknown);
}

/// In one process, where Ctrl-C can come at a known moment: before the pass.
#[test]
fn an_interrupted_run_writes_nothing() {
    let desk = Desk::new();
    let (input, report) = (desk.path("a.npy"), desk.path("report"));
    let args = [
        "spherecheck".into(),
        "audit".into(),
        input.into(),
        "--out".into(),
        report.clone().into(),
    ];
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let cancel = Cancel::default();
    cancel.request();
    let exit = conduct(&args, &mut Console::plain(&mut out, &mut err), &cancel);
    assert_eq!((exit, exit as u8), (Exit::Interrupted, 130));
    assert_eq!(String::from_utf8_lossy(&out), "");
    assert_eq!(
        String::from_utf8_lossy(&err),
        "interrupted; nothing was written\n"
    );
    assert_eq!(names(&report), Vec::<String>::new());
}

/// `spherecheck ... | head`: the reader goes away, which is its right.
#[test]
fn a_reader_that_leaves_early_is_no_trouble() {
    let desk = Desk::new();
    let program = assert_cmd::cargo::cargo_bin!("spherecheck");
    for line in ["--help", "audit a.npy"] {
        let mut child = std::process::Command::new(program)
            .current_dir(desk.0.path())
            .args(line.split_whitespace())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("the program ends");
        assert!(output.status.success(), "{line}: {output:?}");
        assert!(output.stderr.is_empty(), "{line}: {output:?}");
    }
}
