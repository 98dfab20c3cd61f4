//! A Parquet file that polars may be trusted with: its footer was looked at, and pages are before they are read.

use std::error::Error;
use std::io::Cursor;
use std::ops::Range;
use std::sync::Arc;

use polars::io::parquet::read::_internal::to_deserializer;
use polars::prelude::{
    ArrowDataType, ArrowSchema, DataFrame, FileMetadata, ParallelStrategy, ParquetReader,
    PolarsResult, SerReader, Series,
};

use super::kind::short_name;
use super::vectors::Field;
use super::{footer, pages};
use crate::data::Bytes;
use crate::num::Dtype;

/// Why the file is refused.
pub(super) type Cause = Box<dyn Error + Send + Sync>;

pub(super) struct Checked {
    bytes: Bytes,
    metadata: Arc<FileMetadata>,
    /// The metadata without its row groups, for [`Checked::group`].
    bare: FileMetadata,
    schema: Arc<ArrowSchema>,
}

impl Checked {
    /// Checks and reads the footer.
    pub(super) fn open(bytes: &Bytes) -> Result<Self, Cause> {
        footer::check((**bytes).as_ref())?;
        let mut reader = reader(bytes);
        // The types that the writer had in memory (dictionaries, say) are forgotten: those of the file are plainer.
        let mut plain = (**reader.get_metadata()?).clone();
        plain.key_value_metadata = None;
        let metadata = Arc::new(plain.clone());
        reader.set_metadata(Arc::clone(&metadata));
        plain.row_groups.clear();
        Ok(Self {
            bytes: Arc::clone(bytes),
            metadata,
            bare: plain,
            schema: reader.schema()?,
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

    /// These columns, of all row groups.
    pub(super) fn read(&self, names: Vec<String>) -> PolarsResult<DataFrame> {
        self.read_with(Arc::clone(&self.metadata), names)
    }

    /// These columns of a row group.
    pub(super) fn group(&self, group: usize, names: &[&str]) -> PolarsResult<Vec<Series>> {
        let mut one = self.bare.clone();
        one.row_groups = vec![self.metadata.row_groups[group].clone()];
        one.num_rows = one.row_groups[0].num_rows();
        let owned = names.iter().map(|&name| name.to_owned()).collect();
        let frame = self.read_with(Arc::new(one), owned)?;
        let column = |name: &&str| Ok(frame.column(name)?.as_materialized_series().clone());
        names.iter().map(column).collect()
    }

    /// Bytes of the one column of values below the column of lists `name` in a row group.
    pub(super) fn lists(&self, group: usize, name: &str) -> Result<&[u8], Cause> {
        let chunks = self.metadata.row_groups[group].columns_under_root_iter(name);
        let chunk = chunks.and_then(|mut chunks| chunks.next());
        self.part(chunk.ok_or("a column is missing")?.byte_range())
    }

    /// A column of lists of [halves](Checked::is_half) in a row group, of a copy of its bytes. Read as the others are, each
    /// value would take 16 bytes; and polars reads this type only where the writer says that Arrow knew it, which is not
    /// believed here.
    pub(super) fn halves(
        &self,
        group: usize,
        name: &str,
        copied: Vec<u8>,
    ) -> Result<Series, Cause> {
        let mut field = self.schema.get(name).cloned().ok_or("no such column")?;
        if let ArrowDataType::LargeList(item) = &mut field.dtype {
            item.dtype = ArrowDataType::Float16;
        }
        let chunks = self.metadata.row_groups[group].columns_under_root_iter(name);
        let chunk = chunks.and_then(|mut chunks| chunks.next());
        let column = (chunk.ok_or("a column is missing")?, copied.into());
        let (arrays, _) = to_deserializer(vec![column], field.clone(), None)?;
        Ok(Series::try_from((&field, arrays))?)
    }

    fn read_with(
        &self,
        metadata: Arc<FileMetadata>,
        names: Vec<String>,
    ) -> PolarsResult<DataFrame> {
        let mut reader = reader(&self.bytes);
        reader.set_metadata(metadata);
        reader.with_columns(Some(names)).finish()
    }

    fn part(&self, range: Range<u64>) -> Result<&[u8], Cause> {
        let bounds = usize::try_from(range.start)
            .ok()
            .zip(usize::try_from(range.end).ok());
        let part = bounds.and_then(|(start, end)| (*self.bytes).as_ref().get(start..end));
        Ok(part.ok_or("a column lies outside the file")?)
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

fn reader(bytes: &Bytes) -> ParquetReader<Cursor<Shared>> {
    // One thread: a few columns of integers are read faster than threads are started.
    ParquetReader::new(Cursor::new(Shared(Arc::clone(bytes)))).read_parallel(ParallelStrategy::None)
}

/// Shared bytes under a name that readers can own.
struct Shared(Bytes);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}
