//! Rows of two views that belong together, known by their ids.

use super::{DataError, Embeddings, Ids, Names};

/// Which row of one view belongs with which row of another: those of the same id.
///
/// - at least two of them, in the order of the first view; each row once; both numbers in range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partners {
    rows: (Vec<u32>, Vec<u32>),
    names: (String, String),
    alone: (usize, usize),
}

impl Partners {
    /// Joins two matrices on the ids that both have; each comes with one id for each of its rows.
    ///
    /// # Errors
    /// [`DataError::Count`], [`DataError::RepeatedId`], [`DataError::FewPartners`].
    pub fn new(
        (a, ids_a): (&Embeddings, &Names),
        (b, ids_b): (&Embeddings, &Names),
    ) -> Result<Self, DataError> {
        ids_a.check(a.name(), a.rows())?;
        ids_b.check(b.name(), b.rows())?;
        // Only so that an id that stands twice is refused here, too.
        Ids::new(ids_a)?;
        let second = Ids::new(ids_b)?;
        let rows: (Vec<u32>, Vec<u32>) = (0..)
            .zip(&ids_a.values)
            .filter_map(|(row, id)| Some((row, second.row(id)?)))
            .unzip();
        let found = rows.0.len();
        if found < 2 {
            let example = |ids: &Names| ids.values[0].chars().take(40).collect();
            return Err(DataError::FewPartners {
                a_name: ids_a.name.clone(),
                b_name: ids_b.name.clone(),
                found,
                a_id: example(ids_a),
                b_id: example(ids_b),
            });
        }
        Ok(Self {
            alone: (a.rows() - found, b.rows() - found),
            rows,
            names: (ids_a.name.clone(), ids_b.name.clone()),
        })
    }

    /// Rows of the first view, ascending, and beside each its partner in the second.
    pub fn rows(&self) -> (&[u32], &[u32]) {
        (&self.rows.0, &self.rows.1)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.rows.0.len()
    }

    /// What messages call the ids of the first view, and those of the second.
    pub fn names(&self) -> (&str, &str) {
        (&self.names.0, &self.names.1)
    }

    /// How many rows of the first view have no partner, and how many of the second.
    pub fn alone(&self) -> (usize, usize) {
        self.alone
    }
}
