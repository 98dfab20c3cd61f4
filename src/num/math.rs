//! Transcendental functions that the standard library lacks, each with the accuracy it promises.

use std::f64::consts::LN_2;

use super::pairwise_sum;

/// `log(sqrt(2 pi))`.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// Below this the asymptotic series are reached by the recurrence `Gamma(x + 1) = x Gamma(x)`.
const ASYMPTOTIC_FROM: f64 = 16.0;

/// `log Gamma(x)` for x > 0.
///
/// Relative error about 1e-15 away from the zeros at 1 and 2 (where it is exact), and absolute error about
/// 1e-14 near them. NaN for x <= 0.
pub fn ln_gamma(x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    if x == 1.0 || x == 2.0 {
        return 0.0;
    }
    let (mut x, mut product) = (x, 1.0);
    while x < ASYMPTOTIC_FROM {
        product *= x;
        x += 1.0;
    }
    let ln_x = x.ln();
    if ln_x.is_infinite() {
        return f64::INFINITY;
    }
    x * (ln_x - 1.0) - 0.5 * ln_x + HALF_LN_TWO_PI + stirling_remainder(x) - product.ln()
}

/// What Stirling's formula leaves out: `log Gamma(x) - [(x - 1/2) log x - x + log sqrt(2 pi)]`, for x >= 16.
///
/// Absolute error below 1e-18. Callers that would cancel the large terms use it to cancel them on paper.
pub fn stirling_remainder(x: f64) -> f64 {
    const SERIES: [f64; 7] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
    ];
    odd_powers_of_inverse(&SERIES, x)
}

/// `log(Gamma(x + 1/2) / Gamma(x))` for x > 0, without the cancellation of two large logarithms.
///
/// Absolute error about 1e-15 up to x = 1e6.
pub fn ln_gamma_half_step(x: f64) -> f64 {
    const SERIES: [f64; 6] = [
        -1.0 / 8.0,
        1.0 / 192.0,
        -1.0 / 640.0,
        17.0 / 14_336.0,
        -31.0 / 18_432.0,
        691.0 / 180_224.0,
    ];
    let (mut x, mut product) = (x, 1.0);
    while x < ASYMPTOTIC_FROM {
        product *= x / (x + 0.5);
        x += 1.0;
    }
    0.5 * x.ln() + odd_powers_of_inverse(&SERIES, x) + product.ln()
}

/// `c[0]/x + c[1]/x^3 + c[2]/x^5 + ...`
fn odd_powers_of_inverse(coefficients: &[f64], x: f64) -> f64 {
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    inverse
        * coefficients
            .iter()
            .rev()
            .fold(0.0, |sum, c| sum * square + c)
}

/// `log(1 + exp(x))`, which leaves f64 for no x.
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// Sum of the logarithms of positive normal numbers (others give what their logarithms do).
///
/// One logarithm for 16 of them: mantissas are multiplied, exponents added. A product's rounding moves its logarithm by 1.1e-16,
/// as much as half the rounding of a logarithm of 1 to 2 does: the error of the mean logarithm is below 3e-16 times
/// (1 + the mean exponent).
pub fn sum_of_logs(values: &[f64]) -> f64 {
    const MANTISSA: u64 = (1 << 52) - 1;
    const ONE: u64 = 1023 << 52;
    let (chunks, rest) = values.as_chunks::<16>();
    let mut exponents = 0;
    let mut logs: Vec<f64> = rest.iter().map(|v| v.ln()).collect();
    for chunk in chunks {
        // Numbers in [1, 2), multiplied four at a time.
        let (mut products, mut sum, mut normal) = ([1.0; 4], 0, true);
        for four in chunk.as_chunks::<4>().0 {
            for (product, v) in products.iter_mut().zip(four) {
                let power = v.to_bits() >> 52;
                // Zero and subnormal numbers have power 0, infinity and NaN 2047, negative numbers more.
                normal &= power.wrapping_sub(1) < 2046;
                sum += power as i64 - 1023;
                *product *= f64::from_bits(v.to_bits() & MANTISSA | ONE);
            }
        }
        if normal {
            exponents += sum;
            logs.push(products.iter().product::<f64>().ln());
        } else {
            logs.extend(chunk.iter().map(|v| v.ln()));
        }
    }
    exponents as f64 * LN_2 + pairwise_sum(&logs)
}

/// `log(exp(x) - 1)` for x > 0, accurate near 0 and without overflow for large x; `-inf` at 0.
pub fn ln_expm1(x: f64) -> f64 {
    if x < LN_2 {
        x.exp_m1().ln()
    } else {
        x + (-(-x).exp()).ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64, tolerance: f64) {
        let error = (found - expected).abs();
        assert!(
            error <= tolerance * expected.abs().max(1.0),
            "found {found:e}, expected {expected:e}, error {error:e}"
        );
    }

    // Expected values: mpmath at 60 digits.

    #[test]
    fn ln_gamma_agrees_with_mpmath() {
        let known = [
            (0.5, 0.5723649429247001),
            (1.5, -0.12078223763524522),
            (2.5, 0.2846828704729192),
            (3.0, LN_2),
            (1e-3, 6.907178885383853),
            (7.25, 7.0521854507385395),
            (15.5, 26.536914491115613),
            (16.0, 27.89927138384089),
            (384.0, 1898.9905744644377),
            (50000.5, 490989.83315821405),
            (1e6, 12815504.569147611),
            (1e-300, 690.7755278982137),
        ];
        for (x, expected) in known {
            close(ln_gamma(x), expected, 1e-14);
        }
        assert_eq!(ln_gamma(1.0), 0.0);
        assert_eq!(ln_gamma(2.0), 0.0);
        assert!(ln_gamma(0.0).is_nan() && ln_gamma(-1.5).is_nan() && ln_gamma(f64::NAN).is_nan());
        assert_eq!(ln_gamma(f64::INFINITY), f64::INFINITY);
    }

    #[test]
    fn half_step_agrees_with_mpmath() {
        let known = [
            (0.5, -0.5723649429247001),
            (1.0, -0.12078223763524522),
            (3.5, 0.5907858668809808),
            (15.5, 1.362356892725278),
            (63.5, 2.07355146935205),
            (383.5, 2.9743438652547987),
            (49999.5, 5.409881642155141),
            (1e6, 6.907755153982137),
        ];
        for (x, expected) in known {
            close(ln_gamma_half_step(x), expected, 2e-15);
        }
    }

    #[test]
    fn sums_of_logs_are_those_of_the_logarithms_one_by_one() {
        // 1e-300 to 1e300, all mantissas alike and not, and every length of the last chunk.
        for (low, high) in [(-690.0, 690.0), (-3.0, 3.0), (200.0, 200.5)] {
            for n in (0..40).chain([1000, 4097]) {
                let values: Vec<f64> = (0..n)
                    .map(|k| (low + (high - low) * (f64::from(k) * 0.618).fract()).exp())
                    .collect();
                let logs: Vec<f64> = values.iter().map(|v| v.ln()).collect();
                let expected = pairwise_sum(&logs);
                let size: f64 = logs.iter().map(|log| log.abs() + 1.0).sum();
                let error = (sum_of_logs(&values) - expected).abs();
                assert!(error <= 4e-16 * size, "{n} of {low} to {high}: {error:e}");
            }
        }
        let with = |odd: f64| sum_of_logs(&[2.0, odd, 8.0]);
        assert_eq!(with(0.0), f64::NEG_INFINITY);
        assert_eq!(with(f64::INFINITY), f64::INFINITY);
        assert!(with(-1.0).is_nan() && with(f64::NAN).is_nan());
        close(with(5e-324), (16.0 * 5e-324_f64).ln(), 1e-15);
    }

    #[test]
    fn ln_expm1_is_accurate_at_both_ends() {
        close(ln_expm1(1e-20), 1e-20f64.ln(), 1e-15);
        close(ln_expm1(LN_2), 0.0, 1e-15);
        close(ln_expm1(5000.0), 5000.0, 0.0);
        assert_eq!(ln_expm1(0.0), f64::NEG_INFINITY);
    }
}
