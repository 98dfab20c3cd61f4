//! The same rows from every format that people exchange vectors in, with the bits they have in `.npy`.

use spherecheck::data::Embeddings;
use spherecheck::input::{Reader, open_embeddings, open_labels, open_names, open_pairs};

use super::make::{Temp, assert_says, file, npy, pairs_in, refusal, rows_of};

const ROWS: usize = 60;
const DIM: usize = 8;

/// Of both signs and many sizes, with all digits.
fn value(i: usize, j: usize) -> f32 {
    let k = (i * DIM + j) as u32;
    let part = k.wrapping_mul(2_654_435_761) as f32 / 4_294_967_296.0 - 0.5;
    part * 10_f32.powi((k % 7) as i32 - 3)
}

fn row(i: usize) -> Vec<f32> {
    (0..DIM).map(|j| value(i, j)).collect()
}

/// `0.1,-2.5`: the shortest digits that give each number back.
fn joined(i: usize, separator: &str) -> String {
    let texts: Vec<String> = row(i).iter().map(|v| format!("{v:?}")).collect();
    texts.join(separator)
}

fn lines(make: impl Fn(usize) -> String) -> Vec<u8> {
    let lines: String = (0..ROWS).map(|i| make(i) + "\n").collect();
    lines.into_bytes()
}

fn bits(matrix: &Embeddings) -> Vec<Vec<u64>> {
    let rows = rows_of(matrix).into_iter();
    rows.map(|row| row.into_iter().map(f64::to_bits).collect())
        .collect()
}

/// The bits of a matrix of little-endian elements that are made of small numbers by `encode`.
fn in_npy(descr: &str, data: &[u8]) -> Vec<Vec<u64>> {
    let shape = format!("({ROWS}, {DIM})");
    let temp = file("x.npy", &npy(1, descr, false, &shape, data));
    bits(&open_embeddings(&temp.path(), None).unwrap())
}

fn floats(values: impl IntoIterator<Item = f32>) -> Vec<u8> {
    values.into_iter().flat_map(f32::to_le_bytes).collect()
}

/// Rows, each after its length.
fn by_row(row: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let with_length = |i| [&(DIM as i32).to_le_bytes()[..], &row(i)].concat();
    (0..ROWS).flat_map(with_length).collect()
}

/// A matrix after its counts.
fn with_counts(data: &[u8]) -> Vec<u8> {
    let (rows, dim) = (ROWS as u32, DIM as u32);
    [&rows.to_le_bytes()[..], &dim.to_le_bytes(), data].concat()
}

/// word2vec's binary form, with or without a line end after each vector.
fn binary_words(end: &str) -> Vec<u8> {
    let mut bytes = format!("{ROWS} {DIM}\n").into_bytes();
    for i in 0..ROWS {
        bytes.extend(format!("wörd{i} ").bytes());
        bytes.extend(floats(row(i)));
        bytes.extend(end.bytes());
    }
    bytes
}

/// Name of a file, its bytes, and the name that is given with `--tensor`.
type Case = (&'static str, Vec<u8>, Option<&'static str>);

fn cases() -> Vec<Case> {
    let json = |key: &str, i: usize| {
        let list = joined(i, ", ");
        format!("{{\"id\": {i}, \"text\": \"a [1] \\\"\", \"{key}\": [{list}], \"n\": null}}")
    };
    // As Python writes a list of float32: with the digits of a double.
    let wide = |i: usize| {
        let texts: Vec<String> = row(i).iter().map(|v| f64::from(*v).to_string()).collect();
        format!("{{\"values\":[{}]}}", texts.join(","))
    };
    let mut crlf = b"\xef\xbb\xbf".to_vec();
    crlf.extend(lines(|i| json("emb", i) + "\r"));
    crlf.extend(b"\r\n\n");
    let header = |text: Vec<u8>| [format!("{ROWS} {DIM}\n").into_bytes(), text].concat();
    // Some words of GloVe hold spaces.
    let spaced = |i: usize| match i % 7 {
        3 => format!(". . w{i}\t{}", joined(i, " ")),
        _ => format!("w{i} {}", joined(i, " ")),
    };
    let words = || lines(|i| format!("wörd{i} {}", joined(i, " ")));
    let data = floats((0..ROWS).flat_map(row));
    vec![
        ("x.jsonl", lines(|i| json("embedding", i)), None),
        ("x.ndjson", lines(|i| json("vector", i)), None),
        ("x", lines(wide), None),
        ("x.jsonl", crlf, None),
        ("x.npy", lines(|i| json("it", i)), Some("it")),
        ("x.fvecs", by_row(|i| floats(row(i))), None),
        ("X.FBIN", with_counts(&data), None),
        ("glove.txt", words(), None),
        ("glove", lines(|i| spaced(i) + "\r"), None),
        (
            "x.vec",
            header(lines(|i| format!("{i} {} ", joined(i, " ")))),
            None,
        ),
        ("x.txt", header(words()), None),
        ("x.bin", binary_words(""), None),
        ("x.bin", binary_words("\n"), None),
    ]
}

#[cfg(feature = "tables")]
fn tables() -> Vec<Case> {
    let titles = |separator: &str| {
        let names: Vec<String> = (0..DIM).map(|j| format!("d{j}")).collect();
        names.join(separator)
    };
    let below = |title: String, text: Vec<u8>| [title.into_bytes(), b"\n".to_vec(), text].concat();
    let plain = |separator: &'static str| lines(move |i| joined(i, separator));
    let list = |i: usize| format!("{i},\"a, b\",\"[{}]\",3", joined(i, ", "));
    let numpy = |i: usize| {
        let texts: Vec<String> = row(i).iter().map(|v| format!("{v:?}")).collect();
        format!("\"[{}\n {}]\"", texts[..3].join("  "), texts[3..].join(" "))
    };
    vec![
        ("x.csv", plain(","), None),
        ("x.csv", plain(", "), None),
        ("x.csv", plain(";"), None),
        ("x.csv", plain("|"), None),
        ("x.tsv", plain("\t"), None),
        ("x.csv", plain("\t"), None),
        ("x.csv", below(titles(","), plain(",")), None),
        ("x.csv", below(titles(";"), plain(";")), Some("d*")),
        ("x.csv", below("0,1,2,3,4,5,6,7".into(), plain(",")), None),
        (
            "x.csv",
            below(
                format!(",{}", titles(",")),
                lines(|i| format!("{i},{}", joined(i, ","))),
            ),
            None,
        ),
        (
            "x.csv",
            below(
                format!("id,{},label", titles(",")),
                lines(|i| format!("{i},{},cat", joined(i, ","))),
            ),
            Some("d0,d1, d2,d3,d4,d5,d6,d7"),
        ),
        (
            "x.csv",
            below(",text,embedding,n".into(), lines(list)),
            None,
        ),
        (
            "x.csv",
            below(",text,emb,n".into(), lines(list)),
            Some("emb"),
        ),
        ("x.csv", below("e".into(), lines(numpy)), None),
        ("x.csv", lines(numpy), None),
        (
            "x.tsv",
            below(
                "a\tb".into(),
                lines(|i| format!("{i}\t[{}]", joined(i, ", "))),
            ),
            None,
        ),
    ]
}

#[test]
fn the_same_rows_from_every_format_have_the_same_bits() {
    let expected = in_npy("'<f4'", &floats((0..ROWS).flat_map(row)));
    #[cfg(feature = "tables")]
    let cases = cases().into_iter().chain(tables());
    #[cfg(not(feature = "tables"))]
    let cases = cases().into_iter();
    for (at, (name, bytes, tensor)) in cases.enumerate() {
        let temp = file(name, &bytes);
        let read = open_embeddings(&temp.path(), tensor);
        let matrix = read.unwrap_or_else(|refusal| panic!("case {at}: {refusal}"));
        assert_eq!(
            (matrix.rows(), matrix.dim()),
            (ROWS, DIM),
            "case {at}: {name}"
        );
        assert!(bits(&matrix) == expected, "case {at}: {name}");
        assert!(
            matrix.name().starts_with(&temp.shown()),
            "{}",
            matrix.name()
        );
    }
}

#[test]
fn vectors_of_other_types_have_the_bits_of_their_type() {
    let small = |i: usize| (0..DIM).map(move |j| (i * DIM + j) as u8 % 101);
    let all = || (0..ROWS).flat_map(small);
    let bytes: Vec<u8> = all().collect();
    let halves: Vec<u8> = all()
        .flat_map(|v| half::f16::from_f32(f32::from(v) / 8.0).to_le_bytes())
        .collect();
    // More than an f32 holds.
    let wide = |v: u8| i32::MAX - i32::from(v);
    let doubles: Vec<u8> = all()
        .flat_map(|v| f64::from(wide(v)).to_le_bytes())
        .collect();
    let ints = |i| small(i).flat_map(|v| wide(v).to_le_bytes()).collect();
    for (name, contents, descr, same) in [
        ("x.bvecs", by_row(|i| small(i).collect()), "'|u1'", &bytes),
        ("x.ivecs", by_row(ints), "'<f8'", &doubles),
        ("x.u8bin", with_counts(&bytes), "'|u1'", &bytes),
        ("x.i8bin", with_counts(&bytes), "'|i1'", &bytes),
        ("x.f16bin", with_counts(&halves), "'<f2'", &halves),
    ] {
        let temp = file(name, &contents);
        let matrix = open_embeddings(&temp.path(), None).unwrap();
        assert!(bits(&matrix) == in_npy(descr, same), "{name}");
    }
}

#[test]
fn ids_and_labels_come_from_the_same_lines() {
    let text = "{\"id\": \"a\", \"v\": [1], \"label\": true, \"k\": 2.0, \"j\": 1}\r\n\
                {\"v\": [2], \"label\": false, \"k\": 7, \"j\": 0, \"id\": 12}\r\n\r\n";
    let temp = file("x.jsonl", text.as_bytes());
    let path = temp.path();
    assert_eq!(open_names(&path, None).unwrap().values, ["a", "12"]);
    assert_eq!(open_labels(&path, Some("label")).unwrap().classes, [0, 1]);
    let pairs = open_pairs(&path, Some("k,j")).unwrap();
    assert_eq!(pairs_in(&pairs), [[2, 1], [7, 0]]);
    let targets = Reader::default().targets(&path, Some("k")).unwrap();
    assert_eq!(targets[0].values, [2.0, 7.0]);
    assert_eq!(targets[0].name, temp.shown() + "[k]");
    for (found, words) in [
        (
            refusal(open_labels(&path, None)),
            "found 5 keys in the first line",
        ),
        (refusal(open_pairs(&path, Some("k,x"))), "no key named `x`"),
        (refusal(open_labels(&path, Some("v"))), "line 1, column"),
        (refusal(open_embeddings(&path, None)), "`v` a list"),
    ] {
        assert_says(&found, &temp.shown(), &[words]);
    }
    let hole = file("x.jsonl", b"{\"a\": 1}\n{\"b\": 2}\n{\"a\": null}\n");
    let found = refusal(open_labels(&hole.path(), Some("a")));
    assert_says(
        &found,
        &hole.shown(),
        &["row 1 (counted from 0) has no value"],
    );
}

#[test]
fn words_are_ids() {
    let binary = binary_words("\n");
    let plain = lines(|i| format!("wörd{i} {}", joined(i, " ")));
    for (name, bytes) in [("x.bin", binary), ("x.txt", plain)] {
        let words = open_names(&file(name, &bytes).path(), None).unwrap().values;
        assert_eq!(words.len(), ROWS);
        assert_eq!((&words[0][..], &words[ROWS - 1][..]), ("wörd0", "wörd59"));
    }
}

#[test]
fn a_name_is_refused_where_nothing_has_one() {
    let named = |temp: &Temp| refusal(open_embeddings(&temp.path(), Some("emb")));
    for (name, bytes) in [
        ("x.fbin", with_counts(&floats((0..ROWS).flat_map(row)))),
        ("x.bin", binary_words("")),
    ] {
        let temp = file(name, &bytes);
        assert_says(
            &named(&temp),
            &temp.shown(),
            &["one unnamed array", "`emb`"],
        );
    }
}

/// Counts may spell the first bytes of another format: the length decides.
#[test]
fn vectors_of_benchmarks_are_told_by_their_length() {
    let rows = u32::from_le_bytes(*b"BZh\0");
    let mut bytes = [rows.to_le_bytes(), 1_u32.to_le_bytes()].concat();
    bytes.resize(8 + rows as usize, 1);
    let matrix = open_embeddings(&file("x.u8bin", &bytes).path(), None).unwrap();
    assert_eq!((matrix.rows(), matrix.dim()), (rows as usize, 1));
    let array = npy(1, "'|u1'", false, "(2, 1)", &[1, 2]);
    let renamed = open_embeddings(&file("x.fvecs", &array).path(), None).unwrap();
    assert_eq!((renamed.rows(), renamed.dim()), (2, 1));
}

#[cfg(feature = "tables")]
#[test]
fn what_was_taken_for_no_part_of_a_vector_is_noted() {
    for (text, note) in [
        (
            ",a,b\n0,0.5,1\n1,0.25,2\n",
            "column `` was taken for the index",
        ),
        ("0,1\n0.5,1\n0.25,2\n", "`0,1`, was taken for a header"),
        ("0,1\n5,1\n7,2\n", "`0,1`, was read as data"),
    ] {
        let temp = file("x.csv", text.as_bytes());
        let mut reader = Reader::default();
        reader.embeddings(&temp.path(), None).unwrap();
        let notes = reader.notes();
        assert!(notes.iter().any(|found| found.contains(note)), "{notes:?}");
    }
}

#[cfg(not(feature = "tables"))]
#[test]
fn tables_of_embeddings_are_refused_by_a_build_without_them() {
    let temp = file("x.csv", b"0.5,1\n0.25,2\n");
    let said = refusal(open_embeddings(&temp.path(), None));
    assert_says(
        &said,
        &temp.shown(),
        &["lacks the feature `tables`", "embeddings"],
    );
}
