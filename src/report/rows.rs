//! Measures as rows of text, in reading order.

use super::number::{alike, count, percentage, plain, written};
use super::text::printable;
use crate::metric::MetricId;
use crate::result::{Audit, Measure, Side, Support};

/// What stands where there is no number.
pub(super) const ABSENT: &str = "–";
/// What stands before an estimate.
pub(super) const ESTIMATED: char = '≈';

/// One measure, written out.
pub(super) struct Row {
    /// `uniformity{t=2}`.
    pub label: String,
    /// Whether a terminal leaves it out unless asked.
    pub detail: bool,
    /// Whether the row above has another label.
    pub first: bool,
    pub side: &'static str,
    pub value: String,
    pub se: Option<String>,
    /// Both ends of the interval; in a heading one text; nothing where there is none.
    pub interval: Vec<String>,
    pub n: String,
    pub ideal: String,
    pub collapsed: String,
    /// Where the value lies between collapsed (0) and ideal (1).
    pub reached: Option<f64>,
}

/// Measures that a terminal shows only when details are wanted: shifts of others, and what the curve's table has.
pub(super) fn is_detail(metric: MetricId) -> bool {
    matches!(
        metric,
        MetricId::ContrastiveLoss
            | MetricId::MutualInformationBound
            | MetricId::ContrastiveGap
            | MetricId::ContrastiveGapAlignment
            | MetricId::ContrastiveGapUniformity
            | MetricId::JensenGap
    )
}

/// All measures; those of one label stand together, sides in the order a, b, mean, cross.
pub(super) fn rows(audit: &Audit) -> Vec<Row> {
    let labels: Vec<String> = audit.measures.iter().map(Measure::label).collect();
    let place = |label: &String| labels.iter().position(|other| other == label);
    let mut order: Vec<_> = audit.measures.iter().zip(&labels).collect();
    order.sort_by_key(|(measure, label)| (place(label), measure.side));
    let mut above = None;
    order
        .into_iter()
        .map(|(measure, label)| {
            let first = above.replace(label) != Some(label);
            row(measure, printable(label), first)
        })
        .collect()
}

/// One measure, written out under a label that is printable.
pub(super) fn row(measure: &Measure, label: String, first: bool) -> Row {
    let counts = matches!(
        measure.metric,
        MetricId::DuplicateRows | MetricId::DuplicatePairs
    );
    let whole = |v: f64| counts && (0.0..9e15).contains(&v) && v.fract() == 0.0;
    let mut text = written(measure.value, measure.se);
    if whole(measure.value) && measure.se.is_none() {
        text.value = count(measure.value as u64);
    }
    if measure.metric == MetricId::UniformityZ {
        // Counted in standard deviations: a tenth of one is exact enough, and none where it is in the hundreds.
        text.decimals = usize::from(measure.value.abs() < 100.0);
        text.value = plain(measure.value, text.decimals);
    }
    if measure.support == Support::Estimated {
        text.value.insert(0, ESTIMATED);
    }
    let beside = |value: Option<f64>| match value {
        None => ABSENT.to_owned(),
        Some(v) if whole(v) => count(v as u64),
        Some(v) => plain(v, text.decimals),
    };
    Row {
        label,
        detail: is_detail(measure.metric),
        first,
        side: measure.side.name(),
        ideal: beside(measure.ideal),
        collapsed: beside(measure.collapsed),
        n: count(measure.n),
        reached: reached(measure),
        interval: measure
            .interval
            .map(|interval| [interval.low, interval.high].map(|end| alike(end, &text)))
            .map_or_else(Vec::new, Vec::from),
        value: text.value,
        se: text.se,
    }
}

fn reached(measure: &Measure) -> Option<f64> {
    let (ideal, collapsed) = (measure.ideal?, measure.collapsed?);
    let way = ideal - collapsed;
    let share = (measure.value - collapsed) / way;
    (way.abs() > 1e-9 && share.is_finite()).then_some(share)
}

/// `64 %`; never rounded up to 100 or down to 0 from within.
pub(super) fn percent(share: f64) -> String {
    let rounded = (share * 100.0).round();
    let inside = if share < 1.0 && share > 0.0 {
        rounded.clamp(1.0, 99.0)
    } else {
        rounded
    };
    format!("{} %", plain(inside, 0))
}

/// `95 % interval`, of the level that the audit's intervals have; none where it has no interval.
pub(super) fn interval_heading(audit: &Audit) -> Option<String> {
    let level = audit.measures.iter().find_map(|m| m.interval)?.level;
    Some(format!("{} interval", percentage(level)))
}

/// Whether the audit has a value whose interval stands around another one.
pub(super) fn has_corrected(audit: &Audit) -> bool {
    audit
        .measures
        .iter()
        .any(|measure| measure.corrected.is_some())
}

/// Whether the audit speaks of anything but one view.
pub(super) fn has_sides(audit: &Audit) -> bool {
    audit.subject.b.is_some() || audit.measures.iter().any(|measure| measure.side != Side::A)
}
