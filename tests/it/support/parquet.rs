//! Parquet files for tests, written by the writer of polars.

use polars_arrow::array::{
    Array, BooleanArray, FixedSizeListArray, ListArray, PrimitiveArray, Utf8ViewArray,
};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_arrow::offset::Offsets;
use polars_arrow::record_batch::RecordBatchT;
use polars_arrow::types::NativeType;
use polars_parquet::write::{
    BrotliLevel, CompressionOptions, Encoding, FileWriter, GzipLevel, RowGroupIterator,
    StatisticsOptions, Version, WriteOptions, ZstdLevel,
};
use polars_utils::float16::pf16;

/// A list in a row; nothing in place of it, or in it.
pub type Row = Option<Vec<Option<f64>>>;

/// How the pages of a file are packed.
pub const PACKED: [CompressionOptions; 6] = [
    CompressionOptions::Uncompressed,
    CompressionOptions::Snappy,
    CompressionOptions::Gzip(None::<GzipLevel>),
    CompressionOptions::Brotli(None::<BrotliLevel>),
    CompressionOptions::Zstd(None::<ZstdLevel>),
    CompressionOptions::Lz4Raw,
];

/// What numbers are written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As {
    F16,
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
}

/// A column, with its name.
#[derive(Clone)]
pub struct Column {
    name: String,
    values: Box<dyn Array>,
}

impl Column {
    fn new(name: &str, values: impl Array) -> Self {
        Self {
            name: name.to_owned(),
            values: Box::new(values),
        }
    }

    /// Numbers in the type that they have.
    pub fn of<T: NativeType>(name: &str, values: &[T]) -> Self {
        Self::new(name, PrimitiveArray::from_slice(values))
    }

    /// Numbers, or nothing.
    pub fn maybe<T: NativeType>(name: &str, values: &[Option<T>]) -> Self {
        Self::new(name, PrimitiveArray::from(values))
    }

    /// Numbers in the type that is asked for.
    pub fn numbers(name: &str, values: &[f64], stored: As) -> Self {
        let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
        Self {
            name: name.to_owned(),
            values: numbers(&values, stored),
        }
    }

    pub fn words(name: &str, values: &[&str]) -> Self {
        Self::new(name, Utf8ViewArray::from_slice_values(values))
    }

    /// Words, or nothing.
    pub fn maybe_words(name: &str, values: &[Option<&str>]) -> Self {
        Self::new(name, Utf8ViewArray::from_slice(values))
    }

    pub fn truths(name: &str, values: &[bool]) -> Self {
        Self::new(name, BooleanArray::from_slice(values))
    }

    /// Lists of any length.
    pub fn lists(name: &str, rows: &[Row], stored: As) -> Self {
        let lengths = rows.iter().map(|row| row.as_ref().map_or(0, Vec::len));
        let offsets = Offsets::<i64>::try_from_lengths(lengths).expect("few rows");
        let values: Vec<Option<f64>> = rows.iter().flatten().flatten().copied().collect();
        let values = numbers(&values, stored);
        let dtype = ListArray::<i64>::default_datatype(values.dtype().clone());
        let there: Option<Bitmap> = rows
            .iter()
            .any(Option::is_none)
            .then(|| rows.iter().map(Option::is_some).collect());
        Self::new(name, ListArray::new(dtype, offsets.into(), values, there))
    }

    /// Lists whose one length stands in the schema.
    pub fn arrays(name: &str, rows: &[Row], stored: As) -> Self {
        let width = rows.first().and_then(Option::as_ref).map_or(0, Vec::len);
        let values: Vec<Option<f64>> = rows.iter().flatten().flatten().copied().collect();
        let values = numbers(&values, stored);
        let dtype = FixedSizeListArray::default_datatype(values.dtype().clone(), width);
        Self::new(
            name,
            FixedSizeListArray::new(dtype, rows.len(), values, None),
        )
    }

    /// The first `len` rows.
    pub fn first(&self, len: usize) -> Self {
        Self {
            name: self.name.clone(),
            values: self.values.sliced(0, len),
        }
    }
}

fn numbers(values: &[Option<f64>], stored: As) -> Box<dyn Array> {
    fn cast<T: NativeType>(values: &[Option<f64>], to: impl Fn(f64) -> T) -> Box<dyn Array> {
        let values: Vec<Option<T>> = values.iter().map(|v| v.map(&to)).collect();
        Box::new(PrimitiveArray::from(values))
    }
    match stored {
        As::F16 => cast(values, |v| pf16(half::f16::from_f64(v))),
        As::F32 => cast(values, |v| v as f32),
        As::F64 => cast(values, |v| v),
        As::I8 => cast(values, |v| v as i8),
        As::I16 => cast(values, |v| v as i16),
        As::I32 => cast(values, |v| v as i32),
        As::I64 => cast(values, |v| v as i64),
        As::U8 => cast(values, |v| v as u8),
        As::U16 => cast(values, |v| v as u16),
        As::U32 => cast(values, |v| v as u32),
    }
}

/// A file of these columns with `group` rows in each row group (`None`: all in one), in pages of some 256 bytes.
pub fn written(columns: &[Column], packed: CompressionOptions, group: Option<usize>) -> Vec<u8> {
    let field = |column: &Column| {
        Field::new(
            column.name.as_str().into(),
            column.values.dtype().clone(),
            true,
        )
    };
    let schema: ArrowSchema = columns.iter().map(field).collect();
    let options = WriteOptions {
        statistics: StatisticsOptions::default(),
        version: Version::V1,
        compression: packed,
        data_page_size: Some(256),
    };
    let rows = columns.first().map_or(0, |column| column.values.len());
    let group = group.unwrap_or(rows).max(1);
    let lengths: Vec<usize> = (0..rows)
        .step_by(group)
        .map(|start| group.min(rows - start))
        .collect();
    let lengths = if rows == 0 { vec![0] } else { lengths };
    let batches = lengths.iter().enumerate().map(|(at, &len)| {
        let part = |column: &Column| column.values.sliced(at * group, len);
        let arrays = columns.iter().map(part).collect();
        RecordBatchT::try_new(len, schema.clone().into(), arrays)
    });
    // Words and whole numbers by dictionary, as polars does.
    let encoding = |column: &Column| match column.values.dtype() {
        ArrowDataType::Utf8View | ArrowDataType::Int64 => vec![Encoding::RleDictionary],
        _ => vec![Encoding::Plain],
    };
    let encodings: Vec<Vec<Encoding>> = columns.iter().map(encoding).collect();
    let groups = RowGroupIterator::try_new(batches, &schema, options, encodings.into());
    let mut file = FileWriter::try_new(Vec::new(), schema.clone(), options).expect("a schema");
    for (group, len) in groups.expect("an encoding for each").zip(&lengths) {
        file.write(*len as u64, group.expect("columns of one length"))
            .expect("written to memory");
    }
    file.end(None).expect("written to memory");
    file.into_inner()
}

/// A file of these columns, in one row group.
pub fn parquet(columns: &[Column]) -> Vec<u8> {
    written(columns, CompressionOptions::Snappy, None)
}
