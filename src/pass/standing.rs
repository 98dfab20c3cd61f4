//! Where positives stand: the limits that cosines are counted against, by the positions of a walk.
//!
//! Seen from row i, a positive (i, j) of cosine p stands below those rows z for which s(i, z) > p. The products of a
//! walk are f32 and off by at most e: s is counted as above where it exceeds p + e, and as tied where it is within e of p,
//! so that pairs with equal cosines in f64 are tied for every kernel, and those that f32 can tell apart are told apart.
//! Products of rows in the ball are off by at most e times the length of the row that looks: that is taken for e then.

use super::layout::{Layout, RowBlock};
use super::tasks::GramJob;
use crate::kernel::tie_error;

/// Limits seen from the rows of one operand, in the order of its layout.
pub(super) struct SeenLimits {
    /// Where the limits of each position begin, and where the last one's end.
    starts: Vec<u32>,
    /// Cosines above the first are above the positive, those above the second above or tied.
    limits: Vec<[f32; 2]>,
    /// The lowest of each position, infinity where it has none.
    lowest: Vec<f32>,
    /// Which count each is: p for positive p seen from its row, positives + p from its column.
    numbers: Vec<u32>,
}

impl SeenLimits {
    /// `of` holds (position, number) of each limit, `limits` those of each number.
    fn new(positions: usize, mut of: Vec<(u32, u32)>, limits: &[[f32; 2]]) -> Self {
        of.sort_unstable();
        let mut starts = vec![0; positions + 1];
        of.iter().for_each(|(at, _)| starts[*at as usize + 1] += 1);
        let mut before = 0;
        for start in &mut starts {
            before += *start;
            *start = before;
        }
        let numbers: Vec<u32> = of.into_iter().map(|(_, number)| number).collect();
        let limits: Vec<[f32; 2]> = numbers
            .iter()
            .map(|number| limits[*number as usize])
            .collect();
        let lowest = starts.windows(2).map(|ends| {
            let limits = limits[ends[0] as usize..ends[1] as usize].as_flattened();
            limits.iter().copied().fold(f32::INFINITY, f32::min)
        });
        Self {
            lowest: lowest.collect(),
            starts,
            limits,
            numbers,
        }
    }

    /// Where the limits of each position of `block` begin, and where the last one's end.
    pub(super) fn starts(&self, block: RowBlock) -> &[u32] {
        &self.starts[block.start..=block.end]
    }

    /// The lowest limit of each position of `block`, infinity where it has none.
    pub(super) fn lowest(&self, block: RowBlock) -> &[f32] {
        &self.lowest[block.start..block.end]
    }

    /// The limits between two of these numbers.
    pub(super) fn limits(&self, from: u32, to: u32) -> &[[f32; 2]] {
        &self.limits[from as usize..to as usize]
    }

    /// Which counts those of `block` are.
    pub(super) fn numbers(&self, block: RowBlock) -> &[u32] {
        let of = |position: usize| self.starts[position] as usize;
        &self.numbers[of(block.start)..of(block.end)]
    }

    /// Where each count stands among the limits, by its number.
    fn places(&self, counts: usize) -> Vec<u32> {
        let mut out = vec![0; counts];
        for (place, number) in (0..).zip(&self.numbers) {
            out[*number as usize] = place;
        }
        out
    }
}

/// A positive that a task meets: it is not to be counted as standing above itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OwnPositive {
    /// Column block and row block.
    task: (u32, u32),
    /// Positions within them.
    pub(super) pair: (u32, u32),
    /// Its limits, seen from the row and from the column.
    pub(super) limits: (u32, u32),
}

/// The positives of a job.
pub(super) struct JobPositives {
    rows: SeenLimits,
    /// None within one set, whose rows see both ways.
    columns: Option<SeenLimits>,
    /// By task, in a task by row and column.
    own: Vec<OwnPositive>,
}

impl JobPositives {
    /// Those of `job`, if there are any.
    ///
    /// Memory: about 60 bytes for each positive.
    pub(super) fn new(job: &GramJob<'_>) -> Option<Self> {
        let (positives, cosines) = (job.search.positives, job.search.cosines);
        assert_eq!(positives.len(), cosines.len(), "a cosine of each positive");
        if positives.is_empty() {
            return None;
        }
        // Beside the products' error that of p and of p + e, which become f32.
        let error = tie_error(job.a.0.dim()) + 2.0_f64.powi(-23);
        let limits = |p: f64, length: f64| {
            let error = error * length;
            [(p + error) as f32, ((p - error) as f32).next_down()]
        };
        let (first, (second, columns)) = (job.a.0, job.b.unwrap_or(job.a));
        let listed = || positives.iter().zip(cosines);
        let of_rows = listed().map(|((i, _), p)| limits(*p, first.length(*i as usize)));
        let of_columns = listed().map(|((_, j), p)| limits(*p, second.length(*j as usize)));
        let limits: Vec<[f32; 2]> = of_rows.chain(of_columns).collect();
        let (places_a, places_b) = (job.a.1.places(), columns.places());
        let position = |layout: &Layout, (block, at): (usize, u32)| {
            (layout.blocks()[block].start + at as usize) as u32
        };
        let count = positives.len() as u32;
        let from_rows = (0..).zip(positives);
        let from_rows = from_rows.map(|(p, &(i, _))| (position(job.a.1, places_a[i as usize]), p));
        let from_columns = (count..).zip(positives);
        let from_columns =
            from_columns.map(|(p, &(_, j))| (position(columns, places_b[j as usize]), p));
        let (rows, columns) = if job.b.is_some() {
            let columns = SeenLimits::new(columns.rows(), from_columns.collect(), &limits);
            let rows = SeenLimits::new(job.a.1.rows(), from_rows.collect(), &limits);
            (rows, Some(columns))
        } else {
            let both = from_rows.chain(from_columns).collect();
            (SeenLimits::new(job.a.1.rows(), both, &limits), None)
        };

        let of_rows = rows.places(2 * positives.len());
        let of_columns = columns
            .as_ref()
            .map(|columns| columns.places(2 * positives.len()));
        let of_columns = of_columns.as_ref().unwrap_or(&of_rows);
        let own = (0..).zip(positives).map(|(p, &(i, j)): (usize, _)| {
            let (mut one, mut other) = (places_a[i as usize], places_b[j as usize]);
            let mut limits = (of_rows[p], of_columns[p + positives.len()]);
            // Within one set the pair is met once, with the earlier position as its row.
            if job.b.is_none() && other < one {
                std::mem::swap(&mut one, &mut other);
                limits = (limits.1, limits.0);
            }
            OwnPositive {
                task: (other.0 as u32, one.0 as u32),
                pair: (one.1, other.1),
                limits,
            }
        });
        let mut own: Vec<OwnPositive> = own.collect();
        own.sort_unstable();
        Some(Self { rows, columns, own })
    }

    /// Limits seen from the rows of the first operand, and of the second.
    pub(super) fn seen(&self) -> (&SeenLimits, &SeenLimits) {
        (&self.rows, self.columns.as_ref().unwrap_or(&self.rows))
    }

    /// Positives that task (i, j) meets, by row and column.
    pub(super) fn own(&self, (i, j): (u32, u32)) -> &[OwnPositive] {
        let from = self.own.partition_point(|own| own.task < (j, i));
        let to = self.own.partition_point(|own| own.task <= (j, i));
        &self.own[from..to]
    }
}
