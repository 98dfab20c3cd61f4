//! The interval of a squared distance that is estimated without bias.

/// Interval (low, high) of the squared distance behind an estimate `value`, which may be below 0 by chance; `reach` standard
/// errors of the law are its error times the quantile.
///
/// Such an estimate varies the more the farther apart the sets lie, its variance about in proportion to the distance: an
/// estimate that is too low by chance comes with an error that is too small, and `value ± reach` misses above. The ends are
/// the distances d whose estimates would be just so far off, (d - value)² = reach² (1 + (d - value) / max(value, reach)):
/// value + s ± sqrt(s² + reach²) with s = reach² / (2 max(value, reach)). Nearer to 0 than `reach` the variance is mostly
/// that of single pairs, which is there at no distance too.
pub fn squared_distance_interval(value: f64, reach: f64) -> (f64, f64) {
    if reach == 0.0 {
        return (value, value);
    }
    let shift = reach * reach / (2.0 * value.max(reach));
    let half = shift.hypot(reach);
    (value + shift - half, value + shift + half)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_just_so_far_from_the_estimate() {
        for (value, reach) in [(4.0, 1.0), (1.0, 1.0), (0.2, 1.0), (-0.3, 1.0), (1e3, 1.0)] {
            let (low, high) = squared_distance_interval(value, reach);
            for end in [low, high] {
                let off = (end - value).powi(2)
                    - reach * reach * (1.0 + (end - value) / value.max(reach));
                assert!(
                    off.abs() < 1e-9 * end.abs().max(1.0),
                    "{value}: {end}, {off}"
                );
            }
            assert!(low < value && value < high && high - value > value - low);
        }
        // Far from 0 it is the usual one.
        let (low, high) = squared_distance_interval(1e6, 1.0);
        assert!((low - 1e6 + 1.0).abs() < 1e-5 && (high - 1e6 - 1.0).abs() < 1e-5);
        assert_eq!(squared_distance_interval(0.5, 0.0), (0.5, 0.5));
    }
}
