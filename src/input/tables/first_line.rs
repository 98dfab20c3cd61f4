//! Whether the first line of a table of text is a header.

use super::kind::ValueKind;
use crate::input::InputError;
use crate::input::cells::CellSource;
use crate::input::wanted::{Inquiry, Wanted};

/// What a first walk over the text finds.
#[derive(Default)]
pub(super) struct Survey {
    pub(super) separator: u8,
    /// Fields of the first line.
    pub(super) first: Vec<String>,
    /// What each column holds after it.
    pub(super) later: Vec<ValueKind>,
    /// Lines in all.
    pub(super) lines: usize,
    /// Lines before the first empty one, in a table of one column: there it is a missing value.
    pub(super) hole: Option<usize>,
}

impl Survey {
    /// Whether the first line is a header. A line of numbers is data: taking it for names would lose a row without a
    /// word. Where it is known how many rows there must be, their number decides; what is not plain is noted.
    pub(super) fn is_header(&self, inquiry: &mut Inquiry<'_>) -> bool {
        let fits_with = inquiry
            .rows
            .is_some_and(|rows| self.lines == rows.count + 1);
        let fits_without = inquiry.rows.is_some_and(|rows| self.lines == rows.count);
        let named = inquiry.names.as_ref().is_some_and(|names| {
            let there = |name: &&str| self.first.iter().any(|field| field == name);
            names.iter().all(there)
        });
        if !self.is_numbers() {
            if fits_without && !named && self.is_like_the_others() {
                self.note(
                    inquiry,
                    "was read as data, not as a header: that gives one line for each row",
                );
                return false;
            }
            if named && inquiry.names.iter().flatten().any(|name| is_number(name)) {
                self.note(
                    inquiry,
                    "was taken for a header, as its fields are asked for by name",
                );
            }
            return true;
        }
        if !is_count(&self.first) || fits_without {
            return false;
        }
        if fits_with {
            self.note(
                inquiry,
                "was taken for a header of column numbers: that leaves one line for each row",
            );
            return true;
        }
        if named {
            self.note(
                inquiry,
                "was taken for a header of column numbers, as its fields are asked for by name",
            );
            return true;
        }
        // No vector of fractions begins so.
        if inquiry.wanted == Wanted::Embeddings && self.later.contains(&ValueKind::Real) {
            self.note(
                inquiry,
                "was taken for a header of column numbers: the lines after it hold fractions",
            );
            return true;
        }
        self.note(
            inquiry,
            &format!(
                "was read as data, but column numbers look the same, as they stand above a frame without column names; if \
                 it is a header, {} (here {})",
                inquiry.wanted.how_to_choose_parts(),
                if inquiry.wanted.two() { "0,1" } else { "0" }
            ),
        );
        false
    }

    /// What each column is called, and what it holds.
    pub(super) fn columns(&self, header: bool) -> impl Iterator<Item = (String, ValueKind)> {
        let columns = self.first.iter().zip(&self.later).enumerate();
        columns.map(move |(at, (field, later))| match header {
            true => (field.clone(), *later),
            false => {
                let kind = later.join(ValueKind::of(field.as_bytes()));
                (format!("column_{}", at + 1), kind)
            }
        })
    }

    /// Refuses a table that lacks one row, or has one too many, where its first line may be the reason.
    pub(super) fn check_count(
        &self,
        source: &CellSource,
        header: bool,
        inquiry: &Inquiry<'_>,
    ) -> Result<(), InputError> {
        let Some(rows) = inquiry.rows else {
            return Ok(());
        };
        let (taken, advice) = match header {
            true if source.rows + 1 == rows.count => (
                "a header",
                "if it is a row, put a line with a name above it; else a row is missing",
            ),
            false if source.rows == rows.count + 1 => (
                "a row",
                "if it is a header, give it a name that is no number; else there is a row too many",
            ),
            _ => return Ok(()),
        };
        Err(InputError::FirstLine {
            source_name: source.name.clone(),
            rows_name: rows.name.clone(),
            rows: rows.count,
            found: source.rows,
            reason: format!("`{}`, was taken for {taken}: {advice}", self.shown()),
        })
    }

    /// The first line as it stands in messages.
    fn shown(&self) -> String {
        let line = self.first.join(&char::from(self.separator).to_string());
        let mut shown: String = line.chars().take(40).collect();
        if shown.len() < line.len() {
            shown.push_str("...");
        }
        shown
    }

    fn note(&self, inquiry: &mut Inquiry<'_>, what: &str) {
        let path = inquiry.path.display();
        let note = format!("{path}: the first line, `{}`, {what}.", self.shown());
        inquiry.notes.push(note);
    }

    /// Numbers only (or True and False); a field may be missing, but not above the index of a frame.
    fn is_numbers(&self) -> bool {
        let index = self.first.first().is_some_and(String::is_empty) && is_count(&self.first[1..]);
        let mut fields = self.first.iter();
        !index && fields.all(|field| field.is_empty() || is_number(field))
    }

    /// Whether it holds in every column what the lines after it hold.
    fn is_like_the_others(&self) -> bool {
        let mut columns = self.first.iter().zip(&self.later);
        columns.all(|(field, &later)| ValueKind::of(field.as_bytes()).join(later) == later)
    }
}

/// 0, 1, .., c - 1, as columns are called that have no names.
fn is_count(fields: &[String]) -> bool {
    let mut numbered = fields.iter().enumerate();
    !fields.is_empty() && numbered.all(|(at, field)| *field == at.to_string())
}

/// A number, also with a comma for its point; `nan` and `inf` are names.
fn is_number(field: &str) -> bool {
    let point = field.replacen(',', ".", 1);
    match ValueKind::of(point.as_bytes()) {
        ValueKind::Whole | ValueKind::Real => field.bytes().any(|byte| byte.is_ascii_digit()),
        ValueKind::Truth => true,
        ValueKind::Nothing | ValueKind::Text | ValueKind::Other => {
            !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit())
        }
    }
}
