//! A gate's verdict: for the terminal, as JSON, CSV, Markdown, JUnit XML, and as annotations of a CI run.

mod annotations;
mod junit;
mod markdown;
mod table;

use super::number::{Written, alike, plain, written};
use super::rows::ABSENT;
use super::text::printable;
use super::{Format, ReportError, Style};
use crate::gate::{Bound, Decision, Finding, Level, Outcome, Verdict, counts};
use crate::metric::Direction;

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

/// A finding, written out.
struct Row {
    /// `FAIL`, `warn`, `ok`, ...
    word: &'static str,
    label: String,
    value: String,
    interval: String,
    limit: String,
    why: String,
}

/// One word for what a finding does to the gate.
fn word(finding: &Finding) -> &'static str {
    match (finding.outcome, finding.decision()) {
        (_, Decision::Violated) => "FAIL",
        (_, Decision::Undecided) => "UNDECIDED",
        (Outcome::Skipped, _) => "skipped",
        _ if finding.warns() => "warning",
        (Outcome::Broken | Outcome::Undecided, _) if finding.rule.level == Level::Info => "info",
        _ => "ok",
    }
}

fn row(finding: &Finding) -> Row {
    let text = finding.value.map(|value| written(value, finding.se));
    let value = match &text {
        None => ABSENT.to_owned(),
        Some(Written {
            value,
            se: Some(se),
            ..
        }) => format!("{value} ± {se}"),
        Some(text) => text.value.clone(),
    };
    let interval = finding.interval.zip(text.as_ref());
    let interval = interval.map_or(ABSENT.to_owned(), |(interval, text)| {
        format!(
            "{} to {}",
            alike(interval.low, text),
            alike(interval.high, text)
        )
    });
    Row {
        word: word(finding),
        label: printable(&finding.label()),
        value,
        interval,
        limit: limit(finding),
        why: printable(&why(finding)),
    }
}

fn limit(finding: &Finding) -> String {
    match finding.rule.bound {
        Bound::AtMost(limit) => format!("at most {limit}"),
        Bound::AtLeast(limit) => format!("at least {limit}"),
        Bound::NoWorseThanBaseline(floors) => {
            let mut text = match finding.baseline {
                Some(old) => format!("baseline {}", written(old, finding.se).value),
                None => "baseline".to_owned(),
            };
            let floor = floors
                .abs
                .max(floors.rel * finding.baseline.unwrap_or(0.0).abs());
            if floor > 0.0 {
                let sign = match finding.rule.metric.spec().better {
                    Direction::Higher => "-",
                    Direction::Lower | Direction::Neutral => "+",
                };
                text += &format!(" {sign} {}", plain(floor, 4));
            }
            text
        }
    }
}

/// The reason, with what it rests on.
fn why(finding: &Finding) -> String {
    let Some(difference) = finding.difference else {
        return finding.why.clone();
    };
    let text = written(difference.value, difference.se);
    let sign = if difference.value > 0.0 { "+" } else { "" };
    let mut out = format!("{}: {sign}{}", finding.why, text.value);
    if let Some(se) = &text.se {
        let how = if difference.paired {
            "paired"
        } else {
            "not paired"
        };
        out += &format!(" ± {se} ({how})");
    }
    if let Some(p) = finding.p {
        out += &format!(", {}", p_value(p));
    }
    out
}

/// `p = 0.031`, `p < 0.0001`.
fn p_value(p: f64) -> String {
    if p < 1e-4 {
        "p < 0.0001".to_owned()
    } else if p < 0.0995 {
        let decimals = (1.0 - p.log10().floor()) as usize;
        format!("p = {p:.decimals$}")
    } else {
        format!("p = {p:.2}")
    }
}

/// `2 failed, 1 warned, 3 passed`.
fn tally(verdict: &Verdict) -> String {
    let counts = counts(&verdict.findings);
    let order = ["failed", "undecided", "warned", "skipped", "passed"];
    let parts = order
        .iter()
        .filter_map(|word| Some(format!("{} {word}", counts.get(word)?)));
    parts.collect::<Vec<_>>().join(", ")
}

/// `spherecheck.toml, against baseline.json (minilm), paired`.
fn against(verdict: &Verdict) -> String {
    let mut text = printable(&verdict.policy);
    if let Some((path, name)) = &verdict.baseline {
        text += &format!(", against {} ({})", printable(path), printable(name));
        text += match verdict.paired {
            Some(true) => ", paired",
            _ => ", not paired",
        };
    }
    text
}

#[cfg(feature = "tables")]
fn csv(verdict: &Verdict) -> Result<Vec<u8>, ReportError> {
    use super::csv::{Cells, columns};
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
