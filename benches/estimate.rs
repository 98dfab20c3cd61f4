//! What an estimate is worth: its error against its time, and how often its intervals hold the truth.
//!
//! `cargo bench --bench estimate` makes clustered rows (100,000 of 768 columns, half precision, in a temporary file) and
//! audits them on one thread with several budgets, after one reading of the file. `-- --rows 1000000 --budgets 10`,
//! `--dim`, `--threads` and `--dir` choose; `--exact` adds the exact pass and how far each estimate is from it.
//!
//! `-- --coverage` audits many samples of the laws of `benches/coverage.rs` from a fixed part of their pairs, and prints
//! the share of 95 % intervals that hold the truth. `--replicates 400`, `--laws`, `--truth` and `--seed` choose.
//!
//! `--test` runs both once, small. Progress goes to stderr.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints what it measured"
)]

#[path = "../tests/it/support/laws.rs"]
#[allow(dead_code, reason = "the study of exact intervals uses the rest")]
mod laws;

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Instant;

use half::f16;
use laws::{Judged, LAWS, Law};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::audit::{Effort, Inputs, PositivesInput, Settings, prepare};
use spherecheck::backend::{self, Backend};
use spherecheck::input::open_embeddings;
use spherecheck::metric::MetricId;
use spherecheck::pass::NoWatch;
use spherecheck::result::{Audit, Measure};

struct Options {
    rows: usize,
    dim: usize,
    threads: usize,
    budgets: Vec<f64>,
    dir: std::path::PathBuf,
    exact: bool,
    coverage: bool,
    laws: Vec<Law>,
    sizes: Vec<(usize, usize, usize)>,
    replicates: usize,
    truth: usize,
    seed: u64,
}

fn main() {
    let mut options = Options {
        rows: 100_000,
        dim: 768,
        threads: 1,
        budgets: vec![1.0, 2.0, 5.0, 10.0],
        dir: std::env::temp_dir(),
        exact: false,
        coverage: false,
        laws: LAWS.to_vec(),
        sizes: vec![(1000, 2, 64), (1000, 6, 0), (5000, 3, 0), (5000, 12, 256)],
        replicates: 1000,
        truth: 200_000,
        seed: 1,
    };
    let mut args = std::env::args().skip(1);
    let mut small = false;
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match arg.as_str() {
            "--rows" => options.rows = value().parse().expect("--rows N"),
            "--dim" => options.dim = value().parse().expect("--dim D"),
            "--threads" => options.threads = value().parse().expect("--threads N"),
            "--budgets" => options.budgets = list(&value()),
            "--dir" => options.dir = value().into(),
            "--exact" => options.exact = true,
            "--coverage" => options.coverage = true,
            "--laws" => options.laws = Law::named(&value()),
            "--replicates" => options.replicates = value().parse().expect("--replicates N"),
            "--truth" => options.truth = value().parse().expect("--truth ROWS"),
            "--seed" => options.seed = value().parse().expect("--seed N"),
            "--test" => small = true,
            _ => {}
        }
    }
    if small {
        (options.rows, options.dim, options.budgets) = (2000, 32, vec![0.001]);
        (options.replicates, options.truth) = (2, 1000);
        options.sizes.truncate(1);
        errors(&options);
        return coverage(&options);
    }
    if options.coverage {
        coverage(&options);
    } else {
        errors(&options);
    }
}

fn list(text: &str) -> Vec<f64> {
    text.split(',')
        .map(|v| v.parse().expect("a comma list of numbers"))
        .collect()
}

// ---------------------------------------------------------------------------------------------------------------------
// Error against time

fn errors(options: &Options) {
    let scratch = tempfile::tempdir_in(&options.dir).expect("a scratch directory");
    let path = scratch.path().join("clustered.npy");
    eprintln!("making {} rows of {} columns", options.rows, options.dim);
    clustered(&path, options.rows, options.dim, options.seed);
    let backend = backend::cpu(Some(options.threads), None).expect("a backend");
    let exact = options.exact.then(|| {
        eprintln!("exact pass");
        run(&path, Effort::Exact, &*backend)
    });
    println!(
        "{} rows, {} columns, {} kernel, {} thread(s)\n",
        options.rows,
        options.dim,
        backend.kernel(),
        options.threads
    );
    let off = if exact.is_some() { " off by |" } else { "" };
    let line = if exact.is_some() { "--:|" } else { "" };
    println!(
        "| budget | took | pairs seen | rounds, rows, squares | uniformity{{t=2}} Monte Carlo |{off} se \
         | uniform term{{tau=0.5}} Monte Carlo |{off} se | uniform term{{tau=0.07}} Monte Carlo |{off} se |"
    );
    println!("|--:|--:|--:|:--|--:|{line}--:|--:|{line}--:|--:|{line}--:|");
    for &budget in &options.budgets {
        let (audit, seconds) = run(&path, Effort::Seconds(budget), &*backend);
        let card = audit.provenance.estimate.as_ref();
        let seen = card.map_or("all".to_owned(), |card| {
            format!("{:.3e}", card.pairs_seen as f64)
        });
        let amount = card.map_or("exact".to_owned(), |card| {
            format!("{}, {}, {}", card.rounds, card.full_rows, card.squares)
        });
        print!("| {budget} s | {seconds:.2} s | {seen} | {amount} |");
        for (metric, param) in [
            (MetricId::Uniformity, 2.0),
            (MetricId::ContrastiveUniformTerm, 0.5),
            (MetricId::ContrastiveUniformTerm, 0.07),
        ] {
            let measure = find(&audit, metric, param);
            let monte_carlo = measure.monte_carlo.unwrap_or(0.0);
            print!(" {monte_carlo:.1e} |");
            if let Some((exact, _)) = &exact {
                print!(
                    " {:+.1e} |",
                    measure.value - find(exact, metric, param).value
                );
            }
            print!(" {:.1e} |", measure.se.unwrap_or(0.0));
        }
        println!();
    }
    if let Some((exact, seconds)) = exact {
        println!(
            "\nexact: {seconds:.1} s, {:.3e} pairs",
            exact.provenance.pairs_visited as f64
        );
    }
}

fn find(audit: &Audit, metric: MetricId, param: f64) -> &Measure {
    let this = |m: &&Measure| m.metric == metric && m.params.values().next() == Some(&param);
    audit.measures.iter().find(this).expect("the measure")
}

/// The audit, and its seconds after the first reading of the file.
fn run(path: &Path, effort: Effort, backend: &dyn Backend) -> (Audit, f64) {
    let settings = Settings {
        effort,
        ..Settings::default()
    };
    let inputs = Inputs {
        name: "clustered".to_owned(),
        a: open_embeddings(path, None).expect("rows"),
        b: None,
        positives: PositivesInput::None,
        groups: None,
    };
    let data = prepare(inputs, &settings, backend, &NoWatch).expect("data");
    let start = Instant::now();
    let audit = data.run(backend, &NoWatch).expect("an audit");
    (audit, start.elapsed().as_secs_f64())
}

/// Clusters of Zipf sizes around a common mean, spread by a power law of the column; one row of fifty nearly repeats an
/// earlier one. Cosines are about 0.24 ± 0.13, as those of sentences.
fn clustered(path: &Path, rows: usize, dim: usize, seed: u64) {
    const CLUSTERS: usize = 2000;
    let mut rng = Pcg64::seed_from_u64(seed);
    let spread: Vec<f32> = (0..dim).map(|k| (k as f32 + 4.0).powf(-0.55)).collect();
    let size = spread.iter().map(|v| v * v).sum::<f32>().sqrt();
    let normals = move |rng: &mut Pcg64, scale: f32| -> Vec<f32> {
        spread
            .iter()
            .map(|s| scale * s / size * normal(rng))
            .collect()
    };
    let mean: Vec<f32> = (0..dim)
        .map(|_| 0.56 / (dim as f32).sqrt() * normal(&mut rng))
        .collect();
    let centres: Vec<Vec<f32>> = (0..CLUSTERS).map(|_| normals(&mut rng, 0.5)).collect();
    let weights: Vec<f64> = (1..=CLUSTERS)
        .scan(0.0, |sum, k| {
            *sum += 1.0 / k as f64;
            Some(*sum)
        })
        .collect();
    let mut file = BufWriter::new(std::fs::File::create(path).expect("a file"));
    let shape = format!("{{'descr': '<f2', 'fortran_order': False, 'shape': ({rows}, {dim}), }}");
    let header = format!("{shape:<117}\n");
    file.write_all(b"\x93NUMPY\x01\x00").expect("a header");
    file.write_all(&(header.len() as u16).to_le_bytes())
        .expect("a header");
    file.write_all(header.as_bytes()).expect("a header");
    let mut kept: Vec<Vec<f32>> = Vec::new();
    for row in 0..rows {
        let values = if row % 50 == 49 {
            let near = &kept[rng.random_range(0..kept.len())];
            near.iter().map(|v| v + 0.003 * normal(&mut rng)).collect()
        } else {
            let u = rng.random::<f64>() * weights[CLUSTERS - 1];
            let centre = &centres[weights.partition_point(|w| *w < u).min(CLUSTERS - 1)];
            let own = normals(&mut rng, 0.7);
            let row = mean.iter().zip(centre).zip(own);
            row.map(|((m, c), v)| m + c + v).collect::<Vec<f32>>()
        };
        let halves = values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes());
        file.write_all(&halves.collect::<Vec<u8>>()).expect("a row");
        if kept.len() < 2000 {
            kept.push(values);
        } else if row % 7 == 0 {
            kept[row / 7 % 2000] = values;
        }
    }
    file.flush().expect("all rows");
}

/// Nearly normal: the sum of four uniform numbers of 16 bits.
fn normal(rng: &mut Pcg64) -> f32 {
    let bits: u64 = rng.random();
    let sum: u64 = (0..4).map(|k| bits >> (16 * k) & 0xffff).sum();
    (sum as f32 / 65_536.0 - 2.0) * 3.0_f32.sqrt()
}

// ---------------------------------------------------------------------------------------------------------------------
// Coverage

fn coverage(options: &Options) {
    let backend = backend::cpu(None, None).expect("a backend");
    let labels = Judged::labels();
    println!(
        "| law | n | rounds, rows | samples | {} |",
        labels.join(" | ")
    );
    println!("|:--|--:|--:|--:|{}", "--:|".repeat(labels.len()));
    for &law in &options.laws {
        eprintln!("{}: truth from {} rows", law.name(), options.truth);
        let truth = law.truth(options.truth, &*backend);
        for &(rows, rounds, full_rows) in &options.sizes {
            let effort = Effort::Amount {
                rounds,
                full_rows,
                squares: full_rows > 0,
            };
            let mut held = [0; Judged::ALL.len()];
            for replicate in 0..options.replicates {
                let seed = options.seed + replicate as u64;
                let audit = law.audit_with(rows, seed, effort, &*backend);
                assert!(audit.provenance.estimate.is_some(), "an estimate");
                for (k, judged) in Judged::ALL.iter().enumerate() {
                    let interval = judged.interval(&audit).expect("an interval");
                    let inside = (interval.low..=interval.high).contains(&truth[k].value);
                    held[k] += usize::from(inside);
                }
            }
            let shares: Vec<String> = held
                .iter()
                .map(|&held| format!("{:.1}", 100.0 * held as f64 / options.replicates as f64))
                .collect();
            println!(
                "| {} | {rows} | {rounds}, {full_rows} | {} | {} |",
                law.name(),
                options.replicates,
                shares.join(" | ")
            );
        }
    }
}
