//! The nearest rows of another set, or of the same.

use super::anchors::{Seeing, anchors};
use super::{Cancelled, Watch};
use crate::data::UnitRows;
use crate::kernel::Choice;

/// For every row of `a` the `k` rows of `b` with the largest cosine (all of them where b has fewer), largest first;
/// of equal cosines the smaller row number first. Rows of a are not sought in b: no row is its own neighbour unless it
/// stands in both.
///
/// Cosines are f32. On the current rayon pool; what is found does not depend on the number of threads.
///
/// Cost: rows of a x rows of b x d multiply-adds; memory: k for each row of a.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn nearest(
    kernel: Choice,
    (a, b): (&UnitRows, &UnitRows),
    k: usize,
    watch: &dyn Watch,
) -> Result<Vec<Vec<(u32, f32)>>, Cancelled> {
    let all: Vec<u32> = (0..a.rows() as u32).collect();
    let seeing = Nearest {
        k: k.min(b.rows()),
        own: None,
    };
    anchors(kernel, (a, b), &all, &seeing, watch)
}

/// The same for [`nearest`] among the rows themselves: each of the rows `chosen` is left out of its own list.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn nearest_others(
    kernel: Choice,
    rows: &UnitRows,
    chosen: &[u32],
    k: usize,
    watch: &dyn Watch,
) -> Result<Vec<Vec<(u32, f32)>>, Cancelled> {
    let seeing = Nearest {
        k: k.min(rows.rows() - 1),
        own: Some(chosen),
    };
    anchors(kernel, (rows, rows), chosen, &seeing, watch)
}

/// Keeps the k largest, without a chosen row itself.
struct Nearest<'a> {
    k: usize,
    own: Option<&'a [u32]>,
}

impl Seeing for Nearest<'_> {
    type State = Vec<(u32, f32)>;
    type Found = Vec<(u32, f32)>;

    fn start(&self, _: usize) -> Self::State {
        Vec::with_capacity(self.k + 1)
    }

    fn see(&self, best: &mut Self::State, chosen: usize, first: usize, cosines: &[f32]) {
        let own = self.own.map(|own| own[chosen]);
        for (at, &cosine) in cosines.iter().enumerate() {
            // Rows come in ascending order: an equal cosine that comes later stands behind.
            if best.len() == self.k && best.last().is_none_or(|last| cosine <= last.1) {
                continue;
            }
            let row = (first + at) as u32;
            if own == Some(row) {
                continue;
            }
            let place = best.partition_point(|&(_, kept)| kept >= cosine);
            best.insert(place, (row, cosine));
            best.truncate(self.k);
        }
    }

    fn finish(&self, _: usize, best: Self::State) -> Self::Found {
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(nearest: &Nearest<'_>) -> Vec<(u32, f32)> {
        let mut best = nearest.start(0);
        nearest.see(&mut best, 0, 0, &[0.1, 0.5, 0.5, -1.0]);
        nearest.see(&mut best, 0, 4, &[0.5, 0.9, 0.2]);
        nearest.finish(0, best)
    }

    #[test]
    fn the_largest_are_kept_in_order_and_ties_go_to_the_smaller_row() {
        let top = Nearest { k: 3, own: None };
        assert_eq!(seen(&top), [(5, 0.9), (1, 0.5), (2, 0.5)]);
    }

    #[test]
    fn a_row_is_not_its_own_neighbour() {
        let others = Nearest {
            k: 2,
            own: Some(&[5]),
        };
        assert_eq!(seen(&others), [(1, 0.5), (2, 0.5)]);
        let none = Nearest { k: 0, own: None };
        assert_eq!(seen(&none), []);
    }
}
