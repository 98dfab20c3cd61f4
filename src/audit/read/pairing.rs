//! Each number with groups of items left out, for comparisons with other audits of the same items.

use std::collections::BTreeMap;

use crate::audit::facts::operands;
use crate::audit::read::found::Found;
use crate::audit::read::pairwise::{cosines_table, uniformity_table};
use crate::audit::read::search::number::Number;
use crate::audit::read::terms::Terms;
use crate::audit::states::walked::Walked;
use crate::metric::{
    Counts, MetricId, alignment_by_group, alignment_term, cosine_by_group, norms_by_group,
    pair_mean_falls,
};
use crate::result::params;
use crate::result::{LeftOut, Pairing, Side};

/// Everything but counts, tests and the loss at finite M, whose errors are not those of the sample; of an estimate only
/// what is exact in it; last the numbers of those who search and of the spectrum.
pub(crate) fn pairing(found: &Found<'_>, terms: &[Terms], searched: Vec<Number>) -> Pairing {
    let sizes = |sizes: &[usize]| sizes.iter().map(|&size| size as u64).collect();
    let mut list = List(Vec::new());
    positives(found, &mut list);
    pair_means(found, &mut list);
    contrasts(found, terms, &mut list);
    norms(found, &mut list);
    // Counts, and what no group was left out of, are not paired.
    let paired = searched
        .into_iter()
        .filter(|number| !number.left.is_empty());
    for Number { measure, left } in paired {
        list.push(measure.metric, measure.params, measure.side, left);
    }
    let data = found.data;
    Pairing {
        queries: found.queries.map(|queries| queries.card.digest.clone()),
        ids: data.items.as_ref().map(|items| items.digest.clone()),
        ids_sketch: data.items.as_ref().and_then(|items| items.sketch.clone()),
        positives: data.positives_digest(),
        sizes: sizes(found.layouts.0.group_sizes()),
        sizes_b: data
            .b
            .as_ref()
            .map(|_| sizes(found.layouts.1.group_sizes())),
        left_out: list.0,
    }
}

struct List(Vec<LeftOut>);

impl List {
    fn push(
        &mut self,
        metric: MetricId,
        params: BTreeMap<String, f64>,
        side: Side,
        values: Vec<f64>,
    ) {
        if values.iter().all(|v| v.is_finite()) {
            self.0.push(LeftOut {
                metric,
                params,
                side,
                values,
            });
        }
    }
}

fn positives(found: &Found<'_>, out: &mut List) {
    let Some(state) = found.positives else { return };
    let (sizes, side) = (found.layouts.0.group_sizes(), found.data.pair_side());
    for (k, &alpha) in found.settings.alphas.iter().enumerate() {
        if let Some(statistic) = alignment_by_group(state, k, sizes) {
            let params = params("alpha", alpha);
            out.push(MetricId::Alignment, params, side, statistic.leave);
        }
    }
    for &tau in &found.settings.taus {
        if let Some(cosine) = cosine_by_group(state, sizes) {
            let term = cosine.combine(-1.0 / tau, &cosine, 0.0);
            let params = params("tau", tau);
            out.push(MetricId::ContrastiveAlignmentTerm, params, side, term.leave);
        }
    }
}

/// Uniformity and mean cosine of every side, then of the mean of two views.
fn pair_means(found: &Found<'_>, out: &mut List) {
    // A part of the pairs has no mean with a group left out that this code knows of.
    let all_pairs = found.estimated.is_none();
    for &t in found.settings.ts.iter().filter(|_| all_pairs) {
        let of = |walked: &Walked| uniformity(found, walked, t);
        sides(found, of, |side, leave| {
            out.push(MetricId::Uniformity, params("t", t), side, leave);
        });
    }
    let of = |walked: &Walked| mean_cosine(found, walked);
    sides(found, of, |side, leave| {
        out.push(MetricId::MeanCosine, BTreeMap::new(), side, leave);
    });
}

fn sides(found: &Found<'_>, of: impl Fn(&Walked) -> Vec<f64>, mut put: impl FnMut(Side, Vec<f64>)) {
    let all: Vec<(Side, Vec<f64>)> = found.walked.iter().map(|w| (w.side, of(w))).collect();
    if let [(_, a), (_, b), ..] = &all[..] {
        put(
            Side::Mean,
            a.iter().zip(b).map(|(a, b)| (a + b) / 2.0).collect(),
        );
    }
    all.into_iter().for_each(|(side, leave)| put(side, leave));
}

/// uniformity is log U, so that leaving a group out moves it by the share of U that goes, to first order.
fn uniformity(found: &Found<'_>, walked: &Walked, t: f64) -> Vec<f64> {
    if found.data.grouping.is_some() {
        let sizes = found.layouts.0.group_sizes();
        let finish = |mean: f64| mean.ln() - 2.0 * t;
        return uniformity_table(found, walked, t)
            .by_group(sizes, finish)
            .leave;
    }
    let (state, c) = (&walked.state, 2.0 * t);
    let k = state.at(c);
    let rows = state.rows.totals(k);
    let columns = state.columns.as_ref().map(|sums| sums.totals(k));
    let (mean, falls) = falls(found, walked.side, &rows, columns.as_ref().unwrap_or(&rows));
    let value = mean.ln() - c;
    falls.iter().map(|fall| value - fall / mean).collect()
}

fn mean_cosine(found: &Found<'_>, walked: &Walked) -> Vec<f64> {
    if let Some(table) = cosines_table(found, walked.side) {
        return table
            .by_group(found.layouts.0.group_sizes(), |mean| mean)
            .leave;
    }
    let (rows, columns) = found.cosines.of(walked.side);
    let (mean, falls) = falls(found, walked.side, rows, columns);
    falls.iter().map(|fall| mean - fall).collect()
}

fn falls(found: &Found<'_>, side: Side, rows: &[f64], columns: &[f64]) -> (f64, Vec<f64>) {
    let (a, b) = operands(side);
    let (a, b) = (usize::from(a), usize::from(b));
    let groups = [&found.groups.0, &found.groups.1];
    let sizes = [&found.layouts.0, &found.layouts.1].map(|layout| layout.group_sizes());
    let partners = match found.counts(side) {
        Counts::Within(n) | Counts::Aligned(n) => (vec![n as u64 - 1; n], vec![n as u64 - 1; n]),
        Counts::Between { a, b } => (a, b),
    };
    pair_mean_falls(
        (rows, columns),
        (&partners.0, &partners.1),
        (groups[a], groups[b]),
        (sizes[a], sizes[b]),
    )
}

fn contrasts(found: &Found<'_>, terms: &[Terms], out: &mut List) {
    for &Terms { tau, ref sides } in terms {
        for (side, term) in sides {
            let term = &term.statistic;
            let limit = found
                .positives
                .and_then(|state| alignment_term(state, tau, &term.sizes))
                .map(|aligned| aligned.combine(1.0, term, 1.0));
            let mut put = |metric, leave: Vec<f64>| {
                out.push(metric, params("tau", tau), *side, leave);
            };
            put(MetricId::ContrastiveUniformTerm, term.leave.clone());
            if let Some(limit) = limit {
                put(MetricId::ContrastiveLimit, limit.leave);
            }
        }
    }
}

fn norms(found: &Found<'_>, out: &mut List) {
    for (side, view) in found.data.views() {
        let sizes = found.layout(side).group_sizes();
        let [mean, cv] = norms_by_group(&view.norms, found.anchors(side), sizes);
        out.push(MetricId::NormMean, BTreeMap::new(), side, mean.leave);
        out.push(MetricId::NormCv, BTreeMap::new(), side, cv.leave);
    }
}
