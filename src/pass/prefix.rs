//! The all-pairs pass on prefixes of the columns, all of them at once.
//!
//! Cost: the multiply-adds of one pass over whole rows, and for each prefix the exponentials of one.

use rayon::prelude::*;

use super::epilogue::{PrefixBuffers, PrefixWanted, Prefixes, Scales, TaskSums};
use super::gram::commit;
use super::layout::Layout;
use super::operand::Worker;
use super::ordered;
use super::state::GramState;
use super::tasks::{Encodings, GramJob, Search, Tasks};
use super::{Cancelled, Watch};
use crate::data::UnitRows;
use crate::kernel::{Choice, Kernel, WithKernel};

/// Walks all pairs of `job` for each of the prefixes `dims` (ascending, the last at most the whole row) with `kernel` on
/// the current rayon pool; rows are normalised again in each. Histograms are not made, and nothing is sought.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub fn prefix_grams(
    job: GramJob<'_>,
    dims: &[usize],
    kernel: Choice,
    watch: &dyn Watch,
) -> Result<Vec<GramState>, Cancelled> {
    kernel.run(OfPrefixes { job, dims, watch })
}

struct OfPrefixes<'a> {
    job: GramJob<'a>,
    dims: &'a [usize],
    watch: &'a dyn Watch,
}

impl WithKernel for OfPrefixes<'_> {
    type Output = Result<Vec<GramState>, Cancelled>;

    fn run<K: Kernel>(self, kernel: K) -> Self::Output {
        let Self { job, dims, watch } = self;
        let job = GramJob {
            histogram: false,
            search: Search::default(),
            ..job
        };
        let encodings = Encodings::new(kernel, &job);
        let tasks = Tasks::new(&job);
        let b = job.b.unwrap_or(job.a);
        let (scales_a, scales_b) = (scales(job.a, dims), job.b.map(|b| scales(b, dims)));
        let of = |values, (rows, _): (&UnitRows, &Layout)| Scales {
            values,
            rows: rows.rows(),
        };
        let wanted = PrefixWanted {
            exponents: job.exponents,
            duplicates: job.duplicates,
            dims,
            scales: (
                of(&scales_a, job.a),
                of(scales_b.as_ref().unwrap_or(&scales_a), b),
            ),
        };
        let mut states: Vec<GramState> = dims.iter().map(|_| GramState::empty(&job)).collect();
        let all = job.plan.tasks();
        ordered::run(
            all.len(),
            &mut states,
            watch,
            || {
                let worker = Worker::in_segments(kernel, dims.to_vec(), job.exponents);
                (worker, PrefixBuffers::new::<K>(job.exponents, dims.len()))
            },
            |(worker, buffers), id| {
                let (blocks, left) = tasks.get(all[id], encodings.operands(&job));
                let mut epilogue = Prefixes::new(wanted, blocks, left, buffers);
                worker.sweep(blocks, &mut epilogue);
                epilogue.finish()
            },
            |states, found: Vec<TaskSums>| {
                let each = states.iter_mut().zip(found);
                each.map(|(state, found)| commit(&job, state, found))
                    .last()
                    .unwrap_or(0)
            },
        )?;
        states.iter_mut().for_each(GramState::close);
        Ok(states)
    }
}

/// One over the norm of each prefix of each row, in the order of the layout: `p * rows + position`.
fn scales((rows, layout): (&UnitRows, &Layout), dims: &[usize]) -> Vec<f32> {
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
