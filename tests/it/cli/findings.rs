//! What audits of real and of worthless embeddings begin with.

use std::path::Path;

use predicates::prelude::PredicateBooleanExt;
use predicates::str::contains;
use serde_json::Value;

use super::desk::Desk;
use crate::support::{noisy, normal};

/// Names of the findings of a severity.
fn found(report: &Value, severity: &str) -> Vec<String> {
    let all = report["findings"].as_array().expect("findings");
    let of = all.iter().filter(|found| found["severity"] == severity);
    of.map(|found| found["name"].as_str().expect("a name").to_owned())
        .collect()
}

fn real(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/real");
    let [a, b] = ["a", "b"].map(|side| folder.join(format!("minilm_{name}_{side}.npy")));
    format!("{} {}", a.display(), b.display())
}

#[test]
fn the_right_pooling_has_no_warning_and_the_wrong_one_has() {
    let desk = Desk::new();
    let mean = desk.json(&format!("audit {} --search", real("mean")));
    assert_eq!(found(&mean, "warning"), [""; 0]);
    assert_eq!(found(&mean, "good"), ["positives_apart"]);
    let cls = desk.json(&format!("audit {} --search", real("cls")));
    assert_eq!(found(&cls, "warning"), ["narrow_cone", "hubs"]);
    assert_eq!(found(&cls, "fact"), ["cls_or_prefix", "not_normalised"]);
    desk.run(&format!("audit {}", real("cls")))
        .success()
        .stdout(contains("1 warning: the rows share a narrow cone."))
        .stdout(contains(
            "more: --spectrum, --search, --drift-from, --offenders",
        ));
    desk.run(&format!("audit {} --format csv", real("cls")))
        .success()
        .stdout(predicates::str::starts_with("subject,"));
    let base = desk.run(&format!("audit {} --format json", real("mean")));
    desk.file("mean.json", &base.get_output().stdout);
    let other = desk.run(&format!("audit {} --format json", real("cls")));
    desk.file("cls.json", &other.get_output().stdout);
    desk.run("compare mean.json cls.json --name mean --name cls")
        .success()
        .stdout(contains("found here and not in every model: narrow_cone, cls_or_prefix"))
        .stdout(contains(
"cls, against mean, is worse in contrastive_limit{tau=0.07}, alignment{alpha=2}, uniformity{t=2}",
        ));
    desk.refused(
        "compare mean.json cls.json --name mean",
        "--name is given once for 2 models",
    );
}

#[test]
fn nulls_are_told_from_models() {
    let desk = Desk::new();
    let (x, y) = (normal(1, 300, 32), normal(2, 300, 32));
    desk.rows("x.npy", &x);
    desk.rows("y.npy", &y);
    desk.rows("near.npy", &noisy(&x, 3, 0.3));
    let noise = desk.json("audit x.npy y.npy --tau 0.5");
    assert_eq!(
        found(&noise, "warning"),
        ["positives_at_chance", "noise_like"]
    );
    let alone = desk.json("audit x.npy --tau 0.5");
    assert_eq!(found(&alone, "warning"), ["noise_like"]);
    let paired = desk.json("audit x.npy near.npy --tau 0.5");
    assert_eq!(found(&paired, "warning"), [""; 0]);
    let point = noisy(&vec![vec![1.0; 32]; 300], 4, 0.01);
    desk.rows("point.npy", &point);
    let collapsed = desk.json("audit point.npy --tau 0.5");
    assert_eq!(found(&collapsed, "warning"), ["collapse", "narrow_cone"]);
    let mut turned = noisy(&x, 5, 0.3);
    turned.rotate_left(7);
    desk.rows("turned.npy", &turned);
    desk.run("audit x.npy turned.npy --tau 0.5 --out turned --quiet")
        .success();
    let turned = std::fs::read(desk.path("turned/audit.json")).expect("written");
    let turned = serde_json::from_slice(&turned).expect("JSON");
    assert_eq!(
        found(&turned, "warning"),
        ["positives_at_chance", "shuffled_order"]
    );
}

#[test]
fn a_note_is_left_out_where_a_finding_tells_it_and_counted_where_none_does() {
    let desk = Desk::new();
    let x = normal(1, 300, 32);
    desk.rows("x.npy", &x);
    desk.rows("near.npy", &noisy(&x, 3, 0.3));
    let same = "audit x.npy x.npy --tau 0.5";
    let report = desk.json(same);
    assert_eq!(found(&report, "warning"), ["identical_positives"]);
    assert_eq!(report["notes"][0]["about"], "identical_positives");
    let note = "All 300 positive pairs are identical";
    desk.run(same)
        .success()
        .stdout(contains("1 warning: positives are the same rows twice.\n"))
        .stdout(contains(note).not());
    desk.run(&format!("{same} --details"))
        .success()
        .stdout(contains(note));
    desk.run("audit x.npy near.npy --tau 0.5 --sample 200")
        .success()
        .stdout(contains("A warning stands below"))
        .stdout(contains("Only a sample was audited"));
}

#[test]
fn a_finding_is_explained_and_gated() {
    let desk = Desk::new();
    for (name, said) in [
        ("narrow_cone", "[[rule]] finding = \"narrow_cone\""),
        ("cone", "multilingual-e5-small"),
        ("InfoNCE", "contrastive_limit{tau}"),
    ] {
        desk.run(&format!("explain {name}"))
            .success()
            .stdout(contains(said));
    }
    desk.run("explain")
        .success()
        .stdout(contains("narrow_cone"));
    desk.file("p.toml", "[[rule]]\nmetric = \"duplicate_rows\"\nside = \"a\"\nat_most = 0\n\n[[rule]]\nfinding = \"narrow_cone\"\n");
    let gate = |name: &str| desk.run(&format!("gate {} --policy p.toml", real(name)));
    gate("mean").code(0);
    let cls = gate("cls").code(1);
    let cls = String::from_utf8(cls.get_output().stdout.clone()).expect("UTF-8");
    // What broke comes first.
    assert!(
        cls.find("FAIL  narrow_cone") < cls.find("ok    duplicate_rows"),
        "{cls}"
    );
}
