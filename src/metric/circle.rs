//! The angle density of a two-dimensional encoder.

use std::f64::consts::{PI, TAU};

/// Fine bins that angles are counted in before smoothing.
const BINS: usize = 3600;

/// Concentration of the kernel for n rows: 4 n^(2/5), a bandwidth of half a radian times n^(-1/5).
pub fn circle_kappa(rows: usize) -> f64 {
    4.0 * (rows as f64).powf(0.4)
}

/// von Mises-Fisher kernel estimate of the density of `angles` (radians) at `points` equally spaced angles from -pi
/// on: 1/n sum_i e^(kappa cos(theta - theta_i)) / (2 pi I0(kappa)). It integrates to 1.
///
/// Angles are counted in 3,600 bins first, so the cost does not grow with n x points.
pub fn circle_density(angles: impl Iterator<Item = f64>, kappa: f64, points: usize) -> Vec<f64> {
    let mut counts = vec![0.0; BINS];
    let mut n = 0.0;
    for angle in angles {
        let turn = (angle + PI).rem_euclid(TAU) / TAU;
        counts[((turn * BINS as f64) as usize).min(BINS - 1)] += 1.0;
        n += 1.0;
    }
    let weight = |angle: f64| (kappa * (angle.cos() - 1.0)).exp();
    let step = TAU / BINS as f64;
    // The kernel integrates to 1 by quadrature, which is exact to rounding for a periodic analytic function.
    let whole: f64 = (0..BINS).map(|b| weight(b as f64 * step)).sum::<f64>() * step;
    (0..points)
        .map(|p| {
            let angle = p as f64 * TAU / points as f64;
            let sum: f64 = counts
                .iter()
                .enumerate()
                .filter(|(_, count)| **count > 0.0)
                .map(|(b, count)| count * weight(angle - (b as f64 + 0.5) * step))
                .sum();
            sum / (n * whole)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_density_integrates_to_one_and_peaks_where_the_angles_are() {
        let density = circle_density([0.5; 10].into_iter(), 50.0, 360);
        let integral: f64 = density.iter().sum::<f64>() * TAU / 360.0;
        assert!((integral - 1.0).abs() < 1e-9);
        let peak = (0..360)
            .max_by(|&a, &b| density[a].total_cmp(&density[b]))
            .unwrap();
        let angle = peak as f64 * TAU / 360.0 - PI;
        assert!((angle - 0.5).abs() < 0.02, "{angle}");
    }

    #[test]
    fn equally_spaced_angles_are_uniform() {
        let angles = (0..3600).map(|k| (f64::from(k) + 0.5) * TAU / 3600.0);
        for v in circle_density(angles, 30.0, 90) {
            assert!((v * TAU - 1.0).abs() < 1e-6);
        }
    }
}
