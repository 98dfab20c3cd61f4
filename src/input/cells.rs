//! What the doors make of cells: pairs, labels, texts and numbers, the same from arrays and from tables.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use super::InputError;
use super::room::room;
use super::wanted::Wanted;
use crate::data::{DataError, Labels, Names, Numbers, RawPairs};

/// One element of an array or field of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum CellValue<'a> {
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

impl CellValue<'_> {
    /// The whole number in it: an index or a class may be stored as 3.0.
    fn whole(self) -> Option<i128> {
        match self {
            CellValue::Whole(value) => Some(value),
            CellValue::Real { value, exact } => {
                (value.fract() == 0.0 && value.abs() < exact).then_some(value as i128)
            }
            CellValue::Absent | CellValue::Truth(_) | CellValue::Word(_) => None,
        }
    }
}

/// What messages say of rows of cells.
pub(super) struct CellSource {
    /// File, and array or columns in it.
    pub(super) name: String,
    pub(super) rows: usize,
    /// Names of the cells of a row; empty where they have none.
    pub(super) columns: Vec<String>,
}

impl CellSource {
    /// Refuses a row that lacks the value of cell `at`.
    pub(super) fn absent(&self, row: usize, at: usize) -> InputError {
        InputError::Null {
            source_name: self.name.clone(),
            row,
            column: self.column(at),
        }
    }

    /// Refuses a row whose text is none.
    pub(super) fn no_text(&self, row: usize) -> InputError {
        InputError::NoText {
            source_name: self.name.clone(),
            row,
        }
    }

    fn column(&self, at: usize) -> String {
        let name = self.columns.get(at);
        name.map_or_else(String::new, |name| format!(" in column `{name}`"))
    }
}

/// Rows of one or more cells, walked from the first to the last.
pub(super) trait Cells {
    fn source(&self) -> &CellSource;

    /// Whether the names of the cells were taken from a first line of text, which may have been a row.
    fn has_header(&self) -> bool {
        false
    }

    /// Calls `visit` for each row, until it refuses one.
    fn each(&self, visit: &mut Visit<'_>) -> Result<(), InputError>;
}

/// What is done with a row.
pub(super) type Visit<'v> = dyn FnMut(&[CellValue<'_>]) -> Result<(), InputError> + 'v;

/// Two whole numbers a row.
pub(super) fn pairs(cells: &dyn Cells) -> Result<RawPairs, InputError> {
    let source = cells.source();
    let list = room(&source.name, source.rows)?;
    let mut raw = RawPairs::with_room(&source.name, list);
    let mut row = 0;
    cells.each(&mut |both| {
        let [left, right] = both else {
            unreachable!("pairs are read from two columns")
        };
        let place = |at| CellPlace { source, row, at };
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
    let name = &cells.source().name;
    let mut texts = Vec::new();
    let (mut words, mut wholes) = (HashMap::new(), HashMap::new());
    let classes = values(cells, |place, cell| match cell {
        CellValue::Word(word) => number(word, &mut words, &mut texts, name),
        CellValue::Truth(truth) => number(&i128::from(truth), &mut wholes, &mut texts, name),
        cell => {
            let whole = place.whole(cell, Wanted::Labels)?;
            number(&whole, &mut wholes, &mut texts, name)
        }
    })?;
    Ok(Labels {
        name: name.clone(),
        classes,
        values: Arc::new(texts),
    })
}

/// One text a row; numbers are written out.
pub(super) fn names(cells: &dyn Cells) -> Result<Names, InputError> {
    let values = values(cells, |place, cell| Ok(id(&place, cell)?.into_owned()))?;
    Ok(Names {
        name: cells.source().name.clone(),
        values,
    })
}

/// The text of a cell; numbers are written out.
pub(super) fn id<'c>(
    place: &CellPlace<'_>,
    cell: CellValue<'c>,
) -> Result<Cow<'c, str>, InputError> {
    Ok(match cell {
        CellValue::Absent | CellValue::Word("") => {
            return Err(place.source.absent(place.row, place.at));
        }
        CellValue::Word(word) => word.into(),
        CellValue::Truth(truth) => python(truth).into(),
        cell => place.whole(cell, Wanted::Names)?.to_string().into(),
    })
}

/// One whole number a row, as it is.
pub(super) fn wholes(cells: &dyn Cells) -> Result<Vec<i128>, InputError> {
    values(cells, |place, cell| place.whole(cell, Wanted::Labels))
}

/// One number a row; True and False are 1 and 0.
pub(super) fn numbers(cells: &dyn Cells, wanted: Wanted) -> Result<Numbers, InputError> {
    let values = values(cells, |place, cell| number_in(&place, cell, wanted))?;
    Ok(Numbers {
        name: cells.source().name.clone(),
        values,
    })
}

fn number_in(
    place: &CellPlace<'_>,
    cell: CellValue<'_>,
    wanted: Wanted,
) -> Result<f64, InputError> {
    match cell {
        CellValue::Whole(value) => Ok(value as f64),
        CellValue::Real { value, .. } => Ok(value),
        CellValue::Truth(truth) => Ok(f64::from(u8::from(truth))),
        CellValue::Absent | CellValue::Word(_) => Err(place.refused(cell, wanted)),
    }
}

/// Numbers in each column of the rows; True and False are 1 and 0.
pub(super) fn columns(cells: &dyn Cells, wanted: Wanted) -> Result<Vec<Numbers>, InputError> {
    let source = cells.source();
    let mut columns: Vec<Numbers> = Vec::new();
    let mut row = 0;
    cells.each(&mut |found| {
        while columns.len() < found.len() {
            let name = match found.len() {
                1 => source.name.clone(),
                _ => format!("{} column {}", source.name, columns.len()),
            };
            let values = room(&name, source.rows)?;
            columns.push(Numbers { name, values });
        }
        for (at, (&cell, column)) in found.iter().zip(&mut columns).enumerate() {
            let place = CellPlace { source, row, at };
            column.values.push(match cell {
                CellValue::Absent | CellValue::Word("") => return Err(source.absent(row, at)),
                cell => number_in(&place, cell, wanted)?,
            });
        }
        row += 1;
        Ok(())
    })?;
    Ok(columns)
}

/// What `make` makes of the one cell of each row.
fn values<T>(
    cells: &dyn Cells,
    mut make: impl FnMut(CellPlace<'_>, CellValue<'_>) -> Result<T, InputError>,
) -> Result<Vec<T>, InputError> {
    let source = cells.source();
    let mut values = room(&source.name, source.rows)?;
    cells.each(&mut |found| {
        let &[cell] = found else {
            unreachable!("values are read from one column")
        };
        let row = values.len();
        let place = CellPlace { source, row, at: 0 };
        values.push(match cell {
            CellValue::Absent | CellValue::Word("") => return Err(source.absent(row, 0)),
            cell => make(place, cell)?,
        });
        Ok(())
    })?;
    Ok(values)
}

/// A cell, for messages.
pub(super) struct CellPlace<'c> {
    pub(super) source: &'c CellSource,
    pub(super) row: usize,
    pub(super) at: usize,
}

impl CellPlace<'_> {
    fn whole(&self, cell: CellValue<'_>, wanted: Wanted) -> Result<i128, InputError> {
        cell.whole().ok_or_else(|| self.refused(cell, wanted))
    }

    fn refused(&self, cell: CellValue<'_>, wanted: Wanted) -> InputError {
        let found = match cell {
            CellValue::Absent => return self.source.absent(self.row, self.at),
            CellValue::Whole(value) => value.to_string(),
            CellValue::Real { value, exact } if value.fract() == 0.0 => {
                format!("{value}, which a float of this type rounds (exact below {exact})")
            }
            CellValue::Real { value, .. } => value.to_string(),
            CellValue::Truth(truth) => python(truth).to_owned(),
            CellValue::Word(word) => format!("`{}`", word.chars().take(40).collect::<String>()),
        };
        InputError::Value {
            source_name: self.source.name.clone(),
            row: self.row,
            column: self.source.column(self.at),
            expected: match (cell, wanted) {
                (CellValue::Word(_), Wanted::Pairs) => {
                    "a whole number, the row that is meant (or, with --ids, an id)"
                }
                _ => wanted.values(),
            },
            found,
        }
    }
}

/// As Python writes it.
fn python(truth: bool) -> &'static str {
    if truth { "True" } else { "False" }
}

/// The number of a value among the `known` ones; a new one gets the next, and its text is kept.
pub(super) fn number<T: Eq + Hash + ToOwned + ToString + ?Sized>(
    value: &T,
    known: &mut HashMap<T::Owned, u32>,
    texts: &mut Vec<String>,
    name: &str,
) -> Result<u32, InputError>
where
    T::Owned: Eq + Hash,
{
    if let Some(&number) = known.get(value) {
        return Ok(number);
    }
    // A file with 2^32 distinct labels has as many rows, more than any matrix may have.
    let next = u32::try_from(known.len()).map_err(|_| DataError::TooManyRows {
        source_name: name.to_owned(),
        rows: known.len(),
        limit: u32::MAX as usize,
    })?;
    known.insert(value.to_owned(), next);
    texts.push(value.to_string());
    Ok(next)
}
