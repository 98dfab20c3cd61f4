//! What columns of an Arrow schema hold.

use super::layout::{self, Held};
use crate::input::tables::column::NamedColumn;
use crate::input::tables::kind::ValueKind;
use crate::input::tables::vectors::Field;

/// Every column, for the choice of those that hold vectors.
pub(super) fn fields(schema: &[layout::ArrowColumn]) -> Vec<Field> {
    let fields = schema.iter().map(|layout::ArrowColumn { name, held, .. }| {
        let lists = held.item().and_then(Held::number);
        Field {
            name: name.clone(),
            held: match (lists, held.item()) {
                (Some(dtype), _) => format!("list of {}", dtype.name()),
                (None, Some(item)) => format!("list of {}", item.name()),
                (None, None) => held.name(),
            },
            lists,
            number: held.number(),
        }
    });
    fields.collect()
}

/// Every column, for the choice of those that hold one value in each row.
pub(super) fn columns(schema: &[layout::ArrowColumn]) -> Vec<NamedColumn> {
    let columns = schema
        .iter()
        .map(|layout::ArrowColumn { name, held, .. }| NamedColumn {
            name: name.clone(),
            type_name: match held {
                Held::Codes { values, .. } => format!("Dictionary of {}", values.name()),
                held => held.name(),
            },
            kind: kind(held),
        });
    columns.collect()
}

fn kind(held: &Held) -> ValueKind {
    match held {
        Held::Whole { .. } => ValueKind::Whole,
        Held::Real { .. } => ValueKind::Real,
        Held::Truth => ValueKind::Truth,
        Held::Text { .. } | Held::View => ValueKind::Text,
        // pandas writes categories so.
        Held::Codes { values, .. } => kind(values),
        _ => ValueKind::Other,
    }
}
