//! Numbers as other code prints them, against that code's definitions computed by loops in f64.

use crate::support::exact::{jackknife, mean, only, unit};
use crate::support::{
    Rows, any_cpu, audit, close, cone, embeddings, found, inputs, listed, noisy, normal,
    random_pairs,
};
use spherecheck::audit::{Compat, PositivesInput, Settings};
use spherecheck::data::Labels;
use spherecheck::metric::MetricId;
use spherecheck::result::{Audit, Measure, Side};

const T: f64 = 2.0;
const TAU: f64 = 0.2;

fn run(a: &Rows, b: Option<&Rows>, positives: PositivesInput, compat: &[Compat]) -> Audit {
    let settings = Settings {
        taus: vec![TAU],
        compat: compat.to_vec(),
        ..Settings::default()
    };
    let data = inputs(embeddings(a), b.map(embeddings), positives);
    audit(data, &settings, &*any_cpu())
}

#[track_caller]
fn of(audit: &Audit, metric: MetricId) -> &Measure {
    let mut all = audit.measures.iter().filter(|m| m.metric == metric);
    let measure = all.next().expect("the measure was asked for");
    assert!(all.next().is_none(), "{metric:?} stands once");
    measure
}

/// `pdist(x).pow(2).mul(-t).exp().mean().log()`
fn uniform_loss(rows: &[Vec<f64>]) -> f64 {
    let mut sum = 0.0;
    let mut pairs = 0.0;
    for (i, x) in rows.iter().enumerate() {
        for y in &rows[i + 1..] {
            let square: f64 = x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum();
            sum += (-T * square).exp();
            pairs += 1.0;
        }
    }
    (sum / pairs).ln()
}

/// The symmetric cross-entropy of one batch.
fn in_batch_loss(x: &[Vec<f64>], y: &[Vec<f64>]) -> f64 {
    let s = |i: usize, j: usize| x[i].iter().zip(&y[j]).map(|(x, y)| x * y).sum::<f64>() / TAU;
    let k = x.len();
    let mut sum = 0.0;
    for i in 0..k {
        let row: f64 = (0..k).map(|j| s(i, j).exp()).sum();
        let column: f64 = (0..k).map(|j| s(j, i).exp()).sum();
        sum += row.ln() + column.ln() - 2.0 * s(i, i);
    }
    sum / (2.0 * k as f64)
}

fn views() -> (Rows, Rows) {
    let a = cone(1, 67, 19);
    let b = noisy(&a, 2, 0.5);
    (a, b)
}

#[test]
fn ssnl_is_the_mean_of_both_views_logarithms() {
    let (a, b) = views();
    let audit = run(&a, Some(&b), PositivesInput::Aligned, &[Compat::Ssnl]);
    let expected = (uniform_loss(&unit(&a)) + uniform_loss(&unit(&b))) / 2.0;
    let ssnl = of(&audit, MetricId::SsnlUniformity);
    close(ssnl.value, expected, 2e-6, "both views");
    assert_eq!(ssnl.side, Side::Mean);
    assert_eq!(
        ssnl.se,
        found(&audit, MetricId::Uniformity, Some(T), Side::Mean).se
    );

    let audit = run(&a, None, PositivesInput::None, &[Compat::Ssnl]);
    let ssnl = of(&audit, MetricId::SsnlUniformity);
    close(ssnl.value, uniform_loss(&unit(&a)), 2e-6, "one view");
}

#[test]
fn simcse_pools_the_rows_of_both_views() {
    let (a, b) = views();
    let pooled = |a: &Rows, b: &Rows| uniform_loss(&[unit(a), unit(b)].concat());
    let audit = run(&a, Some(&b), PositivesInput::Aligned, &[Compat::Simcse]);
    let simcse = of(&audit, MetricId::SimcseUniformity);
    close(simcse.value, pooled(&a, &b), 2e-6, "aligned");
    let leave: Vec<f64> = (0..a.len())
        .map(|k| pooled(&only(&a, |i| i != k), &only(&b, |i| i != k)))
        .collect();
    close(
        simcse.se.unwrap(),
        jackknife(&leave),
        1e-5,
        "its error leaves items out",
    );
}

#[test]
fn simcse_pools_views_of_different_sizes_with_their_listed_positives() {
    let (a, b) = (cone(3, 41, 7), cone(4, 58, 7));
    // A pair twice, and rows with several positives: each pair of rows counts once in a pool.
    let mut pairs = random_pairs(5, 60, a.len(), Some(b.len()));
    pairs.push(pairs[0]);
    let audit = run(&a, Some(&b), listed(&pairs), &[Compat::Simcse]);
    let simcse = of(&audit, MetricId::SimcseUniformity);
    let pool = [unit(&a), unit(&b)].concat();
    close(simcse.value, uniform_loss(&pool), 2e-6, "pooled");
    let leave = |from: usize, to: usize| -> Vec<f64> {
        let without = |k: usize| {
            let mut rest = pool.clone();
            rest.remove(k);
            uniform_loss(&rest)
        };
        (from..to).map(without).collect()
    };
    let (of_a, of_b) = (leave(0, a.len()), leave(a.len(), pool.len()));
    let expected = jackknife(&of_a).hypot(jackknife(&of_b));
    close(
        simcse.se.unwrap(),
        expected,
        1e-5,
        "its error leaves rows out",
    );
}

#[test]
fn batches_are_consecutive_pairs_weighted_by_their_size() {
    let (a, b) = views();
    let (x, y) = (unit(&a), unit(&b));
    // 67 pairs: 4 batches of 16 and one of 3; of 33: two and a last pair that has no other; 1,000: one batch.
    for (size, batches) in [(16, 5), (33, 2), (2, 33), (1000, 1)] {
        let audit = run(
            &a,
            Some(&b),
            PositivesInput::Aligned,
            &[Compat::Batch(size)],
        );
        let chunks = || x.chunks(size).zip(y.chunks(size));
        let weighted = |values: Vec<(f64, f64)>| {
            let weight: f64 = values.iter().map(|(_, w)| w).sum();
            values.iter().map(|(v, w)| v * w).sum::<f64>() / weight
        };
        let uniform: Vec<_> = chunks()
            .filter(|(x, _)| x.len() > 1)
            .map(|(x, y)| ((uniform_loss(x) + uniform_loss(y)) / 2.0, x.len() as f64))
            .collect();
        assert_eq!(uniform.len(), batches);
        let measure = of(&audit, MetricId::BatchUniformity);
        close(measure.value, weighted(uniform), 2e-6, "uniformity");
        assert_eq!(measure.se.is_some(), batches >= 3);
        assert_eq!(
            measure.label(),
            format!("batch_uniformity{{batch={size},t=2}}")
        );
        let losses = chunks().map(|(x, y)| (in_batch_loss(x, y), x.len() as f64));
        let measure = of(&audit, MetricId::BatchContrastiveLoss);
        close(measure.value, weighted(losses.collect()), 2e-6, "loss");
    }
}

#[test]
fn batches_follow_the_list_of_pairs_even_where_rows_come_twice() {
    let a = normal(6, 40, 9);
    let pairs = random_pairs(7, 96, a.len(), None);
    let audit = run(&a, None, listed(&pairs), &[Compat::Batch(32)]);
    let rows = unit(&a);
    let x: Vec<_> = pairs.iter().map(|&(i, _)| rows[i].clone()).collect();
    let y: Vec<_> = pairs.iter().map(|&(_, j)| rows[j].clone()).collect();
    let losses: Vec<f64> = x
        .chunks(32)
        .zip(y.chunks(32))
        .map(|(x, y)| in_batch_loss(x, y))
        .collect();
    let (expected, se) = mean(&losses, |loss| loss);
    let measure = of(&audit, MetricId::BatchContrastiveLoss);
    close(measure.value, expected, 2e-6, "loss");
    close(
        measure.se.unwrap(),
        se,
        1e-5,
        "its error is that of the mean of three batches",
    );
}

#[test]
fn without_listed_pairs_batches_are_rows_and_have_no_loss() {
    let a = cone(8, 50, 5);
    let labels = PositivesInput::Labels(Labels {
        name: "labels".to_owned(),
        classes: (0..50).map(|k| k % 5).collect(),
        values: Default::default(),
    });
    for positives in [PositivesInput::None, labels] {
        let audit = run(&a, None, positives, &[Compat::Batch(25)]);
        let rows = unit(&a);
        let expected = (uniform_loss(&rows[..25]) + uniform_loss(&rows[25..])) / 2.0;
        let measure = of(&audit, MetricId::BatchUniformity);
        close(measure.value, expected, 2e-6, "two batches of rows");
        assert!(
            !audit
                .measures
                .iter()
                .any(|m| m.metric == MetricId::BatchContrastiveLoss)
        );
    }
}

#[test]
fn a_collapsed_encoder_has_the_values_that_explain_names() {
    let a: Rows = vec![vec![1.0, 0.0, 0.0]; 24];
    let compat = [Compat::Ssnl, Compat::Simcse, Compat::Batch(8)];
    let audit = run(&a, Some(&a), PositivesInput::Aligned, &compat);
    for metric in [
        MetricId::SsnlUniformity,
        MetricId::SimcseUniformity,
        MetricId::BatchUniformity,
        MetricId::BatchContrastiveLoss,
    ] {
        let measure = of(&audit, metric);
        close(
            measure.value,
            measure.collapsed.unwrap(),
            1e-6,
            metric.name(),
        );
    }
}

#[test]
fn names_are_read_and_others_refused() {
    assert_eq!(Compat::parse("ssnl"), Ok(Compat::Ssnl));
    assert_eq!(Compat::parse("batch:768"), Ok(Compat::Batch(768)));
    for wrong in [
        "",
        "SSNL",
        "batch",
        "batch:",
        "batch:1",
        "batch:0",
        "batch:-3",
        "batch:1e3",
        "torch",
    ] {
        let error = Compat::parse(wrong).unwrap_err().to_string();
        assert!(
            error.contains("batch:768") && error.contains(&format!("{wrong:?}")),
            "{error}"
        );
    }
}
