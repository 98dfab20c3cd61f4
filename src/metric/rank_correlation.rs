//! Whether two lists of numbers are in one order.

use super::by_group::GroupedStatistic;

/// Spearman's rank correlation of two lists of one length, in [-1, 1]: Pearson's of their ranks, equal values at the mean
/// of the ranks that they take (midranks). None for fewer than two values, and where all values of a list are equal.
///
/// Cost: two sorts.
///
/// Source: Spearman, American Journal of Psychology 15 (1904); ties: Kendall, Biometrika 33 (1945).
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    assert_eq!(x.len(), y.len(), "lists of one length");
    let (x, y) = (midranks(x), midranks(y));
    let middle = (x.len() as f64 + 1.0) / 2.0;
    let product = |x: &[f64], y: &[f64]| -> f64 {
        let both = x.iter().zip(y);
        both.map(|(x, y)| (x - middle) * (y - middle)).sum()
    };
    let spread = product(&x, &x) * product(&y, &y);
    (spread > 0.0).then(|| (product(&x, &y) / spread.sqrt()).clamp(-1.0, 1.0))
}

/// [`spearman`] of all values, and of those that do not touch each jackknife group: value k touches `touches[k]`, one
/// group or two. None where there is none of all values; NaN for a group without which there is none.
pub fn spearman_by_group(
    (x, y): (&[f64], &[f64]),
    touches: &[(u32, u32)],
    sizes: &[usize],
) -> Option<GroupedStatistic> {
    let without = |g: usize| {
        let kept = touches.iter().enumerate();
        let kept = kept.filter(|(_, (one, other))| *one as usize != g && *other as usize != g);
        let (x, y): (Vec<f64>, Vec<f64>) = kept.map(|(k, _)| (x[k], y[k])).unzip();
        spearman(&x, &y).unwrap_or(f64::NAN)
    };
    Some(GroupedStatistic {
        value: spearman(x, y)?,
        leave: (0..sizes.len()).map(without).collect(),
        sizes: sizes.to_vec(),
    })
}

/// Ranks from 1, ascending; equal values share the mean of theirs.
fn midranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    // 0 and -0 are one value.
    let value = |at: &usize| values[*at] + 0.0;
    order.sort_unstable_by(|i, j| value(i).total_cmp(&value(j)));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|i, j| value(i) == value(j)) {
        let rank = before as f64 + (tied.len() as f64 + 1.0) / 2.0;
        tied.iter().for_each(|&at| ranks[at] = rank);
        before += tied.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_of_equal_values_are_their_mean() {
        assert_eq!(
            midranks(&[3.0, 1.0, 3.0, 2.0, 3.0]),
            [4.0, 1.0, 4.0, 2.0, 4.0]
        );
        assert_eq!(midranks(&[0.0, -0.0]), [1.5, 1.5]);
        assert!(midranks(&[]).is_empty());
    }

    #[test]
    fn orders_by_hand_have_their_correlation() {
        let close = |found: Option<f64>, expected: f64| {
            let found = found.expect("an order");
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        };
        let up = [0.1, 0.2, 0.4, 0.8];
        close(spearman(&up, &[1.0, 2.0, 3.0, 4.0]), 1.0);
        close(spearman(&up, &[4.0, 3.0, 2.0, 1.0]), -1.0);
        // Differences of ranks 1, 1, 0, 0: 1 - 6 x 2 / (4 x 15).
        close(spearman(&up, &[2.0, 1.0, 3.0, 4.0]), 0.8);
        // Midranks 1.5 1.5 3 4: covariance 4.5, spreads 5 and 4.5.
        close(
            spearman(&up, &[1.0, 1.0, 3.0, 4.0]),
            4.5 / (5.0_f64 * 4.5).sqrt(),
        );
        assert_eq!(spearman(&up, &[1.0; 4]), None);
        assert_eq!(spearman(&[1.0], &[1.0]), None);
    }

    #[test]
    fn groups_take_the_pairs_that_touch_them() {
        let (x, y) = ([0.1, 0.2, 0.3, 0.4, 0.5], [1.0, 3.0, 2.0, 5.0, 4.0]);
        let touches = [(0, 0), (0, 1), (1, 1), (2, 2), (2, 0)];
        let found = spearman_by_group((&x, &y), &touches, &[2, 2, 2]).expect("an order");
        assert_eq!(
            found.leave[0],
            spearman(&x[2..4], &y[2..4]).expect("an order")
        );
        let kept = [0, 3, 4];
        let of = |list: [f64; 5]| kept.map(|k| list[k]);
        assert_eq!(Some(found.leave[1]), spearman(&of(x), &of(y)));
        let alone = spearman_by_group((&x, &y), &[(0, 0); 5], &[5, 0]).expect("an order");
        assert!(alone.leave[0].is_nan() && alone.leave[1] == alone.value);
    }
}
