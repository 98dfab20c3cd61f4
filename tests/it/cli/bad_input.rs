//! Input that must be refused: with status 2, before anything is written, and in one message that says file, place,
//! what was expected, what was found and what to do.

use super::desk::{Desk, integers};

use predicates::prelude::*;
use predicates::str::{contains, is_empty};

fn floats(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// A desk full of bad files; `a.npy` (6 x 3) and `b.npy` are good.
fn bad_desk() -> Desk {
    let desk = Desk::new();
    desk.file("text.npy", "1,2\n3,4\n");
    desk.file("nothing.npy", "");
    desk.file("zip.npz", b"PK\x03\x04 and no more");
    desk.file(
        "header.safetensors",
        [&u64::MAX.to_le_bytes()[..], b"{}"].concat(),
    );
    let good = std::fs::read(desk.path("a.npy")).expect("a.npy");
    desk.file("cut.npy", &good[..good.len() - 4]);
    desk.file("header.npy", &good[..40]);
    desk.array(
        "huge.npy",
        "'<f4'",
        "(9223372036854775807, 9223372036854775807)",
        &floats(&[0.0]),
    );
    desk.array("object.npy", "'|O'", "(2, 2)", b"pickled");
    desk.array("axis.npy", "'<f4'", "(3,)", &floats(&[1.0, 2.0, 3.0]));
    desk.array("axes.npy", "'<f4'", "(1, 2, 1)", &floats(&[1.0, 2.0]));
    desk.npy("none.npy", "<f4", (0, 3), &[]);
    desk.npy("one.npy", "<f4", (1, 3), &floats(&[1.0, 2.0, 3.0]));
    desk.npy("flat.npy", "<f4", (2, 0), &[]);
    desk.npy(
        "nan.npy",
        "<f4",
        (2, 2),
        &floats(&[1.0, 0.0, 1.0, f32::NAN]),
    );
    let infinite = [f32::INFINITY, 0.0, 1.0, 0.0, 1.0, f32::NEG_INFINITY];
    desk.npy("inf.npy", "<f4", (3, 2), &floats(&infinite));
    desk.npy("zero.npy", "<f4", (3, 1), &floats(&[0.0, 1.0, 0.0]));
    desk.npy("short.npy", "<f4", (2, 3), &floats(&[1.0; 6]));
    desk.npy("narrow.npy", "<f4", (6, 2), &floats(&[1.0; 12]));
    for (name, pair) in [("far", [5, 6]), ("minus", [0, -1]), ("self", [2, 2])] {
        let pairs = integers(&[0, 1, pair[0], pair[1]]);
        desk.npy(&format!("{name}_pairs.npy"), "<i8", (2, 2), &pairs);
    }
    desk.npy("half_pairs.npy", "<f4", (1, 2), &floats(&[0.0, 1.5]));
    desk.npy("three_pairs.npy", "<i8", (1, 3), &integers(&[0, 1, 2]));
    desk.npy("no_pairs.npy", "<i8", (0, 2), &[]);
    desk.array(
        "two_groups.npy",
        "'<i8'",
        "(6,)",
        &integers(&[0, 0, 1, 1, 0, 1]),
    );
    desk.array("labels.npy", "'<i8'", "(5,)", &integers(&[0, 0, 1, 1, 2]));
    desk
}

/// Command line after `audit` -> the whole message.
const REFUSED: &[&str] = &[
    "missing.npy -> missing.npy: no such file; check the path (relative paths start at the current directory)",
    "a.npy missing.npy -> missing.npy: no such file; check the path (relative paths start at the current \
     directory)",
    "a.npy --pairs missing.npy -> missing.npy: no such file; check the path (relative paths start at the current \
     directory)",
    "text.npy -> text.npy: claims to be .npy (by its name) but starts with `1,2\\n3,4\\n`, expected \\x93NUMPY; \
     write it again, or, if these are numbers as text, np.save(\"text-new.npy\", np.loadtxt(\"text.npy\", \
     \"float32\"))",
    "nothing.npy -> nothing.npy: the file is empty (0 bytes); write it again",
    "zip.npz -> zip.npz: not a readable .npz archive (invalid Zip archive: Could not find EOCD); write it again \
     with np.savez",
    "header.safetensors -> header.safetensors: claims to be .safetensors (by its name) but starts with \
     `\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff`, expected an 8-byte header length and `{`; write it again, or, if \
     these are raw numbers without a header, as tofile and np.memmap write them, add one: \
     np.save(\"header-new.npy\", np.fromfile(\"header.safetensors\", \"float32\").reshape(-1, COLUMNS))",
    "cut.npy -> cut.npy: (6, 3) f32 needs 72 bytes, found 68 bytes after the header; the file is truncated or its \
     header lies: write it again",
    "header.npy -> header.npy: damaged .npy header: expected a complete header, found the end of the data after \
     40 bytes; write the file again",
    "huge.npy -> huge.npy: (9223372036854775807, 9223372036854775807) f32 needs more bytes than can be addressed, \
     found 4 bytes after the header; the file is truncated or its header lies: write it again",
    "object.npy -> object.npy: expected numbers of type f16, bf16, f32, f64, i8 or u8, found `|O` (Python \
     objects); Python objects are pickled, and pickles run code when loaded: save plain numbers instead",
    "axis.npy -> axis.npy: expected one row per item (two axes, n x d), found shape (3,); a single vector has no \
     pairs: stack all vectors into one n x d array",
    "axes.npy -> axes.npy: expected one row per item (two axes, n x d), found shape (1, 2, 1); make it one vector \
     per row: save the views of an item as two files (x[:, 0], x[:, 1]), pool tokens or patches (x.mean(1))",
    "none.npy -> none.npy: expected at least 2 rows and 1 column, found 0 x 3; save one row for each item",
    "one.npy -> one.npy: expected at least 2 rows and 1 column, found 1 x 3; save one row for each item",
    "flat.npy -> flat.npy: expected at least 2 rows and 1 column, found 2 x 0; save one row for each item",
    "nan.npy -> nan.npy: row 1 holds NaN at column 1, expected finite numbers (rows affected: 1); fix the encoder \
     or leave such rows out of the file",
    "inf.npy -> inf.npy: row 0 holds inf at column 0, expected finite numbers (rows affected: 2); fix the encoder \
     or leave such rows out of the file",
    "zero.npy -> zero.npy: rows 0, 2 have norm 0, so they have no direction; use --zero-rows drop to leave such \
     rows out (2 in total)",
    "zero.npy --zero-rows drop -> zero.npy: expected at least 2 rows with a direction, found 1; the encoder gives \
     zeros",
    "a.npy short.npy -> short.npy is 2 x 3 but a.npy is 6 x 3; aligned views need the same number of rows: give \
     --pairs, --ids once for each view, or files whose row i belong together",
    "a.npy narrow.npy -> narrow.npy is 6 x 2 but a.npy is 6 x 3; both views must come from one space: give files \
     of the same width",
    "a.npy --pairs far_pairs.npy -> far_pairs.npy: pair 1 is (5, 6), but a.npy has rows 0 to 5; indices are \
     zero-based row numbers",
    "a.npy --pairs minus_pairs.npy -> minus_pairs.npy: pair 1 is (0, -1), but a.npy has rows 0 to 5; indices are \
     zero-based row numbers",
    "a.npy --pairs self_pairs.npy -> self_pairs.npy: pair 1 is (2, 2), a row with itself; its distance is 0 by \
     definition: remove it (or give the other view as a second file)",
    "a.npy --pairs half_pairs.npy -> half_pairs.npy: row 0 (counted from 0) holds 1.5, expected a whole number, \
     the row that is meant; correct it or leave the row out",
    "a.npy --pairs three_pairs.npy -> three_pairs.npy: expected one pair per row (shape (P, 2)), found shape (1, \
     3); save two columns: row of the first view, row of the second",
    "a.npy --pairs no_pairs.npy -> no_pairs.npy: expected at least one pair, found none; alignment needs \
     positives",
    "a.npy --labels labels.npy -> labels.npy: expected 6 labels (one for each row of a.npy), found 5; write one \
     for each row, in the same order",
    "a.npy --groups labels.npy -> labels.npy: expected 6 groups (one for each row of a.npy), found 5; write one \
     for each row, in the same order",
    "a.npy --groups two_groups.npy -> two_groups.npy: expected at least 3 different groups, found 2; an error is \
     told from how groups differ: give finer ones, or drop --groups if rows are independent",
    "a.npy --tensor words -> a.npy: a .npy file holds one unnamed array, but `words` was asked for; leave the \
     name out",
    #[cfg(feature = "tables")]
    "labels.csv -> labels.csv: expected one column with a list of numbers in each row, or columns of numbers, found \
     column `class` of type text; name what holds the vectors with --tensor: one column of lists, or columns of numbers as \
     `a,b,c` or `d*`. The columns are `class` text",
    "a.npy --tau 1e-9 -> tau: expected at least 0.00147, found 1e-9; below that the exponentials leave f64",
];

#[test]
fn refused_input_gets_one_message_and_leaves_nothing_behind() {
    let desk = bad_desk();
    let mut wrong = Vec::new();
    for case in REFUSED {
        let (line, message) = case.split_once(" -> ").expect("line -> message");
        let run = desk.run(&format!("audit {line} --out report"));
        let output = run.get_output();
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.code() != Some(2) || !output.stdout.is_empty() {
            wrong.push(format!("{line}: {output:?}"));
        }
        if said != format!("error: {message}\n") {
            wrong.push(format!("{line}\nsays     {said}expected error: {message}"));
        }
        if desk.path("report").exists() {
            wrong.push(format!("{line}: left a directory"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn unit_rows_can_be_asserted() {
    Desk::new()
        .run("audit a.npy --normalize assert")
        .code(2)
        .stdout(is_empty())
        .stderr(
            contains("error: a.npy: row 1 has norm 1.")
                .and(contains("remove the option --normalize assert")),
        );
}

#[test]
fn an_unknown_tensor_gets_the_list_of_those_there_are() {
    let desk = Desk::new();
    let values = floats(&[1.0, 0.0, 0.0, 1.0]);
    let view =
        || safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![2, 2], &values);
    let file = safetensors::serialize(
        [
            ("query", view().expect("2 x 2")),
            ("passage", view().expect("2 x 2")),
        ],
        None,
    );
    desk.file("views.safetensors", file.expect("a file of two tensors"));
    for (line, said) in [
        (
            "audit views.safetensors",
            "error: views.safetensors: holds 2 arrays, expected one or a choice; choose one by name with --tensor NAME",
        ),
        (
            "audit views.safetensors --tensor document",
            "error: views.safetensors: holds no array named `document`; choose one of those it has: ",
        ),
    ] {
        let listed = contains("`query` (2, 2) f32").and(contains("`passage` (2, 2) f32"));
        desk.run(line)
            .code(2)
            .stdout(is_empty())
            .stderr(contains(said).and(listed));
    }
    desk.run("audit views.safetensors --tensor query").code(0);
}
