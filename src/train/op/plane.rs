//! Images whose channels lie side by side, read and written square by square.

use std::ops::Range;

use super::elements::Real;
use super::tile::{self, LANES, Square};

/// An image whose channels lie side by side.
pub(super) struct Plane {
    /// Height and width.
    pub(super) size: (usize, usize),
    pub(super) channels: usize,
}

impl Plane {
    /// Calls `each` for the pixels of a square that are inside: how far down and right of its corner, and where their channels
    /// from `lane` on lie, at most [`LANES`] of them.
    #[inline(always)]
    fn inside<const SIDE: usize>(
        &self,
        corner: (usize, usize),
        lane: usize,
        mut each: impl FnMut((usize, usize), Range<usize>),
    ) {
        let channels = (self.channels - lane).min(LANES);
        for down in 0..SIDE {
            for right in 0..SIDE {
                let (row, column) = (corner.0.wrapping_add(down), corner.1.wrapping_add(right));
                if row < self.size.0 && column < self.size.1 {
                    let at = (row * self.size.1 + column) * self.channels + lane;
                    each((down, right), at..at + channels);
                }
            }
        }
    }

    /// Some channels of a square of pixels, 0 where it is over the edge.
    pub(super) fn take<T: Real, const SIDE: usize>(
        &self,
        pixels: &[T],
        corner: (usize, usize),
        lane: usize,
    ) -> Square<T, SIDE> {
        let mut square = tile::zeros::<T, SIDE>();
        self.inside::<SIDE>(corner, lane, |(down, right), at| {
            copy(&pixels[at], &mut square[down][right]);
        });
        square
    }

    /// Writes them, but for those over the edge.
    pub(super) fn set<T: Real, const SIDE: usize>(
        &self,
        pixels: &mut [T],
        corner: (usize, usize),
        lane: usize,
        square: &Square<T, SIDE>,
    ) {
        self.inside::<SIDE>(corner, lane, |(down, right), at| {
            copy(&square[down][right], &mut pixels[at]);
        });
    }

    /// Adds them.
    pub(super) fn add<T: Real, const SIDE: usize>(
        &self,
        pixels: &mut [T],
        corner: (usize, usize),
        lane: usize,
        square: &Square<T, SIDE>,
    ) {
        self.inside::<SIDE>(corner, lane, |(down, right), at| {
            for (pixel, value) in pixels[at].iter_mut().zip(&square[down][right]) {
                *pixel += *value;
            }
        });
    }
}

/// As many numbers as the shorter holds. Mostly all lanes of a pixel: then without asking how many.
#[inline(always)]
fn copy<T: Real>(from: &[T], into: &mut [T]) {
    match (from.first_chunk::<LANES>(), into.first_chunk_mut::<LANES>()) {
        (Some(from), Some(into)) => *into = *from,
        _ => {
            let len = from.len().min(into.len());
            into[..len].copy_from_slice(&from[..len]);
        }
    }
}

/// The transpose of `rows` rows of numbers, sixteen rows at a time.
pub(super) fn turn<T: Real>(from: &[T], rows: usize, into: &mut [T]) {
    let columns = from.len() / rows;
    for start in (0..rows).step_by(LANES) {
        let end = rows.min(start + LANES);
        for column in 0..columns {
            for row in start..end {
                into[column * rows + row] = from[row * columns + column];
            }
        }
    }
}
