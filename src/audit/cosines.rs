//! Cosines summed without a walk over pairs.

use std::collections::BTreeMap;

use super::model::Side;
use crate::data::UnitRows;
use crate::pass::{MeanState, means};

/// Sums of cosines of each row with the rows it is compared with, by the linearity of the dot product.
pub(super) struct Cosines {
    pub(super) a: Vec<f64>,
    pub(super) b: Option<Vec<f64>>,
    pub(super) cross: Option<(Vec<f64>, Vec<f64>)>,
    /// For each side the sum inside each given group of rows; empty where none were given.
    pub(super) within: BTreeMap<Side, Vec<f64>>,
}

impl Cosines {
    pub(super) fn new(
        a: &UnitRows,
        b: Option<&UnitRows>,
        sum_a: &MeanState,
        sum_b: Option<&MeanState>,
        excluded: &[(u32, u32)],
    ) -> Self {
        let without_self = |mut sums: Vec<f64>| {
            sums.iter_mut().for_each(|s| *s -= 1.0);
            sums
        };
        let within_a = without_self(means(a, sum_a));
        let (Some(b), Some(sum_b)) = (b, sum_b) else {
            return Self {
                a: within_a,
                b: None,
                cross: None,
                within: BTreeMap::new(),
            };
        };
        let (mut rows, mut columns) = (means(a, sum_b), means(b, sum_a));
        let (mut x, mut y) = (vec![0.0; a.dim()], vec![0.0; a.dim()]);
        for &(i, j) in excluded {
            a.row_f64(i as usize, &mut x);
            b.row_f64(j as usize, &mut y);
            let s: f64 = x.iter().zip(&y).map(|(x, y)| x * y).sum();
            rows[i as usize] -= s;
            columns[j as usize] -= s;
        }
        Self {
            a: within_a,
            b: Some(without_self(means(b, sum_b))),
            cross: Some((rows, columns)),
            within: BTreeMap::new(),
        }
    }
}
