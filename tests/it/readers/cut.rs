//! Lines, words and vectors of benchmarks that are cut short or otherwise damaged: refused, or exactly the rows that are left.

use spherecheck::data::Embeddings;
use spherecheck::input::{InputError, open_embeddings};

use super::make::{assert_says, file, refusal, rows_of};

fn open(name: &str, bytes: &[u8]) -> Result<Embeddings, InputError> {
    open_embeddings(&file(name, bytes).path(), None)
}

/// The file is refused with these words.
#[track_caller]
pub(crate) fn assert_refused(name: &str, bytes: &[u8], words: &[&str]) {
    let temp = file(name, bytes);
    let said = refusal(open_embeddings(&temp.path(), None));
    assert_says(&said, &temp.shown(), words);
}

/// Rows of `size` bytes a value, each after its length.
fn by_row(lengths: &[i32], size: usize) -> Vec<u8> {
    let row = |&length: &i32| {
        let values = vec![1; usize::try_from(length).unwrap_or(0) * size];
        [&length.to_le_bytes()[..], &values].concat()
    };
    lengths.iter().flat_map(row).collect()
}

fn with_counts(rows: u32, dim: u32, bytes: usize) -> Vec<u8> {
    let mut file = [rows.to_le_bytes(), dim.to_le_bytes()].concat();
    file.resize(8 + bytes, 1);
    file
}

/// word2vec's binary form of words `a`, `b`, ..
fn binary_words(counts: &str, words: usize, dim: usize) -> Vec<u8> {
    let mut bytes = counts.as_bytes().to_vec();
    for word in (b'a'..).take(words) {
        bytes.extend([word, b' ']);
        bytes.extend(0.5_f32.to_le_bytes().repeat(dim));
    }
    bytes
}

/// A small file of each kind.
pub(crate) fn for_fuzzing() -> Vec<(&'static str, Vec<u8>)> {
    let json = b"{\"a\": [1, 2.5], \"b\": 3}\r\n{\"b\": 4, \"a\": [0.5, 1e3]}\n\n";
    let usual =
        b"{\"id\": \"\\u00e9\", \"embedding\": [1, 2]}\n{\"embedding\": [3, 4], \"id\": null}\n";
    let mut files = vec![
        ("x.jsonl", json.to_vec()),
        ("x.jsonl", usual.to_vec()),
        (
            "x",
            b"{\"a\": true, \"b\": \"x\"}\n{\"a\": false, \"b\": [{}]}\n".to_vec(),
        ),
        (
            "x.txt",
            b"3 2\ncat 0.5 1e3\ndog -1 0 \nb c 2 nan\n".to_vec(),
        ),
        ("glove", b"the 0.5 1\nof 2 -3\n1 2 3\n".to_vec()),
        ("x.bin", binary_words("3 2\n", 3, 2)),
        ("x.csv", b",e\n0,\"[0.5, 1]\"\n1,\"[2, -3.5]\"\n".to_vec()),
        ("x.csv", b"id,a,b\n7,0.5,1\n9,2,3\n".to_vec()),
        ("x.tsv", b"[1 2]\n[3 4]\n".to_vec()),
    ];
    for (name, size) in [("x.fvecs", 4), ("x.ivecs", 4), ("x.bvecs", 1)] {
        files.push((name, by_row(&[2, 2, 2], size)));
    }
    for (name, size) in [
        ("x.fbin", 4),
        ("x.f16bin", 2),
        ("x.u8bin", 1),
        ("x.i8bin", 1),
    ] {
        files.push((name, with_counts(3, 2, 6 * size)));
    }
    files
}

#[test]
fn vectors_cut_anywhere_are_refused() {
    for (name, size) in [("x.fvecs", 4), ("x.ivecs", 4), ("x.bvecs", 1)] {
        let whole = by_row(&[3; 4], size);
        let row = 4 + 3 * size;
        for len in 0..=whole.len() {
            match open(name, &whole[..len]) {
                // A file of fewer rows is a whole one.
                Ok(matrix) => assert_eq!((matrix.rows() * row, matrix.dim()), (len, 3)),
                Err(_) => assert!(len < 2 * row || len % row != 0, "{name}: {len} bytes"),
            }
        }
    }
    for (name, size) in [
        ("x.fbin", 4),
        ("x.f16bin", 2),
        ("x.u8bin", 1),
        ("x.i8bin", 1),
    ] {
        let whole = with_counts(4, 3, 12 * size);
        assert_eq!(open(name, &whole).unwrap().rows(), 4);
        for len in 0..whole.len() {
            assert!(open(name, &whole[..len]).is_err(), "{name}: {len} bytes");
        }
    }
}

#[test]
fn vectors_with_wrong_counts_are_refused_in_words() {
    for (lengths, words) in [
        (
            &[2, 2, 3][..],
            [
                "row 2 (counted from 0; byte 24)",
                "length 2, as the first row has, found 3",
            ],
        ),
        (&[2, -2], ["row 1 (counted from 0; byte 12)", "found -2"]),
        (&[0, 0], ["row 0", "an i32, at least 1), found 0"]),
        (&[-1], ["row 0", "found -1"]),
    ] {
        assert_refused("x.fvecs", &by_row(lengths, 4), &words);
    }
    let mut huge = by_row(&[2, 2], 4);
    huge[..4].copy_from_slice(&i32::MAX.to_le_bytes());
    for name in ["x.fvecs", "x.bvecs", "x.ivecs"] {
        assert_refused(
            name,
            &huge,
            &["2,147,483,647 values in ", "the end of the file"],
        );
    }
    let whole = by_row(&[2, 2], 4);
    let extra = [&whole[..], b"xyz"].concat();
    assert_refused(
        "x.fvecs",
        &extra,
        &["row 2", "byte 24", "the end of the file 3 bytes on"],
    );
    assert_refused(
        "x.fvecs",
        &whole[..22],
        &["row 1", "2 values in 8 bytes", "6 bytes on"],
    );
    assert_refused("x.fvecs", &whole[..12], &["at least 2 rows", "found 1 x 2"]);

    assert_refused(
        "x.fbin",
        &with_counts(2, 2, 15),
        &["needs 16 bytes, found 15", "(2, 2) f32"],
    );
    assert_refused("x.u8bin", &with_counts(2, 2, 5), &["1 extra bytes"]);
    assert_refused("x.fbin", &[1; 7], &["the first 8 bytes", "after 7 bytes"]);
    assert_refused(
        "x.fbin",
        &with_counts(u32::MAX, u32::MAX, 16),
        &["more bytes than can be addressed", "found 16"],
    );
    assert_refused(
        "x.i8bin",
        &with_counts(0, 4, 0),
        &["at least 2 rows", "found 0 x 4"],
    );
    assert_refused(
        "x.i8bin",
        &with_counts(4, 0, 0),
        &["1 column", "found 4 x 0"],
    );
}

#[test]
fn json_lines_cut_anywhere_are_refused_or_whole() {
    let text =
        "{\"id\": 1, \"emb\": [1.5, 2]}\r\n{\"id\": 2, \"emb\": [3, 4.5]}\n{\"emb\": [5, 6]}\n\n";
    let rows = [[1.5, 2.0], [3.0, 4.5], [5.0, 6.0]];
    // Bytes up to which each line is whole.
    let ends: Vec<usize> = text.match_indices('}').map(|(at, _)| at + 1).collect();
    for len in 0..=text.len() {
        let part = &text.as_bytes()[..len];
        let whole = ends.iter().filter(|&&end| end <= len).count();
        let between = ends.contains(&len) || text[..len].ends_with(['\r', '\n']);
        match open("x.jsonl", part) {
            Ok(matrix) => {
                assert!(between, "{len} bytes");
                assert_eq!(rows_of(&matrix), rows[..whole]);
            }
            Err(_) => assert!(!between || whole < 2, "{len} bytes"),
        }
    }
}

#[test]
fn lines_that_are_no_rows_are_refused_with_line_and_column() {
    let first = "{\"emb\": [1, 2], \"id\": 1}\n";
    for (second, words) in [
        ("{\"emb\": [1, null]}", ["line 2, column", "found null"]),
        (
            "{\"emb\": [1, \"2\"]}",
            ["line 2, column", "found string \"2\""],
        ),
        (
            "{\"emb\": [1, NaN]}",
            ["line 2, column 13", "expected value"],
        ),
        (
            "{\"emb\": [1, 1e39]}",
            ["line 2, column", "number out of range"],
        ),
        ("{\"emb\": [[1, 2]]}", ["line 2, column", "found sequence"]),
        (
            "{\"emb\": null}",
            ["line 2, column", "expected a list of numbers, found null"],
        ),
        (
            "{\"emb\": [1]}",
            [
                "line 2: ",
                "expected 2 numbers, as in the first line, found 1",
            ],
        ),
        (
            "{\"emb\": [1, 2, 3]}",
            ["line 2, column", "2 numbers, as in the first line"],
        ),
        ("{\"emb\": []}", ["line 2: ", "found 0"]),
        (
            "{\"id\": 1}",
            ["line 2: ", "expected the key `emb`, found none"],
        ),
        (
            "{\"emb\": [1, 2], \"emb\": [1, 2]}",
            ["line 2, column", "twice"],
        ),
        ("{\"emb\": [1, 2]} {}", ["line 2, column", "trailing"]),
        ("", ["line 2, column", "EOF"]),
        (
            "[1, 2]",
            ["line 2, column", "expected one JSON object a line"],
        ),
    ] {
        let text = format!("{first}{second}\n{first}");
        assert_refused("x.jsonl", text.as_bytes(), &words);
    }
    for (text, words) in [
        (
            "{\"emb\": []}\n{\"emb\": []}\n",
            &["1 column", "found 2 x 0"][..],
        ),
        ("{\"emb\": [1]}\n", &["at least 2 rows", "found 1 x 1"]),
        (
            "{\"emb\": [1], \"vector\": [2]}\n",
            &[
                "found 2 keys in the first line",
                "--tensor",
                "`emb` a list, `vector` a list",
            ],
        ),
        (
            "{\"x\": [1], \"emb\": 3}\n",
            &["none in the first line", "`emb` a whole number"],
        ),
        ("{}\n{}\n", &["none in the first line", "The keys are none"]),
        ("text\n", &["claims to be .jsonl", "one JSON object a line"]),
        ("{\"emb\": [1\n", &["line 1, column", "EOF"]),
    ] {
        assert_refused("x.jsonl", text.as_bytes(), words);
    }
    let text = "{\"a\": [1]}\n{\"a\": [2]}\n";
    let temp = file("x.jsonl", text.as_bytes());
    let said = refusal(open_embeddings(&temp.path(), Some("b")));
    assert_says(&said, &temp.shown(), &["no key named `b`", "`a` a list"]);
    // Deep nesting in what is passed over, and in what is not.
    let deep = "[".repeat(200_000);
    for key in ["emb", "x"] {
        let text = format!("{first}{{\"{key}\": {deep}\n{first}");
        assert_refused("x.jsonl", text.as_bytes(), &["line 2, column"]);
    }
}

#[test]
fn word_vectors_cut_anywhere_are_refused() {
    let whole = binary_words("4 3\n", 4, 3);
    assert_eq!(open("x.bin", &whole).unwrap().rows(), 4);
    for len in 0..whole.len() {
        assert!(open("x.bin", &whole[..len]).is_err(), "{len} bytes");
    }
    let text = "3 2\ncat 0.5 1.25\ndog 2 3\na b 4 5\n";
    assert_eq!(open("x.vec", text.as_bytes()).unwrap().rows(), 3);
    // Behind the last separator lies a number that may have had more digits.
    for len in 0..=text.rfind(' ').unwrap() {
        assert!(
            open("x.vec", &text.as_bytes()[..len]).is_err(),
            "{len} bytes"
        );
    }
}

#[test]
fn word_vectors_with_wrong_counts_are_refused_in_words() {
    let binary = |counts: &str| binary_words(counts, 3, 2);
    for (counts, words) in [
        (
            "2 2\n",
            ["the end of the file after 2 words", "found 10 more bytes"],
        ),
        ("4 2\n", ["the first line", "4 words with 2 f32 each"]),
        ("3 3\n", ["the first line", "found 30 bytes after it"]),
        (
            "18446744073709551615 2\n",
            ["the first line", "found 30 bytes"],
        ),
        (
            "3 18446744073709551615\n",
            ["the first line", "found 30 bytes"],
        ),
        (
            "99999999999999999999 2\n",
            ["unknown contents", "word vectors"],
        ),
    ] {
        assert_refused("x.bin", &binary(counts), &words);
    }
    let extra = [&binary("3 2\n")[..], b"\n\n"].concat();
    assert_refused("x.bin", &extra, &["after 3 words", "1 more bytes"]);
    for (text, words) in [
        (
            "2 3\na 1 2 3\nb 1 2\n",
            ["line 3", "expected a word and 3 numbers, found 3 fields"],
        ),
        ("2 3\na 1 2 3\nb 1 2 3 4\n", ["line 3", "found 5 fields"]),
        ("2 3\na 1 2 3\n1 2 3\n", ["line 3", "found 3 fields"]),
        (
            "3 3\na 1 2 3\nb 1 2 3\n",
            ["the first line", "the number of words, 2, found 3"],
        ),
        (
            "1 3\na 1 2 3\nb 1 2 3\n",
            ["the first line", "the number of words, 2, found 1"],
        ),
        (
            "2 4\na 1 2 3\nb 1 2 3\n",
            ["line 2", "expected a word and 4 numbers"],
        ),
        (
            "2 1000000000000\na 1 2\nb 1 2\n",
            ["line 2", "found 3 fields"],
        ),
        ("a 1 2\nb 1 x\n", ["line 2, number 2", "found `x`"]),
        (
            "a 1 2\nb 1 1e39\n",
            ["line 2, number 2", "fits an f32, found `1e39`"],
        ),
        ("a 1 2\n\nb 1 2\n", ["line 2", "found an empty line"]),
        ("a 1 2\nb 1\n", ["line 2", "found 2 fields"]),
        ("1 2 3\n4 5 6\n", ["unknown contents", "np.loadtxt("]),
    ] {
        assert_refused("x.txt", text.as_bytes(), &words);
    }
}
