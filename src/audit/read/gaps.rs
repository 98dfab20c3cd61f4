//! What the contrastive limit lacks to its floor, and to the sum of alignment and uniformity that bounds it.

use crate::audit::read::found::Found;
use crate::audit::read::terms::Terms;
use crate::metric::MetricId;
use crate::result::params;
use crate::result::{Measure, PairError, Sampled, Stated};
use crate::theory;

/// Gaps of every temperature: shifts of limit and terms, and the Jensen gap. Without positives there is no limit.
pub(crate) fn gaps(found: &Found<'_>, terms: &[Terms], out: &mut Vec<Measure>) {
    if found.positives.is_none() {
        return;
    }
    for terms in terms {
        let tau = terms.tau;
        let floor = theory::contrastive_limit_floor(found.dim(), tau);
        let uniform = theory::contrastive_uniform_term_of_uniform(found.dim(), tau);
        let shifts = [
            (
                MetricId::ContrastiveLimit,
                MetricId::ContrastiveGap,
                floor,
                -floor,
            ),
            (
                MetricId::ContrastiveAlignmentTerm,
                MetricId::ContrastiveGapAlignment,
                -1.0 / tau,
                0.0,
            ),
            (
                MetricId::ContrastiveUniformTerm,
                MetricId::ContrastiveGapUniformity,
                uniform,
                -floor,
            ),
        ];
        for (of, metric, ideal, collapsed) in shifts {
            let same = |m: &&Measure| m.metric == of && m.params == params("tau", tau);
            let shifted: Vec<Measure> = out
                .iter()
                .filter(same)
                .map(|measure| Measure {
                    metric,
                    value: measure.value - ideal,
                    corrected: measure.corrected.map(|corrected| corrected - ideal),
                    interval: measure.interval.map(|own| own.wider(ideal, -ideal)),
                    ideal: Some(0.0),
                    collapsed: Some(collapsed),
                    ..measure.clone()
                })
                .collect();
            out.extend(shifted);
        }
        jensen(found, terms, out);
    }
}

fn jensen(found: &Found<'_>, terms: &Terms, out: &mut Vec<Measure>) {
    for (side, term) in &terms.sides {
        let Some(potential) = &term.potential else {
            continue;
        };
        let gap = potential.combine(1.0, &term.statistic, -1.0);
        // In the gap single pairs cancel, for the most part; where a part was seen, the potential has their error too.
        let pairs = term.pairs.and_then(|pairs| {
            let sampled = pairs.sampled.map(|sampled| Sampled {
                monte_carlo: sampled.monte_carlo.hypot(sampled.pairs),
                ..sampled
            });
            sampled.map(|sampled| PairError {
                sampled: Some(sampled),
                ..pairs
            })
        });
        let stated = Stated::corrected(&gap, pairs, term.bias, found.settings.confidence);
        out.push(stated.measure(
            MetricId::JensenGap,
            params("tau", terms.tau),
            (*side, found.rows(*side)),
            (Some(0.0), Some(0.0)),
        ));
    }
}
