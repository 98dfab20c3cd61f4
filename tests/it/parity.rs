//! Numbers of the library against numbers made elsewhere: the golden cases, and the definitions in plain f64 on
//! real embeddings.

use std::collections::BTreeMap;

use crate::support::exact::{self, Exact};
use crate::support::{
    self, Rows, audit, close, cpu, embeddings, fixture, found, inputs, kernels, listed,
};
use spherecheck::audit::{PositivesInput, PrecisionChoice, Settings};
use spherecheck::data::{Embeddings, Labels, UnitRows};
use spherecheck::input::{open_embeddings, open_labels, open_pairs};
use spherecheck::kernel::{Exponents, Precision};
use spherecheck::metric::MetricId::{
    self, Alignment, ContrastiveAlignmentTerm, ContrastiveLimit, ContrastiveUniformTerm,
    MeanCosine, Uniformity,
};
use spherecheck::metric::{Counts, log_mean_exp};
use spherecheck::pass::{GramJob, Layout, NoWatch, Plan, Search};
use spherecheck::result::{Audit, Side};

/// How far a value, and its error, may be from f64, absolutely. What all pairs enter goes through f32 cosines;
/// what is computed from rows and positive pairs is f64 throughout.
fn tolerance(metric: MetricId) -> (f64, f64) {
    match metric {
        Uniformity | ContrastiveUniformTerm | ContrastiveLimit => (2e-6, 1e-6),
        Alignment | ContrastiveAlignmentTerm | MeanCosine => (1e-12, 1e-12),
        other => unreachable!("no reference for {other:?}"),
    }
}

#[track_caller]
fn check(audit: &Audit, (metric, param, side): (MetricId, Option<f64>, Side), value: f64) {
    let measure = found(audit, metric, param, side);
    let what = format!(
        "{}: {} on side {}, {} kernel",
        audit.subject.name,
        measure.label(),
        side.name(),
        audit.provenance.kernel
    );
    close(measure.value, value, tolerance(metric).0, &what);
}

#[track_caller]
fn check_error(audit: &Audit, (metric, param, side): (MetricId, Option<f64>, Side), se: f64) {
    let measure = found(audit, metric, param, side);
    let what = format!("error of {} on side {}", measure.label(), side.name());
    close(measure.se.expect(&what), se, tolerance(metric).1, &what);
}

/// (parameter, entry) of each entry of a golden table.
fn table(entry: &serde_json::Value) -> Vec<(f64, &serde_json::Value)> {
    entry
        .as_object()
        .unwrap()
        .iter()
        .map(|(param, entry)| (param.parse().unwrap(), entry))
        .collect()
}

#[test]
fn golden_cases_are_met_by_every_kernel() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../fixtures/golden/expected.json")).unwrap();
    let cases = golden["cases"].as_object().unwrap();
    assert_eq!(cases.len(), 4);
    for (name, case) in cases {
        let params = |of: &str| table(&case[of]).iter().map(|(p, _)| *p).collect();
        let settings = Settings {
            alphas: params("alignment"),
            ts: params("uniformity"),
            taus: params("uniform_term"),
            // The golden values are over all pairs.
            join_pairs: false,
            ..Settings::default()
        };
        for kernel in kernels() {
            let path = |suffix: &str| fixture(&format!("golden/{name}{suffix}"));
            let rows = open_embeddings(&path(".npy"), None).unwrap();
            let pairs = open_pairs(&path(".pairs.npy"), None).unwrap();
            let list: Vec<(usize, usize)> = pairs
                .list()
                .iter()
                .map(|&[i, j]| (i as usize, j as usize))
                .collect();
            assert_eq!(
                (rows.rows(), rows.dim(), pairs.list().len()),
                (
                    case["rows"].as_u64().unwrap() as usize,
                    case["dim"].as_u64().unwrap() as usize,
                    case["pairs"].as_u64().unwrap() as usize
                )
            );
            let mut data = inputs(rows, None, PositivesInput::Pairs(pairs));
            data.name.clone_from(name);
            let audit = audit(data, &settings, &*cpu(2, kernel));
            assert_eq!(audit.provenance.kernel, kernel);
            for (of, metric) in [
                ("alignment", Alignment),
                ("uniformity", Uniformity),
                ("uniform_term", ContrastiveUniformTerm),
                ("asymptotic_loss", ContrastiveLimit),
            ] {
                for (param, entry) in table(&case[of]) {
                    let what = (metric, Some(param), Side::A);
                    check(&audit, what, entry["value"].as_f64().unwrap());
                }
            }
            let data = rows_of(&open_embeddings(&path(".npy"), None).unwrap());
            let distances = exact::distances(&data, &data, &list);
            for (alpha, entry) in table(&case["alignment"]) {
                let of = |distance: f64| distance.powf(alpha);
                let robust = sharing(&list, None, &distances, of);
                check_error(&audit, (Alignment, Some(alpha), Side::A), robust);
                // Never less than that of as many pairs that share nothing.
                assert!(robust >= entry["se"].as_f64().unwrap() * (1.0 - 1e-9));
            }
            let rows = UnitRows::normalise(open_embeddings(&path(".npy"), None).unwrap()).unwrap();
            for (t, entry) in table(&case["uniformity"]) {
                let se = jackknife_of_uniformity(&rows, t, kernel);
                let what = format!("{name}: jackknife of uniformity{{t={t}}}, {kernel} kernel");
                close(se, entry["jackknife_se"].as_f64().unwrap(), 1e-6, &what);
            }
            let mean = case["mean_cosine"].as_f64().unwrap();
            check(&audit, (MeanCosine, None, Side::A), mean);
        }
    }
}

/// Rows rounded to bf16 or bytes give the golden numbers within the error that they say, which is itself small.
#[test]
fn golden_cases_are_met_by_rounded_rows_within_their_error() {
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../fixtures/golden/expected.json")).unwrap();
    let backend = support::any_cpu();
    for precision in backend.precisions() {
        for (name, case) in golden["cases"].as_object().unwrap() {
            let params = |of: &str| table(&case[of]).iter().map(|(p, _)| *p).collect();
            let settings = Settings {
                ts: params("uniformity"),
                taus: params("uniform_term"),
                precision: PrecisionChoice::Only(precision),
                ..Settings::default()
            };
            let path = |suffix: &str| fixture(&format!("golden/{name}{suffix}"));
            let rows = open_embeddings(&path(".npy"), None).unwrap();
            let pairs = open_pairs(&path(".pairs.npy"), None).unwrap();
            let data = inputs(rows, None, PositivesInput::Pairs(pairs));
            let audit = audit(data, &settings, &*backend);
            let card = audit.provenance.precision.clone().unwrap();
            assert_eq!(card.used, precision.name(), "{name}: {:?}", card.reason);
            for (of, metric) in [
                ("uniformity", Uniformity),
                ("uniform_term", ContrastiveUniformTerm),
                ("asymptotic_loss", ContrastiveLimit),
            ] {
                for (param, entry) in table(&case[of]) {
                    let measure = found(&audit, metric, Some(param), Side::A);
                    let error = card.error(measure).map_or(0.0, |e| e.error);
                    let c = if metric == Uniformity {
                        2.0 * param
                    } else {
                        1.0 / param
                    };
                    let size = match precision {
                        Precision::F32 => 0.0,
                        Precision::Tf32 => 1e-4,
                        Precision::Bf16 => 1e-3,
                        Precision::I8 => 1e-2,
                    };
                    let what = format!("{name} in {}: {}", precision.name(), measure.label());
                    assert!(error <= c * size, "{what}: error {error}");
                    close(
                        measure.value,
                        entry["value"].as_f64().unwrap(),
                        1.5 * error + 2e-6,
                        &what,
                    );
                }
            }
        }
    }
}

fn jackknife_of_uniformity(rows: &UnitRows, t: f64, kernel: &str) -> f64 {
    let layout = Layout::new(rows.rows(), 0);
    let job = GramJob {
        a: (rows, &layout),
        b: None,
        excluded: &[],
        items: None,
        exponents: &Exponents::plan(&[2.0 * t]),
        grouped: &[false],
        histogram: false,
        duplicates: None,
        precision: Precision::F32,
        plan: &Plan::symmetric(&layout),
        search: Search::default(),
    };
    let sums = cpu(1, kernel)
        .gram(job, &NoWatch)
        .unwrap()
        .state
        .rows
        .totals(0);
    let statistic = log_mean_exp(&sums, &sums, 2.0 * t, &Counts::Within(rows.rows()));
    statistic.jackknife().unwrap()
}

fn rows_of(embeddings: &Embeddings) -> Rows {
    (0..embeddings.rows())
        .map(|i| {
            let mut row = vec![0.0; embeddings.dim()];
            embeddings.row_f32(i, &mut row);
            row
        })
        .collect()
}

fn settings() -> Settings {
    Settings {
        alphas: vec![0.5, 1.0, 2.0, 3.0],
        ts: vec![0.5, 2.0, 3.0],
        taus: vec![0.05, 0.07, 0.5],
        join_pairs: false,
        ..Settings::default()
    }
}

fn coefficients(settings: &Settings) -> Vec<f64> {
    let inverse = settings.taus.iter().map(|tau| 1.0 / tau);
    settings.ts.iter().map(|t| 2.0 * t).chain(inverse).collect()
}

/// Every all-pairs value of two views, against the definitions on each side, their mean and across.
fn check_sides(audit: &Audit, settings: &Settings, sides: &[Exact; 3], cosine: f64) {
    let [a, b, cross] = sides;
    let each = |of: &dyn Fn(&Exact) -> f64| {
        [
            (Side::A, of(a)),
            (Side::B, of(b)),
            (Side::Mean, (of(a) + of(b)) / 2.0),
            (Side::Cross, of(cross)),
        ]
    };
    for (side, value) in each(&Exact::mean_cosine) {
        check(audit, (MeanCosine, None, side), value);
    }
    for &t in &settings.ts {
        for (side, value) in each(&|exact| exact.uniformity(t)) {
            check(audit, (Uniformity, Some(t), side), value);
        }
    }
    for &tau in &settings.taus {
        let what = (ContrastiveAlignmentTerm, Some(tau), Side::Cross);
        check(audit, what, -cosine / tau);
        for (side, value) in each(&|exact| exact.uniform_term(tau)) {
            check(audit, (ContrastiveUniformTerm, Some(tau), side), value);
            let limit = value - cosine / tau;
            check(audit, (ContrastiveLimit, Some(tau), side), limit);
        }
    }
}

/// `listed`: the pairs, and the rows of a, where pairs are listed; aligned views have the sample's error.
fn check_alignment(
    audit: &Audit,
    settings: &Settings,
    listed: Option<(&[(usize, usize)], usize)>,
    distances: &[f64],
) {
    let side = Side::Cross;
    for &alpha in &settings.alphas {
        let of = |distance: f64| distance.powf(alpha);
        let (value, sample) = exact::mean(distances, of);
        let se = match listed {
            Some((pairs, rows_a)) => sharing(pairs, Some(rows_a), distances, of),
            None => sample,
        };
        check(audit, (Alignment, Some(alpha), side), value);
        check_error(audit, (Alignment, Some(alpha), side), se);
    }
}

/// Mean cosine of pairs at these distances.
fn mean_cosine(distances: &[f64]) -> f64 {
    exact::mean(distances, |distance| 1.0 - distance * distance / 2.0).0
}

#[test]
fn real_aligned_views_agree_with_the_definitions() {
    let settings = settings();
    let cs = coefficients(&settings);
    for pooling in ["mean", "cls"] {
        let open = |view| {
            let path = fixture(&format!("real/minilm_{pooling}_{view}.npy"));
            open_embeddings(&path, None).unwrap()
        };
        let (a, b) = (rows_of(&open("a")), rows_of(&open("b")));
        assert_eq!((a.len(), b.len()), (1000, 1000));
        let sides = [
            Exact::within(&a, &cs),
            Exact::within(&b, &cs),
            Exact::aligned(&a, &b, &cs),
        ];
        let pairs: Vec<_> = (0..a.len()).map(|i| (i, i)).collect();
        let distances = exact::distances(&a, &b, &pairs);
        for kernel in kernels() {
            let data = inputs(open("a"), Some(open("b")), PositivesInput::Aligned);
            let audit = audit(data, &settings, &*cpu(2, kernel));
            check_sides(&audit, &settings, &sides, mean_cosine(&distances));
            check_alignment(&audit, &settings, None, &distances);
        }
    }
}

#[test]
fn listed_pairs_between_views_of_different_sizes_agree_with_the_definitions() {
    let settings = settings();
    let cs = coefficients(&settings);
    for (rows_a, rows_b, d, count) in [(230, 707, 24, 400), (1000, 53, 9, 90), (2, 300, 33, 7)] {
        let a = support::cone(1, rows_a, d);
        let b = support::cone(2, rows_b, d);
        let mut pairs = support::random_pairs(3, count, rows_a, Some(rows_b));
        // A pair listed twice is two positive pairs and one pair of rows that is no negative.
        pairs.push(pairs[0]);
        let sides = [
            Exact::within(&a, &cs),
            Exact::within(&b, &cs),
            Exact::between(&a, &b, &pairs, &cs),
        ];
        let distances = exact::distances(&a, &b, &pairs);
        for kernel in kernels() {
            let data = inputs(embeddings(&a), Some(embeddings(&b)), listed(&pairs));
            let audit = audit(data, &settings, &*cpu(2, kernel));
            check_sides(&audit, &settings, &sides, mean_cosine(&distances));
            let listed = Some((&pairs[..], rows_a));
            check_alignment(&audit, &settings, listed, &distances);
        }
    }
}

#[test]
fn an_anchor_whose_every_partner_is_positive_has_no_uniform_term() {
    let settings = settings();
    let cs = coefficients(&settings);
    let (a, b) = (support::normal(4, 40, 6), support::normal(5, 11, 6));
    let mut pairs: Vec<_> = (0..b.len()).map(|j| (7, j)).collect();
    pairs.push((0, 0));
    let sides = [
        Exact::within(&a, &cs),
        Exact::within(&b, &cs),
        Exact::between(&a, &b, &pairs, &cs),
    ];
    let distances = exact::distances(&a, &b, &pairs);
    for kernel in kernels() {
        let data = inputs(embeddings(&a), Some(embeddings(&b)), listed(&pairs));
        let audit = audit(data, &settings, &*cpu(1, kernel));
        check_sides(&audit, &settings, &sides, mean_cosine(&distances));
    }
}

/// All pairs i < j of rows of the same class.
fn same_class(labels: &Labels) -> Vec<(usize, usize)> {
    let classes = &labels.classes;
    (0..classes.len())
        .flat_map(|i| (i + 1..classes.len()).map(move |j| (i, j)))
        .filter(|&(i, j)| classes[i] == classes[j])
        .collect()
}

#[test]
fn labels_make_a_positive_of_every_pair_within_a_class() {
    let settings = settings();
    let open = || open_embeddings(&fixture("golden/digits_1797x64.npy"), None).unwrap();
    let labels = open_labels(&fixture("golden/digits_1797x64.labels.npy"), None).unwrap();
    let rows = rows_of(&open());
    let pairs = same_class(&labels);
    let distances = exact::distances(&rows, &rows, &pairs);
    let cosine = mean_cosine(&distances);
    let all = Exact::within(&rows, &coefficients(&settings));
    for kernel in kernels() {
        let data = inputs(open(), None, PositivesInput::Labels(labels.clone()));
        let audit = audit(data, &settings, &*cpu(2, kernel));
        for &alpha in &settings.alphas {
            let of = |distance: f64| distance.powf(alpha);
            let (value, _) = exact::mean(&distances, of);
            let what = (Alignment, Some(alpha), Side::A);
            check(&audit, what, value);
            assert_eq!(found(&audit, what.0, what.1, what.2).n, pairs.len() as u64);
            check_error(&audit, what, sharing(&pairs, None, &distances, of));
        }
        for &tau in &settings.taus {
            let limit = all.uniform_term(tau) - cosine / tau;
            check(&audit, (ContrastiveLimit, Some(tau), Side::A), limit);
        }
    }
}

/// Error of a mean over pairs that share rows, from its definition: what leaving out each row moves, less what pairs are
/// counted twice. Row j of a second view is row `second` + j.
fn sharing(
    pairs: &[(usize, usize)],
    second: Option<usize>,
    distances: &[f64],
    of: impl Fn(f64) -> f64 + Copy,
) -> f64 {
    let total = pairs.len() as f64;
    let (mean, _) = exact::mean(distances, of);
    // Each pair once, with how often it is listed.
    let mut distinct: BTreeMap<(usize, usize), (f64, f64)> = BTreeMap::new();
    for (&(i, j), &distance) in pairs.iter().zip(distances) {
        let pair = match second {
            Some(rows) => (i, rows + j),
            None => (i.min(j), i.max(j)),
        };
        let (times, _) = *distinct.entry(pair).or_insert((0.0, 0.0));
        distinct.insert(pair, (times + 1.0, of(distance) - mean));
    }
    let mut at_row: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    let mut squares = 0.0;
    for (&(i, j), &(times, residual)) in &distinct {
        squares += (times * residual).powi(2);
        for row in [i, j] {
            let (sum, weight) = at_row.entry(row).or_default();
            *sum += times * residual;
            *weight += times;
        }
    }
    let moved = at_row
        .values()
        .map(|(sum, weight)| (sum / (total - weight)).powi(2));
    let count = distinct.len() as f64;
    let twice = squares / (total - total / count).powi(2);
    let fewer = count.min(at_row.len() as f64);
    let sample = squares / (total * total) * count / (count - 1.0);
    let robust = (moved.sum::<f64>() - twice) * (1.0 - 1.0 / fewer);
    robust.max(sample).sqrt()
}
