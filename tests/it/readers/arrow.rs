//! Arrow files and streams: lists in a column read back, and contents tell what they are.

mod beside;
mod chosen;
mod damaged;
mod writers;

pub(crate) use damaged::for_fuzzing;

use std::sync::Arc;

use arrow_array::types::{Float32Type, Int8Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, FixedSizeListArray, Float16Array, Float32Array,
    Float64Array, Int8Array, Int64Array, LargeListArray, LargeListViewArray, LargeStringArray,
    ListArray, RecordBatch, StringArray, StringViewArray, UInt8Array, UInt64Array,
};
use arrow_buffer::OffsetBuffer;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_ipc::{CompressionType, MetadataVersion};
use arrow_schema::Field;
use half::f16;
use spherecheck::data::Embeddings;
use spherecheck::input::{
    Reader, open_embeddings, open_items, open_labels, open_names, open_pairs,
};
use spherecheck::num::Dtype;

use super::make::{Temp, assert_says, file, npy, pairs_in, refusal, rows_of};
use super::{DIM, ROWS, assert_is_the_matrix, value};

type Packed = Option<CompressionType>;

const PACKED: [Packed; 3] = [
    None,
    Some(CompressionType::LZ4_FRAME),
    Some(CompressionType::ZSTD),
];

/// A file or a stream of these batches.
fn written(stream: bool, packed: Packed, batches: &[RecordBatch]) -> Vec<u8> {
    let options = IpcWriteOptions::default();
    written_with(
        stream,
        options.try_with_compression(packed).unwrap(),
        batches,
    )
}

fn written_with(stream: bool, options: IpcWriteOptions, batches: &[RecordBatch]) -> Vec<u8> {
    let schema = batches[0].schema();
    let mut bytes = Vec::new();
    if stream {
        let writer = StreamWriter::try_new_with_options(&mut bytes, &schema, options);
        let mut writer = writer.unwrap();
        batches
            .iter()
            .for_each(|batch| writer.write(batch).unwrap());
        writer.finish().unwrap();
    } else {
        let writer = FileWriter::try_new_with_options(&mut bytes, &schema, options);
        let mut writer = writer.unwrap();
        batches
            .iter()
            .for_each(|batch| writer.write(batch).unwrap());
        writer.finish().unwrap();
    }
    bytes
}

/// A batch whose columns may all lack values.
fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns
        .into_iter()
        .map(|(name, column)| (name, column, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// Slices of at most `most` rows each.
fn cut(whole: &RecordBatch, most: usize) -> Vec<RecordBatch> {
    let starts = (0..whole.num_rows()).step_by(most);
    starts
        .map(|start| whole.slice(start, most.min(whole.num_rows() - start)))
        .collect()
}

/// These numbers in rows of `dim`, as each kind of list.
fn lists(items: &ArrayRef, dim: usize) -> [ArrayRef; 3] {
    let rows = items.len() / dim;
    let field = Arc::new(Field::new("item", items.data_type().clone(), true));
    let lengths = || std::iter::repeat_n(dim, rows);
    let (short, long) = (
        OffsetBuffer::<i32>::from_lengths(lengths()),
        OffsetBuffer::<i64>::from_lengths(lengths()),
    );
    let items = || Arc::clone(items);
    [
        Arc::new(ListArray::new(Arc::clone(&field), short, items(), None)),
        Arc::new(LargeListArray::new(Arc::clone(&field), long, items(), None)),
        Arc::new(FixedSizeListArray::new(field, dim as i32, items(), None)),
    ]
}

/// Two rows of two numbers.
fn any(scale: f32) -> ArrayRef {
    let items: ArrayRef = Arc::new(Float32Array::from(vec![scale, 2.0, 3.0, 4.0]));
    let [list, ..] = lists(&items, 2);
    list
}

fn words(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn stored(columns: Vec<(&str, ArrayRef)>) -> Temp {
    file("x.arrow", &written(false, None, &[batch(columns)]))
}

fn bits(matrix: &Embeddings) -> Vec<Vec<u64>> {
    let row = |row: Vec<f64>| row.into_iter().map(f64::to_bits).collect();
    rows_of(matrix).into_iter().map(row).collect()
}

fn assert_refused(temp: &Temp, tensor: Option<&str>, said: &[&str]) {
    let message = refusal(open_embeddings(&temp.path(), tensor));
    assert_says(&message, &temp.shown(), said);
}

/// A list in a row; nothing in place of it, or in it.
type Row = Option<Vec<Option<f32>>>;

fn row(values: &[f32]) -> Row {
    Some(values.iter().copied().map(Some).collect())
}

fn list(rows: &[Row]) -> ArrayRef {
    let rows = rows.iter().cloned();
    Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>(rows))
}

#[test]
fn lists_of_every_type_read_back() {
    let numbers = || (0..ROWS * DIM).map(|k| value(k / DIM, k % DIM));
    let types: [(ArrayRef, Dtype); 5] = [
        (
            Arc::new(Float16Array::from_iter_values(
                numbers().map(|v| f16::from_f32(v.into())),
            )),
            Dtype::F16,
        ),
        (
            Arc::new(Float32Array::from_iter_values(numbers().map(f32::from))),
            Dtype::F32,
        ),
        (
            Arc::new(Float64Array::from_iter_values(numbers().map(f64::from))),
            Dtype::F64,
        ),
        (
            Arc::new(Int8Array::from_iter_values(numbers().map(|v| v as i8))),
            Dtype::I8,
        ),
        (Arc::new(UInt8Array::from_iter_values(numbers())), Dtype::U8),
    ];
    for (items, dtype) in types {
        for list in lists(&items, DIM) {
            // A column of text before it moves its buffers.
            let text: ArrayRef = Arc::new(StringViewArray::from_iter_values(
                (0..ROWS).map(|i| format!("a text of more than twelve letters, {i}")),
            ));
            let whole = batch(vec![("text", text), ("emb", list)]);
            for (stream, packed) in PACKED
                .map(|packed| [(false, packed), (true, packed)])
                .concat()
            {
                for most in [ROWS, 9] {
                    let bytes = written(stream, packed, &cut(&whole, most));
                    let temp = file("x", &bytes);
                    let matrix = open_embeddings(&temp.path(), None).unwrap();
                    assert_is_the_matrix(&matrix, dtype);
                    assert_eq!(matrix.name(), temp.shown() + "[emb]");
                }
            }
        }
    }
}

#[test]
fn lists_have_the_bits_of_the_same_rows_in_npy() {
    let (n, d, skipped) = (65, 9, 3);
    // Some as small as there are, one of them minus nothing.
    let number = |k: usize| match k {
        3 => f32::MIN_POSITIVE,
        4 => -0.0,
        5 => f32::from_bits(1),
        _ => (k as f32).sin() * 10_f32.powi(k as i32 % 7 - 3),
    };
    let single: Vec<f32> = (0..n * d).map(number).collect();
    let data: Vec<u8> = single.iter().flat_map(|v| v.to_le_bytes()).collect();
    let plain = file(
        "x.npy",
        &npy(1, "'<f4'", false, &format!("({n}, {d})"), &data),
    );
    let expected = bits(&open_embeddings(&plain.path(), None).unwrap());
    let before = vec![7_f32; skipped * d];
    let items: ArrayRef = Arc::new(Float32Array::from([before, single].concat()));
    for list in lists(&items, d) {
        // The rows of a slice begin after others.
        let whole = batch(vec![("vector", list.slice(skipped, n))]);
        for packed in PACKED {
            for stream in [false, true] {
                for most in [n, 1, 13, 64] {
                    let bytes = written(stream, packed, &cut(&whole, most));
                    let found = open_embeddings(&file("x.feather", &bytes).path(), None);
                    assert!(
                        bits(&found.unwrap()) == expected,
                        "{packed:?}, stream: {stream}, {most} rows a batch"
                    );
                }
            }
        }
    }
    // Batches without rows before, between and behind.
    let [list, ..] = lists(&items, d);
    let whole = batch(vec![("vector", list.slice(skipped, n))]);
    let none = whole.slice(0, 0);
    let halves = [whole.slice(0, 30), whole.slice(30, n - 30)];
    let [first, second] = &halves;
    for batches in [
        vec![none.clone(), whole.clone(), none.clone()],
        vec![first.clone(), none, second.clone()],
    ] {
        let bytes = written(true, None, &batches);
        let found = open_embeddings(&file("x", &bytes).path(), None).unwrap();
        assert!(bits(&found) == expected);
    }
}

#[test]
fn contents_tell_files_and_streams() {
    let one = batch(vec![("emb", any(1.0))]);
    for stream in [false, true] {
        let bytes = written(stream, None, std::slice::from_ref(&one));
        for name in ["x", "x.npy", "x.csv", "x.arrow", "x.arrows", "x.feather"] {
            let matrix = open_embeddings(&file(name, &bytes).path(), None).unwrap();
            assert_eq!(rows_of(&matrix), [[1.0, 2.0], [3.0, 4.0]], "{name}");
        }
        let line = if stream {
            "open_stream(\"x\")"
        } else {
            "pd.read_feather(\"x\")"
        };
        let temp = file("x", &bytes);
        let message = refusal(open_items(&temp.path(), None));
        assert_says(&message, &temp.shown(), &["items", "from Arrow", line]);
    }
    // Before 2019 nothing stood in front of the first length.
    let old = IpcWriteOptions::try_new(8, true, MetadataVersion::V4).unwrap();
    let bytes = written_with(true, old, std::slice::from_ref(&one));
    assert_ne!(bytes[..4], [0xff; 4]);
    let matrix = open_embeddings(&file("x.arrow", &bytes).path(), None).unwrap();
    assert_eq!(matrix.rows(), 2);
    // Numbers that are none begin as a stream does.
    let temp = file("x.bin", &[0xff; 64]);
    assert_refused(&temp, None, &["raw numbers without a header"]);
    let temp = file("x.csv", b"ARROW1,ARROW2\n0.5,1\n0.25,2.5\n");
    assert_eq!(open_embeddings(&temp.path(), None).unwrap().dim(), 2);
    assert_refused(
        &file("x.feather", b"hello"),
        None,
        &["claims to be .feather", "expected ARROW1 (a file)"],
    );
}

#[test]
fn a_stream_without_a_mark_at_its_end_is_noted() {
    let bytes = written(true, None, &[batch(vec![("emb", any(1.0))])]);
    for (bytes, count) in [(&bytes[..], 0), (&bytes[..bytes.len() - 8], 1)] {
        let temp = file("x.arrow", bytes);
        let mut reader = Reader::default();
        assert_eq!(reader.embeddings(&temp.path(), None).unwrap().rows(), 2);
        let notes = reader.notes();
        assert_eq!(notes.len(), count);
        for note in notes {
            assert_says(&note, &temp.shown(), &["no mark at its end"]);
        }
    }
    let longer = file("x", &[&bytes[..], b"more"].concat());
    assert_refused(&longer, None, &["as Arrow", "4 more bytes after its end"]);
}
