//! Pairs of nearly equal rows: their cosines anew from differences, and which of them are duplicates.
//!
//! A product of f32 rows may be off by more than duplicates differ, and where few pairs decide a sum of e^(c s), c times
//! that is its error. Of the same f32 rows 1 - ||x - y||^2 / 2 is right within 4e-10 where duplicates end; what is left in
//! doubt there is decided in f64.

use crate::kernel::{Exponents, Kernel, Precision, Tile, dot_error};
use crate::pass::operand::{Blocks, Operand};
use crate::pass::pairs::squared_distance;
use crate::pass::sweep::{Made, Tiled};

/// Duplicates have a cosine above this wherever none are counted.
const COPIES: f64 = 1.0 - 1e-6;

/// Coefficient beyond which a cosine's rounding matters in pairs that are no copies.
const GENTLE: f64 = 20.0;

/// Cosine above which pairs are looked at again there.
const NEAR: f64 = 0.99;

/// Largest distance of a unit row from itself in f32: two roundings of 2^-24.
const ROUNDED: f64 = 1.2e-7;

/// Pairs of a task, as positions within its blocks.
#[derive(Default)]
pub(in crate::pass) struct NearPairs {
    /// Pairs above the limit.
    pub(in crate::pass) duplicates: Vec<(u32, u32)>,
    /// Pairs that may be: none is left in the end.
    doubtful: Vec<(u32, u32)>,
}

/// Which pairs count as duplicates.
#[derive(Clone, Copy)]
pub(super) struct DuplicateRule {
    /// By the first so many values of their rows.
    pub(super) dim: usize,
    /// Those with a cosine above.
    pub(super) limit: f64,
}

/// Cosine of f32 rows of `dim` values above which a tile is looked at again: all duplicates above `limit` are there.
pub(in crate::pass) fn looked_at(dim: usize, limit: Option<f64>, exponents: &Exponents) -> f32 {
    let copies = limit.unwrap_or(COPIES) - dot_error(dim);
    let steep = exponents.coefficients().any(|c| c > GENTLE);
    copies.min(if steep { NEAR } else { 1.0 }) as f32
}

/// Whether any pair of a tile that counts has a cosine above `near`. Of f32 rows such cosines are made anew.
pub(super) fn look_again<K: Kernel>(
    kernel: K,
    made: Made<'_>,
    mask: Option<&[f32]>,
    near: f32,
    tile: &mut Tile,
) -> bool {
    let mut cells = tile.cosines::<K>().iter().enumerate();
    let any = cells.any(|(at, &s)| s > near && mask.is_none_or(|mask| mask[at] != 0.0));
    if any && K::PRECISION == Precision::F32 {
        tile.refine(kernel, made.rows, made.columns, near);
    }
    any
}

impl NearPairs {
    /// Adds the pairs sought of a tile that was looked at again, and those in doubt.
    pub(super) fn add_refined<K: Kernel>(
        &mut self,
        tile: &Tile,
        mask: Option<&[f32]>,
        at: Tiled,
        sought: DuplicateRule,
    ) {
        let (limit, error) = (sought.limit, dot_error(sought.dim));
        for (cell, &half) in tile.halves::<K>().iter().enumerate() {
            let half = f64::from(half);
            let doubt = half * error + (2.0 * half).sqrt() * 2.0 * ROUNDED;
            let counts = half.is_finite() && mask.is_none_or(|mask| mask[cell] != 0.0);
            if !counts || half - doubt > 1.0 - limit {
                continue;
            }
            if half + doubt < 1.0 - limit {
                self.duplicates.push(pair::<K>(cell, at));
            } else {
                self.doubtful.push(pair::<K>(cell, at));
            }
        }
    }

    /// Adds the pairs of a tile above `near` to those in doubt.
    pub(super) fn add_candidates<K: Kernel>(
        &mut self,
        tile: &Tile,
        mask: Option<&[f32]>,
        at: Tiled,
        near: f32,
    ) {
        for (cell, &s) in tile.cosines::<K>().iter().enumerate() {
            if s > near && mask.is_none_or(|mask| mask[cell] != 0.0) {
                self.doubtful.push(pair::<K>(cell, at));
            }
        }
    }

    /// Decides the pairs in doubt: their first values, normalised again, have a cosine above the limit in f64, from
    /// their difference, or not.
    pub(super) fn confirm(&mut self, blocks: Blocks<'_>, sought: DuplicateRule) {
        let Blocks { a, b, .. } = blocks;
        let DuplicateRule { dim, limit } = sought;
        let mut list = std::mem::take(&mut self.doubtful);
        list.sort_unstable();
        let (mut x, mut y) = (vec![0.0; a.rows.dim()], vec![0.0; b.rows.dim()]);
        let read = |operand: Operand<'_>, position: usize, out: &mut [f64]| {
            operand.rows.row_f64(operand.order[position] as usize, out);
            if dim < out.len() {
                let norm = out[..dim].iter().map(|v| v * v).sum::<f64>().sqrt();
                out[..dim].iter_mut().for_each(|v| *v /= norm);
            }
        };
        let mut held = None;
        list.retain(|&(i, j)| {
            if held.replace(i) != Some(i) {
                read(a, blocks.rows.start + i as usize, &mut x);
            }
            read(b, blocks.columns.start + j as usize, &mut y);
            1.0 - squared_distance(&x[..dim], &y[..dim]) / 2.0 > limit
        });
        self.duplicates.extend(list);
    }
}

fn pair<K: Kernel>(cell: usize, at: Tiled) -> (u32, u32) {
    ((at.i + cell / K::NR) as u32, (at.j + cell % K::NR) as u32)
}
