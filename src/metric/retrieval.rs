//! Retrieval: how early a query's positives come among all rows that are searched.
//!
//! A rank is 1 + the rows above. Where rows are tied no order is given, and each number is its mean over all orders of
//! them: it lies between what the best order makes of it and the worst. Ranks of several positives in one tie depend on
//! each other, which matters for the first of them alone ([`hit_rate`], [`mrr`]); all other numbers are sums over the
//! positives, whose means are those of the positives one by one.

/// Where one positive of a query stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// Rows with a larger cosine to the query, its other positives among them.
    pub above: u64,
    /// Other rows with the same cosine.
    pub tied: u64,
    /// What finding it is worth, above 0; 1 where nothing is graded.
    pub gain: f64,
}

impl Standing {
    /// Rows of its tie, itself among them.
    fn block(&self) -> f64 {
        self.tied as f64 + 1.0
    }

    /// P(rank <= k).
    fn within(&self, k: u64) -> f64 {
        (k.saturating_sub(self.above) as f64 / self.block()).min(1.0)
    }
}

/// recall@k: the share of the positives that are among the `k` first rows, in [0, 1]; at most k / positives. NaN without
/// positives.
pub fn recall(query: &[Standing], k: u64) -> f64 {
    query.iter().map(|positive| positive.within(k)).sum::<f64>() / query.len() as f64
}

/// R-precision: [`recall`] at k = the number of positives R, which is also the precision there.
pub fn r_precision(query: &[Standing]) -> f64 {
    recall(query, query.len() as u64)
}

/// hit rate@k: 1 where any positive is among the `k` first rows, else 0; with ties the probability of it. NaN without
/// positives.
pub fn hit_rate(query: &[Standing], k: u64) -> f64 {
    let Some(first) = First::of(query) else {
        return f64::NAN;
    };
    1.0 - first.beyond(k.saturating_sub(first.above as u64) as f64)
}

/// Reciprocal rank of the first positive, in (0, 1]; with `cut` 0 beyond that rank. NaN without positives.
///
/// Cost: the logarithm of the rows in its tie. Beyond 256 rows of a tie, ranks are taken in blocks of 0.4 % of their
/// number at the middle of each: off by less than 1e-8.
pub fn mrr(query: &[Standing], cut: Option<u64>) -> f64 {
    const FINE: f64 = 256.0;
    let Some(first) = First::of(query) else {
        return f64::NAN;
    };
    let last = cut.map_or(first.block, |cut| {
        first
            .block
            .min(cut.saturating_sub(first.above as u64) as f64)
    });
    let (mut sum, mut at, mut beyond) = (0.0, 0.0, 1.0);
    while at < last && beyond > 0.0 {
        let next = last.min(at + (at / FINE).floor().max(1.0));
        let left = first.beyond(next);
        sum += (beyond - left) / (first.above + f64::midpoint(at + 1.0, next));
        (at, beyond) = (next, left);
    }
    sum
}

/// nDCG@k: sum of gain / log2(rank + 1) over the positives among the `k` first rows, over the same sum of the best order
/// (the largest gains first), in [0, 1]. NaN without positives.
///
/// Source: Jarvelin & Kekalainen, ACM TOIS 20 (2002), with the discount of Burges et al., ICML 2005, and linear gains, as
/// trec_eval has it.
pub fn ndcg(query: &[Standing], k: u64) -> f64 {
    let discount = |rank: u64| 1.0 / ((rank + 1) as f64).log2();
    let found: f64 = query
        .iter()
        .map(|positive| {
            let last = k.min(positive.above + positive.tied + 1);
            let discounts: f64 = (positive.above + 1..=last).map(discount).sum();
            positive.gain * discounts / positive.block()
        })
        .sum();
    let mut gains: Vec<f64> = query.iter().map(|positive| positive.gain).collect();
    gains.sort_by(|x, y| y.total_cmp(x));
    let best: f64 = (1..=k).zip(gains).map(|(k, gain)| gain * discount(k)).sum();
    found / best
}

/// The tie that the first positive is in.
struct First {
    above: f64,
    /// Rows of the tie.
    block: f64,
    /// How many of them are positives.
    positives: u64,
}

impl First {
    fn of(query: &[Standing]) -> Option<Self> {
        let place = |positive: &Standing| (positive.above, positive.tied);
        let first = query.iter().map(place).min()?;
        Some(Self {
            above: first.0 as f64,
            block: first.1 as f64 + 1.0,
            positives: query.iter().filter(|other| place(other) == first).count() as u64,
        })
    }

    /// P(no positive is among the `rows` first of the tie): C(T - rows, p) / C(T, p).
    fn beyond(&self, rows: f64) -> f64 {
        let left = (self.block - rows).max(0.0);
        let each = |l: u64| (left - l as f64).max(0.0) / (self.block - l as f64);
        // A tie that f32 sees on one side only may hold fewer rows than positives.
        let positives = self.positives.min(self.block as u64);
        (0..positives).map(each).product()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(above: u64, tied: u64) -> Standing {
        Standing {
            above,
            tied,
            gain: 1.0,
        }
    }

    fn close(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() < 1e-12,
            "found {found}, expected {expected}"
        );
    }

    #[test]
    fn one_positive_without_ties_has_the_textbook_numbers() {
        let third = [at(2, 0)];
        assert_eq!((recall(&third, 2), recall(&third, 3)), (0.0, 1.0));
        assert_eq!((hit_rate(&third, 2), hit_rate(&third, 3)), (0.0, 1.0));
        close(mrr(&third, None), 1.0 / 3.0);
        assert_eq!(mrr(&third, Some(2)), 0.0);
        close(mrr(&third, Some(3)), 1.0 / 3.0);
        // log2(4) = 2.
        close(ndcg(&third, 10), 0.5);
        assert_eq!(ndcg(&third, 2), 0.0);
        assert_eq!((r_precision(&third), r_precision(&[at(0, 0)])), (0.0, 1.0));
    }

    #[test]
    fn several_positives_share_recall_and_the_first_has_the_reciprocal_rank() {
        // Ranks 1, 4 and 12.
        let query = [at(11, 0), at(0, 0), at(3, 0)];
        close(recall(&query, 1), 1.0 / 3.0);
        close(recall(&query, 10), 2.0 / 3.0);
        close(r_precision(&query), 1.0 / 3.0);
        assert_eq!((hit_rate(&query, 1), mrr(&query, None)), (1.0, 1.0));
        let best = 1.0 + 1.0 / 3f64.log2() + 0.5;
        close(ndcg(&query, 10), (1.0 + 1.0 / 5f64.log2()) / best);
        // At k = 1 the best order has one gain too.
        close(ndcg(&query, 1), 1.0);
    }

    #[test]
    fn grades_weigh_as_gains() {
        let graded = |above, gain| Standing {
            gain,
            ..at(above, 0)
        };
        let query = [graded(0, 1.0), graded(1, 3.0)];
        let second = 1.0 / 3f64.log2();
        close(ndcg(&query, 10), (1.0 + 3.0 * second) / (3.0 + second));
        // The best order at k = 1 holds the larger gain.
        close(ndcg(&query, 1), 1.0 / 3.0);
    }

    /// The mean over all orders of `tied` rows, of which the first `positives` are sought, behind `above` others.
    fn by_orders(above: u64, tied: u64, positives: usize, of: impl Fn(&[Standing]) -> f64) -> f64 {
        fn choose(
            from: u64,
            to: u64,
            count: usize,
            chosen: &mut Vec<u64>,
            all: &mut Vec<Vec<u64>>,
        ) {
            if count == 0 {
                all.push(chosen.clone());
                return;
            }
            for k in from..to {
                chosen.push(k);
                choose(k + 1, to, count - 1, chosen, all);
                chosen.pop();
            }
        }
        let mut all = Vec::new();
        choose(0, tied, positives, &mut Vec::new(), &mut all);
        let values = all.iter().map(|places| {
            let query: Vec<Standing> = places.iter().map(|place| at(above + place, 0)).collect();
            of(&query)
        });
        values.sum::<f64>() / all.len() as f64
    }

    #[test]
    fn with_ties_every_number_is_its_mean_over_all_orders() {
        for (above, rows, positives) in [(0, 5, 1), (2, 7, 2), (1, 6, 3), (8, 6, 2), (0, 4, 4)] {
            let query = vec![at(above, rows - 1); positives];
            for k in [1, 2, 3, 5, 10, 20] {
                let expected =
                    |of: &dyn Fn(&[Standing]) -> f64| by_orders(above, rows, positives, of);
                close(recall(&query, k), expected(&|q| recall(q, k)));
                close(hit_rate(&query, k), expected(&|q| hit_rate(q, k)));
                close(mrr(&query, Some(k)), expected(&|q| mrr(q, Some(k))));
                close(ndcg(&query, k), expected(&|q| ndcg(q, k)));
            }
            close(
                mrr(&query, None),
                by_orders(above, rows, positives, |q| mrr(q, None)),
            );
            close(
                r_precision(&query),
                by_orders(above, rows, positives, r_precision),
            );
        }
    }

    #[test]
    fn a_tie_of_all_rows_is_chance_and_costs_little() {
        let n = 100_000_u64;
        let all = [at(0, n - 1)];
        close(recall(&all, 10), 1e-4);
        let harmonic: f64 = (1..=n).map(|rank| 1.0 / rank as f64).sum();
        let found = mrr(&all, None);
        assert!((found - harmonic / n as f64).abs() < 1e-8, "{found}");
        // Two positives in it: C(T - j, 1) / C(T, 2) at rank j.
        let two = [at(0, n - 1); 2];
        let pairs = n as f64 * (n - 1) as f64 / 2.0;
        let expected: f64 = (1..n).map(|j| (n - j) as f64 / pairs / j as f64).sum();
        assert!((mrr(&two, None) - expected).abs() < 1e-8);
    }

    #[test]
    fn no_positive_is_no_number() {
        assert!(recall(&[], 1).is_nan() && hit_rate(&[], 1).is_nan() && mrr(&[], None).is_nan());
        assert!(ndcg(&[], 1).is_nan() && r_precision(&[]).is_nan());
    }
}
