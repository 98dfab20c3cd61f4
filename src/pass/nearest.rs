//! The nearest rows of a chosen set, for every row of another.

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
    anchors(kernel, (a, b), &all, &TopK(k.min(b.rows())), watch)
}

/// Keeps the k largest.
struct TopK(usize);

impl Seeing for TopK {
    type State = Vec<(u32, f32)>;
    type Found = Vec<(u32, f32)>;

    fn start(&self, _: usize) -> Self::State {
        Vec::with_capacity(self.0 + 1)
    }

    fn see(&self, best: &mut Self::State, _: usize, first: usize, cosines: &[f32]) {
        for (at, &cosine) in cosines.iter().enumerate() {
            // Rows come in ascending order: an equal cosine that comes later stands behind.
            if best.len() == self.0 && best.last().is_some_and(|last| cosine <= last.1) {
                continue;
            }
            let place = best.partition_point(|&(_, kept)| kept >= cosine);
            best.insert(place, ((first + at) as u32, cosine));
            best.truncate(self.0);
        }
    }

    fn finish(&self, _: usize, best: Self::State) -> Self::Found {
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_kept_in_order_and_ties_go_to_the_smaller_row() {
        let top = TopK(3);
        let mut best = top.start(0);
        top.see(&mut best, 0, 0, &[0.1, 0.5, 0.5, -1.0]);
        top.see(&mut best, 0, 4, &[0.5, 0.9, 0.2]);
        assert_eq!(top.finish(0, best), [(5, 0.9), (1, 0.5), (2, 0.5)]);
    }
}
