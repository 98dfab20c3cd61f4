//! Pairs of nearly equal rows: their cosines anew from differences, and which of them are duplicates.
//!
//! A product of f32 rows may be off by more than duplicates differ, and where few pairs decide a sum of e^(c s), c times
//! that is its error. Of the same f32 rows 1 - ||x - y||^2 / 2 is right within 4e-10 where duplicates end; what is left in
//! doubt there is decided in f64.

use super::pairs::squared_distance;
use super::tally::Tally;
use crate::data::UnitRows;
use crate::kernel::{Exponents, Kernel, Panel, Precision, Tile, dot_error};

/// Duplicates have a cosine above this wherever none are counted.
const COPIES: f64 = 1.0 - 1e-6;

/// Coefficient beyond which a cosine's rounding matters in pairs that are no copies.
const GENTLE: f64 = 20.0;

/// Cosine above which pairs are looked at again there.
const NEAR: f64 = 0.99;

/// Largest distance of a unit row from itself in f32: two roundings of 2^-24.
const ROUNDED: f64 = 1.2e-7;

/// Cosine of f32 rows of `dim` values above which a tile is looked at again: all duplicates above `limit` are there.
pub(super) fn looked_at(dim: usize, limit: Option<f64>, exponents: &Exponents) -> f32 {
    let copies = limit.unwrap_or(COPIES) - dot_error(dim);
    let steep = exponents.coefficients().any(|c| c > GENTLE);
    copies.min(if steep { NEAR } else { 1.0 }) as f32
}

/// Whether any pair of a tile that counts has a cosine above `near`. Of f32 rows such cosines are made anew.
pub(super) fn look_again<K: Kernel>(
    kernel: K,
    (rows, panel): (&[f32], Panel<'_>),
    mask: Option<&[f32]>,
    near: f32,
    tile: &mut Tile,
) -> bool {
    let mut cells = tile.cosines::<K>().iter().enumerate();
    let any = cells.any(|(at, &s)| s > near && mask.is_none_or(|mask| mask[at] != 0.0));
    if any && K::PRECISION == Precision::F32 {
        tile.refine(kernel, rows, panel, near);
    }
    any
}

/// Adds the duplicates of a tile that was looked at again, and those in doubt.
pub(super) fn duplicates<K: Kernel>(
    tile: &Tile,
    (dim, limit): (usize, f64),
    mask: Option<&[f32]>,
    place: (usize, usize),
    found: &mut Tally,
) {
    let error = dot_error(dim);
    for (at, &half) in tile.halves::<K>().iter().enumerate() {
        let half = f64::from(half);
        let doubt = half * error + (2.0 * half).sqrt() * 2.0 * ROUNDED;
        let counts = half.is_finite() && mask.is_none_or(|mask| mask[at] != 0.0);
        if !counts || half - doubt > 1.0 - limit {
            continue;
        }
        let pair = pair::<K>(at, place);
        if half + doubt < 1.0 - limit {
            found.duplicates.push(pair);
        } else {
            found.doubtful.push(pair);
        }
    }
}

/// Adds the pairs of a tile above `near` to those in doubt.
pub(super) fn candidates<K: Kernel>(
    tile: &Tile,
    near: f32,
    mask: Option<&[f32]>,
    place: (usize, usize),
    found: &mut Tally,
) {
    for (at, &s) in tile.cosines::<K>().iter().enumerate() {
        if s > near && mask.is_none_or(|mask| mask[at] != 0.0) {
            found.doubtful.push(pair::<K>(at, place));
        }
    }
}

fn pair<K: Kernel>(at: usize, (i, j): (usize, usize)) -> (u32, u32) {
    ((i + at / K::NR) as u32, (j + at % K::NR) as u32)
}

/// Decides the pairs in doubt: their first `dim` values, normalised again, have a cosine above `limit` in f64, from
/// their difference, or not.
pub(super) fn confirm(
    found: &mut Tally,
    (a, order_a): (&UnitRows, &[u32]),
    (b, order_b): (&UnitRows, &[u32]),
    (dim, limit): (usize, f64),
) {
    let mut list = std::mem::take(&mut found.doubtful);
    list.sort_unstable();
    let (mut x, mut y) = (vec![0.0; a.dim()], vec![0.0; b.dim()]);
    let read = |rows: &UnitRows, row: u32, out: &mut [f64]| {
        rows.row_f64(row as usize, out);
        if dim < out.len() {
            let norm = out[..dim].iter().map(|v| v * v).sum::<f64>().sqrt();
            out[..dim].iter_mut().for_each(|v| *v /= norm);
        }
    };
    let mut held = None;
    list.retain(|&(i, j)| {
        if held.replace(i) != Some(i) {
            read(a, order_a[found.rows.start + i as usize], &mut x);
        }
        read(b, order_b[found.columns.start + j as usize], &mut y);
        1.0 - squared_distance(&x[..dim], &y[..dim]) / 2.0 > limit
    });
    found.duplicates.extend(list);
}
