//! The table of formats: one matrix, as other writers write it (`fixtures/formats`), is read from every file to the same
//! bits.

use spherecheck::data::Embeddings;
use spherecheck::input::{InputError, Meant, Reader, open_embeddings, open_labels, open_names};
use spherecheck::num::{Codes, Dtype};

use super::make::rows_of;
use crate::support::fixture;

const ROWS: usize = 40;
const DIM: usize = 6;

/// An integer of the matrix, from 0 to 250.
fn code(i: usize, j: usize) -> u8 {
    ((i * DIM + j) * 37 % 251) as u8
}

fn matrix(value: impl Fn(usize, usize) -> f64) -> Vec<Vec<f64>> {
    (0..ROWS)
        .map(|i| (0..DIM).map(|j| value(i, j)).collect())
        .collect()
}

/// The numbers that every file holds.
fn expected() -> Vec<Vec<f64>> {
    matrix(|i, j| (f64::from(code(i, j)) - 125.0) / 64.0)
}

/// Codes less 125.
fn signed() -> Codes {
    Codes::Scaled {
        scale: 1.0 / 64.0,
        offset: 0.0,
    }
}

fn unsigned() -> Codes {
    Codes::Scaled {
        scale: 1.0 / 64.0,
        offset: -125.0 / 64.0,
    }
}

/// A file, and the name that is given with `--tensor`.
type Row = (&'static str, Option<&'static str>);

const FILES: &[Row] = &[
    ("rows.npy", None),
    ("columns.npy", None),
    ("f16.npy", None),
    ("f64.npy", None),
    ("big_endian.npy", None),
    ("axes.npy", None),
    ("numpy2.npy", None),
    ("stored.npz", Some("emb")),
    ("deflated.npz", None),
    ("rows.safetensors", Some("emb")),
    ("rows.safetensors", Some("half")),
    ("rows.jsonl", None),
    ("rows.jsonl.gz", None),
    ("rows.fvecs", None),
    ("rows.fbin", None),
    ("rows.f16bin", None),
    ("glove.txt", None),
    ("word2vec.txt", None),
    ("word2vec.bin", None),
    ("npy_shards", None),
    ("rows.npy.gz", None),
];

/// What a build without tables does not read.
#[cfg(feature = "tables")]
const TABLES: &[Row] = &[
    ("list.parquet", None),
    ("large.parquet", None),
    ("fixed.parquet", None),
    ("f16.parquet", None),
    ("zstd.parquet", None),
    ("gzip.parquet", None),
    ("brotli.parquet", None),
    ("snappy.parquet", None),
    ("groups.parquet", None),
    ("huggingface.parquet", None),
    ("pandas.parquet", Some("embedding")),
    ("spread.parquet", Some("d*")),
    ("file.arrow", None),
    ("stream.arrows", None),
    ("lz4.feather", None),
    ("zstd.feather", Some("embedding")),
    ("lists.csv", None),
    ("lists.csv", Some("embedding")),
    ("numbers.csv", None),
    ("semicolon.csv", Some("d*")),
    ("tab.tsv", None),
    ("bar.csv", None),
    ("parquet_shards", None),
    ("rows.npy.zst", None),
];
#[cfg(not(feature = "tables"))]
const TABLES: &[Row] = &[];

fn path(file: &str) -> std::path::PathBuf {
    fixture(&format!("formats/{file}"))
}

/// What is wrong with each of the files, if anything is.
fn failures<'f, T: PartialEq>(
    files: impl IntoIterator<Item = &'f Row>,
    expected: &T,
    read: impl Fn(&Row) -> Result<T, InputError>,
) -> Vec<String> {
    let mut failures = Vec::new();
    for row in files {
        match read(row) {
            Ok(found) if found == *expected => {}
            Ok(_) => failures.push(format!("{row:?}: other values")),
            Err(refusal) => failures.push(format!("{row:?}: {refusal}")),
        }
    }
    failures
}

fn bits(rows: &[Vec<f64>]) -> Vec<Vec<u64>> {
    let row = |row: &Vec<f64>| row.iter().map(|v| v.to_bits()).collect();
    rows.iter().map(row).collect()
}

#[test]
fn every_file_of_the_table_holds_the_same_bits() {
    let failures = failures(FILES.iter().chain(TABLES), &bits(&expected()), |row| {
        let (file, tensor) = *row;
        Ok(bits(&rows_of(&open_embeddings(&path(file), tensor)?)))
    });
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn what_must_be_said_of_a_file_makes_the_same_bits_of_it() {
    let plain = Meant::default();
    let codes = |dtype, codes| Meant {
        dtype,
        codes: Some(codes),
        view: None,
    };
    for (file, meant) in [
        (
            "bf16.npy",
            Meant {
                dtype: Some(Dtype::Bf16),
                ..plain
            },
        ),
        (
            "bf16_u16.npy",
            Meant {
                dtype: Some(Dtype::Bf16),
                ..plain
            },
        ),
        (
            "views.npy",
            Meant {
                view: Some(0),
                ..plain
            },
        ),
        ("u8.npy", codes(None, unsigned())),
        ("u8.npy", codes(Some(Dtype::U8), unsigned())),
        ("i8.npy", codes(Some(Dtype::I8), signed())),
        ("i64.npy", codes(Some(Dtype::U8), unsigned())),
        ("rows.bvecs", codes(None, unsigned())),
        ("rows.ivecs", codes(Some(Dtype::U8), unsigned())),
        ("rows.i8bin", codes(None, signed())),
        ("rows.u8bin", codes(Some(Dtype::U8), unsigned())),
    ] {
        let read = Reader::default().embeddings_meant(&path(file), None, &meant);
        let read = read.unwrap_or_else(|refusal| panic!("{file}: {refusal}"));
        assert_eq!(bits(&rows_of(&read)), bits(&expected()), "{file}");
    }
    let mut reader = Reader::default();
    let views = reader.views(&path("views.npy"), None, &plain).unwrap();
    let second: Vec<Vec<f64>> = rows_of(&views.1.unwrap());
    assert_eq!(rows_of(&views.0), expected());
    assert_eq!(second, matrix(|i, j| -expected()[i][j]));
}

#[test]
fn integers_are_numbers_where_nothing_is_said() {
    let open = |file: &str| -> Embeddings {
        open_embeddings(&path(file), None).unwrap_or_else(|refusal| panic!("{refusal}"))
    };
    let all = matrix(|i, j| f64::from(code(i, j)));
    let less_125 = matrix(|i, j| f64::from(code(i, j)) - 125.0);
    for (file, dtype, expected) in [
        ("u8.npy", Dtype::U8, &all),
        ("rows.bvecs", Dtype::U8, &all),
        ("rows.u8bin", Dtype::U8, &all),
        ("rows.ivecs", Dtype::F64, &all),
        ("i8.npy", Dtype::I8, &less_125),
        ("rows.i8bin", Dtype::I8, &less_125),
    ] {
        let read = open(file);
        assert_eq!(read.dtype(), dtype, "{file}");
        assert_eq!(rows_of(&read), *expected, "{file}");
    }
}

#[test]
fn packed_bits_are_the_signs_of_the_matrix() {
    let signs: Vec<Vec<f64>> = expected()
        .into_iter()
        .map(|row| {
            let signs = row.into_iter().map(|v| if v > 0.0 { 1.0 } else { -1.0 });
            // np.packbits fills a byte up with zeros.
            signs.chain([-1.0; 2]).collect()
        })
        .collect();
    let meant = Meant {
        codes: Some(Codes::Bits),
        ..Meant::default()
    };
    for file in ["bits_u8.npy", "bits_i8.npy"] {
        let read = Reader::default().embeddings_meant(&path(file), None, &meant);
        assert_eq!(rows_of(&read.unwrap()), signs, "{file}");
    }
}

#[test]
fn ids_come_from_every_file_that_holds_them() {
    let files: &[Row] = &[
        ("ids.npy", None),
        ("ids_bytes.npy", None),
        ("stored.npz", Some("ids")),
        ("rows.jsonl", None),
        ("rows.jsonl.gz", None),
        ("glove.txt", None),
        ("word2vec.txt", None),
        ("word2vec.bin", None),
    ];
    #[cfg(feature = "tables")]
    let tables: &[Row] = &[
        ("list.parquet", Some("id")),
        ("groups.parquet", Some("id")),
        ("huggingface.parquet", Some("id")),
        ("pandas.parquet", Some("id")),
        ("spread.parquet", Some("id")),
        ("file.arrow", Some("id")),
        ("stream.arrows", Some("id")),
        ("lz4.feather", Some("id")),
        ("lists.csv", Some("id")),
    ];
    #[cfg(not(feature = "tables"))]
    let tables: &[Row] = &[];
    let expected: Vec<String> = (0..ROWS).map(|i| format!("row-{i}")).collect();
    let failures = failures(files.iter().chain(tables), &expected, |row| {
        Ok(open_names(&path(row.0), row.1)?.values)
    });
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn labels_come_from_every_file_that_holds_them() {
    let files: &[Row] = &[("labels.npy", None), ("rows.jsonl", Some("label"))];
    #[cfg(feature = "tables")]
    let tables: &[Row] = &[
        ("list.parquet", Some("label")),
        ("huggingface.parquet", Some("label")),
        ("pandas.parquet", Some("label")),
        ("file.arrow", Some("label")),
        ("stream.arrows", Some("label")),
        ("zstd.feather", Some("label")),
        ("lists.csv", Some("label")),
    ];
    #[cfg(not(feature = "tables"))]
    let tables: &[Row] = &[];
    let expected: Vec<u32> = (0..ROWS as u32).map(|i| i % 3).collect();
    let failures = failures(files.iter().chain(tables), &expected, |row| {
        Ok(open_labels(&path(row.0), row.1)?.classes)
    });
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
