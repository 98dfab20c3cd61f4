//! The loss at finite M against definitions computed by loops: every sequence of draws, or very many of them.

mod support;

use std::collections::HashSet;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::audit::{Audit, LossCurve, PositivesInput, Settings, Side};
use spherecheck::data::Labels;
use spherecheck::metric::{LogLaplace, MetricId};
use support::exact::unit;
use support::{
    Rows, any_cpu, audit, close, cone, cpu, embeddings, inputs, listed, noisy, normal, random_pairs,
};

fn settings(taus: &[f64], negatives: &[u64]) -> Settings {
    Settings {
        taus: taus.to_vec(),
        negatives: negatives.to_vec(),
        ..Settings::default()
    }
}

/// Ordered pairs (anchor, positive), and each anchor's negatives.
struct Data {
    a: Rows,
    b: Option<Rows>,
    ordered: Vec<(usize, usize)>,
    negatives: Vec<Vec<usize>>,
    positives: PositivesInput,
}

fn one_view(a: Rows, pairs: &[(usize, usize)]) -> Data {
    let n = a.len();
    Data {
        ordered: pairs.iter().flat_map(|&(i, j)| [(i, j), (j, i)]).collect(),
        negatives: (0..n)
            .map(|i| (0..n).filter(|&j| j != i).collect())
            .collect(),
        positives: listed(pairs),
        a,
        b: None,
    }
}

fn two_views(a: Rows, b: Rows, pairs: Option<&[(usize, usize)]>) -> Data {
    let aligned: Vec<_> = (0..a.len()).map(|i| (i, i)).collect();
    let ordered = pairs.unwrap_or(&aligned).to_vec();
    let own: HashSet<_> = ordered.iter().copied().collect();
    let negatives = |i| (0..b.len()).filter(|&j| !own.contains(&(i, j))).collect();
    Data {
        negatives: if a.len() <= 1000 {
            (0..a.len()).map(negatives).collect()
        } else {
            Vec::new()
        },
        positives: pairs.map_or(PositivesInput::Aligned, listed),
        ordered,
        a,
        b: Some(b),
    }
}

fn labelled(a: Rows, classes: &[u32]) -> Data {
    let n = a.len();
    let same = |i: usize, j: usize| i != j && classes[i] == classes[j];
    Data {
        ordered: (0..n)
            .flat_map(|i| (0..n).map(move |j| (i, j)))
            .filter(|&(i, j)| same(i, j))
            .collect(),
        ..Data {
            negatives: one_view(a.clone(), &[]).negatives,
            ..labelled_only(a, classes)
        }
    }
}

/// Without the lists that the loops need.
fn labelled_only(a: Rows, classes: &[u32]) -> Data {
    Data {
        ordered: Vec::new(),
        negatives: Vec::new(),
        positives: PositivesInput::Labels(Labels {
            name: "labels".to_owned(),
            classes: classes.to_vec(),
            values: Default::default(),
        }),
        a,
        b: None,
    }
}

impl Data {
    fn audit(&self, settings: &Settings) -> Audit {
        let b = self.b.as_ref().map(embeddings);
        let data = inputs(embeddings(&self.a), b, self.positives.clone());
        audit(data, settings, &*any_cpu())
    }

    /// Cosine of each ordered pair, and of its anchor with each of its negatives.
    fn cosines(&self) -> Vec<(f64, Vec<f64>)> {
        let (a, b) = (unit(&self.a), unit(self.b.as_ref().unwrap_or(&self.a)));
        let dot = |i: usize, j: usize| a[i].iter().zip(&b[j]).map(|(x, y)| x * y).sum();
        let of = |&(i, j): &(usize, usize)| {
            (
                dot(i, j),
                self.negatives[i].iter().map(|&k| dot(i, k)).collect(),
            )
        };
        self.ordered.iter().map(of).collect()
    }

    /// The mean over all pairs and all sequences of M negatives.
    fn enumerated(&self, tau: f64, m: u32) -> f64 {
        let of = |(s, row): &(f64, Vec<f64>)| {
            let sequences = row.len().pow(m);
            let total: f64 = (0..sequences)
                .map(|mut code| {
                    let mut rest = 0.0;
                    for _ in 0..m {
                        rest += ((row[code % row.len()] - s) / tau).exp();
                        code /= row.len();
                    }
                    rest.ln_1p()
                })
                .sum();
            total / sequences as f64
        };
        let cosines = self.cosines();
        cosines.iter().map(of).sum::<f64>() / cosines.len() as f64
    }

    /// The mean over `draws` pairs with M negatives each, and its error.
    fn drawn(&self, tau: f64, m: usize, draws: usize) -> (f64, f64) {
        let cosines = self.cosines();
        let mut rng = Pcg64::seed_from_u64(99);
        let values: Vec<f64> = (0..draws)
            .map(|_| {
                let (s, row) = &cosines[rng.random_range(0..cosines.len())];
                let rest = (0..m).map(|_| ((row[rng.random_range(0..row.len())] - s) / tau).exp());
                rest.sum::<f64>().ln_1p()
            })
            .collect();
        support::exact::mean(&values, |v| v)
    }
}

fn curve(audit: &Audit, tau: f64) -> &LossCurve {
    let found = audit.curves.iter().find(|curve| curve.tau == tau);
    found.expect("a curve for every tau")
}

fn small() -> Vec<(&'static str, Data)> {
    vec![
        (
            "one view",
            one_view(cone(1, 4, 3), &[(0, 1), (2, 3), (0, 3)]),
        ),
        (
            "two aligned views",
            two_views(cone(2, 5, 4), cone(3, 5, 4), None),
        ),
        (
            "two views with pairs",
            two_views(
                normal(4, 4, 3),
                normal(5, 6, 3),
                Some(&[(0, 1), (0, 2), (3, 5)]),
            ),
        ),
        ("labels", labelled(normal(6, 6, 3), &[0, 1, 0, 0, 1, 2])),
    ]
}

#[test]
fn small_sets_agree_with_every_sequence_of_draws() {
    let taus = [0.5, 0.07];
    for (name, data) in small() {
        let audit = data.audit(&settings(&taus, &[1, 2, 4]));
        for tau in taus {
            let curve = curve(&audit, tau);
            assert!(curve.exact, "{name}");
            let side = if data.b.is_some() {
                Side::Cross
            } else {
                Side::A
            };
            assert_eq!(curve.side, side);
            for point in &curve.points {
                let expected = data.enumerated(tau, point.negatives as u32);
                let what = format!("{name}, tau {tau}, M {}", point.negatives);
                // The pass multiplies in f32.
                close(point.loss, expected, 2e-6 / tau, &what);
                assert_eq!(point.se, 0.0);
            }
        }
    }
}

#[test]
fn larger_sets_agree_with_many_draws() {
    let a = cone(7, 60, 6);
    for (name, data) in [
        ("aligned", two_views(a.clone(), noisy(&a, 8, 0.4), None)),
        (
            "one view",
            one_view(a.clone(), &random_pairs(9, 50, 60, None)),
        ),
    ] {
        let audit = data.audit(&settings(&[0.07, 0.5], &[8, 64]));
        for curve in &audit.curves {
            for point in &curve.points {
                let (mean, se) = data.drawn(curve.tau, point.negatives as usize, 100_000);
                let what = format!("{name}, tau {}, M {}", curve.tau, point.negatives);
                close(point.loss, mean, 4.0 * se, &what);
            }
        }
    }
}

/// Rows around a few centres: what a sample of anchors sees differs from anchor to anchor.
fn clustered(seed: u64, n: usize, d: usize) -> Rows {
    let centres = normal(seed, 12, d);
    let mut rows = normal(seed + 1, n, d);
    for (i, row) in rows.iter_mut().enumerate() {
        let centre = &centres[i * i % 12];
        row.iter_mut()
            .zip(centre)
            .for_each(|(v, c)| *v = 0.6 * *v + c);
    }
    rows
}

/// E log(1 + sum/P) over M draws from weighted atoms, by the library's quadrature, which is checked by enumeration.
fn loss_of(s: f64, atoms: &[(f64, f64)], tau: f64, m: u64) -> f64 {
    let count: f64 = atoms.iter().map(|(k, _)| k).sum();
    let weights = atoms.iter().map(|&(k, s)| (k, (s / tau).exp()));
    let mu = weights.clone().map(|(k, y)| k * y).sum::<f64>() / count;
    let p = (s / tau).exp() / mu;
    let laplace = LogLaplace::new(weights, (m, m), p);
    ((m as f64 + p) / p).ln() + laplace.deviation(m, p)
}

/// Every estimate of `audits` against the truth, within its error: not biased, and not too proud.
fn holds(audits: impl Iterator<Item = Audit>, truth: impl Fn(f64, u64) -> f64) {
    let (mut numbers, mut far) = (0, 0);
    for audit in audits {
        for curve in &audit.curves {
            assert!(!curve.exact);
            for point in &curve.points {
                let expected = truth(curve.tau, point.negatives);
                let away = (point.loss - expected).abs() - 2e-5;
                let what = format!("tau {}: {point:?}, not {expected}", curve.tau);
                assert!(point.se > 0.0 && point.se < 2e-3, "{what}");
                assert!(away < 4.5 * point.se, "{what}");
                numbers += 1;
                far += usize::from(away > 2.0 * point.se);
            }
        }
    }
    assert!(
        numbers >= 24 && far * 5 <= numbers,
        "{far} of {numbers} beyond 2 se"
    );
}

/// Too many rows to visit them all: 60 rows, each there 150 times, so that the truth takes 60 anchors.
#[test]
fn a_sample_of_anchors_is_unbiased_and_knows_its_error() {
    let (copies, a) = (150, clustered(10, 60, 8));
    let b = noisy(&a, 12, 0.5);
    let many = |rows: &Rows| -> Rows { (0..copies).flat_map(|_| rows.clone()).collect() };
    let data = two_views(a.clone(), b.clone(), None);
    let repeated = two_views(many(&a), many(&b), None);
    let anchors: Vec<_> = one_way(&data.a, &b);
    let truth = |tau, m| {
        let of = |(i, row): (usize, &Vec<f64>)| {
            let atoms = row.iter().enumerate();
            let atoms: Vec<_> = atoms
                .map(|(j, &s)| (f64::from(copies - u32::from(i == j)), s))
                .collect();
            loss_of(row[i], &atoms, tau, m)
        };
        anchors.iter().enumerate().map(of).sum::<f64>() / anchors.len() as f64
    };
    let audits = (0..6).map(|seed| {
        repeated.audit(&Settings {
            seed,
            ..settings(&[0.1, 0.5], &[16, 1024])
        })
    });
    holds(audits, truth);
}

/// Too many pairs to list them all: 40 rows, each there 50 times, in two classes.
#[test]
fn a_sample_of_pairs_is_unbiased_and_knows_its_error() {
    let (copies, rows) = (50, clustered(24, 40, 5));
    let n = rows.len();
    let class = |i: usize| u32::from(i.is_multiple_of(3));
    let many: Rows = (0..copies).flat_map(|_| rows.clone()).collect();
    let classes: Vec<u32> = (0..many.len()).map(|i| class(i % n)).collect();
    let data = labelled_only(many, &classes);
    let cosines = one_way(&rows, &rows);
    let truth = |tau: f64, m: u64| {
        let (mut sum, mut pairs) = (0.0, 0.0);
        for i in 0..n {
            let others = |j: usize| f64::from(copies - u32::from(i == j));
            let atoms: Vec<_> = (0..n).map(|j| (others(j), cosines[i][j])).collect();
            for j in (0..n).filter(|&j| class(i) == class(j)) {
                sum += others(j) * loss_of(cosines[i][j], &atoms, tau, m);
                pairs += others(j);
            }
        }
        sum / pairs
    };
    let audits = (0..6).map(|seed| {
        data.audit(&Settings {
            seed,
            ..settings(&[0.1, 0.5], &[16, 1024])
        })
    });
    holds(audits, truth);
}

/// Cosines of every row of a with every row of b.
fn one_way(a: &Rows, b: &Rows) -> Vec<Vec<f64>> {
    let (a, b) = (unit(a), unit(b));
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum();
    a.iter()
        .map(|x| b.iter().map(|y| dot(x, y)).collect())
        .collect()
}

#[test]
fn the_curve_ends_at_the_limit_and_stays_within_its_bounds() {
    let a = cone(13, 300, 12);
    let data = two_views(a.clone(), noisy(&a, 14, 0.5), None);
    let audit = data.audit(&settings(&[0.05, 0.5], &[1, 16, 256, 4096, 1_000_000_000]));
    for curve in &audit.curves {
        let limit = support::found(
            &audit,
            MetricId::ContrastiveLimit,
            Some(curve.tau),
            Side::Cross,
        );
        close(
            curve.limit,
            limit.value,
            1e-9 / curve.tau,
            "limit of aligned views",
        );
        assert_eq!(curve.limit_se, limit.se);
        for point in &curve.points {
            let what = format!("tau {}, M {}: {point:?}", curve.tau, point.negatives);
            assert!(point.lower - 1e-6 <= point.deviation, "{what}");
            assert!(point.deviation <= point.upper + 1e-6, "{what}");
            close(point.information, point.cap - point.loss, 1e-12, &what);
            assert_eq!(point.saturated, point.loss < 0.1);
        }
        let last = &curve.points[4];
        close(last.deviation, 0.0, 1e-4, "a milliard of negatives");
        assert!(curve.points[0].vacuous);
    }
    assert!(!curve(&audit, 0.5).points[3].vacuous);
    let second = curve(&audit, 0.5).points[3];
    let expected = second.second_order.expect("2/tau is small");
    close(
        second.deviation,
        expected,
        0.02 * expected.abs(),
        "second order at M = 4096",
    );
}

#[test]
fn one_per_cent_is_one_per_cent() {
    let a = cone(15, 200, 8);
    let data = two_views(a.clone(), noisy(&a, 16, 0.3), None);
    let from = curve(&data.audit(&settings(&[0.5], &[16])), 0.5).near_limit_from;
    let from = from.expect("known at tau 0.5") as u64;
    let audit = data.audit(&settings(&[0.5], &[from]));
    let curve = curve(&audit, 0.5);
    let share = curve.points[0].deviation / curve.limit;
    assert!((share.abs() - 0.01).abs() < 0.002, "{share} at M {from}");
}

#[test]
fn collapsed_rows_cost_the_logarithm_of_their_number() {
    let same = vec![vec![1.0, 2.0, -1.0]; 9];
    let data = two_views(same.clone(), same, None);
    for curve in &data.audit(&settings(&[0.07, 0.5], &[1, 15, 65_535])).curves {
        for point in &curve.points {
            close(point.loss, point.cap, 1e-5, "log(M + 1)");
            close(point.information, 0.0, 1e-5, "nothing is told");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let a = clustered(17, 9_000, 6);
    let b = noisy(&a, 18, 0.3);
    let curves = |threads| {
        let data = inputs(
            embeddings(&a),
            Some(embeddings(&b)),
            PositivesInput::Aligned,
        );
        let settings = settings(&[0.1], &[16, 4096]);
        audit(data, &settings, &*cpu(threads, "portable")).curves
    };
    assert_eq!(curves(1), curves(3));
}

#[test]
fn gaps_add_up() {
    let a = cone(19, 150, 10);
    let pairs = random_pairs(20, 120, 150, Some(150));
    let data = two_views(a.clone(), noisy(&a, 21, 0.5), Some(&pairs));
    let audit = data.audit(&settings(&[0.1, 0.5], &[]));
    assert!(audit.curves.is_empty());
    for tau in [0.1, 0.5] {
        for side in [Side::A, Side::B, Side::Mean, Side::Cross] {
            let of = |metric| support::found(&audit, metric, Some(tau), side);
            let (gap, uniform) = (
                of(MetricId::ContrastiveGap),
                of(MetricId::ContrastiveGapUniformity),
            );
            let alignment = support::found(
                &audit,
                MetricId::ContrastiveGapAlignment,
                Some(tau),
                Side::Cross,
            );
            close(
                gap.value,
                alignment.value + uniform.value,
                1e-12 / tau,
                "parts",
            );
            let limit = of(MetricId::ContrastiveLimit);
            close(
                gap.value,
                limit.value - limit.ideal.unwrap(),
                1e-12 / tau,
                "floor",
            );
            assert_eq!(gap.se, limit.se);
            assert!(of(MetricId::JensenGap).value >= 0.0);
        }
    }
}

/// t L_align(2) + L_uniform(t) - L_limit, from the audit's own numbers.
#[test]
fn the_jensen_gap_is_the_difference_of_the_losses() {
    let a = clustered(22, 400, 10);
    let data = two_views(a.clone(), noisy(&a, 23, 0.5), None);
    let (tau, t) = (0.25, 2.0);
    let audit = data.audit(&settings(&[tau], &[]));
    let alignment = support::found(&audit, MetricId::Alignment, Some(2.0), Side::Cross).value;
    for side in [Side::A, Side::B, Side::Mean, Side::Cross] {
        let of = |metric, param| support::found(&audit, metric, Some(param), side);
        let gap = of(MetricId::JensenGap, tau);
        let expected = t * alignment + of(MetricId::Uniformity, t).value
            - of(MetricId::ContrastiveLimit, tau).value;
        close(gap.value, expected, 1e-6, side.name());
        assert!(gap.se.is_some_and(|se| se > 0.0));
    }
}
