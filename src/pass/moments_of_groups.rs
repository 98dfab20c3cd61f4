//! Sums of rows and of their products in f64, group by group: what spectra are made of.

use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::{Accum, MatMut, MatRef, Par};

use super::moments::add;
use super::ordered;
use super::state::RowMoments;
use super::{Cancelled, Watch};
use crate::data::UnitRows;
use crate::num::Merge;

/// Rows whose products are added in one go.
const CHUNK: usize = 512;
/// Such sums of one task.
const RUN: usize = 8;

impl RowMoments {
    /// The sum of x, and X'X, of the rows of each group (`groups[i]` below `count` is that of row i), in f64: a small
    /// eigenvalue is as exact as a large one, and every kernel gives the same bits. On the current rayon pool.
    ///
    /// Cost: half of n d^2 multiply-adds, as X'X is symmetric. Memory: 8 d^2 bytes for each group, and for each thread.
    ///
    /// # Errors
    /// [`Cancelled`] when the watcher asked to stop.
    ///
    /// # Panics
    /// Where a row has no group below `count`.
    pub fn of_groups(
        rows: &UnitRows,
        groups: &[u32],
        count: usize,
        watch: &dyn Watch,
    ) -> Result<Vec<Self>, Cancelled> {
        assert_eq!(rows.rows(), groups.len(), "a group for each row");
        let dim = rows.dim();
        let mut members = vec![Vec::new(); count];
        for (row, &group) in groups.iter().enumerate() {
            members[group as usize].push(row);
        }
        let tasks: Vec<(usize, &[usize])> = members
            .iter()
            .enumerate()
            .flat_map(|(group, rows)| rows.chunks(CHUNK * RUN).map(move |part| (group, part)))
            .collect();
        let zeros = || Self {
            x: vec![0.0; dim],
            xx: vec![0.0; dim * dim],
            ..Self::default()
        };
        let mut out: Vec<Self> = (0..count).map(|_| zeros()).collect();
        let buffer = || vec![0.0; CHUNK * dim];
        let task = |values: &mut Vec<f64>, id: usize| {
            let (group, part) = tasks[id];
            let mut sums = zeros();
            sums.rows = part.len() as u64;
            for chunk in part.chunks(CHUNK) {
                let values = &mut values[..chunk.len() * dim];
                for (row, out) in chunk.iter().zip(values.chunks_exact_mut(dim)) {
                    rows.row_f64(*row, out);
                    add(&mut sums.x, out);
                }
                let x = MatRef::from_row_major_slice(&*values, chunk.len(), dim);
                matmul(
                    MatMut::from_row_major_slice_mut(&mut sums.xx, dim, dim),
                    BlockStructure::TriangularLower,
                    Accum::Add,
                    x.transpose(),
                    BlockStructure::Rectangular,
                    x,
                    BlockStructure::Rectangular,
                    1.0,
                    Par::Seq,
                );
            }
            (group, sums)
        };
        let commit = |out: &mut Vec<Self>, (group, sums): (usize, Self)| {
            let rows = sums.rows;
            out[group].merge(sums);
            rows
        };
        ordered::run(tasks.len(), &mut out, watch, buffer, task, commit)?;
        for sums in &mut out {
            for i in 0..dim {
                for j in i + 1..dim {
                    sums.xx[i * dim + j] = sums.xx[j * dim + i];
                }
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Embeddings;
    use crate::pass::NoWatch;

    #[test]
    fn sums_of_groups_are_those_of_their_rows() {
        let (n, dim) = (1300, 5);
        let values = ndarray::Array2::from_shape_fn((n, dim), |(i, k)| {
            ((i * (k + 3)) as f32 * 0.37).sin() + 0.2
        });
        let embeddings = Embeddings::from_array("rows", values.view()).unwrap();
        let rows = UnitRows::normalise(embeddings).unwrap();
        // More rows than one chunk in the second group, none in the third.
        let groups: Vec<u32> = (0..n as u32).map(|i| u32::from(i % 7 != 0)).collect();
        let found = RowMoments::of_groups(&rows, &groups, 3, &NoWatch).unwrap();
        let mut row = vec![0.0; dim];
        for (g, found) in found.iter().enumerate() {
            let mut expected = vec![0.0; dim * dim];
            let (mut sum, mut count) = (vec![0.0; dim], 0);
            for i in (0..n).filter(|&i| groups[i] as usize == g) {
                rows.row_f64(i, &mut row);
                count += 1;
                for j in 0..dim {
                    sum[j] += row[j];
                    for k in 0..dim {
                        expected[j * dim + k] += row[j] * row[k];
                    }
                }
            }
            assert_eq!(found.rows, count);
            let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-10);
            assert!(
                near(&found.x, &sum) && near(&found.xx, &expected),
                "group {g}"
            );
        }
    }

    #[test]
    fn bits_do_not_depend_on_the_number_of_threads() {
        let values = ndarray::Array2::from_shape_fn((9000, 3), |(i, k)| ((i + k) as f32).cos());
        let rows = Embeddings::from_array("rows", values.view()).unwrap();
        let rows = UnitRows::normalise(rows).unwrap();
        let groups: Vec<u32> = (0..9000).map(|i| i % 2).collect();
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let pool = pool.build().unwrap();
            pool.install(|| RowMoments::of_groups(&rows, &groups, 2, &NoWatch).unwrap())
        };
        assert_eq!(on(1), on(3));
    }
}
