//! The error of a mean whose every value depends on other rows as well: those that a query searches, those that a class mean
//! is made of, those that a classifier was trained on.

use super::jackknife::leave_one_out;

/// Such a mean with groups of rows left out.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The mean without each group: its units do not count, and its rows are not there for the others either.
    pub left: &'a [f64],
    /// The mean without the units of each group, every other value as it is.
    pub fewer: &'a [f64],
    /// [`scatter`] of what leaving groups out changes for each unit, summed over units.
    pub scatter: f64,
}

impl Surroundings<'_> {
    /// Variance of the mean that other rows to depend on would bring in, beside that of other units among the same rows:
    /// (G-1)/G · [sum_g (left_g - mean)^2 - sum_g (fewer_g - mean)^2 - scatter], at least 0.
    ///
    /// About their own means: with fewer rows around all values move alike. The scatter is what one unit and one group do to
    /// each other, which the variance among units holds already; a jackknife counts it again (without this intervals of
    /// 95 % hold in 97 to 100 %, without the whole term in 87 to 92).
    ///
    /// None for fewer than three groups, or where leaving one out leaves nothing to compute.
    pub fn variance(&self) -> Option<f64> {
        let spread = |leave: &[f64]| leave_one_out(leave).map(|se| se * se);
        let groups = self.left.len() as f64;
        let scatter = self.scatter * (1.0 - 1.0 / groups);
        Some((spread(self.left)? - spread(self.fewer)? - scatter).max(0.0))
    }
}

/// Sum of the squares of the changes that leaving each of `groups` groups out makes to one unit's part of the mean, about
/// their own mean; changes that are 0 may be left out.
pub fn scatter(changes: impl IntoIterator<Item = f64>, groups: usize) -> f64 {
    let sums = changes
        .into_iter()
        .fold((0.0, 0.0), |(sum, squares), change| {
            (sum + change, squares + change * change)
        });
    (sums.1 - sums.0 * sums.0 / groups as f64).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units u_i of groups i % 5, and a value u_i + w (mean of all v) + e_{ig} of each: the change that leaving group g out
    /// makes to unit i is e_{ig}, and that of the mean of v.
    fn found(weight: f64, noise: f64) -> f64 {
        let (n, groups) = (400, 5);
        let value = |k: usize, step: usize| ((k * step) % 397) as f64 / 397.0 - 0.5;
        let v = |g: usize| value(g + 3, 151);
        let all: f64 = (0..groups).map(v).sum();
        let without = |g: usize| weight * (all - v(g)) / (groups - 1) as f64;
        let whole = weight * all / groups as f64;
        let e = |i: usize, g: usize| noise * value(i * groups + g, 191);
        let unit = |i: usize| value(i, 173);
        let mean = |g: usize, of: &dyn Fn(usize) -> f64| {
            let kept = (0..n).filter(|i| i % groups != g);
            kept.map(of).sum::<f64>() / (n - n / groups) as f64
        };
        let left: Vec<f64> = (0..groups)
            .map(|g| mean(g, &|i| unit(i) + without(g) + e(i, g)))
            .collect();
        let fewer: Vec<f64> = (0..groups).map(|g| mean(g, &|i| unit(i) + whole)).collect();
        let scatter = (0..n).map(|i| {
            let changes: Vec<f64> = (0..groups)
                .map(|g| match i % groups == g {
                    true => 0.0,
                    false => (without(g) - whole + e(i, g)) / n as f64,
                })
                .collect();
            scatter(changes, groups)
        });
        let surroundings = Surroundings {
            left: &left,
            fewer: &fewer,
            scatter: scatter.sum(),
        };
        surroundings.variance().unwrap()
    }

    #[test]
    fn what_all_units_see_alike_adds_its_variance_and_what_each_sees_adds_none() {
        let groups: Vec<f64> = (0..5)
            .map(|g| ((g + 3) * 151 % 397) as f64 / 397.0 - 0.5)
            .collect();
        let mean = groups.iter().sum::<f64>() / 5.0;
        let squares: f64 = groups.iter().map(|v| (v - mean).powi(2)).sum();
        // Of the mean of five: the sample variance over five.
        let expected = squares / 4.0 / 5.0;
        let shared = found(1.0, 0.0);
        assert!(
            (shared / expected - 1.0).abs() < 0.1,
            "{shared}, {expected}"
        );
        let alone = found(0.0, 3.0);
        assert!(alone < expected / 20.0, "{alone}, {expected}");
        assert_eq!(found(0.0, 0.0), 0.0);
    }

    #[test]
    fn too_few_groups_tell_nothing() {
        let surroundings = |left| Surroundings {
            left,
            fewer: left,
            scatter: 0.0,
        };
        assert_eq!(surroundings(&[0.5, 0.6]).variance(), None);
        assert_eq!(surroundings(&[0.5, f64::NAN, 0.1]).variance(), None);
        assert_eq!(surroundings(&[0.5, 0.6, 0.7]).variance(), Some(0.0));
    }
}
