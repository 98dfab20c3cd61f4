//! Sums of exponentials, kept for each row.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::num::{Merge, Unlike, add_each};

/// Sums of e^(c s) for each row, by coefficient and by jackknife group of the other row.
///
/// `(c, g, i)`: sum over the rows j of group g that were met by row i. Coefficients that need no groups keep one
/// sum for each row. Sums lie in the order of the walk: position p holds row `order[p]`; [`RowSums::totals`] puts
/// them back into the order of the data.
///
/// A walk meets the groups one after the other, and what a row meets of one group is summed before it joins the rest:
/// without groups a sum so has the bits that its sums by group, added in their order, have. That makes a walk equal to
/// its [shards](crate::pass::Plan::shard), whose states keep all groups apart, bit for bit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RowSums {
    order: Vec<u32>,
    groups: usize,
    starts: Vec<usize>,
    grouped: Vec<bool>,
    values: Vec<f64>,
    /// Of coefficients without groups: what each row met of the group that it is meeting. Empty when no walk is under way.
    #[serde(skip)]
    open: Vec<f64>,
    /// That group.
    #[serde(skip)]
    meeting: Vec<u32>,
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
            meeting: Vec::new(),
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

    /// Whether it is the identity of merging.
    fn is_blank(&self) -> bool {
        self.order.is_empty() && self.grouped.is_empty()
    }

    /// Adds `values[c * len + k]` to row `first + k` for every coefficient c.
    pub(in crate::pass) fn add(&mut self, g: usize, first: usize, len: usize, values: &[f64]) {
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
            self.open = vec![0.0; ungrouped.count() * rows];
            self.meeting = vec![0; self.open.len()];
        }
        let before = self.grouped[..c].iter().filter(|by_group| !**by_group);
        let from = before.count() * rows + first;
        let open = &mut self.open[from..from + values.len()];
        let meeting = &mut self.meeting[from..from + values.len()];
        // Mostly the group is the one of the last task: looked at without a branch for each row.
        if meeting
            .iter()
            .fold(0, |other, met| other | (met ^ g as u32))
            != 0
        {
            for ((sum, met), group) in sums.iter_mut().zip(&mut *open).zip(meeting) {
                if *group != g as u32 {
                    *sum += std::mem::replace(met, 0.0);
                    *group = g as u32;
                }
            }
        }
        open.iter_mut().zip(values).for_each(|(met, v)| *met += v);
    }

    /// Ends the group that each row is meeting: to be called at the end of a walk.
    pub fn close(&mut self) {
        let mut open = std::mem::take(&mut self.open).into_iter();
        self.meeting = Vec::new();
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
                .for_each(|(sum, met)| *sum += met);
        }
    }

    /// Groups of the rows that are met.
    pub fn groups(&self) -> usize {
        self.groups
    }
}

impl Merge for RowSums {
    fn fits(&self, other: &Self) -> Result<(), Unlike> {
        if self.is_blank() || other.is_blank() {
            return Ok(());
        }
        Unlike::unless_equal("orders of rows", &self.order, &other.order)?;
        Unlike::unless_equal("numbers of groups", &self.groups, &other.groups)?;
        let (one, other) = (&self.grouped, &other.grouped);
        Unlike::unless_equal("coefficients kept apart by group", one, other)
    }

    fn merge(&mut self, other: Self) {
        assert_eq!(self.fits(&other), Ok(()));
        let ended = self.open.is_empty() && other.open.is_empty();
        assert!(ended, "states of ended walks");
        if self.is_blank() {
            *self = other;
        } else {
            add_each(&mut self.values, other.values);
        }
    }
}
