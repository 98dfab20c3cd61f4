//! CSV in long form: one line for each number, absent fields empty, numbers with all their digits.
//!
//! Text comes as in the table, with control characters spelled out; and where it begins with `=`, `+`, `-` or `@` an
//! apostrophe stands before it, because spreadsheets would run it as a formula. JSON has names as they are.

use polars::prelude::{Column, CsvWriter, DataFrame, PolarsResult, SerWriter};

use super::ReportError;
use super::text::printable;
use crate::result::{Audit, Measure, ProbeReport, Score};

/// One column.
pub(super) enum Cells {
    Text(Vec<Option<String>>),
    Number(Vec<Option<f64>>),
    Count(Vec<u64>),
}

/// Named columns of one height.
pub(super) fn columns(subject: &str, table: Vec<(&str, Cells)>) -> Result<Vec<u8>, ReportError> {
    let write = || -> PolarsResult<Vec<u8>> {
        let height = table.first().map_or(0, |(_, cells)| match cells {
            Cells::Text(cells) => cells.len(),
            Cells::Number(cells) => cells.len(),
            Cells::Count(cells) => cells.len(),
        });
        let column = |(name, cells): &(&str, Cells)| {
            let name = (*name).into();
            match cells {
                Cells::Text(cells) => {
                    let cells = cells.iter().map(|cell| cell.as_deref().map(inert));
                    Column::new(name, cells.collect::<Vec<_>>())
                }
                Cells::Number(cells) => Column::new(name, cells),
                Cells::Count(cells) => Column::new(name, cells),
            }
        };
        let mut frame = DataFrame::new(height, table.iter().map(column).collect())?;
        let mut bytes = Vec::new();
        CsvWriter::new(&mut bytes)
            .include_header(true)
            .finish(&mut frame)?;
        Ok(bytes)
    };
    write().map_err(|source| ReportError::Csv {
        subject: subject.to_owned(),
        source: source.into(),
    })
}

/// Text that no spreadsheet takes for a formula.
fn inert(text: &str) -> String {
    let text = printable(text);
    if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text
    }
}

/// One line for each measure; those of slices, where there are any, follow, named in a last column.
pub(super) fn csv(audit: &Audit) -> Result<Vec<u8>, ReportError> {
    let whole = audit.measures.iter().map(|measure| (None, measure));
    let parts = audit.slices.iter().flat_map(|slice| {
        let named = |measure| (Some(slice.name.clone()), measure);
        slice.measures.iter().map(named)
    });
    let (slices, measures): (Vec<Option<String>>, Vec<&Measure>) = whole.chain(parts).unzip();
    let text = |of: &dyn Fn(&Measure) -> Option<String>| {
        Cells::Text(measures.iter().map(|m| of(m)).collect())
    };
    let number = |of: &dyn Fn(&Measure) -> Option<f64>| {
        Cells::Number(measures.iter().map(|m| of(m)).collect())
    };
    let mut table = vec![
        ("subject", text(&|_| Some(audit.subject.name.clone()))),
        ("side", text(&|m| Some(m.side.name().to_owned()))),
        ("metric", text(&|m| Some(m.metric.name().to_owned()))),
        ("params", text(&params)),
        ("value", number(&|m| Some(m.value))),
        ("se", number(&|m| m.se)),
        ("n", Cells::Count(measures.iter().map(|m| m.n).collect())),
        ("ideal", number(&|m| m.ideal)),
        ("collapsed", number(&|m| m.collapsed)),
        ("corrected", number(&|m| m.corrected)),
        ("low", number(&|m| m.interval.map(|i| i.low))),
        ("high", number(&|m| m.interval.map(|i| i.high))),
        ("support", text(&|m| Some(m.support.name().to_owned()))),
        ("monte_carlo", number(&|m| m.monte_carlo)),
    ];
    // What rows were rounded to, and the error of that in each number it touches; where it was asked for only.
    let card = audit.provenance.precision.as_ref();
    if let Some(card) = card.filter(|card| card.asked != "f32") {
        table.push(("precision", text(&|_| Some(card.used.clone()))));
        let errors = measures.iter().zip(&slices).map(|(m, slice)| {
            let error = card.error(m).filter(|_| slice.is_none());
            error.map(|error| error.error)
        });
        table.push(("rounding", Cells::Number(errors.collect())));
    }
    if !audit.slices.is_empty() {
        table.push(("slice", Cells::Text(slices)));
    }
    columns(&audit.subject.name, table)
}

/// `t=2`; several are joined by `;`; none where there is no parameter.
fn params(measure: &Measure) -> Option<String> {
    let params: Vec<String> = measure
        .params
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    (!params.is_empty()).then(|| params.join(";"))
}

/// One line for each probe.
pub(super) fn probe(report: &ProbeReport) -> Result<Vec<u8>, ReportError> {
    let scores = &report.scores;
    let text = |of: &dyn Fn(&Score) -> Option<String>| Cells::Text(scores.iter().map(of).collect());
    let number =
        |of: &dyn Fn(&Score) -> Option<f64>| Cells::Number(scores.iter().map(of).collect());
    let param = |score: &Score| {
        let (name, value) = score.param.as_ref()?;
        Some(format!("{name}={value}"))
    };
    columns(
        &report.name,
        vec![
            ("subject", text(&|_| Some(report.name.clone()))),
            ("probe", text(&|s| Some(s.probe.clone()))),
            ("params", text(&param)),
            ("quantity", text(&|s| Some(s.quantity.name().to_owned()))),
            ("value", number(&|s| Some(s.value))),
            ("n", Cells::Count(scores.iter().map(|s| s.n).collect())),
            ("low", number(&|s| Some(s.low))),
            ("high", number(&|s| Some(s.high))),
            ("r2", number(&|s| s.r2)),
        ],
    )
}
