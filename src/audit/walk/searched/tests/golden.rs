//! Two real encoders, of which one is broken: what peers find, and what a comparison says.

use std::path::Path;

use super::{audited, found, near, prepared};
use crate::audit::{PositivesInput, Prepared};
use crate::input::open_embeddings;
use crate::result::{Change, Difference, Side, compare};

fn fixture(encoder: &str) -> Prepared {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/real");
    let view = |side: &str| {
        let path = folder.join(format!("minilm_{encoder}_{side}.npy"));
        open_embeddings(&path, None).expect("a fixture")
    };
    prepared(view("a"), Some(view("b")), PositivesInput::Aligned)
}

/// Label, side, mean pooling, CLS, tolerance: numpy, scipy and kiez in f64.
const GOLDEN: [(&str, Side, f64, f64, f64); 25] = [
    ("recall{k=1}", Side::A, 1.0, 0.981, 1e-12),
    ("recall{k=5}", Side::A, 1.0, 1.0, 1e-12),
    ("recall{k=10}", Side::A, 1.0, 1.0, 1e-12),
    ("hit_rate{k=1}", Side::A, 1.0, 0.981, 1e-12),
    ("r_precision", Side::A, 1.0, 0.981, 1e-12),
    ("mrr{k=10}", Side::A, 1.0, 0.9897, 5e-5),
    ("mrr", Side::A, 1.0, 0.9897, 5e-5),
    ("ndcg{k=10}", Side::A, 1.0, 0.992_350_799_1, 1e-9),
    ("auc", Side::Cross, 0.999_999_842_8, 0.999_910_324_3, 2e-7),
    ("d_prime", Side::Cross, 7.625_358_934, 5.377_104_299, 1e-5),
    ("tar{far=0.01}", Side::Cross, 1.0, 1.0, 1e-12),
    ("tar{far=0.001}", Side::Cross, 1.0, 0.988, 1e-3),
    ("tar{far=0.0001}", Side::Cross, 1.0, 0.892, 1e-3),
    (
        "threshold{far=0.01}",
        Side::Cross,
        0.586_034_488_1,
        0.787_337_506_7,
        4e-5,
    ),
    (
        "threshold{far=0.001}",
        Side::Cross,
        0.696_410_368_4,
        0.830_621_187_5,
        4e-5,
    ),
    (
        "threshold{far=0.0001}",
        Side::Cross,
        0.800_368_881_5,
        0.865_300_814_4,
        4e-5,
    ),
    (
        "hubness_skewness{k=10}",
        Side::A,
        1.627_880_253,
        4.598_769_31,
        1e-6,
    ),
    ("robin_hood{k=10}", Side::A, 0.2935, 0.3869, 1e-12),
    ("antihubs{k=10}", Side::A, 0.043, 0.062, 1e-12),
    ("hub_share{k=10}", Side::A, 0.2866, 0.4222, 1e-12),
    ("max_occurrence{k=10}", Side::A, 56.0, 149.0, 0.0),
    (
        "modality_gap",
        Side::Cross,
        0.010_940_247_05,
        0.013_831_436_03,
        1e-8,
    ),
    ("recall{k=1}", Side::B, 1.0, 0.978, 1e-12),
    ("recall{k=1}", Side::Mean, 1.0, 0.9795, 1e-12),
    ("space_cosine", Side::Cross, 1.0, 1.0, 1e-3),
];

#[test]
fn fixtures_have_the_numbers_of_peers_and_cls_is_called_worse() {
    let audits = ["mean", "cls"].map(|encoder| audited(&fixture(encoder)));
    for (label, side, mean, cls, tolerance) in GOLDEN {
        near(&audits[0], (label, side), mean, tolerance);
        near(&audits[1], (label, side), cls, tolerance);
    }
    // 999,000 negatives are too few for 1e-5, and that is said.
    let said = audits[0]
        .notes
        .iter()
        .any(|note| note.text.contains("far=0.00001"));
    assert!(
        said && audits[0]
            .measures
            .iter()
            .all(|m| m.params.get("far") != Some(&1e-5))
    );
    for measure in audits[0].measures.iter().filter(|m| m.metric.of_search()) {
        let what = format!("{} of side {}", measure.label(), measure.side.name());
        assert!(
            measure
                .se
                .is_some_and(|se| se > 0.0 || !measure.metric.is_share()),
            "{what}"
        );
        let interval = measure
            .interval
            .unwrap_or_else(|| panic!("no interval of {what}"));
        assert!(
            interval.low <= measure.value && measure.value <= interval.high,
            "{what}"
        );
        if measure.metric.is_share() {
            assert!(interval.low >= 0.0 && interval.high <= 1.0, "{what}");
        }
        let [base, other] = [&audits[0], &audits[1]].map(Into::into);
        let difference = Difference::between(base, other, measure, true).expect("both have it");
        assert!(difference.paired && difference.se.is_some(), "{what}");
    }
    let compared = compare(&audits, Vec::new(), 0.95).expect("the same rows");
    let verdict = |label: &str, side: Side| {
        let like = found(&audits[0], label, side);
        let mut lines = compared.lines.iter();
        let line =
            lines.find(|l| l.metric == like.metric && l.params == like.params && l.side == side);
        let cell = line
            .and_then(|line| line.cells[1].as_ref())
            .expect("a cell");
        cell.against.as_ref().expect("a comparison").verdict
    };
    for (label, side) in [
        ("recall{k=1}", Side::Mean),
        ("tar{far=0.0001}", Side::Cross),
        ("hubness_skewness{k=10}", Side::A),
        ("robin_hood{k=10}", Side::A),
    ] {
        assert_eq!(verdict(label, side), Change::Worse, "{label}");
    }
    assert_eq!(verdict("recall{k=10}", Side::A), Change::Same);
    let ported = "0.6964 -> far=0.001 -> 0.8306";
    assert!(compared.notes.iter().any(|note| note.text.contains(ported)));
}
