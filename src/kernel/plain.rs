//! What a kernel does to a finished tile in plain Rust: steep exponentials in f64, bins, and counts of what is above.
//!
//! Nothing here is unsafe; each kernel expands it inside a `#[target_feature]` function, where the compiler
//! vectorises it for that instruction set.

use super::tile::{Bounds, Counts};

/// [`super::Kernel::steep`]: e^(c s) in f64, plain Rust that the compiler vectorises for the kernel's
/// instruction set.
#[inline(always)]
pub(super) fn steep<const NR: usize>(
    (cosines, rest): (&[f32], &[f32]),
    mask: Option<&[f32]>,
    c: f64,
    rows: &mut [f64],
    columns: &mut [f64],
) {
    const CHUNK: usize = 8;
    let columns: &mut [f64; NR] = columns.try_into().expect("one sum for each column");
    for (r, (row, sum)) in cosines.chunks_exact(NR).zip(rows).enumerate() {
        let mut lanes = [0.0; CHUNK];
        for (chunk, cosines) in row.as_chunks::<CHUNK>().0.iter().enumerate() {
            let mut e = [0.0; CHUNK];
            let at = r * NR + chunk * CHUNK;
            for ((e, &s), &rest) in e.iter_mut().zip(cosines).zip(&rest[at..at + CHUNK]) {
                *e = exp(c * (f64::from(s) + f64::from(rest)));
            }
            if let Some(mask) = mask {
                for (e, &keep) in e.iter_mut().zip(&mask[at..at + CHUNK]) {
                    *e *= f64::from(keep);
                }
            }
            for (j, e) in e.iter().enumerate() {
                lanes[j] += e;
                columns[chunk * CHUNK + j] += e;
            }
        }
        *sum += lanes.iter().sum::<f64>();
    }
}

/// e^x without a branch, for |x| <= 708 (clamped): x = n ln 2 + r, then a polynomial of degree 12 in r; relative
/// error below 1e-15 · 10.
#[inline(always)]
fn exp(x: f64) -> f64 {
    const MAGIC: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52: adding it rounds to an integer
    const LN2_HI: f64 = 6.931_471_803_691_238e-1;
    const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;
    let x = x.clamp(-708.0, 708.0);
    let shifted = x * std::f64::consts::LOG2_E + MAGIC;
    let n = shifted - MAGIC;
    let r = (x - n * LN2_HI) - n * LN2_LO;
    let mut p = 1.0 / 479_001_600.0;
    for k in [
        39_916_800.0,
        3_628_800.0,
        362_880.0,
        40_320.0,
        5_040.0,
        720.0,
        120.0,
        24.0,
        6.0,
        2.0,
        1.0,
        1.0,
    ] {
        p = p * r + 1.0 / k;
    }
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    p * power
}

/// [`super::Kernel::bin`].
#[inline(always)]
pub(super) fn bin(cosines: &[f32], bins: u16, out: &mut [u16]) {
    // Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
    const MAGIC: f32 = 12_582_912.0;
    let half = f32::from(bins) / 2.0;
    for (out, &s) in out.iter_mut().zip(cosines) {
        let s = s.clamp(-1.000_1, 1.000_1);
        *out = ((s * half + (half + 0.5)) + MAGIC).to_bits() as u16;
    }
}

/// [`super::Kernel::fine`].
#[inline(always)]
pub(super) fn fine(cosines: &[f32], out: &mut [u16]) -> (u16, u16) {
    const MAGIC: f32 = 12_582_912.0;
    const LAST: f32 = 1.0 - 1.0 / 65_536.0;
    let (mut least, mut most) = (u16::MAX, 0);
    for (out, &s) in out.iter_mut().zip(cosines) {
        let bin = ((s.clamp(-LAST, LAST) * 32_768.0 + 32_767.5) + MAGIC).to_bits() as u16;
        (least, most) = (least.min(bin), most.max(bin));
        *out = bin;
    }
    (least, most)
}

/// [`super::Kernel::count`].
#[inline(always)]
pub(super) fn count<const NR: usize, const LANES: usize>(
    cosines: &[f32],
    bounds: Bounds<'_>,
    counts: Counts<'_>,
) {
    let lines = cosines.as_chunks::<NR>().0;
    let exact = "one bound and one count for each column";
    let [low, high]: [&[f32; NR]; 2] = bounds.columns.map(|of| of.try_into().expect(exact));
    let [at_least, above]: [&mut [u32; NR]; 2] =
        counts.columns.map(|of| of.try_into().expect(exact));
    let (mut of_columns, mut higher) = (*at_least, *above);
    let [rows, rows_above] = counts.rows.map(|of| of.as_chunks_mut::<LANES>().0);
    let of_rows = rows.iter_mut().zip(rows_above);
    let [row_low, row_high] = bounds.rows;
    for (((line, lanes), &from), &to) in lines.iter().zip(of_rows).zip(row_low).zip(row_high) {
        for (at, &s) in line.iter().enumerate() {
            of_columns[at] += u32::from(s >= low[at]);
            higher[at] += u32::from(s > high[at]);
        }
        for part in line.as_chunks::<LANES>().0 {
            for (lane, &s) in part.iter().enumerate() {
                lanes.0[lane] += u32::from(s >= from);
                lanes.1[lane] += u32::from(s > to);
            }
        }
    }
    (*at_least, *above) = (of_columns, higher);
}

/// [`super::Kernel::flag`].
#[inline(always)]
pub(super) fn flag<const NR: usize>(
    cosines: &[f32],
    (rows, columns): (&[f32], &[f32]),
    out: &mut [u8],
) -> bool {
    let columns: &[f32; NR] = columns.try_into().expect("one bound for each column");
    let mut any = 0;
    let lines = cosines.as_chunks::<NR>().0.iter().zip(rows);
    for ((line, &row), out) in lines.zip(out.as_chunks_mut::<NR>().0) {
        for ((out, &s), &column) in out.iter_mut().zip(line).zip(columns) {
            *out = u8::from(s >= row) | u8::from(s >= column);
            any |= *out;
        }
    }
    any != 0
}

#[cfg(test)]
mod tests {
    use super::exp;

    #[test]
    fn exp_agrees_with_the_standard_library() {
        for k in -70_000..=70_000 {
            let x = f64::from(k) * 0.01 + 1e-5;
            let (ours, theirs) = (exp(x), x.exp());
            assert!(
                (ours / theirs - 1.0).abs() < 2e-14,
                "e^{x}: {ours} against {theirs}"
            );
        }
    }
}
