//! How often the intervals hold the truth.
//!
//! `cargo bench --bench coverage` audits many samples of laws whose numbers are known and prints, as a Markdown table,
//! the share of 95 % intervals that hold them. Truth: closed forms for uniform rows; elsewhere one sample of 200,000
//! rows (and 2,000,000 positive pairs), whose own error, printed with it, is a few hundredths to a fifth of the errors
//! that are judged.
//!
//! `-- --settings` does the same where rows come in items (two or five rows an item, captions, documents), and at small
//! tau, and exits with 1 where the 95 % interval of a share misses 93 to 97.
//!
//! `-- --search` judges retrieval, thresholds, hubs and the space check, `-- --dot` the same by inner product, and
//! `-- --spectrum` ranks and spreads of the spectrum; the truth is the mean over all samples. All take `--settings`: where
//! rows come in items, where they are few, and where a sample of queries searches (`--only TEXT`: the settings whose names
//! hold it).
//!
//! `-- --ported` judges a threshold of one model that is found again in another; the truth is what 40,000 rows of each say.
//!
//! `-- --space` judges scored pairs, parity, classes, modality and drift (`--only parity`: those whose names hold it).
//!
//! `-- --rows 200,1000`, `--laws uniform,clustered`, `--replicates 400`, `--truth 50000` and `--seed 7` choose;
//! `--test` runs everything once, small. Progress goes to stderr.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints what it measured"
)]

#[path = "../tests/it/support/laws.rs"]
mod laws;
#[path = "coverage/ported.rs"]
mod ported;
#[path = "coverage/samples.rs"]
#[allow(dead_code, reason = "the study of false alarms uses the rest")]
mod samples;
#[path = "coverage/searched.rs"]
mod searched;
#[path = "coverage/settings.rs"]
mod settings;
#[path = "coverage/space.rs"]
mod space;

use std::collections::BTreeMap;
use std::process::ExitCode;

use laws::{Judged, LAWS, Law};
use spherecheck::backend;

/// Rows of the sample that stands for the truth.
const TRUTH_ROWS: usize = 200_000;

fn main() -> ExitCode {
    let mut options = Options {
        rows: vec![200, 1000, 5000],
        laws: LAWS.to_vec(),
        replicates: None,
        truth: TRUTH_ROWS,
        seed: 1,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match arg.as_str() {
            "--rows" => options.rows = list(&value()),
            "--laws" => options.laws = Law::named(&value()),
            "--replicates" => options.replicates = Some(value().parse().expect("--replicates N")),
            "--truth" => options.truth = value().parse().expect("--truth ROWS"),
            "--settings" => return settings::run(&mut args),
            "--search" => {
                searched::run(&searched::SEARCH, &mut args);
                return ExitCode::SUCCESS;
            }
            "--dot" => {
                searched::run(&searched::DOT, &mut args);
                return ExitCode::SUCCESS;
            }
            "--spectrum" => {
                searched::run(&searched::SPECTRUM, &mut args);
                return ExitCode::SUCCESS;
            }
            "--ported" => {
                ported::run(&mut args);
                return ExitCode::SUCCESS;
            }
            "--space" => {
                space::run(&mut args);
                return ExitCode::SUCCESS;
            }
            "--seed" => options.seed = value().parse().expect("--seed N"),
            "--test" => {
                (options.rows, options.truth) = (vec![100], 1000);
                options.replicates = Some(3);
            }
            _ => {}
        }
    }
    run(&options);
    ExitCode::SUCCESS
}

struct Options {
    rows: Vec<usize>,
    laws: Vec<Law>,
    replicates: Option<usize>,
    truth: usize,
    seed: u64,
}

impl Options {
    /// More where they are cheap.
    fn replicates(&self, rows: usize) -> usize {
        self.replicates.unwrap_or(match rows {
            0..=300 => 4000,
            301..=2000 => 2000,
            _ => 1000,
        })
    }
}

/// What a table of its own is asked.
struct Asked {
    rows: Vec<usize>,
    laws: Vec<Law>,
    replicates: u64,
    only: String,
    settings: bool,
    test: bool,
}

impl Asked {
    /// By `args`, with so many replicates where they say nothing, and few of so many rows for `--test`.
    fn read(args: &mut impl Iterator<Item = String>, replicates: u64, few: usize) -> Self {
        let mut asked = Self {
            rows: vec![200, 1000],
            laws: Law::named("clustered,anisotropic"),
            replicates,
            only: String::new(),
            settings: false,
            test: false,
        };
        while let Some(arg) = args.next() {
            let mut value = || args.next().unwrap_or_default();
            match arg.as_str() {
                "--rows" => asked.rows = list(&value()),
                "--laws" => asked.laws = Law::named(&value()),
                "--replicates" => asked.replicates = value().parse().expect("--replicates N"),
                "--settings" => asked.settings = true,
                "--only" => asked.only = value(),
                "--test" => (asked.rows, asked.replicates, asked.test) = (vec![few], 3, true),
                _ => {}
            }
        }
        asked
    }
}

fn list(text: &str) -> Vec<usize> {
    text.split(',')
        .map(|v| v.parse().expect("a comma list of numbers"))
        .collect()
}

fn run(options: &Options) {
    let backend = backend::cpu(None, None).expect("a backend");
    let labels = Judged::labels();
    println!("| law | n | samples | {} |", labels.join(" | "));
    println!("|:--|--:|--:|{}", "--:|".repeat(labels.len()));
    let mut truths = Vec::new();
    for &law in &options.laws {
        eprintln!("{}: truth from {} rows", law.name(), options.truth);
        let truth = law.truth(options.truth, &*backend);
        for &rows in &options.rows {
            let replicates = options.replicates(rows);
            let mut held: BTreeMap<usize, usize> = BTreeMap::new();
            for replicate in 0..replicates {
                let seed = options.seed + replicate as u64;
                let audit = law.audit(rows, seed, &*backend);
                for (k, judged) in Judged::ALL.iter().enumerate() {
                    let interval = judged.interval(&audit).expect("an interval");
                    let inside = (interval.low..=interval.high).contains(&truth[k].value);
                    *held.entry(k).or_default() += usize::from(inside);
                }
                if replicate % 100 == 99 {
                    eprint!(
                        "\r{} n = {rows}: {} of {replicates}",
                        law.name(),
                        replicate + 1
                    );
                }
            }
            eprintln!();
            let shares: Vec<String> = held
                .values()
                .map(|&held| format!("{:.1}", 100.0 * held as f64 / replicates as f64))
                .collect();
            println!(
                "| {} | {rows} | {replicates} | {} |",
                law.name(),
                shares.join(" | ")
            );
        }
        truths.push((law, truth));
    }
    println!("\nTruths, with their own standard errors:\n");
    println!("| law | {} |", labels.join(" | "));
    println!("|:--|{}", "--:|".repeat(labels.len()));
    for (law, truth) in truths {
        let cells: Vec<String> = truth
            .iter()
            .map(|truth| format!("{:.5} ± {:.5}", truth.value, truth.se))
            .collect();
        println!("| {} | {} |", law.name(), cells.join(" | "));
    }
}
