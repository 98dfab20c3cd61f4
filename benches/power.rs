//! How small a change of uniformity a gate finds, and how often it cries wolf.
//!
//! `cargo bench --bench power` makes two models of the same items: item z, and z with noise of each model's own; the
//! candidate is moved along one direction besides, which raises its uniformity. The gate has one rule,
//! `no_worse_than_baseline = { confidence = 0.95 }`. Printed, as a Markdown table: the smallest true change that it finds
//! in 90 % of 200 seeded trials, paired, and with independent errors on other items; and how often it finds one where
//! there is none.
//!
//! The true change is the mean difference over trials on the same items. `-- --rows 1000,10000`, `--laws clustered`,
//! `--trials 200`, `--null 2000` and `--parts paired,unpaired,null` choose; `--test` runs everything once, small. Progress goes to stderr.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints what it measured"
)]

#[path = "../tests/it/support/laws.rs"]
#[allow(dead_code, reason = "the study of coverage uses the rest")]
mod laws;

use laws::{DIM, Law};
use ndarray::Array2;
use spherecheck::audit::{Inputs, PositivesInput, Settings, prepare};
use spherecheck::backend::{self, Backend};
use spherecheck::data::Embeddings;
use spherecheck::gate::{Baseline, BaselineFit, Decision, Policy, judge};
use spherecheck::pass::NoWatch;
use spherecheck::result::{Audit, Difference};

/// Noise of each model, against items of norm sqrt(DIM).
const NOISE: f64 = 0.3;
/// Share of trials that must find the change.
const POWER: f64 = 0.9;
/// Trials that say by how much uniformity changes, where the test itself does not.
const CHANGES: usize = 40;

fn main() {
    let mut options = Options {
        rows: vec![1000, 10_000],
        laws: vec![Law::Clustered, Law::Uniform, Law::Anisotropic],
        trials: 200,
        null: 2000,
        steps: 3,
        parts: ["paired", "unpaired", "null"].map(str::to_owned).to_vec(),
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
            "--laws" => options.laws = Law::named(&value()),
            "--trials" => options.trials = value().parse().expect("--trials N"),
            "--parts" => options.parts = value().split(',').map(str::to_owned).collect(),
            "--null" => options.null = value().parse().expect("--null N"),
            "--test" => {
                options = Options {
                    rows: vec![200],
                    laws: vec![Law::Clustered],
                    trials: 10,
                    null: 10,
                    steps: 1,
                    ..options
                };
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
    parts: Vec<String>,
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
            let has = |part: &str| options.parts.iter().any(|other| other == part);
            let smallest = |part: &str| {
                let paired = part == "paired";
                has(part).then(|| study.smallest(paired, options.steps, &*backend))
            };
            let (paired, unpaired) = (smallest("paired"), smallest("unpaired"));
            let alarms = |paired| {
                has("null").then(|| false_alarms(law, rows, options.null, paired, &*backend))
            };
            let number = |v: Option<f64>| v.map_or("-".to_owned(), |v| format!("{v:.5}"));
            let percent = |v: Option<f64>| v.map_or("-".to_owned(), |v| format!("{v:.1} %"));
            let ratio = paired.zip(unpaired);
            println!(
                "| {} | {rows} | {} | {} | {} | {} | {} |",
                law.name(),
                number(paired),
                number(unpaired),
                ratio.map_or("-".to_owned(), |(p, u)| format!("{:.1}", u / p)),
                percent(alarms(true)),
                percent(alarms(false))
            );
        }
    }
}

/// How often, in percent, two models of one law are told apart.
fn false_alarms(law: Law, rows: usize, trials: usize, paired: bool, backend: &dyn Backend) -> f64 {
    let alarm = |trial: usize| {
        let seed = (1 << 32) + trial as u64;
        let base = Baseline::of(&audit(law, rows, (seed, 0), 0.0, backend));
        let items = if paired { seed } else { seed + (1 << 33) };
        found(&base, &audit(law, rows, (items, 1), 0.0, backend), paired)
    };
    let alarms = (0..trials).filter(|&trial| alarm(trial)).count();
    100.0 * alarms as f64 / trials.max(1) as f64
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

    /// The smallest true change that is found often enough: a first guess from the error of one trial, then halving,
    /// then a straight line between the last two.
    fn smallest(&self, paired: bool, steps: usize, backend: &dyn Backend) -> f64 {
        let guess = self.guess(paired, backend);
        let (mut low, mut high) = (0.8 * guess, 1.25 * guess);
        let mut found_high = self.trial(high, paired, backend);
        while found_high.0 < POWER {
            (low, high) = (high, 1.25 * high);
            found_high = self.trial(high, paired, backend);
        }
        let mut found_low = self.trial(low, paired, backend);
        while found_low.0 >= POWER {
            (high, found_high) = (low, found_low);
            low *= 0.8;
            found_low = self.trial(low, paired, backend);
        }
        for _ in 0..steps {
            let middle = (low * high).sqrt();
            let found = self.trial(middle, paired, backend);
            if found.0 >= POWER {
                (high, found_high) = (middle, found);
            } else {
                (low, found_low) = (middle, found);
            }
        }
        let part = (POWER - found_low.0) / (found_high.0 - found_low.0);
        found_low.1 + part * (found_high.1 - found_low.1)
    }

    /// The shift whose change is three errors of a difference; the change grows with the square of the shift.
    fn guess(&self, paired: bool, backend: &dyn Backend) -> f64 {
        const SHIFT: f64 = 0.2;
        let other = audit(self.law, self.rows, (0, 1), SHIFT, backend);
        let base = &self.bases[0].audit;
        let like = &base.measures[0];
        let difference = Difference::between(base.into(), (&other).into(), like, paired);
        let difference = difference.expect("both have it");
        let errors = difference.value / difference.se.expect("an error");
        SHIFT * (3.0 / errors.max(0.1)).sqrt()
    }

    /// How often a shift is found, and by how much it changes uniformity: on the same items, which say it best.
    fn trial(&self, shift: f64, paired: bool, backend: &dyn Backend) -> (f64, f64) {
        let (mut hits, mut change, mut changes) = (0, 0.0, 0.0);
        for (trial, base) in self.bases.iter().enumerate() {
            if paired || trial < CHANGES {
                let same = audit(self.law, self.rows, (trial as u64, 1), shift, backend);
                change += same.measures[0].value - base.audit.measures[0].value;
                changes += 1.0;
                hits += usize::from(paired && found(base, &same, true));
            }
            if !paired {
                let items = trial as u64 + (1 << 33);
                let other = audit(self.law, self.rows, (items, 1), shift, backend);
                hits += usize::from(found(base, &other, false));
            }
        }
        let found = (hits as f64 / self.bases.len() as f64, change / changes);
        eprintln!(
            "{} n = {} {}: shift {shift:.4} changes by {:.5}, found in {:.1} %",
            self.law.name(),
            self.rows,
            if paired { "paired" } else { "unpaired" },
            found.1,
            100.0 * found.0
        );
        found
    }
}

fn found(base: &Baseline, other: &Audit, paired: bool) -> bool {
    let policy =
        "[[rule]]\nmetric = \"uniformity\"\nno_worse_than_baseline = { confidence = 0.95 }\n";
    let policy = Policy::parse("policy", policy).expect("a policy");
    let against = BaselineFit {
        path: "baseline",
        baseline: Some(base),
        paired,
        neighbours: None,
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
        .and_then(|data| data.run(backend, &NoWatch))
        .expect("an audit")
}
