//! Functions that squash, in f32, so that loops over them become vectors: the standard library's are calls, number by
//! number. They are right to a few units in the last place.

/// 1 / (1 + e^-x)
#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// e^x, for numbers that it is neither 0 nor infinite for; others are moved to those first.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Added to a small number, this leaves its nearest integer in the last bits.
    const ROUND: f32 = 12_582_912.0;
    /// ln 2 in two parts, of which the first times an integer is exact.
    const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    /// Of the polynomial of Cephes for (e^x - 1 - x) / x^2 within half of ln 2 of 0, the highest power first.
    const POWERS: [f32; 6] = [
        1.987_569_1e-4,
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        0.166_666_65,
        0.5,
    ];
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let rest = x - n * LN2[0] - n * LN2[1];
    let mut sum = POWERS[0];
    for power in &POWERS[1..] {
        sum = sum * rest + power;
    }
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    (sum * rest * rest + rest + 1.0) * power
}

/// Hyperbolic tangent: a fraction of two polynomials, as Eigen has it.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    /// The highest power first.
    const ABOVE: [f32; 7] = [
        -2.760_768_5e-16,
        2.000_188e-13,
        -8.604_672e-11,
        5.122_297_1e-8,
        1.485_722_4e-5,
        6.372_619_3e-4,
        4.893_524_6e-3,
    ];
    const BELOW: [f32; 4] = [1.198_258_4e-6, 1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3];
    // From here on f32 knows no number between it and 1.
    let x = x.clamp(-7.998_811_7, 7.998_811_7);
    let square = x * x;
    let (mut above, mut below) = (ABOVE[0], BELOW[0]);
    for power in &ABOVE[1..] {
        above = above * square + power;
    }
    for power in &BELOW[1..] {
        below = below * square + power;
    }
    x * above / below
}

#[cfg(test)]
mod tests {
    #[test]
    fn both_are_right_to_a_few_units_in_the_last_place() {
        for at in -100_000..=100_000 {
            let x = at as f32 / 5_000.0;
            let exact = f64::from(x);
            let off =
                |ours: f32, exact: f64| (f64::from(ours) - exact).abs() / exact.abs().max(1e-30);
            let sigmoid = off(super::sigmoid(x), 1.0 / (1.0 + (-exact).exp()));
            let tanh = off(super::tanh(x), exact.tanh());
            assert!(sigmoid < 4e-7 && tanh < 6e-7, "{x}: {sigmoid} {tanh}");
        }
    }

    #[test]
    fn far_out_they_stay_within_their_bounds() {
        for x in [-1e30, -200.0, -88.0, 88.0, 200.0, 1e30] {
            let (sigmoid, tanh) = (super::sigmoid(x), super::tanh(x));
            assert!(
                (0.0..=1.0).contains(&sigmoid) && (-1.0..=1.0).contains(&tanh),
                "{x}"
            );
        }
        assert!(super::sigmoid(f32::NAN).is_nan() && super::tanh(f32::NAN).is_nan());
    }
}
