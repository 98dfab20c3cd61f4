//! The angle density of a two-dimensional encoder.

use std::f64::consts::{PI, TAU};

/// Fine bins that angles are counted in before smoothing.
const BINS: usize = 3600;

/// Angles (radians) in each of `bins` bins from -pi on, and how many there are.
fn counted(angles: impl Iterator<Item = f64>, bins: usize) -> (Vec<f64>, f64) {
    let mut counts = vec![0.0; bins];
    let mut n = 0.0;
    for angle in angles {
        let turn = (angle + PI).rem_euclid(TAU) / TAU;
        counts[((turn * bins as f64) as usize).min(bins - 1)] += 1.0;
        n += 1.0;
    }
    (counts, n)
}

/// Concentration of the kernel for n rows: 4 n^(2/5), a bandwidth of half a radian times n^(-1/5).
pub fn circle_kappa(rows: usize) -> f64 {
    4.0 * (rows as f64).powf(0.4)
}

/// von Mises-Fisher kernel estimate of the density of `angles` (radians) at `points` equally spaced angles from -pi
/// on: 1/n sum_i e^(kappa cos(theta - theta_i)) / (2 pi I0(kappa)). It integrates to 1.
///
/// Angles are counted in 3,600 bins first, so the cost does not grow with n x points.
pub fn circle_density(angles: impl Iterator<Item = f64>, kappa: f64, points: usize) -> Vec<f64> {
    let (counts, n) = counted(angles, BINS);
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

/// Half the side of the square of [`plane_density`].
#[cfg(feature = "train")]
pub const PLANE_REACH: f64 = 1.2;

/// Gaussian kernel estimate (bandwidth h in both directions) of the density in the plane of points of the unit circle
/// at `angles`, at the middles of `side` x `side` cells of the square [-1.2, 1.2]^2, rows from the top.
///
/// Angles are counted in bins far narrower than h first, so the cost does not grow with n x cells.
#[cfg(feature = "train")]
pub fn plane_density(angles: impl Iterator<Item = f64>, h: f64, side: usize) -> Vec<f64> {
    const BINS: usize = 1440;
    let (counts, n) = counted(angles, BINS);
    let points: Vec<(f64, f64, f64)> = counts
        .into_iter()
        .enumerate()
        .filter(|(_, count)| *count > 0.0)
        .map(|(b, count)| {
            let angle = (b as f64 + 0.5) * TAU / BINS as f64 - PI;
            (angle.cos(), angle.sin(), count)
        })
        .collect();
    let place = |k: usize| PLANE_REACH * ((2 * k + 1) as f64 / side as f64 - 1.0);
    let height = 1.0 / (TAU * h * h * n);
    (0..side * side)
        .map(|cell| {
            let (x, y) = (place(cell % side), -place(cell / side));
            let sum: f64 = points
                .iter()
                .map(|(a, b, count)| {
                    let square = (x - a).powi(2) + (y - b).powi(2);
                    count * (-square / (2.0 * h * h)).exp()
                })
                .sum();
            height * sum
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

    #[cfg(feature = "train")]
    #[test]
    fn the_density_in_the_plane_integrates_to_one_and_lies_on_the_circle() {
        let side = 60;
        let density = plane_density([0.0, 1.0, 2.5].into_iter(), 0.05, side);
        let cell = (2.0 * PLANE_REACH / side as f64).powi(2);
        let whole: f64 = density.iter().sum::<f64>() * cell;
        assert!((whole - 1.0).abs() < 0.01, "{whole}");
        // The centre of the square is far from the circle, its right middle is at angle 0.
        assert!(density[side * side / 2 + side / 2] < 1e-9);
        let right = density[(side / 2) * side + side - side / 12 - 1];
        assert!(right > 5.0, "{right}");
        // Rows run from the top: angle 1 lies in the upper half, and nothing in the lower but half of angle 0.
        let lower: f64 = density[side * side / 2..].iter().sum::<f64>() * cell;
        assert!((lower - 1.0 / 6.0).abs() < 0.02, "{lower}");
    }

    #[test]
    fn equally_spaced_angles_are_uniform() {
        let angles = (0..3600).map(|k| (f64::from(k) + 0.5) * TAU / 3600.0);
        for v in circle_density(angles, 30.0, 90) {
            assert!((v * TAU - 1.0).abs() < 1e-6);
        }
    }
}
