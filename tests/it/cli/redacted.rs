//! `--redact`: nothing that a report, the terminal or a CI runner gets names the user's files, ids, texts or slices.

use std::fs;
use std::path::Path;

use super::desk::Desk;
use crate::support::{noisy, normal};

/// Stands in the name of every file, id, text, label and slice.
const WORD: &str = "zanzibar";
const ROWS: usize = 80;

fn column(desk: &Desk, name: &str, of: impl Fn(usize) -> String) {
    let lines: Vec<String> = (0..ROWS).map(|row| of(row) + "\n").collect();
    desk.file(name, format!("{WORD}\n{}", lines.concat()));
}

fn desk() -> Desk {
    let desk = Desk::new();
    let mut base = normal(3, ROWS, 6);
    // Duplicates, and rows of unequal norms, for warnings and offenders.
    base[1] = base[0].clone();
    base[2].iter_mut().for_each(|v| *v *= 1e-5);
    desk.rows("zanzibar_a.npy", &base);
    desk.rows("zanzibar_b.npy", &noisy(&base, 4, 0.3));
    column(&desk, "zanzibar_ids.csv", |row| {
        format!("<{WORD}> id {row}")
    });
    column(&desk, "zanzibar_texts.csv", |row| {
        format!("{WORD} & text {row}")
    });
    column(&desk, "zanzibar_slices.csv", |row| {
        format!("{WORD}: {}", row % 2)
    });
    // One label of nearly all rows: a warning quotes it.
    column(&desk, "zanzibar_labels.csv", |row| match row {
        0..4 => "other".to_owned(),
        _ => format!("{WORD}-label"),
    });
    desk.file(
        "zanzibar.toml",
        format!(
            "[[rule]]\nmetric = \"uniformity\"\nside = \"mean\"\nslice = \"{WORD}: 1\"\nat_most = -100\n\
             [[rule]]\nmetric = \"uniformity\"\nside = \"mean\"\nno_worse_than_baseline = {{ abs = 0.05 }}\n"
        ),
    );
    desk
}

/// Names and contents of what is in a directory.
fn all(directory: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(directory).expect("a directory").flatten();
    entries
        .map(|entry| {
            let bytes = fs::read(entry.path()).expect("a file");
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, String::from_utf8_lossy(&bytes).into_owned())
        })
        .collect()
}

/// What a run says in each format, and what it writes, each with its place; `line` ends in the options of the reports.
fn said(desk: &Desk, line: &str, out: &str, formats: &[&str]) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    desk.file("step.md", "");
    for format in formats {
        let run = desk
            .command(&format!("{line} --format {format}"))
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", desk.path("step.md"))
            .assert();
        let output = run.get_output();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            matches!(output.status.code(), Some(0 | 1)),
            "{line}: {}",
            text(&output.stderr)
        );
        texts.push((format!("stdout as {format}"), text(&output.stdout)));
        texts.push((format!("stderr with {format}"), text(&output.stderr)));
    }
    texts.push((
        "step summary".to_owned(),
        fs::read_to_string(desk.path("step.md")).expect("a summary"),
    ));
    texts.extend(all(&desk.path(out)));
    texts
}

#[test]
fn no_report_names_what_is_the_users() {
    let desk = desk();
    let two = "zanzibar_a.npy zanzibar_b.npy --slices zanzibar_slices.csv --slice-min 20";
    let ids = "--ids zanzibar_ids.csv";
    let plain = format!("audit {two} {ids}");
    let base = desk.run(&format!("{plain} --format json")).success();
    desk.file("zanzibar.lock", &base.get_output().stdout);
    let cases = [
        (format!("{plain} --texts zanzibar_texts.csv --offenders --search"), "one"),
        (
            "audit zanzibar_a.npy --labels zanzibar_labels.csv --drift-from zanzibar_b.npy --spectrum".to_owned(),
            "two",
        ),
        (format!("compare zanzibar_a.npy zanzibar_b.npy {ids} --parity"), "three"),
        (
            format!("gate {two} {ids} --policy zanzibar.toml --baseline zanzibar.lock"),
            "four",
        ),
    ];
    for (line, out) in cases {
        let line = format!("{line} --out {out} --title T");
        let formats = ["table", "json", "csv", "md", "latex"];
        let hidden = said(&desk, &format!("{line} --redact"), out, &formats);
        assert!(hidden.len() > 12, "{line}: {} texts", hidden.len());
        for (place, text) in hidden {
            let mut lines = text.lines();
            let around = lines.find(|text| text.to_lowercase().contains(WORD));
            let around = around.map(|text| text.chars().take(2_000).collect::<String>());
            assert_eq!(around, None, "{line}: {place}");
        }
        // Without it they are all over the place: this test can fail.
        let shown = said(&desk, &line, out, &formats[..1]);
        let named = shown.iter().filter(|(_, text)| text.contains(WORD));
        assert!(named.count() > 3, "{line}");
    }
}

#[test]
fn numbers_and_verdicts_are_the_same_without_names() {
    let desk = desk();
    let line = "audit zanzibar_a.npy zanzibar_b.npy --slices zanzibar_slices.csv --slice-min 20";
    let (named, hidden) = (desk.json(line), desk.json(&format!("{line} --redact")));
    assert_eq!(named["measures"], hidden["measures"]);
    assert_eq!(hidden["slices"][1]["name"], "slice 2");
    assert_eq!(
        named["slices"][1]["measures"],
        hidden["slices"][1]["measures"]
    );
    assert_eq!(hidden["subject"]["a"]["source"], "a");
    // A slice of the policy is found by its name, and told by its alias.
    let policy = format!(
        "[[rule]]\nmetric = \"uniformity\"\nside = \"mean\"\nslice = \"{WORD}: 1\"\nat_most = -100\n"
    );
    desk.file("p.toml", policy);
    let gate = line.replacen("audit", "gate", 1);
    desk.run(&format!("{gate} --policy p.toml --redact"))
        .code(1)
        .stdout(predicates::str::contains("slice 2"));
    let compare =
        "compare zanzibar_a.npy zanzibar_b.npy --redact --name old --name new --format json";
    let run = desk.run(compare).success();
    let json: serde_json::Value = serde_json::from_slice(&run.get_output().stdout).expect("JSON");
    assert_eq!(json["models"][1]["name"], "new");
    assert_eq!(json["models"][1]["source"], "new");
    desk.all_refused(&[
        "audit a.npy --redact --dry-run -> cannot be used with",
        "gate a.npy --init --redact -> leave one of the two out",
    ]);
}
