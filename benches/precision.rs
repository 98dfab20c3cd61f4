//! What rounding the rows buys and costs: time and error of the all-pairs pass in f32, bf16 and int8.
//!
//! `cargo bench --bench precision` prints two Markdown tables for three data sets: the time of the whole pass (reading,
//! rounding and packing the rows included) for t = 2 and tau = 0.07 with everything an audit sums for them, on one
//! thread, the precisions taking turns; and how far its numbers are from f64 over all pairs, beside what an audit says.
//!
//! `-- --rows N --dim D` choose the size of the made-up sets, `--kernel avx512` the kernel, `--speed` leaves the errors
//! out; `--test` runs everything once, small.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::path::Path;
use std::time::Instant;

use ndarray::{Array2, s};
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::audit::{Inputs, PositivesInput, PrecisionChoice, Settings, prepare};
use spherecheck::backend::{self, Backend};
use spherecheck::data::{Embeddings, UnitRows};
use spherecheck::input::open_embeddings;
use spherecheck::kernel::{Exponents, Precision};
use spherecheck::metric::MetricId;
use spherecheck::pass::{GramJob, Layout, NoWatch, Plan, Search};
use spherecheck::result::Audit;

const T: f64 = 2.0;
const TAU: f64 = 0.07;

fn main() {
    let (mut rows, mut dim, mut rounds, mut kernel, mut speed_only) = (10_000, 768, 9, None, false);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match arg.as_str() {
            "--rows" => rows = value().parse().expect("--rows N"),
            "--dim" => dim = value().parse().expect("--dim D"),
            "--rounds" => rounds = value().parse().expect("--rounds K"),
            "--kernel" => kernel = Some(value()),
            "--speed" => speed_only = true,
            "--test" => (rows, dim, rounds) = (500, 100, 1),
            _ => {}
        }
    }
    let backend = backend::cpu(Some(1), kernel.as_deref()).expect("a kernel of this machine");
    let sets = [
        Set::new(format!("uniform, {rows} x {dim}"), uniform(rows, dim)),
        Set::new(format!("clustered, {rows} x {dim}"), clustered(rows, dim)),
        real(),
    ];
    println!(
        "{} kernel, t = {T}, tau = {TAU}, one thread, medians of {rounds} rounds\n",
        backend.kernel()
    );
    println!("| data | precision | seconds | times as fast | pairs/s |");
    println!("|:--|:--|--:|--:|--:|");
    sets.iter().for_each(|set| speed(set, &*backend, rounds));
    if speed_only {
        return;
    }
    println!(
        "\n| data | precision | uniformity{{t={T}}} less f64 | said | of se | uniform term{{tau={TAU}}} less f64 | said | of se | seconds to measure | auto |"
    );
    println!("|:--|:--|--:|--:|--:|--:|--:|--:|--:|:--|");
    sets.iter().for_each(|set| errors(set, &*backend));
}

struct Set {
    name: String,
    rows: UnitRows,
    layout: Layout,
}

impl Set {
    fn new(name: String, data: Array2<f32>) -> Self {
        Self::of(
            name,
            Embeddings::from_array("rows", data.view()).expect("rows"),
        )
    }

    fn of(name: String, embeddings: Embeddings) -> Self {
        let rows = UnitRows::normalise(embeddings).expect("finite rows");
        let layout = Layout::new(rows.rows(), 0);
        Self { name, rows, layout }
    }
}

fn gaussian(random: &mut impl Rng) -> f64 {
    (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0
}

/// Uniform on the sphere, or as good as.
fn uniform(n: usize, dim: usize) -> Array2<f32> {
    let mut random = Pcg64::seed_from_u64(1);
    Array2::from_shape_simple_fn((n, dim), || gaussian(&mut random) as f32)
}

/// Clusters of unequal size around a common mean, with a spectrum that falls and one row of fifty nearly repeated: as
/// sentence embeddings are.
fn clustered(n: usize, dim: usize) -> Array2<f32> {
    let mut random = Pcg64::seed_from_u64(2);
    let clusters = (n / 10).max(2);
    let fall = |k: usize| (k as f64 + 1.0).powf(-0.25);
    let mean: Vec<f64> = (0..dim)
        .map(|k| 0.4 * fall(k) * gaussian(&mut random))
        .collect();
    let centres = Array2::from_shape_fn((clusters, dim), |(_, k)| {
        mean[k] + 0.5 * fall(k) * gaussian(&mut random)
    });
    let mut data = Array2::zeros((n, dim));
    for i in 0..n {
        if i > 0 && i % 50 == 0 {
            let near = data.slice(s![i - 1, ..]).to_owned();
            for (k, v) in near.iter().enumerate() {
                data[[i, k]] = v + 0.01 * gaussian(&mut random) as f32;
            }
            continue;
        }
        // Zipf: cluster c is drawn in proportion to about 1/c.
        let c = ((clusters as f64).powf(random.random::<f64>()) - 1.0) as usize;
        for k in 0..dim {
            data[[i, k]] = (centres[[c, k]] + 0.5 * fall(k) * gaussian(&mut random)) as f32;
        }
    }
    data
}

/// 2,000 sentences (1,000 verses, twice with dropout) of all-MiniLM-L6-v2.
fn real() -> Set {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/real");
    let views = ["minilm_mean_a.npy", "minilm_mean_b.npy"]
        .map(|name| open_embeddings(&folder.join(name), None).expect("a fixture"));
    let (n, dim) = (views[0].rows(), views[0].dim());
    let mut data = Array2::zeros((2 * n, dim));
    for (i, mut row) in data.rows_mut().into_iter().enumerate() {
        views[i / n].row_f32(i % n, row.as_slice_mut().expect("a row"));
    }
    Set::new(format!("MiniLM, {} x {dim}", 2 * n), data)
}

/// One pass in each precision, in turns.
fn speed(set: &Set, backend: &dyn Backend, rounds: usize) {
    let exponents = Exponents::plan(&[2.0 * T, 4.0 * T, 1.0 / TAU]);
    let grouped: Vec<bool> = exponents.coefficients().map(|c| c == 1.0 / TAU).collect();
    let plan = Plan::symmetric(&set.layout);
    let job = GramJob {
        a: (&set.rows, &set.layout),
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
    let precisions = backend.precisions();
    let walk = |precision| {
        backend
            .gram(GramJob { precision, ..job }, &NoWatch)
            .expect("a walk")
            .state
    };
    let states: Vec<_> = precisions.iter().map(|&p| (p, walk(p))).collect();
    let mut seconds = vec![Vec::new(); precisions.len()];
    for _ in 0..rounds {
        for (seconds, &precision) in seconds.iter_mut().zip(&precisions) {
            let start = Instant::now();
            std::hint::black_box(walk(precision));
            seconds.push(start.elapsed().as_secs_f64());
        }
    }
    let medians: Vec<f64> = seconds
        .iter_mut()
        .map(|seconds| {
            seconds.sort_by(f64::total_cmp);
            seconds[seconds.len() / 2]
        })
        .collect();
    for ((precision, state), median) in states.iter().zip(&medians) {
        println!(
            "| {} | {} | {median:.4} | {:.2} | {:.1} M |",
            set.name,
            precision.name(),
            medians[0] / median,
            state.pairs as f64 / median / 1e6,
        );
    }
}

/// What an audit in each precision says, and how far that is from f64.
fn errors(set: &Set, backend: &dyn Backend) {
    let (uniformity, term) = in_f64(&set.rows);
    let audit = |choice| {
        let settings = Settings {
            ts: vec![T],
            taus: vec![TAU],
            precision: choice,
            ..Settings::default()
        };
        let inputs = Inputs {
            name: set.name.clone(),
            a: set.rows.embeddings().clone(),
            b: None,
            positives: PositivesInput::None,
            groups: None,
        };
        prepare(inputs, &settings, backend, &NoWatch)
            .and_then(|data| data.run(backend, &NoWatch))
            .expect("an audit")
    };
    let card = |audit: &Audit| audit.provenance.precision.clone().expect("always there");
    let auto = card(&audit(PrecisionChoice::Auto)).used;
    for precision in backend.precisions() {
        let audit = audit(PrecisionChoice::Only(precision));
        let card = card(&audit);
        let cells = |metric, truth: f64| {
            let measure = audit
                .measures
                .iter()
                .find(|m| m.metric == metric)
                .expect("it");
            let off = measure.value - truth;
            match card.error(measure).zip(measure.se) {
                Some((e, se)) => format!(
                    "{off:+.1e} | {:.1e} | {:.1} %",
                    e.error,
                    100.0 * e.error / se
                ),
                None => format!("{off:+.1e} | – | –"),
            }
        };
        let used = if card.used == auto { "picks it" } else { "" };
        println!(
            "| {} | {} | {} | {} | {:.3} | {used} |",
            set.name,
            precision.name(),
            cells(MetricId::Uniformity, uniformity),
            cells(MetricId::ContrastiveUniformTerm, term),
            card.seconds,
        );
    }
}

/// Uniformity and uniform term over all pairs, by their definitions.
fn in_f64(rows: &UnitRows) -> (f64, f64) {
    const BLOCK: usize = 500;
    let (n, dim) = (rows.rows(), rows.dim());
    let mut all = Array2::zeros((n, dim));
    for (i, mut row) in all.rows_mut().into_iter().enumerate() {
        rows.row_f64(i, row.as_slice_mut().expect("a row"));
    }
    let (mut potential, mut logs) = (0.0, 0.0);
    for first in (0..n).step_by(BLOCK) {
        let block = all.slice(s![first..n.min(first + BLOCK), ..]);
        for (i, cosines) in block.dot(&all.t()).rows().into_iter().enumerate() {
            let others = || cosines.iter().enumerate().filter(|(j, _)| *j != first + i);
            potential += others().map(|(_, s)| (2.0 * T * s).exp()).sum::<f64>();
            let sum: f64 = others().map(|(_, s)| (s / TAU).exp()).sum();
            logs += (sum / (n as f64 - 1.0)).ln();
        }
    }
    let (n, pairs) = (n as f64, n as f64 * (n as f64 - 1.0));
    ((potential / pairs).ln() - 2.0 * T, logs / n)
}
