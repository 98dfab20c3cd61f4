//! Products of matrices, in blocks that threads share.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

/// Columns or rows of a block. The same on any number of threads, and so are the bits.
const BLOCK: usize = 192;

/// f32 and f64: here each has its product compiled once.
pub(super) trait Product: Sized {
    /// `into` becomes `lhs` times `rhs`, or that is added to it, on the thread that asks.
    fn multiply(into: MatMut<'_, Self>, add: bool, lhs: MatRef<'_, Self>, rhs: MatRef<'_, Self>);
}

impl Product for f32 {
    fn multiply(into: MatMut<'_, Self>, add: bool, lhs: MatRef<'_, Self>, rhs: MatRef<'_, Self>) {
        matmul(into, accumulation(add), lhs, rhs, 1.0, Par::Seq);
    }
}

impl Product for f64 {
    fn multiply(into: MatMut<'_, Self>, add: bool, lhs: MatRef<'_, Self>, rhs: MatRef<'_, Self>) {
        matmul(into, accumulation(add), lhs, rhs, 1.0, Par::Seq);
    }
}

fn accumulation(add: bool) -> Accum {
    match add {
        true => Accum::Add,
        false => Accum::Replace,
    }
}

/// Row-major numbers as a matrix of so many rows.
pub(super) fn matrix<T>(values: &[T], rows: usize) -> MatRef<'_, T> {
    MatRef::from_row_major_slice(values, rows, values.len() / rows.max(1))
}

/// The same, to be written.
pub(super) fn matrix_mut<T>(values: &mut [T], rows: usize) -> MatMut<'_, T> {
    let columns = values.len() / rows.max(1);
    MatMut::from_row_major_slice_mut(values, rows, columns)
}

/// `into` becomes `lhs` times `rhs`, or that is added to it, on all threads.
pub(super) fn multiply<T: Product + Send + Sync>(
    into: MatMut<'_, T>,
    add: bool,
    lhs: MatRef<'_, T>,
    rhs: MatRef<'_, T>,
) {
    // Blocks go along the longer side: the factor of the shorter one is read again for each.
    let (into, lhs, rhs) = match into.ncols() < into.nrows() {
        true => (into.transpose_mut(), rhs.transpose(), lhs.transpose()),
        false => (into, lhs, rhs),
    };
    let mut blocks = Vec::new();
    let (mut left, mut columns) = (into, rhs);
    while left.ncols() > 0 {
        let width = left.ncols().min(BLOCK);
        let (block, rest) = left.split_at_col_mut(width);
        let (column, others) = columns.split_at_col(width);
        blocks.push((block, column));
        (left, columns) = (rest, others);
    }
    let blocks = blocks.into_par_iter();
    blocks.for_each(|(block, columns)| T::multiply(block, add, lhs, columns));
}
