//! `--drift-from` from outside.

use predicates::prelude::*;
use predicates::str::{contains, is_match};

use super::desk::Desk;

/// Sixty rows of three columns around a direction that `turn` moves.
fn desk() -> Desk {
    let desk = Desk::new();
    for (name, turn) in [("old", 0.0_f32), ("same", 0.0), ("moved", 1.5)] {
        let of = |k: usize| {
            let at = (k as f32 + name.len() as f32) * 1.7;
            let value = at.sin() + [1.0, turn, 0.0][k % 3];
            value.to_le_bytes()
        };
        let bytes: Vec<u8> = (0..180).flat_map(of).collect();
        desk.npy(&format!("{name}.npy"), "<f4", (60, 3), &bytes);
    }
    let rule = |limit: f64| format!("[[rule]]\nmetric = \"drift_p\"\nat_least = {limit}\n");
    desk.file("drift.toml", rule(0.05));
    desk.file("strict.toml", rule(0.001));
    desk.file("beyond.toml", rule(1e-6));
    desk
}

#[test]
fn an_audit_has_drift_in_every_form() {
    let desk = desk();
    let json = desk.json("audit moved.npy --drift-from old.npy --t 1,2");
    let card = &json["drift"];
    assert_eq!(
        (&card["source"], &card["rows"]),
        (&"old.npy".into(), &60.into())
    );
    assert_eq!(card["permutations"], 199);
    assert_eq!(card["permuted"], serde_json::json!([60, 60]));
    assert_eq!(card["classifier"]["train"], serde_json::json!([30, 30]));
    let measures = json["measures"].as_array().expect("measures");
    let drift = measures.iter().filter(|m| {
        let name = m["metric"].as_str().expect("a name");
        name.starts_with("drift_")
    });
    let found: Vec<_> = drift
        .map(|m| m["metric"].as_str().expect("a name"))
        .collect();
    assert_eq!(
        found,
        [
            "drift_mmd",
            "drift_mmd",
            "drift_p",
            "drift_auc",
            "drift_frechet"
        ]
    );
    desk.run("audit moved.npy --drift-from old.npy")
        .code(0)
        .stdout(
            contains("drift_p")
                .and(contains("0.0050"))
                .and(contains("drift from")),
        );
    desk.run("audit moved.npy --drift-from old.npy --details")
        .code(0)
        .stdout(is_match("drift_frechet +[0-3]\\.[0-9]{3}").expect("a pattern"));
    for format in ["csv", "md"] {
        let line = format!("audit moved.npy --drift-from old.npy --format {format}");
        desk.run(&line).code(0).stdout(contains("drift_mmd"));
    }
    assert!(desk.json("audit moved.npy").get("drift").is_none());
}

#[test]
fn a_gate_fails_for_drift_and_for_nothing_else() {
    let desk = desk();
    let gate = |line: &str| desk.run(&format!("gate {line}"));
    gate("moved.npy --drift-from old.npy --policy drift.toml")
        .code(1)
        .stdout(contains("drift_p"));
    gate("same.npy --drift-from old.npy --policy drift.toml").code(0);
    // A limit below 1/200 takes more deals than usual, and gets them.
    let line = "gate moved.npy --drift-from old.npy --policy strict.toml";
    desk.run(line).code(1).stdout(contains("drift_p"));
    desk.all_refused(&[
        "gate moved.npy --policy drift.toml -> give --drift-from REFERENCE",
        "gate moved.npy --drift-from old.npy --policy beyond.toml -> 1000000 random deals",
    ]);
    // A saved audit has as many deals as it has.
    desk.saved(
        "audit moved.npy --drift-from old.npy --format json",
        "audit.json",
    );
    gate("audit.json --policy drift.toml").code(1);
    desk.all_refused(&[
        "gate audit.json --policy strict.toml -> could never fail",
        "gate audit.json --drift-from old.npy --policy drift.toml -> holds no rows",
    ]);
}

#[cfg(feature = "tables")]
#[test]
fn what_does_not_fit_is_refused_before_anything_is_written() {
    let desk = desk();
    desk.npy("wide.npy", "<f4", (3, 2), &[0x40; 24]);
    desk.file("g.csv", "document\n0\n0\n1\n1\n2\n3\n");
    desk.all_refused(&[
        "audit a.npy --drift-from none.npy -> none.npy",
        "audit a.npy --drift-from wide.npy --out report -> wide.npy is 3 x 2 but a.npy is 6 x 3",
        "audit a.npy --drift-from b.npy --groups g.csv -> give --drift-groups too",
        "audit a.npy --drift-from b.npy --drift-groups g.csv -> --groups",
        "audit a.npy --drift-groups g.csv -> --drift-from",
        "audit a.npy --drift-from b.npy --budget 1s -> cannot be used with",
        "audit a.npy --drift-from b.npy --drift-permutations 10000 -> from 1 to 9,999",
        "compare a.npy b.npy --drift-from b.npy -> spherecheck audit",
    ]);
    assert!(!desk.path("report").join("audit.json").exists());
    desk.run("audit a.npy --drift-from b.npy --groups g.csv --drift-groups g.csv --quiet")
        .code(0)
        .stderr(predicates::str::is_empty())
        .stdout(contains("4 groups against 4"));
}
