//! Which rows are positives of each other: a list of index pairs, aligned views, or shared labels.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::listed::{PairValues, RawPairs, finite_scores};
use super::{DataError, Numbers};

/// Labels as a file gave them, one for each row, as small class numbers in order of first appearance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// What messages call the source.
    pub name: String,
    /// Class of each row: 0, 1, 2, ... in order of first appearance.
    pub classes: Vec<u32>,
    /// What the file calls each class; empty where the labels come from no file.
    pub values: Arc<Vec<String>>,
}

impl Labels {
    /// Checks that there is one for each of `rows` rows of the matrix `rows_name`; messages call them `what`.
    ///
    /// # Errors
    /// [`DataError::Count`].
    pub fn check(&self, what: &'static str, rows_name: &str, rows: usize) -> Result<(), DataError> {
        DataError::check_count(&self.name, (what, self.classes.len()), (rows_name, rows))
    }
}

/// Positive pairs (i, j): row i of view a, row j of view b (of the same file when there is one view).
///
/// - at least one pair; both indices in range; i != j within one file.
/// - as many values as pairs, where there are any, all finite.
/// - 8 bytes a pair, 8 more for a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pairs {
    list: Vec<(u32, u32)>,
    #[serde(default)]
    values: Option<PairValues>,
}

impl Pairs {
    /// Checks a list against its rows. `b` is `None` when both indices point into one file.
    ///
    /// # Errors
    /// [`DataError::NoPairs`], [`DataError::PairOutOfRange`], [`DataError::SelfPair`].
    pub fn new(
        raw: &RawPairs,
        a: (&str, usize),
        b: Option<(&str, usize)>,
    ) -> Result<Self, DataError> {
        if raw.list().is_empty() && raw.beyond().is_none() {
            return Err(DataError::NoPairs {
                source_name: raw.name.clone(),
            });
        }
        let one_file = b.is_none();
        let (b_name, b_rows) = b.unwrap_or(a);
        let mut list = Vec::with_capacity(raw.list().len());
        let wide = raw.list().iter().map(|pair| pair.map(i128::from));
        for (pair, [i, j]) in wide.chain(raw.beyond()).enumerate() {
            for (index, (name, rows)) in [(i, a), (j, (b_name, b_rows))] {
                if index < 0 || index >= rows as i128 {
                    return Err(DataError::PairOutOfRange {
                        source_name: raw.name.clone(),
                        pair,
                        i,
                        j,
                        rows_name: name.to_owned(),
                        last: rows - 1,
                    });
                }
            }
            if one_file && i == j {
                return Err(DataError::SelfPair {
                    source_name: raw.name.clone(),
                    pair,
                    row: i as usize,
                });
            }
            list.push((i as u32, j as u32));
        }
        Ok(Self {
            list,
            values: raw.values().cloned(),
        })
    }

    /// Row i of a with row i of b, for n rows.
    pub fn aligned(n: usize) -> Self {
        Self {
            list: (0..n as u32).map(|i| (i, i)).collect(),
            values: None,
        }
    }

    /// [`Pairs::aligned`] for the `rows` rows of `rows_name`, with a score for each.
    ///
    /// # Errors
    /// [`DataError::Count`], [`DataError::Score`].
    pub fn aligned_scored(
        scores: &Numbers,
        rows_name: &str,
        rows: usize,
    ) -> Result<Self, DataError> {
        let scores = finite_scores(scores.clone(), rows_name, rows)?;
        Ok(Self {
            values: Some(PairValues::Scores(scores)),
            ..Self::aligned(rows)
        })
    }

    /// How alike the rows of each pair were judged to be, in the order given; none where nobody did.
    pub fn scores(&self) -> Option<&[f64]> {
        match &self.values {
            Some(PairValues::Scores(scores)) => Some(scores),
            _ => None,
        }
    }

    /// The gain of each distinct pair of two files, ascending by pair: the largest of those that it is listed with; none
    /// where pairs are not graded.
    pub fn gains(&self) -> Option<Vec<f64>> {
        let Some(PairValues::Gains(gains)) = &self.values else {
            return None;
        };
        let mut graded: Vec<((u32, u32), f64)> = self
            .list
            .iter()
            .copied()
            .zip(gains.iter().copied())
            .collect();
        graded.sort_unstable_by(|x, y| x.0.cmp(&y.0).then(y.1.total_cmp(&x.1)));
        graded.dedup_by_key(|(pair, _)| *pair);
        Some(graded.into_iter().map(|(_, gain)| gain).collect())
    }

    /// The value of each pair, in the order given; empty where there are none.
    pub fn values(&self) -> &[f64] {
        self.values.as_ref().map_or(&[], PairValues::list)
    }

    /// The pairs, in the order given.
    pub fn list(&self) -> &[(u32, u32)] {
        &self.list
    }

    /// Each pair once, ascending, with how often it is listed; within one file (i, j) and (j, i) are the same.
    pub fn distinct(&self, one_file: bool) -> Vec<((u32, u32), u32)> {
        let mut sorted: Vec<(u32, u32)> = self
            .list
            .iter()
            .map(|&(i, j)| {
                if one_file {
                    (i.min(j), i.max(j))
                } else {
                    (i, j)
                }
            })
            .collect();
        sorted.sort_unstable();
        let runs = sorted.chunk_by(|x, y| x == y);
        runs.map(|run| (run[0], run.len() as u32)).collect()
    }

    /// Translates to the rows that are left: `keep[i]` is the new number of row i. `None` when no pair is left.
    pub fn renumbered(&self, keep_a: &[Option<u32>], keep_b: &[Option<u32>]) -> Option<Self> {
        let kept = self.list.iter().enumerate().filter_map(|(place, &(i, j))| {
            Some((place, (keep_a[i as usize]?, keep_b[j as usize]?)))
        });
        let (places, list): (Vec<usize>, Vec<(u32, u32)>) = kept.unzip();
        let values = self.values.as_ref().map(|values| values.at(&places));
        (!list.is_empty()).then_some(Self { list, values })
    }
}

/// Rows of the same label: every pair within a class is a positive pair.
///
/// - at least one class has two rows; classes of one row are counted but hold no pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    members: Vec<Vec<u32>>,
    rows: usize,
    #[serde(with = "shared")]
    values: Arc<Vec<String>>,
}

impl Groups {
    /// Groups `labels` over `rows` rows of the matrix `rows_name`.
    ///
    /// # Errors
    /// [`DataError::Count`], [`DataError::NoSharedLabel`].
    pub fn new(labels: &Labels, rows_name: &str, rows: usize) -> Result<Self, DataError> {
        labels.check("labels", rows_name, rows)?;
        let classes = labels.classes.iter().max().map_or(0, |&c| c as usize + 1);
        let mut members = vec![Vec::new(); classes];
        for (row, &class) in labels.classes.iter().enumerate() {
            members[class as usize].push(row as u32);
        }
        Self::from_members(members, rows, &labels.values).ok_or_else(|| DataError::NoSharedLabel {
            source_name: labels.name.clone(),
            rows,
        })
    }

    fn from_members(
        members: Vec<Vec<u32>>,
        rows: usize,
        values: &Arc<Vec<String>>,
    ) -> Option<Self> {
        let pair = members.iter().any(|m| m.len() > 1);
        pair.then(|| Self {
            members,
            rows,
            values: Arc::clone(values),
        })
    }

    /// Rows of each class, ascending.
    pub fn members(&self) -> &[Vec<u32>] {
        &self.members
    }

    /// What the file calls each class; empty where the labels come from no file.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    /// Number of rows labelled.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of unordered positive pairs: sum over classes of c(c-1)/2.
    pub fn pairs(&self) -> u64 {
        self.members
            .iter()
            .map(|m| m.len() as u64 * (m.len() as u64).saturating_sub(1) / 2)
            .sum()
    }

    /// Translates to the rows that are left: `keep[i]` is the new number of row i. `None` when no pair is left.
    pub fn renumbered(&self, keep: &[Option<u32>]) -> Option<Self> {
        let members = self
            .members
            .iter()
            .map(|m| m.iter().filter_map(|&i| keep[i as usize]).collect())
            .collect();
        Self::from_members(members, keep.iter().flatten().count(), &self.values)
    }
}

/// The positives of an audit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Positives {
    /// Listed pairs (aligned views are the list (i, i)).
    Pairs(Pairs),
    /// All pairs of rows that share a label.
    Groups(Groups),
}

/// Names that many groups share, written as if they were not.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        values: &Arc<Vec<String>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        values.as_ref().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Arc<Vec<String>>, D::Error> {
        Vec::deserialize(from).map(Arc::new)
    }
}
