//! What a column holds.

use polars::prelude::{ArrowDataType, DataType};

/// As far as choosing a column needs to know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    /// Floating point, or true and false.
    Real,
    Text,
    Other,
}

pub(super) fn kind_of(dtype: &DataType) -> Kind {
    match dtype {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => Kind::Integer,
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => Kind::Integer,
        DataType::Float32 | DataType::Float64 | DataType::Boolean => Kind::Real,
        DataType::String => Kind::Text,
        _ => Kind::Other,
    }
}

pub(super) fn arrow_kind(dtype: &ArrowDataType) -> Kind {
    use ArrowDataType as A;
    match dtype {
        A::Int8 | A::Int16 | A::Int32 | A::Int64 | A::UInt8 | A::UInt16 | A::UInt32 | A::UInt64 => {
            Kind::Integer
        }
        A::Float32 | A::Float64 | A::Boolean => Kind::Real,
        A::Utf8 | A::LargeUtf8 | A::Utf8View => Kind::Text,
        _ => Kind::Other,
    }
}

/// `Float32`, `LargeList`: the type without what it is made of.
pub(super) fn arrow_name(dtype: &ArrowDataType) -> String {
    let text = format!("{dtype:?}");
    text.split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default()
        .to_owned()
}
