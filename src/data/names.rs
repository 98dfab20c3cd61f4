//! A value for each row: a text (ids, or the slices that rows belong to) or a number.

use std::collections::{BTreeMap, HashMap};

use super::DataError;

/// Numbers as a file gave them, one for each row: targets of a regression, marks of a split. Not yet checked against
/// any rows, nor for being finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// What messages call the source: file, and tensor or column.
    pub name: String,
    /// The value of each row.
    pub values: Vec<f64>,
}

/// Texts as a file gave them, one for each row; numbers are written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// What messages call the source.
    pub name: String,
    /// The text of each row.
    pub values: Vec<String>,
}

impl Names {
    /// Checks that there is one for each of `rows` rows of the matrix `rows_name`.
    ///
    /// # Errors
    /// [`DataError::Count`].
    pub fn check(&self, rows_name: &str, rows: usize) -> Result<(), DataError> {
        DataError::check_count(
            &self.name,
            ("entries", self.values.len()),
            (rows_name, rows),
        )
    }

    /// Rows in the order of their names, each of which must stand once.
    ///
    /// # Errors
    /// [`DataError::RepeatedId`].
    pub fn order(&self) -> Result<Vec<u32>, DataError> {
        let mut order: Vec<u32> = (0..self.values.len() as u32).collect();
        order.sort_by(|&i, &j| self.values[i as usize].cmp(&self.values[j as usize]));
        let same = |pair: &&[u32]| self.values[pair[0] as usize] == self.values[pair[1] as usize];
        match order.windows(2).find(same) {
            None => Ok(order),
            Some(pair) => Err(DataError::RepeatedId {
                source_name: self.name.clone(),
                id: self.values[pair[0] as usize].clone(),
                rows: (pair[0].min(pair[1]) as usize, pair[0].max(pair[1]) as usize),
            }),
        }
    }

    /// Rows of each name, names in order.
    pub fn rows(&self) -> BTreeMap<&str, Vec<usize>> {
        let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (row, name) in self.values.iter().enumerate() {
            rows.entry(name).or_default().push(row);
        }
        rows
    }
}

/// The row of each id.
///
/// - no id stands twice.
pub struct Ids<'n> {
    name: &'n str,
    rows: HashMap<&'n str, u32>,
}

impl<'n> Ids<'n> {
    /// Numbers the rows by their ids.
    ///
    /// # Errors
    /// [`DataError::RepeatedId`].
    pub fn new(names: &'n Names) -> Result<Self, DataError> {
        let mut rows = HashMap::with_capacity(names.values.len());
        for (row, id) in (0..).zip(&names.values) {
            if let Some(first) = rows.insert(&id[..], row) {
                return Err(DataError::RepeatedId {
                    source_name: names.name.clone(),
                    id: id.clone(),
                    rows: (first as usize, row as usize),
                });
            }
        }
        Ok(Self {
            name: &names.name,
            rows,
        })
    }

    /// What messages call the ids.
    pub fn name(&self) -> &'n str {
        self.name
    }

    /// The row that has this id.
    pub fn row(&self, id: &str) -> Option<u32> {
        self.rows.get(id).copied()
    }
}
