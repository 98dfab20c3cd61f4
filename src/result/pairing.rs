//! What a comparison with another audit of the same items needs: each number with groups of items left out.
//!
//! Both audits leave out the same items (their layouts depend on the number of rows, the seed and, where given, the
//! order of ids only), so the error of a difference is that of the differences, group by group. Twenty numbers for
//! each measure, whatever n is.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::measure::{Measure, Side};
use crate::metric::{Kind, MetricId};
use crate::num::count;

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
    /// Digest of the queries of retrieval and thresholds, where they are a sample ([`QueriesCard`](super::QueriesCard)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queries: Option<String>,
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
const SKETCH: usize = 256;

/// The smallest hashes of the ids, 16 hexadecimal digits each.
pub(crate) fn sketch(ids: &[String]) -> String {
    let mut hashes: Vec<[u8; 8]> = ids
        .par_iter()
        .map(|id| {
            let whole = Sha256::digest(id.as_bytes());
            std::array::from_fn(|k| whole[k])
        })
        .collect();
    hashes.sort_unstable();
    hashes.truncate(SKETCH);
    hashes
        .iter()
        .flatten()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

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
    format!(
        "{about}{} of {} and {} are in both",
        count(shared as u64),
        count(n),
        count(m)
    )
}

/// The metric that this one is a shift of, so that differences are the same; itself otherwise.
pub(super) fn parent(metric: MetricId) -> MetricId {
    match metric.spec().kind {
        Kind::Shift(of) => of,
        _ => metric,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(n: u64, others: std::ops::Range<u64>) -> String {
        let of = |ids: std::ops::Range<u64>| Pairing {
            ids_sketch: Some(sketch(
                &ids.map(|id| format!("item {id}")).collect::<Vec<_>>(),
            )),
            ..Pairing::default()
        };
        let m = others.end - others.start;
        shared_ids((&of(0..n), n), (&of(others), m))
    }

    #[test]
    fn few_ids_are_counted_and_many_are_estimated() {
        assert_eq!(shared(40, 39..60), "1 of 40 and 21 are in both");
        assert_eq!(shared(40, 0..40), "40 of 40 and 40 are in both");
        assert_eq!(shared(40, 40..50), "0 of 40 and 10 are in both");
        // 256 hashes know a share of one third within 3 % (one error).
        let text = shared(30_000, 15_000..45_000);
        let about = text.strip_prefix("about ").expect("an estimate");
        let found = about.split(' ').next().expect("a number").replace(',', "");
        let found: f64 = found.parse().expect("a number");
        assert!((found - 15_000.0).abs() < 3_500.0, "{text}");
        let without = Pairing::default();
        assert!(shared_ids((&without, 5), (&without, 5)).contains("not known"));
    }
}
