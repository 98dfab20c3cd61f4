//! Intervals of a threshold that is ported from one model to another.

use ndarray::{Array2, Axis, s};
use rayon::prelude::*;
use spherecheck::audit::{QueryChoice, States, ported};
use spherecheck::backend::{self, Backend};
use spherecheck::pass::NoWatch;
use spherecheck::result::PortedNumber;

use crate::Asked;
use crate::laws::Law;
use crate::samples::{Sample, noise};
use crate::searched::{Found, SEARCH, prepared, share, views};

/// Noise of the candidate against rows of norm sqrt(32).
const CANDIDATE: f32 = 0.4;
/// Rows of each model that stand for its population, and how many times as many positives.
const MANY: (usize, u64) = (40_000, 10);
/// Bins of the population's cosines, from -1 to 1.
const BINS: usize = 1 << 20;
/// Rates whose thresholds the base is served with.
const FARS: [f64; 2] = [1e-2, 1e-3];
/// Far from the seeds of samples, and from each other.
const OTHER: u64 = 1 << 35;
const TRUTH: u64 = 1 << 40;

const HEADS: [&str; 4] = ["FAR of the base", "its TAR", "threshold", "TAR"];

/// `--replicates N`, `--rows ..`, `--laws ..`.
pub fn run(args: &mut impl Iterator<Item = String>) {
    let Asked {
        rows,
        laws,
        replicates,
        test,
        ..
    } = Asked::read(args, 1000, 120);
    let many = if test { (500, 1) } else { MANY };
    let backend = backend::cpu(None, None).expect("a backend");
    println!(
        "| law | n | items | T at | samples | {} |",
        HEADS.join(" | ")
    );
    println!("|:--|--:|:--|--:|--:|{}", "--:|".repeat(HEADS.len()));
    for law in laws {
        let [base, candidate] = [false, true].map(|moved| Population::of(law, moved, many));
        let truths = FARS.map(|far| {
            let (threshold, ported) = (base.threshold(far), candidate.threshold(far));
            (
                threshold,
                [far, base.tar(threshold), ported, candidate.tar(ported)],
            )
        });
        let thresholds = truths.map(|(threshold, _)| threshold);
        for &rows in &rows {
            for same in [true, false] {
                let found: Vec<Vec<Option<[PortedNumber; 4]>>> = (0..replicates)
                    .map(|seed| one(law, (rows, seed), (same, &thresholds), &*backend))
                    .collect();
                for (k, (far, (_, truth))) in FARS.into_iter().zip(truths).enumerate() {
                    let found: Vec<[PortedNumber; 4]> =
                        found.iter().filter_map(|sample| sample[k]).collect();
                    let cell = |j: usize| {
                        let all = found.iter().filter_map(|all| of(&all[j]));
                        share(all.collect(), |_| truth[j])
                    };
                    let cells: Vec<String> = (0..HEADS.len()).map(cell).collect();
                    println!(
                        "| {} | {rows} | {} | {far} | {} | {} |",
                        law.name(),
                        if same { "same" } else { "others" },
                        found.len(),
                        cells.join(" | ")
                    );
                }
            }
        }
    }
}

fn of(reading: &PortedNumber) -> Option<Found> {
    let interval = reading.interval?;
    Some(Found {
        value: reading.value,
        se: reading.se?,
        low: interval.low,
        high: interval.high,
    })
}

/// What each threshold is in one sample of both models, of the same items or of other ones.
fn one(
    law: Law,
    (rows, seed): (usize, u64),
    (same, thresholds): (bool, &[f64]),
    backend: &dyn Backend,
) -> Vec<Option<[PortedNumber; 4]>> {
    let theirs = if same { seed } else { seed + 2 * OTHER };
    let [base, candidate] = [(seed, false), (theirs, true)]
        .map(|(seed, moved)| walked(model(law, (rows, seed), moved), seed, backend));
    let names = Default::default();
    let all = ported(&base, &candidate, (&names, same), thresholds);
    let readings = all.iter().map(|found| {
        let theirs = found.candidate?;
        Some([found.far, found.tar, theirs.threshold, theirs.tar])
    });
    readings.collect()
}

fn walked(sample: Sample, seed: u64, backend: &dyn Backend) -> States {
    let data = prepared(sample, (SEARCH.ask, QueryChoice::All), seed, backend);
    let data = data.for_thresholds();
    data.walk(backend, &NoWatch).expect("a walk")
}

/// Two views of items by the base, or by the candidate, which adds noise of its own.
fn model(law: Law, (rows, seed): (usize, u64), moved: bool) -> Sample {
    let mut sample = views(law, rows, seed);
    if moved {
        sample.a += &(noise(rows, seed + OTHER) * CANDIDATE);
        let b = sample.b.as_mut().expect("two views");
        *b += &(noise(rows, seed + 3 * OTHER) * CANDIDATE);
    }
    sample
}

/// Cosines of a model's unrelated rows, counted, and of its positives.
struct Population {
    counts: Vec<u64>,
    positives: Vec<f64>,
}

impl Population {
    fn of(law: Law, moved: bool, (rows, times): (usize, u64)) -> Self {
        let unit = |seed: u64| {
            let sample = model(law, (rows, TRUTH + seed), moved);
            (unit(&sample.a), unit(&sample.b.expect("two views")))
        };
        // Views of different items, so that no two pairs share an item in both.
        let ((a, _), (_, b)) = (unit(0), unit(1));
        let counts = (0..rows).into_par_iter().step_by(500).map(|first| {
            let mut counts = vec![0; BINS];
            let last = (first + 500).min(rows);
            for cosine in a.slice(s![first..last, ..]).dot(&b.t()) {
                counts[bin(cosine)] += 1;
            }
            counts
        });
        let counts = counts.reduce(
            || vec![0; BINS],
            |x, y| x.iter().zip(&y).map(|(x, y)| x + y).collect(),
        );
        let positives = (0..times).flat_map(|k| {
            let (a, b) = unit(2 + k);
            let cosines = (&a * &b).sum_axis(Axis(1));
            cosines.mapv(f64::from).to_vec()
        });
        Self {
            counts,
            positives: positives.collect(),
        }
    }

    /// The threshold that so large a share of unrelated pairs reaches.
    fn threshold(&self, far: f64) -> f64 {
        let mut left = far * self.counts.iter().sum::<u64>() as f64;
        let above = self.counts.iter().rposition(|count| {
            left -= *count as f64;
            left <= 0.0
        });
        edge(above.expect("a bin"))
    }

    fn tar(&self, threshold: f64) -> f64 {
        let reached = self.positives.iter().filter(|cosine| **cosine >= threshold);
        reached.count() as f64 / self.positives.len() as f64
    }
}

fn unit(rows: &Array2<f32>) -> Array2<f32> {
    let norms = (rows * rows).sum_axis(Axis(1)).mapv(f32::sqrt);
    rows / &norms.insert_axis(Axis(1))
}

fn bin(cosine: f32) -> usize {
    let place = (f64::from(cosine) + 1.0) / 2.0 * BINS as f64;
    (place as usize).min(BINS - 1)
}

fn edge(bin: usize) -> f64 {
    bin as f64 / BINS as f64 * 2.0 - 1.0
}
