//! Looks at single rows.

use crate::audit::prepare::Prepared;
use crate::audit::states::looks::Looks;
use crate::data::{Positives, UnitRows};

/// Rows that are looked at for a coordinate below zero.
pub(crate) const LOOKED_AT: usize = 10_000;
/// Pairs that are looked at when they are counted from 1 on trial.
const TRIED: usize = 10_000;

impl Prepared {
    /// What single rows show.
    pub(crate) fn looks(&self) -> Looks {
        let unsigned = self.views().filter(|(_, rows)| never_below_zero(rows));
        let drawn = self.settings.histograms && self.a.dim() == 2;
        Looks {
            never_below_zero: unsigned.map(|(side, _)| side).collect(),
            counted_from_one: self.counted_from_one(),
            angles: match drawn {
                true => self
                    .views()
                    .map(|(side, rows)| (side, angles(rows)))
                    .collect(),
                false => Vec::new(),
            },
        }
    }

    /// alignment{alpha=2} of the pairs with every index one less, where there is a row for each; of the first of many.
    fn counted_from_one(&self) -> Option<f64> {
        let Some(Positives::Pairs(pairs)) = self
            .facts
            .positives
            .as_ref()
            .filter(|_| !self.facts.aligned)
        else {
            return None;
        };
        let (a, b) = (&self.a, self.b.as_ref().unwrap_or(&self.a));
        let pairs = &pairs.list()[..pairs.list().len().min(TRIED)];
        let zero_based = |&(i, j): &(u32, u32)| i == 0 || j == 0;
        let dropped = self.facts.views().any(|(_, view)| view.dropped > 0);
        if dropped || pairs.iter().any(zero_based) {
            return None;
        }
        let (mut x, mut y) = (vec![0.0; a.dim()], vec![0.0; a.dim()]);
        let squares = pairs.iter().map(|&(i, j)| {
            a.row_f64(i as usize - 1, &mut x);
            b.row_f64(j as usize - 1, &mut y);
            x.iter().zip(&y).map(|(x, y)| (x - y).powi(2)).sum::<f64>()
        });
        Some(squares.sum::<f64>() / pairs.len() as f64)
    }
}

fn angles(rows: &UnitRows) -> Vec<f64> {
    let mut row = [0.0; 2];
    let angle = |i| {
        rows.row_f64(i, &mut row);
        row[1].atan2(row[0])
    };
    (0..rows.rows()).map(angle).collect()
}

/// Whether none of the rows, or of so many spread over the file, has a coordinate below zero. Most sets tell by their
/// first row.
fn never_below_zero(rows: &UnitRows) -> bool {
    let mut row = vec![0.0; rows.dim()];
    (0..rows.rows())
        .step_by(rows.rows().div_ceil(LOOKED_AT))
        .all(|i| {
            rows.row_f32(i, &mut row);
            row.iter().all(|v| *v >= 0.0)
        })
}
