//! Pairs as a file lists them, and what it says of each.

use serde::{Deserialize, Serialize};

use super::{DataError, Numbers};

/// A number for each listed pair, in the order of the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PairValues {
    /// How relevant the second row is to the first, above 0: its gain in nDCG.
    Gains(Vec<f64>),
    /// How alike the two rows were judged to be.
    Scores(Vec<f64>),
}

impl PairValues {
    pub(super) fn list(&self) -> &[f64] {
        match self {
            Self::Gains(values) | Self::Scores(values) => values,
        }
    }

    /// Those of the same kind at these places of the list.
    pub(super) fn at(&self, places: &[usize]) -> Self {
        let values = places.iter().map(|&place| self.list()[place]).collect();
        match self {
            Self::Gains(_) => Self::Gains(values),
            Self::Scores(_) => Self::Scores(values),
        }
    }
}

/// Pairs as a file gave them, not yet checked against any rows. 8 bytes a pair, 8 more for a value.
///
/// - no index is beyond what a row number can be: the first pair that has such a one is remembered, and ends the list;
/// - as many values as pairs, where there are any.
#[derive(Clone, Debug, PartialEq)]
pub struct RawPairs {
    /// What messages call the source: file, and tensor or columns.
    pub name: String,
    list: Vec<[u32; 2]>,
    beyond: Option<[i128; 2]>,
    values: Option<PairValues>,
}

impl RawPairs {
    /// The pairs (row of a, row of b).
    pub fn new(name: impl Into<String>, pairs: impl IntoIterator<Item = [i128; 2]>) -> Self {
        let mut raw = Self::with_room(name, Vec::new());
        pairs.into_iter().for_each(|pair| raw.push(pair));
        raw
    }

    /// No pairs yet, with the room that `list` has.
    pub fn with_room(name: impl Into<String>, list: Vec<[u32; 2]>) -> Self {
        Self {
            name: name.into(),
            list,
            beyond: None,
            values: None,
        }
    }

    /// The same pairs, each with the gain of finding it, all above 0.
    ///
    /// # Panics
    /// Where there are not as many gains as pairs.
    #[must_use]
    pub fn with_gains(self, gains: Vec<f64>) -> Self {
        assert_eq!(gains.len(), self.list.len(), "a gain for each pair");
        Self {
            values: Some(PairValues::Gains(gains)),
            ..self
        }
    }

    /// The same pairs, each with the score that judges it.
    ///
    /// # Errors
    /// [`DataError::Count`], [`DataError::Score`].
    pub fn scored(self, scores: Numbers) -> Result<Self, DataError> {
        // A pair that names no row ends the list, and is refused.
        if self.beyond.is_some() {
            return Ok(self);
        }
        let scores = finite_scores(scores, &self.name, self.list.len())?;
        Ok(Self {
            values: Some(PairValues::Scores(scores)),
            ..self
        })
    }

    /// One pair more.
    pub fn push(&mut self, pair: [i128; 2]) {
        match pair.map(u32::try_from) {
            _ if self.beyond.is_some() => {}
            [Ok(i), Ok(j)] => self.list.push([i, j]),
            _ => self.beyond = Some(pair),
        }
    }

    /// The pairs, up to the first that cannot be row numbers.
    pub fn list(&self) -> &[[u32; 2]] {
        &self.list
    }

    /// What the file says of each pair, where it says anything.
    pub fn values(&self) -> Option<&PairValues> {
        self.values.as_ref()
    }

    /// The first pair that cannot be row numbers; it stands at `list().len()`.
    pub fn beyond(&self) -> Option<[i128; 2]> {
        self.beyond
    }
}

/// One score for each of `count` pairs of `pairs_name`.
///
/// # Errors
/// [`DataError::Count`], [`DataError::Score`] for one that is NaN or infinite.
pub(super) fn finite_scores(
    scores: Numbers,
    pairs_name: &str,
    count: usize,
) -> Result<Vec<f64>, DataError> {
    let found = scores.values.len();
    DataError::check_count(&scores.name, ("scores", found), (pairs_name, count))?;
    match scores.values.iter().position(|score| !score.is_finite()) {
        None => Ok(scores.values),
        Some(row) => Err(DataError::Score {
            source_name: scores.name,
            row,
            value: scores.values[row],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Pairs;

    fn pairs(list: &[[i128; 2]]) -> RawPairs {
        RawPairs::new("pairs", list.iter().copied())
    }

    fn scores(values: &[f64]) -> Numbers {
        Numbers {
            name: "scores".to_owned(),
            values: values.to_vec(),
        }
    }

    #[test]
    fn values_go_where_their_pairs_go() {
        let raw = pairs(&[[0, 1], [2, 0], [1, 2]]);
        let raw = raw.scored(scores(&[0.5, -1.0, 3.0])).expect("one for each");
        let found = Pairs::new(&raw, ("a", 3), Some(("b", 3))).expect("in range");
        assert_eq!(found.scores(), Some(&[0.5, -1.0, 3.0][..]));
        assert_eq!(found.gains(), None);
        let keep = [Some(0), None, Some(1)];
        let left = found.renumbered(&keep, &[Some(0), Some(1), Some(2)]);
        let left = left.expect("pairs of rows 0 and 2");
        assert_eq!(left.list(), [(0, 1), (1, 0)]);
        assert_eq!(left.values(), [0.5, -1.0]);
    }

    #[test]
    fn a_pair_that_is_judged_twice_has_its_best_grade() {
        let raw = pairs(&[[1, 0], [0, 2], [1, 0]]).with_gains(vec![1.0, 2.0, 3.0]);
        let found = Pairs::new(&raw, ("a", 3), Some(("b", 3))).expect("in range");
        assert_eq!(found.gains(), Some(vec![2.0, 3.0]));
        assert_eq!(found.distinct(false).len(), 2);
        assert_eq!(found.scores(), None);
    }

    #[test]
    fn scores_that_order_nothing_or_are_too_few_are_refused() {
        let raw = || pairs(&[[0, 1], [2, 0]]);
        let few = raw().scored(scores(&[1.0])).expect_err("one for two");
        assert!(few.to_string().contains("expected 2 scores"), "{few}");
        for odd in [f64::NAN, f64::INFINITY] {
            let refused = raw().scored(scores(&[1.0, odd])).expect_err("no number");
            assert!(refused.to_string().contains("row 1"), "{refused}");
        }
        // What names no row is refused by its own words, later.
        let beyond = pairs(&[[0, 1], [-1, 0], [0, 2]]);
        assert!(beyond.scored(scores(&[1.0, 2.0, 3.0])).is_ok());
    }
}
