//! Drift from a reference: its numbers beside those of numpy and of the definition, and what it refuses. The level of its
//! test stands with the test, in `src/drift/`.

use std::sync::atomic::{AtomicUsize, Ordering};

use spherecheck::audit::{
    Inputs, PositivesInput, PrecisionChoice, Prepared, Settings, States, prepare,
};
use spherecheck::backend::Backend;
use spherecheck::data::{Labels, RawPairs};
use spherecheck::drift::{Drift, DriftError, DriftTest, Reference, drift};
use spherecheck::input::open_embeddings;
use spherecheck::kernel::Precision;
use spherecheck::metric::MetricId;
use spherecheck::pass::{NoWatch, Watch};
use spherecheck::result::{Measure, Side};

use super::support::{Rows, any_cpu, audit, close, cone, cpu, embeddings, fixture, found, normal};

/// Groups of rows.
fn labels(classes: &[u32]) -> Labels {
    Labels {
        name: "groups".to_owned(),
        classes: classes.to_vec(),
        values: Default::default(),
    }
}

fn prepared(rows: &Rows, groups: Option<&[u32]>, ts: &[f64], backend: &dyn Backend) -> Prepared {
    let inputs = Inputs {
        name: "new".to_owned(),
        a: embeddings(rows),
        b: None,
        positives: PositivesInput::None,
        groups: groups.map(labels),
    };
    let settings = Settings {
        ts: ts.to_vec(),
        ..Settings::default()
    };
    prepare(inputs, &settings, backend, &NoWatch).unwrap()
}

type Set<'a> = (&'a Rows, Option<&'a [u32]>);

fn measured(
    (old, old_groups): Set<'_>,
    (new, groups): Set<'_>,
    ts: &[f64],
    deals: usize,
    backend: &dyn Backend,
) -> Result<Drift, DriftError> {
    let reference = Reference {
        embeddings: embeddings(old),
        groups: old_groups.map(labels),
    };
    let new = prepared(new, groups, ts, backend);
    drift(reference, &new, deals, backend, &NoWatch)
}

#[track_caller]
fn of(drift: &Drift, metric: MetricId, t: Option<f64>) -> &Measure {
    let wanted = |m: &&Measure| m.metric == metric && m.params.get("t").copied() == t;
    let found = drift.measures.iter().find(wanted);
    found.unwrap_or_else(|| panic!("no {metric:?} {t:?}"))
}

fn p(drift: &Drift) -> f64 {
    of(drift, MetricId::DriftP, None).value
}

/// The discrepancy by its definition, pair by pair in f64, without the rows of some groups of each set.
fn by_hand(x: Set<'_>, y: Set<'_>, t: f64, left_out: [Option<u32>; 2]) -> f64 {
    let unit = |row: &[f32]| -> Vec<f64> {
        let norm = row
            .iter()
            .map(|v| f64::from(*v).powi(2))
            .sum::<f64>()
            .sqrt();
        row.iter().map(|v| f64::from(*v) / norm).collect()
    };
    let set = |(rows, groups): Set<'_>, without: Option<u32>| -> Vec<(Vec<f64>, u32)> {
        let group = |row: usize| groups.map_or(row as u32, |groups| groups[row]);
        let all = rows
            .iter()
            .enumerate()
            .map(|(k, row)| (unit(row), group(k)));
        all.filter(|(_, group)| Some(*group) != without).collect()
    };
    let kernel = |x: &[f64], y: &[f64]| {
        let square: f64 = x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum();
        (-t * square).exp()
    };
    let (x, y) = (set(x, left_out[0]), set(y, left_out[1]));
    let mean = |a: &[(Vec<f64>, u32)], b: &[(Vec<f64>, u32)], within: bool| {
        let pairs = a.iter().flat_map(|a| b.iter().map(move |b| (a, b)));
        let values: Vec<f64> = pairs
            .filter(|(a, b)| !within || a.1 != b.1)
            .map(|(a, b)| kernel(&a.0, &b.0))
            .collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    mean(&x, &x, true) + mean(&y, &y, true) - 2.0 * mean(&x, &y, false)
}

#[test]
fn real_embeddings_have_the_discrepancy_that_numpy_gives() {
    let backend = any_cpu();
    let open = |name: &str| {
        let file = fixture(&format!("real/minilm_{name}.npy"));
        open_embeddings(&file, None).unwrap()
    };
    // numpy, f64, over all pairs: U-statistics within, the mean between.
    let cases = [
        (
            "mean_b",
            [
                -0.001_251_045_334_2,
                -0.001_405_904_429_6,
                -0.001_042_157_808_9,
            ],
        ),
        (
            "cls_a",
            [
                0.407_014_794_307_5,
                0.261_577_488_139_9,
                0.038_000_834_177_1,
            ],
        ),
    ];
    for (name, expected) in cases {
        let settings = Settings {
            ts: vec![1.0, 2.0, 5.0],
            ..Settings::default()
        };
        let inputs = Inputs {
            name: "new".to_owned(),
            a: open(name),
            b: None,
            positives: PositivesInput::None,
            groups: None,
        };
        let new = prepare(inputs, &settings, &*backend, &NoWatch).unwrap();
        let reference = Reference {
            embeddings: open("mean_a"),
            groups: None,
        };
        let drift = drift(reference, &new, 19, &*backend, &NoWatch).unwrap();
        for (t, expected) in settings.ts.iter().zip(expected) {
            let found = of(&drift, MetricId::DriftMmd, Some(*t));
            close(found.value, expected, 2e-7, &format!("{name}, t = {t}"));
            assert_eq!(found.n, 2 * 499_500 + 1_000_000);
        }
        // numpy: the distance of the unit rows of both, covariances with 1 / (n - 1).
        let distance = match name {
            "mean_b" => 0.016_839_647_08,
            _ => 0.910_117_660_9,
        };
        let found = of(&drift, MetricId::DriftFrechet, None);
        close(found.value, distance, 1e-9, name);
        assert_eq!((found.se, found.interval), (None, None));
        let (told, area) = (p(&drift), of(&drift, MetricId::DriftAuc, None).value);
        match name {
            "cls_a" => assert!(told == 0.05 && area > 0.99, "{told}, {area}"),
            // The same verses by the same model: nearer than two draws, as every row has its partner.
            _ => assert!(told == 1.0, "{told}"),
        }
    }
}

#[test]
fn three_uniformities_make_the_discrepancy() {
    // Of two views the audit's uniformity across leaves each row's own pair out.
    let backend = any_cpu();
    let open = |name: &str| open_embeddings(&fixture(&format!("real/{name}.npy")), None).unwrap();
    let inputs = Inputs {
        name: "views".to_owned(),
        a: open("minilm_mean_a"),
        b: Some(open("minilm_mean_b")),
        positives: PositivesInput::Aligned,
        groups: None,
    };
    let audit = audit(inputs, &Settings::default(), &*backend);
    let mean = |side| {
        found(&audit, MetricId::Uniformity, Some(2.0), side)
            .value
            .exp()
    };
    let without_partners = mean(Side::A) + mean(Side::B) - 2.0 * mean(Side::Cross);
    close(without_partners, -3.5e-6, 1e-7, "without partners");
}

#[test]
fn values_and_errors_are_those_of_the_definition() {
    let backend = any_cpu();
    // Rows that come twice, near 0 and far from it, groups of sizes 1 to 9.
    let mut old = cone(1, 60, 5);
    let mut new = normal(2, 45, 5);
    old[7] = old[3].clone();
    new[11] = old[3].clone();
    new[12] = new[11].clone();
    let sizes = |count: u32| -> Vec<u32> { (0..count).map(|row| (row * row) % 17).collect() };
    let (old_groups, new_groups) = (sizes(60), sizes(45));
    for grouped in [false, true] {
        let x = (&old, grouped.then_some(&old_groups[..]));
        let y = (&new, grouped.then_some(&new_groups[..]));
        let ts = [0.5, 2.0, 9.0];
        let drift = measured(x, y, &ts, 19, &*backend).unwrap();
        assert_eq!(drift.card.shared_pairs, 4, "rows 3 and 7 with 11 and 12");
        for t in ts {
            let found = of(&drift, MetricId::DriftMmd, Some(t));
            let whole = by_hand(x, y, t, [None, None]);
            close(
                found.value,
                whole,
                1e-7,
                &format!("t = {t}, grouped {grouped}"),
            );
            let error = |side: usize, (rows, groups): Set<'_>| {
                let all = groups.map_or((0..rows.len() as u32).collect(), <[u32]>::to_vec);
                let mut units = all.clone();
                units.sort_unstable();
                units.dedup();
                let moved = units.iter().map(|&unit| {
                    let mut left_out = [None, None];
                    left_out[side] = Some(unit);
                    (by_hand(x, y, t, left_out) - whole).powi(2)
                });
                let count = units.len() as f64;
                moved.sum::<f64>() * (count - 1.0) / count
            };
            let se = (error(0, x) + error(1, y)).sqrt();
            close(found.se.unwrap(), se, 1e-6, &format!("error at t = {t}"));
            let interval = found.interval.unwrap();
            assert!(interval.low < found.value && found.value < interval.high);
        }
    }
}

#[test]
fn drift_is_found_and_threads_change_no_bit() {
    let (old, new) = (normal(1, 400, 8), cone(2, 300, 8));
    let run = |threads| {
        let backend = cpu(threads, "portable");
        let mut drift = measured((&old, None), (&new, None), &[2.0], 99, &*backend).unwrap();
        drift.card.seconds = 0.0;
        drift
    };
    let drift = run(1);
    assert_eq!(drift, run(3));
    assert_eq!(p(&drift), 0.01, "1 / (1 + 99)");
    let area = of(&drift, MetricId::DriftAuc, None);
    let interval = area.interval.unwrap();
    assert!(interval.low > 0.8 && area.value < 1.0, "{area:?}");
    assert_eq!(drift.card.permuted, [400, 300]);
    assert!(drift.notes.is_empty(), "{:?}", drift.notes);
}

/// Counts walks within one set.
#[derive(Default)]
struct Walks(AtomicUsize);

impl Watch for Walks {
    fn phase(&self, name: &str, _: u64) {
        if name == "all pairs of one set" {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[test]
fn pairs_that_the_audit_has_walked_are_not_walked_again() {
    let backend = any_cpu();
    let (old, new) = (cone(1, 60, 5), normal(2, 45, 5));
    let (of_old, of_new): (Vec<u32>, Vec<u32>) = (
        (0..60).map(|row| row % 9).collect(),
        (0..45).map(|row| (row * row) % 11).collect(),
    );
    let ts = [0.5, 2.0];
    let run = |new: &Prepared, of_old: Option<&[u32]>, states: Option<&States>| {
        let reference = Reference {
            embeddings: embeddings(&old),
            groups: of_old.map(labels),
        };
        let walks = Walks::default();
        let test = DriftTest::new(reference, new, 19, &*backend, &walks).unwrap();
        let drift = test.run(states, &*backend, &walks).unwrap();
        (drift, walks.0.into_inner())
    };
    for grouped in [false, true] {
        let of_old = grouped.then_some(&of_old[..]);
        let new = prepared(&new, grouped.then_some(&of_new[..]), &ts, &*backend);
        let states = new.walk(&*backend, &NoWatch).unwrap();
        let (twice, both) = run(&new, of_old, None);
        let (once, one) = run(&new, of_old, Some(&states));
        assert_eq!((both, one), (2, 1), "grouped {grouped}");
        for (once, twice) in once.measures.iter().zip(&twice.measures) {
            let what = format!("{:?}, grouped {grouped}", once.metric);
            assert_eq!(once.metric, twice.metric);
            // Rows stand in another order, and f32 sums of tiles in others.
            close(once.value, twice.value, 1e-7, &what);
            close(once.se.unwrap_or(0.0), twice.se.unwrap_or(0.0), 1e-7, &what);
        }
    }
    // The audit leaves pairs of rows that listed pairs join out; drift, whose rows are draws of their own, counts them.
    let inputs = Inputs {
        name: "new".to_owned(),
        a: embeddings(&new),
        b: None,
        positives: PositivesInput::Pairs(RawPairs::new("pairs", vec![[0, 1], [2, 3]])),
        groups: None,
    };
    let joined = prepare(inputs, &Settings::default(), &*backend, &NoWatch).unwrap();
    let states = joined.walk(&*backend, &NoWatch).unwrap();
    assert_eq!(run(&joined, None, Some(&states)).1, 2);
    // Sums in fewer bits are not used either; not every kernel makes them.
    if !backend.precisions().contains(&Precision::Bf16) {
        return;
    }
    let rounded = Settings {
        precision: PrecisionChoice::Only(Precision::Bf16),
        ..Settings::default()
    };
    let inputs = Inputs {
        name: "new".to_owned(),
        a: embeddings(&new),
        b: None,
        positives: PositivesInput::None,
        groups: None,
    };
    let rounded = prepare(inputs, &rounded, &*backend, &NoWatch).unwrap();
    let states = rounded.walk(&*backend, &NoWatch).unwrap();
    assert_eq!(run(&rounded, None, Some(&states)).1, 2);
}

#[test]
fn what_cannot_be_held_against_each_other_is_refused() {
    let backend = any_cpu();
    let (old, new, wide) = (normal(1, 20, 3), normal(2, 10, 3), normal(3, 10, 4));
    let groups: Vec<u32> = (0..20).map(|row| row / 4).collect();
    let said = |x: Set<'_>, y: Set<'_>, deals: usize| match measured(x, y, &[2.0], deals, &*backend)
    {
        Ok(drift) => panic!("{drift:?}"),
        Err(error) => error.to_string(),
    };
    let cases = [
        (
            said((&old, None), (&wide, None), 9),
            "20 x 3 but rows is 10 x 4",
        ),
        (
            said((&old, Some(&groups[..])), (&new, None), 9),
            "give --groups",
        ),
        (
            said((&old, None), (&new, Some(&groups[..10])), 9),
            "--drift-groups",
        ),
        (
            said((&old, Some(&groups[..9])), (&new, Some(&groups[..10])), 9),
            "groups",
        ),
        (
            said((&old, Some(&[0; 20][..])), (&new, Some(&groups[..10])), 9),
            "at least 3",
        ),
        (
            said((&old, None), (&new, None), 0),
            "from 1 to 9,999, found 0",
        ),
    ];
    for (said, expected) in cases {
        assert!(said.contains(expected), "{said}");
    }
    // Two rows have no error, and too few to train on; the value is there.
    let two = normal(4, 2, 3);
    let drift = measured((&old, None), (&two, None), &[2.0], 9, &*backend).unwrap();
    assert_eq!(of(&drift, MetricId::DriftMmd, Some(2.0)).se, None);
    assert!(drift.card.classifier.is_none() && drift.measures.len() == 3);
    assert!(drift.notes[0].text.contains("drift_auc is absent"));
}
