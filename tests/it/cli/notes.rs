//! What an audit says beside its numbers: each note where it belongs, and nowhere else.

use serde_json::{Value, json};
use spherecheck::num::to_error;

use super::desk::{Desk, integers};
use crate::support::{Rows, cone, noisy, normal};

fn labels(desk: &Desk, name: &str, labels: &[i64]) {
    let shape = format!("({},)", labels.len());
    desk.array(name, "'<i8'", &shape, &integers(labels));
}

fn pairs(desk: &Desk, name: &str, pairs: &[[i64; 2]]) {
    desk.npy(
        name,
        "<i8",
        (pairs.len(), 2),
        &integers(pairs.as_flattened()),
    );
}

/// The notes of a report, one a line, with their severity.
fn notes(report: &Value) -> String {
    let notes = report["notes"].as_array().expect("notes");
    let line = |note: &Value| {
        let text = |key: &str| note[key].as_str().expect("text").to_owned();
        format!("{}: {}\n", text("severity"), text("text"))
    };
    notes.iter().map(line).collect()
}

fn said(desk: &Desk, line: &str) -> String {
    notes(&desk.json(line))
}

#[track_caller]
fn says(notes: &str, text: &str) {
    assert!(notes.contains(text), "{text:?} is not in\n{notes}");
}

#[track_caller]
fn says_nothing_of(notes: &str, text: &str) {
    assert!(!notes.contains(text), "{text:?} is in\n{notes}");
}

const AT_CHANCE: &str = "no closer than unrelated rows";

#[test]
fn pairs_counted_from_one_are_found_out() {
    let desk = Desk::new();
    // Rows 2i and 2i + 1 are one item, and a last row is none.
    let items = normal(1, 60, 16);
    let near = noisy(&items, 2, 0.1);
    let mut all: Rows = items
        .into_iter()
        .zip(near)
        .flat_map(<[_; 2]>::from)
        .collect();
    all.extend(normal(3, 1, 16));
    desk.rows("x.npy", &all);
    let right: Vec<[i64; 2]> = (0..60).map(|i| [2 * i, 2 * i + 1]).collect();
    pairs(&desk, "right.npy", &right);
    pairs(
        &desk,
        "one.npy",
        &right
            .iter()
            .map(|[i, j]| [i + 1, j + 1])
            .collect::<Vec<_>>(),
    );
    pairs(
        &desk,
        "lost.npy",
        &(0..60)
            .map(|i| [i, 120 - i])
            .filter(|[i, j]| i != j)
            .collect::<Vec<_>>(),
    );
    says_nothing_of(&said(&desk, "audit x.npy --pairs right.npy"), AT_CHANCE);
    let report = desk.json("audit x.npy --pairs one.npy --alpha 1 --tau 0.5");
    let one = notes(&report);
    says(&one, AT_CHANCE);
    says(
        &one,
        "Are the pairs counted from 1? With every index one less it is 0.0",
    );
    says(&one, "zero-based");
    // Both numbers, without alpha = 2 among those asked for.
    let measure = |metric: &str, params: Value| {
        let mut all = report["measures"].as_array().expect("measures").iter();
        let found = all.find(|m| m["metric"] == metric && m["params"] == params);
        let number = |key: &str| found.and_then(|m| m[key].as_f64()).expect("a number");
        (number("value"), number("se"))
    };
    let (term, se) = measure("contrastive_alignment_term", json!({"tau": 0.5}));
    let (cosine, _) = measure("mean_cosine", json!({}));
    let (positives, unrelated) = (2.0 + term, 2.0 - 2.0 * cosine);
    let told = |number: f64| to_error(number, se);
    says(
        &one,
        &format!("alignment{{alpha=2}} is {}", told(positives)),
    );
    says(&one, &format!("any two rows have {}", told(unrelated)));
    let lost = said(&desk, "audit x.npy --pairs lost.npy");
    says(&lost, AT_CHANCE);
    says(&lost, "in the order that the pairs were made for");
    says_nothing_of(&lost, "counted from 1?");
}

#[test]
fn views_out_of_order_and_labels_of_other_rows_are_found_out() {
    let desk = Desk::new();
    let a = cone(4, 80, 16);
    let mut b = noisy(&a, 5, 0.2);
    desk.rows("first.npy", &a);
    desk.rows("second.npy", &b);
    says_nothing_of(&said(&desk, "audit first.npy second.npy"), AT_CHANCE);
    b.rotate_left(1);
    desk.rows("shifted.npy", &b);
    let notes = said(&desk, "audit first.npy shifted.npy");
    says(&notes, AT_CHANCE);
    says(&notes, "The order of rows may have been lost");
    labels(
        &desk,
        "sides.npy",
        &(0..80).map(|i| i % 4).collect::<Vec<_>>(),
    );
    let notes = said(&desk, "audit first.npy --labels sides.npy");
    says(&notes, AT_CHANCE);
    says(&notes, "Are the labels in the order of the rows?");
}

#[test]
fn labels_that_stand_for_none_are_named_as_the_file_has_them() {
    let desk = Desk::new();
    desk.rows("x.npy", &normal(6, 60, 8));
    let of = |missing: i64| {
        (0..60)
            .map(|i| if i < 48 { missing } else { i % 4 })
            .collect::<Vec<_>>()
    };
    for missing in [-1, -100, 255, 7] {
        labels(&desk, "l.npy", &of(missing));
        let notes = said(&desk, "audit x.npy --labels l.npy");
        says(&notes, &format!("warning: Label `{missing}`"));
        says(&notes, "48 of 60 rows and of 99 % of the positive pairs");
    }
    labels(
        &desk,
        "l.npy",
        &(0..60)
            .map(|i| i % 4 - i64::from(i % 4 == 3) * 4)
            .collect::<Vec<_>>(),
    );
    says(
        &said(&desk, "audit x.npy --labels l.npy"),
        "info: Label `-1`, the only negative one, is that of 15 of 60 rows and of 25 % of the positive pairs",
    );
    labels(&desk, "l.npy", &(0..60).map(|i| i % 4).collect::<Vec<_>>());
    says_nothing_of(&said(&desk, "audit x.npy --labels l.npy"), "Label `");
    #[cfg(feature = "tables")]
    {
        let words = ["cat", "dog", "Unknown"].iter().cycle().take(60);
        let lines: Vec<&str> = std::iter::once(&"kind").chain(words).copied().collect();
        desk.file("l.csv", lines.join("\n"));
        says(
            &said(&desk, "audit x.npy --labels l.csv"),
            "info: Label `Unknown` is that of 20 of 60 rows",
        );
    }
}

#[test]
fn rows_without_a_positive_are_counted() {
    let desk = Desk::new();
    desk.rows("x.npy", &normal(7, 60, 8));
    desk.rows("y.npy", &normal(8, 50, 8));
    labels(
        &desk,
        "l.npy",
        &(0..60)
            .map(|i| if i < 4 { 0 } else { i })
            .collect::<Vec<_>>(),
    );
    says(
        &said(&desk, "audit x.npy --labels l.npy"),
        "warning: 56 of 60 rows have no positive: alignment and the alignment term speak of the other 4 rows alone",
    );
    // A row in many pairs counts once.
    pairs(&desk, "p.npy", &[[0, 1], [0, 2], [0, 1], [3, 0]]);
    says(
        &said(&desk, "audit x.npy --pairs p.npy"),
        "56 of 60 rows have no positive",
    );
    let notes = said(&desk, "audit x.npy y.npy --pairs p.npy");
    says(&notes, "Side a: 58 of 60 rows have no positive");
    says(&notes, "Side b: 47 of 50 rows have no positive");
    labels(&desk, "l.npy", &(0..60).map(|i| i % 30).collect::<Vec<_>>());
    says_nothing_of(&said(&desk, "audit x.npy --labels l.npy"), "no positive");
}

#[test]
fn rows_that_repeat_and_rows_of_tiny_norm_are_named() {
    let desk = Desk::new();
    let mut x = normal(9, 60, 8);
    x[41] = x[7].iter().map(|v| 3.0 * v).collect();
    x[57] = x[12].clone();
    for row in [5, 23] {
        x[row].iter_mut().for_each(|v| *v *= 1e-7);
    }
    desk.rows("x.npy", &x);
    let notes = said(&desk, "audit x.npy");
    says(
        &notes,
        "Side a: 2 of 60 rows repeat an earlier one (row 41 is row 7, row 57 is row 12)",
    );
    says(&notes, "warning: 2 of 60 rows have a norm of ");
    says(&notes, ": rows 5, 23.");
    // By their numbers in the file, where rows were left out; and only the first of many.
    x[0].fill(0.0);
    (50..57).for_each(|row| x[row] = x[6].clone());
    desk.rows("x.npy", &x);
    let notes = said(&desk, "audit x.npy --zero-rows drop");
    says(
        &notes,
        "9 of 59 rows repeat an earlier one (row 41 is row 7, row 50 is row 6, row 51 is row 6, row 52 is row 6, row 53 \
         is row 6, ...)",
    );
    says(&notes, ": rows 5, 23.");
}

#[test]
fn bytes_with_an_offset_and_rows_never_below_zero_are_pointed_out() {
    let desk = Desk::new();
    let x = normal(10, 60, 16);
    let bytes: Vec<u8> = x
        .iter()
        .flatten()
        .map(|v| (128.0 + 30.0 * v) as u8)
        .collect();
    desk.npy("u8.npy", "|u1", (60, 16), &bytes);
    let signed: Vec<u8> = bytes.iter().map(|v| v ^ 0x80).collect();
    desk.npy("i8.npy", "|i1", (60, 16), &signed);
    let lifted: Rows = x
        .iter()
        .map(|row| row.iter().map(|v| v + 6.0).collect())
        .collect();
    desk.rows("lifted.npy", &lifted);
    // Half of the coordinates of a rectifier are 0: rows that are not crowded, though never below zero.
    let rectified: Rows = x
        .iter()
        .map(|row| row.iter().map(|v| v.max(1.0) - 1.0 + 1e-6).collect())
        .collect();
    desk.rows("rectified.npy", &rectified);
    says(&said(&desk, "audit u8.npy"), "u8.npy holds unsigned bytes");
    says(
        &said(&desk, "audit lifted.npy"),
        "lifted.npy has no coordinate below 0, and a mean cosine above 0.5",
    );
    for name in ["i8.npy", "rectified.npy"] {
        says_nothing_of(&said(&desk, &format!("audit {name}")), "offset");
    }
}

#[test]
fn numbers_in_notes_have_digits() {
    let desk = Desk::new();
    let tight: Rows = noisy(&vec![vec![1.0; 8]; 60], 11, 1e-3);
    desk.rows("tight.npy", &tight);
    let report = desk.json("audit tight.npy");
    let uniformity = &report["measures"][0];
    assert_eq!(uniformity["metric"], "uniformity");
    let value = uniformity["value"].as_f64().expect("a number");
    assert!(value < 0.0 && value > -1e-4, "{value}");
    says(
        &notes(&report),
        &format!("uniformity{{t=2}} is {value:.1e}, less than"),
    );
}

#[test]
fn the_taus_for_which_rows_are_enough_are_told() {
    let desk = Desk::new();
    desk.rows("x.npy", &cone(12, 300, 16));
    let notes = said(&desk, "audit x.npy --tau 0.02,1,0.5,0.03");
    says(
        &notes,
        "These rows are too few for the uniform term at tau = 0.02 (about ",
    );
    says(
        &notes,
        "Of the taus asked for, 0.5 and above are large enough",
    );
    says(
        &said(&desk, "audit x.npy --tau 0.02"),
        "No tau asked for is large enough: try at least 0.040",
    );
    says_nothing_of(&said(&desk, "audit x.npy --tau 0.5"), "too few");
}

#[test]
fn intervals_that_are_too_narrow_are_said_to_be() {
    let desk = Desk::new();
    let a = normal(13, 120, 8);
    let b = noisy(&a, 14, 0.3);
    desk.rows("few.npy", &a[..20].to_vec());
    desk.rows("first.npy", &a);
    desk.rows("second.npy", &b);
    says(&said(&desk, "audit few.npy"), "warning: 20 rows are few");
    let whole = said(&desk, "audit first.npy second.npy");
    says_nothing_of(&whole, "rows are few");
    says_nothing_of(&whole, "too narrow");
    // All but four pairs are identical.
    let mostly: Rows = (0..120)
        .map(|i| if i < 4 { b[i].clone() } else { a[i].clone() })
        .collect();
    desk.rows("mostly.npy", &mostly);
    let notes = said(&desk, "audit first.npy mostly.npy");
    says(&notes, "The interval of alignment{alpha=2} is too narrow");
    says(&notes, "116 of 120 pairs are nearer than 0.02");
}

#[cfg(feature = "tables")]
#[test]
fn what_is_wrong_with_a_slice_is_told() {
    let desk = Desk::new();
    let mut x = normal(15, 120, 8);
    let centre = x[60].clone();
    let tight = noisy(&vec![centre; 60], 16, 1e-3);
    x.splice(60.., tight);
    desk.rows("x.npy", &x);
    let lines: Vec<&str> = (0..120).map(|i| if i < 60 { "de" } else { "en" }).collect();
    desk.file("s.csv", format!("language\n{}", lines.join("\n")));
    let report = desk.json("audit x.npy --slices s.csv --slice-min 50");
    let notes = notes(&report);
    says(&notes, "warning: Slice en: Side a is close to collapse");
    says_nothing_of(&notes, "Slice de: Side a is close to collapse");
    let slices = report["slices"].as_array().expect("slices");
    let slice = slices.iter().find(|slice| slice["name"] == "en");
    says(
        &slice.expect("a slice")["notes"].to_string(),
        "close to collapse",
    );
}
