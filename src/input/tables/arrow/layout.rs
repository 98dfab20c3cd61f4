//! Which lengths and buffers of an Arrow batch belong to which column: a batch only lists them one after the other.

use std::ops::Range;

use arrow_schema::{DataType, Schema, UnionMode};

/// Places of a column's lengths (nodes) and buffers in the lists of a batch.
#[derive(Clone)]
pub(super) struct Column {
    /// Its place among the columns.
    pub(super) at: usize,
    pub(super) nodes: Range<usize>,
    pub(super) buffers: Range<usize>,
}

/// All columns of a batch; `counts` has the buffers of values for each column of views, and before version 5 of the
/// metadata unions had a buffer more (`old`).
pub(super) fn columns(
    schema: &Schema,
    old: bool,
    mut counts: impl Iterator<Item = i64>,
) -> Option<Vec<Column>> {
    let mut at = Taken::default();
    let fields = schema.fields().iter();
    let columns = fields.enumerate().map(|(place, field)| {
        let start = at;
        at.add(field.data_type(), old, &mut counts)?;
        Some(Column {
            at: place,
            nodes: start.nodes..at.nodes,
            buffers: start.buffers..at.buffers,
        })
    });
    columns.collect()
}

#[derive(Clone, Copy, Default)]
struct Taken {
    nodes: usize,
    buffers: usize,
}

impl Taken {
    /// Counts what a column of this type takes, with all that is below it.
    fn add(
        &mut self,
        held: &DataType,
        old: bool,
        counts: &mut dyn Iterator<Item = i64>,
    ) -> Option<()> {
        use DataType as T;
        self.nodes += 1;
        let own = match held {
            T::Null | T::RunEndEncoded(..) => 0,
            T::FixedSizeList(..) | T::Struct(_) => 1,
            T::Utf8 | T::LargeUtf8 | T::Binary | T::LargeBinary => 3,
            T::ListView(_) | T::LargeListView(_) => 3,
            T::Utf8View | T::BinaryView => usize::try_from(counts.next()?).ok()?.checked_add(2)?,
            T::Union(_, UnionMode::Dense) => 2 + usize::from(old),
            T::Union(_, UnionMode::Sparse) => 1 + usize::from(old),
            _ => 2,
        };
        self.buffers = self.buffers.checked_add(own)?;
        match held {
            T::List(item)
            | T::LargeList(item)
            | T::ListView(item)
            | T::LargeListView(item)
            | T::FixedSizeList(item, _)
            | T::Map(item, _) => self.add(item.data_type(), old, counts),
            T::Struct(fields) => {
                let mut fields = fields.iter();
                fields.try_for_each(|field| self.add(field.data_type(), old, counts))
            }
            T::RunEndEncoded(ends, values) => {
                self.add(ends.data_type(), old, counts)?;
                self.add(values.data_type(), old, counts)
            }
            T::Union(fields, _) => {
                let mut fields = fields.iter();
                fields.try_for_each(|(_, field)| self.add(field.data_type(), old, counts))
            }
            _ => Some(()),
        }
    }
}
