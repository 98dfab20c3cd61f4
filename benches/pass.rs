//! The all-pairs pass as a share of the machine's FMA peak.
//!
//! `cargo bench --bench pass` prints, for each kernel and width, the time of the whole pass (packing included) with
//! t = 0.5, 1, 2, 4 and tau = 0.05, 0.07, 0.1, 0.5 at once, and the ratio of its N(N-1)·d flops per second to the
//! multiply-adds per second that the same kernel reaches with all operands in registers, measured before and after
//! each round so that a machine whose speed drifts cannot flatter either.
//!
//! `-- --rows N`, `--dims 64,128`, `--threads 2` and `--kernel avx2` choose; `--test` runs everything once, small.
//!
//! `--floor 60` ends with 1 where the best round of any kernel and width stays below that share, in percent.
//!
//! `--search` walks each size in turns with and without what those who search ask (a positive of every row, 20 nearest
//! rows, fine counts of cosines; and each of the three alone), and prints how many times the CPU time of the plain walk each
//! takes; last with positives at random, which stand anywhere.
//!
//! `--python PATH` does the same over the same rows, on as many threads, by what that Python has of NumPy, PyTorch, JAX and
//! faiss (`benches/peers.py`), and prints times, memory and errors.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Instant;

use ndarray::{Array2, Axis};
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::backend::{self, Backend};
use spherecheck::data::{Embeddings, UnitRows};
use spherecheck::kernel::{self, Choice, Exponents, Kernel, Precision, WithKernel};
use spherecheck::pass::{
    BinSearch, GramJob, GramState, Layout, NoWatch, Plan, Search, lowest_bin, pair_cosines,
};

const TS: [f64; 4] = [0.5, 1.0, 2.0, 4.0];
const TAUS: [f64; 4] = [0.05, 0.07, 0.1, 0.5];
const ROUNDS: usize = 7;

fn main() {
    let mut options = Options {
        rows: 10_000,
        dims: vec![64, 128, 384, 768],
        threads: vec![1, 2],
        kernel: None,
        search: false,
        rounds: ROUNDS,
        python: None,
        floor: 0.0,
    };
    let mut below = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match arg.as_str() {
            "--rows" => options.rows = value().parse().expect("--rows N"),
            "--dims" => options.dims = list(&value()),
            "--threads" => options.threads = list(&value()),
            "--kernel" => options.kernel = Some(value()),
            "--search" => options.search = true,
            "--rounds" => options.rounds = value().parse().expect("--rounds N"),
            "--floor" => options.floor = value().parse().expect("--floor PERCENT"),
            "--python" => options.python = Some(value()),
            "--test" => (options.rows, options.rounds, options.search) = (700, 1, true),
            _ => {}
        }
    }
    println!(
        "rows {}, t {TS:?}, tau {TAUS:?}, medians of {} rounds",
        options.rows, options.rounds
    );
    println!(
        "{:>9} {:>5} {:>8} {:>10} {:>10} {:>10} {:>7} {:>7}",
        "kernel", "d", "threads", "seconds", "GFLOP/s", "peak", "share", "best"
    );
    for &dim in &options.dims {
        let rows = rows(options.rows, dim);
        for choice in kernel::available() {
            let wanted = options.kernel.as_deref().unwrap_or(choice.name()) == choice.name();
            let slow = choice == Choice::Portable && options.kernel.is_none();
            if wanted && !slow {
                let mut alone = f64::NAN;
                for &threads in &options.threads {
                    let (seconds, share) = bench(choice, &rows, threads, &options);
                    if share < options.floor {
                        below.push(format!("{} at d = {dim}: {share:.1} %", choice.name()));
                    }
                    if threads == 1 {
                        alone = seconds;
                    } else if alone.is_finite() {
                        println!("{:>54} {:.2} times one thread", "", alone / seconds);
                    }
                }
            }
        }
    }
    assert!(
        below.is_empty(),
        "below {} % of the peak: {}",
        options.floor,
        below.join(", ")
    );
}

struct Options {
    rows: usize,
    dims: Vec<usize>,
    threads: Vec<usize>,
    kernel: Option<String>,
    search: bool,
    rounds: usize,
    python: Option<String>,
    floor: f64,
}

fn list(text: &str) -> Vec<usize> {
    text.split(',')
        .map(|v| v.parse().expect("a comma list of numbers"))
        .collect()
}

/// Rows in twenty loose clusters, so that cosines are spread as those of real embeddings are. Every second one is the one
/// before it behind noise: they are positives, which stand high, as those of a model that is worth measuring do.
fn rows(n: usize, dim: usize) -> UnitRows {
    let mut random = Pcg64::seed_from_u64(1);
    let centres = Array2::from_shape_simple_fn((20, dim), || gaussian(&mut random));
    let mut data = Array2::<f32>::zeros((n, dim));
    for mut two in data.axis_chunks_iter_mut(Axis(0), 2) {
        let centre = centres.row(random.random_range(0..20));
        for (mut column, c) in two.columns_mut().into_iter().zip(centre) {
            let first = 0.7 * c + gaussian(&mut random);
            column.fill(first as f32);
            for noisy in column.iter_mut().skip(1) {
                *noisy += gaussian(&mut random) as f32;
            }
        }
    }
    UnitRows::normalise(Embeddings::from_array("bench", data.view()).unwrap()).unwrap()
}

fn gaussian(random: &mut impl Rng) -> f64 {
    (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0
}

/// The median time of a walk, and the largest share of the peak in percent.
fn bench(choice: Choice, rows: &UnitRows, threads: usize, options: &Options) -> (f64, f64) {
    let rounds = options.rounds;
    let backend = backend::cpu(Some(threads), Some(choice.name())).unwrap();
    let coefficients: Vec<f64> = TS
        .iter()
        .map(|t| 2.0 * t)
        .chain(TAUS.iter().map(|tau| 1.0 / tau))
        .collect();
    let exponents = Exponents::plan(&coefficients);
    let layout = Layout::new(rows.rows(), 0);
    let plan = Plan::symmetric(&layout);
    let grouped: Vec<bool> = exponents
        .coefficients()
        .map(|c| TAUS.iter().any(|tau| 1.0 / tau == c))
        .collect();
    let job = GramJob {
        a: (rows, &layout),
        b: None,
        excluded: &[],
        items: None,
        exponents: &exponents,
        grouped: &grouped,
        histogram: false,
        duplicates: Some(1.0 - 1e-6),
        precision: Precision::F32,
        plan: &plan,
        search: Search::default(),
    };
    check(&backend.gram(job, &NoWatch).unwrap().state, rows);
    let flops = rows.rows() as f64 * (rows.rows() as f64 - 1.0) * rows.dim() as f64;
    let mut samples: Vec<(f64, f64)> = (0..rounds)
        .map(|_| {
            let before = peak(choice);
            let start = Instant::now();
            std::hint::black_box(backend.gram(job, &NoWatch).unwrap());
            let seconds = start.elapsed().as_secs_f64();
            (seconds, before.max(peak(choice)) * threads as f64)
        })
        .collect();
    samples.sort_by(|a, b| (a.0 * a.1).total_cmp(&(b.0 * b.1)));
    let (seconds, peak) = samples[samples.len() / 2];
    let best = samples[0];
    let best = 100.0 * flops / best.0 / best.1;
    println!(
        "{:>9} {:>5} {:>8} {:>10.4} {:>10.1} {:>10.1} {:>6.1}% {:>6.1}%",
        choice.name(),
        rows.dim(),
        threads,
        seconds,
        flops / seconds / 1e9,
        peak / 1e9,
        100.0 * flops / seconds / peak,
        best,
    );
    if options.search {
        bench_search(&*backend, job, rounds);
    }
    if let Some(python) = &options.python {
        let memory = memory_of(|| drop(backend.gram(job, &NoWatch)));
        println!("{:>24} a walk here: {:.0} MB", "", memory / 1e6);
        let nearest = Search {
            nearest: 10,
            ..Search::default()
        };
        let with_nearest = GramJob {
            search: nearest,
            ..job
        };
        let walk = || backend.gram(with_nearest, &NoWatch).unwrap();
        let seconds = (0..3).map(|_| {
            let start = Instant::now();
            std::hint::black_box(walk());
            start.elapsed().as_secs_f64()
        });
        let best = seconds.fold(f64::INFINITY, f64::min);
        println!("{:>24} with the 10 nearest: {best:.4} s", "");
        let found = backend.gram(job, &NoWatch).unwrap().state;
        bench_peers(python, (rows, threads), &numbers(&found));
    }
    (seconds, best)
}

/// Walks with a search against walks without, in turns; the ratio of their CPU times in each round, the median of them.
fn bench_search(backend: &dyn Backend, plain: GramJob<'_>, rounds: usize) {
    let rows = plain.a.0;
    let count = rows.rows() as u32;
    let positives: Vec<(u32, u32)> = (0..count / 2).map(|i| (2 * i, 2 * i + 1)).collect();
    let cosines = pair_cosines((rows, rows), &positives);
    let anyones: Vec<(u32, u32)> = (0..count / 2).map(|i| (i, i + count / 2)).collect();
    let anyones_cosines = pair_cosines((rows, rows), &anyones);
    let positions = Search {
        positives: &positives,
        cosines: &cosines,
        ..Search::default()
    };
    let nearest = Search {
        nearest: 20,
        ..Search::default()
    };
    let counts = Search {
        // Those that the positives call for.
        cosine_counts: Some(0),
        ..positions
    };
    let all = Search {
        nearest: 20,
        ..counts
    };
    let at_random = Search {
        positives: &anyones,
        cosines: &anyones_cosines,
        ..all
    };
    let groups = plain.a.1.group_of_rows();
    let seconds = |mut search: Search<'_>| {
        let start = cpu_seconds();
        let sought = BinSearch {
            a: (rows, &groups),
            b: None,
            items: None,
            positives: search.positives,
            cosines: search.cosines,
        };
        let lowest = |_| lowest_bin(sought, 0.01);
        search.cosine_counts = search.cosine_counts.map(lowest);
        let job = GramJob { search, ..plain };
        std::hint::black_box(backend.gram(job, &NoWatch).unwrap());
        cpu_seconds() - start
    };
    let named = [
        ("positions", positions),
        ("nearest", nearest),
        ("and counts", counts),
        ("all of it", all),
        ("at random", at_random),
    ];
    for (name, search) in named {
        let mut ratios: Vec<f64> = (0..rounds)
            .map(|_| {
                let before = seconds(Search::default());
                let asked = seconds(search);
                2.0 * asked / (before + seconds(Search::default()))
            })
            .collect();
        ratios.sort_by(f64::total_cmp);
        println!(
            "{:>24} {name:>10}: {:.3} times the plain walk ({:.3} to {:.3})",
            "",
            ratios[ratios.len() / 2],
            ratios[0],
            ratios[ratios.len() - 1],
        );
    }
}

/// CPU time of all threads so far: what others run on the machine disturbs it less. Where Linux does not tell it, the time.
fn cpu_seconds() -> f64 {
    let task = |task: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    };
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    std::fs::read_dir("/proc/self/task").map_or_else(
        |_| START.elapsed().as_secs_f64(),
        |tasks| tasks.filter_map(task).sum::<f64>() / 1e9,
    )
}

/// Uniformities, then uniform terms.
fn numbers(state: &GramState) -> Vec<f64> {
    let means = |c: f64| {
        let sums = state.rows.totals(state.at(c));
        let partners = sums.len() as f64 - 1.0;
        sums.into_iter().map(move |sum| sum / partners)
    };
    let count = state.rows.rows() as f64;
    let uniformities = TS.map(|t| (means(2.0 * t).sum::<f64>() / count).ln() - 2.0 * t);
    let terms = TAUS.map(|tau| means(1.0 / tau).map(f64::ln).sum::<f64>() / count);
    [uniformities, terms].concat()
}

/// Prints what other packages take over the same rows, and how far their numbers and these are off.
fn bench_peers(python: &str, (rows, threads): (&UnitRows, usize), numbers: &[f64]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers.py");
    let shape = [rows.rows(), rows.dim(), threads].map(|number| number.to_string());
    let mut peer = Command::new(python)
        .arg(script)
        .args(shape)
        .args(numbers.iter().map(f64::to_string))
        .stdin(Stdio::piped())
        .stdout(Stdio::inherit())
        .spawn()
        .expect("--python PATH");
    let mut row = vec![0.0; rows.dim()];
    let mut bytes = Vec::new();
    for i in 0..rows.rows() {
        rows.row_f32(i, &mut row);
        bytes.extend(row.iter().flat_map(|v| v.to_le_bytes()));
    }
    let sent = peer.stdin.take().map(|mut to| to.write_all(&bytes));
    assert!(
        matches!(sent, Some(Ok(()))) && peer.wait().is_ok_and(|status| status.success()),
        "{python} did not compute with these rows"
    );
}

/// Bytes that `run` takes beside what the process holds, where Linux tells them.
fn memory_of(run: impl FnOnce()) -> f64 {
    let resident = |what: &str| {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(what))?;
        Some(1024.0 * line.split_whitespace().next()?.parse::<f64>().ok()?)
    };
    let before = resident("VmRSS:");
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    run();
    let most = resident("VmHWM:").zip(before);
    most.map_or(f64::NAN, |(most, before)| most - before)
}

/// The pass that is timed computes what it says: a few rows against f64.
fn check(state: &GramState, rows: &UnitRows) {
    let dim = rows.dim();
    let (mut x, mut y) = (vec![0.0; dim], vec![0.0; dim]);
    for i in [0, rows.rows() / 2, rows.rows() - 1] {
        rows.row_f64(i, &mut x);
        let mut exact = vec![0.0; state.coefficients.len()];
        for j in (0..rows.rows()).filter(|&j| j != i) {
            rows.row_f64(j, &mut y);
            let s: f64 = x.iter().zip(&y).map(|(x, y)| x * y).sum();
            for (sum, c) in exact.iter_mut().zip(&state.coefficients) {
                *sum += (c * s).exp();
            }
        }
        for (c, exact) in exact.iter().enumerate() {
            let error = (state.rows.totals(c)[i].ln() - exact.ln()).abs();
            assert!(
                error < 5e-6,
                "row {i}, c = {}: off by {error}",
                state.coefficients[c]
            );
        }
    }
}

/// Multiply-adds per second with everything in registers.
fn peak(choice: Choice) -> f64 {
    struct Peak;
    impl WithKernel for Peak {
        type Output = f64;
        fn run<K: Kernel>(self, kernel: K) -> f64 {
            let start = Instant::now();
            let (flops, value) = kernel.peak(2_000_000);
            std::hint::black_box(value);
            flops / start.elapsed().as_secs_f64()
        }
    }
    choice.run(Peak)
}
