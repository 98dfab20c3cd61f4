//! Numbers of models side by side, written out.

use crate::metric::MetricId;
use crate::report::number::{alike, percentage, plain, written};
use crate::report::rows::{ABSENT, is_detail};
use crate::report::text::printable;
use crate::result::{Change, Comparison, Line, PrefixCurve, Side, Similarity, label};

pub(super) fn subject(comparison: &Comparison) -> String {
    let names = comparison.models.iter().map(|model| model.name.as_str());
    names.collect::<Vec<_>>().join(" and ")
}

/// Whether a terminal leaves the number out unless asked.
pub(super) fn hidden(metric: MetricId) -> bool {
    is_detail(metric) || metric == MetricId::UniformityZ
}

/// One number of all models, written out.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) side: &'static str,
    /// For each model.
    pub(super) cells: Vec<Written>,
}

/// One number of one model.
#[derive(Default)]
pub(super) struct Written {
    pub(super) value: String,
    /// `+0.0707 ± 0.0018`; empty for the base.
    pub(super) difference: String,
    pub(super) change: Option<Change>,
}

pub(super) fn row(line: &Line) -> Row {
    let cells = line.cells.iter().map(|cell| {
        let Some(cell) = cell else {
            return Written {
                value: ABSENT.to_owned(),
                ..Written::default()
            };
        };
        let own = written(cell.value, cell.se);
        let value = match &cell.se {
            None if cell.value.fract() == 0.0 => plain(cell.value, 0),
            _ => own.value,
        };
        let Some(against) = &cell.against else {
            return Written {
                value,
                ..Written::default()
            };
        };
        let text = written(against.difference.value, against.difference.se);
        let sign = if against.difference.value > 0.0 {
            "+"
        } else {
            ""
        };
        let difference = match &text.se {
            Some(se) => format!("{sign}{} ± {se}", text.value),
            None => format!("{sign}{}", plain(against.difference.value, 4)),
        };
        Written {
            value,
            difference,
            change: Some(against.verdict),
        }
    });
    Row {
        label: printable(&label(line.metric, &line.params)),
        side: line.side.name(),
        cells: cells.collect(),
    }
}

/// What the columns mean.
pub(super) fn legend(comparison: &Comparison) -> String {
    let level = percentage(comparison.confidence);
    let base = comparison
        .models
        .first()
        .map_or("", |base| base.name.as_str());
    let paired = comparison.models.iter().filter_map(|model| model.paired);
    let how = if paired.clone().all(|paired| paired) {
        "errors of differences are paired: the same items are left out of both models"
    } else {
        "errors of differences are those of independent samples where models are not paired"
    };
    format!(
        "differences are from {}; {how}; verdicts hold together at {level} ({} tests, Holm)",
        printable(base),
        comparison.tests
    )
}

pub(super) fn similarity(s: &Similarity) -> (String, String) {
    let text = written(s.value, s.se);
    let se = text
        .se
        .as_ref()
        .map_or(String::new(), |se| format!(" ± {se}"));
    let interval = s.interval.map_or(String::new(), |i| {
        format!(" ({} to {})", alike(i.low, &text), alike(i.high, &text))
    });
    let between = format!(
        "{} of {} and {}",
        s.name,
        printable(&s.between.0),
        printable(&s.between.1)
    );
    let chance = format!("; nothing in common gives {}", plain(s.chance, 4));
    (
        between,
        format!("{}{se}{interval}{chance}; {}", text.value, s.definition),
    )
}

/// The curves that are drawn and tabled: alignment, uniformity and the limit, on one side each.
pub(super) fn main_curves(comparison: &Comparison) -> Vec<&PrefixCurve> {
    let wanted = |curve: &&PrefixCurve| {
        let side = match curve.metric {
            MetricId::Alignment | MetricId::ContrastiveLimit => [Side::Cross, Side::A],
            MetricId::Uniformity | MetricId::MeanCosine => [Side::Mean, Side::A],
            _ => return false,
        };
        let has = |side: Side| {
            comparison.prefixes.iter().any(|other| {
                other.metric == curve.metric && other.params == curve.params && other.side == side
            })
        };
        curve.side == if has(side[0]) { side[0] } else { side[1] }
    };
    comparison.prefixes.iter().filter(wanted).collect()
}

/// One prefix curve as cells: `model`, label, then one for each prefix.
pub(super) fn prefix_cells(curve: &PrefixCurve) -> Vec<String> {
    let points = curve.points.iter().map(|point| {
        let text = written(point.value, point.se);
        match text.se {
            Some(se) => format!("{} ± {se}", text.value),
            None => text.value,
        }
    });
    let head = [
        printable(&label(curve.metric, &curve.params)),
        curve.side.name().to_owned(),
    ];
    head.into_iter().chain(points).collect()
}
