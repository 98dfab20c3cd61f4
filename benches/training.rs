//! Training steps of small-alexnet and gru, and the loading of a batch of images, beside PyTorch.
//!
//! `cargo bench --bench training` times steps of align(2) + uniform(2) with momentum on random images of 32 x 32, or with
//! `-- --encoder gru` on sentences of 5 to 30 words; with `--python PATH`, a Python that has torch runs
//! `benches/training.py`, the same step, between two such timings.
//!
//! `-- --pairs 128`, `--side 32` and `--rounds 5` choose; `--test` runs one small step. Medians of seconds; then processor
//! seconds of a step, and the most memory that the process had.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use candle_core::{Device, Tensor, Var};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use spherecheck::train::data::{
    self, Augment, DataSplit, Deal, Images, Input, Items, Segment, Show, Takes,
};
use spherecheck::train::{
    Architecture, Encoder, EncoderSpec, NormMode, Optimiser, PairLoss, Stepper,
};

struct Options {
    pairs: usize,
    side: usize,
    rounds: usize,
    encoder: Architecture,
    python: Option<String>,
}

/// Units of the gru in both directions, and numbers of a word.
const GRU: (usize, usize) = (600, 300);
/// Words that the sentences are made of.
const WORDS: usize = 20_000;

fn main() {
    let mut options = Options {
        pairs: 128,
        side: 32,
        rounds: 5,
        encoder: Architecture::SmallAlexnet,
        python: None,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match arg.as_str() {
            "--pairs" => options.pairs = value().parse().expect("--pairs N"),
            "--side" => options.side = value().parse().expect("--side PIXELS"),
            "--rounds" => options.rounds = value().parse().expect("--rounds N"),
            "--encoder" if value() == "gru" => options.encoder = Architecture::Gru,
            "--python" => options.python = Some(value()),
            "--test" => (options.pairs, options.side, options.rounds) = (2, 15, 1),
            _ => {}
        }
    }
    if options.encoder == Architecture::SmallAlexnet {
        println!(
            "loading {:.3} s for two views of {} images",
            loading(&options),
            options.pairs
        );
    }
    println!(
        "{:<12} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "", "forward", "backward", "update", "step", "CPU s", "MB"
    );
    let (takes, input) = input(&options);
    steps(&options, &takes, &input);
    if let Some(python) = &options.python {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/training.py");
        let words = takes.vocabulary().map_or(0, |known| known.numbers());
        let numbers = [options.pairs, options.side, options.rounds].map(|n| n.to_string());
        let (dim, width) = GRU;
        let gru = [words, width, dim].map(|n| n.to_string());
        let gru = gru.iter().filter(|_| words > 0);
        let status = Command::new(python)
            .arg(script)
            .args(numbers)
            .args(gru)
            .status();
        assert!(
            status.expect("--python PATH").success(),
            "benches/training.py failed"
        );
        steps(&options, &takes, &input);
    }
}

/// What a batch is made of, and one: two views of each item.
fn input(options: &Options) -> (Takes, Input) {
    if options.encoder == Architecture::SmallAlexnet {
        let shape = (2 * options.pairs, 3, options.side, options.side);
        let images = Tensor::randn(0f32, 1.0, shape, &Device::Cpu).expect("images");
        return (takes(options.side), Input::Images(images));
    }
    let mut rng = Pcg64Mcg::seed_from_u64(1);
    let mut text = String::new();
    for at in 0..2 * options.pairs {
        for _ in 0..5 + at * 7 % 26 {
            write!(text, "w{} ", rng.random_range(0..WORDS)).expect("text");
        }
        text.push('\n');
    }
    // Every word once, so that all are known; the last tenth of a text is for tests.
    for word in (0..WORDS).step_by(10).chain((0..WORDS / 8).step_by(10)) {
        (word..word + 10).for_each(|word| write!(text, "w{word} ").expect("text"));
        text.push('\n');
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("text.txt");
    std::fs::write(&path, text).expect("a text");
    let data = data::open(&path.to_string_lossy(), None).expect("sentences");
    let takes = Takes::of(&data, None);
    let rows = &data.train.rows[..2 * options.pairs];
    let input = takes.input(&data.train.items, rows, &[Show::Plain]);
    (takes, input.expect("words"))
}

/// Processor seconds of this process, and the most megabytes that it had; none where the system does not tell.
fn usage() -> (f64, f64) {
    let number = |text: Option<&str>| text.and_then(|n| n.parse().ok()).unwrap_or(f64::NAN);
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let mut ticks = after.split_whitespace().skip(11);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let most = most.and_then(|line| line.split_whitespace().next());
    let spent = number(ticks.next()) + number(ticks.next());
    (spent / 100.0, number(most) / 1e3)
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_unstable_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

fn takes(side: usize) -> Takes {
    Takes::Images {
        channels: 3,
        side,
        mean: vec![0.5; 3],
        std: vec![0.25; 3],
    }
}

/// Seconds for one batch of views of photographs of 32 x 32.
fn loading(options: &Options) -> f64 {
    const IMAGE: usize = 3 * 32 * 32;
    let count = options.pairs * 4;
    let mut rng = Pcg64Mcg::seed_from_u64(1);
    let bytes: Vec<u8> = (0..count * IMAGE).map(|_| rng.random()).collect();
    let segment = Segment {
        bytes: Arc::new(bytes),
        start: 0,
        stride: IMAGE,
        count,
    };
    let images = Images::from_bytes([3, 32, 32], vec![segment], false);
    let deal = Deal {
        split: DataSplit::whole(Items::Images(images), vec![None; count]),
        takes: takes(options.side),
        augment: Augment::photographs(),
        size: options.pairs,
        least: 2,
        seed: 0,
        consecutive: false,
    };
    let places: Vec<usize> = (0..options.pairs).collect();
    let rounds = 0..options.rounds.max(3);
    median(
        rounds
            .map(|epoch| {
                let started = Instant::now();
                deal.batch(&places, epoch).expect("a batch");
                started.elapsed().as_secs_f64()
            })
            .collect(),
    )
}

/// Times steps.
fn steps(options: &Options, takes: &Takes, input: &Input) {
    let (dim, width) = match options.encoder {
        Architecture::Gru => GRU,
        _ => (128, 96),
    };
    let spec = EncoderSpec {
        architecture: options.encoder,
        dim,
        width,
        takes: takes.clone(),
    };
    let encoder = Encoder::new(spec, 0, &Device::Cpu).expect("an encoder");
    let learned = encoder.parameters().iter().filter(|p| p.learned);
    let learned: Vec<(String, Var)> = learned.map(|p| (p.name.clone(), p.var.clone())).collect();
    let mut stepper = Stepper::new(Optimiser::sgd(0.06), learned).expect("an optimiser");
    let (mut parts, mut whole) = ([const { Vec::new() }; 3], Vec::new());
    let mut spent = usage().0;
    for round in 0..=options.rounds {
        let started = Instant::now();
        let z = encoder.forward(input, NormMode::Train).expect("embeddings");
        let half = |at| {
            z.narrow(0, at * options.pairs, options.pairs)
                .expect("a view")
        };
        let loss = PairLoss::default()
            .of(&half(0), &half(1), 0)
            .expect("a loss");
        loss.to_scalar::<f32>().expect("a number");
        let forward = started.elapsed().as_secs_f64();
        let grads = loss.backward().expect("gradients");
        let backward = started.elapsed().as_secs_f64();
        stepper.step(&grads, 1.0, None).expect("a step");
        let step = started.elapsed().as_secs_f64();
        // The first step touches fresh memory.
        if round > 0 || options.rounds == 1 {
            parts[0].push(forward);
            parts[1].push(backward - forward);
            parts[2].push(step - backward);
            whole.push(step);
        } else {
            spent = usage().0;
        }
    }
    let [forward, backward, update] = parts.map(median);
    let step = median(whole);
    let (end, most) = usage();
    let each = (end - spent) / options.rounds as f64;
    println!(
        "{:<12} {forward:>8.3} {backward:>8.3} {update:>8.3} {step:>8.3} {each:>8.2} {most:>8.0}",
        "spherecheck"
    );
}
