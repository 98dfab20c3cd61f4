//! Embeddings in tables of text: a column of lists such as `[0.1, 0.2]`, or a column for each number.

use super::column::{INDEX_NAMES, NamedColumn};
use super::first_line::Survey;
use super::kind::ValueKind;
use super::separated::{TextRows, bare, surveyed};
use super::vectors::{ColumnChoice, Field, Vectors};
use crate::input::InputError;
use crate::input::array::Array;
use crate::input::format::TableFormat;
use crate::input::number::{EXPECTED, shown, single};
use crate::input::rows::Collected;
use crate::input::wanted::Inquiry;
use crate::num::Dtype;
use crate::num::counted;

/// Columns of whole numbers with such names beside columns of fractions are no part of a vector.
const NO_PART: [&str; 12] = [
    "id", "ids", "idx", "index", "row", "key", "label", "labels", "class", "cluster", "target", "y",
];

/// The rows of the columns that hold the vectors.
pub(super) fn open(
    text: &[u8],
    table: TableFormat,
    inquiry: &mut Inquiry<'_>,
) -> Result<Array, InputError> {
    let (text, survey) = surveyed(text, table, inquiry)?;
    let header = is_header(&survey, inquiry)?;
    let rows = survey.lines - usize::from(header);
    let text = TextRows::new(text, &survey, header);
    let columns = text.columns(&survey);
    let fields: Vec<Field> = columns.iter().map(field).collect();
    let choice = ColumnChoice {
        path: inquiry.path,
        fields: &fields,
        typed: false,
    };
    let vectors = match &inquiry.names {
        Some(names) => Some(choice.named(names)?),
        None => choice.lists()?,
    };
    let (chosen, lists) = match vectors {
        Some(Vectors::Lists(at, _)) => (vec![at], true),
        Some(Vectors::Spread(all, _)) => (all, false),
        None => (all(&columns, &text, &choice, inquiry.notes)?, false),
    };
    let path = inquiry.path.display();
    let title = |at: usize| columns[at].name.as_str();
    let name = match chosen.as_slice() {
        [one] => format!("{path}[{}]", title(*one)),
        all if all.len() == columns.len() => path.to_string(),
        [first, .., last] => format!("{path}[{} to {}]", title(*first), title(*last)),
        [] => path.to_string(),
    };
    if let Some(hole) = survey.hole.filter(|&hole| hole >= text.skip) {
        return Err(null(&name, hole - text.skip, None));
    }
    match lists {
        true => text.lists(name, chosen[0], rows),
        false => text.numbers(name, &chosen, &columns, rows),
    }
}

/// A column, for the choice of those that hold vectors: numbers become f32.
fn field(column: &NamedColumn) -> Field {
    let lists = column.type_name == LIST;
    let number = !lists && column.kind != ValueKind::Text;
    Field {
        name: column.name.clone(),
        held: column.type_name.clone(),
        lists: lists.then_some(Dtype::F32),
        number: number.then_some(Dtype::F32),
    }
}

/// What is written instead of a kind where the first row holds a list.
const LIST: &str = "lists";

/// [`Survey::is_header`], but lists are never names, and a line of names and fractions is none that could be trusted.
fn is_header(survey: &Survey, inquiry: &mut Inquiry<'_>) -> Result<bool, InputError> {
    let list = |field: &String| field.starts_with('[');
    if survey.lines == 0 || survey.first.iter().any(list) || !survey.is_header(inquiry) {
        return Ok(false);
    }
    let named = |field: &String| inquiry.names.iter().flatten().any(|name| name == field);
    let fraction = |field: &&String| {
        let number = single(field.as_bytes()).is_some();
        number && field.contains('.') && !named(field)
    };
    match survey.first.iter().find(fraction) {
        None => Ok(true),
        Some(field) => Err(InputError::row(
            inquiry.path.display().to_string(),
            "the first line",
            "names of columns, or numbers only",
            format!("names and the number {}", shown(field.as_bytes())),
            "if it is a row, put a line with names above it",
        )),
    }
}

/// All columns, if they are numbers of vectors. The index of a pandas frame is left out.
fn all(
    columns: &[NamedColumn],
    text: &TextRows<'_>,
    choice: &ColumnChoice<'_>,
    notes: &mut Vec<String>,
) -> Result<Vec<usize>, InputError> {
    let is_index = |column: &NamedColumn| INDEX_NAMES.contains(&column.name.as_str());
    let index = columns
        .iter()
        .position(is_index)
        .filter(|_| columns.len() > 1);
    let chosen: Vec<usize> = (0..columns.len()).filter(|&at| Some(at) != index).collect();
    if let Some(text) = chosen
        .iter()
        .find(|&&at| columns[at].kind == ValueKind::Text)
    {
        let NamedColumn {
            name, type_name, ..
        } = &columns[*text];
        return Err(choice.refuse(format!("column `{name}` of type {type_name}")));
    }
    // Whole numbers beside fractions may be ids or labels.
    let of = |kind| {
        chosen
            .iter()
            .copied()
            .filter(move |&at| columns[at].kind == kind)
    };
    if of(ValueKind::Real).next().is_some() {
        let no_part = |at: &usize| NO_PART.contains(&columns[*at].name.to_lowercase().as_str());
        let whole: Vec<usize> = of(ValueKind::Whole).collect();
        let odd = whole.iter().copied().find(no_part);
        if let Some(odd) = odd.or_else(|| text.counting(whole)) {
            return Err(choice.refuse(format!(
                "column `{}`, which looks like ids or labels beside them",
                columns[odd].name
            )));
        }
    }
    if let Some(index) = index {
        notes.push(format!(
            "{}: column `{}` was taken for the index of a pandas frame and left out.",
            choice.path.display(),
            columns[index].name
        ));
    }
    Ok(chosen)
}

impl TextRows<'_> {
    /// Its columns: what they are called, and what they hold. A column whose first value is a number is one of numbers:
    /// another value is named by its row when it is read.
    fn columns(&self, survey: &Survey) -> Vec<NamedColumn> {
        let mut columns = Vec::new();
        let _ = self.each(|_, records| {
            for (at, (name, kind)) in survey.columns(self.skip > 0).enumerate() {
                let field = bare(records.field(at));
                let number = field.is_empty() || single(field).is_some();
                let (kind, type_name) = match kind {
                    _ if field.starts_with(b"[") => (ValueKind::Text, LIST),
                    ValueKind::Text | ValueKind::Truth | ValueKind::Other if number => {
                        (ValueKind::Real, "numbers")
                    }
                    ValueKind::Truth | ValueKind::Other => (ValueKind::Text, kind.name()),
                    kind => (kind, kind.name()),
                };
                columns.push(NamedColumn {
                    name,
                    type_name: type_name.to_owned(),
                    kind,
                });
            }
            Ok(false)
        });
        columns
    }

    /// The first of these columns, if any, that counts rows up by one.
    fn counting(&self, mut columns: Vec<usize>) -> Option<usize> {
        let mut first: Vec<f64> = Vec::new();
        let mut rows = 0;
        let value = |field: &[u8]| -> Option<f64> { std::str::from_utf8(field).ok()?.parse().ok() };
        let _ = self.each(|row, records| {
            let read = |at: &usize| value(bare(records.field(*at))).unwrap_or(f64::NAN);
            if row == 0 {
                first = columns.iter().map(read).collect();
            }
            let kept = |at: &usize, start: &f64| read(at) == start + row as f64;
            (columns, first) = columns
                .iter()
                .zip(&first)
                .filter(|(at, start)| kept(at, start))
                .map(|(&at, &start)| (at, start))
                .unzip();
            rows = row + 1;
            Ok(!columns.is_empty())
        });
        columns.first().copied().filter(|_| rows > 2)
    }

    /// A number from each of the columns `chosen`.
    fn numbers(
        &self,
        name: String,
        chosen: &[usize],
        columns: &[NamedColumn],
        rows: usize,
    ) -> Result<Array, InputError> {
        let mut out = Collected::new(name.clone(), Some(chosen.len()));
        // A column may be asked for more than once.
        out.expect(
            rows,
            self.text.len().saturating_mul(2 * chosen.len().max(1)),
        )?;
        self.each(|row, records| {
            let (values, _) = out.next_row(0)?;
            for &at in chosen {
                let field = bare(records.field(at));
                let column = &columns[at].name;
                let refused = || match field.is_empty() {
                    true => null(&name, row, Some(column)),
                    false => InputError::Value {
                        source_name: name.clone(),
                        row,
                        column: format!(" in column `{column}`"),
                        expected: EXPECTED,
                        found: shown(field),
                    },
                };
                values.push(single(field).ok_or_else(refused)?);
            }
            // There are as many as were asked for.
            Ok(out.end_row().is_ok())
        })?;
        out.into_array()
    }

    /// The lists in one column.
    fn lists(&self, name: String, column: usize, rows: usize) -> Result<Array, InputError> {
        let mut out = Collected::new(name.clone(), None);
        self.each(|row, records| {
            let field = bare(records.field(column));
            if field.is_empty() {
                return Err(null(&name, row, None));
            }
            let wrong = |place: String, expected: String, found: String| {
                let place = format!("row {row} (counted from 0){place}");
                let advice = "correct it or leave the row out";
                InputError::row(&*name, place, expected, found, advice)
            };
            let inside = field
                .strip_prefix(b"[")
                .and_then(|rest| rest.strip_suffix(b"]"))
                .ok_or_else(|| {
                    let expected = "a list of numbers such as [0.1, 0.2]";
                    wrong(String::new(), expected.into(), shown(field))
                })?;
            let (values, most) = out.next_row(field.len())?;
            let expected = |most| format!("{}, as in the first row", counted(most, "number"));
            let mut left = most;
            for (at, number) in elements(inside).enumerate() {
                let value = single(number).ok_or_else(|| {
                    let place = format!(", number {}", at + 1);
                    wrong(place, EXPECTED.into(), shown(number))
                })?;
                left = left
                    .checked_sub(1)
                    .ok_or_else(|| wrong(String::new(), expected(most), "more".into()))?;
                values.push(value);
            }
            out.end_row()
                .map_err(|found| wrong(String::new(), expected(most), found.to_string()))?;
            if out.rows() == 1 {
                out.expect(rows - 1, self.text.len())?;
            }
            Ok(true)
        })?;
        out.into_array()
    }
}

/// The parts of a list between commas; where it has none, between white space, as NumPy prints it.
fn elements(inside: &[u8]) -> Box<dyn Iterator<Item = &[u8]> + '_> {
    let white = |byte: &u8| byte.is_ascii_whitespace();
    match inside {
        _ if inside.trim_ascii().is_empty() => Box::new(std::iter::empty()),
        _ if inside.contains(&b',') => {
            Box::new(inside.split(|&b| b == b',').map(<[u8]>::trim_ascii))
        }
        _ => Box::new(inside.split(white).filter(|part| !part.is_empty())),
    }
}

fn null(name: &str, row: usize, column: Option<&str>) -> InputError {
    let column = column.map(|column| format!(" in column `{column}`"));
    InputError::Null {
        source_name: name.to_owned(),
        row,
        column: column.unwrap_or_default(),
    }
}
