//! Rows that are the same, in groups.

use crate::audit::forest::Forest;
use crate::audit::states::offending::{LISTED, ListedPairs, RowPair};
use crate::audit::walk::sides::DUPLICATE;
use crate::backend::{Backend, on_host};
use crate::data::UnitRows;
use crate::pass::pair_cosines;

/// Cosines in f32 from which it is looked closer: further below the limit than any of them is off.
const LOOK: f32 = 1.0 - 1e-4;

/// Joins each row with those of its nearest rows whose cosine, in f64, is above 1 - 1e-6; the first row of a group is the
/// one that the others repeat.
///
/// Of more than ten copies of one row all have the same first ones among their ten nearest, and so are one group; where
/// more than ten rows are merely so near, a group may come apart.
pub(super) fn copies<'a>(
    rows: &UnitRows,
    nearest: impl Iterator<Item = (u32, &'a [(u32, f32)])>,
    backend: &dyn Backend,
) -> ListedPairs {
    let near = nearest.flat_map(|(i, list)| {
        let near = list.iter().take_while(|(_, cosine)| *cosine > LOOK);
        near.map(move |&(j, _)| (i.min(j), i.max(j)))
    });
    let mut near: Vec<(u32, u32)> = near.collect();
    near.sort_unstable();
    near.dedup();
    let cosines = |list: &[(u32, u32)]| on_host(backend, || pair_cosines((rows, rows), list));
    let mut forest = Forest::new(rows.rows());
    for (&(i, j), cosine) in near.iter().zip(cosines(&near)) {
        if cosine > DUPLICATE {
            forest.join(i, j);
        }
    }
    let firsts = (0..).zip(forest.firsts());
    let mut repeats: Vec<(u32, u32)> = firsts
        .filter(|(row, first)| row != first)
        .map(|(row, first)| (first, row))
        .collect();
    repeats.sort_unstable();
    let all = repeats.len() as u64;
    repeats.truncate(LISTED);
    let listed = repeats.iter().zip(cosines(&repeats));
    ListedPairs {
        all,
        listed: listed
            .map(|(&(other, row), value)| RowPair { row, other, value })
            .collect(),
    }
}
