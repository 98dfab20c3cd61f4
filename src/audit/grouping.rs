//! Which rows are one item, and so no independent draws: views of one image, an image and its captions, the passages of
//! one document, what one user wrote.
//!
//! Pairs of rows of one item are left out of every mean over pairs, and items are left out whole where errors are made.

use serde::{Deserialize, Serialize};

use super::forest::Forest;
use crate::data::{DataError, Labels, Pairs, Positives, UnitRows};

/// Fewest items from which an error can be told.
const FEWEST: usize = 3;
/// Most rows of an item that listed pairs join.
const MOST_ROWS: usize = 20;
/// Largest share of all rows that such an item may hold.
const LARGEST_SHARE: f64 = 0.05;

/// The item of each row.
///
/// - items are 0 to `count - 1`, each has a row; there are at least three.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grouping {
    a: Vec<u32>,
    /// Of the second view, where it has rows of its own.
    b: Option<Vec<u32>>,
    count: usize,
    /// Whether the user named the groups; otherwise listed pairs joined their rows.
    pub(crate) named: bool,
}

/// What listed pairs say of items.
pub(crate) enum Joined {
    /// Rows that they join are one item.
    Items(Grouping),
    /// They join so many rows that no item is like that: how many, and of how many.
    TooMany { largest: usize, rows: usize },
}

impl Grouping {
    /// Items of the rows of the first operand of a side, and of the second.
    pub(crate) fn of(&self, second: bool) -> &[u32] {
        match &self.b {
            Some(b) if second => b,
            _ => &self.a,
        }
    }

    /// Number of items.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Rows of each item, of the first or the second view.
    pub(crate) fn sizes(&self, second: bool) -> Vec<u64> {
        let mut sizes = vec![0; self.count];
        for &item in self.of(second) {
            sizes[item as usize] += 1;
        }
        sizes
    }

    /// Groups that the user gave, one for each row of the first file. Rows of a second file that has rows of its own are
    /// in the group of their first listed partner, and on their own where they have none.
    pub(crate) fn named(
        labels: &Labels,
        file_rows: usize,
        (a, b): (&UnitRows, Option<&UnitRows>),
        positives: Option<&Positives>,
    ) -> Result<Self, DataError> {
        labels.check("groups", a.embeddings().name(), file_rows)?;
        let of_a: Vec<u32> = (0..a.rows())
            .map(|row| labels.classes[a.file_row(row)])
            .collect();
        let of_b = b.map(|b| {
            let mut of_b = vec![None; b.rows()];
            if let Some(Positives::Pairs(pairs)) = positives {
                for &(i, j) in pairs.list() {
                    of_b[j as usize].get_or_insert(of_a[i as usize]);
                }
            }
            let mut next = labels.classes.iter().max().map_or(0, |class| class + 1);
            let mut own = || {
                next += 1;
                next - 1
            };
            of_b.into_iter()
                .map(|item| item.unwrap_or_else(&mut own))
                .collect()
        });
        let grouping = Self::numbered(of_a, of_b, true);
        let found = grouping.count;
        if found < FEWEST {
            return Err(DataError::FewGroups {
                source_name: labels.name.clone(),
                found,
                fewest: FEWEST,
            });
        }
        Ok(grouping)
    }

    /// Items that listed pairs make of `rows` rows, and of `second` rows of another file. None where every pair stands
    /// alone within one file anyway, or where there would be fewer than three items.
    pub(crate) fn joined(pairs: &Pairs, rows: usize, second: Option<usize>) -> Option<Joined> {
        let all = rows + second.unwrap_or(0);
        let mut forest = Forest::new(all);
        let offset = second.map_or(0, |_| rows as u32);
        for &(i, j) in pairs.list() {
            forest.join(i, offset + j);
        }
        let mut of = forest.firsts();
        let mut sizes = vec![0; all];
        of.iter().for_each(|&item| sizes[item as usize] += 1);
        let largest = sizes.iter().copied().max().unwrap_or(0);
        if !few(largest, all) {
            return Some(Joined::TooMany { largest, rows: all });
        }
        let b = second.map(|_| of.split_off(rows));
        let grouping = Self::numbered(of, b, false);
        (grouping.count >= FEWEST).then_some(Joined::Items(grouping))
    }

    /// The rows of the first view that are kept, in their order (of aligned views, of both).
    pub(crate) fn only(&self, rows: &[usize]) -> Self {
        let kept = rows.iter().map(|&row| self.a[row]).collect();
        Self::numbered(kept, None, self.named)
    }

    /// Items by small numbers in order of appearance.
    fn numbered(mut a: Vec<u32>, mut b: Option<Vec<u32>>, named: bool) -> Self {
        let largest = a.iter().chain(b.iter().flatten()).max();
        let mut new = vec![u32::MAX; largest.map_or(0, |&item| item as usize + 1)];
        let mut count = 0;
        for item in a.iter_mut().chain(b.iter_mut().flatten()) {
            let new = &mut new[*item as usize];
            if *new == u32::MAX {
                *new = count;
                count += 1;
            }
            *item = *new;
        }
        Self {
            a,
            b,
            count: count as usize,
            named,
        }
    }
}

/// For each row of `a` its cosines with the rows of its item in `b`, summed (with itself where `b` is `a`).
///
/// Cost: rows x dimensions.
pub(crate) fn cosines_within(
    (a, items_a): (&UnitRows, &[u32]),
    (b, items_b): (&UnitRows, &[u32]),
    count: usize,
) -> Vec<f64> {
    use rayon::prelude::*;
    let members = |items: &[u32]| {
        let mut members = vec![Vec::new(); count];
        for (row, &item) in items.iter().enumerate() {
            members[item as usize].push(row);
        }
        members
    };
    let (of_a, of_b) = (members(items_a), members(items_b));
    let dim = a.dim();
    let by_item: Vec<Vec<f64>> = of_a
        .par_iter()
        .zip(&of_b)
        .map_init(
            || (vec![0.0; dim], vec![0.0; dim]),
            |(x, sum), (rows, partners)| {
                sum.fill(0.0);
                for &row in partners {
                    b.row_f64(row, x);
                    sum.iter_mut().zip(&*x).for_each(|(sum, v)| *sum += v);
                }
                let cosine = |&row: &usize| {
                    a.row_f64(row, x);
                    x.iter().zip(&*sum).map(|(x, y)| x * y).sum::<f64>()
                };
                rows.iter().map(cosine).collect()
            },
        )
        .collect();
    let mut out = vec![0.0; items_a.len()];
    for (rows, cosines) in of_a.iter().zip(by_item) {
        for (&row, cosine) in rows.iter().zip(cosines) {
            out[row] = cosine;
        }
    }
    out
}

/// Whether an item of so many rows is small among all.
pub(crate) fn few(largest: usize, rows: usize) -> bool {
    largest <= MOST_ROWS && largest as f64 <= LARGEST_SHARE * rows as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::RawPairs;

    fn pairs(list: &[(u32, u32)], rows: usize, second: Option<usize>) -> Pairs {
        let list = list.iter().map(|&(i, j)| [i.into(), j.into()]);
        let raw = RawPairs::new("pairs", list);
        Pairs::new(&raw, ("a", rows), second.map(|rows| ("b", rows))).unwrap()
    }

    fn items(list: &[(u32, u32)], rows: usize, second: Option<usize>) -> Option<Grouping> {
        match Grouping::joined(&pairs(list, rows, second), rows, second)? {
            Joined::Items(grouping) => Some(grouping),
            Joined::TooMany { .. } => None,
        }
    }

    #[test]
    fn rows_that_pairs_join_are_one_item_whatever_the_order() {
        let list = [(0, 1), (7, 5), (5, 3), (1, 0)];
        let grouping = items(&list, 80, None).unwrap();
        let of = grouping.of(false);
        assert!(of[0] == of[1] && of[3] == of[5] && of[5] == of[7] && of[0] != of[3]);
        assert_eq!(grouping.count(), 80 - 1 - 2);
        let mut sizes = grouping.sizes(false);
        sizes.sort_unstable();
        assert_eq!(sizes[sizes.len() - 3..], [1, 2, 3]);
    }

    #[test]
    fn an_image_and_its_captions_are_one_item_of_two_files() {
        let list: Vec<(u32, u32)> = (0..50).map(|k| (k / 5, k)).collect();
        let list: Vec<_> = list.into_iter().map(|(i, j)| (i + 2, j)).collect();
        let grouping = items(&list, 100, Some(60)).unwrap();
        let largest = |second| grouping.sizes(second).into_iter().max();
        assert_eq!((largest(false), largest(true)), (Some(1), Some(5)));
        let (a, b) = (grouping.of(false), grouping.of(true));
        assert!((0..50).all(|k| b[k] == a[k / 5 + 2]));
        assert_eq!(grouping.count(), 100 + 10, "ten captions without an image");
    }

    #[test]
    fn chains_and_classes_join_nothing() {
        let chain: Vec<(u32, u32)> = (0..30).map(|k| (k, k + 1)).collect();
        assert!(items(&chain, 1000, None).is_none(), "31 rows");
        assert!(items(&chain[..19], 1000, None).is_some(), "20 rows");
        assert!(items(&chain[..20], 1000, None).is_none(), "21 rows");
        assert!(items(&chain[..4], 100, None).is_some(), "5 % of the rows");
        assert!(items(&chain[..5], 100, None).is_none(), "6 % of the rows");
    }
}
