//! The uniform term of every side, and how much of its error single pairs are.

use std::cell::LazyCell;

use rayon::prelude::*;

use crate::audit::grouping::Grouping;
use crate::audit::read::estimate::terms::estimated_term;
use crate::audit::read::found::Found;
use crate::audit::read::pairwise::sums_by_groups;
use crate::audit::states::walked::Walked;
use crate::estimate::jackknife_of_pairs;
use crate::metric::{
    GroupedStatistic, pair_variance, potential_variance, uniform_term, uniform_term_of_half,
};
use crate::num::add_each;
use crate::result::{Note, PAIR_MEAN_FREEDOM, PairError, Sampled, Severity, Side, trusted};

/// Share of the term's variance that the gap to the log of the mean potential may have, to take the error from there.
const NEAR: f64 = 0.02;

/// Standard errors beyond which a bias is not left to the correction alone.
const FAR: f64 = 2.0;

/// Groups that carry the error of a term at least, for it to be steady.
const FEW_GROUPS: f64 = 3.0;

/// Least power of n that a bias is taken to fall with: what is left of it is at most nine times what was taken off.
const SLOWEST: f64 = 0.1;

/// The uniform term of a side.
pub(crate) struct Term {
    pub(crate) statistic: GroupedStatistic,
    /// The error that single pairs bring into it.
    pub(crate) pairs: Option<PairError>,
    /// What may be left of the bias, where it is far beyond the error.
    pub(crate) bias: Option<f64>,
    /// Log of the mean potential, which is above it by the Jensen gap; of audits with positive pairs.
    pub(crate) potential: Option<GroupedStatistic>,
}

/// The uniform terms at a temperature: of every side, then of their mean.
pub(crate) struct Terms {
    pub(crate) tau: f64,
    pub(crate) sides: Vec<(Side, Term)>,
}

impl Term {
    /// Mean of two, whose errors from single pairs may go together.
    fn mean(&self, other: &Self) -> Self {
        let statistic = self.statistic.combine(0.5, &other.statistic, 0.5);
        let pairs = self.pairs.zip(other.pairs).map(|(a, b)| PairError {
            // What is too much in both is too much in their mean; apart it would be half of that.
            excess: (a.excess + b.excess) / 4.0,
            least: ((a.least.sqrt() + b.least.sqrt()) / 2.0).powi(2),
            freedom: a.freedom.min(b.freedom),
            sampled: a.sampled.zip(b.sampled).map(|(a, b)| Sampled {
                monte_carlo: (a.monte_carlo + b.monte_carlo) / 2.0,
                pairs: a.pairs.hypot(b.pairs) / 2.0,
                bias: (a.bias + b.bias) / 2.0,
            }),
        });
        let potentials = self.potential.as_ref().zip(other.potential.as_ref());
        Self {
            statistic,
            pairs,
            bias: match (self.bias, other.bias) {
                (None, None) => None,
                (a, b) => Some((a.unwrap_or(0.0) + b.unwrap_or(0.0)) / 2.0),
            },
            potential: potentials.map(|(a, b)| a.combine(0.5, b, 0.5)),
        }
    }
}

/// The terms at every temperature. They are the dearest part of measuring: an audit computes them once, on the threads of the
/// current pool.
pub(crate) fn uniform_terms(found: &Found<'_>) -> Vec<Terms> {
    let taus = &found.settings.taus;
    let of_side = |walked: &Walked| -> Vec<Term> {
        let negatives = match found.seen(walked.side) {
            Some(_) => Vec::new(),
            None => found.negatives_by_group(walked.side),
        };
        let of = |&tau: &f64| term(found, walked, &negatives, tau);
        taus.par_iter().map(of).collect()
    };
    // A side at a time: their numbers of negatives take as much memory as sums do.
    let of_sides = found.walked.iter().map(of_side);
    let mut of_sides: Vec<_> = of_sides.map(Vec::into_iter).collect();
    let at = |&tau: &f64| {
        let of_sides = of_sides.iter_mut().filter_map(Iterator::next);
        let sides = found.walked.iter().map(|walked| walked.side);
        let mut sides: Vec<(Side, Term)> = sides.zip(of_sides).collect();
        if let [(_, a), (_, b), ..] = &sides[..] {
            let mean = a.mean(b);
            sides.insert(2, (Side::Mean, mean));
        }
        Terms { tau, sides }
    };
    taus.iter().map(at).collect()
}

/// That of one side, with the `negatives` of its anchors in each group; none where pairs were sampled.
fn term(found: &Found<'_>, walked: &Walked, negatives: &[Vec<f64>], tau: f64) -> Term {
    let (side, state) = (walked.side, &walked.state);
    let k = state.at(1.0 / tau);
    let sizes = found.layout(side).group_sizes();
    if let Some(term) = estimated_term(found, (side, state), (tau, k), sizes) {
        return Term {
            statistic: term.statistic,
            pairs: Some(term.pairs),
            bias: None,
            potential: found.positives.map(|_| term.potential),
        };
    }
    let table = || sums_by_groups(found, walked, (k, negatives), |_| 1.0);
    let potential = LazyCell::new(|| table().by_group(sizes, f64::ln));
    let statistic = uniform_term(&state.rows, k, found.anchors(side), sizes, negatives);
    let pairs = match found.data.grouping {
        Some(_) => item_pair_error(found, walked, (k, negatives), &statistic),
        None => pair_error(found, walked, (k, negatives, &potential), &statistic),
    };
    let bias = bias_left(found, walked, (k, negatives), &statistic);
    Term {
        statistic,
        pairs,
        bias,
        potential: found.positives.map(|_| LazyCell::force(&potential).clone()),
    }
}

/// Says where one or two groups carry a term's error: then it is that of the deal of rows to groups, which another seed,
/// or another order of the rows, changes by up to a factor of two or three.
///
/// With d_g = theta_-g - their mean, (sum d_g^2)^2 / sum d_g^4 groups carry it; of rows without a dominating pair it is 4
/// and more in 99 of 100 sets.
pub(crate) fn unsteady(terms: &[Terms]) -> Option<Note> {
    let carried = |term: &Term| {
        let leave = &term.statistic.leave;
        let mean = leave.iter().sum::<f64>() / leave.len() as f64;
        let power = |p: i32| leave.iter().map(|l| (l - mean).powi(p)).sum::<f64>();
        (leave.len() >= 10 && power(4) > 0.0).then(|| power(2).powi(2) / power(4))
    };
    let few = |terms: &&Terms| {
        let sides = terms.sides.iter().filter(|(side, _)| *side != Side::Mean);
        sides
            .filter_map(|(_, term)| carried(term))
            .any(|groups| groups < FEW_GROUPS)
    };
    let taus: Vec<String> = terms
        .iter()
        .filter(few)
        .map(|t| t.tau.to_string())
        .collect();
    (!taus.is_empty()).then(|| Note::new(Severity::Warning, format!(
            "The error of the uniform term is unsteady at tau = {}: one or two of the groups of rows that are left out \
             carry most of it, as where a few near copies decide. Another --seed, or another order of the rows, may \
             change it two times; look at the nearest rows, or use a larger tau.",
            taus.join(", ")
        )))
}

/// How much too much the jackknife over groups says of a term over all pairs.
///
/// Where rows hardly differ in their mean potential, the term moves with the logarithm of the mean potential, whose
/// unbiased variance is known from the rows: the term has the same share of its jackknife. Elsewhere the variance of
/// single pairs is what anchors and groups of partners leave unexplained. Taking the bias off the term adds an error too,
/// and the larger the bias, the more of what is too much it makes up for: half of it where squared the bias is twice the
/// variance of single pairs (chosen by the study in `benches/coverage.rs`).
fn pair_error(
    found: &Found<'_>,
    &Walked { side, ref state }: &Walked,
    (k, negatives, mean): (
        usize,
        &[Vec<f64>],
        &LazyCell<GroupedStatistic, impl FnOnce() -> GroupedStatistic>,
    ),
    term: &GroupedStatistic,
) -> Option<PairError> {
    let groups = term.sizes.len();
    let spread = pair_variance(&state.rows, k, negatives)?;
    let pairs = spread / state.pairs as f64;
    let jackknife = term.jackknife()?;
    let said = jackknife.se.powi(2);
    if side != Side::Cross {
        let gap = mean.combine(1.0, term, -1.0).jackknife()?;
        if gap.se.powi(2) <= NEAR * said
            && let Some(variance) = potential_variance(&state.rows.totals(k), spread)
        {
            let share = variance / mean.jackknife()?.se.powi(2);
            return Some(PairError {
                excess: said * (1.0 - share),
                // The unbiased variance has a least of its own.
                least: 0.0,
                freedom: (found.rows(side) as f64 - 1.0).min(PAIR_MEAN_FREEDOM),
                sampled: None,
            });
        }
    }
    let bias = (term.value - jackknife.corrected).powi(2) / pairs;
    Some(PairError {
        excess: (jackknife_of_pairs(groups) - 1.0) * pairs / (1.0 + bias / 2.0),
        least: pairs,
        freedom: groups as f64 - 1.0,
        sampled: None,
    })
}

/// The same where rows come in items, and pairs of items are what is single: from the sums by group, each row's relative
/// to its own mean.
fn item_pair_error(
    found: &Found<'_>,
    walked: &Walked,
    (k, negatives): (usize, &[Vec<f64>]),
    term: &GroupedStatistic,
) -> Option<PairError> {
    let totals = walked.state.rows.totals(k);
    let mut counts = Vec::new();
    for negatives in negatives {
        add_each(&mut counts, negatives.clone());
    }
    let relative = |row: usize| counts[row] / totals[row];
    let noise = sums_by_groups(found, walked, (k, negatives), relative).noise()?;
    let groups = term.sizes.len();
    let items = found.data.grouping.as_ref().map_or(0, Grouping::count);
    let often = jackknife_of_pairs(groups);
    let bias = (term.value - term.jackknife()?.corrected).powi(2) / noise;
    Some(PairError {
        excess: trusted_of_terms(items) * (often - 1.0) * noise / (1.0 + bias / 2.0),
        least: noise,
        freedom: groups as f64 - 1.0,
        sampled: None,
    })
}

/// [`trusted`] of a term: logs of sums are less skewed than sums, and half may go where there are some tens of items.
fn trusted_of_terms(items: usize) -> f64 {
    trusted(items).max((items as f64 / 40.0).min(0.5))
}

/// What of its bias may be left in the corrected term, with its sign, where the bias is more than [`FAR`] standard errors.
///
/// The jackknife takes off all of a bias that falls as 1/n. One that falls as n^-g, 0 < g < 1, as where a few near rows
/// decide, leaves (1 - g)/g times what was taken off, and then the corrected terms of n rows and of n/2 differ by
/// (1 - g)(2^g - 1)/g times it: that gives g.
fn bias_left(
    found: &Found<'_>,
    walked: &Walked,
    (k, negatives): (usize, &[Vec<f64>]),
    term: &GroupedStatistic,
) -> Option<f64> {
    let jackknife = term.jackknife()?;
    let taken = jackknife.corrected - term.value;
    if taken.abs() <= FAR * jackknife.se {
        return None;
    }
    let anchors = found.anchors(walked.side);
    let half = uniform_term_of_half(&walked.state.rows, k, anchors, &term.sizes, negatives);
    let Some(half) = half else {
        return Some(taken);
    };
    let moved = (jackknife.corrected - half) / taken;
    Some(taken * left_of_bias(moved))
}

/// What is left of a bias, as a multiple of what was taken off, where the corrected terms of n and of n/2 rows differ by
/// `moved` times that; `moved` itself, below 0, where the correction overshoots.
fn left_of_bias(moved: f64) -> f64 {
    if moved <= 0.0 {
        return moved;
    }
    let (mut slow, mut fast): (f64, f64) = (SLOWEST, 1.0);
    for _ in 0..50 {
        let g = (slow + fast) / 2.0;
        if (1.0 - g) * (2f64.powf(g) - 1.0) / g > moved {
            slow = g;
        } else {
            fast = g;
        }
    }
    (1.0 - slow) / slow
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bias_that_falls_as_a_power_leaves_what_it_leaves() {
        for g in [0.2, 0.5, 0.75, 0.95] {
            // b(n) = n^-g at n = 1 and 1/2; the jackknife takes off -n b'(n) = g n^-g.
            let (taken, half) = (g, g * 2f64.powf(g));
            let moved = (2f64.powf(g) - half) - (1.0 - taken);
            let found = left_of_bias(moved / taken);
            assert!((found - (1.0 - g) / g).abs() < 1e-6, "{g}: {found}");
        }
        assert!(left_of_bias(0.0) < 1e-9 && left_of_bias(-0.2) == -0.2);
        assert!(left_of_bias(5.0) < 10.0, "bounded");
    }

    #[test]
    fn an_error_that_one_group_carries_is_unsteady() {
        let terms = |leave: Vec<f64>| Terms {
            tau: 0.07,
            sides: vec![(
                Side::A,
                Term {
                    statistic: GroupedStatistic {
                        value: 0.0,
                        sizes: vec![5; leave.len()],
                        leave,
                    },
                    pairs: None,
                    bias: None,
                    potential: None,
                },
            )],
        };
        let even: Vec<f64> = (0..20).map(|g| f64::from(g * 7 % 20)).collect();
        let mut one = even.clone();
        one[4] = 100.0;
        assert_eq!(unsteady(&[terms(even.clone())]), None);
        let note = unsteady(&[terms(even), terms(one)]).unwrap();
        assert!(note.text.contains("tau = 0.07:"), "{}", note.text);
        assert_eq!(unsteady(&[terms(vec![1.0; 20])]), None);
    }
}
