//! `spherecheck gate` from outside.

use std::fs;

use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::Value;

use super::desk::{Desk, integers, names};

const PASSES: &str = "[[rule]]\nmetric = \"uniformity\"\nat_most = 0\n";
const FAILS: &str = "[[rule]]\nmetric = \"uniformity\"\nat_most = -100\n";
const UNDECIDED: &str =
    "on_undecided = \"fail\"\n[[rule]]\nmetric = \"mean_cosine\"\nat_most = -0.19\n";
const BASELINE: &str = "[[rule]]\nmetric = \"mean_cosine\"\nno_worse_than_baseline = {}\n";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.file("passes.toml", PASSES);
    desk.file("fails.toml", FAILS);
    desk.file("undecided.toml", UNDECIDED);
    desk.file("baseline.toml", BASELINE);
    desk
}

fn gate(desk: &Desk, line: &str) -> assert_cmd::assert::Assert {
    command(desk, line).assert()
}

/// In an environment of no CI.
fn command(desk: &Desk, line: &str) -> assert_cmd::Command {
    let mut command = desk.command(&format!("gate {line}"));
    command
        .env_remove("GITHUB_STEP_SUMMARY")
        .env_remove("GITHUB_ACTIONS");
    command
}

#[test]
fn the_exit_status_is_the_verdict_that_is_printed() {
    let desk = desk();
    for (policy, code, word) in [
        ("passes", 0, "PASS"),
        ("fails", 1, "FAIL"),
        ("undecided", 3, "UNDECIDED"),
    ] {
        let line = format!("a.npy --policy {policy}.toml");
        gate(&desk, &line)
            .code(code)
            .stdout(predicates::str::starts_with(word))
            .stderr(is_empty());
        gate(&desk, &format!("{line} --exit-zero"))
            .code(0)
            .stdout(predicates::str::starts_with(word));
        let json = gate(&desk, &format!("{line} --format json")).code(code);
        let json: Value = serde_json::from_slice(&json.get_output().stdout).expect("JSON");
        let decisions = ["pass", "violated", "", "undecided"];
        assert_eq!(json["decision"], decisions[code as usize]);
        gate(&desk, &format!("{line} --format md"))
            .code(code)
            .stdout(contains(word));
    }
}

#[test]
fn a_saved_audit_is_judged_like_its_embeddings() {
    let desk = desk();
    desk.saved("audit a.npy --pairs pairs.npy --format json", "audit.json");
    for policy in ["passes", "fails", "undecided"] {
        let of = |candidate: &str| {
            let run = gate(
                &desk,
                &format!("{candidate} --policy {policy}.toml --format json"),
            );
            let mut value: Value = serde_json::from_slice(&run.get_output().stdout).expect("JSON");
            value["subject"] = Value::Null;
            (run.get_output().status.code(), value)
        };
        assert_eq!(of("audit.json"), of("a.npy --pairs pairs.npy"), "{policy}");
    }
    gate(
        &desk,
        "audit.json --policy baseline.toml --baseline audit.json",
    )
    .code(0);
}

#[test]
fn the_first_run_that_passes_makes_the_baseline_and_later_ones_are_held_against_it() {
    let desk = desk();
    let line = "a.npy --policy baseline.toml --baseline lock.json";
    gate(&desk, line)
        .code(2)
        .stderr(contains("lock.json: this baseline cannot be read"));
    gate(&desk, &format!("{line} --update-baseline"))
        .code(0)
        .stdout(contains("skipped"))
        .stderr(contains("wrote lock.json"));
    let lock: Value = serde_json::from_slice(&fs::read(desk.path("lock.json")).unwrap()).unwrap();
    assert_eq!(lock["schema"], "spherecheck.baseline/1");
    assert_eq!(lock["audit"]["provenance"]["seed"], 0);
    gate(&desk, line)
        .code(0)
        .stdout(contains("no worse than the baseline").and(contains("paired")));

    // All rows nearly alike: much worse, and the lock file stays as it was.
    let rows = (0..18u8).map(|k| if k % 3 == 0 { 3.0 } else { 0.01 * f32::from(k) });
    let rows = rows.flat_map(f32::to_le_bytes).collect::<Vec<u8>>();
    desk.npy("worse.npy", "<f4", (6, 3), &rows);
    let before = fs::read(desk.path("lock.json")).unwrap();
    let worse = "worse.npy --policy baseline.toml --baseline lock.json";
    gate(&desk, &format!("{worse} --update-baseline"))
        .code(1)
        .stdout(contains("worse beyond the tolerance, and significantly"))
        .stderr(contains("the baseline is as it was"));
    assert_eq!(fs::read(desk.path("lock.json")).unwrap(), before);
}

#[test]
fn a_ratchet_turns_for_a_better_model_and_for_no_worthless_one() {
    let desk = desk();
    desk.file(
        "limit.toml",
        "[[rule]]\nmetric = \"contrastive_limit{tau=0.5}\"\nside = \"cross\"\nno_worse_than_baseline = {}\n",
    );
    // The second view of the worse model has its rows the other way round.
    let turned: Vec<u8> = super::desk::points(0.2)
        .rchunks(12)
        .flatten()
        .copied()
        .collect();
    desk.npy("turned.npy", "<f4", (6, 3), &turned);
    let rest = "--policy limit.toml --baseline lock.json --update-baseline";
    gate(&desk, &format!("a.npy turned.npy {rest}")).code(0);
    let before = fs::read(desk.path("lock.json")).unwrap();
    gate(&desk, &format!("a.npy turned.npy {rest} --ratchet"))
        .code(0)
        .stderr(contains("is not better"));
    assert_eq!(fs::read(desk.path("lock.json")).unwrap(), before);
    gate(&desk, &format!("a.npy b.npy {rest} --ratchet"))
        .code(0)
        .stderr(contains("wrote lock.json"));
    let before = fs::read(desk.path("lock.json")).unwrap();
    desk.saved("audit a.npy --format json", "alone.json");
    for (line, said) in [
        (
            "a.npy --policy baseline.toml",
            "give --pairs, --labels or a second view",
        ),
        (
            "alone.json --policy baseline.toml",
            "--ratchet needs positives",
        ),
        (
            "a.npy b.npy --policy baseline.toml",
            "baseline.toml: --ratchet is refused: no rule with no_worse_than_baseline needs positives",
        ),
    ] {
        gate(
            &desk,
            &format!("{line} --baseline lock.json --update-baseline --ratchet"),
        )
        .code(2)
        .stderr(contains(said));
        assert_eq!(fs::read(desk.path("lock.json")).unwrap(), before, "{line}");
    }
}

#[test]
fn a_saved_audit_without_numbers_is_refused() {
    let desk = desk();
    let saved = desk
        .run("audit a.npy --pairs pairs.npy --format json")
        .success();
    let text = String::from_utf8(saved.get_output().stdout.clone()).unwrap();
    // What was found is computed anew from the measures.
    let (front, text) = text.split_at(text.find("\"measures\"").unwrap());
    for (from, to) in [
        ("\"value\": ", "\"value\": null, \"was\": "),
        ("\"value\": ", "\"value\": 1e999, \"was\": "),
        ("\"value\": ", "\"value\": NaN, \"was\": "),
        ("\"value\": ", "\"was\": "),
        ("\"se\": ", "\"se\": -1.0, \"was\": "),
        ("\"low\": ", "\"low\": null, \"was\": "),
        ("\"high\": ", "\"high\": -1e300, \"was\": "),
    ] {
        assert!(text.contains(from), "{from}");
        desk.file("audit.json", front.to_owned() + &text.replacen(from, to, 1));
        gate(&desk, "audit.json --policy passes.toml")
            .code(2)
            .stdout(is_empty())
            .stderr(contains("audit.json: not a saved audit"));
    }
}

#[test]
fn whatever_is_wrong_is_trouble_and_leaves_nothing_behind() {
    let desk = desk();
    desk.npy("more.npy", "<f4", (5, 3), &super::desk::points(0.0)[..60]);
    desk.npy("wide.npy", "<f4", (6, 2), &super::desk::points(0.0)[..48]);
    gate(
        &desk,
        "a.npy --policy passes.toml --baseline lock.json --update-baseline",
    )
    .code(0);
    let lock = String::from_utf8(fs::read(desk.path("lock.json")).unwrap()).unwrap();
    desk.file(
        "nan.json",
        lock.replacen("\"value\": ", "\"value\": NaN, \"was\": ", 1),
    );
    desk.file("half.json", &lock[..lock.len() / 2]);
    desk.file("other.json", "{\"schema\": \"something.else/1\"}");
    desk.file(
        "typo.toml",
        "[[rule]]\nmetric = \"uniformty\"\nat_most = 0\n",
    );
    desk.file("broken.toml", "[[rule]\n");
    desk.file(
        "absent.toml",
        "[[rule]]\nmetric = \"alignment\"\nat_most = 0\n",
    );
    desk.file(
        "slice.toml",
        "[[rule]]\nmetric = \"uniformity\"\nslice = \"x\"\nat_most = 0\n",
    );
    fs::create_dir(desk.path("taken")).unwrap();
    let before = names(desk.path("").as_path());
    for (line, said) in [
        ("a.npy", "--policy <FILE>"),
        (
            "a.npy --policy none.toml",
            "none.toml: this policy cannot be read",
        ),
        ("a.npy --policy broken.toml", "broken.toml, line 1: "),
        (
            "a.npy --policy typo.toml",
            "typo.toml, line 2: there is no metric \"uniformty\"; did you mean uniformity?",
        ),
        (
            "a.npy --policy absent.toml",
            "line 1 is about alignment, which the audit does not have",
        ),
        ("a.npy --policy slice.toml", "give --slices"),
        ("a.npy --policy baseline.toml", "give --baseline FILE"),
        (
            "a.npy --policy baseline.toml --baseline none.json",
            "none.json: this baseline cannot be read",
        ),
        (
            "a.npy --policy baseline.toml --baseline nan.json",
            "nan.json: not a baseline",
        ),
        (
            "a.npy --policy baseline.toml --baseline half.json",
            "half.json: not a baseline",
        ),
        (
            "a.npy --policy baseline.toml --baseline other.json",
            "its schema is \"something.else/1\"",
        ),
        (
            "more.npy --policy baseline.toml --baseline lock.json",
            "the number of rows n differs: the baseline has 6, this audit 5",
        ),
        (
            "wide.npy --policy baseline.toml --baseline lock.json",
            "the dimension d differs: the baseline has 3, this audit 2",
        ),
        (
            "a.npy --policy baseline.toml --baseline lock.json --seed 5",
            "--seed",
        ),
        (
            "a.npy --policy passes.toml --junit taken",
            "taken: cannot be written",
        ),
        (
            "a.npy --policy passes.toml --junit no/where.xml",
            "no/where.xml: cannot be written",
        ),
        (
            "a.npy --policy passes.toml --out passes.toml",
            "expected a directory",
        ),
        (
            "a.npy --policy passes.toml --baseline taken --update-baseline",
            "taken",
        ),
        (
            "a.npy --policy passes.toml --update-baseline",
            "--baseline <FILE>",
        ),
        (
            "a.npy --policy passes.toml --baseline lock.json --ratchet",
            "--update-baseline",
        ),
        (
            "a.npy --policy passes.toml --baseline lock.json --update-baseline --ratchet",
            "no_worse_than_baseline",
        ),
        (
            "lock.json --policy passes.toml",
            "lock.json: not a saved audit",
        ),
        (
            "none.json --policy passes.toml",
            "none.json: this saved audit cannot be read",
        ),
        (
            "a.npy --init --policy passes.toml",
            "does not overwrite a policy",
        ),
    ] {
        gate(&desk, line)
            .code(2)
            .stdout(is_empty())
            .stderr(contains(said));
        assert_eq!(names(desk.path("").as_path()).len(), before.len(), "{line}");
    }
    assert_eq!(fs::read_to_string(desk.path("lock.json")).unwrap(), lock);
}

#[test]
fn ci_gets_a_summary_annotations_and_junit() {
    let desk = desk();
    desk.file("summary.md", "# Before\n\n");
    command(
        &desk,
        "a.npy --policy fails.toml --junit gate.xml --out report",
    )
    .env("GITHUB_STEP_SUMMARY", desk.path("summary.md"))
    .env("GITHUB_ACTIONS", "true")
    .assert()
    .code(1)
    .stderr(contains(
        "::error file=fails.toml,line=1,title=FAIL uniformity",
    ));
    // Inside a folder that is made only then.
    command(
        &desk,
        "a.npy --policy fails.toml --junit new/tests.xml --out new",
    )
    .assert()
    .code(1);
    assert!(desk.path("new/tests.xml").is_file() && desk.path("new/gate.xml").is_file());
    let text = fs::read_to_string(desk.path("summary.md")).unwrap();
    assert!(text.starts_with("# Before\n\n## ❌ FAIL a\n"), "{text}");
    let xml = fs::read_to_string(desk.path("gate.xml")).unwrap();
    assert!(xml.contains("failures=\"1\""), "{xml}");
    let mut written = names(&desk.path("report"));
    written.sort();
    let expected = [
        "audit.json",
        "gate.csv",
        "gate.json",
        "gate.md",
        "gate.xml",
        "report.html",
    ];
    assert_eq!(written, expected);
    // The verdict first, then what it is about, each with its data.
    let page = fs::read_to_string(desk.path("report/report.html")).unwrap();
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(place("FAIL a</h1>") < place("<h2>Audit of a</h2>"));
    assert!(place("id=\"data-0\"") < place("id=\"data-1\""));
    // A summary that is full already gets nothing more; the verdict stands.
    desk.file("full.md", vec![b'x'; 1024 * 1024]);
    command(&desk, "a.npy --policy fails.toml")
        .env("GITHUB_STEP_SUMMARY", desk.path("full.md"))
        .assert()
        .code(1);
    assert_eq!(
        fs::metadata(desk.path("full.md")).unwrap().len(),
        1024 * 1024
    );
    command(&desk, "a.npy --policy passes.toml")
        .env("GITHUB_STEP_SUMMARY", desk.path("no/where.md"))
        .assert()
        .code(2)
        .stdout(is_empty())
        .stderr(contains("GITHUB_STEP_SUMMARY"));
}

#[test]
fn init_writes_a_policy_that_its_candidate_keeps() {
    let desk = desk();
    gate(&desk, "a.npy --pairs pairs.npy --init")
        .code(0)
        .stdout(contains("[[rule]]"));
    gate(&desk, "a.npy --pairs pairs.npy --init --policy new.toml")
        .code(0)
        .stderr(contains("wrote new.toml"));
    gate(
        &desk,
        "a.npy --pairs pairs.npy --policy new.toml --baseline lock.json --update-baseline",
    )
    .code(0);
    gate(
        &desk,
        "a.npy --pairs pairs.npy --policy new.toml --baseline lock.json",
    )
    .code(0);
}

#[test]
fn init_says_what_a_policy_without_positives_cannot_see() {
    let desk = desk();
    let said =
        "without positives no rule can see whether rows that belong together lie close together";
    gate(&desk, "a.npy --init")
        .code(0)
        .stdout(contains(format!("# Note: {said}")).and(contains("made from a (6 rows")))
        .stderr(contains(format!("warning: {said}")).and(contains("6 rows are too few")));
    gate(&desk, "a.npy --init --quiet")
        .code(0)
        .stderr(is_empty());
    gate(&desk, "a.npy b.npy --init --margin 0.2")
        .code(0)
        .stdout(contains("stand 20 % of the way"))
        .stderr(contains("without positives").not());
    for (line, said) in [
        ("a.npy --init --margin 0", "between 0 and 1"),
        ("a.npy --init --margin nan", "between 0 and 1"),
        ("a.npy --policy passes.toml --margin 0.2", "--init"),
    ] {
        gate(&desk, line)
            .code(2)
            .stdout(is_empty())
            .stderr(contains(said));
    }
}

#[test]
fn the_gate_prints_the_warnings_of_the_audit() {
    let desk = desk();
    let twice = [super::desk::points(0.0), super::desk::points(0.0)].concat();
    desk.npy("twice.npy", "<f4", (12, 3), &twice);
    let said = "6 of 12 rows repeat an earlier one";
    let line = "twice.npy --policy passes.toml";
    gate(&desk, line)
        .code(0)
        .stdout(contains("  warning  Side a: 6 of 12 rows repeat"));
    for format in ["json", "md"] {
        gate(&desk, &format!("{line} --format {format}"))
            .code(0)
            .stdout(contains(said));
    }
    command(&desk, &format!("{line} --junit gate.xml"))
        .env("GITHUB_ACTIONS", "true")
        .assert()
        .code(0)
        .stderr(contains(
            "::warning file=passes.toml,title=twice::Side a: 6 of 12",
        ));
    assert!(
        fs::read_to_string(desk.path("gate.xml"))
            .unwrap()
            .contains(said)
    );
}

#[test]
fn slices_are_judged_apart() {
    let desk = desk();
    desk.file("slices.csv", "language\nde\nde\nde\nen\nen\nen\n");
    desk.file(
        "each.toml",
        "[[rule]]\nmetric = \"uniformity\"\nslice = \"*\"\nat_most = 0\n",
    );
    desk.file(
        "de.toml",
        "[[rule]]\nmetric = \"uniformity\"\nslice = \"de\"\nat_most = -100\n",
    );
    if cfg!(not(feature = "tables")) {
        return;
    }
    let slices = "--slices slices.csv --slice-min 3";
    gate(&desk, &format!("a.npy --policy each.toml {slices}"))
        .code(0)
        .stdout(contains("in de").and(contains("in en")));
    gate(&desk, &format!("a.npy --policy de.toml {slices}"))
        .code(1)
        .stdout(contains("in de"));
    // Too few rows for the usual least.
    gate(&desk, "a.npy --policy de.toml --slices slices.csv")
        .code(2)
        .stderr(contains("--slice-min"));
    // They are in the saved audit too.
    desk.saved(&format!("audit a.npy {slices} --format json"), "audit.json");
    gate(&desk, "audit.json --policy de.toml").code(1);
    desk.npy("short.npy", "<i8", (3, 1), &integers(&[1, 1, 1]));
    gate(&desk, "a.npy --policy de.toml --slices short.npy")
        .code(2)
        .stderr(contains("expected 6 entries"));
}
