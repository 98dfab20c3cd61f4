//! How large differences are, and how large the tests could have seen them.

use crate::report::document::{Cell, Column, Table};
use crate::report::number::{counted, share, signed};
use crate::result::{Comparison, Line, Versus, label};

/// What the columns of an effect are called.
pub(super) const HEAD: [&str; 3] = ["effect", "seen from", "half from"];

/// `+0.12 %`, `0.31 %`, `8,000 pairs`: the effect, the smallest that would be seen, what would see half of that.
pub(super) fn cells(line: &Line, against: &Versus) -> [Cell; 3] {
    let power = against.power.filter(|_| line.scale().is_some());
    let needed = power.and_then(|power| power.needed);
    [
        against.effect.map(|effect| signed(effect, share(effect))),
        power.and_then(|power| power.share).map(share),
        needed.map(|n| counted(n, against.unit.name())),
    ]
    .map(Cell::or_absent)
}

/// The numbers of model `k` that have an effect; none where there is none.
pub(super) fn table(lines: &[&Line], k: usize) -> Option<Table> {
    let words = [Column::key("metric", true), Column::left("side")];
    let columns = words.into_iter().chain(HEAD.map(Column::right));
    let mut table = Table::new(columns);
    for line in lines {
        let against = line.cells[k].as_ref().and_then(|c| c.against.as_ref());
        let told = |a: &&Versus| a.power.is_some() && a.effect.is_some();
        let Some(against) = against.filter(told) else {
            continue;
        };
        let label = Cell::Label(label(line.metric, &line.params));
        let first = [label, line.side.name().into()].into_iter();
        table.push(first.chain(cells(line, against)));
    }
    (!table.rows.is_empty()).then_some(table)
}

/// What the columns mean.
pub(super) fn legend(comparison: &Comparison) -> String {
    let models = &comparison.models;
    let excess = match models.iter().any(|m| m.dim != models[0].dim) {
        true => "; of the excess over the own ideal where widths differ",
        false => "",
    };
    format!(
        "effect: share of the way from collapsed to ideal, + is better{excess}; seen from: the smallest effect that gets a \
         verdict in 80 % of samples; half from: the rows or pairs that would see half of that"
    )
}
