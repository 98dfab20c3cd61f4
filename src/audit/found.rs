//! What the walks found, before it is measured.

use std::collections::BTreeMap;

use super::Settings;
use super::estimated::Estimated;
use super::model::Side;
use super::prepare::{Prepared, count};
use crate::data::UnitRows;
use crate::metric::Counts;
use crate::pass::{GramState, Layout, MeanState, PairState, cosine_spread, means, pair_cosines};

/// One all-pairs walk.
pub(super) struct Walked {
    pub(super) side: Side,
    pub(super) state: GramState,
}

/// All that was found, before it is measured.
pub(super) struct Found<'a> {
    pub(super) data: &'a Prepared,
    pub(super) settings: &'a Settings,
    pub(super) layouts: &'a (Layout, Layout),
    pub(super) groups: &'a (Vec<u32>, Vec<u32>),
    pub(super) walked: &'a [Walked],
    pub(super) positives: Option<&'a PairState>,
    pub(super) cosines: &'a Cosines,
    pub(super) excluded: &'a [(u32, u32)],
    /// How much was seen, where `walked` holds a part of the pairs only.
    pub(super) estimated: Option<&'a Estimated>,
}

impl Found<'_> {
    pub(super) fn dim(&self) -> usize {
        self.data.a.dim()
    }

    /// Rows that a number of this side rests on.
    pub(super) fn rows(&self, side: Side) -> u64 {
        let (a, b) = (
            self.data.a.rows() as u64,
            self.data.b.as_ref().map_or(0, |b| b.rows() as u64),
        );
        match side {
            Side::A => a,
            Side::B => b,
            Side::Mean | Side::Cross => a + b,
        }
    }

    pub(super) fn counts(&self, side: Side) -> Counts {
        let (a, b) = (
            self.data.a.rows(),
            self.data.b.as_ref().map_or(0, UnitRows::rows),
        );
        match side {
            Side::A | Side::Mean => Counts::Within(a),
            Side::B => Counts::Within(b),
            Side::Cross if self.data.aligned => Counts::Aligned(a),
            Side::Cross => {
                let mut counts = (vec![b as u64; a], vec![a as u64; b]);
                for &(i, j) in self.excluded {
                    counts.0[i as usize] -= 1;
                    counts.1[j as usize] -= 1;
                }
                Counts::Between {
                    a: counts.0,
                    b: counts.1,
                }
            }
        }
    }

    /// Negatives of each anchor of a side, without group `g`.
    pub(super) fn negatives(&self, side: Side, g: Option<usize>) -> Vec<f64> {
        let layout = if side == Side::A {
            &self.layouts.0
        } else {
            &self.layouts.1
        };
        let lost = g.map_or(0, |g| layout.group_sizes()[g]);
        if side != Side::Cross || self.data.aligned {
            // An anchor that is left in loses the group and keeps itself out.
            return vec![(layout.rows() - lost) as f64 - 1.0; layout.rows()];
        }
        let mut out = vec![(layout.rows() - lost) as f64; self.data.a.rows()];
        for &(i, j) in self.excluded {
            if Some(self.groups.1[j as usize] as usize) != g {
                out[i as usize] -= 1.0;
            }
        }
        out
    }

    /// All negatives of each anchor of a side that are in group `g`.
    pub(super) fn negatives_in(&self, side: Side, g: usize) -> Vec<f64> {
        let (layout, of_anchors) = match side {
            Side::A => (&self.layouts.0, &self.groups.0),
            _ => (&self.layouts.1, &self.groups.1),
        };
        let size = layout.group_sizes()[g] as f64;
        if side != Side::Cross || self.data.aligned {
            let own = |&of: &u32| f64::from(u8::from(of as usize == g));
            return of_anchors.iter().map(|of| size - own(of)).collect();
        }
        let mut out = vec![size; self.data.a.rows()];
        for &(i, j) in self.excluded {
            if self.groups.1[j as usize] as usize == g {
                out[i as usize] -= 1.0;
            }
        }
        out
    }

    /// Positive pairs of the audit.
    pub(super) fn positive_pairs(&self) -> u64 {
        self.data.positives.as_ref().map_or(0, count)
    }
}

/// Sums of cosines of each row with the rows it is compared with, by the linearity of the dot product.
pub(super) struct Cosines {
    pub(super) a: Vec<f64>,
    pub(super) b: Option<Vec<f64>>,
    pub(super) cross: Option<(Vec<f64>, Vec<f64>)>,
    /// For each side the sum inside each given group of rows; empty where none were given.
    pub(super) within: BTreeMap<Side, Vec<f64>>,
    /// Variance of the cosines of single pairs of each view.
    pub(super) spread: BTreeMap<Side, f64>,
}

impl Cosines {
    /// Sums of the rows and of the columns of a side.
    pub(super) fn of(&self, side: Side) -> (&[f64], &[f64]) {
        match (side, &self.b, &self.cross) {
            (Side::B, Some(b), _) => (b, b),
            (Side::Cross, _, Some((rows, columns))) => (rows, columns),
            _ => (&self.a, &self.a),
        }
    }

    pub(super) fn new(
        a: &UnitRows,
        b: Option<&UnitRows>,
        sum_a: &MeanState,
        sum_b: Option<&MeanState>,
        excluded: &[(u32, u32)],
        seed: u64,
    ) -> Self {
        let mut spread = BTreeMap::from([(Side::A, cosine_spread(a, seed))]);
        if let Some(b) = b {
            spread.insert(Side::B, cosine_spread(b, seed));
        }
        let without_self = |mut sums: Vec<f64>| {
            sums.iter_mut().for_each(|s| *s -= 1.0);
            sums
        };
        let within_a = without_self(means(a, sum_a));
        let (Some(b), Some(sum_b)) = (b, sum_b) else {
            return Self {
                a: within_a,
                b: None,
                cross: None,
                within: BTreeMap::new(),
                spread,
            };
        };
        let (mut rows, mut columns) = (means(a, sum_b), means(b, sum_a));
        for (&(i, j), s) in excluded.iter().zip(pair_cosines((a, b), excluded)) {
            rows[i as usize] -= s;
            columns[j as usize] -= s;
        }
        Self {
            a: within_a,
            b: Some(without_self(means(b, sum_b))),
            cross: Some((rows, columns)),
            within: BTreeMap::new(),
            spread,
        }
    }
}
