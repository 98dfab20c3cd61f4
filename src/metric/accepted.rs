//! What a threshold that is given accepts, and the false accept rate of a place among the negatives.

use super::separation::{Bounded, Negatives};

/// Fewer than one negative by which a threshold may miss one that it was printed from.
const HAIR: f64 = 1e-3;

/// How many negatives have a cosine at or above `threshold`, in [0, n]: those of bins above, and of its own bin as if the
/// bin's negatives were evenly spread, as in [`separation`](super::separation). The bound is what of the bin may be on the
/// other side.
pub fn accepted(negatives: &Negatives, threshold: f64) -> Bounded {
    let place = negatives.place(threshold);
    let above: u64 = negatives.counts.iter().skip(place + 1).sum();
    let count = negatives.counts.get(place).copied().unwrap_or(0) as f64;
    let (top, width) = negatives.extent(place);
    let within = (top - threshold) / width * count + 0.5 + HAIR;
    let within = within.floor().clamp(0.0, count);
    Bounded {
        value: above as f64 + within,
        rounding: within.max(count - within),
    }
}

/// A false accept rate at which the threshold of [`separation`](super::separation) is the negative of this rank, from 1 for
/// the highest, of `count`: (rank - 1/2) / (count - 1), half a negative from the rates of the next.
pub fn far_of_rank(rank: u64, count: u64) -> f64 {
    (rank as f64 - 0.5) / (count as f64 - 1.0).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::separation;
    use crate::pass::CosineCounts;

    #[test]
    fn the_threshold_of_each_rank_accepts_as_many() {
        let mut negatives = Negatives {
            counts: vec![0; CosineCounts::BINS],
            ..Negatives::default()
        };
        for (cosine, times) in [(0.1, 3), (0.10001, 1), (0.4, 5), (0.9, 1)] {
            negatives.counts[CosineCounts::bin(cosine)] += times;
        }
        let fars: Vec<f64> = (1..=10).map(|rank| far_of_rank(rank, 10)).collect();
        let found = separation(&[0.5], &negatives, &fars).expect("both");
        for (rank, at) in (1..).zip(&found.at) {
            let back = accepted(&negatives, at.threshold.value);
            assert_eq!(back.value, f64::from(rank), "{at:?}");
        }
        assert_eq!(accepted(&negatives, 0.6).value, 1.0);
        assert_eq!(accepted(&negatives, 1.0), Bounded::default());
        assert_eq!(accepted(&negatives, -1.0).value, 10.0);
    }
}
