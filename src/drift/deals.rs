//! Random deals of the units of two sets: as many to each as it has.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::set::Set;

/// Which units lie in the first set, in the given deal (number 0) and in random ones.
///
/// Units of the first set come first. Each random deal gives the first set as many units as it has, any of them as likely
/// as any other; sets of units of unequal sizes change their numbers of rows, which the statistics of a deal follow.
pub(super) struct Deals {
    count: usize,
    /// 1 for the first set: a line of all deals for each unit.
    first: Vec<u8>,
    /// Rows of each unit.
    pub(super) sizes: Vec<f64>,
}

impl Deals {
    pub(super) fn new([x, y]: [&Set; 2], random: usize, seed: u64) -> Self {
        let (units, count) = (x.units() + y.units(), random + 1);
        let mut first = vec![0; units * count];
        let mut rng = Pcg64::seed_from_u64(seed);
        let mut order: Vec<usize> = (0..units).collect();
        for deal in 0..count {
            if deal > 0 {
                order.shuffle(&mut rng);
            }
            for &unit in &order[..x.units()] {
                first[unit * count + deal] = 1;
            }
        }
        let sizes = x.sizes.iter().chain(&y.sizes);
        Self {
            count,
            first,
            sizes: sizes.map(|&size| size as f64).collect(),
        }
    }

    /// The given one and the random ones.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// For each deal 1 where the first set has this unit.
    pub(super) fn of_unit(&self, unit: usize) -> &[u8] {
        &self.first[unit * self.count..(unit + 1) * self.count]
    }
}
