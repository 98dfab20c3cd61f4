//! How alike two models see the same items: linear CKA, debiased.

use crate::pass::RowMoments;

/// Debiased linear CKA of unit rows: HSIC(x, y) / sqrt(HSIC(x, x) HSIC(y, y)) with the unbiased estimator of HSIC, so that
/// models with nothing in common have 0 within noise at any n; 1 for models that differ by a rotation. It can come out
/// below 0. NaN for fewer than four items, and where one model has no variance.
///
/// In feature space: with K = X X' and L = Y Y' without their diagonals (which are 1), tr KL = ||X'Y||^2 - n,
/// 1'K1 = ||sum x||^2 - n and 1'KL1 = (sum x)' X'Y (sum y) - ||sum x||^2 - ||sum y||^2 + n.
///
/// Source: Song, Smola, Gretton, Bedo & Borgwardt, JMLR 13 (2012), eq. 5; Kornblith, Norouzi, Lee & Hinton, ICML 2019;
/// the debiased form: Nguyen, Raghu & Kornblith, ICLR 2021.
pub fn linear_cka(state: &RowMoments) -> f64 {
    let n = state.rows as f64;
    if state.rows < 4 {
        return f64::NAN;
    }
    let hsic = |product: &[f64], x: &[f64], y: &[f64]| {
        let trace = product.iter().map(|v| v * v).sum::<f64>() - n;
        let square = |v: &[f64]| v.iter().map(|v| v * v).sum::<f64>();
        let (xx, yy) = (square(x), square(y));
        let through: f64 = product
            .chunks_exact(y.len().max(1))
            .zip(x)
            .map(|(row, x)| x * row.iter().zip(y).map(|(v, y)| v * y).sum::<f64>())
            .sum();
        let chain = through - xx - yy + n;
        (trace + (xx - n) * (yy - n) / ((n - 1.0) * (n - 2.0)) - 2.0 * chain / (n - 2.0))
            / (n * (n - 3.0))
    };
    let xy = hsic(&state.xy, &state.x, &state.y);
    let own = hsic(&state.xx, &state.x, &state.x) * hsic(&state.yy, &state.y, &state.y);
    if own > 0.0 { xy / own.sqrt() } else { f64::NAN }
}

/// Share of the `k` nearest that two lists have in common.
pub fn overlap(one: &[u32], other: &[u32], k: usize) -> f64 {
    let common = one.iter().filter(|row| other.contains(row)).count();
    common as f64 / k as f64
}
