//! Intervals beside the numbers: their level, what `--groups` leaves out, and what repeated rows change.

use crate::support::exact::{Exact, distances};
use crate::support::{
    self, Rows, any_cpu, audit, audit_rows, close, cone, embeddings, found, inputs, noisy, normal,
};
use spherecheck::audit::{AuditError, Inputs, PositivesInput, Settings, prepare};
use spherecheck::data::{DataError, Labels};
use spherecheck::estimate::leave_items_out;
use spherecheck::metric::MetricId::{
    Alignment, ContrastiveUniformTerm, DuplicateRows, GroupCosine, MeanCosine, Uniformity,
    UniformityZ,
};
use spherecheck::metric::PairTable;
use spherecheck::num::to_error;
use spherecheck::pass::{Layout, NoWatch};
use spherecheck::result::Side;
use spherecheck::theory::{student_quantile, uniformity_null_sd, uniformity_of_uniform};

const T: f64 = 2.0;
const COEFFICIENTS: [f64; 1] = [2.0 * T];

fn grouped(a: &Rows, b: Option<&Rows>, given: &[u32]) -> Inputs {
    let positives = if b.is_some() {
        PositivesInput::Aligned
    } else {
        PositivesInput::None
    };
    Inputs {
        groups: Some(Labels {
            name: "groups".to_owned(),
            classes: given.to_vec(),
            values: Default::default(),
        }),
        ..inputs(embeddings(a), b.map(embeddings), positives)
    }
}

/// A mean over pairs of rows of different items, in f64: its value, without each item, and by jackknife groups.
struct Between {
    value: f64,
    leave: Vec<f64>,
    table: PairTable,
}

fn between(a: &Rows, b: &Rows, item: &[u32], group: &[u32], f: impl Fn(f64) -> f64) -> Between {
    let (n, items) = (a.len(), item.iter().max().unwrap() + 1);
    let groups = group.iter().max().unwrap() + 1;
    let zeros = || vec![vec![0.0; groups as usize]; groups as usize];
    let mut table = PairTable {
        sums: zeros(),
        counts: zeros(),
    };
    let mut pairs = Vec::new();
    for (i, j) in (0..n * n).map(|k| (k / n, k % n)) {
        if item[i] != item[j] {
            let distance = distances(a, b, &[(i, j)])[0];
            let value = f(1.0 - distance * distance / 2.0);
            pairs.push((item[i], item[j], value));
            table.sums[group[i] as usize][group[j] as usize] += value;
            table.counts[group[i] as usize][group[j] as usize] += 1.0;
        }
    }
    let mean = |without: Option<u32>| {
        let kept = pairs
            .iter()
            .filter(|(i, j, _)| Some(*i) != without && Some(*j) != without);
        let values: Vec<f64> = kept.map(|(.., value)| *value).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    Between {
        value: mean(None),
        leave: (0..items).map(|item| mean(Some(item))).collect(),
        table,
    }
}

/// Share of the pairs of rows of different items that is left without each item.
fn left_without(item: &[u32]) -> Vec<f64> {
    let items = item.iter().max().unwrap() + 1;
    let pairs = |without: Option<u32>| {
        let kept: Vec<u32> = item
            .iter()
            .copied()
            .filter(|&of| Some(of) != without)
            .collect();
        let others = |of: &u32| kept.iter().filter(|&other| other != of).count();
        kept.iter().map(others).sum::<usize>() as f64
    };
    (0..items).map(|k| pairs(Some(k)) / pairs(None)).collect()
}

#[test]
fn given_groups_are_left_out_whole_and_pairs_within_them_too() {
    let n = 90;
    let given: Vec<u32> = (0..n as u32).map(|row| row * 7 % 31 / 2).collect();
    let a = cone(1, n, 5);
    let b = noisy(&a, 2, 0.4);
    let settings = Settings::default();
    let audit = audit(grouped(&a, Some(&b), &given), &settings, &*any_cpu());
    let order = (0..n as u32).collect();
    let group = Layout::of_items((order, &given), None, settings.seed)
        .0
        .group_of_rows();
    let log = |mean: f64| mean.ln() - 2.0 * T;
    let potential = |cosine: f64| (2.0 * T * cosine).exp();
    for (side, x, y) in [(Side::A, &a, &a), (Side::B, &b, &b), (Side::Cross, &a, &b)] {
        let cosine = between(x, y, &given, &group, |cosine| cosine);
        let e = between(x, y, &given, &group, potential);
        let numbers = [
            (
                MeanCosine,
                None,
                cosine.value,
                cosine.leave,
                cosine.table.noise(),
            ),
            (
                Uniformity,
                Some(T),
                log(e.value),
                e.leave.iter().map(|mean| log(*mean)).collect(),
                e.table.noise().map(|noise| noise / (e.value * e.value)),
            ),
        ];
        for (metric, param, value, leave, noise) in numbers {
            let measure = found(&audit, metric, param, side);
            let what = format!("{} on side {}", measure.label(), side.name());
            // A large item's move is that of an even one: as if as much were left without it as without any.
            let items = leave.len() as f64;
            let even = 1.0 - 2.0 / items;
            let moves = leave.iter().zip(left_without(&given));
            let squares = moves.map(|(leave, left)| ((leave - value) * left / even).powi(2));
            let jackknife = squares.sum::<f64>() * (1.0 - 1.0 / items);
            // Of so few items, a part of what is counted too often is taken off.
            let part = items / (items + 100.0);
            let often = 2.0 * (1.0 - 1.0 / items) / (even * even);
            let excess = (often - 1.0) * noise.unwrap();
            let se = (jackknife - part * excess).max(jackknife / 2.0).sqrt();
            close(measure.value, value, 1e-6, &what);
            close(measure.se.unwrap(), se, 1e-4, &what);
            let interval = measure.interval.unwrap();
            let reach = student_quantile(0.95, leave.len() as f64 - 1.0) * se;
            close(interval.high - measure.value, reach, 1e-3, &what);
            close(measure.value - interval.low, reach, 1e-3, &what);
        }
    }
    // Items of aligned pairs: the mean without each.
    let squares: Vec<f64> = (0..n)
        .map(|i| distances(&a, &b, &[(i, i)])[0].powi(2))
        .collect();
    let mean = |without: Option<u32>| {
        let kept = squares
            .iter()
            .zip(&given)
            .filter(|(_, item)| Some(**item) != without);
        let values: Vec<f64> = kept.map(|(square, _)| *square).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let leave: Vec<f64> = (0..16).map(|item| mean(Some(item))).collect();
    let measure = found(&audit, Alignment, Some(2.0), Side::Cross);
    close(measure.value, mean(None), 1e-6, "alignment");
    // Never less than that of independent pairs.
    let sample: spherecheck::num::Moments = squares.iter().copied().collect();
    let expected = leave_items_out(mean(None), &leave).unwrap();
    let expected = expected.max(sample.standard_error().unwrap());
    close(measure.se.unwrap(), expected, 1e-5, "error of alignment");
    // What was left out stands beside.
    let inside: Vec<(usize, usize)> = (0..n)
        .flat_map(|i| (i + 1..n).map(move |j| (i, j)))
        .filter(|&(i, j)| given[i] == given[j])
        .collect();
    let cosines = distances(&a, &a, &inside)
        .into_iter()
        .map(|d| 1.0 - d * d / 2.0);
    let expected = cosines.sum::<f64>() / inside.len() as f64;
    let measure = found(&audit, GroupCosine, None, Side::A);
    close(measure.value, expected, 1e-6, "cosine within groups");
    assert_eq!(measure.n, inside.len() as u64);
}

#[test]
fn rows_that_listed_pairs_join_are_one_item_unless_told_otherwise() {
    let rows = cone(3, 60, 8);
    let views: Rows = (0..120).map(|i| rows[i / 2].clone()).collect();
    let views = noisy(&views, 4, 0.2);
    let pairs: Vec<(usize, usize)> = (0..60).map(|k| (2 * k, 2 * k + 1)).collect();
    let given: Vec<u32> = (0..120).map(|i| i / 2).collect();
    let audited = |groups: Option<Vec<u32>>, join_pairs: bool| {
        let settings = Settings {
            join_pairs,
            ..Settings::default()
        };
        let groups = groups.map(|classes| Labels {
            name: "groups".to_owned(),
            classes,
            values: Default::default(),
        });
        let inputs = Inputs {
            groups,
            ..inputs(embeddings(&views), None, support::listed(&pairs))
        };
        audit(inputs, &settings, &*any_cpu())
    };
    let joined = audited(None, true);
    let named = audited(Some(given), true);
    let apart = audited(None, false);
    for (metric, param) in [
        (Alignment, Some(2.0)),
        (Uniformity, Some(T)),
        (ContrastiveUniformTerm, Some(0.07)),
        (MeanCosine, None),
    ] {
        let of = |audit| found(audit, metric, param, Side::A).clone();
        let (joined, named, apart) = (of(&joined), of(&named), of(&apart));
        assert_eq!((joined.value, joined.se), (named.value, named.se));
        if metric == Alignment {
            close(joined.value, apart.value, 1e-12, "alignment");
            close(
                joined.se.unwrap(),
                apart.se.unwrap(),
                1e-9,
                "error of alignment",
            );
        } else {
            assert!(joined.value < apart.value, "{}", joined.label());
        }
    }
    assert!(joined.definitions.pairs.contains("listed pairs join"));
    assert!(apart.definitions.pairs.contains("whole set"));
}

#[test]
fn captions_of_one_image_are_one_item_of_two_files() {
    let images = cone(5, 50, 8);
    let captions: Rows = (0..250).map(|k| images[k / 5].clone()).collect();
    let captions = noisy(&captions, 6, 0.3);
    let pairs: Vec<(usize, usize)> = (0..250).map(|k| (k / 5, k)).collect();
    let inputs = inputs(
        embeddings(&images),
        Some(embeddings(&captions)),
        support::listed(&pairs),
    );
    let audit = audit(inputs, &Settings::default(), &*any_cpu());
    let item: Vec<u32> = (0..250).map(|k| k / 5).collect();
    let mean = |keep: &dyn Fn(u32, u32) -> bool| {
        let all = (0..250 * 250).map(|k| (k / 250, k % 250));
        let kept: Vec<_> = all.filter(|&(i, j)| keep(item[i], item[j])).collect();
        let values = distances(&captions, &captions, &kept);
        values
            .iter()
            .map(|d| (2.0 * T * (1.0 - d * d / 2.0)).exp())
            .sum::<f64>()
            / kept.len() as f64
    };
    let value = mean(&|i, j| i != j).ln() - 2.0 * T;
    close(
        found(&audit, Uniformity, Some(T), Side::B).value,
        value,
        1e-6,
        "captions",
    );
    let pair = |k: u32| distances(&images, &captions, &[(k as usize / 5, k as usize)])[0].powi(2);
    let squares: Vec<f64> = (0..250).map(pair).collect();
    let by_image: Vec<f64> = squares
        .chunks(5)
        .map(|c| c.iter().sum::<f64>() / 5.0)
        .collect();
    let moments: spherecheck::num::Moments = by_image.into_iter().collect();
    let alignment = found(&audit, Alignment, Some(2.0), Side::Cross);
    close(
        alignment.se.unwrap(),
        moments.standard_error().unwrap(),
        1e-9,
        "50 images",
    );
    assert_eq!(alignment.freedom, Some(49.0));
}

#[test]
fn copies_in_groups_are_no_more_evidence() {
    // Each row five times, as its own group: an error that takes rows for independent draws is far too small.
    let rows = cone(3, 60, 8);
    let copied: Rows = (0..300).map(|i| rows[i / 5].clone()).collect();
    let given: Vec<u32> = (0..300).map(|i| i / 5).collect();
    let settings = Settings::default();
    let backend = any_cpu();
    let se = |audit| found(&audit, MeanCosine, None, Side::A).se.unwrap();
    let apart = se(audit_rows(&rows, &settings, &*backend));
    let naive = se(audit_rows(&copied, &settings, &*backend));
    let by_group = se(audit(grouped(&copied, None, &given), &settings, &*backend));
    assert!(naive < 0.6 * apart, "{naive} against {apart}");
    assert!(
        (0.6..1.6).contains(&(by_group / apart)),
        "{by_group} against {apart}"
    );
}

#[test]
fn groups_that_tell_no_error_are_refused() {
    let rows = normal(1, 12, 4);
    let refusal =
        |inputs: Inputs| match prepare(inputs, &Settings::default(), &*any_cpu(), &NoWatch) {
            Err(AuditError::Data(error)) => error,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("accepted"),
        };
    let two: Vec<u32> = (0..12).map(|row| row % 2).collect();
    let error = refusal(grouped(&rows, None, &two));
    assert!(
        matches!(error, DataError::FewGroups { found: 2, .. }),
        "{error}"
    );
    let error = refusal(grouped(&rows, None, &[0, 1, 2]));
    assert!(
        matches!(error, DataError::Count { found: 3, .. }),
        "{error}"
    );
}

#[test]
fn a_higher_confidence_makes_wider_intervals() {
    let rows = cone(5, 200, 8);
    let width = |confidence: f64| {
        let settings = Settings {
            confidence,
            ..Settings::default()
        };
        let audit = audit_rows(&rows, &settings, &*any_cpu());
        let measure = found(&audit, ContrastiveUniformTerm, Some(0.07), Side::A).clone();
        let interval = measure.interval.unwrap();
        assert_eq!(interval.level, confidence);
        let middle = (interval.low + interval.high) / 2.0;
        close(middle, measure.corrected.unwrap(), 1e-12, "middle");
        assert!(
            measure.corrected.unwrap() > measure.value,
            "the bias is downwards"
        );
        (interval.high - interval.low) / measure.se.unwrap()
    };
    close(width(0.95), 2.0 * 2.093_024, 1e-5, "95 %");
    close(width(0.99), 2.0 * 2.860_935, 1e-5, "99 %");
    for confidence in [0.0, 1.0, f64::NAN, -0.5, 95.0] {
        let settings = Settings {
            confidence,
            ..Settings::default()
        };
        let message = settings.check().unwrap_err().to_string();
        assert!(message.contains("between 0 and 1"), "{message}");
    }
}

#[test]
fn the_test_of_uniformity_counts_null_standard_deviations() {
    let (n, d) = (400, 6);
    let rows = normal(9, n, d);
    let audit = audit_rows(&rows, &Settings::default(), &*any_cpu());
    let z = found(&audit, UniformityZ, Some(T), Side::A);
    let value = Exact::within(&rows, &COEFFICIENTS).uniformity(T);
    let sd = uniformity_null_sd(d, T, n as u64).potential;
    let expected = (value.exp() - uniformity_of_uniform(d, T).exp()) / sd;
    close(z.value, expected, 1e-3, "z");
    assert!(z.value.abs() < 4.0, "uniform rows: {}", z.value);
    let cone = audit_rows(&cone(9, n, d), &Settings::default(), &*any_cpu());
    let z = found(&cone, UniformityZ, Some(T), Side::A).value;
    assert!(z > 100.0, "a cone: {z}");
}

#[test]
fn repeated_rows_that_move_a_number_are_told_with_the_number_without_them() {
    let mut rows = normal(11, 300, 16);
    let kept = rows.clone();
    for copy in 0..60 {
        rows.push(kept[copy / 4].clone());
    }
    let settings = Settings {
        ts: vec![T],
        taus: vec![0.07],
        ..Settings::default()
    };
    let with = audit_rows(&rows, &settings, &*any_cpu());
    let without = audit_rows(&kept, &settings, &*any_cpu());
    assert_eq!(found(&with, DuplicateRows, None, Side::A).value, 60.0);
    let note = |text: &str| {
        let said = |note: &&spherecheck::result::Note| note.text.contains("without the rows");
        let note = with
            .notes
            .iter()
            .find(said)
            .expect("a note on repeated rows");
        assert!(note.text.contains(text), "{text} is not in {}", note.text);
    };
    for (metric, param) in [(Uniformity, T), (ContrastiveUniformTerm, 0.07)] {
        let measure = found(&without, metric, Some(param), Side::A);
        let (value, se) = (measure.value, measure.se.unwrap());
        note(&format!(
            "{} is {} (standard error ",
            measure.label(),
            to_error(value, se)
        ));
    }
    assert!(
        without
            .notes
            .iter()
            .all(|note| !note.text.contains("without the rows"))
    );
}
