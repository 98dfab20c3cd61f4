//! Judged pairs: whether cosines order them as their scores do.

use spherecheck::audit::{PositivesInput, Settings, prepare};
use spherecheck::data::{Names, Numbers, RawPairs, ZeroRows};
use spherecheck::metric::{MetricId, spearman};
use spherecheck::pass::NoWatch;
use spherecheck::result::{Audit, Change, Side, compare};

use crate::cli::desk::Desk;
use crate::support::exact::unit;
use crate::support::{Rows, any_cpu, audit, close, cpu, embeddings, found, inputs, noisy, normal};

fn scores(values: &[f64]) -> Numbers {
    Numbers {
        name: "scores".to_owned(),
        values: values.to_vec(),
    }
}

/// Row i of one view is row i of the other behind noise that grows with i; scores fall with it in steps.
fn data(n: usize) -> (Rows, Rows, Vec<f64>) {
    let a = normal(5, n, 12);
    let mut b = noisy(&a, 6, 1.0);
    for (i, row) in b.iter_mut().enumerate() {
        let share = i as f32 / n as f32;
        let both = row.iter_mut().zip(&a[i]);
        both.for_each(|(b, a)| *b = a + (*b - a) * share * 2.0);
    }
    let judged = (0..n).map(|i| f64::from(5 - (i * 6 / n) as u32));
    (a, b, judged.collect())
}

fn aligned(a: &Rows, b: &Rows, judged: &[f64]) -> Audit {
    let data = inputs(
        embeddings(a),
        Some(embeddings(b)),
        PositivesInput::AlignedScored(scores(judged)),
    );
    audit(data, &Settings::default(), &*any_cpu())
}

fn by_hand(a: &Rows, b: &Rows, pairs: impl Iterator<Item = (usize, usize)>, judged: &[f64]) -> f64 {
    let (a, b) = (unit(a), unit(b));
    let cosine = |(i, j): (usize, usize)| a[i].iter().zip(&b[j]).map(|(x, y)| x * y).sum();
    let cosines: Vec<f64> = pairs.map(cosine).collect();
    spearman(&cosines, judged).expect("an order")
}

#[test]
fn aligned_and_listed_pairs_have_the_same_order() {
    let (a, b, judged) = data(120);
    let whole = aligned(&a, &b, &judged);
    let number = found(&whole, MetricId::StsSpearman, None, Side::Cross);
    let expected = by_hand(&a, &b, (0..120).map(|i| (i, i)), &judged);
    close(number.value, expected, 1e-12, "aligned");
    assert!(expected > 0.6 && expected < 0.99, "{expected}");
    assert_eq!((number.n, number.ideal), (120, Some(1.0)));
    assert!(number.se.is_some_and(|se| se > 0.01 && se < 0.1));
    let interval = number.interval.expect("an interval");
    assert!(interval.low < expected && expected < interval.high && interval.high < 1.0);
    let said = "All 120 scored pairs count as positives";
    assert!(whole.notes.iter().any(|note| note.text.contains(said)));

    let pairs: Vec<(usize, usize)> = (0..90).map(|i| (i, (i + 7) % 120)).collect();
    let raw = pairs.iter().map(|&(i, j)| [i as i128, j as i128]);
    let raw = RawPairs::new("pairs", raw).scored(scores(&judged[..90]));
    let raw = raw.expect("a score for each");
    let listed = |threads| {
        let positives = PositivesInput::Pairs(raw.clone());
        let data = inputs(embeddings(&a), Some(embeddings(&b)), positives);
        audit(data, &Settings::default(), &*cpu(threads, "portable"))
    };
    let number = listed(1);
    let number = found(&number, MetricId::StsSpearman, None, Side::Cross);
    let expected = by_hand(&a, &b, pairs.iter().copied(), &judged[..90]);
    close(number.value, expected, 1e-12, "listed");
    let two = listed(2);
    assert_eq!(
        number,
        found(&two, MetricId::StsSpearman, None, Side::Cross)
    );
}

#[test]
fn a_worse_model_of_the_same_pairs_is_called_worse() {
    let (a, b, judged) = data(400);
    let other = noisy(&b, 9, 2.0);
    let audits = [aligned(&a, &b, &judged), aligned(&a, &other, &judged)];
    let compared = compare(&audits, Vec::new(), 0.95).expect("the same pairs");
    let mut lines = compared.lines.iter();
    let line = lines.find(|line| line.metric == MetricId::StsSpearman);
    let cell = line
        .and_then(|line| line.cells[1].as_ref())
        .expect("a cell");
    let against = cell.against.as_ref().expect("a comparison");
    assert!(against.difference.paired && against.difference.se.is_some());
    assert_eq!(against.verdict, Change::Worse);
    // With other scores they are other pairs.
    let mut turned = judged;
    turned.swap(0, 399);
    let audits = [aligned(&a, &b, &turned), audits[1].clone()];
    let refused = compare(&audits, Vec::new(), 0.95).expect_err("other scores");
    assert!(
        refused.to_string().contains("different positive pairs"),
        "{refused}"
    );
}

#[test]
fn scores_follow_their_rows() {
    let (mut a, b, judged) = data(120);
    a[3].fill(0.0);
    a[50].fill(0.0);
    let kept: Vec<usize> = (0..120).filter(|i| ![3, 50].contains(i)).collect();
    let of = |rows: &Rows| -> Rows { kept.iter().map(|&i| rows[i].clone()).collect() };
    let left: Vec<f64> = kept.iter().map(|&i| judged[i]).collect();
    let expected = by_hand(&of(&a), &of(&b), (0..118).map(|i| (i, i)), &left);
    let settings = Settings {
        zero_rows: ZeroRows::Drop,
        ..Settings::default()
    };
    let positives = PositivesInput::AlignedScored(scores(&judged));
    let views = inputs(embeddings(&a), Some(embeddings(&b)), positives);
    let backend = any_cpu();
    let data = prepare(views, &settings, &*backend, &NoWatch).unwrap();
    let names = Names {
        name: "slices".to_owned(),
        values: (0..120).map(|i| format!("{}", i % 2)).collect(),
    };
    let whole = data
        .run_with_slices(None, (&names, 10), &*backend, &NoWatch)
        .unwrap();
    let number = found(&whole, MetricId::StsSpearman, None, Side::Cross);
    close(number.value, expected, 1e-12, "without rows of norm 0");
    let of_slice =
        |measure: &&spherecheck::result::Measure| measure.metric == MetricId::StsSpearman;
    let odd = whole.slices[1]
        .measures
        .iter()
        .find(of_slice)
        .expect("measured");
    let kept = kept.into_iter().filter(|i| i % 2 == 1);
    let kept: Vec<usize> = kept.collect();
    let left: Vec<f64> = kept.iter().map(|&i| judged[i]).collect();
    let expected = by_hand(&a, &b, kept.iter().map(|&i| (i, i)), &left);
    close(odd.value, expected, 1e-12, "a slice");
}

#[test]
fn what_orders_nothing_is_said() {
    let (a, b, _) = data(60);
    let flat = aligned(&a, &b, &[3.0; 60]);
    assert!(
        flat.measures
            .iter()
            .all(|m| m.metric != MetricId::StsSpearman)
    );
    let said = "sts_spearman is not measured";
    assert!(flat.notes.iter().any(|note| note.text.contains(said)));
    // Of a perfect order there is a number and no error.
    let cosines: Vec<f64> = {
        let (a, b) = (unit(&a), unit(&b));
        let both = a.iter().zip(&b);
        both.map(|(a, b)| a.iter().zip(b).map(|(x, y)| x * y).sum())
            .collect()
    };
    let perfect = aligned(&a, &b, &cosines);
    let number = found(&perfect, MetricId::StsSpearman, None, Side::Cross);
    close(number.value, 1.0, 1e-12, "perfect");
    assert!(number.se.is_none() && number.interval.is_none());
}

#[test]
fn the_program_reads_scores_beside_views_and_pairs() {
    let desk = Desk::new();
    desk.file("scores.csv", "i,j,score\n0,1,2.5\n2,3,1\n4,5,4\n1,2,0\n");
    let audit = desk.json(
        "audit a.npy --pairs scores.csv --pairs-tensor i,j --scores scores.csv --scores-tensor score",
    );
    let measures = audit["measures"].as_array().expect("measures");
    assert!(measures.iter().any(|m| m["metric"] == "sts_spearman"));
    desk.file("few.csv", "score\n1\n2\n");
    desk.refused(
        "audit a.npy --pairs scores.csv --pairs-tensor i,j --scores few.csv",
        "expected 4 scores",
    );
    desk.file("words.csv", "score\nlow\nhigh\nlow\nhigh\n");
    desk.refused(
        "audit a.npy --pairs scores.csv --pairs-tensor i,j --scores words.csv",
        "holds `low` in column `score`, expected a number",
    );
}
