//! The interval of a quantile.

use super::proportion::score_interval;

/// Interval (low, high) of the quantile `q` of the law behind `ascending` values: two of the values. `se` is the standard
/// error of the share of values below the quantile, from whole groups of values where these go together; it counts as at
/// least that of so many independent `units`. `z` standard errors wide.
///
/// The share q has a score interval; its ends, as ranks rounded outward, are the values. None where an end lies beyond the
/// values: of fewer than about 3 / q (or 3 / (1 - q)) of them nothing bounds the quantile on that side.
///
/// Leaving groups out and recomputing the quantile instead gives intervals that hold in 77 to 93 % where they say 95 (20
/// groups, 60 to 1,000 values): a quantile moves in steps.
///
/// Source: Woodruff, Journal of the American Statistical Association 47 (1952), with the interval of [`score_interval`].
pub fn quantile_interval(
    ascending: &[f64],
    q: f64,
    (se, units): (f64, f64),
    z: f64,
) -> Option<(f64, f64)> {
    let least = (q * (1.0 - q) / units).sqrt();
    let (low, high) = score_interval(q, se.max(least), units, z);
    let n = ascending.len() as f64;
    let (first, last) = ((low * n).floor() as usize, (high * n).ceil() as usize);
    let low = ascending.get(first.checked_sub(1)?)?;
    let high = ascending.get(last)?;
    Some((*low, *high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_values_around_the_quantile() {
        let values: Vec<f64> = (1..=1000).map(f64::from).collect();
        // Wilson's interval of 50 of 1,000: 3.81 % and 6.53 %.
        let found = quantile_interval(&values, 0.05, (0.0, 1000.0), 1.96);
        assert_eq!(found, Some((38.0, 67.0)));
        // Of values that go together it is wider.
        let wider = quantile_interval(&values, 0.05, (0.02, 1000.0), 1.96).unwrap();
        assert!(wider.0 < 30.0 && wider.1 > 90.0, "{wider:?}");
    }

    #[test]
    fn few_values_do_not_bound_a_tail() {
        let values: Vec<f64> = (1..=60).map(f64::from).collect();
        let of = |q: f64| quantile_interval(&values, q, (0.0, 60.0), 1.96);
        assert_eq!(of(0.01), None);
        assert_eq!(of(0.99), None);
        assert!(of(0.5).is_some());
        assert_eq!(quantile_interval(&[], 0.5, (0.0, 1.0), 1.96), None);
    }

    #[test]
    fn intervals_hold_the_quantile_of_the_law() {
        // The values of 400 samples of 300 are uniform numbers: quantiles are known.
        let mut state = 1_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        for q in [0.05, 0.5] {
            let held = (0..400)
                .filter(|_| {
                    let mut values: Vec<f64> = (0..300).map(|_| next()).collect();
                    values.sort_unstable_by(f64::total_cmp);
                    let (low, high) = quantile_interval(&values, q, (0.0, 300.0), 1.96).unwrap();
                    low <= q && q <= high
                })
                .count();
            // Expected 380 to 390; three binomial errors are 13.
            assert!((367..=398).contains(&held), "{q}: {held} of 400");
        }
    }
}
