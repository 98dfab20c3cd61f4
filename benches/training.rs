//! A training step of small-alexnet, and the loading of its batch, beside PyTorch.
//!
//! `cargo bench --bench training` times steps of align(2) + uniform(2) with momentum on random images of 32 x 32; with
//! `-- --python PATH`, a Python that has torch runs `benches/training.py`, the same step, between two such timings.
//!
//! `-- --pairs 128`, `--side 32` and `--rounds 5` choose; `--test` runs one small step. Medians; progress goes to stderr.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use candle_core::{Device, Tensor, Var};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use spherecheck::train::data::{Augment, Deal, Images, Input, Items, Segment, Split, Takes};
use spherecheck::train::{Architecture, Encoder, EncoderSpec, Mode, Optimiser, PairLoss, Stepper};

struct Options {
    pairs: usize,
    side: usize,
    rounds: usize,
    python: Option<String>,
}

fn main() {
    let mut options = Options {
        pairs: 128,
        side: 32,
        rounds: 5,
        python: None,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().unwrap_or_default();
        match arg.as_str() {
            "--pairs" => options.pairs = value().parse().expect("--pairs N"),
            "--side" => options.side = value().parse().expect("--side PIXELS"),
            "--rounds" => options.rounds = value().parse().expect("--rounds N"),
            "--python" => options.python = Some(value()),
            "--test" => (options.pairs, options.side, options.rounds) = (2, 15, 1),
            _ => {}
        }
    }
    let loading = loading(&options);
    println!(
        "{:<12} {:>8.3} s for two views of {} images",
        "loading", loading, options.pairs
    );
    println!(
        "{:<12} {:>8} {:>8} {:>8} {:>8}",
        "", "forward", "backward", "update", "step"
    );
    let first = steps(&options);
    if let Some(python) = &options.python {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/training.py");
        let numbers = [options.pairs, options.side, options.rounds].map(|n| n.to_string());
        let status = Command::new(python).arg(script).args(numbers).status();
        assert!(
            status.expect("--python PATH").success(),
            "benches/training.py failed"
        );
        steps(&options);
    }
    println!("loading takes one part in {:.1} of a step", first / loading);
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
        split: Split::whole(Items::Images(images), vec![None; count]),
        takes: takes(options.side),
        augment: Augment::photographs(),
        size: options.pairs,
        least: 2,
        seed: 0,
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

/// Seconds for one step.
fn steps(options: &Options) -> f64 {
    let spec = EncoderSpec {
        architecture: Architecture::SmallAlexnet,
        dim: 128,
        width: 96,
        takes: takes(options.side),
    };
    let encoder = Encoder::new(spec, 0, &Device::Cpu).expect("an encoder");
    let learned = encoder.parameters().iter().filter(|p| p.learned);
    let learned: Vec<(String, Var)> = learned.map(|p| (p.name.clone(), p.var.clone())).collect();
    let mut stepper = Stepper::new(Optimiser::sgd(0.06), learned).expect("an optimiser");
    let shape = (2 * options.pairs, 3, options.side, options.side);
    let input = Input::Images(Tensor::randn(0f32, 1.0, shape, &Device::Cpu).expect("images"));
    let (mut parts, mut whole) = ([const { Vec::new() }; 3], Vec::new());
    for round in 0..=options.rounds {
        let started = Instant::now();
        let z = encoder.forward(&input, Mode::Train).expect("embeddings");
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
        }
    }
    let [forward, backward, update] = parts.map(median);
    let step = median(whole);
    println!(
        "{:<12} {forward:>8.3} {backward:>8.3} {update:>8.3} {step:>8.3}",
        "spherecheck"
    );
    step
}
