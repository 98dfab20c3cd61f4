//! Errors against leaving rows out for real: the definitions recomputed on the rows that are left.

use std::f64::consts::SQRT_2;

use spherecheck::audit::{PositivesInput, Settings};
use spherecheck::estimate::delete_group_of_pairs;
use spherecheck::metric::MetricId::{
    ContrastiveLimit, ContrastiveUniformTerm, MeanCosine, Uniformity,
};
use spherecheck::pass::Layout;
use spherecheck::result::Side;

use super::support::exact::{Exact, distances, jackknife, mean, only, unit};
use super::support::{
    Rows, any_cpu, audit, close, cone, embeddings, found, inputs, listed, noisy, normal,
    random_pairs, slack,
};

const T: f64 = 2.0;
const TAU: f64 = 0.1;
const COEFFICIENTS: [f64; 2] = [2.0 * T, 1.0 / TAU];
const SEED: u64 = 5;

/// A jackknife of n values moves by less than sqrt(n) times the most that any of them does.
const MOST_ITEMS: f64 = 80.0;
const MOST_GROUPS: f64 = 20.0;

fn settings() -> Settings {
    Settings {
        ts: vec![T],
        taus: vec![TAU],
        seed: SEED,
        ..Settings::default()
    }
}

/// Uniformity and mean cosine.
fn pair_statistics(exact: &Exact) -> [f64; 2] {
    [exact.uniformity(T), exact.mean_cosine()]
}

/// Jackknife errors of both statistics over the sets that are left.
fn errors(leave: impl Iterator<Item = [f64; 2]>) -> [f64; 2] {
    let leave: Vec<_> = leave.collect();
    [0, 1].map(|k| jackknife(&leave.iter().map(|both| both[k]).collect::<Vec<_>>()))
}

/// The errors with those of the views replaced by the unbiased ones, where these are not below 1/sqrt 2 of the jackknives;
/// and their shares of the jackknives. By definition: U^2 less the mean of G_ij G_kl over four different rows.
fn unbiased(jackknives: [f64; 2], rows: &Rows) -> ([f64; 2], [f64; 2]) {
    let n = rows.len();
    if n < 4 {
        return (jackknives, [1.0; 2]);
    }
    let cosine = cosines(rows, rows);
    let variance = |kernel: &dyn Fn(f64) -> f64| {
        let g: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                let of = |j| if i == j { 0.0 } else { kernel(cosine[i][j]) };
                (0..n).map(of).collect()
            })
            .collect();
        let total: f64 = g.iter().flatten().sum();
        let mean = total / (n * (n - 1)) as f64;
        let row: Vec<f64> = g.iter().map(|row| row.iter().sum()).collect();
        // Of all pairs (k, l), those that touch neither i nor j.
        let mut disjoint = 0.0;
        for i in 0..n {
            for j in (0..n).filter(|&j| j != i) {
                disjoint += g[i][j] * (total - 2.0 * row[i] - 2.0 * row[j] + 2.0 * g[i][j]);
            }
        }
        let disjoint = disjoint / (n * (n - 1) * (n - 2) * (n - 3)) as f64;
        (mean * mean - disjoint, mean)
    };
    let (potential, mean) = variance(&|s| (2.0 * T * s).exp());
    let (cosine, _) = variance(&|s| s);
    let variances = [potential / (mean * mean), cosine];
    let se = [0, 1].map(|k| variances[k].max(jackknives[k].powi(2) / 2.0).sqrt());
    (se, [0, 1].map(|k| se[k] / jackknives[k]))
}

fn cosines(a: &Rows, b: &Rows) -> Vec<Vec<f64>> {
    let (a, b) = (unit(a), unit(b));
    let dot = |x: &Vec<f64>, y: &Vec<f64>| x.iter().zip(y).map(|(x, y)| x * y).sum();
    let row = |x| b.iter().map(|y| dot(x, y)).collect();
    a.iter().map(row).collect()
}

#[track_caller]
fn check(audit: &spherecheck::result::Audit, side: Side, expected: [f64; 2]) {
    for ((metric, param), se) in [(Uniformity, Some(T)), (MeanCosine, None)]
        .into_iter()
        .zip(expected)
    {
        let measure = found(audit, metric, param, side);
        close(
            measure.se.unwrap(),
            se,
            1e-6 + slack(2.0 * T) * MOST_ITEMS.sqrt(),
            &format!("error of {} on {}", measure.label(), side.name()),
        );
    }
}

#[test]
pub(crate) fn leave_one_out_errors_are_those_of_leaving_items_out() {
    for n in [3, 4, 21, 50] {
        let a = cone(1, n, 4);
        let b = noisy(&a, 2, 0.4);
        let without = |rows: &Rows, i| only(rows, |row| row != i);
        let within =
            |rows: &Rows, i| pair_statistics(&Exact::within(&without(rows, i), &COEFFICIENTS));
        let data = inputs(
            embeddings(&a),
            Some(embeddings(&b)),
            PositivesInput::Aligned,
        );
        let audit = audit(data, &settings(), &*any_cpu());
        let of_a = unbiased(errors((0..n).map(|i| within(&a, i))), &a);
        let of_b = unbiased(errors((0..n).map(|i| within(&b, i))), &b);
        check(&audit, Side::A, of_a.0);
        check(&audit, Side::B, of_b.0);
        // An item is left out of both views at once: the error of the mean knows how the views correlate.
        let both = |i| {
            let (x, y) = (within(&a, i), within(&b, i));
            [(x[0] + y[0]) / 2.0, (x[1] + y[1]) / 2.0]
        };
        let jackknives = errors((0..n).map(both));
        let share = |k: usize| of_a.1[k].hypot(of_b.1[k]) / SQRT_2;
        check(&audit, Side::Mean, [0, 1].map(|k| jackknives[k] * share(k)));
        let cross = |i| {
            pair_statistics(&Exact::aligned(
                &without(&a, i),
                &without(&b, i),
                &COEFFICIENTS,
            ))
        };
        check(&audit, Side::Cross, errors((0..n).map(cross)));
    }
}

/// The pairs of the rows that are left, under their new numbers.
fn surviving(
    pairs: &[(usize, usize)],
    keep_a: impl Fn(usize) -> bool,
    keep_b: impl Fn(usize) -> bool,
) -> Vec<(usize, usize)> {
    pairs
        .iter()
        .filter(|&&(i, j)| keep_a(i) && keep_b(j))
        .map(|&(i, j)| {
            let a = (0..i).filter(|&row| keep_a(row)).count();
            (a, (0..j).filter(|&row| keep_b(row)).count())
        })
        .collect()
}

#[test]
pub(crate) fn errors_across_views_of_different_sizes_leave_rows_out_of_each() {
    let (a, b) = (cone(3, 23, 4), cone(4, 37, 4));
    let pairs = random_pairs(5, 40, a.len(), Some(b.len()));
    let cross = |keep_a: &dyn Fn(usize) -> bool, keep_b: &dyn Fn(usize) -> bool| {
        let pairs = surviving(&pairs, keep_a, keep_b);
        let (a, b) = (only(&a, keep_a), only(&b, keep_b));
        pair_statistics(&Exact::between(&a, &b, &pairs, &COEFFICIENTS))
    };
    let of_a = errors((0..a.len()).map(|out| cross(&|i| i != out, &|_| true)));
    let of_b = errors((0..b.len()).map(|out| cross(&|_| true, &|j| j != out)));
    let data = inputs(embeddings(&a), Some(embeddings(&b)), listed(&pairs));
    let audit = audit(data, &settings(), &*any_cpu());
    check(&audit, Side::Cross, [0, 1].map(|k| of_a[k].hypot(of_b[k])));
}

/// The delete-a-group errors of the uniform term and of the limit, from `of`, which gives both on the rows whose
/// group is not the one left out.
/// Of the uniform term and of the limit: the delete-a-group variance, and the bias of the value.
fn grouped(layout: &Layout, of: impl Fn(Option<u32>) -> [f64; 2]) -> [(f64, f64); 2] {
    let sizes = layout.group_sizes();
    let all = of(None);
    let leave: Vec<_> = (0..sizes.len() as u32).map(|g| of(Some(g))).collect();
    [0, 1].map(|k| {
        let leave: Vec<f64> = leave.iter().map(|both| both[k]).collect();
        let jackknife = delete_group_of_pairs(all[k], &leave, sizes).unwrap();
        (jackknife.se.powi(2), all[k] - jackknife.corrected)
    })
}

/// Variance that single pairs bring into the uniform term, by definition: what is left of each anchor's means over groups
/// of partners, relative to its mean, when every group's mean over anchors is taken off.
fn of_single_pairs(
    cosine: &[Vec<f64>],
    group: &[u32],
    groups: usize,
    pairs: f64,
    counts: impl Fn(usize, usize) -> bool,
) -> f64 {
    let rows = cosine.len();
    let potential = |i: usize, g: Option<usize>| -> Vec<f64> {
        let partners = (0..group.len()).filter(|&j| counts(i, j));
        let partners = partners.filter(|&j| g.is_none_or(|g| group[j] as usize == g));
        partners.map(|j| (cosine[i][j] / TAU).exp()).collect()
    };
    let average = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (mut left, mut cells) = (0.0, 0.0);
    for g in 0..groups {
        let cell = |i| {
            let here = potential(i, Some(g));
            (!here.is_empty()).then(|| {
                let relative = average(&here) / average(&potential(i, None));
                (relative, here.len() as f64)
            })
        };
        let column: Vec<(f64, f64)> = (0..rows).filter_map(cell).collect();
        let shared = average(&column.iter().map(|(v, _)| *v).collect::<Vec<_>>());
        left += column
            .iter()
            .map(|(v, n)| n * (v - shared).powi(2))
            .sum::<f64>();
        cells += column.len() as f64;
    }
    left / (cells / groups as f64) / (groups as f64 - 1.0) / pairs
}

/// What the jackknife over groups says too much of the term.
fn too_much(single: f64, bias: f64, groups: usize) -> f64 {
    let g = groups as f64;
    let often = 2.0 * (1.0 - 1.0 / g) / (1.0 - 2.0 / g).powi(2);
    (often - 1.0) * single / (1.0 + bias * bias / single / 2.0)
}

#[track_caller]
fn check_grouped(
    audit: &spherecheck::result::Audit,
    side: Side,
    jackknives: [(f64, f64); 2],
    (excess, single): (f64, f64),
    groups: usize,
) {
    let g = groups as f64;
    let often = 2.0 * (1.0 - 1.0 / g) / (1.0 - 2.0 / g).powi(2);
    let metrics = [ContrastiveUniformTerm, ContrastiveLimit];
    for (k, metric) in metrics.into_iter().enumerate() {
        let least = single.max(jackknives[k].0 / often);
        let se = (jackknives[k].0 - excess).max(least).sqrt();
        let measure = found(audit, metric, Some(TAU), side);
        close(
            measure.se.unwrap(),
            se,
            // The limit is a difference, whose positive pairs are exact.
            1e-5 + slack(1.0 / TAU) * MOST_GROUPS.sqrt(),
            &format!("error of {} on {}", measure.label(), side.name()),
        );
    }
}

fn mean_cosine(a: &Rows, b: &Rows, pairs: &[(usize, usize)]) -> f64 {
    mean(&distances(a, b, pairs), |d| 1.0 - d * d / 2.0).0
}

#[test]
pub(crate) fn group_errors_of_aligned_views_are_those_of_leaving_groups_out() {
    for n in [9, 20, 70] {
        let a = cone(6, n, 4);
        let b = noisy(&a, 7, 0.4);
        let layout = Layout::new(n, SEED);
        let group = layout.group_of_rows();
        let on = |side: Side| {
            grouped(&layout, |out| {
                let left = |rows: &Rows| only(rows, |i| Some(group[i]) != out);
                let (a, b) = (left(&a), left(&b));
                let pairs: Vec<_> = (0..a.len()).map(|i| (i, i)).collect();
                let a_term = Exact::within(&a, &COEFFICIENTS).uniform_term(TAU);
                let b_term = Exact::within(&b, &COEFFICIENTS).uniform_term(TAU);
                let term = match side {
                    Side::A => a_term,
                    Side::B => b_term,
                    Side::Mean => (a_term + b_term) / 2.0,
                    Side::Cross => Exact::aligned(&a, &b, &COEFFICIENTS).uniform_term(TAU),
                };
                [term, term - mean_cosine(&a, &b, &pairs) / TAU]
            })
        };
        let data = inputs(
            embeddings(&a),
            Some(embeddings(&b)),
            PositivesInput::Aligned,
        );
        let audit = audit(data, &settings(), &*any_cpu());
        let groups = layout.group_sizes().len();
        let ordered = (n * (n - 1)) as f64;
        let once = |side: Side, x: &Rows, y: &Rows, pairs: f64| {
            let single = of_single_pairs(&cosines(x, y), &group, groups, pairs, |i, j| i != j);
            let jackknives = on(side);
            (
                jackknives,
                (too_much(single, jackknives[0].1, groups), single),
            )
        };
        let of_a = once(Side::A, &a, &a, ordered / 2.0);
        let of_b = once(Side::B, &b, &b, ordered / 2.0);
        let cross = once(Side::Cross, &a, &b, ordered);
        let both = (
            (of_a.1.0 + of_b.1.0) / 4.0,
            ((of_a.1.1.sqrt() + of_b.1.1.sqrt()) / 2.0).powi(2),
        );
        check_grouped(&audit, Side::A, of_a.0, of_a.1, groups);
        check_grouped(&audit, Side::B, of_b.0, of_b.1, groups);
        check_grouped(&audit, Side::Mean, on(Side::Mean), both, groups);
        check_grouped(&audit, Side::Cross, cross.0, cross.1, groups);
    }
}

#[test]
pub(crate) fn group_errors_of_listed_pairs_are_those_of_leaving_groups_out() {
    let n = 60;
    let rows = cone(8, n, 4);
    let pairs = random_pairs(9, 80, n, None);
    let layout = Layout::new(n, SEED);
    let group = layout.group_of_rows();
    let expected = grouped(&layout, |out| {
        let keep = |i: usize| Some(group[i]) != out;
        let (rows, pairs) = (only(&rows, keep), surviving(&pairs, keep, keep));
        let term = Exact::within(&rows, &COEFFICIENTS).uniform_term(TAU);
        [term, term - mean_cosine(&rows, &rows, &pairs) / TAU]
    });
    let data = inputs(embeddings(&rows), None, listed(&pairs));
    let audit = audit(data, &settings(), &*any_cpu());
    let groups = layout.group_sizes().len();
    let unordered = (n * (n - 1) / 2) as f64;
    let cosine = cosines(&rows, &rows);
    let single = of_single_pairs(&cosine, &group, groups, unordered, |i, j| i != j);
    let excess = too_much(single, expected[0].1, groups);
    check_grouped(&audit, Side::A, expected, (excess, single), groups);
}

#[test]
fn group_errors_across_views_of_different_sizes_leave_group_g_out_of_both() {
    for (rows_a, rows_b) in [(33, 61), (61, 7), (5, 50)] {
        let (a, b) = (cone(10, rows_a, 4), cone(11, rows_b, 4));
        let pairs = random_pairs(12, 45, rows_a, Some(rows_b));
        let groups = 20.min(rows_a).min(rows_b);
        let layout_a = Layout::with_groups(rows_a, groups, SEED);
        let layout_b = Layout::with_groups(rows_b, groups, SEED + 1);
        let (of_a, of_b) = (layout_a.group_of_rows(), layout_b.group_of_rows());
        let expected = grouped(&layout_a, |out| {
            let (keep_a, keep_b) = (
                |i: usize| Some(of_a[i]) != out,
                |j: usize| Some(of_b[j]) != out,
            );
            let pairs = surviving(&pairs, keep_a, keep_b);
            let (a, b) = (only(&a, keep_a), only(&b, keep_b));
            let term = Exact::between(&a, &b, &pairs, &COEFFICIENTS).uniform_term(TAU);
            [term, term - mean_cosine(&a, &b, &pairs) / TAU]
        });
        let data = inputs(embeddings(&a), Some(embeddings(&b)), listed(&pairs));
        let settings = Settings {
            join_pairs: false,
            ..settings()
        };
        let audit = audit(data, &settings, &*any_cpu());
        let listed = |i: usize, j: usize| pairs.contains(&(i, j));
        let negatives = (0..rows_a * rows_b)
            .filter(|k| !listed(k / rows_b, k % rows_b))
            .count();
        let cosine = cosines(&a, &b);
        let single = of_single_pairs(&cosine, &of_b, groups, negatives as f64, |i, j| {
            !listed(i, j)
        });
        let excess = too_much(single, expected[0].1, groups);
        check_grouped(&audit, Side::Cross, expected, (excess, single), groups);
    }
}

/// Where rows hardly differ in their mean potential, the term takes its error from the unbiased variance of the log of the
/// mean potential.
#[test]
fn single_pairs_of_nearly_uniform_rows_are_counted_once() {
    let n = 120;
    let rows = normal(13, n, 8);
    let settings = Settings {
        ts: vec![0.5],
        taus: vec![1.0],
        ..settings()
    };
    let data = inputs(embeddings(&rows), None, PositivesInput::None);
    let audit = audit(data, &settings, &*any_cpu());
    let se = |metric, param| found(&audit, metric, Some(param), Side::A).se.unwrap();
    // uniformity{t = 1/(2 tau)} is the log of the same mean potential.
    let (term, potential) = (se(ContrastiveUniformTerm, 1.0), se(Uniformity, 0.5));
    assert!(
        (term / potential - 1.0).abs() < 0.1,
        "{term} against {potential}"
    );
}
