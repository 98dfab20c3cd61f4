//! Sums of rows and of their products.

use serde::{Deserialize, Serialize};

use crate::num::{Merge, Unlike, add_each, pairwise_sum};

/// Sums over rows x, and over the rows y of another set that belong with them. What a walk does not sum is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RowMoments {
    /// Rows summed.
    pub rows: u64,
    /// Sum of x.
    pub x: Vec<f64>,
    /// Sum of y.
    pub y: Vec<f64>,
    /// Sum of x x', row after row.
    pub xx: Vec<f64>,
    /// Sum of y y'.
    pub yy: Vec<f64>,
    /// Sum of x y'.
    pub xy: Vec<f64>,
}

impl RowMoments {
    fn all(&self) -> [&Vec<f64>; 5] {
        [&self.x, &self.y, &self.xx, &self.yy, &self.xy]
    }

    fn all_mut(&mut self) -> [&mut Vec<f64>; 5] {
        [
            &mut self.x,
            &mut self.y,
            &mut self.xx,
            &mut self.yy,
            &mut self.xy,
        ]
    }

    /// Sum over rows x of these and rows x of the others of the squares of their products, from both sums of x x'.
    pub fn squares(&self, other: &Self) -> f64 {
        let products = self.xx.iter().zip(&other.xx).map(|(a, b)| a * b);
        pairwise_sum(&products.collect::<Vec<f64>>())
    }

    /// The sums without those of some of the rows.
    #[must_use]
    pub fn without(&self, some: &Self) -> Self {
        let mut out = self.clone();
        out.rows -= some.rows;
        for (sums, less) in out.all_mut().into_iter().zip(some.all()) {
            sums.iter_mut().zip(less).for_each(|(a, b)| *a -= b);
        }
        out
    }
}

impl Merge for RowMoments {
    fn fits(&self, other: &Self) -> Result<(), Unlike> {
        if self.rows == 0 || other.rows == 0 {
            return Ok(());
        }
        let lengths = |state: &Self| state.all().map(Vec::len);
        Unlike::unless_equal("lengths of sums", &lengths(self), &lengths(other))
    }

    fn merge(&mut self, mut other: Self) {
        assert_eq!(self.fits(&other), Ok(()));
        self.rows += other.rows;
        let theirs = other.all_mut().map(std::mem::take);
        for (mine, theirs) in self.all_mut().into_iter().zip(theirs) {
            add_each(mine, theirs);
        }
    }
}
