//! Rows in the words of a kernel: read, rounded, and kept while they fit in memory.

use rayon::prelude::*;

use crate::data::UnitRows;
use crate::kernel::{Aligned, Choice, Kernel, Precision, Rounding, WithKernel, dot_error};

/// Bytes of encoded rows that are kept in memory.
const CACHE_LIMIT: usize = 128 << 20;

/// Rows of zeros behind the last row of a cache, so that the last strip of any kernel can be read whole.
pub(super) const PADDING: usize = 8;

/// Rows encoded by one task.
const CHUNK: usize = 64;

/// What the kernel's own sums may be off by, next to 1.
const SLACK: f64 = 4e-6;

/// Reads a row, normalised, into `out`, K::words(d) long. `raw` is room for a row of a kernel that rounds.
pub(super) fn read<K: Kernel>(
    kernel: K,
    rows: &UnitRows,
    row: usize,
    raw: &mut Vec<f32>,
    out: &mut [f32],
) -> Rounding {
    if K::PRECISION == Precision::F32 {
        rows.row_f32(row, out);
        return Rounding::default();
    }
    raw.resize(rows.dim(), 0.0);
    let factor = rows.row_scaled(row, raw);
    kernel.encode(raw, factor, out)
}

/// All rows in an order, and what rounding did to them.
pub(super) struct Encoded {
    /// The words, when they fit.
    pub(super) cache: Option<Aligned>,
    /// The worst of it.
    rounding: Rounding,
}

impl Encoded {
    /// Reads all rows that are [known](UnitRows::is_read), in parallel; where nothing is to be kept nor learnt, none.
    pub(super) fn new<K: Kernel>(kernel: K, rows: &UnitRows, order: &[u32]) -> Self {
        let words = K::words(rows.dim());
        let len = rows
            .rows()
            .checked_mul(words)
            .filter(|len| len * size_of::<f32>() <= CACHE_LIMIT);
        let mut cache = len.map(|len| Aligned::zeros(len + PADDING * words));
        let orders = order.par_chunks(CHUNK);
        let rounding = match (&mut cache, len) {
            (Some(cache), Some(len)) => {
                let out = cache.values_mut()[..len].par_chunks_mut(CHUNK * words);
                let each = |raw: &mut Vec<f32>, (out, order): (&mut [f32], &[u32])| {
                    let lines = out.chunks_exact_mut(words).zip(order);
                    let known = lines.filter(|(_, row)| rows.is_read(**row as usize));
                    known
                        .map(|(out, &row)| read(kernel, rows, row as usize, raw, out))
                        .fold(Rounding::default(), worse)
                };
                out.zip(orders)
                    .map_init(Vec::new, each)
                    .reduce(Rounding::default, worse)
            }
            _ if K::PRECISION == Precision::F32 => Rounding::default(),
            _ => orders
                .map_init(
                    || (Vec::new(), vec![0.0; words]),
                    |(raw, out), order| {
                        let known = order.iter().filter(|row| rows.is_read(**row as usize));
                        known
                            .map(|&row| read(kernel, rows, row as usize, raw, out))
                            .fold(Rounding::default(), worse)
                    },
                )
                .reduce(Rounding::default, worse),
        };
        Self { cache, rounding }
    }

    /// No pair with a cosine above `limit` has a smaller one among these rows after rounding.
    pub(super) fn candidates_above(&self, limit: f64) -> f32 {
        candidates_above(self.rounding, limit)
    }
}

/// The shorter rows and the larger error: what bounds every row.
fn worse(a: Rounding, b: Rounding) -> Rounding {
    Rounding {
        square: a.square.min(b.square),
        error: a.error.max(b.error),
    }
}

/// With x', y' the rounded rows, x'.y' = (||x'||^2 + ||y'||^2 - ||x' - y'||^2) / 2, and ||x' - y'|| is at most
/// ||x - y|| and the two errors.
fn candidates_above(rounding: Rounding, limit: f64) -> f32 {
    let apart = (2.0 * (1.0 - limit)).max(0.0).sqrt() + 2.0 * rounding.error;
    (rounding.square - apart * apart / 2.0 - SLACK).min(limit) as f32
}

/// Cosine in the precision of `kernel` above which pairs of `rows` must be looked at in f64 to find those above
/// `limit`. Cost: reads the rows once.
pub fn looked_at_above(kernel: Choice, rows: &UnitRows, limit: f64) -> f32 {
    struct Job<'a>(&'a UnitRows, f64);
    impl WithKernel for Job<'_> {
        type Output = f32;
        fn run<K: Kernel>(self, kernel: K) -> f32 {
            if K::PRECISION == Precision::F32 {
                return (self.1 - dot_error(self.0.dim())) as f32;
            }
            let (mut raw, mut out) = (Vec::new(), vec![0.0; K::words(self.0.dim())]);
            let rows = (0..self.0.rows()).map(|row| read(kernel, self.0, row, &mut raw, &mut out));
            candidates_above(rows.fold(Rounding::default(), worse), self.1)
        }
    }
    kernel.run(Job(rows, limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_on_candidates_widens_with_the_error_of_rounding() {
        let above = |square, error| candidates_above(Rounding { square, error }, 1.0 - 1e-6);
        assert!((f64::from(above(1.0, 0.0)) - (1.0 - 5e-6)).abs() < 1e-6);
        assert!((f64::from(above(0.999, 0.01)) - (0.999 - 0.000_229)).abs() < 1e-5);
        assert!(
            f64::from(above(1.1, 0.0)) <= 1.0 - 0.9e-6,
            "never above the limit itself"
        );
    }
}
