//! Separation: how far the cosines of positives stand off those of all other pairs, and which cosine tells them apart.
//!
//! Positives are known one by one, all other pairs by the bins of [`CosineCounts`], 3e-5 wide. Each number says how far
//! the bins may have moved it.

use crate::pass::CosineCounts;

/// Half the width of a bin.
const HALF: f64 = 1.0 / CosineCounts::BINS as f64;

/// What is known of the cosines of all pairs that are no positives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Negatives {
    /// How many are in each bin, at its [place](CosineCounts::place). Of those below `lowest`, which are at place 0, nothing but
    /// `below` is known.
    pub counts: Vec<u64>,
    /// The lowest bin that is counted by itself; no positive should be below.
    pub lowest: usize,
    /// Of those below it the sum of their differences from its edge, and of their squares.
    pub below: [f64; 2],
}

impl Negatives {
    /// Where the bin at a place ends, and how wide it is.
    pub(super) fn extent(&self, place: usize) -> (f64, f64) {
        if place > 0 || self.lowest == 0 {
            return (self.middle(place) + HALF, 2.0 * HALF);
        }
        let top = CosineCounts::edge(self.lowest);
        (top, top - CosineCounts::edge(0))
    }

    /// Middle of the bin at a place.
    fn middle(&self, place: usize) -> f64 {
        CosineCounts::middle(CosineCounts::first(self.lowest) + place)
    }

    /// The place of the bin that a cosine is taken to be in.
    pub(super) fn place(&self, cosine: f64) -> usize {
        CosineCounts::place(CosineCounts::bin(cosine), self.lowest)
    }
}

/// A number, and how far from it the exact one may be.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounded {
    /// The number.
    pub value: f64,
    /// At most so far from the number without bins.
    pub rounding: f64,
}

impl Bounded {
    /// In a unit of which there are so many in one.
    pub fn times(self, unit: f64) -> Self {
        Self {
            value: self.value * unit,
            rounding: self.rounding * unit,
        }
    }
}

/// Threshold at one false accept rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AtFar {
    /// The share of negatives that it lets through.
    pub far: f64,
    /// The cosine: the upper quantile of the negatives, an observed one ("higher").
    pub threshold: Bounded,
    /// Share of the positives at or above it.
    pub tar: Bounded,
}

/// All numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Separation {
    /// P(positive > negative) + P(equal) / 2 (Mann & Whitney), in [0, 1].
    pub auc: Bounded,
    /// (mean of positives - mean of negatives) / sqrt((variance + variance) / 2), each with n - 1 in the denominator; none
    /// for fewer than two of either, and where no cosine differs from another.
    pub d_prime: Option<Bounded>,
    /// The error rate at the threshold where as large a share of negatives lies above as of positives below.
    pub eer: Bounded,
    /// At each rate that was asked for.
    pub at: Vec<AtFar>,
}

/// Of the cosines of positives, and of negatives by bins; none where there are none of either.
///
/// Of n negatives the threshold at `far` is the one with ceil((n - 1) (1 - far)) below it in ascending order, placed
/// within its bin as if the bin's negatives were evenly spread. Positives of the same bin are taken to be as many above
/// it, as a share, as negatives of the bin are: so cosines that are all alike (collapse) have TAR = far and not 1.
///
/// Cost: the bins and the positives.
pub fn separation(positives: &[f64], negatives: &Negatives, fars: &[f64]) -> Option<Separation> {
    let n = negatives.counts.iter().sum::<u64>();
    if positives.is_empty() || n == 0 {
        return None;
    }
    let mut binned = vec![0_u64; negatives.counts.len()];
    for &cosine in positives {
        binned[negatives.place(cosine)] += 1;
    }
    let bins = Bins {
        positives: &binned,
        negatives,
        count: (positives.len() as f64, n as f64),
    };
    Some(Separation {
        auc: bins.auc(),
        d_prime: d_prime(positives, negatives),
        eer: bins.eer(),
        at: fars.iter().map(|&far| bins.at(far)).collect(),
    })
}

/// Positives and negatives by the same bins, and how many there are.
struct Bins<'a> {
    positives: &'a [u64],
    negatives: &'a Negatives,
    count: (f64, f64),
}

impl Bins<'_> {
    /// (place, positives, negatives) of the bins that hold any, from the top.
    fn descending(&self) -> impl Iterator<Item = (usize, f64, f64)> {
        let both = self.positives.iter().zip(&self.negatives.counts);
        let both = both.enumerate().rev();
        let held = both.filter(|(_, (p, n))| **p + **n > 0);
        held.map(|(place, (p, n))| (place, *p as f64, *n as f64))
    }

    /// Pairs of one bin count half, and could count from none to all.
    fn auc(&self) -> Bounded {
        let pairs = self.count.0 * self.count.1;
        let (mut above, mut won, mut even) = (0.0, 0.0, 0.0);
        for (_, p, n) in self.descending() {
            won += above * n;
            even += p * n / 2.0;
            above += p;
        }
        Bounded {
            value: (won + even) / pairs,
            rounding: even / pairs,
        }
    }

    /// Where the falling share of positives below and the rising share of negatives above meet, on the line between the
    /// two edges of a bin.
    fn eer(&self) -> Bounded {
        let (mut accepted, mut found) = (0.0, 0.0);
        for (_, p, n) in self.descending() {
            let (far, frr) = (accepted / self.count.1, 1.0 - found / self.count.0);
            accepted += n;
            found += p;
            let (next_far, next_frr) = (accepted / self.count.1, 1.0 - found / self.count.0);
            if next_far < next_frr {
                continue;
            }
            let along = (frr - far) / ((frr - far) + (next_far - next_frr));
            let (low, high) = (far.max(next_frr), next_far.min(frr));
            let value = far + along * (next_far - far);
            return Bounded {
                value,
                rounding: (high - value).abs().max((value - low).abs()),
            };
        }
        // Both shares are 0 at the last edge at the latest.
        Bounded::default()
    }

    fn at(&self, far: f64) -> AtFar {
        let (p_all, n_all) = self.count;
        let wanted = (n_all - ((n_all - 1.0) * (1.0 - far)).ceil()).max(1.0);
        let (mut accepted, mut found) = (0.0, 0.0);
        for (place, p, n) in self.descending() {
            if accepted + n < wanted {
                accepted += n;
                found += p;
                continue;
            }
            let rank = wanted - accepted;
            let share = rank / n;
            let (top, width) = self.negatives.extent(place);
            return AtFar {
                far,
                threshold: Bounded {
                    value: top - width * (rank - 0.5) / n,
                    rounding: width,
                },
                tar: Bounded {
                    value: (found + p * share) / p_all,
                    rounding: p * share.max(1.0 - share) / p_all,
                },
            };
        }
        // No fewer negatives than one are wanted, and no more than there are.
        let none = Bounded {
            value: f64::NAN,
            rounding: 0.0,
        };
        AtFar {
            far,
            threshold: none,
            tar: none,
        }
    }
}

/// Binning moves the mean of the negatives by at most half a bin, and their standard deviation by as much.
fn d_prime(positives: &[f64], negatives: &Negatives) -> Option<Bounded> {
    let spread = |count: f64, mean: f64, squares: f64| {
        (count > 1.0).then(|| (mean, squares / (count - 1.0)))
    };
    let count = positives.len() as f64;
    let mean = positives.iter().sum::<f64>() / count;
    let squares = positives.iter().map(|cosine| (cosine - mean).powi(2)).sum();
    let (p_mean, p_variance) = spread(count, mean, squares)?;
    let held = || {
        let apart = usize::from(negatives.lowest > 0);
        let bins = negatives.counts.iter().enumerate().skip(apart);
        bins.map(|(place, &count)| (negatives.middle(place), count as f64))
    };
    // Those that are in no bin of their own.
    let rest = match negatives.lowest {
        0 => 0.0,
        _ => negatives.counts[0] as f64,
    };
    let (edge, [sum, squared]) = (CosineCounts::edge(negatives.lowest), negatives.below);
    let count = rest + held().map(|(_, count)| count).sum::<f64>();
    let total = held().map(|(cosine, count)| count * cosine).sum::<f64>();
    let mean = (total + rest * edge + sum) / count;
    let squares = held().map(|(cosine, count)| count * (cosine - mean).powi(2));
    let away = edge - mean;
    let squares = squares.sum::<f64>() + squared + away * (2.0 * sum + rest * away);
    let (n_mean, n_variance) = spread(count, mean, squares)?;
    let pooled = f64::midpoint(p_variance, n_variance).sqrt();
    let value = (p_mean - n_mean) / pooled;
    // Cosines that are all in one bin, up to rounding, have no spread to count in.
    (pooled > HALF).then(|| Bounded {
        value,
        rounding: HALF * (1.0 + value.abs() / std::f64::consts::SQRT_2) / pooled,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(cosines: &[f64]) -> Negatives {
        parted(cosines, 0)
    }

    /// With bins from `lowest` on.
    fn parted(cosines: &[f64], lowest: usize) -> Negatives {
        let mut found = Negatives {
            counts: vec![0; CosineCounts::BINS - CosineCounts::first(lowest)],
            lowest,
            below: [0.0; 2],
        };
        for &cosine in cosines {
            if CosineCounts::bin(cosine) < lowest {
                let off = cosine - CosineCounts::edge(lowest);
                found.below[0] += off;
                found.below[1] += off * off;
            }
            let place = found.place(cosine);
            found.counts[place] += 1;
        }
        found
    }

    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!(
            (found - expected).abs() <= tolerance,
            "found {found}, expected {expected}"
        );
    }

    #[test]
    fn few_cosines_have_the_numbers_that_counting_gives() {
        let (positives, negatives) = ([0.9, 0.5, 0.3], [0.6, 0.4, 0.2, 0.1, 0.0]);
        let found = separation(&positives, &counts(&negatives), &[0.2, 0.4]).expect("both");
        // 0.9 beats 5, 0.5 beats 4, 0.3 beats 3.
        close(found.auc.value, 12.0 / 15.0, 1e-15);
        assert_eq!(found.auc.rounding, 0.0);
        // Quantiles "higher": index ceil(4 x 0.8) = 4, and ceil(4 x 0.6) = 3.
        let [fifth, two_fifths] = &found.at[..] else {
            panic!("{found:?}")
        };
        close(fifth.threshold.value, 0.6, fifth.threshold.rounding);
        close(fifth.tar.value, 1.0 / 3.0, 1e-15);
        close(two_fifths.threshold.value, 0.4, 2.0 * HALF);
        close(two_fifths.tar.value, 2.0 / 3.0, 1e-15);
        assert_eq!(fifth.tar.rounding, 0.0);
        // Between 0.4 (2 of 5 above, 1 of 3 below) and 0.5 (1 of 5, 1 of 3) FAR passes FRR = 1/3.
        close(found.eer.value, 1.0 / 3.0, 1e-12);
        let d_prime = found.d_prime.expect("a spread");
        let (p, n) = (1.7 / 3.0, 0.26);
        let variance = |x: &[f64], mean: f64| {
            x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (x.len() as f64 - 1.0)
        };
        let pooled = (variance(&positives, p) + variance(&negatives, n)) / 2.0;
        close(d_prime.value, (p - n) / pooled.sqrt(), d_prime.rounding);
        assert!(d_prime.rounding < 2e-4, "{d_prime:?}");
    }

    #[test]
    fn what_is_apart_is_perfect_and_what_is_alike_is_chance() {
        let apart = separation(&[0.8, 0.9], &counts(&[0.1, 0.2, 0.3]), &[0.5]).expect("both");
        assert_eq!((apart.auc.value, apart.eer.value), (1.0, 0.0));
        assert_eq!(apart.at[0].tar.value, 1.0);
        // A collapsed encoder: all cosines in one bin.
        let one = counts(&[1.0; 10_000]);
        let alike = separation(&[1.0; 50], &one, &[0.01]).expect("both");
        assert_eq!((alike.auc.value, alike.auc.rounding), (0.5, 0.5));
        close(alike.eer.value, 0.5, 1e-15);
        close(alike.at[0].tar.value, 0.01, 1e-3);
        assert!(alike.at[0].tar.rounding > 0.9, "{alike:?}");
        assert_eq!(alike.d_prime, None);
    }

    fn noise(k: u64) -> f64 {
        let hash = (k + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let hash = (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (hash >> 40) as f64 / (1 << 24) as f64
    }

    #[test]
    fn bins_below_all_that_is_asked_need_not_be_told_apart() {
        let positives: Vec<f64> = (0..400).map(|k| 0.35 + 0.4 * noise(k)).collect();
        let negatives: Vec<f64> = (0..5_000).map(|k| 0.4 * noise(k + 400) - 0.1).collect();
        // Above 0.28 are 5 % of the negatives.
        let lowest = CosineCounts::bin(0.28);
        let (fars, few) = ([0.04, 0.01], parted(&negatives, lowest));
        assert!((1..=8).contains(&(few.counts.len() + lowest - CosineCounts::BINS)));
        let all = separation(&positives, &counts(&negatives), &fars).expect("both");
        let found = separation(&positives, &few, &fars).expect("both");
        assert_eq!((found.auc, found.eer), (all.auc, all.eer));
        assert_eq!(found.at, all.at);
        let (found, all) = (found.d_prime.expect("a spread"), all.d_prime.expect("too"));
        close(found.value, all.value, all.rounding);
        assert!(all.rounding < 1e-3, "{all:?}");
        // What was not told apart has a wide bound, and it holds.
        let wide = separation(&positives, &few, &[0.5]).expect("both").at[0].threshold;
        let mut sorted = negatives;
        sorted.sort_by(f64::total_cmp);
        assert!(wide.rounding > 1.2, "{wide:?}");
        close(wide.value, sorted[2_500], wide.rounding);
    }

    #[test]
    fn bins_move_no_number_beyond_its_bound() {
        // Positives and negatives that overlap, 400 and 5,000 of them.
        let positives: Vec<f64> = (0..400).map(|k| 0.3 + 0.5 * noise(k)).collect();
        let mut negatives: Vec<f64> = (0..5_000).map(|k| 0.6 * noise(k + 400) - 0.1).collect();
        let fars = [0.3, 0.1, 0.01];
        let found = separation(&positives, &counts(&negatives), &fars).expect("both");
        let won = |p: &f64| negatives.iter().filter(|n| *n < p).count() as f64;
        let auc = positives.iter().map(won).sum::<f64>() / 2e6;
        close(found.auc.value, auc, found.auc.rounding);
        assert!(found.auc.rounding < 1e-4);
        negatives.sort_by(f64::total_cmp);
        for at in &found.at {
            let place = (4_999.0 * (1.0 - at.far)).ceil() as usize;
            let threshold = negatives[place];
            let tar = positives.iter().filter(|p| **p >= threshold).count() as f64 / 400.0;
            close(at.threshold.value, threshold, at.threshold.rounding);
            close(at.tar.value, tar, at.tar.rounding + 1e-15);
        }
        // At any threshold one of both error rates is no smaller than the EER, and the other no larger.
        let rates = |t: f64| {
            let far = negatives.iter().filter(|n| **n >= t).count() as f64 / 5_000.0;
            let frr = positives.iter().filter(|p| **p < t).count() as f64 / 400.0;
            (far, frr)
        };
        for k in 0..1_000 {
            let (far, frr) = rates(f64::from(k) / 1_000.0);
            let slack = found.eer.rounding + 1e-12;
            assert!(far.max(frr) >= found.eer.value - slack);
            assert!(far.min(frr) <= found.eer.value + slack);
        }
    }

    #[test]
    fn nothing_to_compare_has_no_numbers() {
        let none = counts(&[]);
        assert_eq!(separation(&[0.5], &none, &[0.1]), None);
        assert_eq!(separation(&[], &counts(&[0.5]), &[0.1]), None);
        let one = separation(&[0.5], &counts(&[0.1, 0.2]), &[]).expect("both");
        assert_eq!((one.d_prime, one.auc.value), (None, 1.0));
    }
}
