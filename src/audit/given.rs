//! Groups that the user gave: rows that are no independent draws, such as those of one document or one user.

use rayon::prelude::*;

use crate::data::{DataError, Labels, UnitRows};

/// Fewest groups from which an error can be told.
const FEWEST: usize = 3;

/// The group of each row that is left, checked.
pub(super) fn of_rows(
    labels: &Labels,
    file_rows: usize,
    rows: &UnitRows,
) -> Result<Vec<u32>, DataError> {
    if labels.classes.len() != file_rows {
        return Err(DataError::GroupCount {
            source_name: labels.name.clone(),
            rows_name: rows.embeddings().name().to_owned(),
            rows: file_rows,
            found: labels.classes.len(),
        });
    }
    let given: Vec<u32> = (0..rows.rows())
        .map(|row| labels.classes[rows.file_row(row)])
        .collect();
    let mut distinct = given.clone();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < FEWEST {
        return Err(DataError::FewGroups {
            source_name: labels.name.clone(),
            found: distinct.len(),
            fewest: FEWEST,
        });
    }
    Ok(given)
}

/// For each of `groups` groups the sum of the cosines of row i of a with row j of b, i != j, both in the group.
///
/// Cost: rows x dimensions.
pub(super) fn cosines_within(
    a: &UnitRows,
    b: &UnitRows,
    group_of: &[u32],
    groups: usize,
) -> Vec<f64> {
    let mut members = vec![Vec::new(); groups];
    for (row, &g) in group_of.iter().enumerate() {
        members[g as usize].push(row);
    }
    members
        .par_iter()
        .map(|members| {
            let dim = a.dim();
            let (mut x, mut y) = (vec![0.0; dim], vec![0.0; dim]);
            let (mut sum_x, mut sum_y, mut own) = (vec![0.0; dim], vec![0.0; dim], 0.0);
            for &row in members {
                a.row_f64(row, &mut x);
                b.row_f64(row, &mut y);
                for k in 0..dim {
                    sum_x[k] += x[k];
                    sum_y[k] += y[k];
                    own += x[k] * y[k];
                }
            }
            sum_x.iter().zip(&sum_y).map(|(x, y)| x * y).sum::<f64>() - own
        })
        .collect()
}
