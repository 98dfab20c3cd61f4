//! Whether the kernels for Hopper find on this card what those for every card find there.
//!
//! Their emulation shows that their logic is right, not that a card and its driver do with them what the manual says. So each
//! card that could run them is asked once, when it is opened, before anything depends on it.

use std::sync::atomic::AtomicBool;

use ndarray::Array2;

use super::timeline::Timeline;
use super::walk::DeviceWalk;
use super::{Device, Mode, Tiles};
use crate::backend::{BackendError, Cpu};
use crate::data::{Embeddings, UnitRows};
use crate::kernel::{Exponents, Precision};
use crate::pass::{GramJob, GramState, Layout, NoWatch, Plan, RowSums};

/// Six tiles each way, the last half full; nine chunks of columns, more than are multiplied ahead or stay in slots.
const ROWS: usize = 700;
const DIM: usize = 520;

/// Blocks of threads that share the tiles: each walks several, over more than one row tile.
const BLOCKS: u32 = 4;

/// Coefficients in runs of three, two and one, and one that is summed in f64.
const COEFFICIENTS: [f64; 7] = [2.0, 4.0, 8.0, 1.5, 3.0, 1.0 / 0.07, 90.0];

/// Most that sums of e^(c s) may differ by, relative to c where that is above 1: an error of a kernel is larger by far, what
/// tensor cores cut off in one order or the other is less.
const TOLERANCE: f64 = 1e-5;

/// Walks a few tiles with both, in each mode that both have.
///
/// # Errors
/// Where they differ, or what failed.
pub fn agree(device: &dyn Device) -> Result<(), String> {
    let failed = |error: BackendError| error.to_string();
    let rows = rows();
    let layout = Layout::with_groups(ROWS, 1, 0);
    let plan = Plan::symmetric(&layout);
    let exponents = Exponents::plan(&COEFFICIENTS);
    let excluded = [(0, 1), (63, 64), (128, 600), (698, 699)];
    let grouped = [false; COEFFICIENTS.len()];
    let host = Cpu::new(Some(1), None).map_err(failed)?;
    for (mode, precision) in [
        (Mode::Bf16x3, Precision::F32),
        (Mode::Bf16, Precision::Bf16),
    ] {
        let walk = |tiles| {
            let walk = DeviceWalk {
                device,
                host: &host,
                mode,
                tiles,
                job: GramJob {
                    excluded: &excluded,
                    histogram: true,
                    duplicates: Some(1.0 - 1e-6),
                    precision,
                    ..GramJob::sums((&rows, &layout), None, &exponents, &grouped, &plan)
                },
                watch: &NoWatch,
                stop: &AtomicBool::new(false),
                timeline: &Timeline::default(),
            };
            walk.run((0, 1)).map_err(failed)
        };
        let (one, other) = (walk(Tiles::Warps)?, walk(Tiles::Warpgroups(BLOCKS))?);
        same(&one, &other).map_err(|what| format!("{}: {what}", mode.wgmma_name()))?;
    }
    Ok(())
}

/// Seeded rows about a direction, two of them the same.
fn rows() -> UnitRows {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let centre: Vec<f32> = (0..DIM).map(|_| next()).collect();
    let mut array = Array2::from_shape_fn((ROWS, DIM), |(_, k)| next() + 0.5 * centre[k]);
    let copied = array.row(5).to_owned();
    array.row_mut(ROWS - 2).assign(&copied);
    let embeddings = Embeddings::from_array("rows", array.view()).expect("finite rows");
    UnitRows::normalise(embeddings).expect("no row is zero")
}

fn same(one: &GramState, other: &GramState) -> Result<(), String> {
    if (one.pairs, &one.duplicates) != (other.pairs, &other.duplicates) {
        return Err(format!(
            "{} duplicates of {} pairs, expected {} of {}",
            other.duplicates.pairs, other.pairs, one.duplicates.pairs, one.pairs
        ));
    }
    let counted: u64 = other.histogram.iter().sum();
    if counted != one.pairs {
        return Err(format!("{counted} cosines in bins, expected {}", one.pairs));
    }
    for (c, coefficient) in one.coefficients.iter().enumerate() {
        let sums = |rows: &RowSums| rows.group(c, 0).to_vec();
        for (row, (x, y)) in sums(&one.rows).iter().zip(sums(&other.rows)).enumerate() {
            let off = (y / x - 1.0).abs();
            // A sum that is no number is off, too.
            if off.is_nan() || off > TOLERANCE * coefficient.max(1.0) {
                return Err(format!(
                    "sum of e^({coefficient} s) of row {row} is {y}, expected {x}"
                ));
            }
        }
    }
    Ok(())
}
