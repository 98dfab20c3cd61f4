//! Whether two views share one space: their mean vectors.

use super::by_group::sum_without;

/// Where the mean vectors x and y of two views of unit rows lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Space {
    /// Cosine of the two mean vectors, in [-1, 1]; NaN where one is 0.
    pub cosine: f64,
    /// ||x - y||, in [0, 2].
    pub gap: f64,
    /// The gap over the spread within the views, the root mean squared distance of rows from their view's mean,
    /// sqrt(1 - (x x + y y) / 2); NaN where no row is away from it.
    pub ratio: f64,
}

/// A squared spread that is 0 but for the rounding of sums.
const NONE: f64 = 1e-12;

/// Dot products of sums of rows, group by group.
pub type Products<'a> = &'a [Vec<f64>];

/// Of all rows, or without jackknife group `left`. `aa[g][h]` is the dot product of the sums of the rows of groups g and
/// h of the first view, `bb` that of the second, `ab` between them; `sizes` are the rows of each group of either.
///
/// ||x - y||^2 = x x - 2 x y + y y, in f64: a gap of 1e-6 keeps four digits.
///
/// Source: the gap: Liang, Zhang, Kwon, Yeung & Zou, NeurIPS 2022.
pub fn space(
    (aa, bb, ab): (Products<'_>, Products<'_>, Products<'_>),
    sizes: (&[usize], &[usize]),
    left: Option<usize>,
) -> Space {
    let kept = |sizes: &[usize]| {
        let kept = sizes.iter().enumerate().filter(|(g, _)| Some(*g) != left);
        kept.map(|(_, &size)| size).sum::<usize>() as f64
    };
    let total = |table| sum_without(table, left);
    let (n, m) = (kept(sizes.0), kept(sizes.1));
    let (xx, yy, xy) = (
        total(aa) / (n * n),
        total(bb) / (m * m),
        total(ab) / (n * m),
    );
    let gap = (xx - 2.0 * xy + yy).max(0.0).sqrt();
    let spread = 1.0 - f64::midpoint(xx, yy);
    Space {
        cosine: (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0),
        gap,
        ratio: match spread > NONE {
            true => gap / spread.sqrt(),
            false => f64::NAN,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_by_hand_have_their_cosine_and_gap() {
        // Groups of the first view sum to (2, 0) and (0, 1) over 2 + 1 rows, of the second to (1, 0) and (0, 1) over 1 + 1.
        let (x, y) = ([[2.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]);
        let products = |x: &[[f64; 2]; 2], y: &[[f64; 2]; 2]| -> Vec<Vec<f64>> {
            let dot = |x: &[f64; 2], y: &[f64; 2]| x[0] * y[0] + x[1] * y[1];
            x.iter()
                .map(|x| y.iter().map(|y| dot(x, y)).collect())
                .collect()
        };
        let (aa, bb, ab) = (products(&x, &x), products(&y, &y), products(&x, &y));
        let found = |left| space((&aa, &bb, &ab), (&[2, 1], &[1, 1]), left);
        // Means (2/3, 1/3) and (1/2, 1/2).
        let all = found(None);
        let cosine = 0.5 / ((5.0_f64 / 9.0) * 0.5).sqrt();
        assert!((all.cosine - cosine).abs() < 1e-15, "{all:?}");
        assert!((all.gap - (1.0_f64 / 18.0).sqrt()).abs() < 1e-15, "{all:?}");
        // Squared distances from the means: (2 x 2/9 + 8/9) / 3 = 4/9 and 1/2.
        let ratio = (1.0_f64 / 18.0).sqrt() / (17.0_f64 / 36.0).sqrt();
        assert!((all.ratio - ratio).abs() < 1e-15, "{all:?}");
        // Without the second group both means are (1, 0).
        let without = found(Some(1));
        assert!((without.cosine - 1.0).abs() < 1e-15 && without.gap < 1e-7);
        assert!(without.ratio.is_nan(), "no row is away from its mean");
    }

    #[test]
    fn a_mean_of_zero_has_no_cosine() {
        let zero = [vec![0.0]];
        let one = [vec![1.0]];
        assert!(
            space((&zero, &one, &zero), (&[2], &[1]), None)
                .cosine
                .is_nan()
        );
    }
}
