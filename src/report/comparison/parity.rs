//! Candidates row by row beside the base, and what each smaller form of it loses.

use crate::metric::MetricId;
use crate::report::document::{Block, Cell, Column, Document, Table};
use crate::report::measures::{ends, level, value};
use crate::report::number::{count, plain, share, written};
use crate::report::text::{cut, printable};
use crate::result::{Comparison, Line, Measure, Model, Parity, Side, label};

/// Columns that an id may have.
const ID: usize = 24;
/// Worst rows that are shown where not all are asked for.
const FEW: usize = 3;
const DECIMALS: usize = 6;

/// Whether models are copies of the base, which stand in a table of their own.
pub(super) fn of_copies(comparison: &Comparison) -> bool {
    comparison.models.iter().any(|model| model.copied.is_some())
}

/// Adds what is known of each candidate; with `all` also of copies, and every row that is listed.
pub(super) fn push(document: &mut Document, comparison: &Comparison, all: bool) {
    let copies = of_copies(comparison);
    if copies {
        document.push(Block::Heading("size and loss".to_owned()));
        document.push(Block::Table(sizes(comparison)));
        document.push(Block::Text(
            "bytes of a row's numbers, without what is kept once for all rows; neighbours are those that the original and its \
             copy share, over all pairs; the rest is measured on the copy"
                .to_owned(),
        ));
    }
    for parity in comparison.parity.iter().filter(|_| all || !copies) {
        let (reference, candidate) = &parity.between;
        document.push(Block::Heading(format!(
            "parity of {candidate} with {reference}"
        )));
        document.push(Block::Table(numbers(parity)));
        for flips in &parity.flips {
            document.push(Block::Text(format!(
                "first answers ({}): {} queries lost theirs and {} won one, of {}",
                flips.side.name(),
                plain(flips.lost, 1),
                plain(flips.won, 1),
                count(flips.queries)
            )));
        }
        if !parity.worst.is_empty() {
            document.push(Block::Table(worst(parity, all)));
        }
        for why in &parity.left_out {
            document.push(Block::Text(why.clone()));
        }
    }
}

fn numbers(parity: &Parity) -> Table {
    let mut table = Table::new([
        Column::key("metric", true),
        Column::left("side"),
        Column::right("value"),
        Column::left("se").joined(" ± ", " ± "),
        Column::right(""),
        Column::right(level(&parity.measures).unwrap_or("interval".to_owned())).joined(" ", " to "),
        Column::right("ideal"),
    ]);
    for measure in &parity.measures {
        let text = value(measure);
        let [low, high] = ends(measure, &text);
        let ideal = measure.ideal.map(|ideal| plain(ideal, text.decimals));
        table.push([
            Cell::Label(measure.label()),
            measure.side.name().into(),
            text.value.into(),
            text.se.unwrap_or_default().into(),
            low,
            high,
            Cell::or_absent(ideal),
        ]);
    }
    table
}

fn worst(parity: &Parity, all: bool) -> Table {
    let mut columns = vec![
        Column::left("worst rows"),
        Column::right("row"),
        Column::right("cosine"),
        Column::right("neighbours left"),
    ];
    let ids = parity.worst.iter().any(|row| row.id.is_some());
    if ids {
        columns.push(Column::left("id"));
    }
    let mut table = Table::new(columns);
    for side in [Side::A, Side::B] {
        let rows = parity.worst.iter().filter(|row| row.side == side);
        for row in rows.take(if all { usize::MAX } else { FEW }) {
            let mut cells = vec![
                row.side.name().into(),
                row.row.to_string().into(),
                Cell::or_absent(row.cosine.map(|cosine| plain(cosine, DECIMALS))),
                share(row.overlap).into(),
            ];
            if ids {
                let id = row.id.as_deref().unwrap_or_default();
                cells.push(cut(&printable(id), ID).into());
            }
            table.push(cells);
        }
    }
    table
}

/// The base and its copies, with what each keeps.
fn sizes(comparison: &Comparison) -> Table {
    let lines = [
        main(comparison, MetricId::Recall, |k| k == 1.0),
        tar(comparison),
        main(comparison, MetricId::Uniformity, |_| true),
    ];
    let of_lines = lines.iter().flatten();
    let side = overlap_side(comparison);
    let mut columns = vec![
        Column::left("stored as"),
        Column::right("bytes a row"),
        Column::right(
            overlap(comparison.parity.first(), side).map_or(String::new(), Measure::label),
        ),
        Column::right(MetricId::ParityMinCosine.name()),
    ];
    columns.extend(
        of_lines
            .clone()
            .map(|line| Column::right(label(line.metric, &line.params))),
    );
    let mut table = Table::new(columns);
    for (k, model) in comparison.models.iter().enumerate() {
        let parity = k.checked_sub(1).and_then(|k| comparison.parity.get(k));
        let found = |metric, param, side| parity.and_then(|p| p.find(metric, param, side));
        let told = |measure: Option<&Measure>| {
            let text = |m: &Measure| written(m.value, m.se).to_string();
            match k {
                0 => Cell::Empty,
                _ => Cell::or_absent(measure.map(text)),
            }
        };
        let mut cells = vec![
            stored_as(model).into(),
            Cell::or_absent(model.row_bytes.map(count)),
            told(overlap(parity, side)),
            told(found(MetricId::ParityMinCosine, None, Side::A)),
        ];
        cells.extend(of_lines.clone().map(|line| {
            let cell = line.cells.get(k).and_then(Option::as_ref);
            Cell::or_absent(cell.map(|cell| written(cell.value, cell.se).value))
        }));
        table.push(cells);
    }
    table
}

/// What a model is called among its copies.
pub(in crate::report) fn stored_as(model: &Model) -> String {
    let form = model.copied.map(|form| form.to_string());
    form.unwrap_or_else(|| "as it is".to_owned())
}

/// The side whose neighbours speak for a search: between the views where there are two.
pub(in crate::report) fn overlap_side(comparison: &Comparison) -> Side {
    let cross = |m: &Measure| m.metric == MetricId::TopkOverlap && m.side == Side::Cross;
    let mut all = comparison.parity.iter().flat_map(|parity| &parity.measures);
    match all.any(cross) {
        true => Side::Cross,
        false => Side::A,
    }
}

/// The overlap of the most neighbours that are compared.
pub(in crate::report) fn overlap(parity: Option<&Parity>, side: Side) -> Option<&Measure> {
    let of = |m: &&Measure| m.metric == MetricId::TopkOverlap && m.side == side;
    parity?.measures.iter().rfind(of)
}

/// A number on the side that speaks for the model.
fn main(comparison: &Comparison, metric: MetricId, wanted: impl Fn(f64) -> bool) -> Option<&Line> {
    let fits = |line: &&Line| line.metric == metric && line.params.values().all(|v| wanted(*v));
    let mut sides = metric.spec().sides.iter();
    sides.find_map(|side| comparison.lines.iter().find(|l| fits(l) && l.side == *side))
}

/// The share of positives kept at the lowest false accept rate that there are pairs enough for.
fn tar(comparison: &Comparison) -> Option<&Line> {
    let mut lines = comparison.lines.iter();
    lines.rfind(|line| line.metric == MetricId::Tar)
}
