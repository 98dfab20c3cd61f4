//! Rows known by their ids: pairs that name them, judgements of retrieval, and rows of two files that belong together.

use ndarray::Array2;
use spherecheck::data::{Embeddings, Names, Partners, RawPairs};
use spherecheck::input::{InputError, PairsBy, Reader, open_names};

use super::make::{assert_says, file, npy, pairs_in, refusal};
use crate::support::parquet::{Column, parquet};

fn names(name: &str, values: &[&str]) -> Names {
    Names {
        name: name.to_owned(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
    }
}

/// The pairs in a file for rows with the ids `x`, `y`, `z`, `7`, whether they were ids, and what was noted.
fn linked(
    (name, bytes): (&str, &[u8]),
    tensor: Option<&str>,
    by: PairsBy,
) -> Result<(RawPairs, bool, Vec<String>), InputError> {
    let ids = names("ids.csv[id]", &["x", "y", "z", "7"]);
    let temp = file(name, bytes);
    let mut reader = Reader::default();
    let (pairs, named) = reader.pairs_by(&temp.path(), tensor, by, (&ids, Some(&ids)))?;
    Ok((pairs, named, reader.notes()))
}

#[test]
fn pairs_by_id_are_read_from_every_format() {
    let table = parquet(&[
        Column::words("left", &["x", "7"]),
        Column::words("right", &["z", "y"]),
    ]);
    let wide: Vec<u8> = "xz7y"
        .chars()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect();
    for (name, bytes) in [
        ("x.csv", b"left,right\nx,z\n7,y\n".to_vec()),
        ("x.csv", b"left;right\nx;z\n7;y\n".to_vec()),
        ("x.tsv", b"left\tright\nx\tz\n7\ty\n".to_vec()),
        (
            "x.jsonl",
            b"{\"left\": \"x\", \"right\": \"z\"}\n{\"left\": 7, \"right\": \"y\"}\n".to_vec(),
        ),
        ("x.parquet", table),
        ("x.npy", npy(1, "'<U1'", false, "(2, 2)", &wide)),
        ("x.npy", npy(1, "'|S1'", false, "(2, 2)", b"xz7y")),
    ] {
        let (pairs, named, notes) = linked((name, &bytes), None, PairsBy::Contents).unwrap();
        assert_eq!(pairs_in(&pairs), [[0, 2], [3, 1]], "{name}");
        assert!(named && notes.is_empty(), "{name}: {notes:?}");
    }
    // Columns beside them, and text in one of the two only.
    let (pairs, named, _) = linked(
        ("x.csv", b"n,left,right\n1,x,7\n2,z,7\n"),
        Some("left,right"),
        PairsBy::Contents,
    )
    .unwrap();
    assert_eq!(pairs_in(&pairs), [[0, 3], [2, 3]]);
    assert!(named);
}

#[test]
fn whole_numbers_are_rows_unless_they_are_said_to_be_ids() {
    let ids = names("ids", &["12", "11", "10"]);
    let read = |bytes: &[u8], name: &str, by| {
        let temp = file(name, bytes);
        let mut reader = Reader::default();
        let (pairs, named) = reader
            .pairs_by(&temp.path(), None, by, (&ids, Some(&ids)))
            .unwrap();
        (pairs_in(&pairs), named)
    };
    let rows = b"l,r\n0,2\n1,0\n";
    for by in [PairsBy::Contents, PairsBy::Row] {
        assert_eq!(read(rows, "x.csv", by), (vec![[0, 2], [1, 0]], false));
    }
    let whole = parquet(&[
        Column::of("l", &[10_i64, 11]),
        Column::of("r", &[12_u8, 10]),
    ]);
    let data: Vec<u8> = [10_i64, 12, 11, 10]
        .iter()
        .flat_map(|v| v.to_le_bytes())
        .collect();
    for (name, bytes) in [
        ("x.csv", b"l,r\n10,12\n11,10\n".to_vec()),
        ("x.csv", b"10,12\n11,10\n".to_vec()),
        ("x.csv", b"l,r\n10.0,12\n11.0,10\n".to_vec()),
        (
            "x.jsonl",
            b"{\"l\": 10, \"r\": 12}\n{\"l\": 11.0, \"r\": 10}\n".to_vec(),
        ),
        ("x.parquet", whole),
        ("x.npy", npy(1, "'<i8'", false, "(2, 2)", &data)),
    ] {
        let found = read(&bytes, name, PairsBy::Id);
        assert_eq!(found, (vec![[2, 0], [1, 2]], true), "{name}");
    }
    let said = refusal(linked(("x.csv", b"l,r\nx,y\n"), None, PairsBy::Row));
    assert!(
        said.contains("row 0 (counted from 0) holds `x` in column `l`, expected a whole number")
            && said.contains("with --ids, an id"),
        "{said}"
    );
}

#[test]
fn a_first_line_of_two_ids_is_a_pair_and_that_is_noted() {
    let text = b"x,y\nz,x\n";
    let (pairs, _, notes) = linked(("x.csv", text), None, PairsBy::Contents).unwrap();
    assert_eq!(pairs_in(&pairs), [[0, 1], [2, 0]]);
    assert!(
        notes.len() == 1 && notes[0].contains("`x,y`, was read as a pair"),
        "{notes:?}"
    );
    // Names that were asked for are names.
    let (pairs, _, notes) = linked(("x.csv", text), Some("x,y"), PairsBy::Contents).unwrap();
    assert_eq!(pairs_in(&pairs), [[2, 0]]);
    assert!(notes.is_empty(), "{notes:?}");
    // Keys are no line.
    let lines = b"{\"x\": \"z\", \"y\": \"x\"}\n";
    let (pairs, _, notes) = linked(("x.jsonl", lines), None, PairsBy::Contents).unwrap();
    assert_eq!(pairs_in(&pairs), [[2, 0]]);
    assert!(notes.is_empty(), "{notes:?}");
}

#[test]
fn ids_that_no_row_has_are_refused_with_the_first_and_their_number() {
    for (text, words) in [
        (
            "l,r\nx,y\nx,\u{1b}[31mq\nw,w\n",
            &[
                "[l,r]: row 1 (counted from 0) names the id \"\\u{1b}[31mq\"",
                "which ids.csv[id] does not have (2 of 3 pairs have an unknown id)",
                "spelt the same way",
            ][..],
        ),
        ("l,r\nx,X\n", &["names the id \"X\"", "1 of 1 pairs"]),
        (
            "l,r\nx,y\n,y\n",
            &["row 1 (counted from 0) has no value in column `l`"],
        ),
        ("l\nx\n", &["expected two columns of whole numbers or text"]),
    ] {
        let temp = file("x.csv", text.as_bytes());
        let ids = names("ids.csv[id]", &["x", "y", "z", "7"]);
        let both = (&ids, Some(&ids));
        let found = Reader::default().pairs_by(&temp.path(), None, PairsBy::Contents, both);
        let said = refusal(found);
        assert_says(&said, &temp.shown(), words);
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
    let long = format!("l,r\nx,{}\n", "q".repeat(5000));
    let said = refusal(linked(("x.csv", long.as_bytes()), None, PairsBy::Contents));
    assert!(said.len() < 1000, "{} characters", said.len());

    let temp = file("x.csv", b"l,r\nx,y\n");
    let twice = names("ids", &["x", "y", "x"]);
    let found = |left: &Names, right: Option<&Names>| {
        let mut reader = Reader::default();
        refusal(reader.pairs_by(&temp.path(), None, PairsBy::Contents, (left, right)))
    };
    assert!(found(&twice, Some(&twice)).contains("id \"x\" stands at rows 0 and 2"));
    let once = names("ids", &["x", "y"]);
    assert!(found(&once, None).contains("expected ids of the rows of both views"));
    assert!(found(&once, None).contains("give --ids (or --ids-tensor) once for each view"));
}

fn judged(bytes: &[u8]) -> Result<(Vec<[i128; 2]>, Vec<String>), InputError> {
    let temp = file("qrels.txt", bytes);
    let queries = names("q", &["q2", "q1", "7"]);
    let documents = names("d", &["d1", "d2", "d 3"]);
    let mut reader = Reader::default();
    let pairs = reader.qrels(&temp.path(), (&queries, &documents))?;
    Ok((pairs_in(&pairs), reader.notes()))
}

#[test]
fn judgements_of_trec_and_beir_are_the_same_pairs() {
    let expected = [[1, 0], [0, 1], [2, 0]];
    for text in [
        "q1 0 d1 1\nq1 0 d2 0\nq2 0 d2 3\nq1 0 gone -2\n7 0 d1 1\n",
        "q1 Q0 d1 1\nq1  Q0\td2  0\n q2 0 d2 3\n\nq1 0 gone 0\n7 0 d1 1",
        "q1\t0\td1\t1\r\nq1\t0\td2\t0\r\nq2\t0\td2\t3\r\nq1\t0\tgone\t0\r\n7\t0\td1\t1\r\n",
        "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\nq2\td2\t3\nq1\tgone\t0\n7\td1\t1\n",
        "\u{feff}query-id\tcorpus-id\tscore\nq1\td1\t1.0\nq1\td2\t0\nq2\td2\t0.5\nq1\tgone\t0\n7\td1\t1\n",
        "q1\td1\t1\nq1\td2\t0\nq2\td2\t3\nq1\tgone\t0\n7\td1\t1\n",
    ] {
        let (pairs, notes) = judged(text.as_bytes()).unwrap();
        assert_eq!(pairs, expected, "{text:?}");
        assert!(
            notes.len() == 1 && notes[0].contains("3 of 5 judgements have a grade above 0"),
            "{notes:?}"
        );
    }
    // Letters that begin files of another format may begin an id.
    let temp = file("qrels.txt", b"ORC1 0 PAR1 1\n");
    let (queries, documents) = (names("q", &["ORC1"]), names("d", &["PAR1"]));
    let pairs = Reader::default().qrels(&temp.path(), (&queries, &documents));
    assert_eq!(pairs_in(&pairs.unwrap()), [[0, 0]]);
    let (pairs, _) = judged(b"q1\t0\td 3\t1\n").unwrap();
    assert_eq!(pairs, [[1, 2]], "an id with a space");
}

#[test]
fn what_are_no_judgements_is_refused_with_the_line() {
    for (bytes, words) in [
        (
            &b"q1 0 d1 1\nq1 0 d2\n"[..],
            &[
                "line 2: expected `query 0 document grade`",
                "found 3 fields, where the first line has 4",
            ][..],
        ),
        (b"q1 0 d1 1\nq1 0 d1 x\n", &["line 2", "`q1 0 d1 x`"]),
        (b"q1 0 d1 nan\n", &["line 1", "`q1 0 d1 nan`"]),
        (b"q1 0 d1 1\nq\xff 0 d1 1\n", &["line 2", "0 d1 1`"]),
        (b"q1,d1,1\n", &["line 1", "`q1,d1,1`", "--pairs FILE"]),
        (b"PAR1\x15\x04\x15\x10PAR1", &["line 1", "--pairs FILE"]),
        (b"{\"q\": 1}\n", &["line 1"]),
        (b"\x1f\x8b\x08\x00\x00", &["cannot be unpacked as gzip"]),
        (b"<html><body>Sign in</body></html>", &["a web page (HTML)"]),
        (b"", &["the file is empty"]),
        (
            b"q1 0 d1 1\nq9 0 d1 1\nq1 0 d9 2\n",
            &["line 2 names the id \"q9\", which q does not have (2 of 3 pairs"],
        ),
        (
            b"q1 0 d1 1\nq1 0 \x1b[2Jd 1\n",
            &["line 2 names the id \"\\u{1b}[2Jd\", which d does not have"],
        ),
    ] {
        let temp = file("qrels.txt", bytes);
        let queries = names("q", &["q2", "q1"]);
        let documents = names("d", &["d1", "d2"]);
        let said = refusal(Reader::default().qrels(&temp.path(), (&queries, &documents)));
        assert_says(&said, &temp.shown(), words);
    }
}

/// Every cut, and every byte replaced: a value or a refusal, never a panic.
#[test]
fn no_damage_brings_the_readers_down() {
    let texts: [&[u8]; 2] = [
        b"q1 0 d1 1\nq2 0 d2 3\n",
        b"query-id\tcorpus-id\tscore\nq1\td1\t1\n7\td 3\t0\n",
    ];
    for text in texts {
        for at in 0..text.len() {
            let _ = judged(&text[..at]);
            for byte in [0, b'\t', b'\n', b' ', b'"', b'-', 0x80, 0xff] {
                let mut damaged = text.to_vec();
                damaged[at] = byte;
                let _ = judged(&damaged);
            }
        }
    }
    let text = b"l,r\nx,y\n7,\"z\"\n";
    for at in 0..text.len() {
        for byte in [0, b',', b'\n', b'"', 0x80, 0xff] {
            let mut damaged = text.to_vec();
            damaged[at] = byte;
            for by in [PairsBy::Contents, PairsBy::Id, PairsBy::Row] {
                let _ = linked(("x.csv", &damaged), None, by);
            }
        }
    }
}

fn matrix(name: &str, rows: usize) -> Embeddings {
    Embeddings::from_array(name, Array2::ones((rows, 2)).view()).unwrap()
}

#[test]
fn rows_of_the_same_id_are_partners_in_the_order_of_the_first_file() {
    let (a, b) = (matrix("a.npy", 4), matrix("b.npy", 5));
    let ids_a = names("ia", &["p", "q", "r", "s"]);
    let ids_b = names("ib", &["s", "t", "p", "u", "r"]);
    let partners = Partners::new((&a, &ids_a), (&b, &ids_b)).unwrap();
    assert_eq!(partners.rows(), (&[0, 2, 3][..], &[2, 4, 0][..]));
    assert_eq!((partners.count(), partners.alone()), (3, (1, 2)));

    let refused = |ids_a: &Names, ids_b: &Names| {
        let found = Partners::new((&a, ids_a), (&b, ids_b));
        found.expect_err("no join").to_string()
    };
    let few = names("ib", &["1", "2", "3", "4", "p"]);
    assert_eq!(
        refused(&ids_a, &few),
        "ia and ib: 1 of the ids are in both, expected two or more (the first begins with \"p\", the second with \
         \"1\"); give ids of the same items, spelt the same way"
    );
    let twice = names("ib", &["s", "t", "p", "\u{1b}[2J", "\u{1b}[2J"]);
    assert!(refused(&ids_a, &twice).contains("ib: id \"\\u{1b}[2J\" stands at rows 3 and 4"));
    let twice = names("ia", &["p", "q", "r", "q"]);
    assert!(refused(&twice, &ids_b).contains("ia: id \"q\" stands at rows 1 and 3"));
    let short = names("ib", &["s", "t", "p"]);
    assert!(refused(&ids_a, &short).contains("expected 5 entries (one for each row of b.npy)"));
}

#[test]
fn numbers_and_the_texts_that_write_them_are_one_id() {
    let data: Vec<u8> = [12_i64, -7].iter().flat_map(|v| v.to_le_bytes()).collect();
    let table = parquet(&[Column::words("id", &["12", "-7"])]);
    for (name, bytes) in [
        ("x.npy", npy(1, "'<i8'", false, "(2,)", &data)),
        ("x.csv", b"id\n12\n-7\n".to_vec()),
        ("x.csv", b"id\n12.0\n-7\n".to_vec()),
        ("x.jsonl", b"{\"id\": \"12\"}\n{\"id\": -7}\n".to_vec()),
        ("x.parquet", table),
    ] {
        let temp = file(name, &bytes);
        let found = open_names(&temp.path(), None).unwrap().values;
        assert_eq!(found, ["12", "-7"], "{name}");
    }
}
