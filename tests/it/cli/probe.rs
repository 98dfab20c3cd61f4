//! `spherecheck probe` from outside.

use predicates::prelude::*;
use predicates::str::{contains, is_empty};

use super::desk::{Desk, integers, names};

/// Forty rows on two sides of the circle, their sides, a number that follows the angle, and marks of a split.
fn probe_desk() -> Desk {
    let desk = Desk::new();
    let angle = |i: i16| f32::from(i % 2) * 3.0 + f32::from(i) * 0.01;
    let rows = (0..40).flat_map(|i| [angle(i).cos(), angle(i).sin()]);
    let rows: Vec<u8> = rows.flat_map(f32::to_le_bytes).collect();
    desk.npy("rows.npy", "<f4", (40, 2), &rows);
    let sides: Vec<i64> = (0..40).map(|i| i % 2).collect();
    desk.array("sides.npy", "'<i8'", "(40,)", &integers(&sides));
    let slopes: Vec<u8> = (0..40)
        .flat_map(|i| f64::from(angle(i).sin()).to_le_bytes())
        .collect();
    desk.array("slopes.npy", "'<f8'", "(40,)", &slopes);
    let marks: Vec<u8> = (0..40).map(|i| u8::from(i < 30)).collect();
    desk.array("marks.npy", "'|b1'", "(40,)", &marks);
    let broken: Vec<u8> = std::iter::repeat_n(f64::NAN, 40)
        .flat_map(f64::to_le_bytes)
        .collect();
    desk.array("nan.npy", "'<f8'", "(40,)", &broken);
    desk.array("twos.npy", "'|u1'", "(40,)", &[2; 40]);
    desk.array("few.npy", "'|b1'", "(6,)", &[1; 6]);
    desk
}

#[test]
fn help_teaches_and_wrong_usage_is_trouble() {
    let desk = probe_desk();
    let said = contains("--labels labels.npy").and(contains("a share of each class"));
    desk.run("probe --help")
        .code(0)
        .stdout(said)
        .stderr(is_empty());
    desk.all_refused(&[
        "probe -> <EMBEDDINGS>",
        "probe rows.npy -> <--labels <FILE>|--targets <FILE>>",
        "probe rows.npy --labels a --targets b -> cannot be used with",
        "probe rows.npy --labels sides.npy --k 0 -> whole number of at least 1",
        "probe rows.npy --labels sides.npy --folds 1 -> whole number from 2 to 1000",
        "probe rows.npy --labels sides.npy --train-split 1.5 -> a share between 0 and 1",
        "probe rows.npy --labels sides.npy --train-split -1 -> a share between 0 and 1",
        "probe rows.npy --labels sides.npy --confidence 95 -> a level between 0 and 1",
        "probe rows.npy --labels sides.npy --k 3,0 -> whole number of at least 1",
        "probe rows.npy --labels sides.npy --epochs 0 -> whole number of at least 1",
        "probe rows.npy --labels sides.npy --test rows.npy -> --test-labels <FILE>",
        "probe rows.npy --labels sides.npy --test-labels sides.npy -> --test <FILE>",
        "probe --train rows.npy --labels sides.npy -> --test <FILE>",
        "probe rows.npy --train rows.npy --test rows.npy --labels sides.npy --test-labels sides.npy -> cannot be used with",
        "probe rows.npy --test rows.npy --labels sides.npy --test-labels sides.npy --train-split 0.5 -> cannot be used with",
        "probe rows.npy --targets slopes.npy --classes names.txt -> cannot be used with",
    ]);
}

#[test]
fn classes_are_told_in_every_form() {
    let desk = probe_desk();
    let json = desk.json("probe rows.npy --labels sides.npy --train-split marks.npy");
    assert_eq!(json["schema"], "spherecheck.probe/1");
    assert_eq!(
        (&json["split"]["train"], &json["split"]["test"]),
        (&30.into(), &10.into())
    );
    let scores = json["scores"].as_array().expect("scores");
    for (score, name) in scores.iter().zip(["knn", "logistic", "baseline"]) {
        assert_eq!(score["probe"], name);
    }
    assert_eq!(
        (&scores[0]["value"], &scores[1]["value"]),
        (&1.0.into(), &1.0.into())
    );
    desk.run("probe rows.npy --labels sides.npy")
        .code(0)
        .stdout(
            contains("40 rows in 2 dimensions")
                .and(contains("knn{k=5}"))
                .and(contains("100.00 %"))
                .and(contains(
                    "30 rows to train on, 10 to test on: drawn, stratified by label, seed 0",
                )),
        )
        .stderr(is_empty());
    desk.run("probe rows.npy --labels sides.npy --format md")
        .code(0)
        .stdout(contains("| `knn{k=5}` | 100.00 % |"));
    desk.run("probe rows.npy --labels sides.npy --format csv")
        .code(0)
        .stdout(contains("subject,probe,params,quantity,value").and(
            contains("rows,knn,k=5,accuracy,1.0").or(contains("rows,knn,k=5.0,accuracy,1.0")),
        ));
    assert!(
        names(&desk.path("."))
            .iter()
            .all(|name| !name.starts_with(".spherecheck"))
    );
}

#[test]
fn numbers_are_told_with_what_they_explain() {
    let desk = probe_desk();
    let json = desk.json("probe rows.npy --targets slopes.npy");
    let ridge = &json["scores"][1];
    assert_eq!(
        (&ridge["probe"], &ridge["quantity"]),
        (&"ridge".into(), &"mse".into())
    );
    assert!(ridge["r2"].as_f64().expect("r2") > 0.99, "{ridge}");
    desk.run("probe rows.npy --targets slopes.npy")
        .code(0)
        .stdout(
            contains("mse")
                .and(contains("r²"))
                .and(contains("baseline")),
        );
}

#[test]
fn copies_of_rows_to_train_on_and_labels_for_none_are_told() {
    let desk = probe_desk();
    let said = |line: &str| desk.json(line)["notes"].to_string();
    let marked = "probe rows.npy --train-split marks.npy --k 1";
    for target in ["--labels sides.npy", "--targets slopes.npy"] {
        let notes = said(&format!("{marked} {target}"));
        assert!(!notes.contains("copies"), "{notes}");
    }
    // The last ten rows, which are tested on, are the first ten, one of them longer and one a little apart.
    let angle = |i: i16| f32::from(i % 2) * 3.0 + f32::from(i) * 0.01;
    let row = |i: i16| match i {
        31 => [3.0 * angle(1).cos(), 3.0 * angle(1).sin()],
        32 => [(angle(2) + 2e-3).cos(), (angle(2) + 2e-3).sin()],
        _ => [angle(i % 30).cos(), angle(i % 30).sin()],
    };
    let rows: Vec<u8> = (0..40).flat_map(row).flat_map(f32::to_le_bytes).collect();
    desk.npy("rows.npy", "<f4", (40, 2), &rows);
    for target in ["--labels sides.npy", "--targets slopes.npy"] {
        let notes = said(&format!("{marked} {target}"));
        let copies = "9 of 10 rows to test on are copies of a row to train on (row 30 is row 0, row 31 is row 1, row 33 is \
                      row 3, ...)";
        assert!(notes.contains(copies), "{notes}");
    }
    let kinds: Vec<i64> = (0..40).map(|i| if i < 24 { -1 } else { i % 2 }).collect();
    desk.array("kinds.npy", "'<i8'", "(40,)", &integers(&kinds));
    let notes = said("probe rows.npy --labels kinds.npy");
    let label = "label `-1`, the only negative one, is that of 24 of 40 rows";
    assert!(notes.contains(label), "{notes}");
    let notes = said("probe rows.npy --labels sides.npy");
    assert!(!notes.contains("label `"), "{notes}");
}

#[test]
fn rows_to_test_on_may_lie_in_a_file_of_their_own() {
    let desk = probe_desk();
    desk.file("names.txt", "1\n0\nnone\n");
    let files = "--train rows.npy --test rows.npy --labels sides.npy --test-labels sides.npy";
    let json = desk.json(&format!(
        "probe {files} --solver adam --epochs 20 --k 1,3 --vote equal,weighted --classes names.txt"
    ));
    assert_eq!(
        (&json["rows"], &json["split"]["test"]),
        (&80.into(), &40.into())
    );
    let scores = json["scores"].as_array().expect("scores");
    let names: Vec<&str> = scores
        .iter()
        .filter_map(|score| score["probe"].as_str())
        .collect();
    let expected = [
        "knn",
        "knn_weighted",
        "knn",
        "knn_weighted",
        "adam",
        "baseline",
    ];
    assert_eq!(names, expected);
    assert_eq!(
        (&scores[4]["value"], &scores[4]["param"][1]),
        (&1.0.into(), &20.0.into())
    );
    let notes = json["notes"].to_string();
    let absent = "1 of the 3 classes in names.txt are those of no row to train on, `none` first";
    assert!(
        notes.contains(absent) && notes.contains("40 of 40 rows to test on are copies"),
        "{notes}"
    );
    desk.all_refused(&[
        "probe rows.npy --labels sides.npy --epochs 5 -> only --solver adam walks",
        "probe rows.npy --labels sides.npy --solver adam --c 1 -> no penalty to choose",
        "probe rows.npy --test a.npy --labels sides.npy --test-labels sides.npy -> columns as in rows.npy, found",
        "probe rows.npy --test rows.npy --labels sides.npy --test-labels few.npy -> expected 40 labels",
        "probe rows.npy --test none.npy --labels sides.npy --test-labels sides.npy -> none.npy: no such file",
        "probe rows.npy --labels sides.npy --classes none.txt -> none.txt: no such file",
        "probe rows.npy --targets slopes.npy --solver adam -> --test-folds go with --labels",
    ]);
}

#[test]
fn bad_input_is_refused_with_what_to_do() {
    let desk = probe_desk();
    desk.all_refused(&[
        "probe none.npy --labels sides.npy -> none.npy: no such file",
        "probe rows.npy --labels none.npy -> none.npy: no such file",
        "probe rows.npy --labels slopes.npy -> expected a whole number or text",
        "probe rows.npy --labels few.npy -> expected 40 labels",
        "probe rows.npy --labels pairs.npy -> expected one value per row",
        "probe a.npy --labels sides.npy -> expected 6 labels",
        "probe rows.npy --targets few.npy -> expected 40 targets",
        "probe rows.npy --targets pairs.npy -> expected 40 targets",
        "probe rows.npy --targets nan.npy -> row 0 holds NaN, expected finite targets",
        "probe rows.npy --targets twos.npy -> there is nothing to learn",
        "probe rows.npy --labels twos.npy -> expected at least 2 classes",
        "probe rows.npy --labels sides.npy --train-split twos.npy -> row 0 is marked 2, expected 1 (train) or 0",
        "probe rows.npy --labels sides.npy --train-split few.npy -> expected 40 marks",
        "probe rows.npy --labels sides.npy --train-split none.npy -> none.npy: no such file",
        "probe rows.npy --labels sides.npy --k 31 -> give a smaller --k",
    ]);
}

#[cfg(feature = "tables")]
#[test]
fn columns_of_numbers_are_read() {
    let desk = probe_desk();
    let lines: Vec<String> = (0..40)
        .map(|i| format!("{},{}.5,{}", i, i % 7, i < 30))
        .collect();
    desk.file(
        "items.csv",
        format!("id,price,train\n{}\n", lines.join("\n")),
    );
    let json = desk.json(
        "probe rows.npy --targets items.csv --targets-tensor price --train-split items.csv --split-tensor train",
    );
    assert_eq!(json["split"]["train"], 30);
    desk.file(
        "bare.csv",
        (0..40).map(|i| format!("{i}.25\n")).collect::<String>(),
    );
    // A first line of numbers is data: forty targets, not thirty-nine.
    desk.json("probe rows.npy --targets bare.csv");
    desk.refused(
        "probe rows.npy --targets items.csv",
        "choose one by name with --targets-tensor NAME",
    );
}
