//! Slices as lines of cells that the terminal and Markdown share: the worst first.

use super::number::{count, counted};
use super::rows::{ABSENT, row};
use super::text::{cut, printable};
use crate::metric::{Direction, MetricId};
use crate::result::{Audit, Measure, Side, Slice};

/// Slices that are shown where not all are asked for, and smallest slices that are named.
const FEW: usize = 5;
/// What is shown of a slice, the number that orders them last; each on the first side that it has.
const SHOWN: [(MetricId, [Side; 3]); 3] = [
    (MetricId::Alignment, [Side::Cross, Side::Mean, Side::A]),
    (MetricId::Uniformity, [Side::Mean, Side::Cross, Side::A]),
    (
        MetricId::ContrastiveLimit,
        [Side::Cross, Side::Mean, Side::A],
    ),
];

/// Lines of cells: a heading, all rows, then slices, their names cut to `name` columns; and what is to be said of them.
/// None where the audit has no slices.
pub(super) fn slices(audit: &Audit, all: bool, name: usize) -> Option<(Vec<Vec<String>>, String)> {
    if audit.slices.is_empty() {
        return None;
    }
    let shown: Vec<&Measure> = SHOWN
        .iter()
        .filter_map(|(metric, sides)| {
            let of = |side: &Side| {
                let mut measures = audit.measures.iter();
                measures.find(|m| m.metric == *metric && m.side == *side)
            };
            sides.iter().find_map(of)
        })
        .collect();
    let headline = *shown.last()?;
    // Absent is worse than nothing: it comes last.
    let badness = |slice: &Slice| {
        let value = same(&slice.measures, headline)?.value;
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

    let head = ["slice", "rows"]
        .into_iter()
        .chain(shown.iter().map(|m| m.metric.name()));
    let mut lines: Vec<Vec<String>> = vec![head.map(str::to_owned).collect()];
    let mut push = |title: String, rows: u64, measures: &[Measure]| {
        let cells = shown.iter().map(|wanted| cell(same(measures, wanted)));
        lines.push([title, count(rows)].into_iter().chain(cells).collect());
    };
    push(
        "(all rows)".to_owned(),
        audit.subject.a.rows,
        &audit.measures,
    );
    for (_, slice) in &order[..order.len() - left_out] {
        push(
            cut(&printable(&slice.name), name),
            slice.rows,
            &slice.measures,
        );
    }
    Some((lines, legend(audit, headline, left_out)))
}

/// The measure of these that is the same number as `wanted`.
fn same<'a>(measures: &'a [Measure], wanted: &Measure) -> Option<&'a Measure> {
    measures
        .iter()
        .find(|m| m.metric == wanted.metric && m.side == wanted.side && m.params == wanted.params)
}

fn cell(measure: Option<&Measure>) -> String {
    let Some(measure) = measure else {
        return ABSENT.to_owned();
    };
    let row = row(measure, String::new(), true);
    match row.se {
        Some(se) => format!("{} ± {se}", row.value),
        None => row.value,
    }
}

/// What orders them, which have the fewest rows, and how many are left out.
fn legend(audit: &Audit, headline: &Measure, left_out: usize) -> String {
    let mut text = format!("worst first by {}", printable(&headline.label()));
    if audit.subject.b.is_some() {
        text += &format!(" ({})", headline.side.name());
    }
    let mut smallest: Vec<&Slice> = audit.slices.iter().collect();
    smallest.sort_by_key(|slice| slice.rows);
    smallest.truncate(FEW);
    let smallest = smallest
        .iter()
        .map(|slice| format!("{} ({})", printable(&slice.name), count(slice.rows)));
    text += &format!("; fewest rows: {}", smallest.collect::<Vec<_>>().join(", "));
    if left_out > 0 {
        text += &format!(
            "; {} not shown: --details, CSV and JSON have them",
            counted(left_out as u64, "more slice")
        );
    }
    text
}
