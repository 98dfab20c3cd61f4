//! Which columns of a table are meant.

use std::error::Error;

use super::kind::ValueKind;
use crate::input::InputError;
use crate::input::cells::CellSource;
use crate::input::choose::listing;
use crate::input::format::TableFormat;
use crate::input::wanted::{Inquiry, Wanted};

/// What pandas calls its index where that has no name: in CSV, read back and written again, and in Parquet.
pub(super) const INDEX_NAMES: [&str; 3] = ["", "Unnamed: 0", "__index_level_0__"];

/// A column, as far as choosing it needs to know.
pub(super) struct NamedColumn {
    pub(super) name: String,
    pub(super) type_name: String,
    pub(super) kind: ValueKind,
}

impl Inquiry<'_> {
    /// Which of `columns` are asked for.
    pub(super) fn choose(&mut self, columns: &[NamedColumn]) -> Result<Vec<usize>, InputError> {
        let chosen: Vec<usize> = match &self.names {
            None => self.without_index(columns),
            Some(names) => {
                let find = |name: &&str| {
                    columns.iter().position(|c| c.name == *name).ok_or_else(|| {
                        let advice = self.wanted.how_to_choose_parts();
                        self.refuse(format!("no column named `{name}`"), advice, columns)
                    })
                };
                names.iter().map(find).collect::<Result<_, _>>()?
            }
        };
        if chosen.len() != self.wanted.count() {
            let named = self.names.is_some();
            let what = if named { "name" } else { "column" };
            let plural = if chosen.len() == 1 { "" } else { "s" };
            let advice = match chosen.len() < self.wanted.count() && !named {
                true => {
                    "a pair is the row of the first view and the row of the second; columns are separated by commas, \
                     semicolons, tabs or |"
                }
                false => self.wanted.how_to_choose_parts(),
            };
            let found = format!("{} {what}{plural}", chosen.len());
            return Err(self.refuse(found, advice, columns));
        }
        let mut kinds = chosen.iter().map(|&at| &columns[at]);
        if let Some(odd) = kinds.find(|c| !c.kind.fits(self.wanted)) {
            let found = format!("column `{}` of type {}", odd.name, odd.type_name);
            let advice = match self.wanted {
                Wanted::Pairs => {
                    "indices are whole numbers, rows counted from 0; ids go with --ids"
                }
                Wanted::Targets => "targets are numbers; classes are given with --labels",
                Wanted::Scores => "scores are numbers; save the column as such",
                _ => "save it as text or as whole numbers",
            };
            return Err(self.refuse(found, advice, columns));
        }
        Ok(chosen)
    }

    /// All columns; without the index that pandas writes beside them, if they are too many by that.
    pub(super) fn without_index(&mut self, columns: &[NamedColumn]) -> Vec<usize> {
        let index = columns
            .iter()
            .position(|c| INDEX_NAMES.contains(&c.name.as_str()))
            .filter(|_| columns.len() == self.wanted.count() + 1);
        if let Some(index) = index {
            self.notes.push(format!(
                "{}: column `{}` was taken for the index of a pandas frame and left out.",
                self.path.display(),
                columns[index].name
            ));
        }
        (0..columns.len()).filter(|&at| Some(at) != index).collect()
    }

    fn refuse(&self, found: String, advice: &'static str, columns: &[NamedColumn]) -> InputError {
        let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
        let listing = listing(&names, |at| columns[at].type_name.clone());
        InputError::Columns {
            path: self.path.display().to_string(),
            expected: self.wanted.parts("column").into(),
            found,
            advice,
            listing: format!("columns are {listing}"),
        }
    }

    /// A refusal of the reader behind.
    pub(super) fn refused(
        &self,
        table: TableFormat,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> InputError {
        InputError::Table {
            path: self.path.display().to_string(),
            format: table.name(),
            cause: cause.into(),
        }
    }

    /// What messages say of the chosen columns.
    pub(super) fn source(&self, columns: Vec<String>, rows: usize) -> CellSource {
        CellSource {
            name: format!("{}[{}]", self.path.display(), columns.join(",")),
            rows,
            columns,
        }
    }
}
