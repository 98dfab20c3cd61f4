//! The nearest rows of each row.

use serde::{Deserialize, Serialize};

use crate::num::{Merge, Unlike};

/// (row, cosine) of the nearest so far, nearest first; of equal cosines the smaller row number first. That order is a
/// total one: the k first of a set do not depend on the order in which they were met.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::pass) struct NearestList(Vec<(u32, f32)>);

impl NearestList {
    /// Takes `new` in if it is one of the `k` nearest.
    #[inline]
    pub(in crate::pass) fn offer(&mut self, k: usize, new: (u32, f32)) {
        // Almost all are too far: one comparison.
        if self.0.len() == k && self.0.last().is_none_or(|last| nearer(last, &new)) {
            return;
        }
        let place = self.0.partition_point(|kept| nearer(kept, &new));
        self.0.insert(place, new);
        self.0.truncate(k);
    }
}

fn nearer(one: &(u32, f32), other: &(u32, f32)) -> bool {
    one.1 > other.1 || (one.1 == other.1 && one.0 < other.0)
}

/// The k nearest of some rows. States of parts of all pairs merge to that of all.
///
/// Memory: 8 k bytes for each row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TopK {
    k: usize,
    lists: Vec<NearestList>,
}

impl TopK {
    /// None met yet, of `rows` rows.
    pub(in crate::pass) fn empty(rows: usize, k: usize) -> Self {
        Self {
            k,
            lists: vec![NearestList::default(); rows],
        }
    }

    /// Those of each row, nearest first, and of equal cosines the smaller row number first.
    pub(in crate::pass) fn of_lists(k: usize, lists: Vec<Vec<(u32, f32)>>) -> Self {
        Self {
            k,
            lists: lists.into_iter().map(NearestList).collect(),
        }
    }

    /// Takes in what a task found of a row.
    pub(in crate::pass) fn add(&mut self, row: usize, list: NearestList) {
        for near in list.0 {
            self.lists[row].offer(self.k, near);
        }
    }

    /// Rows of which fewer are known.
    pub(in crate::pass) fn short(&self) -> Vec<u32> {
        let lists = (0..).zip(&self.lists);
        let short = lists.filter(|(_, list)| list.0.len() < self.k);
        short.map(|(row, _)| row).collect()
    }

    /// Puts those of another in the places of these rows.
    pub(in crate::pass) fn replace(&mut self, rows: &[u32], others: Self) {
        for (&row, list) in rows.iter().zip(others.lists) {
            self.lists[row as usize] = list;
        }
    }

    /// How many of each row.
    pub fn k(&self) -> usize {
        self.k
    }

    /// [`TopK::into_lists`], borrowed.
    pub fn lists(&self) -> impl ExactSizeIterator<Item = &[(u32, f32)]> {
        self.lists.iter().map(|list| &list.0[..])
    }

    /// (row, cosine) of the nearest of each row, nearest first; of equal cosines the smaller row number first.
    pub fn into_lists(self) -> Vec<Vec<(u32, f32)>> {
        self.lists.into_iter().map(|list| list.0).collect()
    }
}

impl Merge for TopK {
    fn fits(&self, other: &Self) -> Result<(), Unlike> {
        if self.lists.is_empty() || other.lists.is_empty() {
            return Ok(());
        }
        Unlike::unless_equal("numbers of neighbours", &self.k, &other.k)?;
        Unlike::unless_as_long("numbers of rows", &self.lists, &other.lists)
    }

    fn merge(&mut self, other: Self) {
        assert_eq!(self.fits(&other), Ok(()));
        if self.lists.is_empty() {
            *self = other;
            return;
        }
        for (row, list) in other.lists.into_iter().enumerate() {
            self.add(row, list);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_kept_in_order_and_ties_go_to_the_smaller_row() {
        let met = [(0, 0.1), (1, 0.5), (2, 0.5), (3, -1.0), (4, 0.5), (5, 0.9)];
        let best = |k: usize, met: &mut dyn Iterator<Item = (u32, f32)>| {
            let mut list = NearestList::default();
            met.for_each(|new| list.offer(k, new));
            list.0
        };
        let expected = [(5, 0.9), (1, 0.5), (2, 0.5)];
        assert_eq!(best(3, &mut met.into_iter()), expected);
        assert_eq!(best(3, &mut met.into_iter().rev()), expected);
        assert_eq!(best(0, &mut met.into_iter()), []);
        assert_eq!(best(9, &mut met.into_iter()).len(), 6);
    }
}
