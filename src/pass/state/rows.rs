//! Sums of exponentials, kept for each row.

use std::borrow::Cow;

use rayon::prelude::*;
use serde::{Deserialize, Serialize, Serializer};

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
#[serde(try_from = "Written")]
pub struct RowSums {
    order: Vec<u32>,
    groups: usize,
    starts: Vec<usize>,
    grouped: Vec<bool>,
    #[serde(serialize_with = "runs")]
    values: Vec<f64>,
    /// Of coefficients without groups: what each row met of the group that it is meeting. Empty when no walk is under way.
    #[serde(skip)]
    open: Vec<f64>,
    /// That group.
    #[serde(skip)]
    meeting: Vec<u32>,
    /// Which of the sums of one number for each row no walk wrote to yet. Empty when no walk is under way.
    #[serde(skip)]
    unwritten: Vec<bool>,
}

/// Zeros that follow each other and are not written.
const ZEROS: usize = 16;

/// The sums that are not zero, each run of them behind its place: a shard meets few groups, and those that it does not meet
/// take no room in a file.
fn runs<S: Serializer>(values: &[f64], to: S) -> Result<S::Ok, S::Error> {
    let mut runs: Vec<(usize, &[f64])> = Vec::new();
    let mut from = 0;
    while let Some(start) = values[from..].iter().position(|v| *v != 0.0) {
        let start = from + start;
        let after = values[start..].windows(ZEROS);
        let mut after = after.map(|window| window.iter().all(|v| *v == 0.0));
        let end = after
            .position(|zeros| zeros)
            .map_or(values.len(), |at| start + at);
        runs.push((start, &values[start..end]));
        from = end;
    }
    runs.serialize(to)
}

/// Row sums as they are written.
#[derive(Deserialize)]
struct Written {
    order: Vec<u32>,
    groups: usize,
    starts: Vec<usize>,
    grouped: Vec<bool>,
    values: Vec<(usize, Vec<f64>)>,
}

impl TryFrom<Written> for RowSums {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let (mut starts, mut len) = (Vec::new(), 0_usize);
        for by_group in &written.grouped {
            starts.push(len);
            let groups = if *by_group { written.groups } else { 1 };
            let more = groups.checked_mul(written.order.len());
            let sum = more.and_then(|more| len.checked_add(more));
            len = sum.ok_or("row sums without end")?;
        }
        if starts != written.starts {
            return Err("row sums start elsewhere".to_owned());
        }
        // Zeros that nobody writes to take no memory, but room for them there must be.
        let room = Vec::<f64>::new().try_reserve_exact(len);
        room.map_err(|_| format!("no memory for {len} row sums"))?;
        let mut values = vec![0.0; len];
        for (start, run) in written.values {
            let end = start.checked_add(run.len());
            let place = end.and_then(|end| values.get_mut(start..end));
            place
                .ok_or("row sums beyond the last")?
                .copy_from_slice(&run);
        }
        Ok(Self {
            order: written.order,
            groups: written.groups,
            starts,
            grouped: written.grouped,
            values,
            open: Vec::new(),
            meeting: Vec::new(),
            unwritten: Vec::new(),
        })
    }
}

impl RowSums {
    /// Zeros for rows that are walked in `order`; `grouped` says for each coefficient whether its sums are kept apart
    /// by group.
    pub fn zeros(order: &[u32], groups: usize, grouped: &[bool]) -> Self {
        let rows = order.len();
        let mut starts = Vec::with_capacity(grouped.len());
        let mut parts = 0;
        for &by_group in grouped {
            starts.push(rows * parts);
            parts += if by_group { groups } else { 1 };
        }
        Self {
            order: order.to_vec(),
            groups,
            starts,
            grouped: grouped.to_vec(),
            values: vec![0.0; rows * parts],
            open: Vec::new(),
            meeting: Vec::new(),
            unwritten: vec![true; parts],
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
        let start = self.starts[c] + if self.grouped[c] { g * self.rows() } else { 0 };
        self.touch(start);
        let sums = &mut self.values[start + first..][..values.len()];
        if self.grouped[c] {
            sums.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
            return;
        }
        let rows = self.order.len();
        if self.open.is_empty() {
            let ungrouped = self.grouped.iter().filter(|by_group| !**by_group);
            let len = ungrouped.count() * rows;
            self.open.resize(len, 0.0);
            self.meeting.resize(len, 0);
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

    /// Makes the sums from `start` on ready to be added to.
    ///
    /// Memory that was asked for as zeros is there once it is written. Adding reads it first: each page of it is then one of
    /// zeros that all share, for a moment, and to take its place by another all threads are stopped.
    fn touch(&mut self, start: usize) {
        let rows = self.order.len();
        let unwritten = self.unwritten.get_mut(start / rows.max(1));
        if unwritten.is_some_and(std::mem::take) {
            self.values[start..start + rows].fill(0.0);
        }
    }

    /// Calls `add` with every coefficient, group (0 for an ungrouped coefficient) and the sums of its rows, on all threads.
    /// For walks that met all groups at once: no group is open then.
    pub fn for_each_group(&mut self, add: impl Fn((usize, usize), &mut [f64]) + Sync) {
        assert!(self.open.is_empty(), "no group is being met");
        self.unwritten.clear();
        let (rows, groups) = (self.order.len().max(1), self.groups);
        let places: Vec<(usize, usize)> = (self.grouped.iter().enumerate())
            .flat_map(|(c, by_group)| (0..if *by_group { groups } else { 1 }).map(move |g| (c, g)))
            .collect();
        self.values
            .par_chunks_mut(rows)
            .zip(places)
            .for_each(|(sums, place)| add(place, sums));
    }

    /// Ends the group that each row is meeting: to be called at the end of a walk.
    pub fn close(&mut self) {
        let mut open = std::mem::take(&mut self.open).into_iter();
        (self.meeting, self.unwritten) = (Vec::new(), Vec::new());
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
            self.unwritten.clear();
            add_each(&mut self.values, other.values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two coefficients, one by 20 groups, of 1,000 rows, of which groups 3 and 4 were met.
    fn sums() -> RowSums {
        let order: Vec<u32> = (0..1000).rev().collect();
        let mut sums = RowSums::zeros(&order, 20, &[true, false]);
        for group in [3, 4] {
            let met: Vec<f64> = (0..100).map(|k| f64::from(k % 7)).collect();
            sums.add_group((0, group), 200, &met);
        }
        sums.close();
        sums
    }

    #[test]
    fn groups_that_were_not_met_take_no_room_in_a_file() {
        let sums = sums();
        let bytes = postcard::to_stdvec(&sums).expect("plain data");
        // Rows, and what 100 of them met of two groups.
        assert!(bytes.len() < 2 * 1000 + 8 * 200 + 100, "{}", bytes.len());
        let again: RowSums = postcard::from_bytes(&bytes).expect("row sums");
        assert_eq!(again, sums);
        let none = RowSums::default();
        let bytes = postcard::to_stdvec(&none).expect("plain data");
        assert_eq!(postcard::from_bytes::<RowSums>(&bytes), Ok(none));
    }

    #[test]
    fn row_sums_that_cannot_be_are_refused() {
        let of = |groups: usize, starts: &[usize], run: (usize, Vec<f64>)| {
            RowSums::try_from(Written {
                order: vec![0, 1],
                groups,
                starts: starts.to_vec(),
                grouped: vec![true, false],
                values: vec![run],
            })
        };
        let sums = of(3, &[0, 6], (7, vec![2.0])).expect("row sums");
        assert_eq!(sums.in_order(1)[1], 2.0);
        for (groups, starts, run, said) in [
            (3, [0, 6], (7, vec![1.0, 1.0]), "beyond the last"),
            (3, [0, 6], (usize::MAX, vec![1.0]), "beyond the last"),
            (3, [0, 5], (0, vec![1.0]), "start elsewhere"),
            (usize::MAX, [0, 6], (0, vec![]), "without end"),
            (1 << 60, [0, 1 << 61], (0, vec![]), "no memory"),
        ] {
            let error = of(groups, &starts, run).expect_err(said);
            assert!(error.contains(said), "{error}");
        }
    }
}
