//! Lists of rows, by the numbers that rows have in their files.

use crate::audit::facts::Facts;
use crate::audit::states::offending::{LISTED, ListedPairs, RowPair};
use crate::result::{Offence, Offender, OffenderList, Offenders, OtherRow, Side};

/// A row, the row that it is in trouble with, and how bad that is.
#[derive(Clone, Copy)]
pub(crate) struct Blamed {
    pub(crate) row: u32,
    pub(crate) other: Option<(Side, u32)>,
    pub(crate) value: f64,
}

impl Blamed {
    /// A row by itself.
    pub(crate) fn alone(row: u32, value: f64) -> Self {
        Self {
            row,
            other: None,
            value,
        }
    }

    /// The first row of a pair of which the other is one of view `side`.
    pub(crate) fn beside(pair: &RowPair, side: Side) -> Self {
        Self {
            row: pair.row,
            other: Some((side, pair.other)),
            value: pair.value,
        }
    }
}

/// The lists so far.
pub(crate) struct Lists<'a> {
    facts: &'a Facts,
    offenders: Offenders,
}

impl<'a> Lists<'a> {
    pub(crate) fn new(facts: &'a Facts) -> Self {
        Self {
            facts,
            offenders: Offenders::default(),
        }
    }

    /// Adds the first of some rows of a view; `found` says how many there are, where they are not the extremes of all.
    pub(crate) fn rows(
        &mut self,
        (kind, side): (Offence, Side),
        found: Option<usize>,
        rows: impl IntoIterator<Item = Blamed>,
    ) {
        let file_row = |side, row: u32| self.facts.view(side).file_row(row as usize) as u64;
        let rows = rows.into_iter().take(LISTED);
        // JSON has no other numbers; here there are none but finite ones.
        let rows = rows.filter(|blamed| blamed.value.is_finite());
        let rows = rows.map(|blamed| Offender {
            row: file_row(side, blamed.row),
            id: None,
            other: blamed.other.map(|(side, row)| OtherRow {
                side,
                row: file_row(side, row),
                id: None,
            }),
            value: blamed.value,
            text: None,
        });
        let list = OffenderList {
            kind,
            side,
            found: found.map(|found| found as u64),
            rows: rows.collect(),
        };
        self.offenders.lists.push(list);
    }

    /// [`Lists::rows`] that are in trouble with others, those of view `other`.
    pub(crate) fn pairs(&mut self, what: (Offence, Side), of: &ListedPairs, other: Side) {
        let rows = of.listed.iter();
        let rows = rows.map(|pair| Blamed::beside(pair, other));
        self.rows(what, usize::try_from(of.all).ok(), rows);
    }

    /// Adds the first of some columns of a view.
    pub(crate) fn columns(&mut self, (kind, side): (Offence, Side), columns: &[(usize, f64)]) {
        let rows = columns.iter().take(LISTED);
        let rows = rows.map(|&(column, value)| Offender {
            row: column as u64,
            id: None,
            other: None,
            value,
            text: None,
        });
        self.offenders.lists.push(OffenderList {
            kind,
            side,
            found: Some(columns.len() as u64),
            rows: rows.collect(),
        });
    }

    /// Says why some kinds are missing.
    pub(crate) fn without(&mut self, why: String) {
        self.offenders.left_out.push(why);
    }

    /// All of them, by kind and side.
    pub(crate) fn sorted(mut self) -> Offenders {
        self.offenders
            .lists
            .sort_by_key(|list| (list.kind, list.side));
        self.offenders
    }
}
