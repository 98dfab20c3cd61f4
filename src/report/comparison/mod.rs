//! Models side by side: for the terminal, as JSON, CSV and Markdown, and as pictures.

mod effects;
mod markdown;
mod row;
mod table;

use super::{Format, ReportError, Style, json};
use crate::result::Comparison;
use row::subject;

/// The comparison in the given format, ending in a newline.
///
/// # Errors
/// [`ReportError::Json`], [`ReportError::Csv`], [`ReportError::NotBuilt`] for CSV in a build without `tables`.
pub fn render_comparison(
    comparison: &Comparison,
    format: Format,
    style: Style,
) -> Result<Vec<u8>, ReportError> {
    match format {
        Format::Table => Ok(table::table(comparison, style).into_bytes()),
        Format::Json => json::pretty(comparison, &subject(comparison)),
        Format::Md => Ok(markdown::markdown(comparison).into_bytes()),
        Format::Csv => csv(comparison),
    }
}

/// `compare.json`, `compare.csv`, `compare.md` and the pictures that the comparison allows.
///
/// # Errors
/// Those of [`render_comparison`], [`ReportError::Draw`].
pub fn comparison_files(
    comparison: &Comparison,
) -> Result<Vec<(&'static str, Vec<u8>)>, ReportError> {
    let mut files = Vec::new();
    for (name, format) in [
        ("compare.json", Format::Json),
        ("compare.csv", Format::Csv),
        ("compare.md", Format::Md),
    ] {
        match render_comparison(comparison, format, Style::default()) {
            Ok(bytes) => files.push((name, bytes)),
            Err(ReportError::NotBuilt { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    #[cfg(feature = "plots")]
    files.extend(super::plot::comparison_pictures(comparison)?);
    Ok(files)
}

#[cfg(feature = "tables")]
fn csv(comparison: &Comparison) -> Result<Vec<u8>, ReportError> {
    use super::csv::{Cells, columns};
    use crate::metric::MetricId;
    use crate::result::Side;
    // Long form: one line for each number of each model, then those of the prefixes.
    struct Entry<'a> {
        model: &'a str,
        dim: u64,
        metric: MetricId,
        params: &'a std::collections::BTreeMap<String, f64>,
        side: Side,
        value: f64,
        se: Option<f64>,
        ideal: Option<f64>,
        against: Option<(crate::result::Difference, Option<&'a crate::result::Versus>)>,
    }
    let mut all = Vec::new();
    for line in &comparison.lines {
        for (model, cell) in comparison.models.iter().zip(&line.cells) {
            let Some(cell) = cell else { continue };
            let against = cell.against.as_ref();
            all.push(Entry {
                model: &model.name,
                dim: model.dim,
                metric: line.metric,
                params: &line.params,
                side: line.side,
                value: cell.value,
                se: cell.se,
                ideal: cell.ideal.or(line.ideal),
                against: against.map(|against| (against.difference, Some(against))),
            });
        }
    }
    for curve in &comparison.prefixes {
        for point in curve
            .points
            .iter()
            .filter(|point| point.from_whole.is_some())
        {
            all.push(Entry {
                model: &curve.model,
                dim: point.dim,
                metric: curve.metric,
                params: &curve.params,
                side: curve.side,
                value: point.value,
                se: point.se,
                ideal: point.ideal,
                against: point.from_whole.map(|difference| (difference, None)),
            });
        }
    }
    let text =
        |of: &dyn Fn(&Entry<'_>) -> Option<String>| Cells::Text(all.iter().map(of).collect());
    let number =
        |of: &dyn Fn(&Entry<'_>) -> Option<f64>| Cells::Number(all.iter().map(of).collect());
    let params = |entry: &Entry<'_>| {
        let params: Vec<String> = entry
            .params
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        Some(params.join(";")).filter(|text| !text.is_empty())
    };
    columns(
        &subject(comparison),
        vec![
            ("model", text(&|e| Some(e.model.to_owned()))),
            ("dim", text(&|e| Some(e.dim.to_string()))),
            ("metric", text(&|e| Some(e.metric.name().to_owned()))),
            ("params", text(&params)),
            ("side", text(&|e| Some(e.side.name().to_owned()))),
            ("value", number(&|e| Some(e.value))),
            ("se", number(&|e| e.se)),
            ("ideal", number(&|e| e.ideal)),
            ("difference", number(&|e| e.against.map(|a| a.0.value))),
            ("difference_se", number(&|e| e.against.and_then(|a| a.0.se))),
            ("low", number(&|e| Some(e.against?.1?.interval?.low))),
            ("high", number(&|e| Some(e.against?.1?.interval?.high))),
            ("p", number(&|e| e.against?.1?.p)),
            (
                "verdict",
                text(&|e| Some(e.against?.1?.verdict.name().to_owned())),
            ),
            (
                "excess",
                number(&|e| Some(e.against?.1?.excess.as_ref()?.difference.value)),
            ),
            ("excess_p", number(&|e| e.against?.1?.excess.as_ref()?.p)),
            ("effect", number(&|e| e.against?.1?.effect)),
            ("seen_from", number(&|e| e.against?.1?.power?.share)),
            (
                "half_from",
                number(&|e| Some(e.against?.1?.power?.needed? as f64)),
            ),
            (
                "unit",
                text(&|e| {
                    let against = e.against?.1?;
                    against.power.map(|_| format!("{}s", against.unit.name()))
                }),
            ),
        ],
    )
}

#[cfg(not(feature = "tables"))]
fn csv(_: &Comparison) -> Result<Vec<u8>, ReportError> {
    Err(ReportError::NotBuilt {
        what: "CSV reports",
        feature: "tables",
    })
}
