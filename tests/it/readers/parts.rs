//! Values of rows and tables in several files: put together in the order of the numbers in their names.

#[cfg(feature = "tables")]
use spherecheck::input::{Reader, open_embeddings};
use spherecheck::input::{open_labels, open_names, open_pairs, open_targets};

#[cfg(feature = "tables")]
use super::make::rows_of;
use super::make::{npy, pairs_in, refusal};
use super::shards::Folder;
#[cfg(feature = "tables")]
use super::shards::twelve;

#[test]
fn values_of_rows_come_from_shards_in_the_same_order() {
    let line = |id: &str, label: &str, j: usize| {
        format!("{{\"id\": \"{id}\", \"label\": {label}, \"i\": 0, \"j\": {j}, \"y\": 0.{j}}}\n")
    };
    let part = |lines: &[String]| lines.concat().into_bytes();
    let folder = Folder::new(&[
        ("part-2.jsonl", part(&[line("r", "\"b\"", 3)])),
        (
            "part-10.jsonl",
            part(&[line("s", "\"c\"", 4), line("t", "\"a\"", 5)]),
        ),
        (
            "part-1.jsonl",
            part(&[line("p", "\"a\"", 1), line("q", "\"b\"", 2)]),
        ),
        ("_SUCCESS", Vec::new()),
    ]);
    for path in [folder.root().to_owned(), folder.path("part-*.jsonl")] {
        let names = open_names(&path, Some("id")).unwrap();
        assert_eq!(names.values, ["p", "q", "r", "s", "t"]);
        assert_eq!(names.name, format!("{}[id] (3 files)", path.display()));
        let labels = open_labels(&path, Some("label")).unwrap();
        assert_eq!(labels.classes, [0, 1, 1, 2, 0]);
        assert_eq!(*labels.values, ["a", "b", "c"]);
        let targets = open_targets(&path, Some("y")).unwrap();
        assert_eq!(targets[0].values, [0.1, 0.2, 0.3, 0.4, 0.5]);
        let pairs = open_pairs(&path, Some("i,j")).unwrap();
        assert_eq!(pairs_in(&pairs), [[0, 1], [0, 2], [0, 3], [0, 4], [0, 5]]);
    }
    let hole = part(&[line("u", "1", 6), line("v", "null", 7)]);
    folder.add("part-11.jsonl", &hole);
    let said = folder.bare(&refusal(open_labels(folder.root(), Some("label"))));
    assert!(
        said.starts_with("part-11.jsonl[label]: row 1 (counted from 0) has no value"),
        "{said}"
    );
    let said = folder.bare(&refusal(open_labels(folder.root(), Some("none"))));
    assert!(said.starts_with("part-1.jsonl: "), "{said}");
}

/// Pairs beyond what a row number can be end the list, whichever file they stand in.
#[test]
fn pairs_of_shards_end_at_the_first_that_cannot_be() {
    let pairs = |values: &[i64]| {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        npy(
            1,
            "'<i8'",
            false,
            &format!("({}, 2)", values.len() / 2),
            &bytes,
        )
    };
    let folder = Folder::new(&[
        ("p_1.npy", pairs(&[0, 1])),
        ("p_2.npy", pairs(&[2, 3, -1, 4])),
        ("p_3.npy", pairs(&[5, 6])),
    ]);
    let raw = open_pairs(folder.root(), None).unwrap();
    assert_eq!(pairs_in(&raw), [[0, 1], [2, 3], [-1, 4]]);
}

/// Embeddings and ids out of the parts of one table.
#[cfg(feature = "tables")]
#[test]
fn parts_of_a_table_hold_embeddings_and_ids() {
    use crate::support::parquet::{As, Column, parquet};

    let folder = Folder::new(&[("_SUCCESS", Vec::new())]);
    // As Spark writes them: a part may have no rows.
    for (part, ids) in [(0, &[7_i64, 5][..]), (1, &[4]), (2, &[]), (3, &[9, 1, 2])] {
        let lists = ids.iter().map(|&id| Some(vec![Some(id as f64), Some(0.5)]));
        let lists: Vec<_> = lists.collect();
        let bytes = parquet(&[
            Column::of("id", ids),
            Column::lists("embedding", &lists, As::F32),
        ]);
        folder.add(&format!("part-0000{part}.parquet"), &bytes);
    }
    let matrix = open_embeddings(folder.root(), None).unwrap();
    let firsts: Vec<f64> = rows_of(&matrix).iter().map(|row| row[0]).collect();
    assert_eq!(firsts, [7.0, 5.0, 4.0, 9.0, 1.0, 2.0]);
    let mut reader = Reader::beside(&matrix);
    let ids = reader
        .names(&folder.path("part-*.parquet"), Some("id"))
        .unwrap();
    assert_eq!(ids.values, ["7", "5", "4", "9", "1", "2"]);
    let named = open_embeddings(folder.root(), Some("embedding")).unwrap();
    assert!(
        named.name().ends_with("[embedding] (4 files)"),
        "{}",
        named.name()
    );
}

/// Each part of a table of text may begin with a header; how many rows it has is not known beforehand.
#[cfg(feature = "tables")]
#[test]
fn parts_of_a_text_table_have_headers_of_their_own() {
    let folder = Folder::new(&[
        ("ids_1.csv", b"id\np\nq\n".to_vec()),
        ("ids_2.csv", b"id\nr\n".to_vec()),
    ]);
    let matrix = open_embeddings(twelve().root(), None).unwrap();
    let mut reader = Reader::beside(&matrix);
    let ids = reader.names(folder.root(), None).unwrap();
    assert_eq!(ids.values, ["p", "q", "r"]);
}

/// What is decided for each part is said of the first few.
#[cfg(feature = "tables")]
#[test]
fn notes_on_parts_are_not_said_of_each() {
    let folder = Folder::new(&[]);
    for i in 0..9 {
        // A frame with its index.
        folder.add(&format!("f_{i}.csv"), b",a,b\n0,0.5,1\n1,0.25,2\n");
    }
    let mut reader = Reader::default();
    let matrix = reader.embeddings(folder.root(), None).unwrap();
    assert_eq!((matrix.rows(), matrix.dim()), (18, 2));
    let notes = reader.notes();
    assert_eq!(notes.len(), 5, "{notes:?}");
    assert!(notes[0].contains("read as one"), "{notes:?}");
    assert!(
        notes[3].contains("f_2.csv: column `` was taken for the index"),
        "{notes:?}"
    );
    assert!(notes[4].starts_with("6 more notes like these"), "{notes:?}");
}
