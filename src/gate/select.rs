//! Which number of an audit a rule speaks of.

use super::error::Unjudged;
use super::rule::Rule;
use crate::result::{Audit, Measure, NumberSource, Side, Slice};

/// Where a rule's number is to be looked for: the whole audit, or slices of it.
pub(super) fn places<'a>(
    audit: &'a Audit,
    rule: &Rule,
) -> Result<Vec<(Option<&'a Slice>, NumberSource<'a>)>, Unjudged> {
    let Some(wanted) = &rule.slice else {
        return Ok(vec![(None, NumberSource::from(audit))]);
    };
    let found: Vec<_> = audit
        .slices
        .iter()
        .filter(|slice| wanted == "*" || slice.name == *wanted)
        .map(|slice| (Some(slice), NumberSource::from(slice)))
        .collect();
    if found.is_empty() {
        let slices = audit.slices.iter();
        let names: Vec<&str> = slices.map(|slice| slice.name.as_str()).collect();
        return Err(Unjudged::NoSlice {
            slice: wanted.clone(),
            found: match names.len() {
                0 => "none".to_owned(),
                n if n > 12 => format!("{}, and {} more", names[..12].join(", "), n - 12),
                _ => names.join(", "),
            },
        });
    }
    Ok(found)
}

/// The one number that the rule can mean.
pub(super) fn measure<'a>(numbers: NumberSource<'a>, rule: &Rule) -> Result<&'a Measure, Unjudged> {
    let metric = rule.metric.name();
    let all: Vec<&Measure> = numbers
        .measures
        .iter()
        .filter(|m| m.metric == rule.metric)
        .collect();
    let fits = |m: &&&Measure| {
        let mut params = rule.params.iter();
        params.all(|(name, value)| m.params.get(name) == Some(value))
    };
    let mut with_params: Vec<&Measure> = all.iter().filter(fits).copied().collect();
    // `mrr` is a number beside mrr{k=10}.
    if with_params.iter().any(|m| m.params == rule.params) {
        with_params.retain(|m| m.params == rule.params);
    }
    if with_params.is_empty() {
        return Err(Unjudged::Absent {
            label: rule.label(),
            found: listed(all.iter().map(|m| m.label())),
            metric,
        });
    }
    let labels = listed(with_params.iter().map(|m| m.label()));
    if with_params
        .iter()
        .any(|m| m.params != with_params[0].params)
    {
        return Err(Unjudged::Ambiguous {
            label: rule.label(),
            what: "parameters",
            found: labels,
        });
    }
    let sides = listed(with_params.iter().map(|m| m.side.name().to_owned()));
    let on_side = |side: Side| with_params.iter().find(|m| m.side == side).copied();
    match rule.side {
        Some(side) => on_side(side).ok_or_else(|| Unjudged::Absent {
            label: rule.label(),
            found: format!("sides {sides}"),
            metric,
        }),
        None if with_params.len() == 1 => Ok(with_params[0]),
        None => Err(Unjudged::Ambiguous {
            label: rule.label(),
            what: "side",
            found: sides,
        }),
    }
}

/// Without repetitions; `none` where there is nothing.
fn listed(labels: impl Iterator<Item = String>) -> String {
    let mut out: Vec<String> = Vec::new();
    for label in labels {
        if !out.contains(&label) {
            out.push(label);
        }
    }
    if out.is_empty() {
        "none".to_owned()
    } else {
        out.join(", ")
    }
}
