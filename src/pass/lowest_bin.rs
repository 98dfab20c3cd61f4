//! Which cosines of pairs that are no positives are to be told apart: those above the lowest positive, and the largest ones.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use super::rows::pair_cosines;
use super::state::CosineCounts;
use crate::data::UnitRows;

/// Pairs of the sample.
const SAMPLE: usize = 4096;
/// Its seed: the same pairs for every part of a walk.
const SEED: u64 = 0xC05_1E5;
/// Pairs of which the sample is small work; of fewer all are told apart.
const FEWEST: u64 = 256 * SAMPLE as u64;
/// Bins by which f32 and f64 may differ on a positive, and one more.
const SLACK: usize = 2;

/// The rows and positives of a walk.
#[derive(Clone, Copy)]
pub struct BinSearch<'a> {
    /// Rows of the first operand, and the jackknife group of each.
    pub a: (&'a UnitRows, &'a [u32]),
    /// Of the second, if there is one.
    pub b: Option<(&'a UnitRows, &'a [u32])>,
    /// Item of each row of both, if pairs of one item do not count.
    pub items: Option<(&'a [u32], &'a [u32])>,
    /// Positives, ascending; within one set with the smaller row first.
    pub positives: &'a [(u32, u32)],
    /// Their cosines.
    pub cosines: &'a [f64],
}

/// The lowest of the bins of [`Search::cosine_counts`](super::Search) that numbers of thresholds need: below it lies no
/// positive, and above it a share of other pairs larger than `share`, of all of them and of those that do not touch any one
/// jackknife group. 0 where pairs are few.
///
/// The share above is known by a sample of 4,096 pairs. It is no smaller than `share` unless a binomial draw exceeds its mean
/// by 6.5 standard deviations: then a threshold lies in the bin that holds all that was not told apart, and its bound is as
/// wide as that bin.
///
/// Cost: 4,096 cosines in f64; the sample times the number of groups.
pub fn lowest_bin(sought: BinSearch<'_>, share: f64) -> usize {
    let (n, m) = (
        sought.a.0.rows(),
        sought.b.map_or(sought.a.0.rows(), |(rows, _)| rows.rows()),
    );
    let pairs = match sought.b {
        Some(_) => n as u64 * m as u64,
        None => n as u64 * (n as u64).saturating_sub(1) / 2,
    };
    let lowest = sought.cosines.iter().copied().reduce(f64::min);
    let (Some(lowest), true) = (lowest, pairs >= FEWEST) else {
        return 0;
    };
    let cut = sought.cut(share, (n as u32, m as u32));
    let lowest = CosineCounts::bin(lowest).saturating_sub(SLACK);
    cut.map_or(0, |cut| CosineCounts::bin(cut).min(lowest))
}

impl BinSearch<'_> {
    /// A cosine that the share surely exceeds.
    fn cut(&self, share: f64, rows: (u32, u32)) -> Option<f64> {
        let (a, groups_a) = self.a;
        let (b, groups_b) = self.b.unwrap_or(self.a);
        let drawn = self.draw(rows)?;
        let cosines = pair_cosines((a, b), &drawn);
        let groups = drawn
            .iter()
            .map(|&(i, j)| (groups_a[i as usize], groups_b[j as usize]));
        let mut sample: Vec<(f64, (u32, u32))> = cosines.into_iter().zip(groups).collect();
        sample.sort_by(|one, other| other.0.total_cmp(&one.0));
        let last = groups_a.iter().chain(groups_b).copied().max()?;
        // No group, and each.
        let left_out = (0..=last).map(Some).chain([None]);
        let cuts = left_out.map(|g| {
            let kept = sample
                .iter()
                .filter(|(_, (x, y))| Some(*x) != g && Some(*y) != g);
            let mean = share * kept.clone().count() as f64;
            kept.map(|(cosine, _)| *cosine).nth(enough(mean))
        });
        cuts.reduce(|one, other| Some(one?.min(other?)))?
    }

    /// Pairs that count, each as likely; none where most pairs do not count.
    fn draw(&self, (n, m): (u32, u32)) -> Option<Vec<(u32, u32)>> {
        let mut rng = Pcg64::seed_from_u64(SEED);
        let pair = |_| {
            let (i, j) = (rng.random_range(0..n), rng.random_range(0..m));
            match self.b {
                Some(_) => (i, j),
                None => (i.min(j), i.max(j)),
            }
        };
        let counts = |&(i, j): &(u32, u32)| {
            let of_items = |(a, b): (&[u32], &[u32])| a[i as usize] != b[j as usize];
            (self.b.is_some() || i != j)
                && self.items.is_none_or(of_items)
                && self.positives.binary_search(&(i, j)).is_err()
        };
        let drawn = (0..4 * SAMPLE).map(pair).filter(counts);
        let drawn: Vec<(u32, u32)> = drawn.take(SAMPLE).collect();
        (drawn.len() == SAMPLE).then_some(drawn)
    }
}

/// What a Poisson number of this mean does not reach: with a chance below 1e-10.
fn enough(mean: f64) -> usize {
    (mean + 6.5 * mean.sqrt() + 6.0).ceil() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Embeddings;

    /// Rows of which the first tenth, a group of their own, are close to each other; and their groups.
    fn rows() -> (UnitRows, Vec<u32>) {
        let noise = |k: usize| {
            let hash = (k as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let hash = (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            (hash >> 40) as f32 / (1 << 24) as f32 - 0.5
        };
        let value = |(i, j): (usize, usize)| {
            let close = if i < 150 && j == 0 { 2.0 } else { 0.0 };
            noise(8 * i + j) + close
        };
        let array = ndarray::Array2::from_shape_fn((1500, 8), value);
        let rows = Embeddings::from_array("rows", array.view()).expect("rows");
        let groups = (0..1500).map(|row| row / 150).collect();
        (UnitRows::normalise(rows).expect("rows"), groups)
    }

    #[test]
    fn enough_lies_above_with_and_without_each_group() {
        let (rows, groups) = rows();
        let (positives, cosines) = ([(0, 1), (7, 900)], [0.99, 0.95]);
        let sought = BinSearch {
            a: (&rows, &groups),
            b: None,
            items: None,
            positives: &positives,
            cosines: &cosines,
        };
        let lowest = lowest_bin(sought, 0.01);
        let all: Vec<(u32, u32)> = (0..1500)
            .flat_map(|i| (i + 1..1500).map(move |j| (i, j)))
            .collect();
        let cosines_of_all = pair_cosines((&rows, &rows), &all);
        let share = |g: Option<u32>| {
            let touches = |row: u32| Some(groups[row as usize]) == g;
            let kept = all.iter().zip(&cosines_of_all);
            let kept = kept.filter(|((i, j), _)| !touches(*i) && !touches(*j));
            let (mut above, mut count) = (0.0, 0.0);
            for (_, cosine) in kept {
                above += f64::from(u8::from(CosineCounts::bin(*cosine) >= lowest));
                count += 1.0;
            }
            above / count
        };
        // The first group holds the closest pairs: without it a lower cosine is needed.
        for g in (0..10).map(Some).chain([None]) {
            assert!(share(g) > 0.012, "{g:?}: {}", share(g));
        }
        assert!(share(Some(0)) < 0.04 && share(None) > share(Some(0)));

        // A positive that lies lower moves it there, and pairs that are few are all told apart.
        let low = BinSearch {
            cosines: &[0.99, 0.1],
            ..sought
        };
        let at = CosineCounts::bin(0.1);
        assert!((at - 3..at).contains(&lowest_bin(low, 0.01)));
        let few = BinSearch {
            a: (&rows.gather(&[0, 1, 2]).expect("rows"), &groups[..3]),
            ..sought
        };
        assert_eq!(lowest_bin(few, 0.01), 0);
        // Of one item all: there is nothing to draw.
        let one = vec![0; 1500];
        let of_one = BinSearch {
            items: Some((&one, &one)),
            ..sought
        };
        assert_eq!(lowest_bin(of_one, 0.01), 0);
    }
}
