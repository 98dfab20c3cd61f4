//! Measures as a table, in reading order.

use super::document::{Cell, Column, ColumnKind, Shown, Table};
use super::number::{ESTIMATED, Written, alike, count, percentage, plain, written};
use crate::metric::{Kind as Of, MetricId, Place};
use crate::result::{Audit, Measure, NumberSource, Side, Support};

/// Places of columns, most of which a terminal may leave out.
const VALUE: usize = 2;
const SE: usize = 3;
const HIGH: usize = 5;
const N: usize = 6;
const IDEAL: usize = 7;
const COLLAPSED: usize = 8;
const SHARE: usize = 9;
const BAR: usize = 10;

/// Groups of measures where a page folds them, and the one of a metric.
pub(super) const GROUPS: [&str; 4] = ["main numbers", "search", "other numbers", "derived numbers"];

pub(super) fn group(metric: MetricId) -> usize {
    match metric.spec().place {
        Place::Headline => 0,
        Place::Usual | Place::Detail if metric.of_search() => 1,
        Place::Usual => 2,
        Place::Detail => 3,
    }
}

/// All measures; those of one label stand together, sides in the order a, b, mean, cross. On a terminal those that
/// derive from others, tests, and sides that say no other than the main one are left out, unless `details` are wanted.
pub(super) fn table(audit: &Audit, details: bool) -> Table {
    let sides = audit.subject.b.is_some() || audit.measures.iter().any(|m| m.side != Side::A);
    let level = level(&audit.measures);
    let ends = Shown::told(level.is_some());
    let mut table = Table::new([
        Column::key("metric", true),
        Column::left("side").shown(Shown::told(sides)),
        Column::right("value"),
        Column::left("se").joined(" ± ", " ± "),
        Column::right("").shown(ends),
        Column::right(level.unwrap_or("interval".to_owned()))
            .joined(" ", " to ")
            .shown(ends),
        Column::right("n"),
        Column::right("ideal"),
        Column::right("collapsed"),
        Column::right("to ideal"),
        Column::left("").joined(" ", "").kind(ColumnKind::Bar),
    ]);
    // The interval and the way to the ideal are the last to go.
    let narrower: [&[usize]; 6] = [
        &[BAR],
        &[N],
        &[N, BAR],
        &[N, COLLAPSED, BAR],
        &[N, IDEAL, COLLAPSED, BAR],
        &[SE, N, IDEAL, COLLAPSED, BAR],
    ];
    table.narrower = narrower.map(<[usize]>::to_vec).into();
    let labels: Vec<String> = audit.measures.iter().map(Measure::label).collect();
    let place = |label: &String| labels.iter().position(|other| other == label);
    let mut order: Vec<_> = audit.measures.iter().zip(&labels).collect();
    order.sort_by_key(|(measure, label)| (place(label), measure.side));
    table.groups = GROUPS.map(|name| (name, Vec::new())).into();
    for (measure, label) in order {
        let detail = measure.metric.spec().place == Place::Detail || is_test(measure);
        let main = main(audit, measure);
        let told = std::ptr::eq(main, measure) || differ(main, measure);
        let shown = Shown::told(details || (told && !detail));
        table.groups[group(measure.metric)].1.push(table.rows.len());
        table.rows.push((shown, row(measure, label)));
    }
    if audit.measures.iter().any(|m| reached(m).is_some()) {
        // Without positives nothing but the spread of the rows is seen.
        let text = match audit.subject.positives {
            Some(_) => "to ideal: 0 % = all rows identical, 100 % = a perfect encoder",
            None => {
                "to ideal: 0 % = all rows identical, 100 % = perfectly uniform (random vectors, too)"
            }
        };
        let legend = (Shown::Everywhere, SHARE, text.to_owned());
        table.legends.push(legend);
    }
    // Beside a share of nearly 100 % a test may reject.
    if let Some(test) = audit.measures.iter().find(|m| is_test(m)) {
        let text = format!(
            "{} is a test: with enough rows it is large even close to the ideal",
            test.metric.name()
        );
        table.legends.push((Shown::told(details), VALUE, text));
    }
    if audit.measures.iter().any(|m| m.corrected.is_some()) {
        let text = "intervals of contrastive terms are corrected for small-sample bias";
        let legend = (Shown::Everywhere, HIGH, text.to_owned());
        table.legends.push(legend);
    }
    table
}

/// The same number on the side that speaks for the model.
fn main<'a>(audit: &'a Audit, measure: &'a Measure) -> &'a Measure {
    let mut sides = measure.metric.spec().sides.iter();
    let on = |side: &Side| NumberSource::from(audit).on(measure, *side);
    sides.find_map(on).unwrap_or(measure)
}

/// Whether two numbers differ by more than their errors: their intervals have nothing in common.
fn differ(x: &Measure, y: &Measure) -> bool {
    match (x.interval, y.interval) {
        (Some(x), Some(y)) => x.high < y.low || y.high < x.low,
        _ => x.value != y.value,
    }
}

/// Whether it is counted in standard deviations, not along a way.
fn is_test(measure: &Measure) -> bool {
    matches!(measure.metric.spec().kind, Of::Test(_))
}

/// A count, where it is one.
fn whole(measure: &Measure, v: f64) -> Option<String> {
    let counts = measure.metric.spec().kind == Of::Count;
    (counts && (0.0..9e15).contains(&v) && v.fract() == 0.0).then(|| count(v as u64))
}

/// What intervals are called; none where there is none.
pub(super) fn level(measures: &[Measure]) -> Option<String> {
    let interval = measures.iter().find_map(|m| m.interval)?;
    Some(format!("{} interval", percentage(interval.level)))
}

/// The ends of a measure's interval.
pub(super) fn ends(measure: &Measure, text: &Written) -> [Cell; 2] {
    match measure.interval {
        Some(i) => [i.low, i.high].map(|end| alike(end, text).into()),
        None => [Cell::Empty, Cell::Absent],
    }
}

/// A measure's value, with its error where it has one.
pub(super) fn value(measure: &Measure) -> Written {
    let mut text = written(measure.value, measure.se);
    if let (Some(whole), None) = (whole(measure, measure.value), measure.se) {
        text.value = whole;
    }
    if is_test(measure) {
        // Counted in standard deviations: a tenth of one is exact enough, and none where it is in the hundreds.
        text.decimals = usize::from(measure.value.abs() < 100.0);
        text.value = plain(measure.value, text.decimals);
    }
    if measure.support == Support::Estimated {
        text.value.insert(0, ESTIMATED);
    }
    text
}

fn row(measure: &Measure, label: &str) -> Vec<Cell> {
    let text = value(measure);
    let beside = |value: Option<f64>| {
        let written = |v| whole(measure, v).unwrap_or_else(|| plain(v, text.decimals));
        Cell::or_absent(value.map(written))
    };
    let [low, high] = ends(measure, &text);
    let share = reached(measure).map_or(Cell::Absent, Cell::Share);
    vec![
        Cell::Label(label.to_owned()),
        measure.side.name().into(),
        text.value.into(),
        text.se.unwrap_or_default().into(),
        low,
        high,
        count(measure.n).into(),
        beside(measure.ideal),
        beside(measure.collapsed),
        share.clone(),
        share,
    ]
}

/// Where the value lies between collapsed (0) and ideal (1).
fn reached(measure: &Measure) -> Option<f64> {
    if is_test(measure) {
        return None;
    }
    let (ideal, collapsed) = (measure.ideal?, measure.collapsed?);
    let way = ideal - collapsed;
    let share = (measure.value - collapsed) / way;
    (way.abs() > 1e-9 && share.is_finite()).then_some(share)
}
