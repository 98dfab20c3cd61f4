//! `spherecheck compare` from outside.

use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::Value;

use super::desk::{Desk, integers, names, points};

/// Rows of `points`, in another order.
fn reordered(order: [usize; 6]) -> Vec<u8> {
    let rows = points(0.2);
    order
        .iter()
        .flat_map(|&row| rows[12 * row..12 * (row + 1)].to_vec())
        .collect()
}

fn line<'a>(comparison: &'a Value, metric: &str) -> &'a Value {
    let lines = comparison["lines"].as_array().expect("lines");
    lines
        .iter()
        .find(|line| line["metric"] == metric)
        .unwrap_or_else(|| panic!("no {metric}"))
}

#[test]
fn two_models_give_paired_differences_and_similarities() {
    let desk = Desk::new();
    let found = desk.json("compare a.npy b.npy --pairs pairs.npy");
    assert_eq!(found["schema"], "spherecheck.comparison/1");
    assert_eq!(found["models"][1]["paired"], true);
    let cells = &line(&found, "mean_cosine")["cells"];
    let difference = cells[1]["value"].as_f64().unwrap() - cells[0]["value"].as_f64().unwrap();
    let stated = cells[1]["against"]["difference"]["value"].as_f64().unwrap();
    assert!((difference - stated).abs() < 1e-12);
    assert!(cells[0].get("against").is_none());
    let names: Vec<&str> = found["similarities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["cka", "knn_overlap"]);
    // A model against itself: no difference, and alike in everything.
    let same = desk.json("compare a.npy a.npy --pairs pairs.npy --neighbours 2");
    for line in same["lines"].as_array().unwrap() {
        assert_eq!(line["cells"][1]["against"]["verdict"], "same", "{line}");
    }
    for similarity in same["similarities"].as_array().unwrap() {
        assert!(
            (similarity["value"].as_f64().unwrap() - 1.0).abs() < 1e-9,
            "{similarity}"
        );
    }
    assert_eq!(same["models"][1]["name"], "a (2)");
}

#[test]
fn saved_audits_compare_like_their_embeddings() {
    let desk = Desk::new();
    for name in ["a", "b"] {
        let audit = desk
            .run(&format!("audit {name}.npy --pairs pairs.npy --format json"))
            .success();
        desk.file(&format!("{name}.json"), &audit.get_output().stdout);
    }
    let files = desk.json("compare a.npy b.npy --pairs pairs.npy");
    let saved = desk.json("compare a.json b.json");
    let mixed = desk.json("compare a.npy b.json --pairs pairs.npy");
    assert_eq!(files["lines"], saved["lines"]);
    assert_eq!(files["lines"], mixed["lines"]);
    assert!(
        saved["notes"][0]["text"]
            .as_str()
            .unwrap()
            .contains("saved audit")
    );
}

#[test]
fn ids_join_rows_and_not_their_places() {
    let desk = Desk::new();
    let order = [3, 0, 5, 1, 4, 2];
    desk.npy("moved.npy", "<f4", (6, 3), &reordered(order));
    let ids: Vec<i64> = (10..16).collect();
    desk.npy("ids.npy", "<i8", (6, 1), &integers(&ids));
    let moved: Vec<i64> = order.iter().map(|&row| ids[row]).collect();
    desk.npy("moved_ids.npy", "<i8", (6, 1), &integers(&moved));
    for (name, rows, ids) in [
        ("b", "b", "ids"),
        ("moved", "moved", "moved_ids"),
        ("a", "a", "ids"),
    ] {
        let audit = desk
            .run(&format!("audit {rows}.npy --ids {ids}.npy --format json"))
            .success();
        desk.file(&format!("{name}.json"), &audit.get_output().stdout);
    }
    let (straight, joined) = (
        desk.json("compare a.json b.json"),
        desk.json("compare a.json moved.json"),
    );
    for (x, y) in straight["lines"]
        .as_array()
        .unwrap()
        .iter()
        .zip(joined["lines"].as_array().unwrap())
    {
        let of = |line: &Value| line["cells"][1]["against"]["difference"]["se"].as_f64();
        match (of(x), of(y)) {
            (Some(x), Some(y)) => assert!((x - y).abs() < 1e-6 * x.abs().max(1e-3), "{x} {y}"),
            (x, y) => assert_eq!(x, y),
        }
    }
    desk.npy("others.npy", "<i8", (6, 1), &integers(&[1, 2, 3, 4, 5, 6]));
    let audit = desk
        .run("audit b.npy --ids others.npy --format json")
        .success();
    desk.file("others.json", &audit.get_output().stdout);
    desk.run("compare a.json others.json")
        .code(2)
        .stdout(is_empty())
        .stderr(contains("different row ids"));
    let audit = desk.run("audit b.npy --format json").success();
    desk.file("without.json", &audit.get_output().stdout);
    desk.run("compare a.json without.json")
        .code(2)
        .stderr(contains("has row ids and"));
    desk.npy("twice.npy", "<i8", (6, 1), &integers(&[1, 2, 3, 4, 5, 1]));
    desk.run("audit b.npy --ids twice.npy")
        .code(2)
        .stderr(contains("id \"1\" stands at rows 0 and 5"));
}

#[test]
fn prefixes_are_what_audits_of_cut_files_say() {
    let desk = Desk::new();
    let cut: Vec<u8> = points(0.0)
        .chunks(12)
        .flat_map(|row| row[..8].to_vec())
        .collect();
    desk.npy("cut.npy", "<f4", (6, 2), &cut);
    let found = desk.json("compare a.npy --dims 2 --pairs pairs.npy");
    let audit = desk.json("audit cut.npy --pairs pairs.npy");
    let mut seen = 0;
    for measure in audit["measures"].as_array().unwrap() {
        let curve = found["prefixes"].as_array().unwrap().iter().find(|curve| {
            ["metric", "params", "side"]
                .iter()
                .all(|key| curve[*key] == measure[*key])
        });
        let point = &curve.expect("a curve")["points"][0];
        assert_eq!(point["dim"], 2);
        let (x, y) = (
            point["value"].as_f64().unwrap(),
            measure["value"].as_f64().unwrap(),
        );
        // The test of uniformity is on the scale of its collapse value.
        let scale = if measure["metric"] == "uniformity_z" {
            10.0
        } else {
            1.0
        };
        if measure["metric"] != "norm_mean" && measure["metric"] != "norm_cv" {
            assert!((x - y).abs() < 2e-6 * scale, "{measure} {point}");
        }
        seen += 1;
    }
    assert!(seen > 8);
    desk.npy(
        "zero.npy",
        "<f4",
        (2, 2),
        &[0f32, 1.0, 1.0, 0.0].map(f32::to_le_bytes).concat(),
    );
    desk.run("compare zero.npy --dims 1")
        .code(2)
        .stderr(contains("the first 1 columns of row 0 are all zero"));
}

#[test]
fn models_of_other_items_are_not_paired_or_refused() {
    let desk = Desk::new();
    desk.npy("five.npy", "<f4", (5, 3), &points(0.0)[..60]);
    let found = desk.json("compare a.npy five.npy");
    assert_eq!(found["models"][1]["paired"], false);
    assert!(
        found["notes"][0]["text"]
            .as_str()
            .unwrap()
            .contains("they have 5 and 6 rows")
    );
    desk.npy("pairs2.npy", "<i8", (1, 2), &integers(&[0, 2]));
    for (name, pairs) in [("one", "pairs"), ("two", "pairs2")] {
        let audit = desk
            .run(&format!("audit a.npy --pairs {pairs}.npy --format json"))
            .success();
        desk.file(&format!("{name}.json"), &audit.get_output().stdout);
    }
    desk.run("compare one.json two.json")
        .code(2)
        .stderr(contains("different positive pairs"));
    let audit = desk.run("audit a.npy b.npy --format json").success();
    desk.file("views.json", &audit.get_output().stdout);
    desk.run("compare one.json views.json")
        .code(2)
        .stderr(contains("different definitions"));
    desk.run("compare a.npy")
        .code(2)
        .stderr(contains("one model is given"));
    desk.run("compare one.json --dims 2")
        .code(2)
        .stderr(contains("--dims needs the embeddings"));
    desk.run("compare a.npy --dims 2 --pairs pairs.npy --device cuda:0")
        .code(2)
        .stderr(contains("only the processor has").and(contains("--device cpu or auto")));
    desk.run("compare a.npy b.npy --second-view a.npy")
        .code(2)
        .stderr(contains("given 1 times for 2 models"));
    desk.run("compare a.npy none.json")
        .code(2)
        .stdout(is_empty())
        .stderr(contains("none.json"));
}

#[test]
fn reports_are_written_in_every_form() {
    let desk = Desk::new();
    desk.run("compare a.npy b.npy b.npy --pairs pairs.npy --dims 1,2 --out report")
        .code(0)
        .stdout(contains("verdict").and(contains("first columns of a")))
        .stderr(contains("wrote report/compare.json"));
    let mut written = names(&desk.path("report"));
    written.sort();
    let mut expected = vec!["compare.json", "compare.md"];
    if cfg!(feature = "tables") {
        expected.insert(0, "compare.csv");
    }
    if cfg!(feature = "plots") {
        expected.extend(["forest.png", "models.png", "prefixes.png"]);
    }
    assert_eq!(written, expected);
    desk.run("compare a.npy b.npy --format md")
        .code(0)
        .stdout(contains("| metric | side |"));
}
