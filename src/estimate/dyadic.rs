//! The error of a mean over pairs that share rows.

use crate::num::Moments;

/// Pairs with weights w (how often each is listed), of which each touches one unit (an item that holds both rows) or
/// two (a row on either end).
#[derive(Clone, Copy, Debug)]
pub struct PairedUnits<'a> {
    /// For each unit the sum of w·value over the pairs that touch it.
    pub sums: &'a [f64],
    /// For each unit the sum of w.
    pub weights: &'a [f64],
    /// Values of all distinct pairs, each w^2 times.
    pub squares: Moments,
    /// The same of the pairs that touch two units.
    pub apart: Moments,
    /// Distinct pairs.
    pub pairs: u64,
    /// Mean of the values, and sum of the weights.
    pub mean: (f64, f64),
}

/// Standard error of a mean, with its degrees of freedom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairedError {
    /// Standard error.
    pub se: f64,
    /// Degrees of freedom.
    pub freedom: f64,
}

/// Standard error of the mean of a value over pairs, robust to pairs that share units.
///
/// With e = w (value - mean) and W the sum of the weights, leaving unit u out moves the mean by
/// S_u / (W - W_u), S_u the sum of e over its pairs; the variance is (k-1)/k times the sum of their squares, less the
/// squares e^2 / (W - w)^2 of pairs that touch two units, which were counted twice; k is the number of pairs or of
/// units, whichever is less. Where no unit has two pairs it is the sample error. Never less than the sample error: for
/// few units the difference may even be below 0.
///
/// Degrees of freedom: one less than the pairs, or than the hubs, (sum W_u^2)^2 / sum W_u^4, where pairs touch two units
/// and share them: the pairs of one hub are one draw of it.
///
/// None for fewer than two pairs or units.
///
/// Source: Aronow, Samii & Assenova, Political Analysis 23 (2015), eq. 4, with the jackknife's correction for few units.
pub fn paired_error(of: PairedUnits<'_>) -> Option<PairedError> {
    let (mean, total) = of.mean;
    let touched = || {
        let units = of.sums.iter().zip(of.weights);
        units.filter(|(_, weight)| **weight > 0.0)
    };
    let units = touched().count() as f64;
    let pairs = of.pairs as f64;
    let fewer = pairs.min(units);
    if fewer < 2.0 || touched().any(|(_, &weight)| weight >= total) {
        return None;
    }
    let moved: f64 = touched()
        .map(|(sum, weight)| ((sum - weight * mean) / (total - weight)).powi(2))
        .sum();
    // Lines that repeat a pair weigh little beside the rest: their own weight is taken as that of the mean pair.
    let left = total - total / pairs;
    let twice = of.apart.squares_about(mean) / (left * left);
    let sample = of.squares.squares_about(mean) / (total * total) * pairs / (pairs - 1.0);
    let variance = ((moved - twice) * (1.0 - 1.0 / fewer)).max(sample);
    let powers = |p: i32| touched().map(|(_, weight)| weight.powi(p)).sum::<f64>();
    let hubs = match of.apart.count() {
        0 => units,
        _ => powers(2).powi(2) / powers(4),
    };
    variance.is_finite().then(|| PairedError {
        se: variance.sqrt(),
        freedom: (pairs.min(hubs) - 1.0).max(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs (unit, unit, times, value); equal units mean that one holds the pair.
    fn error(list: &[(usize, usize, u64, f64)]) -> Option<PairedError> {
        let units = list.iter().map(|p| p.0.max(p.1) + 1).max().unwrap_or(0);
        let (mut sums, mut weights) = (vec![0.0; units], vec![0.0; units]);
        let (mut all, mut squares, mut apart) =
            (Moments::default(), Moments::default(), Moments::default());
        for &(u, v, times, value) in list {
            all.add_times(value, times);
            squares.add_times(value, times * times);
            if u != v {
                apart.add_times(value, times * times);
            }
            for unit in [Some(u), (u != v).then_some(v)].into_iter().flatten() {
                sums[unit] += times as f64 * value;
                weights[unit] += times as f64;
            }
        }
        paired_error(PairedUnits {
            sums: &sums,
            weights: &weights,
            squares,
            apart,
            pairs: list.len() as u64,
            mean: (all.mean()?, all.count() as f64),
        })
    }

    fn value(k: usize) -> f64 {
        ((k * 13) % 17) as f64
    }

    #[test]
    fn pairs_that_share_nothing_have_the_sample_error() {
        let moments: Moments = (0..50).map(value).collect();
        let apart: Vec<_> = (0..50).map(|k| (2 * k, 2 * k + 1, 1, value(k))).collect();
        let inside: Vec<_> = (0..50).map(|k| (k, k, 1, value(k))).collect();
        for list in [apart, inside] {
            let found = error(&list).unwrap();
            assert!((found.se / moments.standard_error().unwrap() - 1.0).abs() < 1e-12);
            assert!((found.freedom - 49.0).abs() < 1e-9);
        }
    }

    #[test]
    fn listing_every_pair_again_changes_nothing() {
        let once: Vec<_> = (0..40)
            .map(|k| (k, (k * 7 + 1) % 41, 1, value(k)))
            .collect();
        let again: Vec<_> = once.iter().map(|&(u, v, _, x)| (u, v, 3, x)).collect();
        let (once, again) = (error(&once).unwrap(), error(&again).unwrap());
        assert!((once.se / again.se - 1.0).abs() < 1e-9);
        assert!((once.freedom / again.freedom - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_pairs_of_a_hub_are_one_draw_of_it() {
        // 12 hubs with 30 leaves each, the value that of the hub: 12 draws, not 360.
        let hub = |h: usize| value(h * 5);
        let list: Vec<_> = (0..360).map(|k| (k / 30, 12 + k, 1, hub(k / 30))).collect();
        let hubs: Moments = (0..12).map(hub).collect();
        let found = error(&list).unwrap();
        assert!((found.se / hubs.standard_error().unwrap() - 1.0).abs() < 0.05);
        assert!((10.0..13.0).contains(&found.freedom), "{}", found.freedom);
    }

    #[test]
    fn pairs_that_all_share_a_row_effect_have_a_larger_error() {
        // Value of pair (i, j) is x_i + x_j: the pairs of 30 rows carry the information of 30 rows, not of 435.
        let x: Vec<f64> = (0..30).map(|k| f64::from((k * 7) % 30)).collect();
        let rows = || (0..30).flat_map(|i| (i + 1..30).map(move |j| (i, j)));
        let list: Vec<_> = rows().map(|(i, j)| (i, j, 1, x[i] + x[j])).collect();
        let found = error(&list).unwrap();
        let rows: Moments = x.iter().copied().collect();
        let truth = 2.0 * rows.standard_error().unwrap();
        assert!(
            (found.se / truth - 1.0).abs() < 0.1,
            "{found:?} against {truth}"
        );
        assert!((found.freedom - 29.0).abs() < 1e-9);
    }

    #[test]
    fn too_little_has_no_error() {
        assert_eq!(error(&[(0, 1, 1, 2.0)]), None);
        assert_eq!(error(&[(0, 0, 5, 2.0), (0, 0, 1, 3.0)]), None, "one unit");
    }
}
