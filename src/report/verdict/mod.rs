//! A gate's verdict: for the terminal, as JSON, CSV, Markdown, JUnit XML, and as annotations of a CI run.

mod annotations;
mod junit;
mod markdown;
mod row;
mod table;

use super::{Format, ReportError, Style};
use crate::gate::Verdict;

pub use annotations::annotations;
pub use junit::junit;
pub use markdown::{SUMMARY_LIMIT, summary};

/// The verdict in the given format, ending in a newline.
///
/// # Errors
/// [`ReportError::Json`], [`ReportError::Csv`], [`ReportError::NotBuilt`] for CSV in a build without `tables`.
pub fn render_verdict(
    verdict: &Verdict,
    format: Format,
    style: Style,
) -> Result<Vec<u8>, ReportError> {
    match format {
        Format::Table => Ok(table::table(verdict, style).into_bytes()),
        Format::Json => super::json::pretty(verdict, &verdict.subject),
        Format::Md => Ok(markdown::markdown(verdict).into_bytes()),
        Format::Csv => csv(verdict),
    }
}

#[cfg(feature = "tables")]
fn csv(verdict: &Verdict) -> Result<Vec<u8>, ReportError> {
    use super::csv::{Cells, columns};
    use crate::gate::Finding;
    use row::{limit, word};
    let all = &verdict.findings;
    let text = |of: &dyn Fn(&Finding) -> String| {
        Cells::Text(
            all.iter()
                .map(|f| Some(of(f)).filter(|t| !t.is_empty()))
                .collect(),
        )
    };
    let number = |of: &dyn Fn(&Finding) -> Option<f64>| Cells::Number(all.iter().map(of).collect());
    columns(
        &verdict.subject,
        vec![
            ("subject", text(&|_| verdict.subject.clone())),
            ("rule", text(&Finding::label)),
            ("line", text(&|f| f.rule.line.to_string())),
            ("level", text(&|f| f.rule.level.name().to_owned())),
            ("limit", text(&limit)),
            ("outcome", text(&|f| word(f).to_owned())),
            ("value", number(&|f| f.value)),
            ("se", number(&|f| f.se)),
            ("low", number(&|f| f.interval.map(|i| i.low))),
            ("high", number(&|f| f.interval.map(|i| i.high))),
            ("baseline", number(&|f| f.baseline)),
            ("difference", number(&|f| f.difference.map(|d| d.value))),
            (
                "difference_se",
                number(&|f| f.difference.and_then(|d| d.se)),
            ),
            ("p", number(&|f| f.p)),
            ("why", text(&|f| f.why.clone())),
        ],
    )
}

#[cfg(not(feature = "tables"))]
fn csv(_: &Verdict) -> Result<Vec<u8>, ReportError> {
    Err(ReportError::NotBuilt {
        what: "CSV reports",
        feature: "tables",
    })
}
