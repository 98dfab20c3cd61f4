//! What an all-pairs pass yields.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::num::Merge;

/// Sums of e^(c s) for each row, by coefficient and by jackknife group of the other row.
///
/// `(c, g, i)`: sum over the rows j of group g that were met by row i. Coefficients that need no groups keep one
/// sum for each row. Sums lie in the order of the walk: position p holds row `order[p]`; [`RowSums::totals`] puts
/// them back into the order of the data.
///
/// A walk meets the groups one after the other, and what a row meets of one group is summed before it joins the rest:
/// without groups a sum so has the bits that its sums by group, added in their order, have. That makes a walk equal to
/// its [shards](super::Plan::shard), whose states keep all groups apart, bit for bit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RowSums {
    order: Vec<u32>,
    groups: usize,
    starts: Vec<usize>,
    grouped: Vec<bool>,
    values: Vec<f64>,
    /// Of coefficients without groups: what each row met of the group that it is meeting, and that group. Empty when no
    /// walk is under way.
    #[serde(skip)]
    open: Vec<(f64, u32)>,
}

impl RowSums {
    /// Zeros for rows that are walked in `order`; `grouped` says for each coefficient whether its sums are kept apart
    /// by group.
    pub fn zeros(order: &[u32], groups: usize, grouped: &[bool]) -> Self {
        let rows = order.len();
        let mut starts = Vec::with_capacity(grouped.len());
        let mut len = 0;
        for &by_group in grouped {
            starts.push(len);
            len += rows * if by_group { groups } else { 1 };
        }
        Self {
            order: order.to_vec(),
            groups,
            starts,
            grouped: grouped.to_vec(),
            values: vec![0.0; len],
            open: Vec::new(),
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.order.len()
    }

    /// Row at each position.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Sums of coefficient `c` over group `g`, for each position; for an ungrouped coefficient every `g` is all rows.
    pub fn group(&self, c: usize, g: usize) -> &[f64] {
        let start = self.starts[c] + if self.grouped[c] { g * self.rows() } else { 0 };
        &self.values[start..start + self.rows()]
    }

    /// Sums of coefficient `c` over all groups, for each position.
    pub fn in_order(&self, c: usize) -> Cow<'_, [f64]> {
        let mut sums = Cow::Borrowed(self.group(c, 0));
        if self.grouped[c] {
            for g in 1..self.groups {
                for (sum, v) in sums.to_mut().iter_mut().zip(self.group(c, g)) {
                    *sum += v;
                }
            }
        }
        sums
    }

    /// [`RowSums::in_order`] for each row in the order of the data.
    pub fn totals(&self, c: usize) -> Vec<f64> {
        let mut out = vec![0.0; self.rows()];
        for (sum, &row) in self.in_order(c).iter().zip(&self.order) {
            out[row as usize] = *sum;
        }
        out
    }

    /// Adds `values[c * len + k]` to row `first + k` for every coefficient c.
    pub(super) fn add(&mut self, g: usize, first: usize, len: usize, values: &[f64]) {
        for (c, values) in values.chunks_exact(len).enumerate() {
            self.add_group((c, g), first, values);
        }
    }

    /// Adds `values[k]` to the sum of coefficient `c` over group `g` of the row at position `first + k`; for an
    /// ungrouped coefficient to what the row met of this group, until [`RowSums::close`] at the latest.
    pub fn add_group(&mut self, (c, g): (usize, usize), first: usize, values: &[f64]) {
        let start = self.starts[c] + if self.grouped[c] { g * self.rows() } else { 0 } + first;
        let sums = &mut self.values[start..start + values.len()];
        if self.grouped[c] {
            sums.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
            return;
        }
        let rows = self.order.len();
        if self.open.is_empty() {
            let ungrouped = self.grouped.iter().filter(|by_group| !**by_group);
            self.open = vec![(0.0, 0); ungrouped.count() * rows];
        }
        let before = self.grouped[..c].iter().filter(|by_group| !**by_group);
        let open = &mut self.open[before.count() * rows + first..];
        for ((sum, (met, group)), v) in sums.iter_mut().zip(open).zip(values) {
            if *group != g as u32 {
                *sum += std::mem::replace(met, 0.0);
                *group = g as u32;
            }
            *met += v;
        }
    }

    /// Ends the group that each row is meeting: to be called at the end of a walk.
    pub fn close(&mut self) {
        let mut open = std::mem::take(&mut self.open).into_iter();
        let rows = self.order.len();
        for (&start, _) in self
            .starts
            .iter()
            .zip(&self.grouped)
            .filter(|(_, by)| !**by)
        {
            let sums = &mut self.values[start..start + rows];
            sums.iter_mut()
                .zip(&mut open)
                .for_each(|(sum, (met, _))| *sum += met);
        }
    }

    /// Groups of the rows that are met.
    pub fn groups(&self) -> usize {
        self.groups
    }
}

impl Merge for RowSums {
    fn merge(&mut self, other: Self) {
        if self.starts.is_empty() {
            *self = other;
        } else if !other.starts.is_empty() {
            assert_eq!(
                (&self.order, &self.starts, &self.grouped),
                (&other.order, &other.starts, &other.grouped),
                "states of one plan"
            );
            let open = |sums: &Self| !sums.open.is_empty();
            assert!(!open(self) && !open(&other), "states of ended walks");
            for (a, b) in self.values.iter_mut().zip(other.values) {
                *a += b;
            }
        }
    }
}

/// Pairs of rows whose cosine is above the limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicates {
    /// Number of such pairs.
    pub pairs: u64,
    /// For each row: whether it repeats a row with a smaller number. Empty when none does.
    pub repeats: Vec<bool>,
}

impl Duplicates {
    /// Rows that repeat an earlier one: those one would remove.
    pub fn rows(&self) -> u64 {
        self.repeats.iter().filter(|&&r| r).count() as u64
    }
}

impl Merge for Duplicates {
    fn merge(&mut self, other: Self) {
        self.pairs += other.pairs;
        if self.repeats.is_empty() {
            self.repeats = other.repeats;
        } else if !other.repeats.is_empty() {
            assert_eq!(
                self.repeats.len(),
                other.repeats.len(),
                "states of one plan"
            );
            for (a, b) in self.repeats.iter_mut().zip(other.repeats) {
                *a |= b;
            }
        }
    }
}

/// Everything that one walk over all pairs found. Rows are in the order of the data again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GramState {
    /// Coefficients c of the sums, ascending.
    pub coefficients: Vec<f64>,
    /// For each row of the first operand, its sums over the rows of the second.
    pub rows: RowSums,
    /// For each row of the second operand its sums over the first; none within one set of rows, where `rows`
    /// holds both directions.
    pub columns: Option<RowSums>,
    /// Pairs visited.
    pub pairs: u64,
    /// Pairs by cosine, in equal bins over [-1, 1]; empty when it was not wanted.
    pub histogram: Vec<u64>,
    /// Near-duplicates.
    pub duplicates: Duplicates,
}

impl GramState {
    /// Ends the group that each row is meeting: to be called at the end of a walk.
    pub fn close(&mut self) {
        self.rows.close();
        self.columns.iter_mut().for_each(RowSums::close);
    }

    /// Where coefficient `c` stands.
    pub fn position(&self, c: f64) -> Option<usize> {
        self.coefficients.iter().position(|&other| other == c)
    }

    /// Where coefficient `c` stands, which the walk was asked for.
    ///
    /// # Panics
    /// Where it was not: there is no sum to give in its place.
    pub fn at(&self, c: f64) -> usize {
        let walked = &self.coefficients;
        self.position(c)
            .unwrap_or_else(|| panic!("e^({c} cos) was not summed, but of {walked:?}"))
    }
}

impl Merge for GramState {
    fn merge(&mut self, other: Self) {
        if other == Self::default() {
            return;
        }
        if *self == Self::default() {
            *self = other;
            return;
        }
        assert_eq!(self.coefficients, other.coefficients, "states of one plan");
        let shape = |state: &Self| (state.columns.is_some(), state.histogram.len());
        assert_eq!(shape(self), shape(&other), "states of one plan");
        self.rows.merge(other.rows);
        if let (Some(mine), Some(theirs)) = (&mut self.columns, other.columns) {
            mine.merge(theirs);
        }
        self.pairs += other.pairs;
        for (a, b) in self.histogram.iter_mut().zip(other.histogram) {
            *a += b;
        }
        self.duplicates.merge(other.duplicates);
    }
}
