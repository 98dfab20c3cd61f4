//! How many cosines of a tile lie above limits of their rows and columns, and which.
//!
//! Written once over the vectors of a kernel, as `generic.rs` is. A limit costs a comparison and an addition for each
//! vector of cosines; counts are f32, whole numbers up to 2^24.

#![expect(
    unsafe_code,
    reason = "vector loads and stores through checked offsets"
)]

use super::generic::Lanes;
use super::tile::CELLS;

/// Pairs of limits of the rows of a tile: any number for each row.
#[derive(Clone, Copy)]
pub struct RowLimits<'a> {
    /// Where the limits of each row that has some begin in a longer list, and where the last row's end: at most MR + 1
    /// numbers.
    pub starts: &'a [u32],
    /// Those limits, the first row's first.
    pub pairs: &'a [[f32; 2]],
}

/// [`super::Kernel::count_rows`].
///
/// # Safety
/// The instruction set of `L` is enabled.
#[inline(always)]
pub(super) unsafe fn count_rows<L: Lanes, const MR: usize, const NV: usize>(
    cosines: &[f32],
    limits: RowLimits<'_>,
    counts: &mut [f32],
) {
    let RowLimits { starts, pairs } = limits;
    assert!(
        cosines.len() == MR * NV * L::N
            && starts.len() <= MR + 1
            && counts.len() == 2 * L::N * pairs.len(),
        "limits of one tile"
    );
    let mut pairs = pairs.iter().zip(counts.chunks_exact_mut(2 * L::N));
    for (row, ends) in cosines.chunks_exact(NV * L::N).zip(starts.windows(2)) {
        let row = row.as_ptr();
        for ([first, second], counts) in pairs.by_ref().take((ends[1] - ends[0]) as usize) {
            let counts = counts.as_mut_ptr();
            // SAFETY: the row holds NV vectors and its counts two, as cut above; the instruction set is the caller's
            // promise.
            unsafe {
                let (first, second) = (L::splat(*first), L::splat(*second));
                let (mut above, mut also) = (L::load(counts), L::load(counts.add(L::N)));
                for v in 0..NV {
                    let s = L::load(row.add(v * L::N));
                    above = s.add_above(first, above);
                    also = s.add_above(second, also);
                }
                above.store(counts);
                also.store(counts.add(L::N));
            }
        }
    }
}

/// [`super::Kernel::count_columns`].
///
/// # Safety
/// The instruction set of `L` is enabled.
#[inline(always)]
pub(super) unsafe fn count_columns<L: Lanes, const MR: usize, const NV: usize>(
    cosines: &[f32],
    limits: &[f32],
    counts: &mut [f32],
) {
    let width = NV * L::N;
    assert!(
        cosines.len() == MR * width
            && limits.len() == counts.len()
            && limits.len().is_multiple_of(2 * width),
        "limits of one panel"
    );
    let cosines = cosines.as_ptr();
    let layers = limits.chunks_exact(2 * width);
    for (limits, counts) in layers.zip(counts.chunks_exact_mut(2 * width)) {
        let (limits, counts) = (limits.as_ptr(), counts.as_mut_ptr());
        // SAFETY: the tile holds MR * NV vectors, a layer twice NV limits and as many counts (checked and cut above);
        // the instruction set is the caller's promise.
        unsafe {
            let mut first = [[L::splat(0.0); NV]; 2];
            let mut sums = first;
            for k in 0..2 {
                for v in 0..NV {
                    first[k][v] = L::load(limits.add(k * width + v * L::N));
                    sums[k][v] = L::load(counts.add(k * width + v * L::N));
                }
            }
            for r in 0..MR {
                for v in 0..NV {
                    let s = L::load(cosines.add(r * width + v * L::N));
                    sums[0][v] = s.add_above(first[0][v], sums[0][v]);
                    sums[1][v] = s.add_above(first[1][v], sums[1][v]);
                }
            }
            for (k, sums) in sums.iter().enumerate() {
                for (v, sum) in sums.iter().enumerate() {
                    sum.store(counts.add(k * width + v * L::N));
                }
            }
        }
    }
}

/// [`super::Kernel::above`].
///
/// # Safety
/// The instruction set of `L` is enabled.
#[inline(always)]
pub(super) unsafe fn above<L: Lanes, const MR: usize, const NV: usize>(
    cosines: &[f32],
    rows: &[f32],
    columns: &[f32],
    out: &mut [u16],
) -> usize {
    let width = NV * L::N;
    assert!(
        cosines.len() == MR * width
            && rows.len() == MR
            && columns.len() == width
            && out.len() >= CELLS,
        "limits of one tile"
    );
    const { assert!(MR * NV * L::N + L::N <= CELLS, "room for the last vector") };
    let (cosines, columns, out) = (cosines.as_ptr(), columns.as_ptr(), out.as_mut_ptr());
    let mut count = 0;
    for r in 0..MR {
        // SAFETY: the tile holds MR * NV vectors, rows MR limits and columns NV vectors. Before each vector at most as many
        // cells were stored as there were cosines, so that there is room for N more (all checked above). The instruction
        // set is the caller's promise.
        unsafe {
            let limit = L::splat(*rows.get_unchecked(r));
            for v in 0..NV {
                let at = r * width + v * L::N;
                let either = limit.min(L::load(columns.add(v * L::N)));
                let cosines = L::load(cosines.add(at));
                count += cosines.store_above(either, at as u16, out.add(count));
            }
        }
    }
    count
}
