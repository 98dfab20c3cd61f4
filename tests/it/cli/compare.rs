//! `spherecheck compare` from outside.

use predicates::prelude::*;
use predicates::str::contains;
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

/// All notes.
fn said(comparison: &Value) -> String {
    let notes = comparison["notes"].as_array().expect("notes");
    let texts = notes
        .iter()
        .map(|note| note["text"].as_str().expect("text"));
    texts.collect::<Vec<_>>().join("\n")
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
    assert_eq!(names, ["cka", "knn_overlap", "row_cosine"]);
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
        desk.saved(
            &format!("audit {name}.npy --pairs pairs.npy --format json"),
            &format!("{name}.json"),
        );
    }
    let files = desk.json("compare a.npy b.npy --pairs pairs.npy");
    let saved = desk.json("compare a.json b.json");
    let mixed = desk.json("compare a.npy b.json --pairs pairs.npy");
    assert_eq!(files["lines"], saved["lines"]);
    assert_eq!(files["lines"], mixed["lines"]);
    assert!(said(&saved).contains("saved audit"), "{saved}");
}

#[test]
fn a_folder_of_saved_audits_is_compared_in_the_order_of_its_numbers() {
    let desk = Desk::new();
    for (rows, step) in [("a", "step-1000"), ("b", "step-200"), ("a", "step-90")] {
        desk.run(&format!(
            "audit {rows}.npy --pairs pairs.npy --out runs/{step} --quiet"
        ))
        .code(0);
    }
    desk.saved(
        "audit a.npy --pairs pairs.npy --format json",
        "runs/last.json",
    );
    desk.file("runs/notes.txt", "no audit");
    let found = desk.json("compare runs");
    let models = found["models"].as_array().expect("models").iter();
    let names: Vec<&str> = models.filter_map(|model| model["name"].as_str()).collect();
    assert_eq!(names, ["last", "step-90", "step-200", "step-1000"]);
    std::fs::create_dir(desk.path("empty")).expect("a folder");
    desk.refused(
        "compare empty",
        "folder of saved audits (NAME.json, NAME/audit.json), found 0",
    );
    desk.refused(
        "compare nowhere",
        "nowhere: expected two models or more, or a folder",
    );
    desk.refused("compare runs --search", "--search is about measuring rows");
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
        desk.saved(
            &format!("audit {rows}.npy --ids {ids}.npy --format json"),
            &format!("{name}.json"),
        );
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
    desk.saved("audit b.npy --ids others.npy --format json", "others.json");
    desk.refused(
        "compare a.json others.json",
        "different row ids (0 of 6 and 6 are in both)",
    );
    desk.saved("audit b.npy --format json", "without.json");
    desk.refused("compare a.json without.json", "has row ids and");
    desk.npy("twice.npy", "<i8", (6, 1), &integers(&[1, 2, 3, 4, 5, 1]));
    desk.refused(
        "audit b.npy --ids twice.npy",
        "id \"1\" stands at rows 0 and 5",
    );
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
    desk.refused(
        "compare zero.npy --dims 1",
        "the first 1 columns of row 0 are all zero",
    );
}

#[test]
fn models_of_other_items_are_not_paired_or_refused() {
    let desk = Desk::new();
    desk.npy("five.npy", "<f4", (5, 3), &points(0.0)[..60]);
    let found = desk.json("compare a.npy five.npy");
    assert_eq!(found["models"][1]["paired"], false);
    assert!(said(&found).contains("they have 5 and 6 rows"), "{found}");
    desk.npy("pairs2.npy", "<i8", (1, 2), &integers(&[0, 2]));
    for (name, pairs) in [("one", "pairs"), ("two", "pairs2")] {
        desk.saved(
            &format!("audit a.npy --pairs {pairs}.npy --format json"),
            &format!("{name}.json"),
        );
    }
    desk.refused("compare one.json two.json", "different positive pairs");
    desk.saved("audit a.npy b.npy --format json", "views.json");
    desk.refused("compare one.json views.json", "different definitions");
    desk.refused("compare a.npy", "one model is given");
    desk.refused("compare one.json --dims 2", "--dims needs the embeddings");
    desk.run("compare a.npy --dims 2 --pairs pairs.npy --device cuda:0")
        .code(2)
        .stderr(contains("only the processor has").and(contains("--device cpu or auto")));
    desk.refused(
        "compare a.npy b.npy --second-view a.npy",
        "given once for 2 models",
    );
    desk.refused("compare a.npy none.json", "none.json");
}

#[test]
fn reports_are_written_in_every_form() {
    let desk = Desk::new();
    desk.run("compare a.npy b.npy b.npy --pairs pairs.npy --dims 1,2 --out report")
        .code(0)
        .stdout(contains("verdict").and(contains("first columns of a")))
        .stdout(contains("effects of b").and(contains("seen from")))
        .stderr(contains("wrote report/compare.json"));
    let mut written = names(&desk.path("report"));
    written.sort();
    let mut expected = vec!["compare.csv", "compare.json", "compare.md"];
    if cfg!(feature = "plots") {
        expected.extend(["forest.png", "models.png", "prefixes.png", "trend.png"]);
    }
    expected.push("report.html");
    expected.sort_unstable();
    assert_eq!(written, expected);
    // Without positives the forest is the first picture, and has room for its labels all the same.
    if cfg!(feature = "plots") {
        desk.run("compare a.npy b.npy --out rows").code(0);
        let picture = std::fs::read(desk.path("rows/forest.png")).expect("a picture");
        let width = u32::from_be_bytes(picture[16..20].try_into().expect("four bytes"));
        assert!(width > 1400, "{width}");
    }
    // Whatever the names, no line is longer than a terminal of 80 columns.
    for file in ["model_with_a_long_name", "another_model_with_a_name"] {
        std::fs::copy(desk.path("a.npy"), desk.path(&format!("{file}.npy"))).expect("a copy");
    }
    let table = desk
        .command(
            "compare model_with_a_long_name.npy another_model_with_a_name.npy --pairs pairs.npy",
        )
        .env("COLUMNS", "80")
        .assert()
        .success();
    let table = String::from_utf8(table.get_output().stdout.clone()).expect("text");
    for line in table.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    desk.run("compare a.npy b.npy --format md")
        .code(0)
        .stdout(contains("| metric | side |"))
        .stdout(contains("| verdict | effect | seen from | half from |"));
}

// Ids of text are columns of tables.
#[cfg(feature = "tables")]
#[test]
fn models_with_ids_of_their_own_are_joined() {
    let desk = Desk::new();
    let order = [3, 0, 5, 1, 4, 2];
    desk.npy("moved.npy", "<f4", (6, 3), &reordered(order));
    desk.file("ids.csv", "id\na\nb\nc\nd\ne\nf\n");
    // Row 2 of a is in the other file under another name.
    desk.file("moved.csv", "id\nd\na\nf\nb\ne\nz\n");
    let joined =
        desk.json("compare a.npy moved.npy --ids ids.csv --ids moved.csv --pairs pairs.npy");
    let text = said(&joined);
    assert!(
        text.contains("5 ids are in every model; left out are 1 of 6 in a, 1 of 6 in moved"),
        "{text}"
    );
    assert_eq!(joined["models"][1]["paired"], true);
    // What is left, by hand: rows 0, 1, 3, 4, 5, and the pairs (0, 1) and (4, 5) of them.
    for (name, turn) in [("a5", 0.0), ("b5", 0.2)] {
        let rows = points(turn);
        let left: Vec<u8> = [0, 1, 3, 4, 5]
            .iter()
            .flat_map(|&row: &usize| rows[12 * row..12 * (row + 1)].to_vec())
            .collect();
        desk.npy(&format!("{name}.npy"), "<f4", (5, 3), &left);
    }
    desk.npy("pairs5.npy", "<i8", (2, 2), &integers(&[0, 1, 3, 4]));
    let direct = desk.json("compare a5.npy b5.npy --pairs pairs5.npy");
    let lines = |found: &Value| found["lines"].as_array().unwrap().clone();
    assert_eq!(lines(&joined).len(), lines(&direct).len());
    for (x, y) in lines(&joined).iter().zip(&lines(&direct)) {
        for model in 0..2 {
            let of = |line: &Value| line["cells"][model]["value"].as_f64().unwrap();
            assert!(
                (of(x) - of(y)).abs() < 2e-6 * of(y).abs().max(1.0),
                "{x}\n{y}"
            );
        }
    }
    // Prefixes keep the joined order.
    let prefixes = desk
        .json("compare a.npy moved.npy --ids ids.csv --ids moved.csv --pairs pairs.npy --dims 2");
    let direct = desk.json("compare a5.npy b5.npy --pairs pairs5.npy --dims 2");
    let first = |found: &Value| {
        found["prefixes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|curve| curve["points"][0]["value"].as_f64().unwrap())
            .collect::<Vec<_>>()
    };
    for (x, y) in first(&prefixes).iter().zip(&first(&direct)) {
        assert!((x - y).abs() < 2e-6 * y.abs().max(1.0), "{x} {y}");
    }
    desk.file("others.csv", "id\nq\nr\ns\nt\nu\na\n");
    desk.refused(
        "compare a.npy b.npy --ids ids.csv --ids others.csv",
        "1 of the ids are in all of them",
    );
    desk.refused(
        "compare a.npy b.npy b.npy --ids ids.csv --ids moved.csv",
        "--ids is given 2 times for 3 models",
    );
    desk.refused(
        "compare a.npy b.json --ids ids.csv --ids moved.csv",
        "needs the embeddings",
    );
    desk.refused(
        "compare a.npy b.npy --slices ids.csv",
        "a comparison shows whole models",
    );
    desk.refused(
        "audit a.npy --ids ids.csv --ids moved.csv",
        "--ids is given 2 times for one model",
    );
}

#[test]
fn three_items_have_no_cka_and_the_report_says_why() {
    let desk = Desk::new();
    for (name, turn) in [("x", 0.0), ("y", 0.2)] {
        desk.npy(&format!("{name}.npy"), "<f4", (3, 3), &points(turn)[..36]);
    }
    let found = desk.json("compare x.npy y.npy");
    let text = said(&found);
    assert!(
        text.contains("CKA of y and x is absent: it needs four items or more, and there are 3"),
        "{text}"
    );
}
