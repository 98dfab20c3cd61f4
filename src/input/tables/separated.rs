//! Tables of text: fields between separators, one line for each row.
//!
//! The text is walked twice: once to see what its columns hold, then for the values. Nothing but those is kept.

use super::column::NamedColumn;
use super::first_line::Survey;
use super::kind::{EXACT, ValueKind, truth};
use super::records::TextRecords;
use crate::input::InputError;
use crate::input::cells::{CellSource, CellValue, Cells, Visit};
use crate::input::format::TableFormat;
use crate::input::lines::without_mark;
use crate::input::wanted::Inquiry;

/// Lines that are looked at to find the separator.
const SAMPLE: usize = 20;

/// The chosen columns of a table of text.
pub(super) struct Separated<'t> {
    source: CellSource,
    text: TextRows<'t>,
    /// The field of each, and whether it is text, also where it looks like a number.
    chosen: Vec<(usize, bool)>,
}

/// Finds separator, header and columns.
pub(super) fn open<'t>(
    text: &'t [u8],
    table: TableFormat,
    inquiry: &mut Inquiry<'_>,
) -> Result<Separated<'t>, InputError> {
    let (text, survey) = surveyed(text, table, inquiry)?;
    let header = survey.lines > 0 && survey.is_header(inquiry);
    let words = inquiry.wanted.words();
    let columns = survey.columns(header).map(|(name, kind)| NamedColumn {
        name,
        type_name: kind.name().to_owned(),
        // A value that is no number is named by its row when it is read: that says more than its column's kind.
        kind: if words { kind } else { ValueKind::Nothing },
    });
    let columns: Vec<NamedColumn> = columns.collect();
    let chosen = inquiry.choose(&columns)?;
    let names = chosen.iter().map(|&at| columns[at].name.clone()).collect();
    let text = TextRows::new(text, &survey, header);
    let source = inquiry.source(names, survey.lines - text.skip);
    if let Some(hole) = survey.hole.filter(|&hole| hole >= text.skip) {
        return Err(source.absent(hole - text.skip, 0));
    }
    survey.check_count(&source, header, inquiry)?;
    let of = |at: usize| (at, columns[at].kind == ValueKind::Text);
    Ok(Separated {
        source,
        text,
        chosen: chosen.into_iter().map(of).collect(),
    })
}

impl Cells for Separated<'_> {
    fn source(&self) -> &CellSource {
        &self.source
    }

    fn has_header(&self) -> bool {
        self.text.skip > 0
    }

    fn each(&self, visit: &mut Visit<'_>) -> Result<(), InputError> {
        self.text.each(|row, records| {
            let mut cells = [CellValue::Absent; 2];
            for (cell, &(at, words)) in cells.iter_mut().zip(&self.chosen) {
                let text = std::str::from_utf8(bare(records.field(at)));
                let text = text.map_err(|_| self.source.no_text(row))?;
                *cell = read(text, words);
            }
            visit(&cells[..self.chosen.len()])?;
            Ok(true)
        })
    }
}

/// The value of a field.
fn read(text: &str, words: bool) -> CellValue<'_> {
    if text.is_empty() {
        return CellValue::Absent;
    }
    if words {
        return CellValue::Word(text);
    }
    if let Ok(value) = text.parse() {
        return CellValue::Whole(value);
    }
    if let Ok(value) = text.parse() {
        return CellValue::Real {
            value,
            exact: EXACT,
        };
    }
    truth(text).map_or(CellValue::Word(text), CellValue::Truth)
}

/// A table of text whose lines are known to have the same number of fields each.
pub(super) struct TextRows<'t> {
    pub(super) text: &'t [u8],
    separator: u8,
    /// Lines before the first row.
    pub(super) skip: usize,
}

impl<'t> TextRows<'t> {
    pub(super) fn new(text: &'t [u8], survey: &Survey, header: bool) -> Self {
        Self {
            text,
            separator: survey.separator,
            skip: usize::from(header),
        }
    }

    /// Visits the rows until one is refused or is enough.
    pub(super) fn each(
        &self,
        mut visit: impl FnMut(usize, &TextRecords<'_>) -> Result<bool, InputError>,
    ) -> Result<(), InputError> {
        let mut records = TextRecords::new(self.text, self.separator);
        let mut line = 0;
        // The survey read every line already.
        while records.next().unwrap_or(false) {
            if line >= self.skip && !visit(line - self.skip, &records)? {
                break;
            }
            line += 1;
        }
        Ok(())
    }
}

/// The text of a table without a mark before it, and what a first walk over it finds.
pub(super) fn surveyed<'t>(
    text: &'t [u8],
    table: TableFormat,
    inquiry: &Inquiry<'_>,
) -> Result<(&'t [u8], Survey), InputError> {
    let own = match table {
        TableFormat::Tsv => b'\t',
        _ => b',',
    };
    let text = without_mark(text);
    let survey = survey(text, separator(text, own));
    Ok((text, survey.map_err(|cause| inquiry.refused(table, cause))?))
}

fn survey(text: &[u8], separator: u8) -> Result<Survey, String> {
    let mut records = TextRecords::new(text, separator);
    let mut found = Survey {
        separator,
        ..Survey::default()
    };
    while records.next()? {
        if records.count() == 1 && records.after_empty_line() && found.hole.is_none() {
            found.hole = Some(found.lines);
        }
        let fields = (0..records.count()).map(|at| bare(records.field(at)));
        if found.lines == 0 {
            found.first = fields
                .map(|field| String::from_utf8_lossy(field).into_owned())
                .collect();
            found.later = vec![ValueKind::Nothing; found.first.len()];
        } else {
            for (kind, field) in found.later.iter_mut().zip(fields) {
                // Nothing changes a column of text any more.
                if *kind != ValueKind::Text {
                    *kind = kind.join(ValueKind::of(field));
                }
            }
        }
        found.lines += 1;
    }
    Ok(found)
}

/// A field without white space and quotes around it: `, ` separates, too, and quotes may come after a space.
pub(super) fn bare(field: &[u8]) -> &[u8] {
    match field.trim_ascii() {
        [b'"', inside @ .., b'"'] => inside.trim_ascii(),
        field => field,
    }
}

/// The byte that separates fields: the format's own, unless another one divides the first lines alike and that does not.
fn separator(text: &[u8], own: u8) -> u8 {
    let lines: Vec<&[u8]> = text
        .split(|&byte| byte == b'\n' || byte == b'\r')
        .filter(|line| !line.trim_ascii().is_empty())
        .take(SAMPLE)
        .collect();
    let alike = |separator: u8| {
        let counts = || lines.iter().map(|line| fields(line, separator).count());
        counts()
            .next()
            .is_some_and(|first| first > 1 && counts().all(|count| count == first))
    };
    let numbers = |separator: u8| {
        let last = lines.last().copied().unwrap_or_default();
        fields(last, separator).all(|field| {
            let point = String::from_utf8_lossy(bare(field)).replacen(',', ".", 1);
            matches!(
                ValueKind::of(point.as_bytes()),
                ValueKind::Whole | ValueKind::Real
            )
        })
    };
    // Where a comma is the decimal point, it divides lines as well as the semicolon does.
    if own == b',' && alike(b';') && (!alike(own) || numbers(b';')) {
        return b';';
    }
    let others = [own, b';', b'|', b'\t', b','];
    let found = others.into_iter().find(|&separator| alike(separator));
    let spaces = || (alike(b' ') && numbers(b' ')).then_some(b' ');
    found.or_else(spaces).unwrap_or(own)
}

/// The parts of a line between separators outside quotes.
fn fields(line: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut quoted = false;
    line.split(move |&byte| {
        quoted ^= byte == b'"';
        byte == separator && !quoted
    })
}
