//! From rows and positives to the numbers of an audit.

use super::within;
use crate::audit::read::found::Frame;
use crate::audit::states::States;
use crate::audit::states::searched::Asked;
use crate::audit::{Inputs, PositivesInput, Prepared, Settings, prepare, read};
use crate::backend::{self, Backend};
use crate::data::{Embeddings, Labels, UnitRows};
use crate::kernel::{Exponents, Precision};
use crate::metric::MetricId;
use crate::pass::{CosineCounts, NoWatch, SearchState};
use crate::result::{Audit, Measure, Side};

fn cpu() -> Box<dyn Backend> {
    backend::cpu(Some(2), None).expect("a processor")
}

fn prepared(a: Embeddings, b: Option<Embeddings>, positives: PositivesInput) -> Prepared {
    let inputs = Inputs {
        name: a.name().to_owned(),
        a,
        b,
        positives,
        groups: None,
    };
    let settings = Settings {
        search: true,
        ..Settings::default()
    };
    prepare(inputs, &settings, &*cpu(), &NoWatch).expect("rows")
}

fn walked(data: &Prepared) -> States {
    data.walk(&*cpu(), &NoWatch).expect("states")
}

fn audited(data: &Prepared) -> Audit {
    read(&walked(data))
}

fn all_rows(rows: &UnitRows) -> Vec<Vec<f64>> {
    let row = |i| {
        let mut out = vec![0.0; rows.dim()];
        rows.row_f64(i, &mut out);
        out
    };
    (0..rows.rows()).map(row).collect()
}

#[track_caller]
fn found(audit: &Audit, label: &str, side: Side) -> Measure {
    let mut all = audit.measures.iter();
    let found = all.find(|m| m.label() == label && m.side == side);
    found
        .unwrap_or_else(|| panic!("no {label} on side {}", side.name()))
        .clone()
}

#[track_caller]
fn near(audit: &Audit, (label, side): (&str, Side), expected: f64, tolerance: f64) {
    let value = found(audit, label, side).value;
    assert!(
        (value - expected).abs() <= tolerance,
        "{label} of side {}: found {value}, expected {expected}",
        side.name()
    );
}

/// Noise from a hash, around 0.
fn noise(k: usize) -> f32 {
    let hash = (k as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let hash = (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((hash >> 40) as f64 / (1 << 24) as f64 - 0.5) as f32
}

/// Rows of noise around a point of their label.
fn clustered(rows: usize, labels: usize, dim: usize) -> Embeddings {
    let value = |(i, j): (usize, usize)| noise(i * dim + j) + noise((i % labels) * dim + j + 9_999);
    let array = ndarray::Array2::from_shape_fn((rows, dim), value);
    Embeddings::from_array("rows", array.view()).expect("rows")
}

fn labels(rows: usize, count: usize) -> PositivesInput {
    PositivesInput::Labels(Labels {
        name: "labels".to_owned(),
        classes: (0..rows).map(|row| (row % count) as u32).collect(),
        values: std::sync::Arc::new((0..count).map(|label| label.to_string()).collect()),
    })
}

#[test]
fn rows_of_a_label_are_sought_among_all_other_rows() {
    // Two others of a row's label, and 69.
    for (rows, count) in [(90, 30), (210, 3)] {
        let audit = audited(&prepared(
            clustered(rows, count, 8),
            None,
            labels(rows, count),
        ));
        let x = all_rows(&prepared(clustered(rows, count, 8), None, labels(rows, count)).a);
        let dot = |i: usize, j: usize| x[i].iter().zip(&x[j]).map(|(x, y)| x * y).sum::<f64>();
        let others_of_label = (rows / count - 1) as f64;
        let (mut recall, mut reciprocal, mut negatives, mut won) = (0.0, 0.0, 0.0, 0.0);
        let (mut positives, mut others) = (Vec::new(), Vec::new());
        for i in 0..rows {
            let mut order: Vec<usize> = (0..rows).filter(|&j| j != i).collect();
            order.sort_by(|&j, &k| dot(i, k).total_cmp(&dot(i, j)));
            let same = |j: usize| i % count == j % count;
            let met = order[..5].iter().filter(|&&j| same(j)).count();
            recall += met as f64 / others_of_label;
            let first = order.iter().position(|&j| same(j)).expect("others");
            reciprocal += 1.0 / (first as f64 + 1.0);
            for &j in order.iter().filter(|&&j| j > i) {
                let list = if same(j) { &mut positives } else { &mut others };
                list.push(dot(i, j));
            }
        }
        for p in &positives {
            won += others.iter().filter(|n| *n < p).count() as f64;
            negatives += others.len() as f64;
        }
        let n = rows as f64;
        near(&audit, ("recall{k=5}", Side::A), recall / n, 1e-12);
        near(&audit, ("mrr", Side::A), reciprocal / n, 1e-12);
        let auc = found(&audit, "auc", Side::A);
        // Positives were counted among all pairs and taken out again.
        let bound = auc.rounding.expect("a bound") + 1e-12;
        assert!((auc.value - won / negatives).abs() <= bound, "{auc:?}");
        assert!(bound < 1e-3, "{auc:?}");
        let best = found(&audit, "recall{k=1}", Side::A);
        let most = best.ideal.expect("one place");
        assert!((most - 1.0 / others_of_label).abs() < 1e-12, "{most}");
        let chance = best.collapsed.expect("chance");
        assert!(best.n == rows as u64 && (chance - 1.0 / (n - 1.0)).abs() < 1e-12);
    }
}

#[test]
fn many_positives_among_all_pairs_leave_the_thresholds_of_the_others() {
    let (rows, count) = (600, 6);
    let data = || prepared(clustered(rows, count, 8), None, labels(rows, count));
    let (audit, x) = (audited(&data()), all_rows(&data().a));
    let dot = |i: usize, j: usize| x[i].iter().zip(&x[j]).map(|(x, y)| x * y).sum::<f64>();
    let (mut positives, mut others) = (Vec::new(), Vec::new());
    for j in 0..rows {
        for i in 0..j {
            let of = if i % count == j % count {
                &mut positives
            } else {
                &mut others
            };
            of.push(dot(i, j));
        }
    }
    others.sort_by(f64::total_cmp);
    for far in [1e-2, 1e-3] {
        let label = |name: &str| format!("{name}{{far={far}}}");
        let place = ((others.len() - 1) as f64 * (1.0 - far)).ceil() as usize;
        let threshold = found(&audit, &label("threshold"), Side::A);
        let off = (threshold.value - others[place]).abs();
        assert!(
            off <= threshold.rounding.expect("a bound"),
            "{threshold:?}, {off}"
        );
        let tar = found(&audit, &label("tar"), Side::A);
        let above = positives.iter().filter(|p| **p >= others[place]).count();
        let off = (tar.value - above as f64 / positives.len() as f64).abs();
        assert!(
            off <= tar.rounding.expect("a bound") + 1e-9,
            "{tar:?}, {off}"
        );
    }
}

#[test]
fn a_collapsed_encoder_is_chance_in_every_number() {
    let alike = ndarray::Array2::from_elem((60, 4), 0.5_f32);
    let view = || Embeddings::from_array("alike", alike.view()).expect("rows");
    let audit = audited(&prepared(view(), Some(view()), PositivesInput::Aligned));
    near(&audit, ("recall{k=10}", Side::Mean), 10.0 / 60.0, 1e-12);
    near(&audit, ("hit_rate{k=1}", Side::A), 1.0 / 60.0, 1e-12);
    near(&audit, ("auc", Side::Cross), 0.5, 1e-12);
    near(&audit, ("eer", Side::Cross), 0.5, 1e-12);
    near(&audit, ("tar{far=0.01}", Side::Cross), 0.01, 1e-3);
    for label in ["recall{k=1}", "mrr", "ndcg{k=10}", "auc", "eer"] {
        let mut all = audit.measures.iter();
        let measure = all.find(|m| m.label() == label).expect("measured");
        let collapsed = measure.collapsed.expect("known");
        assert!((measure.value - collapsed).abs() < 1e-9, "{measure:?}");
    }
    assert!(audit.measures.iter().all(|m| m.metric != MetricId::DPrime));
    let tied = audit
        .notes
        .iter()
        .any(|note| note.text.contains("take them as tied"));
    assert!(tied, "{:?}", audit.notes);
}

#[test]
fn hubs_are_read_beside_those_of_uniform_rows_across_views_too() {
    // No clouds, no common direction: rows as good as uniform.
    let view = |from: usize| {
        let values = |(i, j): (usize, usize)| noise((from + i) * 16 + j);
        let array = ndarray::Array2::from_shape_fn((300, 16), values);
        Embeddings::from_array("rows", array.view()).expect("rows")
    };
    let (a, b) = (view(0), view(300));
    let audit = audited(&prepared(a, Some(b), PositivesInput::Aligned));
    for side in [Side::A, Side::B, Side::Cross] {
        for label in ["hubness_skewness{k=10}", "robin_hood{k=10}"] {
            let hubs = found(&audit, label, side);
            let (ideal, se) = (hubs.ideal.expect("known"), hubs.se.expect("an error"));
            assert!((hubs.value - ideal).abs() < 4.0 * se, "{hubs:?}");
        }
    }
}

#[test]
fn what_is_not_measured_is_said() {
    let said = |audit: &Audit, text: &str| audit.notes.iter().any(|n| n.text.contains(text));
    let absent = |audit: &Audit, metric| audit.measures.iter().all(|m| m.metric != metric);
    // 1,500 rows of one label.
    let audit = audited(&prepared(clustered(1500, 1, 8), None, labels(1500, 1)));
    assert!(
        said(&audit, "there are 1,124,250 positive pairs, and at most 64"),
        "{:?}",
        audit.notes
    );
    assert!(absent(&audit, MetricId::Recall) && absent(&audit, MetricId::Auc));
    assert!(!absent(&audit, MetricId::HubnessSkewness));
    let audit = audited(&prepared(clustered(40, 2, 8), None, PositivesInput::None));
    assert!(
        said(&audit, "Retrieval and thresholds need positives"),
        "{:?}",
        audit.notes
    );
    let data = prepared(clustered(9, 3, 8), None, labels(9, 3));
    let audit = audited(&data);
    assert!(said(&audit, "hubs are not measured"), "{:?}", audit.notes);
    assert!(absent(&audit, MetricId::Antihubs) && !absent(&audit, MetricId::Recall));
    // Of counts that nobody made there are no numbers.
    let mut states = walked(&data);
    for walked in &mut states.walked {
        walked.state.search = SearchState::default();
    }
    let audit = read(&states);
    assert!(said(&audit, "does not count them"), "{:?}", audit.notes);
    assert!(audit.measures.iter().all(|m| !m.metric.of_search()));
}

#[test]
fn pairs_that_decide_no_threshold_are_not_told_apart_and_move_no_number() {
    let rows = 1_100;
    let view = |seed: usize| {
        let value = |(i, j): (usize, usize)| noise(12 * i + j) + 0.3 * noise(seed + 12 * i + j);
        let array = ndarray::Array2::from_shape_fn((rows, 12), value);
        Embeddings::from_array("rows", array.view()).expect("rows")
    };
    let data = prepared(view(100_000), Some(view(200_000)), PositivesInput::Aligned);
    let states = walked(&data);
    let asked = &states.searched.as_ref().expect("searched").asked;
    let counted = |states: &States| {
        let searched = states.searched.as_ref().expect("searched");
        let of = searched.of_positives(&states.walked, true);
        of.expect("a side").cosines.clone()
    };
    let few = counted(&states);
    assert!(few.lowest == asked.lowest_bin && few.lowest > CosineCounts::BINS / 2);
    let pairs = (rows * (rows - 1)) as f64;
    assert_eq!(few.all.iter().sum::<u64>(), pairs as u64);
    let kept = few.all[1..].iter().sum::<u64>() as f64 / pairs;
    assert!((0.01..0.05).contains(&kept), "{kept}");

    // The same walk with all of them told apart.
    let mut all = states.clone();
    let whole = Asked {
        lowest_bin: 0,
        ..asked.clone()
    };
    let frame = Frame::new(&data.facts, data.facts.layouts(data.settings.seed));
    let exponents = Exponents::plan(&data.settings.coefficients());
    let how = (&exponents, Precision::F32);
    let found = data.all_pairs(&frame, how, (Some(&whole), None), &*cpu(), &NoWatch);
    all.walked = found.expect("a walk").0;
    assert_eq!(counted(&all).lowest, 0);
    let (few, all) = (read(&states), read(&all));
    let compared = few.measures.iter().zip(&all.measures);
    let compared = compared.filter(|(one, _)| one.metric.of_search());
    let mut seen = 0;
    for (one, other) in compared {
        seen += 1;
        if one.metric != MetricId::DPrime {
            assert_eq!(one, other);
            continue;
        }
        let (bound, se) = (
            other.rounding.expect("a bound"),
            other.se.expect("an error"),
        );
        assert!(
            (one.value - other.value).abs() <= bound,
            "{one:?} {other:?}"
        );
        assert!(
            (one.se.expect("an error") / se - 1.0).abs() < 1e-3,
            "{one:?} {other:?}"
        );
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn labels_become_ascending_pairs() {
    let pairs = within(&[vec![0, 3, 4], vec![1], vec![2, 5]]);
    assert_eq!(pairs, [(0, 3), (0, 4), (2, 5), (3, 4)]);
}
