//! Columns as the schema of an Arrow file tells of them, and how many of a batch's lengths and buffers each takes: a batch
//! only lists them one after the other.

use std::ops::Range;

use polars_arrow_format::ipc::{FieldRef, IntRef, Precision, SchemaRef, TypeRef, UnionMode};

use crate::input::tables::checked::Cause;
use crate::num::Dtype;

/// Types within types that are followed, and types of one schema: damaged metadata may name a type again and again.
const DEPTH: usize = 64;
const TYPES: usize = 1 << 20;

/// A column of a file.
pub(super) struct ArrowColumn {
    pub(super) name: String,
    pub(super) held: Held,
    shape: Shape,
}

/// The type of a column, as far as it is read.
#[derive(Clone, Debug)]
pub(super) enum Held {
    /// Integers of so many bytes.
    Whole {
        size: usize,
        signed: bool,
    },
    /// Floating-point numbers of so many bytes.
    Real {
        size: usize,
    },
    Truth,
    /// Text, and the bytes of a number that says where a row ends.
    Text {
        ends: usize,
    },
    /// Text of which short ones stand in their rows.
    View,
    /// Lists, and the bytes of a number that says where a row ends.
    List {
        ends: usize,
        item: Box<Held>,
    },
    /// Lists of one length.
    Fixed {
        width: usize,
        item: Box<Held>,
    },
    /// Numbers of values in a dictionary, and the bytes of such a number.
    Codes {
        size: usize,
        signed: bool,
        id: i64,
        values: Box<Held>,
    },
    /// What is not read, by its name.
    Other(String),
}

/// Lengths (nodes) and buffers that a column takes in a batch, with all that is below it.
#[derive(Clone, Copy, Default)]
struct Shape {
    nodes: usize,
    buffers: usize,
    /// Columns of views, each with buffers of values besides, which the batch counts.
    views: usize,
    /// Unions, which had a buffer more before version 5 of the metadata.
    unions: usize,
}

/// Places of a column's lengths and buffers in the lists of a batch.
#[derive(Clone)]
pub(super) struct ColumnPlaces {
    pub(super) nodes: Range<usize>,
    pub(super) buffers: Range<usize>,
}

impl Held {
    /// Its name in Arrow, without what it is made of.
    pub(super) fn name(&self) -> String {
        let bits = |size: usize| 8 * size;
        match self {
            Self::Whole { size, signed: true } => format!("Int{}", bits(*size)),
            Self::Whole { size, .. } => format!("UInt{}", bits(*size)),
            Self::Real { size } => format!("Float{}", bits(*size)),
            Self::Truth => "Boolean".to_owned(),
            Self::Text { ends: 4 } => "Utf8".to_owned(),
            Self::Text { .. } => "LargeUtf8".to_owned(),
            Self::View => "Utf8View".to_owned(),
            Self::List { ends: 4, .. } => "List".to_owned(),
            Self::List { .. } => "LargeList".to_owned(),
            Self::Fixed { .. } => "FixedSizeList".to_owned(),
            Self::Codes { .. } => "Dictionary".to_owned(),
            Self::Other(name) => name.clone(),
        }
    }

    /// The type of numbers that a matrix can be made of.
    pub(super) fn number(&self) -> Option<Dtype> {
        match self {
            Self::Real { size: 2 } => Some(Dtype::F16),
            Self::Real { size: 4 } => Some(Dtype::F32),
            Self::Real { .. } => Some(Dtype::F64),
            Self::Whole { size: 1, signed } => Some(if *signed { Dtype::I8 } else { Dtype::U8 }),
            _ => None,
        }
    }

    /// What its lists are lists of.
    pub(super) fn item(&self) -> Option<&Self> {
        match self {
            Self::List { item, .. } | Self::Fixed { item, .. } => Some(item),
            _ => None,
        }
    }
}

/// The columns of a schema.
pub(super) fn columns(schema: SchemaRef<'_>) -> Result<Vec<ArrowColumn>, Cause> {
    let mut left = TYPES;
    let fields = schema.fields()?.into_iter().flatten();
    let columns = fields.map(|field| {
        let field = field?;
        let mut shape = Shape::default();
        let held = held(field, &mut shape, DEPTH, &mut left)?;
        let name = field.name()?.unwrap_or_default().to_owned();
        Ok(ArrowColumn { name, held, shape })
    });
    columns.collect()
}

/// Where each column is in a batch; `counts` has the buffers of values for each column of views, and `old` says that unions
/// have one more.
pub(super) fn places(
    columns: &[ArrowColumn],
    old: bool,
    mut counts: impl Iterator<Item = i64>,
) -> Option<Vec<ColumnPlaces>> {
    let (mut nodes, mut buffers) = (0_usize, 0_usize);
    let places = columns.iter().map(|ArrowColumn { shape, .. }| {
        let start = (nodes, buffers);
        nodes += shape.nodes;
        buffers += shape.buffers + if old { shape.unions } else { 0 };
        for _ in 0..shape.views {
            buffers = buffers.checked_add(usize::try_from(counts.next()?).ok()?)?;
        }
        Some(ColumnPlaces {
            nodes: start.0..nodes,
            buffers: start.1..buffers,
        })
    });
    places.collect()
}

/// The type of a field; what it takes in a batch is added to `shape`.
fn held(
    field: FieldRef<'_>,
    shape: &mut Shape,
    depth: usize,
    left: &mut usize,
) -> Result<Held, Cause> {
    const DEEP: &str = "its schema has too many types";
    let depth = depth.checked_sub(1).ok_or(DEEP)?;
    *left = left.checked_sub(1).ok_or(DEEP)?;
    if let Some(coded) = field.dictionary()? {
        // What a batch holds is the codes; the values have a batch of their own.
        shape.nodes += 1;
        shape.buffers += 2;
        let values = plain(field, &mut Shape::default(), depth, left)?;
        let (size, signed) = match coded.index_type()? {
            Some(key) => whole(key)?.ok_or("codes of a dictionary that are no integers")?,
            None => (4, true),
        };
        return Ok(Held::Codes {
            size,
            signed,
            id: coded.id()?,
            values: Box::new(values),
        });
    }
    plain(field, shape, depth, left)
}

/// [`held`], of a field without a dictionary, or of the values in it.
fn plain(
    field: FieldRef<'_>,
    shape: &mut Shape,
    depth: usize,
    left: &mut usize,
) -> Result<Held, Cause> {
    use TypeRef as T;
    let of = field.type_()?.ok_or("a column has no type")?;
    shape.nodes += 1;
    shape.buffers += match of {
        T::Null(_) | T::RunEndEncoded(_) => 0,
        T::FixedSizeList(_) | T::Struct(_) => 1,
        T::Utf8(_) | T::LargeUtf8(_) | T::Binary(_) | T::LargeBinary(_) => 3,
        T::ListView(_) | T::LargeListView(_) => 3,
        T::Union(union) => match union.mode()? {
            UnionMode::Dense => 2,
            UnionMode::Sparse => 1,
        },
        _ => 2,
    };
    shape.views += usize::from(matches!(of, T::Utf8View(_) | T::BinaryView(_)));
    shape.unions += usize::from(matches!(of, T::Union(_)));
    let mut below = Vec::new();
    for child in field.children()?.into_iter().flatten() {
        below.push(held(child?, shape, depth, left)?);
    }
    let mut item = || {
        let item = below.pop().ok_or("lists of nothing")?;
        Ok::<_, Cause>(Box::new(item))
    };
    let other = |name: &str| Held::Other(name.to_owned());
    Ok(match of {
        T::Int(number) => match whole(number)? {
            Some((size, signed)) => Held::Whole { size, signed },
            None => other("Int"),
        },
        T::FloatingPoint(number) => Held::Real {
            size: match number.precision()? {
                Precision::Half => 2,
                Precision::Single => 4,
                Precision::Double => 8,
            },
        },
        T::Bool(_) => Held::Truth,
        T::Utf8(_) => Held::Text { ends: 4 },
        T::LargeUtf8(_) => Held::Text { ends: 8 },
        T::Utf8View(_) => Held::View,
        T::List(_) => Held::List {
            ends: 4,
            item: item()?,
        },
        T::LargeList(_) => Held::List {
            ends: 8,
            item: item()?,
        },
        T::FixedSizeList(list) => Held::Fixed {
            width: usize::try_from(list.list_size()?)?,
            item: item()?,
        },
        T::Null(_) => other("Null"),
        T::Binary(_) => other("Binary"),
        T::LargeBinary(_) => other("LargeBinary"),
        T::BinaryView(_) => other("BinaryView"),
        T::FixedSizeBinary(_) => other("FixedSizeBinary"),
        T::Decimal(_) => other("Decimal"),
        T::Date(_) => other("Date"),
        T::Time(_) => other("Time"),
        T::Timestamp(_) => other("Timestamp"),
        T::Interval(_) => other("Interval"),
        T::Duration(_) => other("Duration"),
        T::Struct(_) => other("Struct"),
        T::Union(_) => other("Union"),
        T::Map(_) => other("Map"),
        T::RunEndEncoded(_) => other("RunEndEncoded"),
        T::ListView(_) => other("ListView"),
        T::LargeListView(_) => other("LargeListView"),
    })
}

/// Bytes of an integer, and whether it has a sign.
fn whole(number: IntRef<'_>) -> Result<Option<(usize, bool)>, Cause> {
    let signed = number.is_signed()?;
    Ok(match number.bit_width()? {
        8 => Some((1, signed)),
        16 => Some((2, signed)),
        32 => Some((4, signed)),
        64 => Some((8, signed)),
        _ => None,
    })
}
