//! How well a classifier tells two sets apart on rows that it was not trained on.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::error::DriftError;
use super::set::Set;
use crate::backend::Backend;
use crate::estimate::leave_items_out;
use crate::pass::Watch;
use crate::probe::{Split, tell_apart};
use crate::result::{ClassifierCard, Figure, PAIR_MEAN_FREEDOM};

/// Fewest units of a set of which half can be held out.
const FEWEST: usize = 8;
/// What the seed of the halves is moved by.
const HALVES: u64 = 0xc1a5;

/// The area under the curve, and how it was made.
pub(super) struct Classified {
    area: Area,
    pub(super) card: ClassifierCard,
}

/// A mean over pairs of one held-out row of each set, and its error.
#[derive(Debug)]
struct Area {
    value: f64,
    se: Option<f64>,
    /// Units of the smaller half.
    units: usize,
}

/// Trains on half of the units of each set, drawn by the seed, and tests on the others; none where a set has too few.
pub(super) fn classify(
    [x, y]: [&Set; 2],
    seed: u64,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Option<Classified>, DriftError> {
    if x.units().min(y.units()) < FEWEST {
        return Ok(None);
    }
    let split = [halves(x, seed), halves(y, seed.wrapping_add(1))];
    let [of_x, of_y] = &split;
    let found = tell_apart([(&x.rows, of_x), (&y.rows, of_y)], seed, backend, watch)?;
    let units = |set: &Set, split: &Split| -> Vec<u32> {
        split
            .test
            .iter()
            .map(|&row| set.unit[row as usize])
            .collect()
    };
    let [low, high] = &found.scores;
    let area = Area::new((low, &units(x, of_x)), (high, &units(y, of_y)));
    let count = |of: fn(&Split) -> &[u32]| split.each_ref().map(|split| of(split).len() as u64);
    Ok(Some(Classified {
        area,
        card: ClassifierCard {
            train: count(|split| &split.train),
            test: count(|split| &split.test),
            c: found.c,
        },
    }))
}

impl Classified {
    pub(super) fn figure(&self, level: f64) -> Figure {
        let Area { value, se, units } = self.area;
        let freedom = (units as f64 - 1.0).min(PAIR_MEAN_FREEDOM);
        Figure::share(value, se, (units as f64, freedom), level)
    }
}

/// Half of the units to train on, the larger half where they are odd.
fn halves(set: &Set, seed: u64) -> Split {
    let mut order: Vec<u32> = (0..set.units() as u32).collect();
    order.shuffle(&mut Pcg64::seed_from_u64(seed.wrapping_add(HALVES)));
    let mut trains = vec![false; order.len()];
    let half = order.len().div_ceil(2);
    order[..half]
        .iter()
        .for_each(|&unit| trains[unit as usize] = true);
    let rows = 0..set.rows.rows() as u32;
    let (train, test) = rows.partition(|&row| trains[set.unit[row as usize] as usize]);
    Split { train, test }
}

impl Area {
    /// Of scores of two sets, each with the unit of every row: the share of pairs in which the second is higher, and half
    /// of those in which both are equal.
    fn new((low, units_low): (&[f64], &[u32]), (high, units_high): (&[f64], &[u32])) -> Self {
        let (n, m) = (low.len() as f64, high.len() as f64);
        // For each row the other set's rows that stand on the right side of it.
        let below = placed(high, low);
        let above: Vec<f64> = placed(low, high).iter().map(|below| m - below).collect();
        let total: f64 = below.iter().sum();
        let value = total / (n * m);
        let error = |placed: &[f64], units: &[u32], others: f64| {
            let by_unit = summed(placed, units);
            let rows = placed.len() as f64;
            let leave = by_unit
                .iter()
                .map(|(size, sum)| (total - sum) / ((rows - size) * others));
            leave_items_out(value, &leave.collect::<Vec<_>>())
        };
        let se = error(&above, units_low, m).zip(error(&below, units_high, n));
        Self {
            value,
            se: se.map(|(x, y)| x.hypot(y)),
            units: summed(&above, units_low)
                .len()
                .min(summed(&below, units_high).len()),
        }
    }
}

/// For each score how many of the others are below it, ties a half.
fn placed(scores: &[f64], others: &[f64]) -> Vec<f64> {
    let mut sorted = others.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = |score: &f64| {
        let below = sorted.partition_point(|other| other < score);
        let up_to = sorted.partition_point(|other| other <= score);
        (below + up_to) as f64 / 2.0
    };
    scores.iter().map(place).collect()
}

/// Rows and sum of each unit that occurs.
fn summed(values: &[f64], units: &[u32]) -> Vec<(f64, f64)> {
    let most = units.iter().max().map_or(0, |&unit| unit as usize + 1);
    let mut out = vec![(0.0, 0.0); most];
    for (value, &unit) in values.iter().zip(units) {
        let (rows, sum) = &mut out[unit as usize];
        *rows += 1.0;
        *sum += value;
    }
    out.retain(|(rows, _)| *rows > 0.0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    /// The definition, pair by pair.
    fn by_hand(low: &[f64], high: &[f64]) -> f64 {
        let pairs = low.iter().flat_map(|x| high.iter().map(move |y| (x, y)));
        let wins =
            pairs.map(|(x, y)| f64::from(u8::from(y > x)) + 0.5 * f64::from(u8::from(x == y)));
        wins.sum::<f64>() / (low.len() * high.len()) as f64
    }

    #[test]
    fn area_and_error_are_those_of_the_definition() {
        let low: Vec<f64> = (0..30).map(|k| f64::from((k * 17) % 23)).collect();
        let high: Vec<f64> = (0..20).map(|k| f64::from((k * 7) % 19) + 3.0).collect();
        for size in [1, 3] {
            let units = |scores: &[f64]| -> Vec<u32> {
                (0..scores.len() as u32).map(|row| row / size).collect()
            };
            let (of_low, of_high) = (units(&low), units(&high));
            let found = Area::new((&low, &of_low), (&high, &of_high));
            assert!((found.value - by_hand(&low, &high)).abs() < 1e-12);
            let without = |scores: &[f64], units: &[u32], unit: u32| -> Vec<f64> {
                let kept = scores.iter().zip(units).filter(|(_, u)| **u != unit);
                kept.map(|(score, _)| *score).collect()
            };
            let error = |count: u32, of: &dyn Fn(u32) -> f64| {
                let leave: Vec<f64> = (0..count).map(of).collect();
                leave_items_out(found.value, &leave).unwrap()
            };
            let x = error(30_u32.div_ceil(size), &|unit| {
                by_hand(&without(&low, &of_low, unit), &high)
            });
            let y = error(20_u32.div_ceil(size), &|unit| {
                by_hand(&low, &without(&high, &of_high, unit))
            });
            assert!((found.se.unwrap() - x.hypot(y)).abs() < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn without_drift_a_half_lies_in_the_interval() {
        let mut rng = Pcg64::seed_from_u64(1);
        let units: Vec<u32> = (0..60).collect();
        let mut missed = 0;
        for _ in 0..300 {
            let mut scores =
                |count: usize| -> Vec<f64> { (0..count).map(|_| rng.random()).collect() };
            let (low, high) = (scores(60), scores(45));
            let area = Area::new((&low, &units), (&high, &units[..45]));
            let card = ClassifierCard {
                train: [0, 0],
                test: [60, 45],
                c: 1.0,
            };
            let interval = Classified { area, card }.figure(0.95).interval().unwrap();
            missed += u32::from(!(interval.low..=interval.high).contains(&0.5));
        }
        // 15 of 300 are expected, give or take 3.8.
        assert!((3..30).contains(&missed), "{missed} of 300");
    }

    #[test]
    fn scores_that_tell_all_have_an_interval_that_is_no_point() {
        let scores: Vec<f64> = (0..40).map(f64::from).collect();
        let units: Vec<u32> = (0..20).collect();
        let area = Area::new((&scores[..20], &units), (&scores[20..], &units));
        assert_eq!(area.value, 1.0);
        let card = ClassifierCard {
            train: [20, 20],
            test: [20, 20],
            c: 1.0,
        };
        let interval = Classified { area, card }.figure(0.95).interval().unwrap();
        assert!(interval.low < 0.95 && interval.high == 1.0, "{interval:?}");
    }
}
