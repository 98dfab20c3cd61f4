//! Errors against leaving rows out for real: the definitions recomputed on the rows that are left.

use spherecheck::audit::{PositivesInput, Settings, Side};
use spherecheck::estimate::delete_group;
use spherecheck::metric::MetricId::{
    ContrastiveLimit, ContrastiveUniformTerm, MeanCosine, Uniformity,
};
use spherecheck::pass::Layout;

use crate::support::exact::{Exact, distances, jackknife, mean, only, unit};
use crate::support::{
    Rows, any_cpu, audit, close, cone, embeddings, found, inputs, listed, noisy, random_pairs,
    slack,
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

/// The errors with that of uniformity replaced by the unbiased one, if that is not below 1/sqrt 2 of the jackknife;
/// and its share of the jackknife. By definition: U^2 less the mean of G_ij G_kl over four different rows.
fn unbiased([jackknife, cosine]: [f64; 2], rows: &Rows) -> ([f64; 2], f64) {
    let n = rows.len();
    if n < 4 {
        return ([jackknife, cosine], 1.0);
    }
    let unit = unit(rows);
    let potential = |i: usize, j: usize| {
        let s: f64 = unit[i].iter().zip(&unit[j]).map(|(x, y)| x * y).sum();
        (2.0 * T * s).exp()
    };
    let g: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            (0..n)
                .map(|j| if i == j { 0.0 } else { potential(i, j) })
                .collect()
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
    let variance = 1.0 - disjoint / (n * (n - 1) * (n - 2) * (n - 3)) as f64 / (mean * mean);
    let se = variance.max(jackknife * jackknife / 2.0).sqrt();
    ([se, cosine], se / jackknife)
}

#[track_caller]
fn check(audit: &spherecheck::audit::Audit, side: Side, expected: [f64; 2]) {
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
fn leave_one_out_errors_are_those_of_leaving_items_out() {
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
        let [uniformity, cosine] = errors((0..n).map(both));
        let share = ((of_a.1.powi(2) + of_b.1.powi(2)) / 2.0).sqrt();
        check(&audit, Side::Mean, [uniformity * share, cosine]);
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
fn errors_across_views_of_different_sizes_leave_rows_out_of_each() {
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
fn grouped(layout: &Layout, of: impl Fn(Option<u32>) -> [f64; 2]) -> [f64; 2] {
    let sizes = layout.group_sizes();
    let all = of(None);
    let leave: Vec<_> = (0..sizes.len() as u32).map(|g| of(Some(g))).collect();
    [0, 1].map(|k| {
        let leave: Vec<f64> = leave.iter().map(|both| both[k]).collect();
        delete_group(all[k], &leave, sizes).unwrap().se
    })
}

#[track_caller]
fn check_grouped(audit: &spherecheck::audit::Audit, side: Side, expected: [f64; 2]) {
    let metrics = [ContrastiveUniformTerm, ContrastiveLimit];
    for (metric, se) in metrics.into_iter().zip(expected) {
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
fn group_errors_of_aligned_views_are_those_of_leaving_groups_out() {
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
        for side in [Side::A, Side::B, Side::Mean, Side::Cross] {
            check_grouped(&audit, side, on(side));
        }
    }
}

#[test]
fn group_errors_of_listed_pairs_are_those_of_leaving_groups_out() {
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
    check_grouped(&audit, Side::A, expected);
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
        let audit = audit(data, &settings(), &*any_cpu());
        check_grouped(&audit, Side::Cross, expected);
    }
}
