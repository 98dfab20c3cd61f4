//! What a search team asks, through the program and the library: the numbers of peers on two real encoders, of which one
//! is broken, and who asks for them.

use std::path::Path;

use predicates::str::is_empty;
use serde_json::Value;
use spherecheck::audit::{AuditError, PositivesInput, PrecisionChoice, Settings, prepare};
use spherecheck::backend::Backend;
use spherecheck::input::open_embeddings;
use spherecheck::kernel::Precision;
use spherecheck::pass::NoWatch;
use spherecheck::result::{Audit, Change, Side, compare, label};

use crate::cli::desk::Desk;
use crate::support::{
    any_cpu, audit, close, cpu, embeddings, fixture, inputs, kernels, noisy, normal,
};

fn settings() -> Settings {
    Settings {
        search: true,
        ..Settings::default()
    }
}

fn real(encoder: &str, backend: &dyn Backend) -> Audit {
    let view = |side: &str| {
        let path = fixture(&format!("real/minilm_{encoder}_{side}.npy"));
        open_embeddings(&path, None).expect("a fixture")
    };
    let data = inputs(view("a"), Some(view("b")), PositivesInput::Aligned);
    audit(data, &settings(), backend)
}

#[track_caller]
fn value(audit: &Audit, name: &str, side: Side) -> f64 {
    let mut all = audit.measures.iter();
    let found = all.find(|m| m.label() == name && m.side == side);
    found
        .unwrap_or_else(|| panic!("no {name} on side {}: {:?}", side.name(), audit.notes))
        .value
}

/// Name, side, mean pooling, CLS, tolerance: numpy, scipy and kiez 0.5.0 in f64.
const GOLDEN: [(&str, Side, f64, f64, f64); 25] = [
    ("recall{k=1}", Side::A, 1.0, 0.981, 1e-12),
    ("recall{k=5}", Side::A, 1.0, 1.0, 1e-12),
    ("recall{k=10}", Side::A, 1.0, 1.0, 1e-12),
    ("hit_rate{k=1}", Side::A, 1.0, 0.981, 1e-12),
    ("r_precision", Side::A, 1.0, 0.981, 1e-12),
    ("mrr{k=10}", Side::A, 1.0, 0.9897, 5e-5),
    ("mrr", Side::A, 1.0, 0.9897, 5e-5),
    ("ndcg{k=10}", Side::A, 1.0, 0.992_350_799_1, 1e-9),
    ("auc", Side::Cross, 0.999_999_842_8, 0.999_910_324_3, 2e-7),
    ("d_prime", Side::Cross, 7.625_358_934, 5.377_104_299, 1e-5),
    ("tar{far=0.01}", Side::Cross, 1.0, 1.0, 1e-12),
    ("tar{far=0.001}", Side::Cross, 1.0, 0.988, 1e-3),
    ("tar{far=0.0001}", Side::Cross, 1.0, 0.892, 1e-3),
    (
        "threshold{far=0.01}",
        Side::Cross,
        0.586_034_488_1,
        0.787_337_506_7,
        4e-5,
    ),
    (
        "threshold{far=0.001}",
        Side::Cross,
        0.696_410_368_4,
        0.830_621_187_5,
        4e-5,
    ),
    (
        "threshold{far=0.0001}",
        Side::Cross,
        0.800_368_881_5,
        0.865_300_814_4,
        4e-5,
    ),
    (
        "hubness_skewness{k=10}",
        Side::A,
        1.627_880_253,
        4.598_769_31,
        1e-6,
    ),
    ("robin_hood{k=10}", Side::A, 0.2935, 0.3869, 1e-12),
    ("antihubs{k=10}", Side::A, 0.043, 0.062, 1e-12),
    ("hub_share{k=10}", Side::A, 0.2866, 0.4222, 1e-12),
    ("max_occurrence{k=10}", Side::A, 56.0, 149.0, 0.0),
    (
        "modality_gap",
        Side::Cross,
        0.010_940_247_05,
        0.013_831_436_03,
        1e-8,
    ),
    ("recall{k=1}", Side::B, 1.0, 0.978, 1e-12),
    ("recall{k=1}", Side::Mean, 1.0, 0.9795, 1e-12),
    ("space_cosine", Side::Cross, 1.0, 1.0, 1e-3),
];

#[test]
fn every_kernel_finds_the_numbers_of_peers() {
    for kernel in kernels() {
        let backend = cpu(2, kernel);
        let audits = ["mean", "cls"].map(|encoder| real(encoder, &*backend));
        for (name, side, mean, cls, tolerance) in GOLDEN {
            let what = format!("{name} on {kernel}");
            close(value(&audits[0], name, side), mean, tolerance, &what);
            close(value(&audits[1], name, side), cls, tolerance, &what);
        }
    }
}

#[test]
fn every_number_has_an_error_and_an_interval() {
    let audit = real("mean", &*any_cpu());
    // 999,000 negatives are too few for 1e-5, and that is said.
    let mut notes = audit.notes.iter();
    assert!(notes.any(|note| note.text.contains("far=0.00001")));
    let mut all = audit.measures.iter();
    assert!(all.all(|m| m.params.get("far") != Some(&1e-5)));
    for measure in audit.measures.iter().filter(|m| m.metric.of_search()) {
        let what = format!("{} of side {}", measure.label(), measure.side.name());
        let share = measure.metric.is_share();
        assert!(measure.se.is_some_and(|se| se > 0.0 || !share), "{what}");
        let interval = measure.interval;
        let interval = interval.unwrap_or_else(|| panic!("no interval of {what}"));
        let inside = interval.low <= measure.value && measure.value <= interval.high;
        assert!(inside, "{what}");
        assert!(
            !share || (interval.low >= 0.0 && interval.high <= 1.0),
            "{what}"
        );
    }
}

#[test]
fn threads_change_no_bit() {
    let of = |threads| real("cls", &*cpu(threads, "portable")).measures;
    assert_eq!(of(1), of(2));
}

#[test]
fn the_broken_encoder_is_called_worse_by_what_searches() {
    let audits = ["mean", "cls"].map(|encoder| real(encoder, &*any_cpu()));
    let compared = compare(&audits, Vec::new(), 0.95).expect("the same rows");
    let cells = |name: &str, side: Side| {
        let mut lines = compared.lines.iter();
        let line = lines.find(|l| label(l.metric, &l.params) == name && l.side == side);
        let line = line.unwrap_or_else(|| panic!("no {name}"));
        [0, 1].map(|k| line.cells[k].as_ref().expect("both were audited alike"))
    };
    let verdict = |name: &str, side: Side| {
        let against = cells(name, side)[1].against.as_ref();
        against.unwrap_or_else(|| panic!("no {name}")).verdict
    };
    for (name, side) in [
        ("recall{k=1}", Side::Mean),
        ("tar{far=0.0001}", Side::Cross),
        ("hubness_skewness{k=10}", Side::A),
        ("robin_hood{k=10}", Side::A),
    ] {
        assert_eq!(verdict(name, side), Change::Worse, "{name}");
    }
    assert_eq!(verdict("recall{k=10}", Side::A), Change::Same);
    assert_eq!(
        verdict("threshold{far=0.001}", Side::Cross),
        Change::Differs
    );
    // Both let the same share of other pairs through.
    let cut = cells("threshold{far=0.001}", Side::Cross);
    assert_eq!(
        cut.map(|cell| format!("{:.4}", cell.value)),
        ["0.6964", "0.8306"]
    );
    let of_search = compared.lines.iter().filter(|l| l.metric.of_search());
    for line in of_search {
        let cell = line.cells[1].as_ref().expect("both were audited alike");
        let against = cell.against.as_ref().expect("a comparison");
        let name = label(line.metric, &line.params);
        let difference = &against.difference;
        assert!(difference.paired && difference.se.is_some(), "{name}");
        assert!(against.p.is_some(), "{name}");
    }
}

#[test]
fn nothing_is_counted_that_was_not_asked_for() {
    let rows = normal(1, 40, 8);
    let data = || {
        let near = embeddings(&noisy(&rows, 2, 0.1));
        inputs(embeddings(&rows), Some(near), PositivesInput::Aligned)
    };
    let plain = audit(data(), &Settings::default(), &*any_cpu());
    assert!(plain.measures.iter().all(|m| !m.metric.of_search()));
    let asked = audit(data(), &settings(), &*any_cpu());
    let rest = asked.measures.into_iter().filter(|m| !m.metric.of_search());
    assert_eq!(rest.collect::<Vec<_>>(), plain.measures);
}

#[test]
fn prefixes_and_rounded_rows_are_refused() {
    let rows = normal(1, 40, 8);
    let refused = |settings: Settings| {
        let data = inputs(embeddings(&rows), None, PositivesInput::None);
        match prepare(data, &settings, &*any_cpu(), &NoWatch) {
            Err(AuditError::Settings(error)) => error.to_string(),
            other => panic!("{:?}", other.map(|_| ())),
        }
    };
    for precision in [
        PrecisionChoice::Auto,
        PrecisionChoice::Only(Precision::Bf16),
    ] {
        let rounded = Settings {
            precision,
            ..settings()
        };
        assert!(refused(rounded).contains("--search walks in f32"));
    }
    let desk = Desk::new();
    desk.refused("compare a.npy --dims 2 --search", "no counts for --search");
}

#[test]
fn the_program_prints_them_where_they_are_asked_for() {
    let desk = Desk::new();
    let audit = desk.json("audit a.npy b.npy --search");
    let measures = audit["measures"].as_array().expect("measures");
    let of = |name: &str, side: &str| {
        let mut all = measures.iter();
        all.any(|m| m["metric"] == name && m["side"] == side)
    };
    for side in ["a", "b", "mean"] {
        assert!(of("recall", side) && of("r_precision", side), "{side}");
    }
    assert!(of("auc", "cross") && of("space_cosine", "cross"));
    // Of six rows every other one is among the ten nearest.
    assert!(!of("antihubs", "a"));
    let said = serde_json::to_string(&audit["notes"]).expect("JSON");
    assert!(said.contains("hubs are not measured"), "{said}");
    let compared = desk.json("compare a.npy b.npy --pairs pairs.npy --search");
    let lines = compared["lines"].as_array().expect("lines");
    assert!(lines.iter().any(|line| line["metric"] == "recall"));
}

/// A gate on the two encoders; `line` follows the views.
fn gate(desk: &Desk, encoder: &str, line: &str) -> assert_cmd::assert::Assert {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/real");
    let view = |side: &str| root.join(format!("minilm_{encoder}_{side}.npy"));
    let mut command = desk.command("gate");
    command.args([view("a"), view("b")]).args(line.split(' '));
    command.env_remove("GITHUB_STEP_SUMMARY");
    command.env_remove("GITHUB_ACTIONS").assert()
}

#[test]
fn a_policy_that_names_them_asks_for_them() {
    let desk = Desk::new();
    desk.file(
        "tar.toml",
        "[[rule]]\nmetric = \"tar{far=1e-4}\"\nside = \"cross\"\nat_least = 0.95\n\
         [[rule]]\nmetric = \"mrr\"\nside = \"mean\"\nat_least = 0.9\n",
    );
    gate(&desk, "mean", "--policy tar.toml")
        .code(0)
        .stderr(is_empty());
    let broken = gate(&desk, "cls", "--policy tar.toml --format json").code(1);
    let json: Value = serde_json::from_slice(&broken.get_output().stdout).expect("JSON");
    let outcomes: Vec<&Value> = json["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| &finding["outcome"])
        .collect();
    // `mrr` alone is the one without a cut.
    assert_eq!(outcomes, ["broken", "met"]);
}

#[test]
fn init_proposes_them_first() {
    let desk = Desk::new();
    gate(&desk, "mean", "--init --policy new.toml").code(0);
    let policy = std::fs::read_to_string(desk.path("new.toml")).expect("a policy");
    let place = |name: &str| {
        let rule = format!("metric = \"{name}\"");
        let found = policy.find(&rule);
        found.unwrap_or_else(|| panic!("no {name}: {policy}"))
    };
    let order = [
        "recall{k=10}",
        "tar{far=0.001}",
        "hubness_skewness{k=10}",
        "alignment{alpha=2}",
    ]
    .map(place);
    assert!(order.is_sorted(), "{policy}");
    let kept = "--policy new.toml --baseline lock.json --update-baseline";
    gate(&desk, "mean", kept).code(0);
}
