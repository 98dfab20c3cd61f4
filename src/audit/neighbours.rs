//! Which items are nearest to which: what two models of the same items must have in common if they see anything in them.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::AuditError;
use super::figure::Figure;
use super::model::{Measure, Side};
use super::prepare::Prepared;
use crate::backend::{Backend, on_host};
use crate::kernel::{self, Choice};
use crate::metric::{MetricId, overlap};
use crate::num::Moments;
use crate::pass::{Watch, nearest_others};

/// Items whose neighbours a lock file keeps: the error of an overlap is then 0.03 at most.
const MOST: usize = 256;
/// Neighbours of each, where chance is then a hundredth at most; fewer among fewer rows.
const NEAREST: usize = 10;
const CHANCE: usize = 100;

/// The nearest items of some items, of the first view.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Neighbours {
    /// Digest of the rows' ids; none where rows are known by their places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<String>,
    /// Items there are.
    pub items: u64,
    /// How many of the nearest are kept of each.
    pub k: usize,
    /// Whose neighbours they are, ascending; items are counted in the order of their ids, if they have any.
    pub of: Vec<u32>,
    /// The nearest others of each of these, nearest first.
    pub nearest: Vec<Vec<u32>>,
}

impl Neighbours {
    /// Share of neighbours that models which have nothing in common agree on.
    pub fn chance(&self) -> f64 {
        self.k as f64 / (self.items as f64 - 1.0)
    }

    /// What two models of the same items agree on, as `knn_overlap`; none where they are not of the same items, or not
    /// of the same ones among them.
    pub fn overlap(&self, other: &Self, confidence: f64) -> Option<Measure> {
        let same = (&self.ids, self.items, self.k, &self.of)
            == (&other.ids, other.items, other.k, &other.of);
        let figure = overlaps((&self.nearest, &other.nearest), self.k, confidence);
        same.then(|| {
            let mut measure = figure.measure(
                MetricId::KnnOverlap,
                BTreeMap::new(),
                (Side::A, self.of.len() as u64),
                (Some(1.0), Some(self.chance())),
            );
            if let Some(interval) = &mut measure.interval {
                (interval.low, interval.high) = (interval.low.max(0.0), interval.high.min(1.0));
            }
            measure
        })
    }

    /// Whether a file that says so can be true.
    pub fn is_sound(&self) -> bool {
        let rows = |list: &[u32]| list.iter().all(|&row| u64::from(row) < self.items);
        self.k > 0
            && (self.k as u64) < self.items
            && !self.of.is_empty()
            && self.of.len() == self.nearest.len()
            && rows(&self.of)
            && self
                .nearest
                .iter()
                .all(|near| near.len() == self.k && rows(near))
    }
}

impl Prepared {
    /// The nearest others of up to 256 seeded items: ten, or a hundredth of the others where these are fewer, but at least
    /// one. With `like`, of the same items and as many as there.
    ///
    /// Cost: 256 x rows x d multiply-adds.
    ///
    /// # Errors
    /// [`AuditError::Cancelled`].
    pub fn neighbours(
        &self,
        seed: u64,
        like: Option<&Neighbours>,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Neighbours, AuditError> {
        let rows = self.by_item();
        let like = like.filter(|like| like.items == rows.len() as u64);
        let (of, k) = match like {
            Some(like) => (like.of.clone(), like.k),
            None => {
                let k = (rows.len() - 1) / CHANCE;
                (sampled(rows.len(), MOST, seed), k.clamp(1, NEAREST))
            }
        };
        watch.phase("neighbourhoods", of.len() as u64);
        let nearest = nearest_items(self, &rows, &of, k, backend, watch)?;
        Ok(Neighbours {
            ids: self.items.as_ref().map(|items| items.digest.clone()),
            items: rows.len() as u64,
            k,
            of,
            nearest,
        })
    }
}

/// All of `items`, or `most` of them by the seed; ascending.
pub(super) fn sampled(items: usize, most: usize, seed: u64) -> Vec<u32> {
    let mut chosen: Vec<u32> = (0..items as u32).collect();
    if items > most {
        chosen.shuffle(&mut Pcg64::seed_from_u64(seed));
        chosen.truncate(most);
        chosen.sort_unstable();
    }
    chosen
}

/// The `k` nearest other items of each item of `chosen`; item i is row `rows[i]` of the first view.
pub(super) fn nearest_items(
    data: &Prepared,
    rows: &[u32],
    chosen: &[u32],
    k: usize,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Vec<Vec<u32>>, AuditError> {
    let kernel = kernel::select(Some(backend.kernel()))
        .or_else(|_| kernel::select(None))
        .unwrap_or(Choice::Portable);
    let mut item_of = vec![0; rows.len()];
    for (item, &row) in rows.iter().enumerate() {
        item_of[row as usize] = item as u32;
    }
    let of: Vec<u32> = chosen.iter().map(|&item| rows[item as usize]).collect();
    let found = on_host(backend, || nearest_others(kernel, &data.a, &of, k, watch))?;
    let to_items = |near: Vec<(u32, f32)>| {
        let items = near.into_iter().map(|(row, _)| item_of[row as usize]);
        items.collect()
    };
    Ok(found.into_iter().map(to_items).collect())
}

/// Mean share of the `k` nearest that two lists of lists have in common, as one of independent rows.
pub(super) fn overlaps(
    (one, other): (&[Vec<u32>], &[Vec<u32>]),
    k: usize,
    confidence: f64,
) -> Figure {
    let shares: Moments = one
        .iter()
        .zip(other)
        .map(|(one, other)| overlap(one, other, k))
        .collect();
    let freedom = shares.count() as f64 - 1.0;
    let value = shares.mean().unwrap_or(f64::NAN);
    Figure::new(value, shares.standard_error(), freedom, confidence)
}
