//! The same input gives the same bits on any number of threads.

use spherecheck::audit::{Inputs, PositivesInput, Settings};
use spherecheck::data::Labels;
use spherecheck::result::Audit;

use super::support::{audit, cone, cpu, embeddings, inputs, kernels, listed, noisy, random_pairs};

fn settings() -> Settings {
    Settings {
        ts: vec![0.5, 2.0, 50.0],
        taus: vec![0.005, 0.07, 0.5],
        histograms: true,
        verify: Some(50),
        ..Settings::default()
    }
}

/// Every number of an audit as bits, and all the counts.
fn bits(audit: &Audit) -> (Vec<u64>, String) {
    let numbers = audit
        .measures
        .iter()
        .flat_map(|m| [m.value.to_bits(), m.se.map_or(u64::MAX, f64::to_bits), m.n])
        .chain(
            audit
                .verification
                .iter()
                .map(|v| v.largest_difference.to_bits()),
        )
        .collect();
    let rest = (&audit.distributions, &audit.notes, &audit.verification);
    (numbers, serde_json::to_string(&rest).unwrap())
}

fn same_on_any_number_of_threads(what: &str, data: impl Fn() -> Inputs) {
    for kernel in kernels() {
        let run = |threads| bits(&audit(data(), &settings(), &*cpu(threads, kernel)));
        let one = run(1);
        assert!(one.0.len() > 20, "{what}: nothing was measured");
        for threads in [2, 7] {
            assert!(
                run(threads) == one,
                "{what}: {threads} threads, {kernel} kernel"
            );
        }
    }
}

#[test]
pub(crate) fn threads_change_no_bit_of_one_view_with_pairs() {
    let rows = cone(1, 1003, 24);
    let pairs = random_pairs(2, 9000, rows.len(), None);
    let data = || inputs(embeddings(&rows), None, listed(&pairs));
    same_on_any_number_of_threads("pairs", data);
}

#[test]
pub(crate) fn threads_change_no_bit_of_one_view_with_labels() {
    let rows = cone(3, 700, 17);
    let labels = Labels {
        name: "labels".to_owned(),
        classes: (0..700).map(|i| i * i % 5).collect(),
        values: Default::default(),
    };
    let data = || {
        inputs(
            embeddings(&rows),
            None,
            PositivesInput::Labels(labels.clone()),
        )
    };
    same_on_any_number_of_threads("labels", data);
}

#[test]
fn threads_change_no_bit_of_two_aligned_views() {
    let a = cone(4, 611, 2);
    let b = noisy(&a, 5, 0.3);
    let data = || {
        inputs(
            embeddings(&a),
            Some(embeddings(&b)),
            PositivesInput::Aligned,
        )
    };
    same_on_any_number_of_threads("aligned", data);
}

#[test]
fn threads_change_no_bit_of_two_views_with_pairs() {
    let (a, b) = (cone(6, 400, 33), cone(7, 913, 33));
    let pairs = random_pairs(8, 500, a.len(), Some(b.len()));
    let data = || inputs(embeddings(&a), Some(embeddings(&b)), listed(&pairs));
    same_on_any_number_of_threads("two views", data);
}
