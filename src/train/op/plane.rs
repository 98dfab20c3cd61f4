//! Images whose channels lie side by side, read and written square by square.

use super::elements::Real;
use super::tile::{self, LANES, Square};

/// An image whose channels lie side by side.
pub(super) struct Plane {
    /// Height and width.
    pub(super) size: (usize, usize),
    pub(super) channels: usize,
}

impl Plane {
    /// Where the pixel `down` and `right` of `corner` begins, if it is inside.
    #[inline(always)]
    fn at(&self, corner: (usize, usize), down: usize, right: usize) -> Option<usize> {
        let (row, column) = (corner.0.wrapping_add(down), corner.1.wrapping_add(right));
        let inside = row < self.size.0 && column < self.size.1;
        inside.then(|| (row * self.size.1 + column) * self.channels)
    }

    /// Some channels of a square of pixels, 0 where it is over the edge.
    pub(super) fn take<T: Real, const SIDE: usize>(
        &self,
        pixels: &[T],
        corner: (usize, usize),
        lane: usize,
    ) -> Square<T, SIDE> {
        let mut square = tile::zeros::<T, SIDE>();
        let channels = (self.channels - lane).min(LANES);
        for down in 0..SIDE {
            for right in 0..SIDE {
                if let Some(at) = self.at(corner, down, right) {
                    let values = &mut square[down][right];
                    match channels == LANES {
                        true => values.copy_from_slice(&pixels[at + lane..at + lane + LANES]),
                        false => values[..channels]
                            .copy_from_slice(&pixels[at + lane..at + lane + channels]),
                    }
                }
            }
        }
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
        let channels = (self.channels - lane).min(LANES);
        for down in 0..SIDE {
            for right in 0..SIDE {
                if let Some(at) = self.at(corner, down, right) {
                    let values = &square[down][right];
                    match channels == LANES {
                        true => pixels[at + lane..at + lane + LANES].copy_from_slice(values),
                        false => pixels[at + lane..at + lane + channels]
                            .copy_from_slice(&values[..channels]),
                    }
                }
            }
        }
    }

    /// Adds them.
    pub(super) fn add<T: Real, const SIDE: usize>(
        &self,
        pixels: &mut [T],
        corner: (usize, usize),
        lane: usize,
        square: &Square<T, SIDE>,
    ) {
        let channels = (self.channels - lane).min(LANES);
        for down in 0..SIDE {
            for right in 0..SIDE {
                if let Some(at) = self.at(corner, down, right) {
                    let pixels = &mut pixels[at + lane..at + lane + channels];
                    for (pixel, value) in pixels.iter_mut().zip(&square[down][right]) {
                        *pixel += *value;
                    }
                }
            }
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
