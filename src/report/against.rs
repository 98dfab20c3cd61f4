//! A model among reference encoders.

use super::document::{Block, Cell, Column, Document, Shown, Table};
use super::number::plain;
use crate::result::{Accuracy, Against};

/// A model among reference encoders, under a heading of its own: the model first, then the encoders.
pub(super) fn push(document: &mut Document, against: &Against) {
    let mut columns = vec![
        Column::key("beside", false),
        Column::right("m"),
        Column::right("uniformity"),
    ];
    if !against.same_dimension {
        columns.push(Column::right("over ideal"));
    }
    columns.extend(["alignment", "linear", "interval"].map(Column::right));
    let last = columns.len() - 1;
    let mut table = Table::new(columns);
    // The model has no accuracy to set beside theirs.
    table.narrower = vec![vec![1], vec![1, last], vec![1, last - 1, last]];
    let mut row = |name: String, dim: u64, values: [f64; 2], last: [Cell; 3]| {
        let shown = if against.same_dimension { 1 } else { 2 };
        let values = values[..shown].iter().map(|v| plain(*v, 3).into());
        let first = [name.into(), dim.to_string().into()].into_iter();
        table.push(first.chain(values).chain(last));
    };
    let own = &against.own;
    let alignment = Cell::or_absent(own.alignment.map(|v| plain(v, 3)));
    let last = [alignment, Cell::Absent, Cell::Empty];
    row(
        format!("> {}", own.name),
        own.dim,
        [own.uniformity, own.excess],
        last,
    );
    for (member, excess) in &against.members {
        let [value, interval] = accuracy(member.accuracy);
        let last = [plain(member.alignment, 3).into(), value, interval];
        let name = format!("  {}", member.name);
        row(name, member.dim, [member.uniformity, *excess], last);
    }
    let heading = format!("beside reference encoders of {}", against.data);
    document.push_for(Shown::Page, Block::Heading(heading));
    document.push(Block::Table(table));
    document.push(Block::Remarks("beside", against.remarks.clone()));
}

/// `97.2 %`, and `95.0 to 98.5`.
pub(super) fn accuracy(a: Option<Accuracy>) -> [Cell; 2] {
    match a {
        None => [Cell::Absent, Cell::Empty],
        Some(a) => [
            format!("{:.1} %", 100.0 * a.value).into(),
            format!("{:.1} to {:.1}", 100.0 * a.low, 100.0 * a.high).into(),
        ],
    }
}
