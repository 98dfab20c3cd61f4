//! Which rows are trained on and which tested on; folds of cross-validation.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use super::error::ProbeError;
use crate::data::Numbers;

/// Rows to train on and rows to test on, each ascending, together all rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split {
    /// Rows to train on.
    pub train: Vec<u32>,
    /// Rows to test on.
    pub test: Vec<u32>,
}

impl Split {
    /// The given marks: 1 trains, 0 tests.
    ///
    /// # Errors
    /// [`ProbeError::MarkCount`], [`ProbeError::Mark`], [`ProbeError::OneSided`].
    pub fn given(marks: &Numbers, rows_name: &str, rows: usize) -> Result<Self, ProbeError> {
        if marks.values.len() != rows {
            return Err(ProbeError::MarkCount {
                source_name: marks.name.clone(),
                rows_name: rows_name.to_owned(),
                rows,
                found: marks.values.len(),
            });
        }
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for (row, &value) in marks.values.iter().enumerate() {
            match value {
                1.0 => train.push(row as u32),
                0.0 => test.push(row as u32),
                _ => {
                    return Err(ProbeError::Mark {
                        source_name: marks.name.clone(),
                        row,
                        value,
                    });
                }
            }
        }
        if train.len() < 2 || test.len() < 2 {
            return Err(ProbeError::OneSided {
                source_name: marks.name.clone(),
                train: train.len(),
                test: test.len(),
            });
        }
        Ok(Self { train, test })
    }

    /// A seeded draw: `share` of the rows of every class to train on, rounded so that the whole comes closest; a class
    /// of one row is trained on. `classes` holds the class of each row (all 0 where there are none).
    ///
    /// # Errors
    /// [`ProbeError::TooFewRows`] where less than two rows would be on a side.
    pub fn stratified(
        classes: &[u32],
        share: f64,
        seed: u64,
        rows_name: &str,
    ) -> Result<Self, ProbeError> {
        let (mut train, mut test) = (Vec::new(), Vec::new());
        // What rounding has owed so far is paid by the next class.
        let mut owed = 0.0;
        for rows in shuffled(classes, seed) {
            let wanted = share * rows.len() as f64 + owed;
            let most = rows.len() - usize::from(rows.len() > 1);
            let count = (wanted.round().max(0.0) as usize).clamp(1, most.max(1));
            owed = wanted - count as f64;
            train.extend(&rows[..count]);
            test.extend(&rows[count..]);
        }
        if train.len() < 2 || test.len() < 2 {
            return Err(ProbeError::TooFewRows {
                source_name: rows_name.to_owned(),
                rows: classes.len(),
            });
        }
        train.sort_unstable();
        test.sort_unstable();
        Ok(Self { train, test })
    }
}

/// The fold of each row: every class is dealt round the folds in seeded random order, going on where the last ended.
pub(super) fn folds(classes: &[u32], count: usize, seed: u64) -> Vec<u32> {
    let mut fold = vec![0; classes.len()];
    for (k, row) in shuffled(classes, seed).into_iter().flatten().enumerate() {
        fold[row as usize] = (k % count) as u32;
    }
    fold
}

/// Rows of each class in seeded random order, classes ascending.
fn shuffled(classes: &[u32], seed: u64) -> Vec<Vec<u32>> {
    let count = classes.iter().max().map_or(0, |&c| c as usize + 1);
    let mut members = vec![Vec::new(); count];
    let mut order: Vec<u32> = (0..classes.len() as u32).collect();
    order.shuffle(&mut Pcg64::seed_from_u64(seed));
    for row in order {
        members[classes[row as usize] as usize].push(row);
    }
    members.retain(|rows| !rows.is_empty());
    members
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_keeps_the_share_of_every_class_and_every_row_once() {
        let classes: Vec<u32> = (0..1000)
            .map(|i| u32::from(i % 10 == 0) + u32::from(i % 3 == 0))
            .collect();
        let split = Split::stratified(&classes, 0.75, 3, "x").unwrap();
        let mut all = [&split.train[..], &split.test[..]].concat();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..1000));
        assert_eq!(split.train.len(), 750);
        for class in 0..3 {
            let of = |rows: &[u32]| {
                rows.iter()
                    .filter(|&&r| classes[r as usize] == class)
                    .count() as f64
            };
            let (train, test) = (of(&split.train), of(&split.test));
            assert!(
                (train / (train + test) - 0.75).abs() < 0.02,
                "class {class}"
            );
        }
        assert_eq!(split, Split::stratified(&classes, 0.75, 3, "x").unwrap());
        assert_ne!(split, Split::stratified(&classes, 0.75, 4, "x").unwrap());
    }

    #[test]
    fn a_class_of_one_row_is_trained_on() {
        let mut classes = vec![0; 20];
        classes[7] = 1;
        assert!(
            Split::stratified(&classes, 0.5, 0, "x")
                .unwrap()
                .train
                .contains(&7)
        );
        assert!(Split::stratified(&[0, 1, 2], 0.75, 0, "x").is_err());
    }

    #[test]
    fn folds_are_even_within_every_class() {
        let classes: Vec<u32> = (0..103).map(|i| i % 4).collect();
        let fold = folds(&classes, 5, 1);
        for class in 0..4 {
            let counts: Vec<usize> = (0..5)
                .map(|f| {
                    (0..103)
                        .filter(|&r| classes[r] == class && fold[r] == f)
                        .count()
                })
                .collect();
            assert!(
                counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1,
                "{counts:?}"
            );
        }
    }
}
