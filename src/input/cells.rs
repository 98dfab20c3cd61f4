//! What the doors make of cells: pairs, labels, texts and numbers, the same from arrays and from tables.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use super::InputError;
use super::room::room;
use super::wanted::Wanted;
use crate::data::{DataError, Labels, Names, Numbers, RawPairs};

/// One element of an array or field of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// Nothing where a value belongs.
    Absent,
    Whole(i128),
    /// A floating-point number; whole ones are exact below `exact`.
    Real {
        value: f64,
        exact: f64,
    },
    Truth(bool),
    Word(&'a str),
}

impl Cell<'_> {
    /// The whole number in it: an index or a class may be stored as 3.0.
    fn whole(self) -> Option<i128> {
        match self {
            Cell::Whole(value) => Some(value),
            Cell::Real { value, exact } => {
                (value.fract() == 0.0 && value.abs() < exact).then_some(value as i128)
            }
            Cell::Absent | Cell::Truth(_) | Cell::Word(_) => None,
        }
    }
}

/// Rows of one or more cells, walked from the first to the last.
pub(super) trait Cells {
    /// What messages call the source.
    fn name(&self) -> &str;

    /// Number of rows.
    fn rows(&self) -> usize;

    /// The column of cell `at` of a row, for messages: " in column `j`", or nothing where columns have no names.
    fn column(&self, at: usize) -> String;

    /// Calls `visit` for each row, until it refuses one.
    fn each(&self, visit: &mut Visit<'_>) -> Result<(), InputError>;
}

/// What is done with a row.
pub(super) type Visit<'v> = dyn FnMut(&[Cell<'_>]) -> Result<(), InputError> + 'v;

/// Two whole numbers a row.
pub(super) fn pairs(cells: &dyn Cells) -> Result<RawPairs, InputError> {
    let list = room(cells.name(), cells.rows())?;
    let mut raw = RawPairs::with_room(cells.name(), list);
    let mut row = 0;
    cells.each(&mut |both| {
        let [left, right] = both else {
            unreachable!("pairs are read from two columns")
        };
        let place = |at| Place { cells, row, at };
        raw.push([
            place(0).whole(*left, Wanted::Pairs)?,
            place(1).whole(*right, Wanted::Pairs)?,
        ]);
        row += 1;
        Ok(())
    })?;
    Ok(raw)
}

/// Distinct values, numbered 0, 1, 2, ... in order of first appearance.
pub(super) fn labels(cells: &dyn Cells) -> Result<Labels, InputError> {
    let name = cells.name();
    let mut classes = room(name, cells.rows())?;
    let mut texts = Vec::new();
    let (mut words, mut wholes) = (Numbering::<String>::default(), Numbering::default());
    each_value(cells, &mut |place, cell| {
        let number = |whole: i128, wholes: &mut Numbering<i128>| {
            let class = wholes.number(name, &whole, i128::clone)?;
            Ok::<_, InputError>((class, whole.to_string()))
        };
        let (class, text) = match cell {
            Cell::Word(word) => {
                let class = words.number(name, word, str::to_owned)?;
                (class, word.to_owned())
            }
            Cell::Truth(truth) => number(i128::from(truth), &mut wholes)?,
            cell => number(place.whole(cell, Wanted::Labels)?, &mut wholes)?,
        };
        if class as usize == texts.len() {
            texts.push(text);
        }
        classes.push(class);
        Ok(())
    })?;
    Ok(Labels {
        name: name.to_owned(),
        classes,
        values: Arc::new(texts),
    })
}

/// One text a row; numbers are written out.
pub(super) fn names(cells: &dyn Cells) -> Result<Names, InputError> {
    let mut values = room(cells.name(), cells.rows())?;
    each_value(cells, &mut |place, cell| {
        values.push(match cell {
            Cell::Word(word) => word.to_owned(),
            Cell::Truth(true) => "True".to_owned(),
            Cell::Truth(false) => "False".to_owned(),
            cell => place.whole(cell, Wanted::Names)?.to_string(),
        });
        Ok(())
    })?;
    Ok(Names {
        name: cells.name().to_owned(),
        values,
    })
}

/// One whole number a row, as it is.
pub(super) fn wholes(cells: &dyn Cells) -> Result<Vec<i128>, InputError> {
    let mut values = room(cells.name(), cells.rows())?;
    each_value(cells, &mut |place, cell| {
        values.push(place.whole(cell, Wanted::Labels)?);
        Ok(())
    })?;
    Ok(values)
}

/// One number a row; True and False are 1 and 0.
pub(super) fn numbers(cells: &dyn Cells, wanted: Wanted) -> Result<Numbers, InputError> {
    let mut values = room(cells.name(), cells.rows())?;
    each_value(cells, &mut |place, cell| {
        values.push(match cell {
            Cell::Whole(value) => value as f64,
            Cell::Real { value, .. } => value,
            Cell::Truth(truth) => f64::from(u8::from(truth)),
            Cell::Absent | Cell::Word(_) => return Err(place.refused(cell, wanted)),
        });
        Ok(())
    })?;
    Ok(Numbers {
        name: cells.name().to_owned(),
        values,
    })
}

/// Calls `take` with the one cell of each row.
fn each_value(
    cells: &dyn Cells,
    take: &mut dyn FnMut(Place<'_>, Cell<'_>) -> Result<(), InputError>,
) -> Result<(), InputError> {
    let mut row = 0;
    cells.each(&mut |found| {
        let &[cell] = found else {
            unreachable!("values are read from one column")
        };
        let place = Place { cells, row, at: 0 };
        if matches!(cell, Cell::Absent | Cell::Word("")) {
            return Err(place.absent());
        }
        row += 1;
        take(place, cell)
    })
}

/// A cell, for messages.
struct Place<'c> {
    cells: &'c dyn Cells,
    row: usize,
    at: usize,
}

impl Place<'_> {
    fn whole(&self, cell: Cell<'_>, wanted: Wanted) -> Result<i128, InputError> {
        cell.whole().ok_or_else(|| self.refused(cell, wanted))
    }

    fn absent(&self) -> InputError {
        InputError::Null {
            source_name: self.cells.name().to_owned(),
            row: self.row,
            column: self.cells.column(self.at),
        }
    }

    fn refused(&self, cell: Cell<'_>, wanted: Wanted) -> InputError {
        let found = match cell {
            Cell::Absent => return self.absent(),
            Cell::Whole(value) => value.to_string(),
            Cell::Real { value, exact } if value.fract() == 0.0 => {
                format!("{value}, which a float of this type rounds (exact below {exact})")
            }
            Cell::Real { value, .. } => value.to_string(),
            Cell::Truth(truth) => if truth { "True" } else { "False" }.to_owned(),
            Cell::Word(word) => format!("`{}`", word.chars().take(40).collect::<String>()),
        };
        InputError::Value {
            source_name: self.cells.name().to_owned(),
            row: self.row,
            column: self.cells.column(self.at),
            expected: wanted.values(),
            found,
        }
    }
}

/// Numbers distinct values in order of first appearance.
struct Numbering<T>(HashMap<T, u32>);

impl<T> Default for Numbering<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Eq + Hash> Numbering<T> {
    fn number<Q: Eq + Hash + ?Sized>(
        &mut self,
        name: &str,
        value: &Q,
        own: impl FnOnce(&Q) -> T,
    ) -> Result<u32, InputError>
    where
        T: Borrow<Q>,
    {
        if let Some(&number) = self.0.get(value) {
            return Ok(number);
        }
        // A file with 2^32 distinct labels has as many rows, more than any matrix may have.
        let next = u32::try_from(self.0.len()).map_err(|_| DataError::TooManyRows {
            source_name: name.to_owned(),
            rows: self.0.len(),
            limit: u32::MAX as usize,
        })?;
        self.0.insert(own(value), next);
        Ok(next)
    }
}
