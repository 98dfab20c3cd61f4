//! What columns of an Arrow schema hold.

use super::layout::{self, Held};
use crate::input::tables::column::Column;
use crate::input::tables::kind::Kind;
use crate::input::tables::vectors::Field;

/// Every column, for the choice of those that hold vectors.
pub(super) fn fields(schema: &[layout::Column]) -> Vec<Field> {
    let fields = schema.iter().map(|layout::Column { name, held, .. }| {
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
pub(super) fn columns(schema: &[layout::Column]) -> Vec<Column> {
    let columns = schema
        .iter()
        .map(|layout::Column { name, held, .. }| Column {
            name: name.clone(),
            type_name: match held {
                Held::Codes { values, .. } => format!("Dictionary of {}", values.name()),
                held => held.name(),
            },
            kind: kind(held),
        });
    columns.collect()
}

fn kind(held: &Held) -> Kind {
    match held {
        Held::Whole { .. } => Kind::Whole,
        Held::Real { .. } => Kind::Real,
        Held::Truth => Kind::Truth,
        Held::Text { .. } | Held::View => Kind::Text,
        // pandas writes categories so.
        Held::Codes { values, .. } => kind(values),
        _ => Kind::Other,
    }
}
