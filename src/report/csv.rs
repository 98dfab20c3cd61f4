//! CSV in long form: one line for each measure, absent fields empty, numbers with all their digits.

use polars::prelude::{Column, CsvWriter, DataFrame, PolarsResult, SerWriter};

use super::ReportError;
use crate::audit::{Audit, Measure};
use crate::probe::{ProbeReport, Score};

pub(super) fn csv(audit: &Audit) -> Result<Vec<u8>, ReportError> {
    write(audit).map_err(|source| ReportError::Csv {
        subject: audit.subject.name.clone(),
        source: source.into(),
    })
}

fn write(audit: &Audit) -> PolarsResult<Vec<u8>> {
    let measures = &audit.measures;
    let column = |pick: fn(&Measure) -> Option<f64>| measures.iter().map(pick).collect::<Vec<_>>();
    let words = |pick: fn(&Measure) -> String| measures.iter().map(pick).collect::<Vec<_>>();
    let mut columns = vec![
        Column::new(
            "subject".into(),
            vec![audit.subject.name.as_str(); measures.len()],
        ),
        Column::new("side".into(), words(|m| m.side.name().to_owned())),
        Column::new("metric".into(), words(|m| m.metric.name().to_owned())),
        Column::new(
            "params".into(),
            measures.iter().map(params).collect::<Vec<Option<String>>>(),
        ),
        Column::new("value".into(), column(|m| Some(m.value))),
        Column::new("se".into(), column(|m| m.se)),
        Column::new(
            "n".into(),
            measures.iter().map(|m| m.n).collect::<Vec<u64>>(),
        ),
        Column::new("ideal".into(), column(|m| m.ideal)),
        Column::new("collapsed".into(), column(|m| m.collapsed)),
        Column::new("corrected".into(), column(|m| m.corrected)),
        Column::new("low".into(), column(|m| m.interval.map(|i| i.low))),
        Column::new("high".into(), column(|m| m.interval.map(|i| i.high))),
        Column::new("support".into(), words(|m| m.support.name().to_owned())),
        Column::new("monte_carlo".into(), column(|m| m.monte_carlo)),
    ];
    columns.extend(rounding(audit));
    let mut frame = DataFrame::new(measures.len(), columns)?;
    bytes(&mut frame)
}

/// One line for each probe.
pub(super) fn probe(report: &ProbeReport) -> Result<Vec<u8>, ReportError> {
    write_probe(report).map_err(|source| ReportError::Csv {
        subject: report.name.clone(),
        source: source.into(),
    })
}

fn write_probe(report: &ProbeReport) -> PolarsResult<Vec<u8>> {
    let scores = &report.scores;
    let column = |pick: fn(&Score) -> Option<f64>| scores.iter().map(pick).collect::<Vec<_>>();
    let words = |pick: fn(&Score) -> Option<String>| scores.iter().map(pick).collect::<Vec<_>>();
    let param = |score: &Score| {
        let (name, value) = score.param.as_ref()?;
        Some(format!("{name}={value}"))
    };
    let mut frame = DataFrame::new(
        scores.len(),
        vec![
            Column::new("subject".into(), vec![report.name.as_str(); scores.len()]),
            Column::new("probe".into(), words(|s| Some(s.probe.clone()))),
            Column::new("params".into(), words(param)),
            Column::new(
                "quantity".into(),
                words(|s| Some(s.quantity.name().to_owned())),
            ),
            Column::new("value".into(), column(|s| Some(s.value))),
            Column::new("n".into(), scores.iter().map(|s| s.n).collect::<Vec<u64>>()),
            Column::new("low".into(), column(|s| Some(s.low))),
            Column::new("high".into(), column(|s| Some(s.high))),
            Column::new("r2".into(), column(|s| s.r2)),
        ],
    )?;
    bytes(&mut frame)
}

fn bytes(frame: &mut DataFrame) -> PolarsResult<Vec<u8>> {
    let mut bytes = Vec::new();
    CsvWriter::new(&mut bytes)
        .include_header(true)
        .finish(frame)?;
    Ok(bytes)
}

/// A column of other tables.
pub(super) enum Cells {
    Text(Vec<Option<String>>),
    Number(Vec<Option<f64>>),
}

/// Named columns of one height.
pub(super) fn columns(subject: &str, table: Vec<(&str, Cells)>) -> Result<Vec<u8>, ReportError> {
    let write = || -> PolarsResult<Vec<u8>> {
        let height = table.first().map_or(0, |(_, cells)| match cells {
            Cells::Text(cells) => cells.len(),
            Cells::Number(cells) => cells.len(),
        });
        let column = |(name, cells): &(&str, Cells)| match cells {
            Cells::Text(cells) => Column::new((*name).into(), cells),
            Cells::Number(cells) => Column::new((*name).into(), cells),
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

/// What rows were rounded to, and the error of that in each number it touches; where it was asked for only.
fn rounding(audit: &Audit) -> Vec<Column> {
    let card = audit.provenance.precision.as_ref();
    let Some(card) = card.filter(|card| card.asked != "f32") else {
        return Vec::new();
    };
    let measures = &audit.measures;
    let error = |m: &Measure| card.error(m).map(|error| error.error);
    vec![
        Column::new("precision".into(), vec![card.used.as_str(); measures.len()]),
        Column::new(
            "rounding".into(),
            measures.iter().map(error).collect::<Vec<Option<f64>>>(),
        ),
    ]
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
