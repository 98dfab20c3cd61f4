//! A comparison in one line for each model: where it is better and worse, and what that says together.

use super::super::comparison::{Change, Comparison, Line};
use super::super::measure::{Side, label};
use crate::metric::{Blind, Family, METRICS, MetricId, MetricSpec, Place};

/// One line for each model but the base, e.g. `cls, against mean, is worse in recall{k=1} and uniformity{t=2}, better in
/// alignment{alpha=2}: it finds less.`
pub fn summary(comparison: &Comparison) -> Vec<String> {
    let Some(base) = comparison.models.first() else {
        return Vec::new();
    };
    let models = comparison.models.iter().enumerate().skip(1);
    let of = models.map(|(k, model)| of_model(comparison, k, (&model.name, &base.name)));
    of.collect()
}

fn of_model(comparison: &Comparison, k: usize, (name, base): (&str, &str)) -> String {
    // Retrieval says what alignment and uniformity only hint at: alignment alone puts eight real encoders nearly in the
    // reverse order of their recall. Of the others that comes first which no worthless model does well by.
    let headlines = || METRICS.iter().filter(|m| m.place == Place::Headline);
    let of_queries = |m: &&MetricSpec| m.id.family() == Family::Queries;
    let mut of_rows: Vec<&MetricSpec> = headlines().filter(|m| !of_queries(m)).collect();
    of_rows.sort_by_key(|m| m.blind != Blind::Never);
    let told = |m: &MetricSpec| main(comparison, m, k);
    let retrieval: Vec<_> = headlines().filter(of_queries).filter_map(told).collect();
    let rows: Vec<_> = of_rows.into_iter().filter_map(told).collect();
    let told = retrieval.iter().chain(&rows);
    let parts = [
        (Change::Better, "better"),
        (Change::Worse, "worse"),
        (Change::Differs, "different"),
        (Change::Same, "the same"),
    ];
    let parts = parts.iter().filter_map(|(change, word)| {
        let labels = told.clone().filter(|(_, of)| of == change);
        let labels: Vec<&str> = labels.map(|(label, _)| label.as_str()).collect();
        (!labels.is_empty()).then(|| format!("{word} in {}", listed(&labels)))
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        return format!("{name} and {base} have no number in common that could be judged.");
    }
    let parts = parts.join(", ");
    let positives = (comparison.lines.iter()).any(|line| line.metric == MetricId::Alignment);
    let verdict = match (decided(&retrieval), decided(&rows)) {
        (Some(Change::Better), _) => ": it finds more",
        (Some(Change::Worse), _) => ": it finds less",
        (Some(Change::Same), _) => ": it finds as much, as far as these rows tell",
        (Some(_), _) => ": it finds more by one number and less by another",
        (None, Some(Change::Same)) => "",
        (None, _) if positives => ": --search tells which of the two finds more",
        (None, _) => ": --search and positives tell which of the two finds more",
    };
    format!("{name}, against {base}, is {parts}{verdict}.")
}

/// Better or worse where no number says the contrary; `Differs` where one does. None without numbers.
fn decided(all: &[(String, Change)]) -> Option<Change> {
    let has = |change| all.iter().any(|(_, of)| *of == change);
    all.first()?;
    Some(match (has(Change::Better), has(Change::Worse)) {
        (true, false) => Change::Better,
        (false, true) => Change::Worse,
        (true, true) => Change::Differs,
        (false, false) => Change::Same,
    })
}

/// The verdict about a metric on the side that speaks for the model, at the parameter that does.
fn main(comparison: &Comparison, spec: &MetricSpec, k: usize) -> Option<(String, Change)> {
    let verdict = |line: &Line| Some(line.cells.get(k)?.as_ref()?.against.as_ref()?.verdict);
    let of = |side: &Side| {
        let lines = comparison.lines.iter();
        let lines = lines.filter(|line| line.metric == spec.id && line.side == *side);
        let mut judged = lines.filter_map(|line| {
            let change = verdict(line).filter(|change| *change != Change::Untested)?;
            Some((label(line.metric, &line.params), change))
        });
        if spec.traits.last_speaks {
            judged.next_back()
        } else {
            judged.next()
        }
    };
    spec.sides.iter().find_map(of)
}

/// `a`, `a and b`, `a, b and c`.
fn listed(labels: &[&str]) -> String {
    match labels {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => labels.concat(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::super::comparison::{Model, ModelValue, Unit, Versus};
    use super::super::super::difference::Difference;
    use super::*;

    fn line(metric: MetricId, side: Side, verdict: Change) -> Line {
        let against = Versus {
            difference: Difference {
                value: 0.1,
                se: Some(0.01),
                freedom: None,
                widening: 0.0,
                paired: true,
            },
            interval: None,
            p: None,
            verdict,
            effect: None,
            excess: None,
            power: None,
            n: 1000,
            unit: Unit::Rows,
        };
        let cell = |against| {
            Some(ModelValue {
                value: 0.5,
                se: None,
                ideal: None,
                against,
            })
        };
        Line {
            metric,
            params: BTreeMap::new(),
            side,
            ideal: None,
            collapsed: None,
            cells: vec![cell(None), cell(Some(against))],
        }
    }

    fn said(lines: Vec<Line>) -> String {
        let model = |name: &str| Model {
            name: name.to_owned(),
            ..Model::default()
        };
        let comparison = Comparison {
            models: vec![model("old"), model("new")],
            lines,
            ..Comparison::default()
        };
        summary(&comparison).concat()
    }

    #[test]
    fn retrieval_decides_where_alignment_says_the_contrary() {
        use Change::{Better, Same, Untested, Worse};
        let rows = || {
            vec![
                line(MetricId::Alignment, Side::Cross, Better),
                line(MetricId::Uniformity, Side::Mean, Same),
            ]
        };
        assert_eq!(
            said(rows()),
            "new, against old, is better in alignment, the same in uniformity: --search tells which of the two finds more."
        );
        assert!(said(rows()[1..].to_vec()).contains("the same in uniformity."));
        assert_eq!(
            said(vec![line(MetricId::Uniformity, Side::Mean, Worse)]),
            "new, against old, is worse in uniformity: --search and positives tell which of the two finds more."
        );
        let mut searched = rows();
        searched.push(line(MetricId::Recall, Side::Mean, Worse));
        searched.push(line(MetricId::Tar, Side::Cross, Worse));
        assert_eq!(
            said(searched),
            "new, against old, is better in alignment, worse in recall and tar, the same in uniformity: it finds less."
        );
        assert!(said(vec![line(MetricId::Recall, Side::Mean, Untested)]).contains("no number"));
    }
}
