//! What a kernel does to a finished tile in plain Rust: steep exponentials in f64, and bins.
//!
//! Nothing here is unsafe; each kernel expands it inside a `#[target_feature]` function, where the compiler
//! vectorises it for that instruction set.

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
pub(super) fn bin(cosines: &[f32], (bins, shift): (u32, f32), out: &mut [u16]) {
    // Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits; from 1, so that the outermost bins
    // of 65,536 are whole numbers of 16 bits once 1 is taken off.
    const MAGIC: f32 = 12_582_912.0;
    let (bins, half) = (bins as f32, bins as f32 / 2.0);
    for (out, &s) in out.iter_mut().zip(cosines) {
        let place = (s * half + (half + 0.5 + shift)).clamp(1.0, bins);
        *out = (place + MAGIC).to_bits().wrapping_sub(1) as u16;
    }
}

/// The smallest number that [`super::Kernel::bin`] puts into `bin` or a higher one; -2 for the lowest bin, which is below
/// all cosines.
pub fn lowest_of_bin(bins: (u32, f32), bin: u16) -> f32 {
    let (mut below, mut inside) = (-2.0_f32, 2.0_f32);
    if bin == 0 {
        return below;
    }
    // Bins rise with cosines: the two come together in as many steps as f32 has bits, and a few.
    loop {
        let middle = f32::midpoint(below, inside);
        if middle <= below || middle >= inside {
            return inside;
        }
        let mut found = [0];
        self::bin(&[middle], bins, &mut found);
        if found[0] >= bin {
            inside = middle;
        } else {
            below = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{bin, exp, lowest_of_bin};

    #[test]
    fn a_bin_begins_where_the_one_below_ends() {
        for bins in [(1 << 16, 0.5), (1000, 0.0)] {
            for wanted in [
                1, 2, 499, 500, 501, 999, 32_767, 32_768, 32_769, 40_001, 65_535_u16,
            ] {
                if u32::from(wanted) < bins.0 {
                    let lowest = lowest_of_bin(bins, wanted);
                    let mut found = [0; 2];
                    bin(&[lowest.next_down(), lowest], bins, &mut found);
                    assert_eq!(found, [wanted - 1, wanted], "{bins:?}");
                }
            }
        }
        assert_eq!(lowest_of_bin((1 << 16, 0.5), 0), -2.0);
    }

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
