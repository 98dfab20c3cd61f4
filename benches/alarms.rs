//! How often a gate fails where there is nothing to find.
//!
//! `cargo bench --bench alarms` draws items, makes two models of them (each row with noise of the model's own, of one law)
//! and holds one against the other as a baseline, with 1, 3 and 10 rules `no_worse_than_baseline = {}` of confidence
//! 0.95. Printed, as a Markdown table: in how many of 2,000 seeded trials the gate fails, for each way that rows and positives
//! come in. At most 5 % are promised, whatever the number of rules: the exit status is 1 where a share is above 7.
//!
//! `-- --settings captions,zipf`, `--laws clustered`, `--trials 200` choose; `--test` runs everything once, small.
//! Progress goes to stderr.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints what it measured"
)]

#[path = "../tests/it/support/laws.rs"]
#[allow(dead_code, reason = "the study of coverage uses the rest")]
mod laws;
#[path = "coverage/samples.rs"]
mod samples;

use std::process::ExitCode;

use laws::Law;
use ndarray::Array2;
use samples::{MODEL, SETTINGS, Sample, Setting, noise};
use spherecheck::audit::{Inputs, Settings, prepare};
use spherecheck::backend::{self, Backend};
use spherecheck::data::Embeddings;
use spherecheck::gate::{Baseline, BaselineFit, Decision, Policy, judge};
use spherecheck::pass::NoWatch;
use spherecheck::result::Audit;

/// Numbers of rules.
const COUNTS: [usize; 3] = [1, 3, 10];

/// A rule's metric, and its side in one view and in two.
const RULES: [(&str, &str, &str); 10] = [
    ("uniformity{t=2}", "a", "mean"),
    ("alignment{alpha=2}", "a", "cross"),
    ("contrastive_limit{tau=0.5}", "a", "cross"),
    ("contrastive_limit{tau=0.07}", "a", "cross"),
    ("mean_cosine", "a", "mean"),
    ("alignment{alpha=1}", "a", "cross"),
    ("uniformity{t=5}", "a", "mean"),
    ("contrastive_uniform_term{tau=0.5}", "a", "a"),
    ("contrastive_uniform_term{tau=0.07}", "a", "a"),
    ("uniformity{t=1}", "a", "mean"),
];

/// The audit of a model of the sample.
fn audit(sample: &Sample, (seed, model): (u64, u64), backend: &dyn Backend) -> Audit {
    let embeddings = |name, rows: &Array2<f32>, view: u64| {
        let own = noise(rows.nrows(), seed ^ ((1 + 2 * model + view) << 50));
        let rows = rows + own * MODEL;
        Embeddings::from_array(name, rows.view()).expect("rows")
    };
    let settings = Settings {
        alphas: vec![1.0, 2.0],
        ts: vec![1.0, 2.0, 5.0],
        taus: vec![0.07, 0.5],
        ..Settings::default()
    };
    let inputs = Inputs {
        name: "model".to_owned(),
        a: embeddings("a", &sample.a, 0),
        b: sample.b.as_ref().map(|b| embeddings("b", b, 1)),
        positives: sample.positives.clone(),
        groups: sample.groups.clone(),
    };
    prepare(inputs, &settings, backend, &NoWatch)
        .and_then(|data| data.run(backend, &NoWatch))
        .expect("an audit")
}

fn policy(count: usize, two: bool) -> Policy {
    let rule = |(metric, one, both): &(&str, &str, &str)| {
        let side = if two { both } else { one };
        format!(
            "[[rule]]\nmetric = \"{metric}\"\nside = \"{side}\"\nno_worse_than_baseline = {{}}\n"
        )
    };
    let text: String = RULES[..count].iter().map(rule).collect();
    Policy::parse("policy", &text).expect("a policy")
}

/// In how many trials the gate fails, with each number of rules.
fn alarms(setting: &Setting, law: Law, trials: u64, backend: &dyn Backend) -> [u64; 3] {
    let mut failed = [0; 3];
    for seed in 0..trials {
        let sample = (setting.sample)(law, seed);
        let base = Baseline::of(&audit(&sample, (seed, 0), backend));
        let other = audit(&sample, (seed, 1), backend);
        let paired = base.fits("baseline", &other).expect("the same items");
        let against = BaselineFit {
            path: "baseline",
            baseline: Some(&base),
            paired,
            neighbours: None,
        };
        for (failed, count) in failed.iter_mut().zip(COUNTS) {
            let policy = policy(count, sample.b.is_some());
            let verdict = judge(&other, &policy, Some(against)).expect("a verdict");
            *failed += u64::from(verdict.decision == Decision::Violated);
        }
        if seed % 100 == 99 {
            eprint!(
                "\r{} {}: {} of {trials}",
                setting.name,
                law.name(),
                seed + 1
            );
        }
    }
    eprintln!();
    failed
}

fn main() -> ExitCode {
    let mut laws = vec![Law::Clustered, Law::Anisotropic];
    let mut settings: Vec<&Setting> = SETTINGS.iter().collect();
    let mut trials = 2000;
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match arg.as_str() {
            "--laws" => laws = Law::named(&value()),
            "--trials" => trials = value().parse().expect("--trials N"),
            "--settings" => {
                let names = value();
                let named = |setting: &&Setting| names.split(',').any(|name| name == setting.name);
                settings.retain(named);
            }
            "--test" => (laws, trials) = (vec![Law::Clustered], 2),
            _ => {}
        }
    }
    let backend = backend::cpu(None, None).expect("a backend");
    println!("| rows and positives | law | trials | 1 rule | 3 rules | 10 rules |");
    println!("|:--|:--|--:|--:|--:|--:|");
    let mut most: f64 = 0.0;
    for setting in settings {
        for &law in &laws {
            let failed = alarms(setting, law, trials, &*backend);
            let shares = failed.map(|failed| 100.0 * failed as f64 / trials as f64);
            most = shares.iter().copied().fold(most, f64::max);
            let cells = shares.map(|share| format!("{share:.1} %"));
            println!(
                "| {} | {} | {trials} | {} |",
                setting.name,
                law.name(),
                cells.join(" | ")
            );
        }
    }
    // Two trials say nothing.
    ExitCode::from(u8::from(most > 7.0 && trials >= 100))
}
