//! A Parquet file that polars may be trusted with: its footer was looked at, and pages are before they are read.

use std::error::Error;
use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use polars_arrow::array::Array;
use polars_arrow::compute::concatenate::concatenate;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema};
use polars_buffer::Buffer;
use polars_parquet::read::{
    BasicDecompressor, FileMetadata, PageReader, column_iter_to_arrays, infer_schema, read_metadata,
};

use super::kind::short_name;
use super::vectors::Field;
use super::{footer, pages};
use crate::data::Bytes;
use crate::num::Dtype;

/// Why the file is refused.
pub(super) type Cause = Box<dyn Error + Send + Sync>;

pub(super) struct CheckedParquet {
    bytes: Bytes,
    metadata: FileMetadata,
    schema: ArrowSchema,
}

impl CheckedParquet {
    /// Checks and reads the footer.
    pub(super) fn open(bytes: &Bytes) -> Result<Self, Cause> {
        let held = (**bytes).as_ref();
        footer::check(held)?;
        let mut metadata = read_metadata(&mut Cursor::new(held))?;
        // The types that the writer had in memory (dictionaries, say) are forgotten: those of the file are plainer.
        metadata.key_value_metadata = None;
        Ok(Self {
            bytes: Arc::clone(bytes),
            schema: infer_schema(&metadata)?,
            metadata,
        })
    }

    /// Columns by name, in Arrow's own types: polars panics when it is asked to translate some of them.
    pub(super) fn schema(&self) -> &ArrowSchema {
        &self.schema
    }

    /// Every column, for the choice of those that hold vectors.
    pub(super) fn fields(&self) -> Vec<Field> {
        let fields = self.schema.iter();
        let fields = fields.map(|(name, column)| {
            let item = match column.dtype() {
                ArrowDataType::List(item)
                | ArrowDataType::LargeList(item)
                | ArrowDataType::FixedSizeList(item, _) => Some(item.dtype()),
                _ => None,
            };
            let lists = item.and_then(|item| match item {
                ArrowDataType::FixedSizeBinary(2) => self.is_half(name).then_some(Dtype::F16),
                item => number(item),
            });
            let held = match (lists, item) {
                (Some(dtype), _) => format!("list of {}", dtype.name()),
                (None, Some(item)) => format!("list of {}", short_name(item)),
                (None, None) => short_name(column.dtype()),
            };
            Field {
                name: name.to_string(),
                held,
                lists,
                number: number(column.dtype()),
            }
        });
        fields.collect()
    }

    /// Rows of each row group.
    pub(super) fn rows(&self) -> Vec<usize> {
        let groups = self.metadata.row_groups.iter();
        groups.map(|group| group.num_rows()).collect()
    }

    /// Values of a column of lists in a row group; refused if the file cannot hold as many.
    pub(super) fn values(&self, group: usize, name: &str) -> Result<usize, Cause> {
        let chunks = self.metadata.row_groups[group].columns_under_root_iter(name);
        let values = chunks.into_iter().flatten().try_fold(0_u64, |sum, chunk| {
            sum.checked_add(u64::try_from(chunk.num_values()).ok()?)
        });
        let most = footer::most((*self.bytes).as_ref().len());
        let values = values.filter(|&values| values <= most);
        let values = values.and_then(|values| usize::try_from(values).ok());
        let refused = "its footer claims more values than a file of this length can hold";
        Ok(values.ok_or(refused)?)
    }

    /// Looks at the pages of a column in a row group. A page of lists has more values than there are rows, but no more
    /// than its column.
    pub(super) fn check_pages(&self, group: usize, name: &str) -> Result<(), Cause> {
        let group = &self.metadata.row_groups[group];
        let chunks = group.columns_under_root_iter(name);
        for chunk in chunks.into_iter().flatten() {
            let values = chunk.num_values();
            let most = match chunk.descriptor().descriptor.max_rep_level {
                0 => group.num_rows(),
                _ => usize::try_from(values).unwrap_or(0),
            };
            pages::check(self.part(chunk.byte_range())?, values, most)?;
        }
        Ok(())
    }

    /// Whether the values of a column are floating-point numbers of two bytes, which Parquet keeps as pairs of bytes.
    fn is_half(&self, name: &str) -> bool {
        let columns = self.metadata.schema().columns().iter();
        let mut named = columns.filter(|c| c.path_in_schema.first().is_some_and(|n| *n == name));
        // polars does not give this type a name that others can write.
        let logical = |t| format!("{t:?}") == "Some(Float16)";
        named.any(|column| logical(column.descriptor.primitive_type.logical_type))
    }

    /// A column of a row group, in one piece. [Halves](CheckedParquet::is_half) become numbers: as the file's own type says, each
    /// would take 16 bytes.
    pub(super) fn column(&self, group: usize, name: &str) -> Result<Box<dyn Array>, Cause> {
        let mut field = self.schema.get(name).cloned().ok_or("no such column")?;
        if let ArrowDataType::LargeList(item) = &mut field.dtype
            && item.dtype == ArrowDataType::FixedSizeBinary(2)
            && self.is_half(name)
        {
            item.dtype = ArrowDataType::Float16;
        }
        let chunks = self.metadata.row_groups[group].columns_under_root_iter(name);
        let (mut pages, mut types) = (Vec::new(), Vec::new());
        for chunk in chunks.into_iter().flatten() {
            let range = self.range(chunk.byte_range())?;
            let stored = Buffer::from_owner(Shared(Arc::clone(&self.bytes))).sliced(range);
            let stored = PageReader::new(Cursor::new(stored), chunk, Vec::new(), usize::MAX);
            pages.push(BasicDecompressor::new(stored, Vec::new()));
            types.push(&chunk.descriptor().descriptor.primitive_type);
        }
        if pages.is_empty() {
            return Err("a column is missing".into());
        }
        let (mut arrays, _) = column_iter_to_arrays(pages, types, field, None)?;
        match arrays.len() {
            1 => Ok(arrays.swap_remove(0)),
            _ => Ok(concatenate(
                &arrays.iter().map(AsRef::as_ref).collect::<Vec<_>>(),
            )?),
        }
    }

    fn part(&self, range: Range<u64>) -> Result<&[u8], Cause> {
        Ok(&(*self.bytes).as_ref()[self.range(range)?])
    }

    fn range(&self, range: Range<u64>) -> Result<Range<usize>, Cause> {
        let bounds = usize::try_from(range.start)
            .ok()
            .zip(usize::try_from(range.end).ok());
        let held = (*self.bytes).as_ref();
        let inside = bounds.filter(|&(start, end)| held.get(start..end).is_some());
        let (start, end) = inside.ok_or("a column lies outside the file")?;
        Ok(start..end)
    }
}

/// The type of a column of numbers that a matrix can be made of.
fn number(dtype: &ArrowDataType) -> Option<Dtype> {
    match dtype {
        ArrowDataType::Float32 => Some(Dtype::F32),
        ArrowDataType::Float64 => Some(Dtype::F64),
        ArrowDataType::Int8 => Some(Dtype::I8),
        ArrowDataType::UInt8 => Some(Dtype::U8),
        _ => None,
    }
}

/// Shared bytes under a name that readers can own.
struct Shared(Bytes);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}
