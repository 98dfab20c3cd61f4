//! What a walk counts for those who search: where positives stand, who is nearest, how cosines are spread.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use super::TopK;
use crate::num::{Merge, Unlike, add_each};

/// Rows that stand above one row, seen from another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Above {
    /// Rows with a larger cosine.
    pub above: u32,
    /// Rows with the same cosine, as far as f32 products can tell.
    pub tied: u32,
}

impl AddAssign for Above {
    fn add_assign(&mut self, other: Self) {
        self.above += other.above;
        self.tied += other.tied;
    }
}

/// Those of them that are of one jackknife group, 65,535 at most: further down a position moves no number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InGroup {
    /// Rows with a larger cosine.
    pub above: u16,
    /// Rows with the same cosine.
    pub tied: u16,
}

impl InGroup {
    /// As many of them as are told.
    pub fn of(all: Above) -> Self {
        let few = |count: u32| u16::try_from(count).unwrap_or(u16::MAX);
        Self {
            above: few(all.above),
            tied: few(all.tied),
        }
    }
}

impl AddAssign for InGroup {
    fn add_assign(&mut self, other: Self) {
        self.above = self.above.saturating_add(other.above);
        self.tied = self.tied.saturating_add(other.tied);
    }
}

/// What was counted beside the sums; whatever was not asked for is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SearchState {
    /// For each positive (i, j) of the job: rows of the second operand above j, seen from i. Neither j itself nor excluded
    /// pairs count; rows of i's item do.
    pub from_rows: Vec<Above>,
    /// For each positive (i, j) of the job: rows of the first operand above i, seen from j.
    pub from_columns: Vec<Above>,
    /// The nearest rows of the second operand of each row of the first (within one set: of each row the others).
    pub nearest: TopK,
    /// The negatives' cosines.
    pub cosines: CosineCounts,
    /// Of [`from_rows`](Self::from_rows), positive after positive, what is in each jackknife group of the rows above: the
    /// positions that are left without a group.
    pub from_rows_by_group: Vec<InGroup>,
    /// The same of [`from_columns`](Self::from_columns).
    pub from_columns_by_group: Vec<InGroup>,
}

/// Pairs by cosine in [`CosineCounts::BINS`] equal bins around -1 to 1, in all and by the jackknife groups that they touch.
/// 0 is the middle of a bin, not an edge: rounding does not part the pairs of rows that have nothing in common.
///
/// Pairs in bins below [`lowest`](Self::lowest) are not told apart: their number is in place 0, and what their spread needs
/// in sums beside it. A bin's count stands at its [place](Self::place).
///
/// Memory: 8 bytes x (groups + 1) x 65,536, less the bins below.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CosineCounts {
    /// All pairs.
    pub all: Vec<u64>,
    /// For each group the pairs of which at least one row is in it. Without group g there are `all - touching[g]`.
    pub touching: Vec<Vec<u64>>,
    /// The lowest bin that is counted by itself: 0 where all are.
    #[serde(default)]
    pub lowest: usize,
    /// Of all pairs in bins below, from the edge of that bin.
    #[serde(default)]
    pub below: Deviations,
    /// Of those of them that touch each group; like `touching`.
    #[serde(default)]
    pub touching_below: Vec<Deviations>,
}

/// Sums over pairs of s - e and of (s - e)^2, by which cosines s differ from an edge e: whole numbers of 2^-40, so that they
/// have the same bits in whatever order they are added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deviations(pub [i128; 2]);

impl Deviations {
    /// A part of the unit.
    const UNIT: f64 = (1_u64 << 40) as f64;

    /// Of sums in f64.
    pub fn of(sums: [f64; 2]) -> Self {
        Self(sums.map(|sum| (sum * Self::UNIT).round() as i128))
    }

    /// The sums.
    pub fn sums(self) -> [f64; 2] {
        self.0.map(|sum| sum as f64 / Self::UNIT)
    }
}

impl AddAssign for Deviations {
    fn add_assign(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a += b);
    }
}

impl CosineCounts {
    /// Bins; what is outside [-1, 1] by rounding belongs to the outermost.
    pub const BINS: usize = 1 << 16;

    /// Middle of a bin.
    pub fn middle(bin: usize) -> f64 {
        (2 * bin) as f64 / Self::BINS as f64 - 1.0
    }

    /// The edge below a bin, at which it begins.
    pub fn edge(bin: usize) -> f64 {
        Self::middle(bin) - 1.0 / Self::BINS as f64
    }

    /// Bin of a cosine.
    pub fn bin(cosine: f64) -> usize {
        let bin = (cosine + 1.0) / 2.0 * Self::BINS as f64 + 0.5;
        (bin.max(0.0) as usize).min(Self::BINS - 1)
    }

    /// The bin of place 0, where counts of bins from `lowest` on begin: below it if there are any below, and a multiple of 8.
    pub fn first(lowest: usize) -> usize {
        lowest.saturating_sub(1) / 8 * 8
    }

    /// Where the count of a bin stands, with those of bins from `lowest` on.
    pub fn place(bin: usize, lowest: usize) -> usize {
        if bin < lowest {
            0
        } else {
            bin - Self::first(lowest)
        }
    }

    /// Whether none were wanted.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl Merge for CosineCounts {
    fn fits(&self, other: &Self) -> Result<(), Unlike> {
        if !self.is_empty() && !other.is_empty() {
            Unlike::unless_equal("lowest fine bins", &self.lowest, &other.lowest)?;
        }
        Unlike::unless_as_long("numbers of fine bins", &self.all, &other.all)?;
        Unlike::unless_as_long("numbers of groups", &self.touching, &other.touching)
    }

    fn merge(&mut self, other: Self) {
        assert_eq!(self.fits(&other), Ok(()));
        self.lowest = self.lowest.max(other.lowest);
        self.below += other.below;
        add_each(&mut self.touching_below, other.touching_below);
        add_each(&mut self.all, other.all);
        if self.touching.is_empty() {
            self.touching = other.touching;
        } else {
            let both = self.touching.iter_mut().zip(other.touching);
            both.for_each(|(mine, theirs)| add_each(mine, theirs));
        }
    }
}

impl Merge for SearchState {
    fn fits(&self, other: &Self) -> Result<(), Unlike> {
        let (what, mine) = (
            "numbers of positives",
            (&self.from_rows, &self.from_columns),
        );
        Unlike::unless_as_long(what, mine.0, &other.from_rows)?;
        Unlike::unless_as_long(what, mine.1, &other.from_columns)?;
        let (mine, theirs) = (&self.from_rows_by_group, &other.from_rows_by_group);
        Unlike::unless_as_long("positions by group", mine, theirs)?;
        self.nearest.fits(&other.nearest)?;
        self.cosines.fits(&other.cosines)
    }

    fn merge(&mut self, other: Self) {
        assert_eq!(self.fits(&other), Ok(()));
        add_each(&mut self.from_rows, other.from_rows);
        add_each(&mut self.from_columns, other.from_columns);
        add_each(&mut self.from_rows_by_group, other.from_rows_by_group);
        add_each(&mut self.from_columns_by_group, other.from_columns_by_group);
        self.nearest.merge(other.nearest);
        self.cosines.merge(other.cosines);
    }
}
