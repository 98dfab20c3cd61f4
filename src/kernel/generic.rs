//! The algorithms of a kernel, written once over its vectors.
//!
//! Every function here is `#[inline(always)]` and is expanded inside a `#[target_feature]` function of each
//! kernel, which is what turns [`Lanes`] into that instruction set.

#![expect(
    unsafe_code,
    reason = "vector loads and stores through checked offsets"
)]

use super::exponents::{Run, Start};
use super::tile::{Keys, MAX_TILE};
use super::{Exponents, Sums, Tile};

/// The few vector operations that the algorithms need.
///
/// # Safety
/// Callers of the methods run them only where the instruction set of the implementing type is enabled, and only
/// with pointers to at least [`Lanes::N`] readable (writable) f32.
pub(super) trait Lanes: Copy {
    /// f32 values in a vector.
    const N: usize;
    /// All lanes `x`.
    unsafe fn splat(x: f32) -> Self;
    /// N values from memory.
    unsafe fn load(from: *const f32) -> Self;
    /// N values to memory.
    unsafe fn store(self, to: *mut f32);
    /// self + other.
    unsafe fn add(self, other: Self) -> Self;
    /// self * other.
    unsafe fn mul(self, other: Self) -> Self;
    /// self * times + plus.
    unsafe fn fma(self, times: Self, plus: Self) -> Self;
    /// The larger of each lane.
    unsafe fn max(self, other: Self) -> Self;
    /// The smaller of each lane.
    unsafe fn min(self, other: Self) -> Self;
    /// Sum of the lanes.
    unsafe fn sum(self) -> f64;
    /// Whether any lane is above `limit`.
    unsafe fn any_above(self, limit: Self) -> bool;
    /// A bit for each lane that is above `limit`, the first lane's lowest.
    unsafe fn bits_above(self, limit: Self) -> u32;
    /// `count`, and 1 more where a lane is above `limit`.
    unsafe fn add_above(self, limit: Self, count: Self) -> Self;
    /// Stores the lanes that are no smaller than `limit`, one after another, at `to`, where there is room for N; returns
    /// how many they are.
    unsafe fn store_from(self, limit: Self, to: *mut f32) -> usize;
    /// Stores the numbers of the lanes that are above `limit`, the first of which is `first`, one after another at `to`,
    /// where there is room for N; returns how many they are.
    #[inline(always)]
    unsafe fn store_above(self, limit: Self, first: u16, to: *mut u16) -> usize {
        // SAFETY: the trait's contract, handed on; of N lanes at most N are above.
        let mut bits = unsafe { self.bits_above(limit) };
        let mut count = 0;
        while bits != 0 {
            // SAFETY: as above.
            unsafe { to.add(count).write(first + bits.trailing_zeros() as u16) };
            bits &= bits - 1;
            count += 1;
        }
        count
    }
    /// Puts `key` among the numbers of `list`, which descend, and drops the last of them: each place takes the larger of what
    /// it holds and the smaller of `key` and what the place before it holds.
    #[inline(always)]
    unsafe fn insert(list: &mut [Keys], key: i64) {
        let mut before = i64::MAX;
        for place in list.iter_mut().flat_map(|eight| &mut eight.0) {
            let here = *place;
            *place = here.max(before.min(key));
            before = here;
        }
    }
    /// Asks for the cache line at `at`, which need not be readable.
    unsafe fn prefetch(at: *const f32);
    /// 2^(self * (hi + lo)), relative error below 2.4e-7; |self * hi| < 126.
    unsafe fn exp2(self, hi: Self, lo: Self) -> Self;
}

/// [`super::Kernel::exponentials`]: one run of exponentials at a time over the whole tile, so that the constants
/// stay in registers. Adding to row and column sums runs beside the multiplications.
///
/// # Safety
/// The instruction set of `L` is enabled.
#[inline(always)]
pub(super) unsafe fn exponentials<L: Lanes, const MR: usize, const NV: usize>(
    tile: &mut Tile,
    mask: Option<&[f32]>,
    plan: &Exponents,
    sums: Sums<'_>,
) {
    let count = plan.gentle();
    let width = NV * L::N;
    let cosines = &tile.cosines.values()[..MR * width];
    let scratch = tile.scratch.values_mut();
    assert!(
        scratch.len() >= count * MAX_TILE
            && sums.rows.len() == count * MR * L::N
            && sums.columns.len() == count * width
            && mask.is_none_or(|m| m.len() == cosines.len()),
        "buffers of this plan and kernel"
    );
    let cosines = cosines.as_ptr();
    let place = Sinks {
        scratch: scratch.as_mut_ptr(),
        rows: sums.rows.as_mut_ptr(),
        columns: sums.columns.as_mut_ptr(),
    };
    for run in plan.runs() {
        // SAFETY: offsets into the tile stay below MR * width, which cosines, mask and each scratch area hold; the
        // outputs of a run are below `count`, and the buffers hold `count` areas (all checked above).
        unsafe {
            match run.start {
                Start::Exp { hi, lo } => {
                    let from = Exp {
                        cosines,
                        hi: L::splat(hi),
                        lo: L::splat(lo),
                    };
                    match mask {
                        None => chain::<L, _, MR, NV>(place, run, from),
                        Some(mask) => chain::<L, _, MR, NV>(
                            place,
                            run,
                            Masked {
                                from,
                                mask: mask.as_ptr(),
                            },
                        ),
                    }
                }
                Start::Product(a, b) => {
                    let (a, b) = (
                        place.scratch.add(a * MAX_TILE),
                        place.scratch.add(b * MAX_TILE),
                    );
                    chain::<L, _, MR, NV>(place, run, Product { a, b });
                }
            }
        }
    }
}

/// Where a run starts from: the first exponential at an offset into the tile. (Closures would do, but they
/// cannot be told to inline, and a vector that is not inlined goes through memory.)
trait From<L>: Copy {
    unsafe fn at(self, at: usize) -> L;
}

#[derive(Clone, Copy)]
struct Exp<L> {
    cosines: *const f32,
    hi: L,
    lo: L,
}

impl<L: Lanes> From<L> for Exp<L> {
    #[inline(always)]
    unsafe fn at(self, at: usize) -> L {
        // SAFETY: `at` is an offset into the tile of cosines.
        unsafe { L::load(self.cosines.add(at)).exp2(self.hi, self.lo) }
    }
}

#[derive(Clone, Copy)]
struct Masked<F> {
    from: F,
    mask: *const f32,
}

impl<L: Lanes, F: From<L>> From<L> for Masked<F> {
    #[inline(always)]
    unsafe fn at(self, at: usize) -> L {
        // SAFETY: the mask is as long as the tile.
        unsafe { self.from.at(at).mul(L::load(self.mask.add(at))) }
    }
}

#[derive(Clone, Copy)]
struct Product {
    a: *const f32,
    b: *const f32,
}

impl<L: Lanes> From<L> for Product {
    #[inline(always)]
    unsafe fn at(self, at: usize) -> L {
        // SAFETY: `at` is an offset into the scratch areas of two earlier outputs.
        unsafe { L::load(self.a.add(at)).mul(L::load(self.b.add(at))) }
    }
}

/// Where exponentials and their sums go.
#[derive(Clone, Copy)]
struct Sinks {
    scratch: *mut f32,
    rows: *mut f32,
    columns: *mut f32,
}

/// Picks the unrolled form for the length of a run, and whether any of its values are stored.
#[inline(always)]
unsafe fn chain<L: Lanes, F: From<L>, const MR: usize, const NV: usize>(
    place: Sinks,
    run: &Run,
    from: F,
) {
    // SAFETY: handed on unchanged.
    unsafe {
        match (&run.outputs[..], run.kept != 0) {
            (&[a], false) => accumulate::<L, F, MR, NV, 1, false>(place, [a], run.kept, from),
            (&[a], true) => accumulate::<L, F, MR, NV, 1, true>(place, [a], run.kept, from),
            (&[a, b], false) => accumulate::<L, F, MR, NV, 2, false>(place, [a, b], run.kept, from),
            (&[a, b], true) => accumulate::<L, F, MR, NV, 2, true>(place, [a, b], run.kept, from),
            (&[a, b, c], false) => {
                accumulate::<L, F, MR, NV, 3, false>(place, [a, b, c], run.kept, from);
            }
            (&[a, b, c], true) => {
                accumulate::<L, F, MR, NV, 3, true>(place, [a, b, c], run.kept, from);
            }
            (&[a, b, c, d], false) => {
                accumulate::<L, F, MR, NV, 4, false>(place, [a, b, c, d], run.kept, from);
            }
            (&[a, b, c, d], true) => {
                accumulate::<L, F, MR, NV, 4, true>(place, [a, b, c, d], run.kept, from);
            }
            _ => unreachable!("a run has 1 to {} outputs", super::exponents::MAX_RUN),
        }
    }
}

/// For the whole tile: the start, its square, the square of that, ...; each added to its row and column
/// sums, and stored where `kept` has its bit, which it has only if `KEPT`.
#[inline(always)]
unsafe fn accumulate<
    L: Lanes,
    F: From<L>,
    const MR: usize,
    const NV: usize,
    const LEN: usize,
    const KEPT: bool,
>(
    place: Sinks,
    outputs: [usize; LEN],
    kept: u8,
    from: F,
) {
    // SAFETY: the caller hands areas of MAX_TILE values in scratch, MR vectors in rows and NV in columns for each
    // output; offsets stay inside them.
    unsafe {
        let width = NV * L::N;
        let mut columns = [[L::splat(0.0); NV]; LEN];
        for (k, sums) in columns.iter_mut().enumerate() {
            for (v, sum) in sums.iter_mut().enumerate() {
                *sum = L::load(place.columns.add(outputs[k] * width + v * L::N));
            }
        }
        for r in 0..MR {
            // All vectors of a row go through each step together: their chains of dependent operations overlap.
            let mut e = [L::splat(0.0); NV];
            for (v, e) in e.iter_mut().enumerate() {
                *e = from.at((r * NV + v) * L::N);
            }
            for k in 0..LEN {
                let at = place.rows.add((outputs[k] * MR + r) * L::N);
                let mut row = L::load(at);
                for v in 0..NV {
                    if k > 0 && k + 1 == LEN && !KEPT {
                        // Nobody reads this square but its sums.
                        row = e[v].fma(e[v], row);
                        columns[k][v] = e[v].fma(e[v], columns[k][v]);
                        continue;
                    }
                    if k > 0 {
                        e[v] = e[v].mul(e[v]);
                    }
                    row = row.add(e[v]);
                    columns[k][v] = columns[k][v].add(e[v]);
                }
                row.store(at);
                if KEPT && kept & (1 << k) != 0 {
                    let at = outputs[k] * MAX_TILE + r * NV * L::N;
                    for (v, e) in e.iter().enumerate() {
                        e.store(place.scratch.add(at + v * L::N));
                    }
                }
            }
        }
        for (k, sums) in columns.iter().enumerate() {
            for (v, sum) in sums.iter().enumerate() {
                sum.store(place.columns.add(outputs[k] * width + v * L::N));
            }
        }
    }
}

/// [`super::Kernel::fold`].
///
/// # Safety
/// The instruction set of `L` is enabled.
#[inline(always)]
pub(super) unsafe fn fold<L: Lanes>(lanes: &mut [f32], out: &mut [f64]) {
    assert!(lanes.len() == out.len() * L::N, "LANES values for each sum");
    let lanes = lanes.as_mut_ptr();
    for (k, out) in out.iter_mut().enumerate() {
        // SAFETY: k * N + N <= lanes.len(), checked above; the instruction set is the caller's promise.
        unsafe {
            let at = lanes.add(k * L::N);
            *out = L::load(at).sum();
            L::splat(0.0).store(at);
        }
    }
}

/// [`super::Kernel::peak`]: as many independent chains as a tile of the kernel has, which hides the latency of any
/// FMA unit and stays in registers.
///
/// # Safety
/// The instruction set of `L` is enabled.
#[inline(always)]
pub(super) unsafe fn peak<L: Lanes, const CHAINS: usize>(rounds: usize) -> (f64, f32) {
    // SAFETY: register arithmetic only; the instruction set is the caller's promise.
    unsafe {
        let (times, plus) = (
            L::splat(std::hint::black_box(0.999_9)),
            L::splat(std::hint::black_box(1e-4)),
        );
        let mut sums = [L::splat(0.0); CHAINS];
        for (k, sum) in sums.iter_mut().enumerate() {
            // Different starts, so that no chain can be shared.
            *sum = L::splat(std::hint::black_box(k as f32));
        }
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = sum.fma(times, plus);
            }
        }
        let mut top = sums[0];
        for sum in &sums[1..] {
            top = top.max(*sum);
        }
        let mut lanes = [0.0; 16];
        top.store(lanes.as_mut_ptr());
        ((rounds * CHAINS * L::N * 2) as f64, lanes[0])
    }
}
