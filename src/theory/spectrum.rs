//! The spectrum of uniform rows: what any ranks of embeddings are read beside.

use std::f64::consts::PI;

/// Points that the law is summed at.
const POINTS: usize = 20_000;

/// Eigenvalues, descending, that the mean of x x' over `rows` rows of the uniform law on the unit sphere of R^`dim` has
/// as both grow: the quantiles of the Marchenko-Pastur law at (k + 1/2) / dim, over dim, so that they sum to 1 (up to
/// the sum over points, 1e-4). With fewer rows than columns the last dim - rows of them are 0.
///
/// Against simulation: ranks are within about 1 % from 16 columns on (the stable rank within 2 %), and up to 10 % off at 4; an infinite sample has 1 / dim throughout. Empty for no rows or no columns.
///
/// Cost: 20,000 + dim.
///
/// Source: Marchenko & Pastur, Mathematics of the USSR-Sbornik 1 (1967).
pub fn spectrum_of_uniform(rows: u64, dim: usize) -> Vec<f64> {
    if rows == 0 || dim == 0 {
        return Vec::new();
    }
    let m = dim as f64;
    let ratio = m / rows as f64;
    let (low, high) = ((1.0 - ratio.sqrt()).powi(2), (1.0 + ratio.sqrt()).powi(2));
    let (middle, half) = (f64::midpoint(low, high), (high - low) / 2.0);
    // x = middle - half cos(angle) takes the roots at both edges of the density away.
    let step = PI / POINTS as f64;
    let mut law = Vec::with_capacity(POINTS);
    let mut below = (1.0 - 1.0 / ratio).max(0.0);
    for k in 0..POINTS {
        let angle = (k as f64 + 0.5) * step;
        let x = middle - half * angle.cos();
        let mass = (half * angle.sin()).powi(2) / (2.0 * PI * ratio * x) * step;
        law.push((below + mass / 2.0, x));
        below += mass;
    }
    let quantile = |share: f64| {
        let next = law.partition_point(|point| point.0 < share);
        match (next.checked_sub(1).map(|last| law[last]), law.get(next)) {
            (Some((from, x)), Some(&(to, y))) => x + (y - x) * (share - from) / (to - from),
            (Some((_, x)), None) => x,
            (None, _) => law[0].1,
        }
    };
    let zeros = dim.saturating_sub(rows as usize);
    let kept = (0..dim - zeros).map(|k| quantile(1.0 - (k as f64 + 0.5) / m) / m);
    kept.chain(std::iter::repeat_n(0.0, zeros)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_the_moments_of_the_law() {
        // E x = 1 and E x^2 = 1 + dim / rows, over all columns, zeros among them.
        for (rows, dim) in [(1000, 384), (384, 384), (200, 384), (100_000, 768), (50, 4)] {
            let found = spectrum_of_uniform(rows, dim);
            assert_eq!(found.len(), dim);
            assert!(found.windows(2).all(|pair| pair[0] >= pair[1]));
            let m = dim as f64;
            let first: f64 = found.iter().sum();
            let second: f64 = found.iter().map(|x| x * x).sum::<f64>() * m;
            let near = if dim < 10 { 0.02 } else { 2e-3 };
            assert!((first - 1.0).abs() < near, "{rows} {dim}: {first}");
            let expected = 1.0 + m / rows as f64;
            assert!(
                (second / expected - 1.0).abs() < near,
                "{rows} {dim}: {second}"
            );
            let zeros = found.iter().filter(|x| **x == 0.0).count();
            assert_eq!(zeros, dim.saturating_sub(rows as usize));
        }
        assert!(spectrum_of_uniform(0, 5).is_empty() && spectrum_of_uniform(5, 0).is_empty());
    }

    #[test]
    fn it_ends_at_the_edges_of_the_law() {
        let found = spectrum_of_uniform(4000, 1000);
        assert!((found[0] * 1000.0 - 2.25).abs() < 0.02, "{}", found[0]);
        assert!((found[999] * 1000.0 - 0.25).abs() < 0.01, "{}", found[999]);
    }
}
