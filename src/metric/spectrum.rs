//! Ranks and spreads of a spectrum: how many directions the rows use, in the field's several senses.
//!
//! Functions of eigenvalues, descending: `second` those of the mean of x x' (not centred), `centred` those of the
//! covariance with 1/n. What all of them miss: they say how many directions hold the rows, not whether near rows belong
//! together, and the centred ones do not see a common direction, which is how encoders fail most often.

/// exp of the entropy of the weights over their sum, p log p with `eps` added to each p: the number of weights, where all
/// are alike. NaN where they sum to 0.
///
/// Source: Roy & Vetterli, EUSIPCO 2007 (eps = 0, singular values); Garrido et al., RankMe, ICML 2023 (eps = 1e-7).
pub fn entropy_rank(weights: &[f64], eps: f64) -> f64 {
    let sum: f64 = weights.iter().sum();
    let terms = weights.iter().map(|weight| {
        let p = weight / sum + eps;
        match p > 0.0 {
            true => p * p.ln(),
            // The limit; NaN stays what it is.
            false => p,
        }
    });
    (-terms.sum::<f64>()).exp()
}

/// Singular values over sqrt(n): the square roots of the eigenvalues.
pub fn singular_values(second: &[f64]) -> Vec<f64> {
    second.iter().map(|value| value.sqrt()).collect()
}

/// (sum of c)^2 / sum of c^2, in [1, m]. NaN where all rows are alike.
///
/// Source: Litwin-Kumar et al., Neuron 93 (2017); Gao et al., bioRxiv 214262 (2017).
pub fn participation_ratio(centred: &[f64]) -> f64 {
    let sum: f64 = centred.iter().sum();
    sum * sum / centred.iter().map(|value| value * value).sum::<f64>()
}

/// Sum over the largest, in [1, m]: for unit rows 1 over the mean squared projection on the first direction.
///
/// Source: Rudelson & Vershynin, Journal of the ACM 54 (2007).
pub fn stable_rank(second: &[f64]) -> f64 {
    second.iter().sum::<f64>() / second.first().copied().unwrap_or(f64::NAN)
}

/// sqrt(2 - 2 / sqrt(m) tr C^(1/2)), in [0, sqrt 2]: for unit rows, the 2-Wasserstein distance between normal laws with
/// the mean and covariance of the rows and with N(0, I/m), the uniform law's.
///
/// Source: Fang, Li, Sun & Chen, Rethinking the Uniformity Metric in Self-Supervised Learning, ICLR 2024.
pub fn w2_uniformity(centred: &[f64]) -> f64 {
    let roots: f64 = centred.iter().map(|value| value.sqrt()).sum();
    let m = centred.len() as f64;
    (2.0 - 2.0 / m.sqrt() * roots).max(0.0).sqrt()
}

/// How many of the first eigenvalues hold this share of their sum: the count, and the same with the last one counted by
/// the part of it that is needed, which moves without steps. NaN where all rows are alike.
pub fn principal_components(centred: &[f64], share: f64) -> (f64, f64) {
    let sum: f64 = centred.iter().sum();
    let wanted = share * sum;
    let mut held = 0.0;
    for (k, value) in centred.iter().enumerate() {
        if held + value >= wanted && *value > 0.0 {
            return (k as f64 + 1.0, k as f64 + (wanted - held) / value);
        }
        held += value;
    }
    match sum > 0.0 {
        // Rounding left the sum of all below the share.
        true => (centred.len() as f64, centred.len() as f64),
        false => (f64::NAN, f64::NAN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: f64 = 1e-12;

    #[test]
    fn directions_that_are_used_alike_count_in_full() {
        let alike = [0.25; 4];
        assert!((entropy_rank(&alike, 0.0) - 4.0).abs() < NEAR);
        assert!((participation_ratio(&alike) - 4.0).abs() < NEAR);
        assert!((stable_rank(&alike) - 4.0).abs() < NEAR);
        assert!(w2_uniformity(&alike) < 1e-7, "N(0, I/m) itself");
        assert_eq!(principal_components(&alike, 0.5), (2.0, 2.0));
    }

    #[test]
    fn spectra_by_hand_have_their_numbers() {
        let values = [0.5, 0.3, 0.2, 0.0];
        let entropy = -(0.5_f64 * 0.5_f64.ln() + 0.3 * 0.3_f64.ln() + 0.2 * 0.2_f64.ln());
        assert!((entropy_rank(&values, 0.0) - entropy.exp()).abs() < NEAR);
        assert!((entropy_rank(&[5.0, 3.0, 2.0, 0.0], 0.0) - entropy.exp()).abs() < NEAR);
        let with = |p: f64| -(p + 0.1) * (p + 0.1).ln();
        let padded: f64 = values.iter().map(|p| with(*p)).sum();
        assert!((entropy_rank(&values, 0.1) - padded.exp()).abs() < NEAR);
        assert!((participation_ratio(&values) - 1.0 / 0.38).abs() < NEAR);
        assert!((stable_rank(&values) - 2.0).abs() < NEAR);
        let roots = 0.5_f64.sqrt() + 0.3_f64.sqrt() + 0.2_f64.sqrt();
        assert!((w2_uniformity(&values) - (2.0 - roots).sqrt()).abs() < NEAR);
        let (count, part) = principal_components(&values, 0.7);
        assert_eq!(count, 2.0);
        assert!((part - (1.0 + 0.2 / 0.3)).abs() < NEAR);
    }

    #[test]
    fn rows_that_are_all_alike_have_no_spread() {
        let second = [1.0, 0.0, 0.0];
        let none = [0.0; 3];
        assert!((entropy_rank(&second, 0.0) - 1.0).abs() < NEAR);
        assert_eq!(stable_rank(&second), 1.0);
        assert!((w2_uniformity(&none) - std::f64::consts::SQRT_2).abs() < NEAR);
        assert!(participation_ratio(&none).is_nan());
        assert!(principal_components(&none, 0.9).0.is_nan());
        assert!(entropy_rank(&none, 0.0).is_nan());
    }
}
