//! How small a change of uniformity a gate finds, and how often it cries wolf.
//!
//! `cargo bench --bench power` makes two models of the same items: item z, and z with noise of each model's own; the
//! candidate is moved along one direction besides, which raises its uniformity. The gate has one rule,
//! `no_worse_than_baseline = { confidence = 0.95 }`. Printed, as a Markdown table: the smallest true change that it finds
//! in 90 % of 200 seeded trials, paired, and with independent errors on other items; and how often it finds one where
//! there is none.
//!
//! The true change is the mean difference over all trials of both kinds. `-- --rows 1000,10000`, `--laws clustered`,
//! `--trials 200` and `--null 2000` choose; `--test` runs everything once, small. Progress goes to stderr.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints what it measured"
)]

#[path = "../tests/support/laws.rs"]
#[allow(dead_code, reason = "the study of coverage uses the rest")]
mod laws;

use laws::{DIM, LAWS, Law};
use ndarray::Array2;
use spherecheck::audit::{Audit, Inputs, PositivesInput, Settings, prepare};
use spherecheck::backend::{self, Backend};
use spherecheck::data::Embeddings;
use spherecheck::gate::{Against, Baseline, Decision, Policy, judge};
use spherecheck::pass::NoWatch;

/// Noise of each model, against items of norm sqrt(DIM).
const NOISE: f64 = 0.3;
/// Share of trials that must find the change.
const POWER: f64 = 0.9;

fn main() {
    let mut options = Options {
        rows: vec![1000, 10_000],
        laws: vec![Law::Clustered, Law::Uniform, Law::Anisotropic],
        trials: 200,
        null: 2000,
        steps: 7,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match arg.as_str() {
            "--rows" => {
                let rows = value();
                options.rows = rows
                    .split(',')
                    .map(|v| v.parse().expect("--rows N,.."))
                    .collect();
            }
            "--laws" => {
                let names = value();
                let named =
                    |name: &str| *LAWS.iter().find(|law| law.name() == name).expect("a law");
                options.laws = names.split(',').map(named).collect();
            }
            "--trials" => options.trials = value().parse().expect("--trials N"),
            "--null" => options.null = value().parse().expect("--null N"),
            "--test" => {
                options = Options {
                    rows: vec![200],
                    laws: vec![Law::Clustered],
                    trials: 10,
                    null: 10,
                    steps: 2,
                }
            }
            _ => {}
        }
    }
    run(&options);
}

struct Options {
    rows: Vec<usize>,
    laws: Vec<Law>,
    trials: usize,
    null: usize,
    steps: usize,
}

fn run(options: &Options) {
    let backend = backend::cpu(None, None).expect("a backend");
    println!(
        "| law | n | found by a paired gate | by an unpaired one | ratio | false alarms, paired | unpaired |"
    );
    println!("|:--|--:|--:|--:|--:|--:|--:|");
    for &law in &options.laws {
        for &rows in &options.rows {
            let study = Study::new(law, rows, options.trials, &*backend);
            let paired = study.smallest(true, options.steps, &*backend);
            let unpaired = study.smallest(false, options.steps, &*backend);
            let null = |paired| {
                let alarms = (0..options.null)
                    .filter(|&trial| {
                        let seed = (1 << 32) + trial as u64;
                        let base = Baseline::of(&audit(law, rows, (seed, 0), 0.0, &*backend));
                        let items = if paired { seed } else { seed + (1 << 33) };
                        let other = audit(law, rows, (items, 1), 0.0, &*backend);
                        found(&base, &other, paired)
                    })
                    .count();
                100.0 * alarms as f64 / options.null.max(1) as f64
            };
            let alarms = [null(true), null(false)];
            println!(
                "| {} | {rows} | {paired:.5} | {unpaired:.5} | {:.1} | {:.1} % | {:.1} % |",
                law.name(),
                unpaired / paired,
                alarms[0],
                alarms[1]
            );
        }
    }
}

/// The audits of the base model, which do not depend on how far the candidate is moved.
struct Study {
    law: Law,
    rows: usize,
    bases: Vec<Baseline>,
}

impl Study {
    fn new(law: Law, rows: usize, trials: usize, backend: &dyn Backend) -> Self {
        let base = |trial| Baseline::of(&audit(law, rows, (trial as u64, 0), 0.0, backend));
        Self {
            law,
            rows,
            bases: (0..trials).map(base).collect(),
        }
    }

    /// The smallest true change that is found often enough: by doubling, then by halving on a logarithmic scale.
    fn smallest(&self, paired: bool, steps: usize, backend: &dyn Backend) -> f64 {
        let mut high = (0.02, self.trial(0.02, paired, backend));
        while high.1.0 < POWER && high.0 < 10.0 {
            let shift = 2.0 * high.0;
            high = (shift, self.trial(shift, paired, backend));
        }
        let mut low: f64 = high.0 / 2.0;
        if high.0 == 0.02 {
            low = 0.0005;
        }
        for _ in 0..steps {
            let middle = (low * high.0).sqrt();
            let found = self.trial(middle, paired, backend);
            eprintln!(
                "{} n = {} paired {paired}: shift {middle:.4} changes by {:.5}, found in {:.1} %",
                self.law.name(),
                self.rows,
                found.1,
                100.0 * found.0
            );
            if found.0 >= POWER {
                high = (middle, found);
            } else {
                low = middle;
            }
        }
        high.1.1
    }

    /// How often a shift is found, and by how much it changes uniformity.
    fn trial(&self, shift: f64, paired: bool, backend: &dyn Backend) -> (f64, f64) {
        let (mut hits, mut change) = (0, 0.0);
        for (trial, base) in self.bases.iter().enumerate() {
            let same = audit(self.law, self.rows, (trial as u64, 1), shift, backend);
            change += same.measures[0].value - base.audit.measures[0].value;
            let hit = if paired {
                found(base, &same, true)
            } else {
                let items = trial as u64 + (1 << 33);
                let other = audit(self.law, self.rows, (items, 1), shift, backend);
                found(base, &other, false)
            };
            hits += usize::from(hit);
        }
        let trials = self.bases.len() as f64;
        (hits as f64 / trials, change / trials)
    }
}

fn found(base: &Baseline, other: &Audit, paired: bool) -> bool {
    let policy =
        "[[rule]]\nmetric = \"uniformity\"\nno_worse_than_baseline = { confidence = 0.95 }\n";
    let policy = Policy::parse("policy", policy).expect("a policy");
    let against = Against {
        path: "baseline",
        baseline: Some(base),
        paired,
    };
    let verdict = judge(other, &policy, Some(against)).expect("a verdict");
    verdict.decision == Decision::Violated
}

/// Model `model` of the items drawn from `seed`, moved by `shift` along the first column.
fn audit(
    law: Law,
    rows: usize,
    (seed, model): (u64, u64),
    shift: f64,
    backend: &dyn Backend,
) -> Audit {
    let [items, _] = law.views(rows, seed);
    // The noise is the second view of another law's items: uniform rows of norm sqrt(DIM).
    let [noise, _] = Law::Uniform.views(rows, seed ^ ((1 + model) << 50));
    let mut x: Array2<f32> = items + noise * (NOISE as f32);
    x.column_mut(0)
        .mapv_inplace(|v| v + (shift * (DIM as f64).sqrt()) as f32);
    let settings = Settings {
        alphas: vec![2.0],
        ts: vec![2.0],
        taus: Vec::new(),
        ..Settings::default()
    };
    let inputs = Inputs {
        name: law.name().to_owned(),
        a: Embeddings::from_array("x", x.view()).expect("rows"),
        b: None,
        positives: PositivesInput::None,
        groups: None,
    };
    prepare(inputs, &settings, backend, &NoWatch)
        .and_then(|data| data.run(&settings, backend, &NoWatch))
        .expect("an audit")
}
