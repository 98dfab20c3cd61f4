//! Quantiles of Student's t, for intervals.
//!
//! The law is one that this room has already: for T with f degrees of freedom, `T / sqrt(f + T^2)` is the cosine of
//! two independent uniform points on the sphere in R^(f+1).

use super::cosine::upper_tail;

/// Degrees of freedom from which one more changes no digit that is printed.
const MOST: f64 = 1e6;

/// The x with `P(|T| <= x) = level` for T with `freedom` degrees of freedom: x standard errors on either side make a
/// two-sided interval of that level.
///
/// For freedom >= 1 and 0 < level < 1; NaN otherwise. Beyond 10^6 degrees of freedom the quantile of 10^6, which is
/// 2e-6 above the normal one. Relative error about 1e-12, for levels from 0.001 on.
pub fn student_quantile(level: f64, freedom: f64) -> f64 {
    if !(level > 0.0 && level < 1.0 && freedom >= 1.0) {
        return f64::NAN;
    }
    let freedom = freedom.min(MOST);
    let wanted = (1.0 - level) / 2.0;
    let tail = |x: f64| student_tail(x, freedom);
    let (mut low, mut high) = (0.0, 1.0);
    while tail(high) > wanted {
        (low, high) = (high, 2.0 * high);
    }
    // Halving an interval of the same sign needs at most 53 steps to its last bit.
    for _ in 0..64 {
        let middle = low + (high - low) / 2.0;
        if tail(middle) > wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    low + (high - low) / 2.0
}

/// `P(T > x)` for T with `freedom` degrees of freedom: the one-sided p-value of x standard errors.
///
/// Freedom >= 1 (NaN otherwise), from 10^6 on that of 10^6. Relative error about 1e-12.
pub fn student_tail(x: f64, freedom: f64) -> f64 {
    if x.is_nan() || freedom.is_nan() || freedom < 1.0 {
        return f64::NAN;
    }
    if x < 0.0 {
        return 1.0 - student_tail(-x, freedom);
    }
    let freedom = freedom.min(MOST);
    if x.is_infinite() {
        return 0.0;
    }
    let whole = freedom + x * x;
    upper_tail(freedom / 2.0, x / whole.sqrt(), freedom / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!(
            (found / expected - 1.0).abs() <= tolerance,
            "found {found}, expected {expected}"
        );
    }

    #[test]
    fn few_degrees_of_freedom_have_closed_forms() {
        for level in [1e-3, 0.1, 0.5, 0.95, 0.999, 1.0 - 1e-9] {
            // Cauchy; and P(|T| <= x) = x / sqrt(2 + x^2).
            let upper = (1.0 - level) / 2.0;
            close(
                student_quantile(level, 1.0),
                1.0 / (std::f64::consts::PI * upper).tan(),
                1e-11,
            );
            close(
                student_quantile(level, 2.0),
                level * (2.0 / (4.0 * upper * (1.0 - upper))).sqrt(),
                1e-11,
            );
        }
    }

    #[test]
    fn the_tables_are_met() {
        // Printed in every table of the t distribution.
        for (freedom, expected) in [
            (4.0, 2.776),
            (9.0, 2.262),
            (19.0, 2.093),
            (30.0, 2.042),
            (120.0, 1.980),
        ] {
            close(student_quantile(0.95, freedom), expected, 5e-4);
        }
        close(student_quantile(0.99, 19.0), 2.861, 5e-4);
        // The normal law.
        close(student_quantile(0.95, 1e12), 1.959_963_984_540_054, 3e-6);
    }

    #[test]
    fn tails_and_quantiles_are_inverse() {
        for freedom in [1.0, 5.0, 19.0, 1e4] {
            for level in [0.1, 0.95, 0.9999] {
                let x = student_quantile(level, freedom);
                close(student_tail(x, freedom), (1.0 - level) / 2.0, 1e-9);
                close(student_tail(-x, freedom), (1.0 + level) / 2.0, 1e-9);
            }
        }
        assert_eq!(student_tail(0.0, 7.0), 0.5);
        assert_eq!(student_tail(f64::INFINITY, 7.0), 0.0);
        assert!(student_tail(f64::NAN, 7.0).is_nan() && student_tail(1.0, 0.5).is_nan());
    }

    #[test]
    fn what_is_no_level_has_no_quantile() {
        for (level, freedom) in [(0.0, 5.0), (1.0, 5.0), (f64::NAN, 5.0), (0.95, 0.0)] {
            assert!(student_quantile(level, freedom).is_nan());
        }
    }
}
