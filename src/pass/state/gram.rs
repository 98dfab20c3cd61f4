//! What an all-pairs pass yields.

use serde::{Deserialize, Serialize};

use super::{RowSums, SearchState};
use crate::num::{Merge, Unlike, add_each};

/// Pairs of rows whose cosine is above the limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicates {
    /// Number of such pairs.
    pub pairs: u64,
    /// For each row: whether it repeats a row with a smaller number. Empty when none does.
    pub repeats: Vec<bool>,
}

impl Duplicates {
    /// Rows that repeat an earlier one: those one would remove.
    pub fn rows(&self) -> u64 {
        self.repeats.iter().filter(|&&r| r).count() as u64
    }

    /// Their numbers, ascending.
    pub fn repeated(&self) -> Vec<u32> {
        let repeats = self.repeats.iter().zip(0..);
        let rows = repeats.filter_map(|(repeat, row)| repeat.then_some(row));
        rows.collect()
    }

    /// Whether half the rows or more repeat others: what is left of them is another data set.
    pub fn mostly(&self) -> bool {
        2 * self.rows() >= self.repeats.len() as u64
    }
}

impl Merge for Duplicates {
    fn fits(&self, other: &Self) -> Result<(), Unlike> {
        Unlike::unless_as_long("numbers of rows", &self.repeats, &other.repeats)
    }

    fn merge(&mut self, other: Self) {
        assert_eq!(self.fits(&other), Ok(()));
        self.pairs += other.pairs;
        if self.repeats.is_empty() {
            self.repeats = other.repeats;
        } else {
            let repeats = self.repeats.iter_mut().zip(other.repeats);
            repeats.for_each(|(a, b)| *a |= b);
        }
    }
}

/// Everything that one walk over all pairs found. Rows are in the order of the data again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GramState {
    /// Coefficients c of the sums, ascending.
    pub coefficients: Vec<f64>,
    /// For each row of the first operand, its sums over the rows of the second.
    pub rows: RowSums,
    /// For each row of the second operand its sums over the first; none within one set of rows, where `rows`
    /// holds both directions.
    pub columns: Option<RowSums>,
    /// Pairs visited.
    pub pairs: u64,
    /// Pairs by cosine, in equal bins over [-1, 1]; empty when it was not wanted.
    pub histogram: Vec<u64>,
    /// Near-duplicates.
    pub duplicates: Duplicates,
    /// What those who search asked for.
    pub search: SearchState,
}

impl GramState {
    /// Ends the group that each row is meeting: to be called at the end of a walk.
    pub fn close(&mut self) {
        self.rows.close();
        self.columns.iter_mut().for_each(RowSums::close);
    }

    /// Where coefficient `c` stands, if it was planned.
    pub fn position(&self, c: f64) -> Option<usize> {
        self.coefficients.iter().position(|&other| other == c)
    }

    /// Where coefficient `c` stands.
    ///
    /// # Panics
    /// Where it was not planned: the sums of another one would be a wrong number without a word.
    pub fn at(&self, c: f64) -> usize {
        let planned = &self.coefficients;
        let place = self.position(c);
        place.unwrap_or_else(|| {
            panic!("sums of e^({c} s) were not planned, only those of {planned:?}")
        })
    }
}

impl Merge for GramState {
    fn fits(&self, other: &Self) -> Result<(), Unlike> {
        let blank = Self::default();
        if *self == blank || *other == blank {
            return Ok(());
        }
        Unlike::unless_equal("coefficients", &self.coefficients, &other.coefficients)?;
        let bins = |state: &Self| state.histogram.len();
        Unlike::unless_equal("numbers of bins", &bins(self), &bins(other))?;
        let two = |state: &Self| state.columns.is_some();
        Unlike::unless_equal("second operands", &two(self), &two(other))?;
        self.rows.fits(&other.rows)?;
        if let (Some(mine), Some(theirs)) = (&self.columns, &other.columns) {
            mine.fits(theirs)?;
        }
        self.duplicates.fits(&other.duplicates)?;
        self.search.fits(&other.search)
    }

    fn merge(&mut self, other: Self) {
        assert_eq!(self.fits(&other), Ok(()));
        if self.coefficients.is_empty() {
            self.coefficients = other.coefficients;
        }
        self.rows.merge(other.rows);
        match (&mut self.columns, other.columns) {
            (Some(mine), Some(theirs)) => mine.merge(theirs),
            (mine @ None, theirs) => *mine = theirs,
            (Some(_), None) => {}
        }
        self.pairs += other.pairs;
        add_each(&mut self.histogram, other.histogram);
        self.duplicates.merge(other.duplicates);
        self.search.merge(other.search);
    }
}
