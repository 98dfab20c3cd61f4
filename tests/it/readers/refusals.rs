//! Sound files that hold the wrong thing, each with the words its message owes the user.

use safetensors::tensor::Dtype as TensorType;
use spherecheck::input::{open_embeddings, open_labels, open_pairs};

use super::make::{assert_says, file, npy, refusal, tensors};

#[test]
fn shapes_that_cannot_be_meant_are_refused_with_the_shape_found() {
    let data = [0_u8; 24];
    let embeddings = |shape: &str, len: usize| {
        let temp = file("x.npy", &npy(1, "'<f4'", false, shape, &data[..len]));
        (refusal(open_embeddings(&temp.path(), None)), temp.shown())
    };
    for (shape, len, words) in [
        ("(6,)", 24, ["two axes", "found shape (6,)", "stack"]),
        ("()", 4, ["two axes", "found shape ()", "stack"]),
        (
            "(1, 6)",
            24,
            ["at least 2 rows", "found 1 x 6", "one row for each item"],
        ),
        (
            "(0, 4)",
            0,
            ["at least 2 rows", "found 0 x 4", "one row for each item"],
        ),
        (
            "(3, 0)",
            0,
            ["1 column", "found 3 x 0", "one row for each item"],
        ),
    ] {
        let (message, path) = embeddings(shape, len);
        assert_says(&message, &path, &words);
    }
    for (shape, words) in [
        ("(24,)", ["(P, 2)", "found shape (24,)"]),
        ("(8, 3)", ["two columns", "found shape (8, 3)"]),
        ("(2, 12)", ["pairs.T", "found shape (2, 12)"]),
        ("(3, 2, 4)", ["(P, 2)", "found shape (3, 2, 4)"]),
    ] {
        let temp = file("p.npy", &npy(1, "'|u1'", false, shape, &data));
        assert_says(
            &refusal(open_pairs(&temp.path(), None)),
            &temp.shown(),
            &words,
        );
    }
    let temp = file("l.npy", &npy(1, "'|u1'", false, "(12, 2)", &data));
    assert_says(
        &refusal(open_labels(&temp.path(), None)),
        &temp.shown(),
        &["(N,)", "found shape (12, 2)"],
    );
}

#[test]
fn element_types_that_cannot_be_meant_are_refused_with_advice() {
    for (descr, words) in [
        ("'|O'", ["`|O` (Python objects)", "pickles run code"]),
        (
            "[('a', '<f4'), ('b', '<f4')]",
            ["a structured type", "plain array"],
        ),
        ("'<U3'", ["`<U3` (text)", "astype"]),
        ("'|S3'", ["`|S3` (text)", "astype"]),
        ("'<c8'", ["complex", "real numbers"]),
        ("'<V2'", ["NumPy has no bfloat16", "safetensors"]),
        ("'|V2'", ["NumPy has no bfloat16", "safetensors"]),
        ("'bfloat16'", ["NumPy has no bfloat16", "safetensors"]),
        ("'<i4'", ["found i32", "astype(\"float32\")"]),
        ("'<u8'", ["found u64", "astype(\"float32\")"]),
        ("'|b1'", ["(True and False)", "astype(\"float32\")"]),
        ("'<M8[ns]'", ["found `<M8[ns]`", "astype(\"float32\")"]),
        ("'<f16'", ["long double", "astype(\"float64\")"]),
        ("'>f16'", ["16 bytes", "astype(\"float64\")"]),
        ("'<f12'", ["long double", "astype(\"float64\")"]),
    ] {
        let size = match descr {
            "'<c8'" | "'<M8[ns]'" | "'<u8'" => 8,
            "'<U3'" => 12,
            "'|S3'" => 3,
            "'|b1'" => 1,
            _ => 4,
        };
        let temp = file("x.npy", &npy(1, descr, false, "(2, 1)", &vec![0; 2 * size]));
        assert_says(
            &refusal(open_embeddings(&temp.path(), None)),
            &temp.shown(),
            &words,
        );
    }
    for (descr, len, words) in [
        (
            "'|b1'",
            2,
            ["expected integers, found `|b1`", "pairs.astype(\"int64\")"],
        ),
        (
            "'<U1'",
            8,
            [
                "expected integers, found `<U1` (text)",
                "pairs.astype(\"int64\")",
            ],
        ),
        ("'|O'", 8, ["expected integers", "pickles run code"]),
    ] {
        let temp = file("p.npy", &npy(1, descr, false, "(1, 2)", &vec![0; len]));
        assert_says(
            &refusal(open_pairs(&temp.path(), None)),
            &temp.shown(),
            &words,
        );
    }
    for (descr, words) in [
        ("'|O'", ["pickles run code", "names.astype(str)"]),
        ("'<c8'", ["complex", "labels.astype(\"int64\")"]),
        ("'<M8[ns]'", ["found `<M8[ns]`", "labels.astype(str)"]),
        ("'<f16'", ["long double", "labels.astype(\"int64\")"]),
    ] {
        let temp = file("l.npy", &npy(1, descr, false, "(1,)", &[0; 8]));
        let message = refusal(open_labels(&temp.path(), None));
        assert_says(&message, &temp.shown(), &words);
    }
    let eight = tensors(&[("w", TensorType::F8_E4M3, &[2, 2], &[0; 4])]);
    let temp = file("m.safetensors", &eight);
    assert_says(
        &refusal(open_embeddings(&temp.path(), None)),
        &temp.shown(),
        &["8-bit floats", "bf16"],
    );
}

#[test]
fn paths_that_are_no_files_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("none.npy");
    assert_says(
        &refusal(open_pairs(&missing, None)),
        &missing.display().to_string(),
        &["no such file"],
    );
    let found = dir.path().display().to_string();
    assert_says(
        &refusal(open_labels(dir.path(), None)),
        &found,
        &["found an empty folder"],
    );
    let empty = file("x.npy", b"");
    assert_says(
        &refusal(open_embeddings(&empty.path(), None)),
        &empty.shown(),
        &["empty (0 bytes)"],
    );
}

#[cfg(not(feature = "tables"))]
#[test]
fn tables_are_refused_by_a_build_without_them() {
    let temp = file("p.csv", b"i,j\n0,1\n");
    let words = ["CSV", "lacks the feature `tables`", "--features tables"];
    assert_says(
        &refusal(open_pairs(&temp.path(), None)),
        &temp.shown(),
        &words,
    );
    assert_says(
        &refusal(open_labels(&temp.path(), None)),
        &temp.shown(),
        &words,
    );
}
