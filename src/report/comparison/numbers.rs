//! Numbers of models side by side: differences from the base, and what is left in the first columns.

use super::effects;
use crate::metric::{Kind, MetricId, Place};
use crate::report::document::{Cell, Column, Shown, Table, Tone};
use crate::report::measures::{GROUPS, group};
use crate::report::number::{count, plain, signed, written};
use crate::result::{Change, Comparison, Difference, Line, PrefixCurve, Side, label};

/// Whether the number derives from another, or is a test: left out unless asked for.
pub(in crate::report) fn is_detail(metric: MetricId) -> bool {
    let spec = metric.spec();
    spec.place == Place::Detail || matches!(spec.kind, Kind::Test(_) | Kind::PValue(_))
}

/// Whether a terminal shows the number without being asked for details: on the side that speaks for the model, and where
/// another side has another verdict.
pub(super) fn is_told(lines: &[&Line], line: &Line) -> bool {
    let same = |other: &&&Line| other.metric == line.metric && other.params == line.params;
    let on = |side: &Side| lines.iter().filter(same).find(|other| other.side == *side);
    let verdicts = |line: &Line| -> Vec<Option<Change>> {
        let cells = line.cells.iter().map(Option::as_ref);
        cells
            .map(|cell| Some(cell?.against.as_ref()?.verdict))
            .collect()
    };
    let main = line.metric.spec().sides.iter().find_map(on);
    main.is_none_or(|main| main.side == line.side || verdicts(main) != verdicts(line))
}

/// Models as columns; on a page with their effects.
pub(super) fn table(comparison: &Comparison, lines: &[&Line], details: bool) -> Table {
    let mut columns = vec![Column::key("metric", true), Column::left("side")];
    // Standard errors are the first to go.
    let mut narrower = Vec::new();
    for (k, model) in comparison.models.iter().enumerate() {
        let named = Column {
            named: true,
            ..Column::right(&model.name)
        };
        columns.push(named.group(k));
        if k > 0 {
            columns.push(Column::right("difference").group(k));
            narrower.push(columns.len());
            columns.push(Column::left("se").joined(" ± ", " ± ").group(k));
            columns.push(Column::left("verdict").group(k));
            let effects = effects::HEAD.map(|head| Column::right(head).shown(Shown::Page));
            columns.extend(effects.map(|column| column.group(k)));
        }
    }
    let mut table = Table::new(columns);
    table.narrower = vec![narrower];
    table.groups = GROUPS.map(|name| (name, Vec::new())).into();
    for line in lines {
        let mut cells = vec![
            Cell::Label(label(line.metric, &line.params)),
            line.side.name().into(),
        ];
        for (k, cell) in line.cells.iter().enumerate() {
            cells.push(cell.as_ref().map_or(Cell::Absent, |cell| match cell.se {
                None if cell.value.fract() == 0.0 => plain(cell.value, 0).into(),
                se => written(cell.value, se).value.into(),
            }));
            match cell.as_ref().and_then(|cell| cell.against.as_ref()) {
                Some(against) => {
                    let Difference { value, se, .. } = against.difference;
                    let text = written(value, se);
                    cells.push(signed(value, text.value).into());
                    cells.push(text.se.unwrap_or_default().into());
                    let change = against.verdict;
                    cells.push(Cell::Word(change.name(), tone(change)));
                    cells.extend(effects::cells(line, against));
                }
                None if k > 0 => cells.extend(vec![Cell::Empty; 6]),
                None => {}
            }
        }
        table.groups[group(line.metric)].1.push(table.rows.len());
        let shown = Shown::told(details || comparison.models.len() < 2 || is_told(lines, line));
        table.rows.push((shown, cells));
    }
    table
}

fn tone(change: Change) -> Tone {
    match change {
        Change::Better => Tone::Better,
        Change::Worse => Tone::Bad,
        Change::Differs => Tone::Differs,
        _ => Tone::Quiet,
    }
}

/// The curves that are drawn and tabled: of the headlines, on the side that speaks for the model.
pub(in crate::report) fn main_curves(comparison: &Comparison) -> Vec<&PrefixCurve> {
    let all = &comparison.prefixes;
    let wanted = |curve: &&PrefixCurve| {
        let has = |side: &&Side| {
            let same = |c: &PrefixCurve| c.metric == curve.metric && c.params == curve.params;
            all.iter().any(|other| same(other) && other.side == **side)
        };
        let spec = curve.metric.spec();
        spec.place == Place::Headline && spec.sides.iter().find(has) == Some(&curve.side)
    };
    all.iter().filter(wanted).collect()
}

/// Numbers of the first columns of a model; none where there are none.
pub(super) fn prefixes(curves: &[&PrefixCurve], model: &str) -> Option<Table> {
    let of = curves.iter().filter(|curve| curve.model == model);
    let mut columns = vec![Column::key("metric", false), Column::left("side")];
    let points = of.clone().next()?.points.iter().enumerate();
    columns.extend(points.map(|(k, point)| Column::right(count(point.dim)).group(k + 1)));
    let width = columns.len();
    let mut table = Table::new(columns);
    for curve in of {
        let label = Cell::Label(label(curve.metric, &curve.params));
        let points = curve.points.iter();
        let points = points.map(|point| written(point.value, point.se).to_string().into());
        let cells = [label, curve.side.name().into()].into_iter().chain(points);
        let mut cells: Vec<Cell> = cells.collect();
        cells.resize(width, Cell::Empty);
        table.push(cells);
    }
    Some(table)
}
