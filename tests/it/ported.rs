//! Thresholds of one model found again in another: against brute force in f64, and what must hold of them.

use spherecheck::audit::{
    Effort, Inputs, PositivesInput, Prepared, QueryChoice, SearchBy, Settings, States, ported,
    prepare, read,
};
use spherecheck::data::Labels;
use spherecheck::metric::{GroupedStatistic, MetricId};
use spherecheck::pass::NoWatch;
use spherecheck::result::{PortedThreshold, Side};

use crate::support::{Rows, any_cpu, close, embeddings, found, inputs, listed, noisy, normal};

/// Width of a bin of cosines.
const BIN: f64 = 2.0 / 65_536.0;

/// Two views of the same items, some of them twice, so that cosines are tied.
pub(crate) fn views(seed: u64, noise: f32) -> [Rows; 2] {
    let mut a = normal(seed, 150, 6);
    let mut b = noisy(&a, seed + 1, noise);
    for row in 0..30 {
        (a[120 + row], b[120 + row]) = (a[row].clone(), b[row].clone());
    }
    [a, b]
}

fn aligned([a, b]: &[Rows; 2]) -> Inputs {
    inputs(embeddings(a), Some(embeddings(b)), PositivesInput::Aligned)
}

fn walked(rows: &[Rows; 2], search_by: SearchBy) -> States {
    let settings = Settings {
        search: true,
        search_by,
        ..Settings::default()
    };
    walk(aligned(rows), &settings)
}

fn walk(data: Inputs, settings: &Settings) -> States {
    let backend = any_cpu();
    prepare(data, settings, &*backend, &NoWatch)
        .map(Prepared::for_thresholds)
        .and_then(|data| data.walk(&*backend, &NoWatch))
        .expect("a walk")
}

/// Positives, and all other pairs from the highest down: cosines, or inner products.
fn brute([a, b]: &[Rows; 2], search_by: SearchBy) -> (Vec<f64>, Vec<f64>) {
    brute_of([a, b], search_by, |i, j| Some(i == j))
}

/// The same of pairs of which `positive` says whether they are; none are neither.
fn brute_of(
    [a, b]: [&Rows; 2],
    search_by: SearchBy,
    positive: impl Fn(usize, usize) -> Option<bool>,
) -> (Vec<f64>, Vec<f64>) {
    let dot = |x: &[f32], y: &[f32]| -> f64 {
        let both = x.iter().zip(y);
        both.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
    };
    let like = |x: &[f32], y: &[f32]| match search_by {
        SearchBy::Cosine => dot(x, y) / (dot(x, x) * dot(y, y)).sqrt(),
        SearchBy::Dot => dot(x, y),
    };
    let (mut positives, mut negatives) = (Vec::new(), Vec::new());
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            match positive(i, j) {
                Some(true) => positives.push(like(x, y)),
                Some(false) => negatives.push(like(x, y)),
                None => {}
            }
        }
    }
    negatives.sort_by(|x, y| y.total_cmp(x));
    (positives, negatives)
}

fn port(base: &States, other: &States, thresholds: &[f64]) -> Vec<PortedThreshold> {
    let names = ("base".to_owned(), "candidate".to_owned());
    ported(base, other, (&names, true), thresholds)
}

fn reaching(values: &[f64], threshold: f64) -> f64 {
    values.iter().filter(|value| **value >= threshold).count() as f64
}

#[test]
fn thresholds_and_rates_are_those_of_brute_force() {
    let (old, new) = (views(1, 0.6), views(5, 0.9));
    for (search_by, thresholds) in [
        (SearchBy::Cosine, [-0.4, 0.0, 0.31, 0.62, 0.85]),
        (SearchBy::Dot, [-1.5, 0.0, 2.0, 5.0, 7.0]),
    ] {
        let (base, other) = (walked(&old, search_by), walked(&new, search_by));
        let ((positives, negatives), (theirs, others)) =
            (brute(&old, search_by), brute(&new, search_by));
        for of in port(&base, &other, &thresholds) {
            let all = negatives.len() as f64;
            assert_eq!(of.negatives, 150 * 149);
            let far = reaching(&negatives, of.threshold) / all;
            close(of.far.value, far, of.far.rounding + 1e-12, "FAR");
            close(of.accepted as f64, of.far.value * all, 1e-6, "accepted");
            close(
                of.tar.value,
                reaching(&positives, of.threshold) / 150.0,
                1e-12,
                "TAR",
            );
            let interval = of.far.interval.expect("an interval");
            assert!((interval.low..=interval.high).contains(&far), "{of:?}");
            // As many negatives in both models: the candidate's of the same rank.
            let found = of.candidate.expect("enough negatives");
            let expected = others[of.accepted as usize - 1];
            let (threshold, tar) = (found.threshold, found.tar);
            close(threshold.value, expected, threshold.rounding, "threshold");
            let kept = reaching(&theirs, expected) / 150.0;
            close(tar.value, kept, tar.rounding + 1e-12, "the candidate's TAR");
            assert!(threshold.se.is_some_and(|se| se > 0.0), "{of:?}");
        }
    }
}

#[test]
fn the_threshold_of_a_rate_becomes_the_candidates_of_that_rate() {
    let few = Effort::Amount {
        rounds: 1,
        full_rows: 0,
        squares: false,
    };
    for (queries, effort) in [
        (QueryChoice::All, Effort::Exact),
        (QueryChoice::Sample(90), Effort::Exact),
        (QueryChoice::Sample(90), few),
    ] {
        let settings = Settings {
            search: true,
            queries,
            effort,
            ..Settings::default()
        };
        let [base, other] =
            [views(1, 0.6), views(5, 0.9)].map(|rows| walk(aligned(&rows), &settings));
        let (one, two) = (read(&base), read(&other));
        for far in [1e-2, 1e-3] {
            let at = |audit, metric| found(audit, metric, Some(far), Side::Cross).value;
            let of = &port(&base, &other, &[at(&one, MetricId::Threshold)])[0];
            let candidate = of.candidate.expect("enough negatives");
            close(
                candidate.threshold.value,
                at(&two, MetricId::Threshold),
                1e-12,
                "threshold",
            );
            close(candidate.tar.value, at(&two, MetricId::Tar), 1e-12, "TAR");
        }
    }
}

#[test]
fn a_sample_of_queries_counts_their_pairs_and_is_right_on_average() {
    let (old, new) = (views(1, 0.6), views(5, 0.9));
    let settings = |seed| Settings {
        search: true,
        queries: QueryChoice::Sample(40),
        seed,
        ..Settings::default()
    };
    let samples: Vec<PortedThreshold> = (0..30)
        .map(|seed| {
            let [base, other] = [&old, &new].map(|rows| walk(aligned(rows), &settings(seed)));
            port(&base, &other, &[0.31]).remove(0)
        })
        .collect();
    let all = &port(
        &walked(&old, SearchBy::Cosine),
        &walked(&new, SearchBy::Cosine),
        &[0.31],
    )[0];
    let of = |of: &PortedThreshold| {
        let found = of.candidate.expect("enough negatives");
        [of.far, of.tar, found.threshold, found.tar]
    };
    for (k, what) in ["FAR", "TAR", "threshold", "the candidate's TAR"]
        .into_iter()
        .enumerate()
    {
        let values: Vec<f64> = samples.iter().map(|one| of(one)[k].value).collect();
        let mean = values.iter().sum::<f64>() / 30.0;
        let spread = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 29.0;
        close(mean, of(all)[k].value, 4.0 * (spread / 30.0).sqrt(), what);
        // A sample says less than all do.
        let errors = samples.iter().map(|one| of(one)[k].se.expect("an error"));
        let error = errors.sum::<f64>() / 30.0;
        assert!(error > of(all)[k].se.expect("an error"), "{what}: {error}");
    }
    assert!(samples.iter().all(|one| one.negatives == 40 * 149));
}

/// Which pairs are positives where rows come in other ways than two aligned views.
fn is_positive(what: &str, i: usize, j: usize) -> Option<bool> {
    match what {
        // One file, in which a label has three rows: pairs once.
        "labels" => (i < j).then_some(i / 3 == j / 3),
        _ => Some(i == j / 3),
    }
}

#[test]
fn views_of_two_sizes_and_labels_port_what_brute_force_finds() {
    for what in ["labels", "captions"] {
        let of = |seed: u64, noise: f32| {
            let items = normal(seed, 50, 6);
            let three = (0..150).map(|row| items[row / 3].clone()).collect();
            let rows = noisy(&three, seed + 1, noise);
            match what {
                "labels" => [rows.clone(), rows],
                _ => [items, rows],
            }
        };
        let data = |[a, b]: &[Rows; 2]| match what {
            "labels" => inputs(
                embeddings(a),
                None,
                PositivesInput::Labels(labels((0..150).map(|row| row / 3))),
            ),
            _ => {
                let pairs: Vec<(usize, usize)> = (0..150).map(|row| (row / 3, row)).collect();
                inputs(embeddings(a), Some(embeddings(b)), listed(&pairs))
            }
        };
        let settings = Settings {
            search: true,
            ..Settings::default()
        };
        let (old, new) = (of(1, 0.6), of(5, 0.9));
        let [base, other] = [&old, &new].map(|rows| walk(data(rows), &settings));
        let [one, two] = [&old, &new]
            .map(|[a, b]| brute_of([a, b], SearchBy::Cosine, |i, j| is_positive(what, i, j)));
        for ported in port(&base, &other, &[0.1, 0.45, 0.7]) {
            assert_eq!(ported.negatives, one.1.len() as u64, "{what}");
            let at = ported.threshold;
            let far = reaching(&one.1, at) / one.1.len() as f64;
            close(ported.far.value, far, ported.far.rounding + 1e-12, what);
            let tar = reaching(&one.0, at) / one.0.len() as f64;
            close(ported.tar.value, tar, 1e-12, what);
            let candidate = ported.candidate.expect("enough negatives");
            let expected = two.1[ported.accepted as usize - 1];
            let threshold = candidate.threshold;
            close(threshold.value, expected, threshold.rounding, what);
            let kept = reaching(&two.0, expected) / two.0.len() as f64;
            close(
                candidate.tar.value,
                kept,
                candidate.tar.rounding + 1e-12,
                what,
            );
        }
    }
}

fn labels(classes: impl Iterator<Item = u32>) -> Labels {
    Labels {
        name: "labels".to_owned(),
        classes: classes.collect(),
        values: Default::default(),
    }
}

#[test]
fn errors_leave_out_the_same_named_groups_of_both_models() {
    let settings = Settings {
        search: true,
        ..Settings::default()
    };
    // Of 7 to 48 rows.
    let group = |row: usize| (row * row / 2250) as u32;
    let (old, new) = (views(1, 0.6), views(5, 0.9));
    let [base, other] = [&old, &new].map(|rows| {
        let groups = Some(labels((0..150).map(group)));
        walk(
            Inputs {
                groups,
                ..aligned(rows)
            },
            &settings,
        )
    });
    let of = &port(&base, &other, &[0.31])[0];
    let candidate = of.candidate.expect("enough negatives");
    let numbers = |left: Option<u32>| {
        let [one, two] = [&old, &new].map(|[a, b]| {
            brute_of([a, b], SearchBy::Cosine, |i, j| {
                let out = [i, j].into_iter().any(|row| Some(group(row)) == left);
                // Other pairs of one group are neither.
                let told = i == j || group(i) != group(j);
                (told && !out).then_some(i == j)
            })
        });
        let count = one.1.len() as f64;
        let far = reaching(&one.1, 0.31) / count;
        let rank = ((count - 1.0) * far) as usize;
        let tar = |kept: &[f64], at| reaching(kept, at) / kept.len() as f64;
        [
            far,
            tar(&one.0, 0.31),
            two.1[rank],
            tar(&two.0, two.1[rank]),
        ]
    };
    let count = group(149) + 1;
    let size = |g| (0..150).filter(|row| group(*row) == g).count();
    let (whole, without): ([f64; 4], Vec<[f64; 4]>) = (
        numbers(None),
        (0..count).map(|g| numbers(Some(g))).collect(),
    );
    let readings = [of.far, of.tar, candidate.threshold, candidate.tar];
    for (k, reading) in readings.into_iter().enumerate() {
        close(reading.value, whole[k], reading.rounding + 1e-12, "number");
        let statistic = GroupedStatistic {
            value: whole[k],
            leave: without.iter().map(|left| left[k]).collect(),
            sizes: (0..count).map(size).collect(),
        };
        let expected = statistic.jackknife().expect("an error").se;
        // Bins move a threshold by 3e-5, and a rate by the pairs of one.
        let found = reading.se.expect("an error");
        close(found, expected, 0.02 * expected, "error");
    }
}

#[test]
fn a_model_keeps_its_own_threshold() {
    let rows = views(1, 0.6);
    let base = walked(&rows, SearchBy::Cosine);
    let (_, negatives) = brute(&rows, SearchBy::Cosine);
    for of in port(&base, &base, &[-0.7, 0.1, 0.33, 0.5, 0.7]) {
        let own = of.candidate.expect("enough negatives");
        // The lowest pair that it accepts, within a bin.
        let next = negatives.iter().rfind(|cosine| **cosine >= of.threshold);
        let next = next.expect("one above");
        let found = own.threshold.value;
        assert!((of.threshold - BIN..=next + BIN).contains(&found), "{of:?}");
        assert!(own.tar.value <= of.tar.value + own.tar.rounding, "{of:?}");
    }
}

#[test]
fn too_few_pairs_above_a_threshold_port_nothing() {
    let base = walked(&views(1, 0.6), SearchBy::Cosine);
    let of = &port(&base, &base, &[1.0])[0];
    assert!(of.accepted < 10 && of.candidate.is_none(), "{of:?}");
    let interval = of.far.interval.expect("an interval");
    assert!(interval.low <= of.far.value && of.far.value < interval.high);
}
