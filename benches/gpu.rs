//! The all-pairs pass on a GPU, beside the card's own matrix peak in the same run; `benches/gpu/run` calls it. Prints lines of CSV.
//!
//! cargo bench --bench gpu -- --dim 768 100000 1000000

#![expect(clippy::print_stdout, reason = "a benchmark reports")]

#[cfg(not(feature = "gpu"))]
fn main() {
    println!("skipped: built without feature gpu");
}

#[cfg(feature = "gpu")]
fn main() {
    cards::run();
}

#[cfg(feature = "gpu")]
mod cards {
    use std::time::Instant;

    use ndarray::Array2;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64;
    use spherecheck::backend::device::{Device, Entry, Gpu};
    use spherecheck::backend::{Backend, Cpu, cuda};
    use spherecheck::data::{Embeddings, UnitRows};
    use spherecheck::kernel::{Exponents, Precision};
    use spherecheck::pass::{GramJob, GramState, Layout, NoWatch, Plan, Search, verify};

    /// 2t, 4t, 1/tau as an audit with t = 2 and tau = 0.07, 0.5 needs them.
    const COEFFICIENTS: [f64; 4] = [4.0, 8.0, 1.0 / 0.07, 2.0];

    pub(crate) fn run() {
        let mut numbers: Vec<usize> = std::env::args()
            .filter_map(|word| word.parse().ok())
            .collect();
        let dim = if numbers.is_empty() {
            768
        } else {
            numbers.remove(0)
        };
        let card = match cuda::open(0) {
            Ok(card) => card,
            Err(error) => {
                println!("skipped: {error}");
                return;
            }
        };
        let peak = peak(&*card);
        // As `chunks.py` has it: of a pass TFLOP/s are those of n (n - 1) d operations, of the peak those of its products.
        let model = card.model().replace(',', " ");
        println!("program,card,rows,dim,precision,seconds,tflops,row_error");
        println!("mma.sync peak,{model},,,bf16,,{:.1},", peak / 1e12);
        drop(card);
        for n in numbers {
            let rows = rows(n, dim);
            for precision in [Precision::F32, Precision::Tf32, Precision::Bf16] {
                line(&rows, precision, &model);
            }
        }
    }

    /// Normal rows, seeded.
    fn rows(n: usize, dim: usize) -> UnitRows {
        let mut rng = Pcg64::seed_from_u64(0);
        let mut normal = || {
            let (u, v): (f64, f64) = (rng.random(), rng.random());
            ((-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()) as f32
        };
        let array = Array2::from_shape_simple_fn((n, dim), &mut normal);
        let embeddings = Embeddings::from_array("rows", array.view()).expect("finite rows");
        UnitRows::normalise(embeddings).expect("no row is zero")
    }

    fn line(rows: &UnitRows, precision: Precision, model: &str) {
        let (n, dim) = (rows.rows(), rows.dim());
        let host = Cpu::new(None, None).expect("threads");
        let card = cuda::open(0).expect("it opened before");
        let gpu = Gpu::new(vec![card], host);
        let layout = Layout::new(n, 0);
        let exponents = Exponents::plan(&COEFFICIENTS);
        let grouped: Vec<bool> = exponents
            .coefficients()
            .map(|c| c == 2.0 || c > 10.0)
            .collect();
        let whole = Plan::symmetric(&layout);
        let tasks = whole.tasks().len();
        let walk = |plan: &Plan| -> GramState {
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
                plan,
                search: Search::default(),
            };
            gpu.gram(GramJob { precision, ..job }, &NoWatch)
                .expect("the walk")
                .state
        };
        // Warm: the first tasks only.
        walk(&whole.clone().every(0, tasks.div_ceil(20)));
        let mut best = f64::INFINITY;
        let mut state = GramState::default();
        for _ in 0..3 {
            let start = Instant::now();
            state = walk(&whole);
            best = best.min(start.elapsed().as_secs_f64());
        }
        let (_, worst) =
            verify(&state, (rows, rows), |i, j| i == j, (64, 0), &NoWatch).expect("not cancelled");
        let flops = n as f64 * (n - 1) as f64 * dim as f64;
        let kernel = gpu.kernel_at(precision).expect("it walked");
        println!(
            "spherecheck {kernel},{model},{n},{dim},{},{best:.4},{:.1},{}",
            precision.name(),
            flops / best / 1e12,
            worst.map_or(String::new(), |worst| format!("{:.1e}", worst.size))
        );
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
