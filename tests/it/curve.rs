//! The loss at finite M against definitions computed by loops: every sequence of draws, or very many of them.

use std::collections::HashSet;

use crate::support::exact::unit;
use crate::support::{
    self, Rows, any_cpu, audit, close, cone, cpu, embeddings, inputs, kernels, listed, noisy,
    normal, random_pairs,
};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::audit::{PositivesInput, Settings};
use spherecheck::data::Labels;
use spherecheck::metric::{LogLaplace, MetricId};
use spherecheck::result::{Audit, LossCurve, Side};

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
    /// Whether a pair's own positive is among its anchor's negatives above, and none of the pair's.
    own: bool,
    positives: PositivesInput,
}

fn one_view(a: Rows, pairs: &[(usize, usize)]) -> Data {
    let n = a.len();
    Data {
        ordered: pairs.iter().flat_map(|&(i, j)| [(i, j), (j, i)]).collect(),
        negatives: (0..n)
            .map(|i| (0..n).filter(|&j| j != i).collect())
            .collect(),
        own: true,
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
        own: false,
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
        own: true,
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
            let others = self.negatives[i].iter();
            let others = others.filter(|&&k| !self.own || k != j);
            (dot(i, j), others.map(|&k| dot(i, k)).collect())
        };
        self.ordered.iter().map(of).collect()
    }

    /// The mean over all pairs of the log of what their negatives weigh in the mean, less their own.
    fn limit(&self, tau: f64) -> f64 {
        let cosines = self.cosines();
        let of = |(s, row): &(f64, Vec<f64>)| {
            let mean = row.iter().map(|s| (s / tau).exp()).sum::<f64>() / row.len() as f64;
            mean.ln() - s / tau
        };
        cosines.iter().map(of).sum::<f64>() / cosines.len() as f64
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

/// Too many rows to visit them all, which is more than 8,192: 60 rows, each there 137 times, so that the truth takes 60
/// anchors.
#[test]
fn a_sample_of_anchors_is_unbiased_and_knows_its_error() {
    let (copies, a) = (137, clustered(10, 60, 8));
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
    // 490 rows of one class and 910 of the other make 1,066,800 pairs: just more than 2^20, of which all would be averaged.
    let (copies, rows) = (35, clustered(24, 40, 5));
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
            for j in (0..n).filter(|&j| class(i) == class(j)) {
                let left = |k: usize| others(k) - f64::from(u32::from(k == j));
                let atoms: Vec<_> = (0..n).map(|k| (left(k), cosines[i][k])).collect();
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
    // More rows than are visited.
    let a = clustered(17, 8_200, 6);
    let b = noisy(&a, 18, 0.3);
    let curves = |threads| {
        let data = inputs(
            embeddings(&a),
            Some(embeddings(&b)),
            PositivesInput::Aligned,
        );
        let settings = settings(&[0.1], &[16, 4096]);
        audit(data, &settings, &*cpu(threads, kernels()[0])).curves
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

/// E log X by loops, for one and for two draws.
fn looped(row: &[f64], positive: f64) -> [f64; 2] {
    let n = row.len() as f64;
    let mean = row.iter().sum::<f64>() / n;
    let log = |sum: f64, m: f64| ((sum / mean + positive) / (m + positive)).ln();
    let one = row.iter().map(|y| log(*y, 1.0)).sum::<f64>() / n;
    let pairs = row.iter().flat_map(|y| row.iter().map(move |z| y + z));
    let two = pairs.map(|sum| log(sum, 2.0)).sum::<f64>() / (n * n);
    [one, two]
}

#[test]
fn rows_of_every_length_have_their_loss_at_one_and_two_negatives() {
    // 19, 23, 27 .. are those whose shares of 1 add up to more than 1.
    for n in (1..=130).chain([359, 1000]) {
        for tau in [0.05, 0.5] {
            let cosine = |k: usize| ((k * 31 + 7) as f64 * 0.618).fract() * 1.6 - 0.8;
            let row: Vec<f64> = (0..n).map(|k| (cosine(k) / tau).exp()).collect();
            for positive in [1e-3, 2.0, 1e5] {
                let atoms = row.iter().map(|&y| (1.0, y));
                let laplace = LogLaplace::new(atoms, (1, 1_000_000), positive);
                for (m, expected) in (1..).zip(looped(&row, positive)) {
                    let what = format!("n = {n}, tau {tau}, P/mu {positive}, M = {m}");
                    close(laplace.deviation(m, positive), expected, 1e-9, &what);
                }
            }
        }
    }
}

proptest::proptest! {
    /// Any counts, weights over 60 orders of magnitude, any M: a number at most zero.
    #[test]
    fn a_deviation_is_a_number_at_most_zero(
        row in proptest::collection::vec((1u32..1000, -70.0..70.0f64), 1..60),
        m in 1u64..1_000_000_000,
        positive in -70.0..70.0f64,
    ) {
        let atoms = row.iter().map(|&(count, log)| (f64::from(count), log.exp()));
        let positive = positive.exp();
        let laplace = LogLaplace::new(atoms, (1, m), positive);
        for m in [1, 2, m] {
            let found = laplace.deviation(m, positive);
            proptest::prop_assert!(found <= 1e-9 && found > -400.0, "M = {}: {}", m, found);
        }
    }
}

/// Numbers of rows at which the loss at one or two negatives was no number, and the smallest temperature there is.
#[test]
fn the_loss_is_a_number_at_every_size_and_temperature() {
    for n in [3, 19, 23, 27, 28, 37, 46, 53, 55, 56, 59] {
        let a = normal(30 + n as u64, n, 6);
        for list in [&[1][..], &[2], &[1, 16, 1024]] {
            let data = two_views(a.clone(), noisy(&a, 31, 0.5), None);
            let audit = data.audit(&settings(&[0.0015, 0.07, 0.5], list));
            assert_eq!(audit.curves.len(), 3);
            for curve in &audit.curves {
                for point in &curve.points {
                    let what = format!("n = {n}, tau {}, {point:?}", curve.tau);
                    assert!(
                        point.loss.is_finite() && point.deviation.is_finite(),
                        "{what}"
                    );
                    assert!(point.loss > -1e-4, "{what}");
                    let slack = 1e-5 / curve.tau;
                    assert!(point.lower - slack <= point.deviation, "{what}");
                    assert!(point.deviation <= point.upper + slack, "{what}");
                }
            }
        }
    }
}

/// Where every row is the anchor of equally many pairs, the curve tends to contrastive_limit, along its second order and
/// within the bounds; with one view whose rows are no items, to what contrastive_limit is without the own positives.
#[test]
fn the_curve_of_every_kind_of_positives_tends_to_the_limit() {
    let a = cone(40, 24, 6);
    let circle: Vec<_> = (0..24).map(|i| (i, (i + 1) % 24)).collect();
    let couples: Vec<_> = (0..12).map(|i| (2 * i, 2 * i + 1)).collect();
    let classes: Vec<u32> = (0..24).map(|i| i / 4).collect();
    let b = noisy(&a, 41, 0.5);
    // So few rows of so many that they are items.
    let many = cone(42, 60, 6);
    let items: Vec<_> = (0..30).map(|i| (2 * i, 2 * i + 1)).collect();
    for (name, data, side) in [
        (
            "aligned",
            two_views(a.clone(), b.clone(), None),
            Side::Cross,
        ),
        (
            "shifted",
            two_views(a.clone(), b.clone(), Some(&circle)),
            Side::Cross,
        ),
        ("items", one_view(many, &items), Side::A),
        ("couples", one_view(a.clone(), &couples), Side::A),
        ("circle", one_view(a.clone(), &circle), Side::A),
        ("classes", labelled(a.clone(), &classes), Side::A),
    ] {
        let audit = data.audit(&settings(&[0.1, 0.5], &[10_000, 1_000_000_000]));
        for curve in &audit.curves {
            let what = format!("{name}, tau {}", curve.tau);
            assert_eq!(curve.anchors, None, "{what}");
            let limit = if curve.without_own_positive() {
                data.limit(curve.tau)
            } else {
                let limit = MetricId::ContrastiveLimit;
                support::found(&audit, limit, Some(curve.tau), side).value
            };
            let rounding = if curve.without_own_positive() {
                2e-6
            } else {
                1e-9
            };
            close(curve.limit, limit, rounding / curve.tau, &what);
            for point in &curve.points {
                let away = point.loss - (point.negatives as f64).ln() - limit;
                let slack = 2e-6 / curve.tau;
                assert!(point.lower - slack <= away && away <= point.upper + slack);
                assert!(
                    away.abs() <= point.within.expect("a bound") + slack,
                    "{what}"
                );
            }
            let far = &curve.points[1];
            close(far.loss - 1e9f64.ln(), limit, 1e-3, &what);
            if curve.tau > 0.2 {
                let near = &curve.points[0];
                let second = near.second_order.expect("2/tau is small");
                close(near.deviation, second, 0.02 * second.abs() + 1e-9, &what);
            }
        }
    }
    // Rows that are no anchors, or anchors of more pairs, weigh otherwise: the curve's limit is over its own pairs.
    let data = one_view(a.clone(), &[(0, 1), (1, 2)]);
    let audit = data.audit(&settings(&[0.5], &[16]));
    let own = curve(&audit, 0.5);
    assert_eq!(own.anchors, Some(3));
    close(own.limit, data.limit(0.5), 2e-6, "over four ordered pairs");
}

/// A few near couples among many rows: with the own positive among the negatives the curve's limit would be above
/// contrastive_limit by nats.
#[test]
fn a_few_couples_among_many_rows_have_the_limit_of_the_others() {
    let mut rows = normal(70, 400, 16);
    let near = noisy(&rows[..20].to_vec(), 71, 0.2);
    rows.truncate(380);
    rows.extend(near);
    let classes: Vec<u32> = (0..400)
        .map(|i| if i < 380 { i } else { i - 380 })
        .collect();
    let data = labelled(rows, &classes);
    let audit = data.audit(&settings(&[0.1, 0.0015], &[1_000_000]));
    let own = curve(&audit, 0.1);
    close(own.limit, data.limit(0.1), 1e-4, "by loops");
    let limit = support::found(&audit, MetricId::ContrastiveLimit, Some(0.1), Side::A).value;
    close(own.limit, limit, 0.5, "of all rows");
    let with_own = {
        let same = Data { own: false, ..data };
        same.limit(0.1)
    };
    assert!(with_own > own.limit + 1.0, "{with_own} and {}", own.limit);
    // What is left of a sum when all but its seventh digit is taken off is no number: said, not shown.
    assert!(audit.curves.iter().all(|curve| curve.tau != 0.0015));
    let said = |note: &spherecheck::result::Note| {
        note.text
            .starts_with("No contrastive loss at M negatives for tau = 0.0015")
    };
    assert!(audit.notes.iter().any(said), "{:?}", audit.notes);
}

#[test]
fn the_distance_to_the_limit_falls_as_one_over_m() {
    let a = cone(80, 300, 12);
    let data = two_views(a.clone(), noisy(&a, 81, 0.5), None);
    let audit = data.audit(&settings(&[0.5], &[1, 100, 10_000, 100_000, 1_000_000]));
    let slope = curve(&audit, 0.5).slope.expect("three points");
    assert_eq!((slope.from, slope.to), (10_000, 1_000_000));
    close(slope.value, -1.0, 1e-3, "slope");
    let same = vec![vec![1.0, 2.0, -1.0]; 9];
    let audit = two_views(same.clone(), same, None).audit(&settings(&[0.5], &[1_000_000]));
    assert_eq!(curve(&audit, 0.5).slope, None, "one point has no slope");
}

/// The same identity where rows have unequally many negatives: pairs listed between two files; and with every side's own
/// mean, by loops.
#[test]
fn the_jensen_gap_is_the_difference_of_the_losses_for_every_kind_of_positives() {
    let (tau, t) = (0.25, 2.0);
    let a = clustered(50, 60, 5);
    let pairs = random_pairs(51, 200, 60, Some(45));
    let b = noisy(&a[..45].to_vec(), 52, 0.4);
    let classes: Vec<u32> = (0..60).map(|i| i % 7).collect();
    for (name, data, sides) in [
        (
            "listed",
            two_views(a.clone(), b, Some(&pairs)),
            &[Side::A, Side::B, Side::Mean, Side::Cross][..],
        ),
        (
            "one view",
            one_view(a.clone(), &random_pairs(53, 40, 60, None)),
            &[Side::A],
        ),
        ("labels", labelled(a.clone(), &classes), &[Side::A]),
    ] {
        let audit = data.audit(&settings(&[tau], &[]));
        let alignment = |m: &&spherecheck::result::Measure| {
            m.metric == MetricId::Alignment && m.params.get("alpha") == Some(&2.0)
        };
        let alignment = audit
            .measures
            .iter()
            .find(alignment)
            .expect("positives")
            .value;
        for &side in sides {
            let of = |metric, param| support::found(&audit, metric, Some(param), side).value;
            let expected =
                t * alignment + of(MetricId::Uniformity, t) - of(MetricId::ContrastiveLimit, tau);
            let what = format!("{name}, side {}", side.name());
            close(of(MetricId::JensenGap, tau), expected, 2e-6, &what);
        }
    }
}

/// Between two files whose rows are all positives of each other no pair is left: said, not dropped.
#[test]
fn a_number_that_is_none_is_named_in_a_note() {
    let a = normal(60, 3, 4);
    let all: Vec<_> = (0..3).flat_map(|i| (0..3).map(move |j| (i, j))).collect();
    let data = two_views(a.clone(), noisy(&a, 61, 0.5), Some(&all));
    let audit = data.audit(&settings(&[0.5], &[]));
    assert!(audit.measures.iter().all(|m| m.value.is_finite()));
    let note = audit
        .notes
        .iter()
        .find(|note| note.text.starts_with("Not measured"));
    let text = &note.expect("a note").text;
    for named in [
        "uniformity{t=2} of side cross",
        "contrastive_uniform_term{tau=0.5} of side cross",
    ] {
        assert!(text.contains(named), "{text}");
    }
}
