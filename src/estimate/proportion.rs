//! The interval of a share.

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
    let trials = n as f64;
    let share = hits as f64 / trials;
    let square = z * z / trials;
    let middle = share + square / 2.0;
    let reach = (square * (share * (1.0 - share) + square / 4.0)).sqrt();
    let low = (middle - reach) / (1.0 + square);
    let high = (middle + reach) / (1.0 + square);
    // Exact ends, which rounding would miss by a bit.
    let low = if hits == 0 { 0.0 } else { low };
    (low, if hits == n { 1.0 } else { high })
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
}
