//! Thresholds of the base that were given, and what they become.

use crate::report::document::{Block, Cell, Column, Document, Table};
use crate::report::number::{alike, count, counted, percentage, written};
use crate::result::{Comparison, PortedNumber, PortedThreshold};

/// Adds what each threshold becomes.
pub(super) fn push(document: &mut Document, comparison: &Comparison) {
    if comparison.thresholds.is_empty() {
        return;
    }
    document.push(Block::Heading(
        "thresholds at the same false accept rate".to_owned(),
    ));
    document.push(Block::Table(table(comparison)));
    let all = comparison.thresholds.iter();
    let few = all.filter(|of| of.candidate.is_none());
    let mut few: Vec<String> = few.map(too_few).collect();
    few.sort_unstable();
    few.dedup();
    for text in few {
        document.push(Block::Text(text));
    }
    document.push(Block::Text(
        "FAR: share of other pairs at or above the threshold; TAR: share of positives at or above it; the candidate's is the \
         highest threshold with that FAR, and its error counts that of the FAR"
            .to_owned(),
    ));
}

fn table(comparison: &Comparison) -> Table {
    let level = percentage(comparison.confidence);
    let mut columns = vec![Column::key("model", true)];
    for head in ["threshold", "FAR", "TAR"] {
        columns.extend([
            Column::right(head),
            Column::left("se").joined(" ± ", " ± "),
            Column::right(""),
            Column::right(level.clone()).joined(" ", " to "),
        ]);
    }
    let mut table = Table::new(columns);
    // Standard errors go first, then what is said of the rate, which is the same in every row.
    table.narrower = vec![
        vec![2, 6, 10],
        vec![2, 6, 7, 8, 10],
        vec![2, 5, 6, 7, 8, 10],
    ];
    let all = &comparison.thresholds;
    for (k, first) in all.iter().enumerate() {
        let same = |of: &&PortedThreshold| of.threshold == first.threshold;
        if all[..k].iter().any(|of| same(&of)) {
            continue;
        }
        // The base once, before its candidates.
        let given = PortedNumber {
            value: first.threshold,
            se: None,
            interval: None,
            rounding: 0.0,
        };
        let base = [Some(&given), Some(&first.far), Some(&first.tar)];
        table.push(row(&first.between.0, base));
        for of in all.iter().filter(same) {
            let found = of.candidate.as_ref();
            let far = found.map(|_| &of.far);
            let found = (
                found.map(|found| &found.threshold),
                found.map(|found| &found.tar),
            );
            table.push(row(&of.between.1, [found.0, far, found.1]));
        }
    }
    table
}

fn row(model: &str, readings: [Option<&PortedNumber>; 3]) -> Vec<Cell> {
    let mut cells = vec![Cell::Label(model.to_owned())];
    for reading in readings {
        let text = reading.map(|reading| written(reading.value, reading.se));
        let interval = reading.and_then(|reading| reading.interval);
        let ends = interval
            .zip(text.as_ref())
            .map(|(i, text)| [i.low, i.high].map(|end| alike(end, text)));
        let [low, high] = ends.unwrap_or_default();
        let se = text.as_ref().and_then(|text| text.se.clone());
        cells.push(Cell::or_absent(text.map(|text| text.value)));
        cells.extend([se.unwrap_or_default(), low, high].map(Cell::from));
    }
    cells
}

/// Model, metric and parameter of each number, for a table of lines.
pub(super) fn entries(
    comparison: &Comparison,
) -> impl Iterator<Item = (&str, &'static str, String, &PortedNumber)> {
    comparison.thresholds.iter().flat_map(|of| {
        let (base, candidate) = (&of.between.0[..], &of.between.1[..]);
        let own = format!("threshold={}", of.threshold);
        let ported = format!("base_threshold={}", of.threshold);
        let first = [
            (base, "far", own.clone(), &of.far),
            (base, "tar", own, &of.tar),
        ];
        let found = of.candidate.as_ref().into_iter().flat_map(move |found| {
            [
                (candidate, "threshold", ported.clone(), &found.threshold),
                (candidate, "tar", ported.clone(), &found.tar),
            ]
        });
        first.into_iter().chain(found)
    })
}

/// Why a threshold becomes none.
fn too_few(ported: &PortedThreshold) -> String {
    format!(
        "{}: {} of {} that are no positives {} at or above it in {}; a false accept rate that is found again in another \
         model needs 10 or more in both",
        ported.threshold,
        count(ported.accepted),
        counted(ported.negatives, "pair"),
        if ported.accepted == 1 { "is" } else { "are" },
        ported.between.0,
    )
}
