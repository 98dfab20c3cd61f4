//! The tables of `docs/examples.md`: every number is the program's.
//!
//! Above a table stands, in a comment, the command of its lines, `X` in place of the encoder that the first cell names:
//! `<!-- table: audit fixtures/zoo/X_kjv.npy -->`, or `<!-- table of a,b: .. -->` where the others would take too long.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

const PAGE: &str = include_str!("../../docs/examples.md");

/// A table, and what it says it is of.
struct Shown<'a> {
    command: &'a str,
    /// Encoders whose lines are checked; none for all.
    only: Vec<&'a str>,
    head: Vec<&'a str>,
    lines: Vec<Vec<&'a str>>,
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

fn tables() -> Vec<Shown<'static>> {
    let comments = PAGE.split("<!-- table").skip(1);
    let table = |text: &'static str| {
        let (of, rest) = text.split_once(": ").expect("a command");
        let (command, rest) = rest.split_once(" -->").expect("an end");
        let mut rows = rest.lines().skip_while(|line| !line.starts_with('|'));
        let head = cells(rows.next().expect("a head"));
        let only = of.trim().strip_prefix("of ").unwrap_or("");
        Shown {
            command,
            only: only.split(',').filter(|name| !name.is_empty()).collect(),
            head,
            lines: rows
                .skip(1)
                .take_while(|line| line.starts_with('|'))
                .map(cells)
                .collect(),
        }
    };
    comments.map(table).collect()
}

fn run(command: &str) -> Value {
    let done = Command::cargo_bin("spherecheck")
        .expect("the program is built")
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .env_remove("SPHERECHECK_KERNEL")
        .args(command.split_whitespace())
        .args(["--format", "json", "--quiet"])
        .assert()
        .success();
    serde_json::from_slice(&done.get_output().stdout).expect("JSON")
}

/// The value of a number named as "`metric{parameter=value}` side".
fn value(report: &Value, name: &str) -> f64 {
    let (label, side) = name.split_once(' ').expect("metric, side");
    let (metric, parameter) = match label.trim_matches('`').split_once('{') {
        Some((metric, parameter)) => (metric, parameter.trim_end_matches('}')),
        None => (label.trim_matches('`'), ""),
    };
    let all = report["measures"]
        .as_array()
        .or_else(|| report["parity"][0]["measures"].as_array());
    let mut all = all.expect("measures").iter();
    let found = all.find(|measure| {
        let mut parameters = measure["params"].as_object().into_iter().flatten();
        let own = parameters.next().map_or(String::new(), |(name, value)| {
            format!("{name}={}", value.as_f64().unwrap_or(f64::NAN))
        });
        measure["metric"] == metric && measure["side"] == side && own == parameter
    });
    let found = found.unwrap_or_else(|| panic!("no {name}"));
    found["value"].as_f64().expect("a number")
}

/// The names of the warnings.
fn warnings(report: &Value) -> String {
    let findings = report["findings"].as_array().expect("findings").iter();
    let warnings = findings.filter(|finding| finding["severity"] == "warning");
    let names: Vec<String> = warnings
        .map(|finding| format!("`{}`", finding["name"].as_str().expect("a name")))
        .collect();
    match names.is_empty() {
        true => "none".to_owned(),
        false => names.join(", "),
    }
}

#[test]
fn every_number_of_the_eight_encoders_is_the_program_s() {
    let tables = tables();
    assert!(tables.len() >= 4, "{}", tables.len());
    let mut checked = 0;
    for Shown {
        command,
        only,
        head,
        lines,
    } in tables
    {
        for line in lines {
            let encoder = line[0].trim_matches('`');
            if !only.is_empty() && !only.contains(&encoder) {
                continue;
            }
            let report = run(&command.replace('X', encoder));
            for (name, shown) in head.iter().zip(&line).skip(1) {
                let shown = shown.trim_matches('*');
                if *name == "warnings" {
                    assert_eq!(warnings(&report), shown, "{encoder}: {command}");
                } else if name.starts_with('`') && shown != "–" {
                    let digits = shown.split_once('.').map_or(0, |(_, digits)| digits.len());
                    let found = format!("{:.digits$}", value(&report, name));
                    assert_eq!(found, shown, "{encoder}: {name}");
                }
                checked += 1;
            }
        }
    }
    assert!(checked >= 80, "{checked}");
}
