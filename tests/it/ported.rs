//! Thresholds of one model found again in another: against brute force in f64, and what must hold of them.

use spherecheck::audit::{
    PositivesInput, Prepared, SearchBy, Settings, States, ported, prepare, read,
};
use spherecheck::metric::MetricId;
use spherecheck::pass::NoWatch;
use spherecheck::result::{PortedThreshold, Side};

use crate::cli::desk::Desk;
use crate::support::{Rows, any_cpu, close, embeddings, found, inputs, noisy, normal};

/// Width of a bin of cosines.
const BIN: f64 = 2.0 / 65_536.0;

/// Two views of the same items, some of them twice, so that cosines are tied.
fn views(seed: u64, noise: f32) -> [Rows; 2] {
    let mut a = normal(seed, 150, 6);
    let mut b = noisy(&a, seed + 1, noise);
    for row in 0..30 {
        (a[120 + row], b[120 + row]) = (a[row].clone(), b[row].clone());
    }
    [a, b]
}

fn walked([a, b]: &[Rows; 2], search_by: SearchBy) -> States {
    let settings = Settings {
        search: true,
        search_by,
        ..Settings::default()
    };
    let data = inputs(embeddings(a), Some(embeddings(b)), PositivesInput::Aligned);
    let backend = any_cpu();
    prepare(data, &settings, &*backend, &NoWatch)
        .map(Prepared::for_thresholds)
        .and_then(|data| data.walk(&*backend, &NoWatch))
        .expect("a walk")
}

/// Positives, and all other pairs from the highest down: cosines, or inner products.
fn brute([a, b]: &[Rows; 2], search_by: SearchBy) -> (Vec<f64>, Vec<f64>) {
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
            let to = if i == j {
                &mut positives
            } else {
                &mut negatives
            };
            to.push(like(x, y));
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
    let (base, other) = (
        walked(&views(1, 0.6), SearchBy::Cosine),
        walked(&views(5, 0.9), SearchBy::Cosine),
    );
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

#[test]
fn compare_prints_what_thresholds_become() {
    let desk = Desk::new();
    for (name, [a, b]) in [("old", views(1, 0.6)), ("new", views(5, 0.9))] {
        desk.rows(&format!("{name}_a.npy"), &a);
        desk.rows(&format!("{name}_b.npy"), &b);
    }
    let models = "compare old_a.npy new_a.npy --second-view old_b.npy --second-view new_b.npy";
    let asked = format!("{models} --threshold 0.62,-0.1 --threshold 1");
    let found = desk.json(&asked);
    let all = found["thresholds"].as_array().expect("thresholds");
    let given: Vec<f64> = all
        .iter()
        .filter_map(|of| of["threshold"].as_f64())
        .collect();
    assert_eq!(given, [0.62, -0.1, 1.0]);
    assert_eq!(all[0]["between"][1], found["models"][1]["name"]);
    assert!(all[0]["candidate"]["threshold"]["interval"]["low"].is_f64());
    assert!(all[2].get("candidate").is_none(), "{}", all[2]);
    let shown = desk.run(&asked).code(0);
    let text = String::from_utf8_lossy(&shown.get_output().stdout).into_owned();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("thresholds at the same false accept rate"),
        "{text}"
    );
    assert!(text.contains("needs 10 or more in both"), "{text}");
    let lines = desk.run(&format!("{asked} --format csv")).code(0);
    let lines = String::from_utf8_lossy(&lines.get_output().stdout).into_owned();
    assert!(lines.contains("threshold,base_threshold=0.62"), "{lines}");
    // Without positives nothing is accepted or kept.
    let alone = desk.json("compare a.npy b.npy --threshold 0.5");
    assert!(
        alone["notes"]
            .to_string()
            .contains("--threshold needs positives"),
        "{alone}"
    );
}

#[test]
fn thresholds_that_cannot_be_are_refused() {
    let desk = Desk::new();
    let models = "compare a.npy b.npy --pairs pairs.npy";
    desk.refused(
        &format!("{models} --threshold nan"),
        "expected a finite number",
    );
    desk.refused(
        &format!("{models} --threshold 1.5"),
        "expected cosines from -1 to 1, found 1.5",
    );
    desk.run(&format!(
        "{models} --threshold 1.5 --similarity dot --quiet"
    ))
    .code(0);
    desk.refused(
        &format!("{models} --threshold 0.5 --dims 2"),
        "--threshold goes with whole rows",
    );
    desk.saved("audit b.npy --pairs pairs.npy --format json", "b.json");
    desk.refused(
        "compare a.npy b.json --pairs pairs.npy --threshold 0.5",
        "--threshold needs the embeddings",
    );
}
