//! What a comparison with another audit of the same items needs: each number with groups of items left out.
//!
//! Both audits leave out the same items (their layouts depend on the number of rows, the seed and, where given, the
//! order of ids only), so the error of a difference is that of the differences, group by group. Twenty numbers for
//! each measure, whatever n is.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::found::{Found, Walked};
use super::measures::params;
use super::model::{Measure, Side};
use super::pairwise::{cosines_table, uniformity_table};
use super::terms::Terms;
use crate::metric::{
    Counts, Kind, MetricId, alignment_by_group, alignment_term, cosine_by_group, norms_by_group,
    pair_mean_falls,
};

/// What pairs an audit with another one of the same items.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pairing {
    /// Digest of the rows' ids, in order; none where rows are known by their places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<String>,
    /// The 256 smallest hashes of the ids, 16 hexadecimal digits each: tells how many ids two audits share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids_sketch: Option<String>,
    /// Digest of the positive pairs; none without any, and for aligned views.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positives: Option<String>,
    /// Rows of the first view in each group that is left out.
    pub sizes: Vec<u64>,
    /// Rows of the second view in each group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sizes_b: Option<Vec<u64>>,
    /// Numbers without each group.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
}

/// One number without each group of items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// What was measured.
    pub metric: MetricId,
    /// With which parameters.
    pub params: BTreeMap<String, f64>,
    /// On which rows.
    pub side: Side,
    /// The number without group g, for each g; for means over all pairs to first order (its influence function).
    pub values: Vec<f64>,
}

impl Pairing {
    /// What was left out of this measure, with the sizes of the groups.
    pub fn of(&self, measure: &Measure) -> Option<(&[f64], &[u64])> {
        let metric = parent(measure.metric);
        let found = self.left_out.iter().find(|left| {
            left.metric == metric && left.side == measure.side && left.params == measure.params
        })?;
        let sizes = match (measure.side, &self.sizes_b) {
            (Side::B, Some(sizes)) => sizes,
            _ => &self.sizes,
        };
        (found.values.len() == sizes.len()).then_some((&found.values, sizes))
    }
}

/// Hashes that a sketch of ids keeps: up to so many ids it tells exactly which are shared.
pub(super) const SKETCH: usize = 256;

/// How many ids two audits of so many rows have in common, in words: counted where the sketches hold all of them, else
/// estimated from the smallest hashes of both (Bar-Yossef et al. 2002, Counting distinct elements in a data stream).
pub(super) fn shared_ids((x, n): (&Pairing, u64), (y, m): (&Pairing, u64)) -> String {
    let hashes = |pairing: &Pairing| -> Option<Vec<u64>> {
        let digits = pairing.ids_sketch.as_ref()?.as_bytes().chunks(16);
        digits
            .map(|hash| u64::from_str_radix(std::str::from_utf8(hash).ok()?, 16).ok())
            .collect()
    };
    let (Some(x), Some(y)) = (hashes(x), hashes(y)) else {
        return "how many are in both is not known".to_owned();
    };
    let whole = x.len() as u64 == n && y.len() as u64 == m;
    let (x, y): (BTreeSet<u64>, BTreeSet<u64>) = (x.into_iter().collect(), y.into_iter().collect());
    let most = if whole { usize::MAX } else { SKETCH };
    let all: Vec<&u64> = x.union(&y).take(most).collect();
    let both = all
        .iter()
        .filter(|hash| x.contains(hash) && y.contains(hash));
    let share = both.count() as f64 / all.len().max(1) as f64;
    // J = shared / (n + m - shared).
    let shared = (share / (1.0 + share) * (n + m) as f64).round();
    let about = if whole { "" } else { "about " };
    format!("{about}{shared} of {n} and {m} are in both")
}

/// The metric that this one is a shift of, so that differences are the same; itself otherwise.
pub(super) fn parent(metric: MetricId) -> MetricId {
    match metric.spec().kind {
        Kind::Shift(of) => of,
        _ => metric,
    }
}

/// Everything but counts, tests and the loss at finite M, whose errors are not those of the sample; of an estimate only
/// what is exact in it.
pub(super) fn pairing(found: &Found<'_>, terms: &[Terms]) -> Pairing {
    let sizes = |sizes: &[usize]| sizes.iter().map(|&size| size as u64).collect();
    let mut list = List(Vec::new());
    positives(found, &mut list);
    pair_means(found, &mut list);
    contrasts(found, terms, &mut list);
    norms(found, &mut list);
    let data = found.data;
    Pairing {
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

fn pair_side(found: &Found<'_>) -> Side {
    if found.data.b.is_some() {
        Side::Cross
    } else {
        Side::A
    }
}

fn positives(found: &Found<'_>, out: &mut List) {
    let Some(state) = found.positives else { return };
    let (sizes, side) = (found.layouts.0.group_sizes(), pair_side(found));
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
    let Some(k) = state.position(c) else {
        return vec![f64::NAN];
    };
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
    let (a, b) = match side {
        Side::B => (1, 1),
        Side::Cross => (0, 1),
        Side::A | Side::Mean => (0, 0),
    };
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
    let views = [
        (
            Side::A,
            Some(&found.data.a),
            &found.groups.0,
            &found.layouts.0,
        ),
        (
            Side::B,
            found.data.b.as_ref(),
            &found.groups.1,
            &found.layouts.1,
        ),
    ];
    for (side, rows, groups, layout) in views {
        let Some(rows) = rows else { continue };
        let [mean, cv] = norms_by_group(rows.norms(), groups, layout.group_sizes());
        out.push(MetricId::NormMean, BTreeMap::new(), side, mean.leave);
        out.push(MetricId::NormCv, BTreeMap::new(), side, cv.leave);
    }
}
