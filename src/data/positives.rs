//! Which rows are positives of each other: a list of index pairs, aligned views, or shared labels.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::DataError;

/// Pairs as a file gave them, not yet checked against any rows. 8 bytes a pair.
///
/// - no index is beyond what a row number can be: the first pair that has such a one is remembered, and ends the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawPairs {
    /// What messages call the source: file, and tensor or columns.
    pub name: String,
    list: Vec<[u32; 2]>,
    beyond: Option<[i128; 2]>,
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
        }
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

    /// The first pair that cannot be row numbers; it stands at `list().len()`.
    pub fn beyond(&self) -> Option<[i128; 2]> {
        self.beyond
    }
}

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
        if self.classes.len() == rows {
            return Ok(());
        }
        Err(DataError::Count {
            source_name: self.name.clone(),
            what,
            rows_name: rows_name.to_owned(),
            rows,
            found: self.classes.len(),
        })
    }
}

/// Positive pairs (i, j): row i of view a, row j of view b (of the same file when there is one view).
///
/// - at least one pair; both indices in range; i != j within one file.
/// - 8 bytes a pair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairs {
    list: Vec<(u32, u32)>,
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
        if raw.list.is_empty() && raw.beyond.is_none() {
            return Err(DataError::NoPairs {
                source_name: raw.name.clone(),
            });
        }
        let one_file = b.is_none();
        let (b_name, b_rows) = b.unwrap_or(a);
        let mut list = Vec::with_capacity(raw.list.len());
        let wide = raw.list.iter().map(|pair| pair.map(i128::from));
        for (pair, [i, j]) in wide.chain(raw.beyond).enumerate() {
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
        Ok(Self { list })
    }

    /// Row i of a with row i of b, for n rows.
    pub fn aligned(n: usize) -> Self {
        Self {
            list: (0..n as u32).map(|i| (i, i)).collect(),
        }
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
        let list: Vec<_> = self
            .list
            .iter()
            .filter_map(|&(i, j)| Some((keep_a[i as usize]?, keep_b[j as usize]?)))
            .collect();
        (!list.is_empty()).then_some(Self { list })
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
