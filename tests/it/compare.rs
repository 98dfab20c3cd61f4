//! Comparisons: paired errors that are right, similarity that is 0 for strangers, prefixes that are what cut files give.

mod relations;

use crate::support::laws::Law;
use crate::support::{
    self, Rows, any_cpu, close, cpu, embeddings, found, inputs, kernels, listed, noisy, normal,
    random_pairs,
};
use ndarray::Array2;
use spherecheck::audit::{
    Inputs, PositivesInput, Prepared, Settings, Shared, prepare, similarities,
};
use spherecheck::backend::Backend;
use spherecheck::data::{Embeddings, Names};
use spherecheck::metric::MetricId;
use spherecheck::num::Moments;
use spherecheck::pass::NoWatch;
use spherecheck::result::{Audit, Change, Difference, Side, compare, paired};

fn settings() -> Settings {
    Settings {
        alphas: vec![2.0],
        taus: vec![0.07, 0.5],
        ..Settings::default()
    }
}

fn prepared(rows: &Rows, backend: &dyn Backend) -> Prepared {
    let data = inputs(embeddings(rows), None, PositivesInput::None);
    prepare(data, &settings(), backend, &NoWatch).expect("rows")
}

fn views([a, b]: &[Array2<f32>; 2], backend: &dyn Backend) -> Audit {
    let inputs = Inputs {
        name: "views".to_owned(),
        a: Embeddings::from_array("a", a.view()).expect("rows"),
        b: Some(Embeddings::from_array("b", b.view()).expect("rows")),
        positives: PositivesInput::Aligned,
        groups: None,
    };
    let settings = settings();
    let data = prepare(inputs, &settings, backend, &NoWatch).expect("rows");
    data.run(backend, &NoWatch).expect("an audit")
}

/// Two models of the same items: each item with noise of the model's own.
fn two_models(rows: usize, seed: u64, backend: &dyn Backend) -> [Audit; 2] {
    let items = Law::Clustered.views(rows, seed);
    [1, 2].map(|model| {
        let noise = Law::Uniform.views(rows, seed + model * 1_000_003);
        let of = |k: usize| &items[k] + &(&noise[k] * 0.3);
        views(&[of(0), of(1)], backend)
    })
}

const JUDGED: [(MetricId, f64, Side); 6] = [
    (MetricId::Alignment, 2.0, Side::Cross),
    (MetricId::Uniformity, 2.0, Side::A),
    (MetricId::Uniformity, 2.0, Side::Mean),
    (MetricId::ContrastiveUniformTerm, 0.5, Side::A),
    (MetricId::ContrastiveLimit, 0.07, Side::Cross),
    (MetricId::ContrastiveLimit, 0.5, Side::Cross),
];

/// The error of a difference is how differences scatter, however the two models' errors hang together; and where there
/// is no change, a test at 5 % finds one in about 5 % of samples.
#[test]
fn paired_errors_are_how_differences_scatter() {
    let backend = any_cpu();
    let samples = 300;
    let mut values = vec![Moments::default(); JUDGED.len()];
    let mut errors = vec![(Moments::default(), Moments::default()); JUDGED.len()];
    let mut alarms = vec![0; JUDGED.len()];
    for sample in 0..samples {
        let [base, other] = two_models(300, sample, &*backend);
        assert_eq!(paired(&base, &other), Ok(true));
        for (k, &(metric, param, side)) in JUDGED.iter().enumerate() {
            let like = found(&base, metric, Some(param), side);
            let of = |paired| Difference::between((&base).into(), (&other).into(), like, paired);
            let (pair, apart) = (
                of(true).expect("both have it"),
                of(false).expect("both have it"),
            );
            values[k].add(pair.value);
            errors[k].0.add(pair.se.expect("an error"));
            errors[k].1.add(apart.se.expect("an error"));
            alarms[k] += usize::from(pair.p_differs().expect("a test") <= 0.05);
        }
    }
    for (k, (metric, param, side)) in JUDGED.iter().enumerate() {
        let what = format!("{metric:?} {param} {}", side.name());
        let scatter = values[k].standard_deviation().expect("many samples");
        let (pair, apart) = (
            errors[k].0.mean().expect("many"),
            errors[k].1.mean().expect("many"),
        );
        // 300 samples know their own scatter within 4 % (one error).
        let ratio = pair / scatter;
        assert!(
            (0.85..1.3).contains(&ratio),
            "{what}: {pair} against {scatter}"
        );
        if *metric != MetricId::Alignment {
            assert!(
                apart > 1.5 * pair,
                "{what}: {apart} unpaired, {pair} paired"
            );
        }
        // 5 % of 300 are 15, give or take 3.8.
        assert!(alarms[k] <= 27, "{what}: {} alarms of {samples}", alarms[k]);
    }
}

#[test]
fn verdicts_follow_the_direction_of_each_metric() {
    let backend = any_cpu();
    let [base, _] = two_models(400, 5, &*backend);
    let [mut a, mut b] = Law::Clustered.views(400, 5);
    for view in [&mut a, &mut b] {
        view.column_mut(0).mapv_inplace(|v| v + 6.0);
    }
    let cone = views(&[a, b], &*backend);
    let comparison = compare(&[base.clone(), cone, base], Vec::new(), 0.95).expect("they compare");
    let verdict = |metric, model: usize| {
        let line = comparison
            .lines
            .iter()
            .find(|line| line.metric == metric)
            .expect("a line");
        line.cells[model]
            .as_ref()
            .unwrap()
            .against
            .as_ref()
            .unwrap()
            .verdict
    };
    // Rows in a cone: uniformity suffers, pairs come closer.
    assert_eq!(verdict(MetricId::Uniformity, 1), Change::Worse);
    assert_eq!(verdict(MetricId::MeanCosine, 1), Change::Worse);
    assert_eq!(verdict(MetricId::Alignment, 1), Change::Better);
    assert_eq!(verdict(MetricId::NormMean, 1), Change::Differs);
    assert_eq!(verdict(MetricId::Uniformity, 2), Change::Same);
    // A gap is its number shifted: the same difference and the same verdict.
    let of = |metric| {
        let line = comparison
            .lines
            .iter()
            .find(|line| line.metric == metric)
            .expect("a line");
        line.cells[1].clone().unwrap().against.unwrap()
    };
    let (limit, gap) = (of(MetricId::ContrastiveLimit), of(MetricId::ContrastiveGap));
    assert_eq!((limit.p, limit.verdict), (gap.p, gap.verdict));
    close(limit.difference.value, gap.difference.value, 1e-12, "gap");
    assert_eq!(comparison.models[2].name, "views (3)");
}

fn shared(neighbours: usize) -> Shared {
    Shared {
        seed: 0,
        confidence: 0.95,
        neighbours,
    }
}

fn alike(one: &Rows, other: &Rows, k: usize, backend: &dyn Backend) -> Vec<(String, f64, f64)> {
    let pair = (&prepared(one, backend), &prepared(other, backend));
    let names = ("one".to_owned(), "other".to_owned());
    let found = similarities(pair, names, shared(k), backend, &NoWatch).expect("similarities");
    found
        .into_iter()
        .map(|s| (s.name, s.value, s.se.unwrap_or(f64::NAN)))
        .collect()
}

/// The debiased estimator is 0 on the mean for models that have nothing in common, at every n, and within its errors.
#[test]
fn strangers_have_no_cka() {
    let backend = any_cpu();
    for n in [32, 64, 128, 256] {
        let (mut values, mut inside) = (Moments::default(), 0);
        let samples = 120;
        for sample in 0..samples {
            let (x, y) = (normal(2 * sample, n, 24), normal(2 * sample + 1, n, 16));
            let (name, value, se) = alike(&x, &y, 5, &*backend).remove(0);
            assert_eq!(name, "cka");
            values.add(value);
            inside += usize::from(value.abs() <= 2.09 * se);
        }
        let (mean, error) = (values.mean().unwrap(), values.standard_error().unwrap());
        assert!(
            mean.abs() < 4.0 * error && mean.abs() < 0.02,
            "n = {n}: {mean} ± {error}"
        );
        assert!(
            inside >= 100,
            "n = {n}: {inside} of {samples} intervals hold 0"
        );
    }
}

#[test]
fn a_rotation_is_the_same_model() {
    let backend = any_cpu();
    let x = normal(3, 150, 8);
    // A Householder reflection.
    let v = &normal(4, 1, 8)[0];
    let size: f32 = v.iter().map(|v| v * v).sum();
    let mirrored: Rows = x
        .iter()
        .map(|row| {
            let along: f32 = row.iter().zip(v).map(|(x, v)| x * v).sum::<f32>() * 2.0 / size;
            row.iter().zip(v).map(|(x, v)| x - along * v).collect()
        })
        .collect();
    for (name, value, _) in alike(&x, &mirrored, 5, &*backend) {
        match &name[..] {
            // Its vectors stand elsewhere: each keeps what lies across the mirror.
            "row_cosine" => assert!((0.5..0.9).contains(&value), "{name}: {value}"),
            _ => close(value, 1.0, 1e-5, &name),
        }
    }
    let blurred = noisy(&x, 9, 0.5);
    for (name, value, _) in alike(&x, &blurred, 5, &*backend) {
        assert!((0.1..0.95).contains(&value), "{name}: {value}");
    }
}

/// Both similarities from their definitions, by whole Gram matrices.
#[test]
fn similarities_are_their_definitions() {
    let backend = any_cpu();
    let (n, k) = (60, 7);
    let x = normal(11, n, 6);
    let y = noisy(&x, 12, 0.8)
        .into_iter()
        .map(|row| row[..5].to_vec())
        .collect::<Rows>();
    let gram = |rows: &Rows| {
        let unit: Vec<Vec<f64>> = rows
            .iter()
            .map(|row| {
                let norm = row
                    .iter()
                    .map(|&v| f64::from(v).powi(2))
                    .sum::<f64>()
                    .sqrt();
                row.iter().map(|&v| f64::from(v) / norm).collect()
            })
            .collect();
        Array2::from_shape_fn((n, n), |(i, j)| {
            if i == j {
                0.0
            } else {
                unit[i].iter().zip(&unit[j]).map(|(a, b)| a * b).sum()
            }
        })
    };
    let (gx, gy) = (gram(&x), gram(&y));
    let m = n as f64;
    let hsic = |a: &Array2<f64>, b: &Array2<f64>| {
        let ones = |g: &Array2<f64>| g.sum();
        let product = a.dot(b);
        (product.diag().sum() + ones(a) * ones(b) / ((m - 1.0) * (m - 2.0))
            - 2.0 / (m - 2.0) * product.sum())
            / (m * (m - 3.0))
    };
    let cka = hsic(&gx, &gy) / (hsic(&gx, &gx) * hsic(&gy, &gy)).sqrt();
    let nearest = |g: &Array2<f64>, i: usize| {
        let mut others: Vec<usize> = (0..n).filter(|&j| j != i).collect();
        others.sort_by(|&a, &b| g[[i, b]].total_cmp(&g[[i, a]]));
        others.truncate(k);
        others
    };
    let share = |i| {
        let (a, b) = (nearest(&gx, i), nearest(&gy, i));
        a.iter().filter(|j| b.contains(j)).count() as f64 / k as f64
    };
    let overlap = (0..n).map(share).sum::<f64>() / m;
    let found = alike(&x, &y, k, &*backend);
    close(found[0].1, cka, 1e-9, "CKA");
    close(found[1].1, overlap, 1e-12, "overlap");
}

/// Every number of every prefix, on every kernel, is that of an audit of files that hold only these columns.
#[test]
fn prefixes_are_what_cut_files_give() {
    let (a, b) = (normal(21, 130, 37), normal(22, 110, 37));
    let pairs = random_pairs(23, 40, 130, Some(110));
    // The second is so sharp that its sums are made in f64; rounding of a cosine counts 1/tau times.
    for (tau, tolerance) in [(0.07, 4e-6), (0.01, 8e-5)] {
        let settings = Settings {
            taus: vec![tau, 0.5],
            ..settings()
        };
        prefixes_are_right(&settings, tolerance, (&a, &b, &pairs));
    }
}

fn prefixes_are_right(
    settings: &Settings,
    tolerance: f64,
    (a, b, pairs): (&Rows, &Rows, &[(usize, usize)]),
) {
    let cut =
        |rows: &Rows, dim: usize| rows.iter().map(|row| row[..dim].to_vec()).collect::<Rows>();
    for kernel in kernels() {
        let backend = cpu(2, kernel);
        let of = |dim| {
            inputs(
                embeddings(&cut(a, dim)),
                Some(embeddings(&cut(b, dim))),
                listed(pairs),
            )
        };
        let data = prepare(of(37), settings, &*backend, &NoWatch).expect("rows");
        let prefixes = data
            .run_prefixes(&[1, 8, 20, 64], &*backend, &NoWatch)
            .expect("prefixes");
        let dims: Vec<u64> = prefixes.iter().map(|audit| audit.subject.a.dim).collect();
        assert_eq!(dims, [1, 8, 20, 37]);
        for (audit, dim) in prefixes.iter().zip([1, 8, 20, 37]) {
            let direct = support::audit(of(dim), settings, &*backend);
            support::same_measures(audit, &direct, tolerance, &format!("{kernel} at {dim}"));
        }
    }
}

#[test]
fn what_is_wrong_with_a_prefix_is_told_with_the_whole() {
    // The first four columns hardly differ.
    let mut rows = normal(33, 80, 16);
    for row in &mut rows {
        row[..4].iter_mut().for_each(|v| *v = 3.0 + 0.01 * *v);
    }
    let (settings, backend) = (settings(), cpu(2, kernels()[0]));
    let data = inputs(embeddings(&rows), None, PositivesInput::None);
    let data = prepare(data, &settings, &*backend, &NoWatch).expect("rows");
    let audits = data
        .run_prefixes(&[4], &*backend, &NoWatch)
        .expect("prefixes");
    let collapsed = "Side a is close to collapse";
    let texts = |audit: &Audit| {
        audit
            .notes
            .iter()
            .map(|note| note.text.clone())
            .collect::<Vec<_>>()
    };
    let (part, whole) = (texts(&audits[0]), texts(&audits[1]));
    assert!(
        part.iter().any(|text| text.starts_with(collapsed)),
        "{part:?}"
    );
    let named = format!("First 4 columns: {collapsed}");
    assert!(
        whole.iter().any(|text| text.starts_with(&named)),
        "{whole:?}"
    );
    assert!(
        !whole.iter().any(|text| text.starts_with(collapsed)),
        "{whole:?}"
    );
}

#[test]
fn prefixes_have_the_same_bits_on_any_number_of_threads() {
    let rows = normal(31, 3000, 24);
    let settings = settings();
    let on = |threads| {
        let backend = cpu(threads, kernels()[0]);
        let data = inputs(embeddings(&rows), None, listed(&[(0, 1), (2, 3)]));
        let data = prepare(data, &settings, &*backend, &NoWatch).expect("rows");
        let audits = data
            .run_prefixes(&[8], &*backend, &NoWatch)
            .expect("prefixes");
        audits
            .into_iter()
            .map(|audit| (audit.measures, audit.pairing))
            .collect::<Vec<_>>()
    };
    let one = on(1);
    assert_eq!(one, on(2));
    assert_eq!(one, on(5));
}

#[test]
fn ids_give_the_same_pairing_wherever_rows_stand() {
    let backend = any_cpu();
    let rows = normal(41, 200, 6);
    let ids = |order: &[usize]| Names {
        name: "ids".to_owned(),
        values: order.iter().map(|row| format!("item {row}")).collect(),
    };
    let audit = |order: &[usize]| {
        let moved: Rows = order.iter().map(|&row| rows[row].clone()).collect();
        let data = prepared(&moved, &*backend)
            .identified(&ids(order))
            .expect("ids");
        data.run(&*backend, &NoWatch).expect("an audit")
    };
    let straight: Vec<usize> = (0..200).collect();
    let mixed: Vec<usize> = (0..200).map(|k| (k * 77) % 200).collect();
    let (one, other) = (audit(&straight), audit(&mixed));
    assert_eq!(paired(&one, &other), Ok(true));
    let (x, y) = (one.pairing.unwrap(), other.pairing.unwrap());
    assert_eq!(x.ids, y.ids);
    for (x, y) in x.left_out.iter().zip(&y.left_out) {
        for (x, y) in x.values.iter().zip(&y.values) {
            close(*x, *y, 1e-5, "a number without a group");
        }
    }
}

#[test]
fn slices_are_what_audits_of_their_rows_give() {
    let backend = any_cpu();
    let rows = normal(51, 160, 7);
    let pairs: Vec<(usize, usize)> = (0..80).map(|k| (k, 159 - k)).collect();
    // Rows 0 to 39 and 120 to 159 make one slice, pairs (k, 159 - k) with k < 40 lie in it.
    let outer: Vec<usize> = (0..40).chain(120..160).collect();
    let names = Names {
        name: "slices".to_owned(),
        values: (0..160)
            .map(|row| {
                if outer.contains(&row) {
                    "outer"
                } else {
                    "inner"
                }
                .to_owned()
            })
            .collect(),
    };
    let data = inputs(embeddings(&rows), None, listed(&pairs));
    let data = prepare(data, &settings(), &*backend, &NoWatch).expect("rows");
    let audit = data
        .run_with_slices(None, (&names, 50), &*backend, &NoWatch)
        .expect("an audit");
    let found: Vec<(&str, u64)> = audit.slices.iter().map(|s| (&s.name[..], s.rows)).collect();
    assert_eq!(found, [("inner", 80), ("outer", 80)]);
    let cut: Rows = outer.iter().map(|&row| rows[row].clone()).collect();
    let inside: Vec<(usize, usize)> = (0..40).map(|k| (k, 79 - k)).collect();
    let direct = inputs(embeddings(&cut), None, listed(&inside));
    let direct = support::audit(direct, &settings(), &*backend);
    assert_eq!(audit.slices[1].measures, direct.measures);
    let few = normal(52, 60, 3);
    let names = Names {
        name: "slices".to_owned(),
        values: (0..60).map(|row| format!("s{}", row / 40)).collect(),
    };
    let data = prepared(&few, &*backend);
    let audit = data
        .run_with_slices(None, (&names, 30), &*backend, &NoWatch)
        .expect("an audit");
    assert_eq!(audit.slices.len(), 1);
    let note = &audit.notes.last().expect("a note").text;
    assert!(
        note.contains("fewer than 30 rows") && note.contains("s1 (20)"),
        "{note}"
    );
}
