//! Whether the first line of a table is a header, what separates its fields, and what was said of both.

use spherecheck::data::Embeddings;
use spherecheck::input::{InputError, Reader};

use super::make::{Temp, assert_says, file, pairs_in, refusal};

/// A matrix of this many rows.
fn matrix(rows: usize) -> Embeddings {
    let array = ndarray::Array2::from_shape_fn((rows, 2), |(i, j)| (i + j) as f32);
    Embeddings::from_array("x.npy", array.view()).unwrap()
}

/// What one way of reading `temp` beside `rows` rows gives, and the notes.
fn read<T>(
    temp: &Temp,
    rows: usize,
    open: impl FnOnce(&mut Reader, &Temp) -> Result<T, InputError>,
) -> (Result<T, InputError>, Vec<String>) {
    let mut reader = Reader::beside(&matrix(rows));
    let found = open(&mut reader, temp);
    (found, reader.notes())
}

type Read = fn(&mut Reader, &Temp, Option<&str>) -> Result<Vec<String>, InputError>;

/// Every door that wants one value a row, its values as text.
const DOORS: [Read; 4] = [
    |reader, temp, name| Ok(reader.names(&temp.path(), name)?.values),
    |reader, temp, name| {
        let labels = reader.labels(&temp.path(), name)?;
        Ok(labels
            .classes
            .iter()
            .map(|class| class.to_string())
            .collect())
    },
    |reader, temp, name| {
        let numbers = reader.targets(&temp.path(), name)?;
        Ok(numbers[0]
            .values
            .iter()
            .map(|value| value.to_string())
            .collect())
    },
    |reader, temp, name| {
        let numbers = reader.split(&temp.path(), name)?;
        Ok(numbers
            .values
            .iter()
            .map(|value| value.to_string())
            .collect())
    },
];

#[test]
fn one_line_more_than_rows_makes_column_numbers_a_header() {
    for text in [
        "0\n1\n0\n1\n",
        "\u{feff}0\r\n1\r\n0\r\n1\r\n\r\n",
        "\"0\"\n1\n0\n1",
    ] {
        let temp = file("l.csv", text.as_bytes());
        for (k, door) in DOORS.into_iter().enumerate() {
            let (found, notes) = read(&temp, 3, |reader, temp| door(reader, temp, None));
            let expected = if k == 1 {
                ["0", "1", "0"]
            } else {
                ["1", "0", "1"]
            };
            assert_eq!(found.unwrap(), expected, "{text:?}");
            assert_eq!(notes.len(), 1);
            assert_says(
                &notes[0],
                &temp.shown(),
                &["first line, `0`", "header of column numbers"],
            );
            // As many lines as rows: all are data, and nothing needs to be said.
            let (found, notes) = read(&temp, 4, |reader, temp| door(reader, temp, None));
            assert_eq!(found.unwrap().len(), 4);
            assert_eq!(notes, [""; 0]);
        }
    }
    // A frame of two columns, one of which is wanted.
    let temp = file("t.csv", b"0,1\n5,7\n6,8\n7,9\n");
    for door in DOORS {
        let (found, notes) = read(&temp, 3, |reader, temp| door(reader, temp, Some("1")));
        assert_eq!(found.unwrap().len(), 3);
        assert_eq!(notes.len(), 1);
        let (found, _) = read(&temp, 4, |reader, temp| door(reader, temp, Some("1")));
        assert_says(
            &refusal(found),
            &temp.shown(),
            &["no column named `1`", "`column_2`"],
        );
    }
    // Any other number is no header; it is named as the possible reason.
    let temp = file("l.csv", b"7\n1\n0\n1\n");
    for door in DOORS {
        let (found, _) = read(&temp, 3, |reader, temp| door(reader, temp, None));
        let words = [
            "expected 3 values",
            "x.npy",
            "found 4",
            "first line, `7`",
            "header",
        ];
        assert_says(&refusal(found), &temp.shown(), &words);
    }
}

#[test]
fn one_line_less_than_rows_makes_the_header_data() {
    for text in [
        "cat\ndog\ncat\n",
        "cat\r\ndog\r\ncat\r\n\r\n\r\n",
        "\u{feff}\"cat\"\n\"dog\"\ncat",
    ] {
        let temp = file("l.csv", text.as_bytes());
        let (found, notes) = read(&temp, 3, |reader, temp| reader.names(&temp.path(), None));
        assert_eq!(found.unwrap().values, ["cat", "dog", "cat"], "{text:?}");
        assert_says(
            &notes[0],
            &temp.shown(),
            &["first line, `cat`", "read as data"],
        );
        let (found, notes) = read(&temp, 3, |reader, temp| reader.labels(&temp.path(), None));
        assert_eq!((found.unwrap().classes, notes.len()), (vec![0, 1, 0], 1));
        // Two rows: the first line is their header, as ever.
        let (found, notes) = read(&temp, 2, |reader, temp| reader.labels(&temp.path(), None));
        assert_eq!((found.unwrap().classes, notes.len()), (vec![0, 1], 0));
        // Named, it is a header, and a row is missing.
        let (found, _) = read(&temp, 3, |reader, temp| {
            reader.labels(&temp.path(), Some("cat"))
        });
        assert_says(
            &refusal(found),
            &temp.shown(),
            &["found 2", "`cat`, was taken for a header"],
        );
    }
    // Numbers below a word: the word is a header, and a row is missing.
    let temp = file("l.csv", b"label\n1\n0\n");
    for door in DOORS {
        let (found, _) = read(&temp, 3, |reader, temp| door(reader, temp, None));
        let words = [
            "expected 3 values",
            "found 2",
            "first line, `label`",
            "header",
        ];
        assert_says(&refusal(found), &temp.shown(), &words);
    }
    // True and False are values, never names.
    let temp = file("l.csv", b"True\nFalse\nTrue\n");
    for door in DOORS {
        let (found, notes) = read(&temp, 3, |reader, temp| door(reader, temp, None));
        assert_eq!((found.unwrap().len(), notes.len()), (3, 0));
    }
}

#[test]
fn column_numbers_above_pairs_are_data_until_they_are_named() {
    let pairs = |text: &str, names: Option<&str>| {
        let mut reader = Reader::default();
        let found = reader.pairs(&file("p.csv", text.as_bytes()).path(), names);
        (found.map(|raw| pairs_in(&raw)), reader.notes())
    };
    let (found, notes) = pairs("0,1\n5,7\n6,8\n", None);
    assert_eq!(found.unwrap(), [[0, 1], [5, 7], [6, 8]]);
    assert!(
        notes[0].contains("first line, `0,1`, was read as data"),
        "{notes:?}"
    );
    assert!(
        notes[0].contains("--pairs-tensor LEFT,RIGHT (here 0,1)"),
        "{notes:?}"
    );
    let (found, notes) = pairs("0,1\n5,7\n6,8\n", Some("0,1"));
    assert_eq!(found.unwrap(), [[5, 7], [6, 8]]);
    assert!(notes[0].contains("header of column numbers"), "{notes:?}");
    // Scores beside them.
    let (found, notes) = pairs("0,1,2\n5,7,0.5\n", Some("1,0"));
    assert_eq!((found.unwrap(), notes.len()), (vec![[7, 5]], 1));
    let scored = "0,18,4.50\n1,19,4.40\n";
    let (found, notes) = pairs(scored, Some("column_1,column_2"));
    assert_eq!((found.unwrap(), notes.len()), (vec![[0, 18], [1, 19]], 0));
    // A pair is no header, whatever is asked for.
    let (found, _) = pairs(scored, Some("0,18"));
    assert!(refusal(found).contains("no column named `0`"));
    for line in [
        "1,0",
        "0,2",
        "0,1,",
        "0.0,1.5",
        "1,-1",
        "\"3\",\"4\"",
        "0;1,5",
    ] {
        let (_, notes) = pairs(&format!("{line}\n{line}\n"), None);
        assert_eq!(notes, [""; 0], "{line}");
    }
}

#[test]
fn the_index_of_a_frame_is_left_out() {
    let temp = file("l.csv", b",0\n0,5\n1,7\n2,5\n");
    let (found, notes) = read(&temp, 3, |reader, temp| reader.labels(&temp.path(), None));
    assert_eq!(found.unwrap().classes, [0, 1, 0]);
    assert!(notes[0].contains("index of a pandas frame"), "{notes:?}");
    let temp = file("p.csv", b"Unnamed: 0,i,j\n0,5,6\n1,7,8\n");
    let (found, notes) = read(&temp, 3, |reader, temp| reader.pairs(&temp.path(), None));
    assert_eq!(
        (pairs_in(&found.unwrap()), notes.len()),
        (vec![[5, 6], [7, 8]], 1)
    );
}

#[test]
fn semicolons_bars_tabs_and_blanks_separate_too() {
    let expected = [[0, 1], [2, 3], [40, 5]];
    for text in [
        "a;b\n0;1\n2;3\n40;5\n",
        "0;1\n2;3\n40;5\n",
        "a|b\r\n0|1\r\n2|3\r\n40|5\r\n",
        "a, b\n0, 1\n2, 3\n40, 5\n",
        "\"a\", \"b\"\n\"0\", \"1\"\n 2 , \"3\"\n40,5\n",
        "a\tb\n0\t1\n2\t3\n40\t5\n",
        "0 1\n2 3\n40 5\n",
        "0.0,1.0\n2.0,3.0\n4e1,5.000\n",
    ] {
        for name in ["p.csv", "p.tsv"] {
            let (found, _) = read(&file(name, text.as_bytes()), 3, |reader, temp| {
                reader.pairs(&temp.path(), None)
            });
            assert_eq!(pairs_in(&found.unwrap()), expected, "{text:?}");
        }
    }
    // Decimal commas between semicolons are no separators.
    let temp = file("p.csv", b"0;18;4,50\n1;19;4,40\n");
    let names = Some("column_1,column_2");
    let (found, _) = read(&temp, 3, |reader, temp| reader.pairs(&temp.path(), names));
    assert_eq!(pairs_in(&found.unwrap()), [[0, 18], [1, 19]]);
    // Text that holds the signs of other tables stays whole.
    let temp = file(
        "l.csv",
        b"genre\nAction|Drama\nNew York; NY\nAction|Drama\n",
    );
    let (found, notes) = read(&temp, 3, |reader, temp| reader.names(&temp.path(), None));
    assert_eq!(
        found.unwrap().values,
        ["Action|Drama", "New York; NY", "Action|Drama"]
    );
    assert_eq!(notes, [""; 0]);
}

#[test]
fn values_of_text_tables_are_read_by_what_their_column_holds() {
    for (text, names) in [
        ("l\nTrue\nfalse\nTRUE\n", ["True", "False", "True"]),
        ("l\n3.0\n4.0\n3\n", ["3", "4", "3"]),
        ("l\n7\ncat\n7.0\n", ["7", "cat", "7.0"]),
        ("l\n\"a,b\"\n\"\"\"q\"\"\"\n\" c \"\n", ["a,b", "q", "c"]),
    ] {
        let temp = file("l.csv", text.as_bytes());
        let (found, _) = read(&temp, 3, |reader, temp| reader.names(&temp.path(), None));
        assert_eq!(found.unwrap().values, names, "{text:?}");
    }
    for (text, words) in [
        (
            "l\n1\n\n2\n",
            ["row 1 (counted from 0) has no value", "column `l`"],
        ),
        (
            "l\n1\n\"\"\n2\n",
            ["row 1 (counted from 0) has no value", "column `l`"],
        ),
        (
            "l\n1\n0.5\n2\n",
            ["row 1 (counted from 0) holds 0.5", "whole number"],
        ),
        (
            "l\n1\nnan\n2\n",
            ["row 1 (counted from 0) holds NaN", "whole number"],
        ),
    ] {
        let temp = file("l.csv", text.as_bytes());
        let (found, _) = read(&temp, 3, |reader, temp| reader.labels(&temp.path(), None));
        assert_says(&refusal(found), &temp.shown(), &words);
    }
    let temp = file("t.csv", b"y\n1\nn/a\n2\n");
    let (found, _) = read(&temp, 3, |reader, temp| reader.targets(&temp.path(), None));
    assert_says(
        &refusal(found),
        &temp.shown(),
        &["row 1 ", "holds `n/a`", "expected a number"],
    );
    let latin = file("l.csv", b"l\nbleu\nn\xe9\n");
    let (found, _) = read(&latin, 2, |reader, temp| reader.labels(&temp.path(), None));
    assert_says(&refusal(found), &latin.shown(), &["row 1 ", "UTF-8"]);
}
