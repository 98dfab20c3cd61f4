//! Slices of an audit: the worst first.

use super::document::{Block, Cell, Column, ColumnKind, Document, Shown, Table};
use super::measures::value;
use super::number::{count, counted};
use crate::metric::{Direction, MetricId};
use crate::result::{Audit, Measure, NumberSource, Side, Slice};

/// Slices that are shown where not all are asked for, and smallest slices that are named.
const FEW: usize = 5;
/// What is shown of a slice, the number that orders them last.
const SHOWN: [MetricId; 3] = [
    MetricId::Alignment,
    MetricId::Uniformity,
    MetricId::ContrastiveLimit,
];
/// Columns that a slice's name may have on a terminal.
const NAME: usize = 40;

/// All rows, then slices, under a heading of their own; nothing where the audit has none.
pub(super) fn push(document: &mut Document, audit: &Audit, all: bool) {
    let shown: Vec<&Measure> = SHOWN
        .iter()
        .filter_map(|metric| {
            let of = |side: &Side| {
                let mut measures = audit.measures.iter();
                measures.find(|m| m.metric == *metric && m.side == *side)
            };
            metric.spec().sides.iter().find_map(of)
        })
        .collect();
    let Some(headline) = shown.last().filter(|_| !audit.slices.is_empty()) else {
        return;
    };
    // Absent is worse than nothing: it comes last.
    let badness = |slice: &Slice| {
        let value = NumberSource::from(slice).find(headline)?.value;
        Some(match headline.metric.spec().better {
            Direction::Higher => -value,
            Direction::Lower | Direction::Neutral => value,
        })
    };
    let mut order: Vec<(Option<f64>, &Slice)> =
        audit.slices.iter().map(|s| (badness(s), s)).collect();
    order.sort_by(|(a, x), (b, y)| {
        let worst = b.is_some().cmp(&a.is_some());
        let values = b.unwrap_or(0.0).total_cmp(&a.unwrap_or(0.0));
        worst.then(values).then(x.rows.cmp(&y.rows))
    });
    let left_out = if all {
        0
    } else {
        order.len().saturating_sub(FEW)
    };

    let name = Column::left("slice").kind(ColumnKind::Cut(NAME));
    let heads = shown.iter().flat_map(|m| {
        let se = Column::left("").joined(" ± ", " ± ");
        [Column::right(m.metric.name()), se]
    });
    let columns = [name, Column::right("rows")].into_iter().chain(heads);
    let mut table = Table::new(columns);
    table.narrower = vec![(0..shown.len()).map(|k| 3 + 2 * k).collect()];
    let mut push = |title: &str, rows: u64, numbers: NumberSource<'_>| {
        let cells = shown.iter().flat_map(|wanted| {
            let found = numbers.find(wanted).map(value);
            let (value, se) = found.map(|text| (text.value, text.se)).unzip();
            [
                Cell::or_absent(value),
                se.flatten().unwrap_or_default().into(),
            ]
        });
        let first = [title.into(), count(rows).into()];
        table.push(first.into_iter().chain(cells));
    };
    push("(all rows)", audit.subject.a.rows, audit.into());
    for (_, slice) in &order[..order.len() - left_out] {
        push(&slice.name, slice.rows, (*slice).into());
    }
    document.push_for(Shown::Page, Block::Heading("slices".to_owned()));
    document.push(Block::Table(table));
    document.push(Block::Text(legend(audit, headline, left_out)));
}

/// What orders them, which have the fewest rows, and how many are left out.
fn legend(audit: &Audit, headline: &Measure, left_out: usize) -> String {
    let mut text = format!("worst first by {}", headline.label());
    if audit.subject.b.is_some() {
        text += &format!(" ({})", headline.side.name());
    }
    let mut smallest: Vec<&Slice> = audit.slices.iter().collect();
    smallest.sort_by_key(|slice| slice.rows);
    smallest.truncate(FEW);
    let smallest = smallest
        .iter()
        .map(|slice| format!("{} ({})", slice.name, count(slice.rows)));
    text += &format!("; fewest rows: {}", smallest.collect::<Vec<_>>().join(", "));
    if left_out > 0 {
        text += &format!(
            "; {} not shown: --details, CSV and JSON have them",
            counted(left_out, "more slice")
        );
    }
    text
}
