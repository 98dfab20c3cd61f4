//! What those who search ask of a walk, laid out in its order.
//!
//! A cosine of the walk is an f32 product and off by [`dot_error`] at most, and by a millionth in practice at any width; a
//! positive's own cosine is given in f64. Rows within that distance of it are tied with it: duplicates of a positive are,
//! on every kernel, and what is counted above it is what f64 finds above it.

use std::sync::atomic::{AtomicU32, Ordering};

use super::layout::{Block, Layout};
use super::state::{Above, CosineCounts, NearestList, SearchState, TopK};
use super::tasks::{GramJob, Search};
use crate::kernel::{Precision, dot_error};

/// Largest distance at which products of f32 rows count as equal.
const EQUAL: f64 = 1e-6;

/// Bounds of the positives that a row looks for, row after row.
struct Thresholds {
    /// Where the bounds of each position begin, and where the last ones end.
    starts: Vec<usize>,
    all: Vec<Threshold>,
}

/// A positive that a row looks for.
#[derive(Clone, Copy)]
pub(super) struct Threshold {
    /// Twice its number; one more where its second row looks for its first.
    code: u32,
    /// Cosines that are not below count.
    pub(super) low: f32,
    /// Cosines above this are above it.
    pub(super) high: f32,
}

impl Thresholds {
    fn new(layout: &Layout, wanted: impl Iterator<Item = (u32, Threshold)> + Clone) -> Self {
        let mut places = vec![0; layout.rows()];
        for (place, &row) in layout.order().iter().enumerate() {
            places[row as usize] = place;
        }
        let mut starts = vec![0; layout.rows() + 1];
        for (row, _) in wanted.clone() {
            starts[places[row as usize] + 1] += 1;
        }
        for place in 0..layout.rows() {
            starts[place + 1] += starts[place];
        }
        let blank = Threshold {
            code: 0,
            low: f32::INFINITY,
            high: f32::INFINITY,
        };
        let mut all = vec![blank; starts[layout.rows()]];
        let mut next = starts.clone();
        for (row, threshold) in wanted {
            let place = &mut next[places[row as usize]];
            all[*place] = threshold;
            *place += 1;
        }
        Self { starts, all }
    }

    fn of(&self, place: usize) -> &[Threshold] {
        &self.all[self.starts[place]..self.starts[place + 1]]
    }
}

/// Of the rows of one operand, by position.
struct Side {
    thresholds: Thresholds,
    /// Bits of a cosine that the k nearest of a row so far all reach. Only a filter that saves work: what is found does not
    /// depend on when a task reads it.
    floors: Vec<AtomicU32>,
}

/// A search in the order of a walk.
pub(super) struct Searched<'a> {
    pub(super) search: Search<'a>,
    /// Whether both operands are one set.
    pub(super) one_set: bool,
    /// How many nearest rows are kept.
    pub(super) k: usize,
    rows: Side,
    columns: Option<Side>,
    /// Within one set, the positives by the task that meets their two rows.
    met: Vec<((u32, u32), u32)>,
    layouts: (&'a Layout, &'a Layout),
}

impl<'a> Searched<'a> {
    /// What `job` asks for; none where that is nothing, or where rows are rounded.
    pub(super) fn of_job(job: &GramJob<'a>) -> Option<Self> {
        let search = job.search;
        if !job.searches() {
            return None;
        }
        let dim = job.a.0.dim();
        let error = dot_error(dim).min(EQUAL);
        let (a, b) = (job.a.1, job.b.map(|(_, layout)| layout));
        let threshold = |code: usize, cosine: f64| Threshold {
            code: code as u32,
            low: (cosine - error) as f32,
            high: (cosine + error) as f32,
        };
        let listed = search.positives.iter().zip(search.cosines).enumerate();
        let from_rows = listed
            .clone()
            .map(|(p, (pair, &s))| (pair.0, threshold(2 * p, s)));
        let from_columns = listed.map(|(p, (pair, &s))| (pair.1, threshold(2 * p + 1, s)));
        let side = |layout: &Layout, thresholds: Thresholds| Side {
            thresholds,
            floors: (0..layout.rows())
                .map(|_| AtomicU32::new(f32::NEG_INFINITY.to_bits()))
                .collect(),
        };
        let (rows, columns) = match b {
            Some(b) => {
                let columns = Thresholds::new(b, from_columns);
                (Thresholds::new(a, from_rows), Some(side(b, columns)))
            }
            None => (Thresholds::new(a, from_rows.chain(from_columns)), None),
        };
        let mut met = Vec::new();
        if b.is_none() {
            let places = a.places();
            for (p, &(i, j)) in search.positives.iter().enumerate() {
                let (i, j) = (places[i as usize].0 as u32, places[j as usize].0 as u32);
                met.push(((i.min(j), i.max(j)), p as u32));
            }
            met.sort_unstable();
        }
        Some(Self {
            search,
            one_set: b.is_none(),
            k: nearest(job),
            rows: side(a, rows),
            columns,
            met,
            layouts: (a, b.unwrap_or(a)),
        })
    }

    fn side(&self, second: bool) -> &Side {
        match &self.columns {
            Some(columns) if second => columns,
            _ => &self.rows,
        }
    }

    /// Positives that the row at each position of a block looks for.
    pub(super) fn thresholds(
        &self,
        block: Block,
        second: bool,
    ) -> impl Iterator<Item = &[Threshold]> {
        (block.start..block.end).map(move |place| self.side(second).thresholds.of(place))
    }

    /// What the nearest of each row of a block reach so far; nothing does of columns whose nearest are not wanted.
    pub(super) fn floors(&self, block: Block, second: bool) -> Vec<f32> {
        if second && !self.one_set {
            return vec![f32::INFINITY; block.len()];
        }
        let floors = &self.side(second).floors[block.start..block.end];
        let read = |floor: &AtomicU32| f32::from_bits(floor.load(Ordering::Relaxed));
        floors.iter().map(read).collect()
    }

    /// Adds what a task found.
    pub(super) fn commit(&self, state: &mut SearchState, found: TaskFound) {
        let TaskFound { blocks, .. } = found;
        for (code, counts) in found.above {
            let all = match code % 2 {
                0 => &mut state.from_rows,
                _ => &mut state.from_columns,
            };
            let sum = &mut all[code as usize / 2];
            sum.above += counts.above;
            sum.tied += counts.tied;
        }
        for p in self.met_by(blocks) {
            // Either row met the other, which is no row beside it.
            for all in [&mut state.from_rows, &mut state.from_columns] {
                let sum = &mut all[p as usize];
                sum.tied = sum.tied.saturating_sub(1);
            }
        }
        let (rows, columns) = found.nearest;
        for (second, block, lists) in [(false, blocks.0, rows), (true, blocks.1, columns)] {
            let order = if second {
                self.layouts.1
            } else {
                self.layouts.0
            }
            .order();
            for (place, list) in (block.start..block.end).zip(lists) {
                if !list.is_empty() {
                    let floor = state.nearest.add(order[place] as usize, list);
                    let floor = floor.unwrap_or(f32::NEG_INFINITY).to_bits();
                    self.side(second).floors[place].store(floor, Ordering::Relaxed);
                }
            }
        }
        if let Some((first, counts)) = found.cosines {
            let (rows, columns) = (blocks.0.group, blocks.1.group);
            state.cosines.add(first, &counts, (rows, columns));
        }
    }

    /// Positives whose two rows a task of one set meets.
    fn met_by(&self, (rows, columns): (Block, Block)) -> impl Iterator<Item = u32> {
        let at = |layout: &Layout, block: Block| {
            let blocks = layout.blocks();
            blocks.partition_point(|other| other.start < block.start) as u32
        };
        let task = (at(self.layouts.0, rows), at(self.layouts.1, columns));
        let from = self.met.partition_point(|(other, _)| *other < task);
        let met = self.met[from..].iter();
        met.take_while(move |(other, _)| *other == task)
            .map(|&(_, p)| p)
    }
}

/// What a task found.
pub(super) struct TaskFound {
    pub(super) blocks: (Block, Block),
    /// By the codes of thresholds.
    pub(super) above: Vec<(u32, Above)>,
    /// Of each row, and of each column where those are wanted.
    pub(super) nearest: (Vec<NearestList>, Vec<NearestList>),
    /// The first bin that was touched, and counts from there on.
    pub(super) cosines: Option<(usize, Vec<u32>)>,
}

impl Threshold {
    /// For [`TaskFound::above`].
    pub(super) fn found(self, at_least: u32, above: u32) -> (u32, Above) {
        let tied = at_least - above;
        (self.code, Above { above, tied })
    }
}

impl GramJob<'_> {
    /// Whether anything is asked for that this walk counts: rounded rows have no positions.
    pub fn searches(&self) -> bool {
        let Search {
            positives,
            nearest,
            cosine_counts,
            ..
        } = self.search;
        let asks = !positives.is_empty() || nearest > 0 || cosine_counts;
        asks && self.precision == Precision::F32
    }
}

/// Neighbours kept of each row: no more than there are.
fn nearest(job: &GramJob<'_>) -> usize {
    let others = job.b.map_or(job.a.0.rows() - 1, |(rows, _)| rows.rows());
    job.search.nearest.min(others)
}

impl SearchState {
    /// Zeros of the shape that `job` yields.
    pub(super) fn empty(job: &GramJob<'_>) -> Self {
        let search = job.search;
        if !job.searches() {
            return Self::default();
        }
        let above = vec![Above::default(); search.positives.len()];
        Self {
            from_rows: above.clone(),
            from_columns: above,
            nearest: match nearest(job) {
                0 => TopK::default(),
                k => TopK::empty(job.a.0.rows(), k),
            },
            cosines: match search.cosine_counts {
                true => CosineCounts::zeros(job.a.1.group_sizes().len()),
                false => CosineCounts::default(),
            },
        }
    }
}
