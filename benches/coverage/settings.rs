//! Coverage where rows come in items, and at small tau.
//!
//! Truth: what is unbiased (alignment, mean cosine, the mean potential of uniformity) is the mean over other samples of
//! the same setting; the uniform term is that of 8,000 rows among others, which are independent.

use std::process::ExitCode;

use ndarray::Array2;
use rayon::prelude::*;
use spherecheck::audit::{Inputs, Settings, prepare};
use spherecheck::backend::{self, Backend};
use spherecheck::data::Embeddings;
use spherecheck::metric::MetricId;
use spherecheck::pass::NoWatch;
use spherecheck::result::{Audit, Measure, Side};

use super::laws::Law;
use super::samples::{Sample, captions, documents, one_file, rows_of};

type Draw = fn(Law, u64) -> Sample;

/// Name, sample, and the side whose rows come in items.
const SETTINGS: [(&str, Draw, Side); 7] = [
    (
        "50 items of 2 rows",
        |law, seed| one_file(law, &[2; 50], seed),
        Side::A,
    ),
    (
        "500 items of 2 rows",
        |law, seed| one_file(law, &[2; 500], seed),
        Side::A,
    ),
    (
        "50 items of 5 rows",
        |law, seed| one_file(law, &[5; 50], seed),
        Side::A,
    ),
    (
        "50 images, 250 captions",
        |law, seed| captions(law, 50, seed),
        Side::B,
    ),
    (
        "20 documents of 25",
        |law, seed| documents(law, &[25; 20], seed),
        Side::A,
    ),
    (
        "60 documents of 5",
        |law, seed| documents(law, &[5; 60], seed),
        Side::A,
    ),
    (
        "60 documents of Zipf sizes",
        |law, seed| documents(law, &zipf(), seed),
        Side::A,
    ),
];

const TAUS: [f64; 2] = [0.07, 0.5];
const SMALL: [f64; 5] = [0.03, 0.04, 0.05, 0.07, 0.1];
/// Far from the seeds of the samples that are judged.
const OTHERS: u64 = 1 << 40;

fn zipf() -> Vec<usize> {
    (1..=60).map(|k| (200 / k).max(2)).collect()
}

/// `--replicates N`, `--laws ..`, `--only PART-OF-A-NAME`, `--small-only`.
pub fn run(args: &mut dyn Iterator<Item = String>) -> ExitCode {
    let (mut replicates, mut laws) = (2000, vec![Law::Clustered, Law::Anisotropic]);
    let (mut small_only, mut only) = (false, None);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match &arg[..] {
            "--replicates" => replicates = value().parse().expect("--replicates N"),
            "--laws" => laws = Law::named(&value()),
            "--small-only" => small_only = true,
            "--only" => only = Some(value()),
            _ => {}
        }
    }
    let backend = backend::cpu(None, None).expect("a backend");
    let mut missed = 0;
    if !small_only {
        let heads = places(Side::A).map(|(metric, param, _)| match param {
            Some(param) => format!("{} {param}", metric.name()),
            None => metric.name().to_owned(),
        });
        println!("| setting | law | {} |", heads.join(" | "));
        println!("|:--|:--|{}", "--:|".repeat(heads.len()));
        for &law in &laws {
            let wanted = |name: &str| only.as_ref().is_none_or(|only| name.contains(&only[..]));
            for (name, draw, side) in SETTINGS.into_iter().filter(|(name, ..)| wanted(name)) {
                let shares = shares(law, draw, side, replicates, &*backend);
                missed += misses(&shares, replicates);
                println!("| {name} | {} | {} |", law.name(), cells(&shares));
            }
        }
    }
    if only.is_some() {
        return ExitCode::from(u8::from(missed > 0));
    }
    println!(
        "\n| rows | law | {} |",
        SMALL.map(|tau| format!("tau {tau}")).join(" | ")
    );
    println!("|--:|:--|{}", "--:|".repeat(SMALL.len()));
    let shares = small(replicates, &*backend);
    missed += misses(&shares, replicates);
    println!("| 1000 | close | {} |", cells(&shares));
    ExitCode::from(u8::from(missed > 0))
}

fn cells(shares: &[f64]) -> String {
    let shown = shares.iter().map(|share| format!("{:.1}", 100.0 * share));
    shown.collect::<Vec<_>>().join(" | ")
}

/// Shares whose own 95 % interval misses 93 to 97 %.
fn misses(shares: &[f64], replicates: u64) -> usize {
    let off = |share: &&f64| {
        let reach = 1.96 * (**share * (1.0 - **share) / replicates as f64).sqrt();
        **share + reach < 0.93 || **share - reach > 0.97
    };
    shares.iter().filter(off).count()
}

/// What is judged on a side.
fn places(side: Side) -> [(MetricId, Option<f64>, Side); 7] {
    use MetricId::{Alignment, ContrastiveLimit, ContrastiveUniformTerm, MeanCosine, Uniformity};
    [
        (Uniformity, Some(2.0), side),
        (ContrastiveUniformTerm, Some(TAUS[0]), side),
        (ContrastiveUniformTerm, Some(TAUS[1]), side),
        (ContrastiveLimit, Some(TAUS[0]), side),
        (ContrastiveLimit, Some(TAUS[1]), side),
        (Alignment, Some(2.0), Side::Cross),
        (MeanCosine, None, side),
    ]
}

fn find(audit: &Audit, (metric, param, side): (MetricId, Option<f64>, Side)) -> &Measure {
    let one_view = audit.subject.b.is_none();
    let side = if metric == MetricId::Alignment && one_view {
        Side::A
    } else {
        side
    };
    let found = audit.measures.iter().find(|m| {
        m.metric == metric && m.side == side && m.params.values().next().copied() == param
    });
    found.expect("a number")
}

fn audit(sample: Sample, taus: &[f64], backend: &dyn Backend) -> Audit {
    let settings = Settings {
        alphas: vec![2.0],
        ts: vec![2.0],
        taus: taus.to_vec(),
        ..Settings::default()
    };
    let rows = |name, rows: &Array2<f32>| Embeddings::from_array(name, rows.view()).expect("rows");
    let inputs = Inputs {
        name: "sample".to_owned(),
        a: rows("a", &sample.a),
        b: sample.b.as_ref().map(|b| rows("b", b)),
        positives: sample.positives,
        groups: sample.groups,
    };
    prepare(inputs, &settings, backend, &NoWatch)
        .and_then(|data| data.run(backend, &NoWatch))
        .expect("an audit")
}

fn shares(law: Law, draw: Draw, side: Side, replicates: u64, backend: &dyn Backend) -> Vec<f64> {
    let places = places(side);
    let mut sums = [0.0; 7];
    let mut cosine = 0.0;
    for seed in 0..replicates {
        let audit = audit(draw(law, OTHERS + seed), &TAUS, backend);
        for (sum, place) in sums.iter_mut().zip(places) {
            let value = find(&audit, place).value;
            *sum += if place.0 == MetricId::Uniformity {
                value.exp()
            } else {
                value
            };
        }
        cosine += 1.0 - find(&audit, places[5]).value / 2.0;
    }
    let count = replicates as f64;
    let view = usize::from(side == Side::B);
    let rows = |items: usize, seed: u64| {
        let views = law.views(items, seed);
        rows_of(&views[view], &vec![1; items], seed)
    };
    let terms = terms(
        &rows(8000, OTHERS / 2),
        &rows(40_000, OTHERS / 2 + 1),
        &TAUS,
    );
    let mut truth = sums.map(|sum| sum / count);
    truth[0] = truth[0].ln();
    for (k, tau) in TAUS.into_iter().enumerate() {
        truth[1 + k] = terms[k];
        truth[3 + k] = terms[k] - cosine / count / tau;
    }
    let mut held = [0; 7];
    for seed in 0..replicates {
        let audit = audit(draw(law, seed), &TAUS, backend);
        for (k, place) in places.into_iter().enumerate() {
            let interval = find(&audit, place).interval.expect("an interval");
            held[k] += u64::from((interval.low..=interval.high).contains(&truth[k]));
        }
    }
    held.map(|held| held as f64 / count).to_vec()
}

/// The uniform term at small tau, of 1,000 rows that stand alone.
fn small(replicates: u64, backend: &dyn Backend) -> Vec<f64> {
    let [anchors, _] = Law::Close.views(8000, OTHERS);
    let [others, _] = Law::Close.views(100_000, OTHERS + 1);
    let truth = terms(&anchors, &others, &SMALL);
    let mut held = [0; 5];
    for seed in 0..replicates {
        let [rows, _] = Law::Close.views(1000, seed);
        let sample = Sample {
            a: rows,
            b: None,
            positives: spherecheck::audit::PositivesInput::None,
            groups: None,
        };
        let audit = audit(sample, &SMALL, backend);
        for (k, tau) in SMALL.into_iter().enumerate() {
            let term = find(
                &audit,
                (MetricId::ContrastiveUniformTerm, Some(tau), Side::A),
            );
            let interval = term.interval.expect("an interval");
            held[k] += u64::from((interval.low..=interval.high).contains(&truth[k]));
        }
    }
    held.map(|held| held as f64 / replicates as f64).to_vec()
}

/// Mean over `anchors` of the log of their mean e^(cos / tau) over `others`.
fn terms(anchors: &Array2<f32>, others: &Array2<f32>, taus: &[f64]) -> Vec<f64> {
    let unit = |rows: &Array2<f32>| {
        let mut rows = rows.clone();
        for mut row in rows.rows_mut() {
            let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
            row.iter_mut().for_each(|v| *v /= norm);
        }
        rows
    };
    let (anchors, others) = (unit(anchors), unit(others));
    let logs: Vec<Vec<f64>> = (0..anchors.nrows())
        .into_par_iter()
        .map(|i| {
            let cosines = others.dot(&anchors.row(i));
            let of = |tau: &f64| {
                let each = cosines.iter().map(|s| ((f64::from(*s) - 1.0) / tau).exp());
                (each.sum::<f64>() / cosines.len() as f64).ln() + 1.0 / tau
            };
            taus.iter().map(of).collect()
        })
        .collect();
    let mean = |k: usize| logs.iter().map(|logs| logs[k]).sum::<f64>() / logs.len() as f64;
    (0..taus.len()).map(mean).collect()
}
