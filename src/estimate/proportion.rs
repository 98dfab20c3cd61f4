//! The interval of a share, or of a mean of shares.

/// What rounding of sums leaves of a mean or an error that is 0.
const ROUNDING: f64 = 1e-12;

/// Wilson's score interval (low, high) of the probability behind `hits` out of `n` independent trials; `z` standard
/// errors of the normal law give its level (1.96 for 95 %).
///
/// `(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)` with p = hits/n. It stays within [0, 1] and does not shrink to
/// a point at 0 or n hits. (0, 1) for n = 0.
///
/// Source: Wilson, Journal of the American Statistical Association 22 (1927).
pub fn wilson(hits: u64, n: u64, z: f64) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    score(hits as f64 / n as f64, n as f64, z)
}

/// Score interval (low, high) of a mean of values in [0, 1], z standard errors of the law wide: Wilson's, with as many
/// trials as bring a share `mean` the standard error `se`, mean (1 - mean) / se^2. Where the error is 0, or the mean at
/// an end, nothing tells how much more the values might vary: there are then as many trials as independent `units`.
///
/// A mean within 1e-12 of an end is taken to be there, and an error as small to be 0: that is the rounding of sums. It
/// stays within [0, 1]; NaN for a mean outside.
///
/// Source: Korn & Graubard, Survey Methodology 24 (1998), for Wilson's interval in place of the exact one.
pub fn score_interval(mean: f64, se: f64, units: f64, z: f64) -> (f64, f64) {
    let near = mean.round();
    let mean = match (mean - near).abs() < ROUNDING {
        true => near,
        false => mean,
    };
    let variance = mean * (1.0 - mean);
    let trials = match variance > 0.0 && se > ROUNDING {
        true => variance / (se * se),
        false => units,
    };
    score(mean, trials, z)
}

/// Least standard error of a mean `share` of values in [0, 1] over so many independent `units`, of which about `errors` lie
/// away from the end that all others share: sqrt(share (1 - share) / trials) with units (1 + errors) trials.
///
/// Where few units decide a mean, leaving units out tells its error badly: how much those lose that did not come up is not
/// known. The bound fades as they come, from the binomial law's at none to nothing that matters at ten or twenty.
///
/// An equal error rate has its errors counted. Its threshold moves with the rows and gives way, so that it
/// varies about half as much as a rate at one that stays, which the jackknife sees once there are some errors to leave out.
pub fn error_of_few(share: f64, errors: f64, units: f64) -> f64 {
    let trials = units * (1.0 + errors);
    (share * (1.0 - share) / trials).max(0.0).sqrt()
}

/// How many of the values of a mean in [0, 1] with the standard error `se` lie away from its nearer end, if they lose alike:
/// (loss / se)². None where the mean is at an end.
pub fn errors_of_mean(mean: f64, se: f64) -> Option<f64> {
    let loss = mean.min(1.0 - mean);
    (loss > ROUNDING && se > ROUNDING).then(|| (loss / se).powi(2))
}

/// How many trials an interval of a share 0 or 1 that reaches to `other`, z standard errors wide, was made of.
pub fn trials_of_end(mean: f64, other: f64, z: f64) -> f64 {
    let miss = (mean - other).abs();
    z * z * (1.0 - miss) / miss
}

/// Wilson's interval of a share of so many trials.
fn score(share: f64, trials: f64, z: f64) -> (f64, f64) {
    let square = z * z / trials;
    let middle = share + square / 2.0;
    let reach = (square * (share * (1.0 - share) + square / 4.0)).sqrt();
    let low = (middle - reach) / (1.0 + square);
    let high = (middle + reach) / (1.0 + square);
    // Exact ends, which rounding would miss by a bit.
    let low = if share == 0.0 { 0.0 } else { low };
    (low, if share == 1.0 { 1.0 } else { high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_solve_the_score_equation() {
        // Where the interval ends, the observed share is z standard errors of that end away.
        for (hits, n) in [(1, 10), (7, 30), (450, 1000), (999, 1000), (0, 5), (5, 5)] {
            for z in [1.0, 1.96, 3.3] {
                let (low, high) = wilson(hits, n, z);
                let share = hits as f64 / n as f64;
                for end in [low, high]
                    .into_iter()
                    .filter(|end| (1e-9..0.999_999_999).contains(end))
                {
                    let distance = (share - end).abs() / (end * (1.0 - end) / n as f64).sqrt();
                    assert!(
                        (distance - z).abs() < 1e-9,
                        "{hits} of {n}: {distance} not {z}"
                    );
                }
                assert!(low <= share && share <= high);
            }
        }
    }

    #[test]
    fn no_trials_tell_nothing_and_ends_are_exact() {
        assert_eq!(wilson(0, 0, 1.96), (0.0, 1.0));
        assert_eq!(wilson(0, 9, 1.96).0, 0.0);
        assert_eq!(wilson(9, 9, 1.96).1, 1.0);
    }

    #[test]
    fn a_mean_with_the_error_of_a_share_has_its_interval() {
        let se = (0.3_f64 * 0.7 / 50.0).sqrt();
        let (found, expected) = (score_interval(0.3, se, 9.0, 1.96), wilson(15, 50, 1.96));
        assert!((found.0 - expected.0).abs() < 1e-12 && (found.1 - expected.1).abs() < 1e-12);
        // Values that vary less than a share of all or nothing count for more trials.
        let narrow = score_interval(0.3, se / 2.0, 9.0, 1.96);
        assert!(narrow.0 > found.0 && narrow.1 < found.1);
    }

    #[test]
    fn few_errors_have_the_error_of_a_share_and_many_none_to_speak_of() {
        let binomial = |share: f64, units: f64| (share * (1.0 - share) / units).sqrt();
        for units in [200.0, 1000.0] {
            assert_eq!(error_of_few(0.0, 0.0, units), 0.0);
            let half = 0.5 / units;
            let expected = binomial(half, units) / 1.5_f64.sqrt();
            assert!((error_of_few(half, 0.5, units) - expected).abs() < 1e-15);
            // One trial in fifty is enough to be far below what the jackknife sees.
            let many = 20.0 / units;
            assert!(error_of_few(many, 20.0, units) < 0.25 * binomial(many, units));
        }
    }

    #[test]
    fn few_units_that_lose_little_may_be_followed_by_some_that_lose_more() {
        // Of 100 queries `losers` lose `loss` each.
        let bound = |losers: f64, loss: f64| {
            let mean = 1.0 - losers * loss / 100.0;
            let se = (losers * loss * loss / 100.0 - (1.0 - mean).powi(2)).sqrt() / 10.0;
            let errors = errors_of_mean(mean, se).unwrap();
            assert!((errors / losers - 1.0).abs() < 0.4, "{errors} of {losers}");
            error_of_few(mean, errors, 100.0) / se
        };
        assert!(bound(1.0, 0.03) > 3.0 && bound(3.0, 0.03) > 1.5);
        assert!(bound(25.0, 0.03) < 1.35 && bound(25.0, 0.1) < 1.0);
        // Queries that find all or nothing have the error of a share already.
        assert!(bound(1.0, 1.0) < 1.0 && bound(10.0, 1.0) < 1.0);
        assert_eq!(errors_of_mean(1.0, 0.0), None);
        assert_eq!(errors_of_mean(1.0 - 1e-16, 1e-17), None);
    }

    #[test]
    fn without_an_error_there_are_as_many_trials_as_units() {
        for (mean, hits) in [(0.0, 0), (1.0, 40), (1.0 - 1e-15, 40), (0.5, 20)] {
            assert_eq!(
                score_interval(mean, 0.0, 40.0, 1.96),
                wilson(hits, 40, 1.96)
            );
        }
        for (mean, hits) in [(0.0, 0), (1.0, 40)] {
            let (low, high) = wilson(hits, 40, 1.96);
            let other = if hits == 0 { high } else { low };
            assert!((trials_of_end(mean, other, 1.96) - 40.0).abs() < 1e-9);
        }
    }
}
