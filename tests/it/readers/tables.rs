//! Columns of CSV, TSV and Parquet files.

use spherecheck::input::{open_embeddings, open_labels, open_pairs};

use super::make::{Temp, assert_says, file, pairs_in, refusal};
use crate::support::parquet::{As, Column, PACKED, parquet, written};

/// Files with every kind of column, compression and hole, for the fuzzer.
pub(crate) fn for_fuzzing() -> Vec<Vec<u8>> {
    let columns = || {
        [
            integers("a", &[0, 1, 2, 1]),
            Column::maybe("b", &[Some(3_i32), None, Some(5), Some(6)]),
        ]
    };
    let words = || [Column::words("a", &["x", "y", "x", "long text"])];
    let real = Column::of("a", &[0.5_f32, 1.0, 2.0, 3.0]);
    let truth = Column::truths("b", &[true, false, true, true]);
    let mut files = vec![
        parquet(&columns()),
        parquet(&words()),
        parquet(&[real, truth]),
    ];
    for packed in PACKED {
        files.push(written(&columns(), packed, Some(2)));
        files.push(written(&words(), packed, Some(2)));
    }
    files
}

fn integers(name: &str, values: &[i64]) -> Column {
    Column::of(name, values)
}

fn pairs_of(name: &str, text: &str) -> Vec<[i128; 2]> {
    pairs_in(&open_pairs(&file(name, text.as_bytes()).path(), None).unwrap())
}

#[test]
fn pairs_of_text_tables_read_back_with_and_without_a_header() {
    let expected = [[0, 1], [4_294_967_295, 3], [12, -3]];
    let body = "0,1\n4294967295,3\n12,-3\n";
    assert_eq!(pairs_of("p.csv", &format!("left,right\n{body}")), expected);
    assert_eq!(
        pairs_of(
            "p.csv",
            &format!("\u{feff}left,right\r\n{}", body.replace('\n', "\r\n"))
        ),
        expected
    );
    assert_eq!(
        pairs_of("p.csv", body),
        expected,
        "the first line is a pair, not a header"
    );
    assert_eq!(
        pairs_of("P.CSV", &format!("\u{feff}{}", body.trim_end())),
        expected
    );
    assert_eq!(
        pairs_of(
            "p.tsv",
            &format!("left\tright\n{}", body.replace(',', "\t"))
        ),
        expected
    );
    assert_eq!(pairs_of("p.csv", "left,right\n"), [[0; 2]; 0]);
    let temp = file("p.csv", b"PAR1,PAR2\n3,4\n");
    let pairs = open_pairs(&temp.path(), None).unwrap();
    assert_eq!(
        (pairs_in(&pairs), pairs.name),
        (vec![[3, 4]], temp.shown() + "[PAR1,PAR2]")
    );
}

#[test]
fn pairs_of_every_integer_type_read_back_from_parquet() {
    for stored in [As::I8, As::I16, As::I32, As::U8, As::U16, As::U32] {
        let columns = [
            Column::numbers("i", &[0.0, 100.0, 7.0], stored),
            Column::numbers("j", &[1.0, 2.0, 3.0], stored),
        ];
        let temp = file("p.parquet", &parquet(&columns));
        assert_eq!(
            pairs_in(&open_pairs(&temp.path(), None).unwrap()),
            [[0, 1], [100, 2], [7, 3]],
            "{stored:?}"
        );
    }
    let unsigned = Column::of("j", &[u64::MAX, 0]);
    let temp = file("p", &parquet(&[integers("i", &[i64::MIN, 5]), unsigned]));
    let expected = [[i128::from(i64::MIN), i128::from(u64::MAX)]];
    assert_eq!(pairs_in(&open_pairs(&temp.path(), None).unwrap()), expected);
}

#[test]
fn two_columns_of_many_are_taken_by_name() {
    let wide = "id,a,b,score\nx,1,2,0.5\ny,3,4,0.25\n";
    for (name, bytes) in [
        ("t.csv", wide.as_bytes().to_vec()),
        ("t.tsv", wide.replace(',', "\t").into_bytes()),
        ("t", many()),
    ] {
        let temp = file(name, &bytes);
        let pairs = open_pairs(&temp.path(), Some("b, a")).unwrap();
        assert_eq!(
            (pairs_in(&pairs), pairs.name),
            (vec![[2, 1], [4, 3]], temp.shown() + "[b,a]")
        );
        assert_eq!(
            open_labels(&temp.path(), Some("id")).unwrap().classes,
            [0, 1]
        );
    }
}

fn many() -> Vec<u8> {
    parquet(&[
        Column::words("id", &["x", "y"]),
        integers("a", &[1, 3]),
        integers("b", &[2, 4]),
        Column::of("score", &[0.5, 0.25]),
    ])
}

fn assert_pairs_refused(temp: &Temp, columns: Option<&str>, words: &[&str]) {
    assert_says(
        &refusal(open_pairs(&temp.path(), columns)),
        &temp.shown(),
        words,
    );
}

#[test]
fn columns_that_cannot_be_meant_are_listed_with_their_types() {
    let text = file("t.csv", b"id,a,b,score\nx,1,2,0.5\n");
    let listed = [
        "`id` text",
        "`a` whole numbers",
        "`b` whole numbers",
        "`score` numbers",
    ];
    for (columns, found) in [
        (None, "found 4 columns"),
        (Some("a"), "found 1 name;"),
        (Some("a,b,id"), "found 3 names"),
        (Some("a,c"), "no column named `c`"),
    ] {
        assert_pairs_refused(
            &text,
            columns,
            &[
                &listed[..],
                &[
                    found,
                    "two columns of whole numbers",
                    "--pairs-tensor LEFT,RIGHT",
                ],
            ]
            .concat(),
        );
    }
    for (columns, found) in [
        (
            "a,score",
            "row 0 (counted from 0) holds 0.5 in column `score`",
        ),
        ("id,a", "row 0 (counted from 0) holds `x` in column `id`"),
    ] {
        assert_pairs_refused(&text, Some(columns), &[found, "expected a whole number"]);
    }
    let stored = file("t.parquet", &many());
    let listed = ["`id` Utf8View", "`a` Int64", "`b` Int64", "`score` Float64"];
    assert_pairs_refused(&stored, None, &[&listed[..], &["found 4 columns"]].concat());
    assert_pairs_refused(
        &stored,
        Some("a,id"),
        &["column `id` of type Utf8View", "rows counted from 0"],
    );
    assert_pairs_refused(&stored, Some("a,score"), &["row 0", "holds 0.5"]);
    let late = "i,j\n".to_owned() + &"0,1\n".repeat(300) + "0,1.5\n";
    assert_pairs_refused(
        &file("p.csv", late.as_bytes()),
        None,
        &["row 300 (counted from 0) holds 1.5 in column `j`"],
    );
    // There is nothing to choose from.
    let one = file("p.csv", b"a\n1\n");
    let message = refusal(open_pairs(&one.path(), None));
    assert_says(&message, &one.shown(), &["found 1 column", "separated by"]);
    assert!(!message.contains("by name"), "{message}");
}

#[test]
fn holes_name_their_row() {
    let hole = |words: &[&str], temp: &Temp| assert_pairs_refused(temp, None, words);
    hole(
        &["row 1 ", "no value in column `j`"],
        &file("p.csv", b"i,j\n0,1\n2,\n"),
    );
    let column = Column::maybe("j", &[Some(1_i64), Some(1), None]);
    let temp = file("p.parquet", &parquet(&[integers("i", &[0, 1, 2]), column]));
    hole(&["row 2 ", "no value in column `j`"], &temp);
    let labels = Column::maybe_words("l", &[None, Some("a")]);
    let temp = file("l.parquet", &parquet(&[labels]));
    for temp in [temp, file("l.csv", b"l\n\na\n")] {
        assert_says(
            &refusal(open_labels(&temp.path(), None)),
            &temp.shown(),
            &["row 0 ", "column `l`"],
        );
    }
}

#[test]
fn labels_of_tables_are_numbered_in_order_of_first_appearance() {
    let classes = |name: &str, text: &str| {
        open_labels(&file(name, text.as_bytes()).path(), None)
            .unwrap()
            .classes
    };
    assert_eq!(
        classes("l.csv", "label\ncat\ndog\ncat\n\"a,b\"\n"),
        [0, 1, 0, 2]
    );
    assert_eq!(classes("l.csv", "label\n7\n-1\n7\n"), [0, 1, 0]);
    assert_eq!(
        classes("l.tsv", "7\n-1\n7\n"),
        [0, 1, 0],
        "the first line is a label, not a header"
    );
    let temp = file(
        "l.parquet",
        &parquet(&[Column::words("l", &["b", "a", "b"])]),
    );
    let labels = open_labels(&temp.path(), None).unwrap();
    assert_eq!(
        (labels.name, labels.classes),
        (temp.shown() + "[l]", vec![0, 1, 0])
    );
}

#[test]
fn tables_that_cannot_be_read_are_refused() {
    let whole = many();
    let temp = file("t.parquet", &whole[..whole.len() - 9]);
    assert_pairs_refused(&temp, None, &["as Parquet", "convert it to .npy"]);
    assert_pairs_refused(
        &file("p.csv", b"a,b\n1,2\n1,2,3\n"),
        None,
        &["cannot be read as CSV"],
    );
    let temp = file("t.parquet", &whole);
    let message = refusal(open_embeddings(&temp.path(), None));
    assert_says(
        &message,
        &temp.shown(),
        &[
            "expected one column with a list of numbers in each row, or columns of numbers, found none",
            "`score` Float64",
        ],
    );
}
