//! Embeddings in Parquet files: lists in a column, numbers in many columns, and what is refused.

use polars_parquet::write::CompressionOptions as Packed;
use spherecheck::data::Embeddings;
use spherecheck::input::{Reader, open_embeddings};
use spherecheck::num::Dtype;

use super::make::{Temp, assert_says, file, npy, pairs_in, refusal, rows_of};
use super::{DIM, ROWS, assert_is_the_matrix, value};
use crate::support::parquet::{As, Column, PACKED, Row, written};

fn row(values: &[f64]) -> Row {
    Some(values.iter().copied().map(Some).collect())
}

/// Two rows of two numbers, for columns of which only the name and the type matter.
fn any(name: &str, stored: As) -> Column {
    Column::lists(name, &[row(&[1.0, 2.0]), row(&[3.0, 4.0])], stored)
}

fn words(name: &str) -> Column {
    Column::words(name, &["x", "y"])
}

fn stored(columns: &[Column]) -> Temp {
    file(
        "x.parquet",
        &written(columns, Packed::Uncompressed, Some(2)),
    )
}

fn bits(matrix: &Embeddings) -> Vec<Vec<u64>> {
    let row = |row: Vec<f64>| row.into_iter().map(f64::to_bits).collect();
    rows_of(matrix).into_iter().map(row).collect()
}

fn assert_refused(temp: &Temp, tensor: Option<&str>, said: &[&str]) {
    let message = refusal(open_embeddings(&temp.path(), tensor));
    assert_says(&message, &temp.shown(), said);
}

#[test]
fn lists_of_every_type_read_back() {
    let rows: Vec<Row> = (0..ROWS)
        .map(|i| row(&(0..DIM).map(|j| value(i, j).into()).collect::<Vec<f64>>()))
        .collect();
    for (stored, dtype) in [
        (As::F16, Dtype::F16),
        (As::F32, Dtype::F32),
        (As::F64, Dtype::F64),
        (As::I8, Dtype::I8),
        (As::U8, Dtype::U8),
    ] {
        for column in [
            Column::lists("emb", &rows, stored),
            Column::arrays("emb", &rows, stored),
        ] {
            for group in [None, Some(1), Some(32)] {
                let bytes = written(std::slice::from_ref(&column), Packed::Snappy, group);
                let temp = file("x", &bytes);
                let matrix = open_embeddings(&temp.path(), None).unwrap();
                assert_is_the_matrix(&matrix, dtype);
                assert_eq!(matrix.name(), temp.shown() + "[emb]");
            }
        }
    }
}

#[test]
fn lists_have_the_bits_of_the_same_rows_in_npy() {
    let (n, d) = (65, 9);
    // Numbers that both types hold, some of them as small as there are, one of them minus nothing.
    let number = |k: usize| match k {
        3 => f32::MIN_POSITIVE,
        4 => -0.0,
        5 => f32::from_bits(1),
        _ => (k as f32).sin() * 10_f32.powi(k as i32 % 7 - 3),
    };
    let single: Vec<f32> = (0..n * d).map(number).collect();
    let rows: Vec<Row> = single
        .chunks(d)
        .map(|values| row(&values.iter().map(|&v| v.into()).collect::<Vec<f64>>()))
        .collect();
    let shape = format!("({n}, {d})");
    let four: Vec<u8> = single.iter().flat_map(|v| v.to_le_bytes()).collect();
    let eight: Vec<u8> = single
        .iter()
        .flat_map(|&v| f64::from(v).to_le_bytes())
        .collect();
    for (descr, data, dtype) in [("'<f4'", four, As::F32), ("'<f8'", eight, As::F64)] {
        let plain = file("x.npy", &npy(1, descr, false, &shape, &data));
        let expected = open_embeddings(&plain.path(), None).unwrap();
        let column = Column::lists("vector", &rows, dtype);
        for packed in PACKED {
            for group in [None, Some(1), Some(13), Some(64), Some(1000)] {
                let bytes = written(std::slice::from_ref(&column), packed, group);
                let found = open_embeddings(&file("x.parquet", &bytes).path(), None).unwrap();
                assert_eq!(found.dtype(), expected.dtype());
                assert_eq!(bits(&found), bits(&expected), "{packed:?} {group:?}");
            }
        }
    }
}

#[test]
fn the_column_is_chosen_by_its_type_and_then_by_its_name() {
    let single = || any("x", As::F32);
    let others = || {
        let id = Column::of("id", &[7_i64, 8]);
        vec![words("text"), any("tokens", As::I64), id]
    };
    // The only one of its type.
    let temp = stored(&[others(), vec![single()]].concat());
    let matrix = open_embeddings(&temp.path(), None).unwrap();
    assert_eq!(matrix.name(), temp.shown() + "[x]");
    assert_eq!(rows_of(&matrix), [[1.0, 2.0], [3.0, 4.0]]);
    // The only one of its name.
    for name in ["embedding", "Embeddings", "emb", "vector", "vec_title"] {
        let temp = stored(&[single(), any(name, As::F64), words("y")]);
        let matrix = open_embeddings(&temp.path(), None).unwrap();
        assert_eq!(matrix.name(), format!("{}[{name}]", temp.shown()));
        let other = open_embeddings(&temp.path(), Some("x")).unwrap();
        assert_eq!(other.name(), temp.shown() + "[x]");
    }
    for second in ["y", "vectors"] {
        let first = if second == "y" { "x" } else { "emb" };
        let pair = [any(first, As::F32), any(second, As::F64)];
        let temp = stored(&[&pair[..], &[words("text")]].concat());
        let listed = [
            format!("`{first}` list of f32"),
            format!("`{second}` list of f64"),
        ];
        assert_refused(
            &temp,
            None,
            &[
                "found 2 columns of lists",
                "--tensor NAME",
                &listed[0],
                &listed[1],
                "`text` Utf8View",
            ],
        );
        assert_eq!(
            open_embeddings(&temp.path(), Some(second)).unwrap().dtype(),
            Dtype::F64
        );
    }
    let temp = stored(&others());
    for (tensor, found) in [
        (None, "found none"),
        (Some("id"), "found column `id` of type Int64"),
        (
            Some("tokens"),
            "found column `tokens` of type list of Int64",
        ),
        (Some("nothing"), "found no column named `nothing`"),
    ] {
        assert_refused(
            &temp,
            tensor,
            &["expected one column with a list of", found, "`id` Int64"],
        );
    }
}

#[test]
fn columns_of_numbers_are_named_and_read_in_the_order_of_their_numbers() {
    // Ten before two, as names are sorted.
    let order = [0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9];
    let number = |row: i32, at: i32| f64::from(100 * row + at);
    let columns = |prefix: &str, dtype: As| -> Vec<Column> {
        let column = |at: &i32| {
            let values: Vec<f64> = (0..5).map(|row| number(row, *at) / 8.0).collect();
            Column::numbers(&format!("{prefix}{at}"), &values, dtype)
        };
        order.iter().map(column).collect()
    };
    let id = Column::words("id", &["a", "b", "c", "d", "e"]);
    for (stored_as, dtype) in [(As::F32, Dtype::F32), (As::F64, Dtype::F64)] {
        for prefix in ["d", "dim_", ""] {
            for group in [None, Some(2)] {
                let columns = [vec![id.clone()], columns(prefix, stored_as)].concat();
                let temp = file("x.parquet", &written(&columns, Packed::Zstd(None), group));
                let tensor = format!("{prefix}*");
                let matrix = open_embeddings(&temp.path(), Some(&tensor)).unwrap();
                assert_eq!(
                    (matrix.rows(), matrix.dim(), matrix.dtype()),
                    (5, 11, dtype)
                );
                assert_eq!(matrix.name(), format!("{}[{tensor}]", temp.shown()));
                for (i, row) in rows_of(&matrix).into_iter().enumerate() {
                    let expected: Vec<f64> = (0..11).map(|at| number(i as i32, at) / 8.0).collect();
                    assert_eq!(row, expected);
                }
                let found = format!("none, but 11 columns of numbers, `{prefix}0` to `{prefix}10`");
                assert_refused(&temp, None, &[&found, "--tensor 'd*'"]);
            }
        }
    }
    let small = |name: &str| Column::maybe(name, &[Some(1_f32), None]);
    let double = Column::of("d1", &[1.0, 2.0]);
    let full = |name: &str| Column::of(name, &[1_f32, 2.0]);
    for (columns, tensor, found) in [
        (
            vec![full("d0"), small("d1")],
            "d*",
            "row 1 (counted from 0) has no value in column `d1`",
        ),
        (
            vec![full("d0"), double],
            "d*",
            "column `d0` of type Float32 beside `d1` of type Float64",
        ),
        (
            vec![full("d0"), words("d1")],
            "d*",
            "column `d1` of type Utf8View",
        ),
        (
            vec![full("d0"), full("d1")],
            "e*",
            "no column whose name begins with `e`",
        ),
    ] {
        assert_refused(&stored(&columns), Some(tensor), &[found]);
    }
}

#[test]
fn rows_that_make_no_matrix_are_refused_with_their_number() {
    let two = || row(&[1.0, 2.0]);
    let hole = Some(vec![Some(1.0), None]);
    for (rows, said) in [
        (
            vec![two(), two(), two(), None, two()],
            "row 3 (counted from 0) has no value",
        ),
        (
            vec![two(), two(), two(), hole, two()],
            "row 3 (counted from 0) holds nothing at place 1 (counted from 0), expected a number",
        ),
        (
            vec![two(), two(), two(), row(&[1.0]), two()],
            "row 3 (counted from 0) holds a list of 1 (row 0: 2), expected as many in each row",
        ),
        (
            vec![two(), row(&[1.0, 2.0, 3.0]), row(&[1.0])],
            "row 1 (counted from 0) holds a list of 3 (row 0: 2)",
        ),
        (
            vec![two(), two(), row(&[])],
            "row 2 (counted from 0) holds a list of 0 (row 0: 2)",
        ),
        (
            vec![row(&[]), row(&[]), two()],
            "row 0 (counted from 0) holds a list without numbers, expected at least one",
        ),
        (vec![two()], "at least 2 rows and 1 column, found 1 x 2"),
    ] {
        for dtype in [As::F32, As::F16, As::U8] {
            let column = Column::lists("emb", &rows, dtype);
            for group in [None, Some(1), Some(2)] {
                let bytes = written(std::slice::from_ref(&column), Packed::Uncompressed, group);
                assert_refused(&file("x.parquet", &bytes), None, &["[emb]", said]);
            }
        }
    }
    let none = Column::lists("emb", &[two()], As::F32).first(0);
    assert_refused(&stored(&[none]), None, &["found 0 x 0"]);
}

#[test]
fn other_columns_of_the_same_file_say_what_the_rows_are() {
    let integers = |name: &str, values: &[i64]| Column::of(name, values);
    let rows = [row(&[1.0, 0.5]), row(&[0.5, 1.0]), row(&[0.0, -1.0])];
    let temp = stored(&[
        integers("id", &[11, 12, 13]),
        Column::lists("embedding", &rows, As::F32),
        Column::words("class", &["cat", "dog", "cat"]),
        Column::of("price", &[0.5, 1.5, 2.5]),
        integers("left", &[0, 1, 2]),
        integers("right", &[1, 2, 0]),
    ]);
    let (path, shown) = (temp.path(), temp.shown());
    let matrix = open_embeddings(&path, None).unwrap();
    assert_eq!(rows_of(&matrix), [[1.0, 0.5], [0.5, 1.0], [0.0, -1.0]]);
    let mut reader = Reader::beside(&matrix);
    let labels = reader.labels(&path, Some("class")).unwrap();
    assert_eq!(
        (labels.name, labels.classes),
        (shown.clone() + "[class]", vec![0, 1, 0])
    );
    assert_eq!(
        reader.names(&path, Some("id")).unwrap().values,
        ["11", "12", "13"]
    );
    assert_eq!(
        reader.targets(&path, Some("price")).unwrap()[0].values,
        [0.5, 1.5, 2.5]
    );
    let pairs = reader.pairs(&path, Some("left,right")).unwrap();
    assert_eq!(pairs_in(&pairs), [[0, 1], [1, 2], [2, 0]]);
    assert_says(
        &refusal(reader.labels(&path, Some("embedding"))),
        &shown,
        &["column `embedding` of type LargeList"],
    );
    assert_eq!(reader.notes(), [""; 0]);
}

/// Small files of lists, of many rows in a page and of few, and of columns of numbers.
pub(crate) fn for_fuzzing() -> Vec<Vec<u8>> {
    let rows: Vec<Row> = (0..6).map(|i| row(&[f64::from(i), 1.0, 2.0])).collect();
    let holes = [row(&[1.0, 2.0]), None, row(&[3.0])];
    let column = |stored| Column::lists("a", &rows, stored);
    let numbers = |name: &str| Column::of(name, &[1_f32, 2.0, 3.0]);
    let files = [
        (column(As::F32), Packed::Uncompressed, Some(2)),
        (column(As::F32), Packed::Zstd(None), None),
        (column(As::F64), Packed::Snappy, Some(3)),
        (column(As::F16), Packed::Uncompressed, Some(2)),
        (column(As::I8), Packed::Uncompressed, None),
    ];
    let files = files.map(|(column, packed, group)| written(&[column], packed, group));
    let mut files = Vec::from(files);
    let holes = Column::lists("a", &holes, As::F32);
    files.push(written(&[holes], Packed::Uncompressed, None));
    files.push(written(
        &[numbers("a0"), numbers("a1")],
        Packed::Uncompressed,
        Some(2),
    ));
    files
}

fn refusal_of(temp: &Temp) -> Option<String> {
    let opened = open_embeddings(&temp.path(), None);
    opened.err().map(|cause| cause.to_string())
}

/// Each file cut short everywhere, and with each byte changed: refused in words, or read to its last row.
#[test]
fn damaged_files_are_refused_or_read() {
    for whole in for_fuzzing() {
        let cut = (0..whole.len()).map(|len| whole[..len].to_vec());
        let turned = (0..2 * whole.len()).map(|k| {
            let mut bytes = whole.clone();
            bytes[k / 2] ^= [0x01, 0xff][k % 2];
            bytes
        });
        let temp = file("x.parquet", &whole);
        let spread = refusal_of(&temp).is_some_and(|said| said.contains("`a0` to `a1`"));
        let tensor = spread.then_some("a*");
        for bytes in cut.chain(turned) {
            std::fs::write(temp.path(), &bytes).unwrap();
            match open_embeddings(&temp.path(), tensor) {
                Ok(matrix) => assert_eq!(rows_of(&matrix).len(), matrix.rows()),
                Err(cause) => assert_says(&cause.to_string(), &temp.shown(), &[]),
            }
        }
    }
}
