//! What the positive pairs yield.

use serde::{Deserialize, Serialize};

use crate::num::{Merge, Moments, Unlike};

/// Bins of the histogram of distances over [0, 2].
pub const DISTANCE_BINS: usize = 100;

/// What the positive pairs have shown. Statistics are every alpha, then the cosine.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PairState {
    /// Moments of ||x - y||^alpha, in the order of the exponents; a pair that is listed w times counts w times.
    pub alignment: Vec<Moments>,
    /// Moments of the cosine, 1 - ||x - y||^2 / 2.
    pub cosine: Moments,
    /// Moments of the distance ||x - y||.
    pub distance: Moments,
    /// Pairs by distance, in equal bins over [0, 2].
    pub histogram: Vec<u64>,
    /// For each jackknife group: pairs that touch it, and the sum of their cosines.
    pub touching: Vec<(u64, f64)>,
    /// For each alpha and each jackknife group: the sum of ||x - y||^alpha over the pairs that touch the group.
    pub touching_alignment: Vec<Vec<f64>>,
    /// Distinct pairs.
    pub distinct: u64,
    /// For each statistic, its moments over distinct pairs, each w^2 times.
    pub squares: Vec<Moments>,
    /// The same of the pairs whose rows are of two units.
    pub apart: Vec<Moments>,
    /// For each statistic and each unit, the sum over the pairs that touch the unit.
    pub by_unit: Vec<Vec<f64>>,
    /// For each unit, the pairs that touch it.
    pub unit_pairs: Vec<f64>,
}

impl Merge for PairState {
    fn fits(&self, other: &Self) -> Result<(), Unlike> {
        let (a, b) = (self, other);
        Unlike::unless_as_long("numbers of exponents", &a.alignment, &b.alignment)?;
        Unlike::unless_as_long("numbers of bins", &a.histogram, &b.histogram)?;
        Unlike::unless_as_long("numbers of groups", &a.touching, &b.touching)?;
        Unlike::unless_as_long("numbers of statistics", &a.squares, &b.squares)?;
        Unlike::unless_as_long("numbers of units", &a.unit_pairs, &b.unit_pairs)
    }

    fn merge(&mut self, other: Self) {
        assert_eq!(self.fits(&other), Ok(()));
        fn each<T: Default + Clone>(a: &mut Vec<T>, b: Vec<T>, add: impl Fn(&mut T, T)) {
            if a.len() < b.len() {
                a.resize(b.len(), T::default());
            }
            a.iter_mut().zip(b).for_each(|(a, b)| add(a, b));
        }
        each(&mut self.alignment, other.alignment, |a, b| a.merge(b));
        self.cosine.merge(other.cosine);
        self.distance.merge(other.distance);
        each(&mut self.histogram, other.histogram, |a, b| *a += b);
        each(&mut self.touching, other.touching, |a, b| {
            a.0 += b.0;
            a.1 += b.1;
        });
        each(
            &mut self.touching_alignment,
            other.touching_alignment,
            |a, b| {
                each(a, b, |a, b| *a += b);
            },
        );
        self.distinct += other.distinct;
        each(&mut self.squares, other.squares, |a, b| a.merge(b));
        each(&mut self.apart, other.apart, |a, b| a.merge(b));
        each(&mut self.by_unit, other.by_unit, |a, b| {
            each(a, b, |a, b| *a += b);
        });
        each(&mut self.unit_pairs, other.unit_pairs, |a, b| *a += b);
    }
}
