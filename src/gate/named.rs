//! Names in a policy: metrics with their parameters, and findings.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use crate::metric::MetricId;
use crate::result::{FINDINGS, FindingId};

/// Something wrong at a place of the text.
pub(super) type Wrong = (Range<usize>, String);

/// A finding that a model can lack: one that says that all is well is no rule.
pub(super) fn finding_of(text: &Spanned<String>) -> Result<FindingId, Wrong> {
    let id = FindingId::parse(text.get_ref());
    if let Some(id) = id.filter(|id| *id != FindingId::PositivesApart) {
        return Ok(id);
    }
    let bad = FINDINGS
        .iter()
        .filter(|spec| spec.id != FindingId::PositivesApart);
    let names: Vec<&str> = bad.map(|spec| spec.id.name()).collect();
    let what = match id {
        Some(_) => format!(
            "finding {:?} is a good one; take \"positives_at_chance\", which must be absent",
            text.get_ref()
        ),
        None => format!(
            "there is no finding {:?}; expected one of {}",
            text.get_ref(),
            names.join(", ")
        ),
    };
    Err((text.span(), what))
}

/// `uniformity`, or `uniformity{t=2}` as reports write it.
pub(super) fn metric_of(
    text: &Spanned<String>,
) -> Result<(MetricId, BTreeMap<String, f64>), Wrong> {
    let wrong = |what: String| (text.span(), what);
    let (name, inside) = match text.get_ref().split_once('{') {
        None => (text.get_ref().as_str(), None),
        Some((name, rest)) => {
            let inside = rest.strip_suffix('}');
            let inside = inside
                .ok_or_else(|| wrong(format!("{:?} lacks its closing brace", text.get_ref())))?;
            (name, Some(inside))
        }
    };
    let metric = MetricId::parse(name.trim()).map_err(|error| wrong(error.to_string()))?;
    let mut params = BTreeMap::new();
    for part in inside.into_iter().flat_map(|inside| inside.split(',')) {
        let (name, value) = part
            .split_once('=')
            .and_then(|(name, value)| Some((name.trim(), value.trim().parse::<f64>().ok()?)))
            .ok_or_else(|| {
                wrong(format!(
                    "expected parameters such as {{t=2}}, found {part:?}"
                ))
            })?;
        known(metric, name, text.span())?;
        params.insert(name.to_owned(), value);
    }
    Ok((metric, params))
}

/// Refuses a parameter that the metric does not take.
pub(super) fn known(metric: MetricId, name: &str, span: Range<usize>) -> Result<(), Wrong> {
    let spec = metric.spec();
    let takes = spec.param.unwrap_or_default();
    if takes.split(',').any(|param| param == name) {
        return Ok(());
    }
    let what = match spec.param {
        None => format!("{} takes no parameter, found {name:?}", metric.name()),
        Some(_) => format!(
            "{} has no parameter {name:?}; it takes {takes}",
            metric.name()
        ),
    };
    Err((span, what))
}
