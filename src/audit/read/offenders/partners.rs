//! Which rows are positives of which.

use crate::audit::facts::Facts;
use crate::data::Positives;

/// The positives of each row.
pub(crate) enum RowPositives<'a> {
    /// (row, a positive of it), ascending: of the rows of the first view, and of the second. Within one view each pair
    /// stands both ways round.
    Listed([Vec<(u32, u32)>; 2]),
    /// The class of each row, and the rows of each class.
    Classes(Vec<u32>, &'a [Vec<u32>]),
}

impl<'a> RowPositives<'a> {
    /// Those of these data, if there are any.
    pub(crate) fn of(facts: &'a Facts) -> Option<Self> {
        Some(match facts.positives.as_ref()? {
            Positives::Pairs(pairs) => {
                let turned = pairs.list().iter().map(|&(i, j)| (j, i));
                let (mut a, mut b): (Vec<_>, Vec<_>) = (pairs.list().to_vec(), turned.collect());
                if facts.b.is_none() {
                    a.append(&mut b);
                }
                a.sort_unstable();
                a.dedup();
                b.sort_unstable();
                b.dedup();
                Self::Listed([a, b])
            }
            Positives::Groups(groups) => {
                let mut classes = vec![0; groups.rows()];
                for (class, members) in (0..).zip(groups.members()) {
                    for &row in members {
                        classes[row as usize] = class;
                    }
                }
                Self::Classes(classes, groups.members())
            }
        })
    }

    /// Positives of a row of the first view, or of the `second`.
    pub(crate) fn of_row(&self, second: bool, row: u32) -> Vec<u32> {
        match self {
            Self::Listed(lists) => {
                let list = &lists[usize::from(second)];
                let own = list[list.partition_point(|&(i, _)| i < row)..].iter();
                let own = own.take_while(|&&(i, _)| i == row);
                own.map(|&(_, j)| j).collect()
            }
            Self::Classes(classes, members) => {
                let own = members[classes[row as usize] as usize].iter();
                own.copied().filter(|&other| other != row).collect()
            }
        }
    }

    /// Whether it has any.
    pub(crate) fn has_any(&self, second: bool, row: u32) -> bool {
        match self {
            Self::Listed(lists) => {
                let list = &lists[usize::from(second)];
                let place = list.partition_point(|&(i, _)| i < row);
                list.get(place).is_some_and(|&(i, _)| i == row)
            }
            Self::Classes(classes, members) => members[classes[row as usize] as usize].len() > 1,
        }
    }

    /// Whether `other` is one of them.
    pub(crate) fn are(&self, second: bool, row: u32, other: u32) -> bool {
        match self {
            Self::Listed(lists) => lists[usize::from(second)]
                .binary_search(&(row, other))
                .is_ok(),
            Self::Classes(classes, _) => {
                row != other && classes[row as usize] == classes[other as usize]
            }
        }
    }
}
