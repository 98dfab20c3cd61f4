//! Pairs of ids, as pairs of rows.

use super::InputError;
use super::cells::{CellPlace, CellValue, Cells, id};
use super::room::room;
use crate::data::{Ids, RawPairs};

/// What the columns of pairs hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PairsBy {
    /// Ids if there is text in any of them, else rows.
    #[default]
    Contents,
    /// Ids, also where they are whole numbers.
    Id,
    /// Rows, counted from 0.
    Row,
}

/// Ids that rows may be named by: of the left column and of the right one.
pub(super) type LinkIds<'a> = (&'a Ids<'a>, &'a Ids<'a>);

/// Whether any cell holds text.
pub(super) fn hold_text(cells: &dyn Cells) -> Result<bool, InputError> {
    let mut text = false;
    cells.each(&mut |both| {
        let word = |cell: &CellValue<'_>| matches!(cell, CellValue::Word(word) if !word.is_empty());
        text = text || both.iter().any(word);
        Ok(())
    })?;
    Ok(text)
}

/// The pair in a line that was taken for a header, if both of its fields are ids.
pub(super) fn header_pair(cells: &dyn Cells, (left, right): LinkIds<'_>) -> Option<[i128; 2]> {
    let [i, j] = &cells.source().columns[..] else {
        return None;
    };
    if !cells.has_header() {
        return None;
    }
    Some([left.row(i)?.into(), right.row(j)?.into()])
}

/// The rows that are named in each row of two cells, after the pair `first`.
pub(super) fn rows(
    cells: &dyn Cells,
    first: Option<[i128; 2]>,
    (left, right): LinkIds<'_>,
) -> Result<RawPairs, InputError> {
    let source = cells.source();
    let list = room(&source.name, source.rows + 1)?;
    let mut raw = RawPairs::with_room(&source.name, list);
    first.into_iter().for_each(|pair| raw.push(pair));
    let mut unknown = Unknown::default();
    let mut row = 0;
    cells.each(&mut |both| {
        let &[i, j] = both else {
            unreachable!("pairs are read from two columns")
        };
        let place = |at| CellPlace { source, row, at };
        let (i, j) = (id(&place(0), i)?, id(&place(1), j)?);
        match (left.row(&i), right.row(&j)) {
            (Some(i), Some(j)) => raw.push([i.into(), j.into()]),
            (found, _) => {
                let (id, ids) = match found {
                    None => (&i, left),
                    Some(_) => (&j, right),
                };
                unknown.met(|| format!("row {row} (counted from 0)"), id, ids);
            }
        }
        row += 1;
        Ok(())
    })?;
    unknown.refused(&source.name, row)?;
    Ok(raw)
}

/// Pairs whose ids no row has: the first of them, and how many there are.
#[derive(Default)]
pub(super) struct Unknown {
    first: Option<First>,
    count: usize,
}

struct First {
    place: String,
    id: String,
    ids_name: String,
}

impl Unknown {
    /// One more.
    pub(super) fn met(&mut self, place: impl FnOnce() -> String, id: &str, ids: &Ids<'_>) {
        const MOST: usize = 40;
        self.count += 1;
        self.first.get_or_insert_with(|| First {
            place: place(),
            id: id.chars().take(MOST).collect(),
            ids_name: ids.name().to_owned(),
        });
    }

    /// Refuses them, if there are any, of so many `pairs`.
    pub(super) fn refused(self, name: &str, pairs: usize) -> Result<(), InputError> {
        match self.first {
            None => Ok(()),
            Some(First {
                place,
                id,
                ids_name,
            }) => Err(InputError::UnknownId {
                source_name: name.to_owned(),
                place,
                id: id.into(),
                ids_name,
                count: self.count,
                pairs,
            }),
        }
    }
}
