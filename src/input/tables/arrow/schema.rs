//! What columns of an Arrow schema hold.

use arrow_schema::{DataType, Schema};

use crate::input::tables::column::Column;
use crate::input::tables::kind::{Kind, short_name};
use crate::input::tables::vectors::Field;
use crate::num::Dtype;

/// Every column, for the choice of those that hold vectors.
pub(super) fn fields(schema: &Schema) -> Vec<Field> {
    let fields = schema.fields().iter();
    let fields = fields.map(|field| {
        let item = match field.data_type() {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                Some(item.data_type())
            }
            _ => None,
        };
        let lists = item.and_then(number);
        let held = match (lists, item) {
            (Some(dtype), _) => format!("list of {}", dtype.name()),
            (None, Some(item)) => format!("list of {}", short_name(item)),
            (None, None) => short_name(field.data_type()),
        };
        Field {
            name: field.name().clone(),
            held,
            lists,
            number: number(field.data_type()),
        }
    });
    fields.collect()
}

/// Every column, for the choice of those that hold one value in each row.
pub(super) fn columns(schema: &Schema) -> Vec<Column> {
    let fields = schema.fields().iter();
    let fields = fields.map(|field| Column {
        name: field.name().clone(),
        type_name: match field.data_type() {
            DataType::Dictionary(_, values) => format!("Dictionary of {}", short_name(values)),
            held => short_name(held),
        },
        kind: kind(field.data_type()),
    });
    fields.collect()
}

/// The type of a column of numbers that a matrix can be made of.
fn number(held: &DataType) -> Option<Dtype> {
    match held {
        DataType::Float16 => Some(Dtype::F16),
        DataType::Float32 => Some(Dtype::F32),
        DataType::Float64 => Some(Dtype::F64),
        DataType::Int8 => Some(Dtype::I8),
        DataType::UInt8 => Some(Dtype::U8),
        _ => None,
    }
}

fn kind(held: &DataType) -> Kind {
    use DataType as T;
    match held {
        T::Int8 | T::Int16 | T::Int32 | T::Int64 => Kind::Whole,
        T::UInt8 | T::UInt16 | T::UInt32 | T::UInt64 => Kind::Whole,
        T::Float16 | T::Float32 | T::Float64 => Kind::Real,
        T::Boolean => Kind::Truth,
        T::Utf8 | T::LargeUtf8 | T::Utf8View => Kind::Text,
        // pandas writes categories so.
        T::Dictionary(_, values) if !matches!(**values, T::Dictionary(..)) => kind(values),
        _ => Kind::Other,
    }
}
