//! The all-pairs pass on a GPU, beside the card's own matrix peak in the same run, and files for the whole process; a step a call, and
//! `benches/gpu/run` makes a table of them. Prints lines of CSV.
//!
//! cargo bench --bench gpu -- peak
//! cargo bench --bench gpu -- walk 1000000 768 VIEWS PRECISION
//! cargo bench --bench gpu -- write FILE.npy 1000000 768 SEED

#![expect(clippy::print_stdout, reason = "a benchmark reports")]

#[cfg(not(feature = "gpu"))]
fn main() {
    println!("skipped: built without feature gpu");
}

#[cfg(feature = "gpu")]
fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    cards::run(words.as_slice())
}

#[cfg(feature = "gpu")]
mod cards {
    use std::fs::File;
    use std::io::{BufWriter, Result, Write};
    use std::process::ExitCode;
    use std::time::Instant;

    use ndarray::Array2;
    use rand::RngExt;
    use rand_pcg::Pcg64;
    use rayon::prelude::*;
    use spherecheck::backend::device::{Device, Entry, Gpu};
    use spherecheck::backend::{Backend, Cpu, cuda};
    use spherecheck::data::{Embeddings, UnitRows};
    use spherecheck::kernel::{Exponents, Precision};
    use spherecheck::pass::{GramJob, GramState, Layout, NoWatch, Plan, Search, verify};

    /// 2t, 4t, 1/tau as an audit with t = 2 and tau = 0.07, 0.5 needs them.
    const COEFFICIENTS: [f64; 4] = [4.0, 8.0, 1.0 / 0.07, 2.0];

    /// A walk is timed three times, but not again after so many seconds.
    const ENOUGH: f64 = 5.0;

    /// Bytes of an .npy file before its numbers.
    const HEADER: usize = 128;

    pub(crate) fn run(words: &[&str]) -> ExitCode {
        let number = |word: &str| word.parse().expect("a number");
        let done = match words {
            ["peak", ..] => with_card(|card| {
                // Of a pass TFLOP/s are those of n (n - 1) d operations, as `chunks.py` has it; of the peak those of its products.
                let (model, peak) = (model(card), peak(card) / 1e12);
                println!("mma.sync peak,{model},,,,bf16,,,{peak:.1},,");
            }),
            ["walk", rows, dim, views, precision, ..] => {
                let named = |p: &Precision| p.name() == *precision;
                let precision = Precision::ALL.into_iter().find(named).expect("a precision");
                walk(number(rows), number(dim), number(views), precision)
            }
            ["write", file, rows, dim, seed, ..] => {
                let seed = number(seed) as u64;
                let written = write(file, number(rows), number(dim), seed);
                written.map_err(|error| format!("{file}: {error}"))
            }
            // Cargo runs every benchmark with `--bench`.
            _ => {
                println!("skipped: expected peak, walk or write; `benches/gpu/run` runs them all");
                Ok(())
            }
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                println!("skipped: {why}");
                ExitCode::FAILURE
            }
        }
    }

    fn with_card(work: impl FnOnce(&dyn Device)) -> std::result::Result<(), String> {
        let card = cuda::open(0).map_err(|error| error.to_string())?;
        work(&*card);
        Ok(())
    }

    fn model(card: &dyn Device) -> String {
        card.model().replace(',', " ")
    }

    /// Normal numbers of row `i`, the same whoever makes them.
    fn row(i: usize, seed: u64, out: &mut [f32]) {
        let mut rng = Pcg64::new(u128::from(seed), i as u128);
        for two in out.chunks_mut(2) {
            let (u, v): (f64, f64) = (rng.random(), rng.random());
            let (long, turn) = ((-2.0 * (1.0 - u).ln()).sqrt(), std::f64::consts::TAU * v);
            for (out, part) in two.iter_mut().zip([turn.cos(), turn.sin()]) {
                *out = (long * part) as f32;
            }
        }
    }

    fn fill(first: usize, dim: usize, seed: u64, out: &mut [f32]) {
        let each = out.par_chunks_mut(dim).enumerate();
        each.for_each(|(i, out)| row(first + i, seed, out));
    }

    fn rows(n: usize, dim: usize, seed: u64) -> UnitRows {
        let mut array = Array2::zeros((n, dim));
        fill(0, dim, seed, array.as_slice_mut().expect("just made"));
        let embeddings = Embeddings::from_array("rows", array.view()).expect("finite rows");
        UnitRows::normalise(embeddings).expect("no row is zero")
    }

    /// The same rows as an array of NumPy's.
    fn write(file: &str, n: usize, dim: usize, seed: u64) -> Result<()> {
        let mut out = BufWriter::new(File::create(file)?);
        let shape = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({n}, {dim}), }}");
        out.write_all(b"\x93NUMPY\x01\x00")?;
        out.write_all(&((HEADER - 10) as u16).to_le_bytes())?;
        writeln!(out, "{shape:<0$}", HEADER - 11)?;
        let mut some = vec![0.0_f32; dim * n.min(10_000)];
        for first in (0..n).step_by(10_000) {
            let some = &mut some[..dim * 10_000.min(n - first)];
            fill(first, dim, seed, some);
            let bytes: Vec<u8> = some.iter().flat_map(|x| x.to_le_bytes()).collect();
            out.write_all(&bytes)?;
        }
        out.flush()
    }

    /// All pairs of `n` rows, or with two views those between `n` rows and others.
    fn walk(
        n: usize,
        dim: usize,
        views: usize,
        precision: Precision,
    ) -> std::result::Result<(), String> {
        let card = cuda::open(0).map_err(|error| error.to_string())?;
        let model = model(&*card);
        let gpu = Gpu::new(vec![card], Cpu::new(None, None).expect("threads"));
        let a = rows(n, dim, 0);
        let b = (views == 2).then(|| rows(n, dim, 1));
        let layouts = [Layout::new(n, 0), Layout::new(n, 1)];
        let exponents = Exponents::plan(&COEFFICIENTS);
        let grouped: Vec<bool> = exponents
            .coefficients()
            .map(|c| c == 2.0 || c > 10.0)
            .collect();
        let whole = match b {
            Some(_) => Plan::rectangular(&layouts[0], &layouts[1]),
            None => Plan::symmetric(&layouts[0]),
        };
        let tasks = whole.tasks().len();
        let walk = |plan: &Plan| -> GramState {
            let job = GramJob {
                a: (&a, &layouts[0]),
                b: b.as_ref().map(|b| (b, &layouts[1])),
                excluded: &[],
                items: None,
                exponents: &exponents,
                grouped: &grouped,
                histogram: false,
                duplicates: b.is_none().then_some(1.0 - 1e-6),
                precision,
                plan,
                search: Search::default(),
            };
            gpu.gram(job, &NoWatch).expect("the walk").state
        };
        // Warm: a part of the tasks only.
        walk(&whole.clone().every(0, tasks.div_ceil(20)));
        let (mut best, mut spent) = (f64::INFINITY, 0.0);
        let mut state = GramState::default();
        for _ in 0..3 {
            let start = Instant::now();
            state = walk(&whole);
            let seconds = start.elapsed().as_secs_f64();
            (best, spent) = (best.min(seconds), spent + seconds);
            if spent > ENOUGH {
                break;
            }
        }
        let others = b.as_ref().unwrap_or(&a);
        let same = |i, j| b.is_none() && i == j;
        let (_, worst) =
            verify(&state, (&a, others), same, (64, 0), &NoWatch).expect("not cancelled");
        // A pair takes 2 d operations.
        let flops = 2.0 * state.pairs as f64 * dim as f64;
        let kernel = gpu.kernel_at(precision).expect("it walked");
        println!(
            "walk {kernel},{model},{n},{dim},{views},{},{best:.4},{best:.4},{:.1},{},",
            precision.name(),
            flops / best / 1e12,
            worst.map_or(String::new(), |worst| format!("{:.1e}", worst.size))
        );
        Ok(())
    }

    /// bf16 operations a second of matrix instructions that never leave registers.
    fn peak(card: &dyn Device) -> f64 {
        const BLOCKS: u32 = 4096;
        const ROUNDS: u32 = 4096;
        let out = card.allocate(4 * 256 * u64::from(BLOCKS)).expect("4 MiB");
        let mut argument = out.to_le_bytes().to_vec();
        argument.extend(ROUNDS.to_le_bytes());
        argument.extend(0_u32.to_le_bytes());
        let mut best = f64::INFINITY;
        for _ in 0..3 {
            let start = Instant::now();
            card.launch(Entry::Peak, [BLOCKS, 1, 1], &argument)
                .expect("a launch");
            let mark = card.mark().expect("a mark");
            card.wait(mark).expect("the end");
            best = best.min(start.elapsed().as_secs_f64());
        }
        card.release(out);
        // 8 warps, 16 products of 16 x 8 x 16 in each round.
        f64::from(BLOCKS) * f64::from(ROUNDS) * 8.0 * 16.0 * 2.0 * (16.0 * 8.0 * 16.0) / best
    }
}
