//! What normalises the prefixes of rows again.

use super::layout::Layout;
use crate::data::UnitRows;

/// One over the norm of each prefix of each row, in the order of the layout: `p * rows + position`.
pub(super) fn scales((rows, layout): (&UnitRows, &Layout), dims: &[usize]) -> Vec<f32> {
    use rayon::prelude::*;
    let mut out = vec![0.0; dims.len() * rows.rows()];
    let by_row: Vec<Vec<f32>> = layout
        .order()
        .par_iter()
        .with_min_len(64)
        .map_init(
            || vec![0.0; rows.dim()],
            |row, &at| {
                rows.row_f32(at as usize, row);
                let (mut sum, mut from) = (0.0, 0);
                let of = |&dim: &usize| {
                    sum += row[from..dim]
                        .iter()
                        .map(|&v| f64::from(v) * f64::from(v))
                        .sum::<f64>();
                    from = dim;
                    (1.0 / f64::sqrt(sum)) as f32
                };
                dims.iter().map(of).collect()
            },
        )
        .collect();
    for (at, scales) in by_row.iter().enumerate() {
        for (p, &scale) in scales.iter().enumerate() {
            out[p * rows.rows() + at] = scale;
        }
    }
    out
}
