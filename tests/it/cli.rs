//! The program from outside: arguments and files in; stdout, stderr, files and an exit status out.

use std::fs;

use predicates::prelude::*;
use predicates::str::{contains, is_empty, starts_with};
use serde_json::Value;
use spherecheck::kernel::available;
use spherecheck::metric::{METRICS, explain};

mod action;
mod against;
mod bad_input;
mod candidates;
mod cluster;
mod compare;
pub(crate) mod desk;
mod devices;
mod divided;
mod drift;
mod endings;
mod estimates;
mod findings;
mod fuzz;
mod gate;
mod hostile;
#[cfg(feature = "tables")]
mod joined;
mod meant;
mod notes;
mod numbers;
mod offenders;
mod outputs;
mod peers;
mod ported;
mod precision;
mod probe;
#[cfg(feature = "tables")]
mod reading;
#[cfg(feature = "tables")]
mod redacted;
mod remote;
mod shards;

use desk::{Desk, names};

fn side_and_metric(measure: &Value) -> (&str, &str) {
    (
        measure["side"].as_str().unwrap_or("?"),
        measure["metric"].as_str().unwrap_or("?"),
    )
}

#[test]
fn help_and_version_are_data() {
    let desk = Desk::new();
    let version = format!("spherecheck {}", env!("CARGO_PKG_VERSION"));
    desk.run("-V")
        .code(0)
        .stdout(format!("{version}\n"))
        .stderr(is_empty());
    let there = |name, built: bool| contains(format!("{}{name}", if built { '+' } else { '-' }));
    desk.run("--version")
        .code(0)
        .stdout(predicates::str::starts_with(version))
        .stdout(there("plots", cfg!(feature = "plots")))
        .stdout(there("tables", cfg!(feature = "tables")))
        .stdout(contains("\nkernels:  ").and(contains("portable")))
        .stderr(is_empty());
    for (what, held) in [
        ("completions-bash", "--pairs"),
        ("completions-zsh", "#compdef spherecheck"),
        ("completions-fish", "complete -c spherecheck"),
        ("completions-powershell", "Register-ArgumentCompleter"),
        ("man", ".SH SPHERECHECK COMPARE"),
        ("bibtex", "@software{spherecheck,"),
    ] {
        desk.run(&format!("--generate {what}"))
            .code(0)
            .stdout(contains(held))
            .stderr(is_empty());
    }
    desk.all_refused(&[
        "--generate man audit a.npy -> cannot be used with",
        "--color never -> a subcommand is required",
    ]);
    let views = "audit views.safetensors views.safetensors --tensor query --tensor passage";
    for (line, example) in [
        ("--help", "spherecheck explain uniformity"),
        ("audit --help", views),
    ] {
        let examples = contains("--pairs pairs.npy").and(contains(example));
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
fn short_help_has_the_common_options_and_names_the_long_one() {
    let desk = Desk::new();
    for line in ["audit -h", "compare -h", "gate -h"] {
        let rest = contains("`--help` lists every option").and(contains("--precision").not());
        desk.run(line)
            .code(0)
            .stdout(contains("--pairs").and(rest))
            .stderr(is_empty());
    }
}

#[test]
fn wrong_usage_is_trouble_and_says_what_is_allowed() {
    let desk = Desk::new();
    desk.all_refused(&[
        " -> Usage: spherecheck",
        "audit -> <EMBEDDINGS>",
        "inspect a.npy -> unrecognized subcommand 'inspect'",
        "audit a.npy --taus 0.1 -> '--tau'",
        "audit a.npy --tau 0 -> invalid value '0' for '--tau <TAU,..>': expected positive, finite numbers",
        "audit a.npy --tau -0.5 -> invalid value '-0.5' for '--tau",
        "audit a.npy --compat batch:1 -> \
         expected ssnl, simcse, stable-pretraining, reptrix, ssrlib or batch:SIZE with a size of 2 or more, e.g. batch:768, found \"batch:1\"",
        "audit a.npy --tau 0.1,nan -> invalid value 'nan' for '--tau",
        "audit a.npy --alpha inf -> invalid value 'inf' for '--alpha",
        "audit a.npy --t two -> invalid value 'two' for '--t",
        "audit a.npy --threads 0 -> whole number of at least 1",
        "audit a.npy --threads -2 -> invalid value '-2' for '--threads <N>': expected a whole number of at least 1",
        "audit a.npy --seed -1 -> invalid value '-1' for '--seed <N>'",
        "audit a.npy --seed -1 -> '-1' for '--seed <N>': expected a whole number of at least 0",
        "audit a.npy --view x -> expected a whole number of at least 0",
        "audit a.npy --verify=0 -> whole number of at least 1",
        "audit a.npy --format xml -> possible values: table, json",
        "audit a.npy --pairs pairs.npy --labels labels.csv -> cannot be used with",
        "audit a.npy b.npy --labels labels.csv -> pairs up the rows of one file, but there are two",
        "audit a.npy --tensor x --tensor y -> name the file twice",
        "audit a.npy --view 0 --view 1 --view 2 -> --view is given 3 times",
        "audit a.npy --view -1 -> '-1'",
        "audit a.npy --scale 0 -> invalid value '0' for '--scale <S>': expected a positive, finite number",
        "audit a.npy --offset nan -> invalid value 'nan' for '--offset",
        "audit a.npy --dtype f32 -> possible values: bf16, i8, u8",
        "audit a.npy --unpack bits --scale 2 -> cannot be used with",
        "compare a.npy b.npy --dry-run -> --dry-run is for audits alone; give it to `spherecheck audit`",
        "compare a.npy b.npy --slices labels.csv -> a comparison shows whole models; give it to `spherecheck audit`",
        "gate a.npy --init --against zoo -> --against is for audits alone; give it to `spherecheck audit`",
        "gate a.npy --init --out report -> cannot be used with",
        "gate audit.json --policy p.toml --tau 0.1 -> --tau is about measuring rows, and a saved audit holds numbers alone",
        "gate audit.json --policy p.toml --pairs pairs.npy -> --pairs is about measuring rows",
        "compare a.json b.json --search -> --search is about measuring rows",
        "audit a.npy --negatives 16 -> --negatives would do nothing: there are no positives",
        "gate a.npy --policy p.toml --alpha 3 -> --alpha would do nothing: there are no positives",
        "audit a.npy --dry-run --details -> --details would do nothing: --dry-run audits nothing",
        "audit a.npy --dry-run --against zoo -> --against would do nothing: --dry-run audits nothing",
        "audit a.npy --dry-run --slices s.csv -> --slices would do nothing: --dry-run audits nothing",
    ]);
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
                .filter(|line| line.split(' ').next() == Some(&spec.label()))
                .count(),
            1,
            "{list}"
        );
        desk.run(&format!("explain {}", spec.id.name()))
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
fn every_format_goes_to_stdout_and_nothing_else_does() {
    let desk = Desk::new();
    for format in ["table", "json", "md", "csv"] {
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
    for kernel in available() {
        let output = desk
            .command("audit a.npy --format json")
            .env("SPHERECHECK_KERNEL", kernel.name())
            .assert()
            .code(0)
            .get_output()
            .stdout
            .clone();
        let audit: Value = serde_json::from_slice(&output).expect("stdout is JSON");
        assert_eq!(audit["provenance"]["kernel"], kernel.name());
    }
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
