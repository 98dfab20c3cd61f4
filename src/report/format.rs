//! Forms of a report, and how a terminal wants its table.

use std::fmt;
use std::str::FromStr;

use super::error::ReportError;

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// For a terminal.
    #[default]
    Table,
    /// The whole audit; reads back to an equal [`Audit`](crate::result::Audit).
    Json,
    /// One line for each measure.
    Csv,
    /// GitHub-flavoured Markdown.
    Md,
    /// Tables for papers, in LaTeX with booktabs.
    Latex,
}

impl Format {
    /// Every format, in the order help lists them.
    pub const ALL: [Format; 5] = [
        Format::Table,
        Format::Json,
        Format::Csv,
        Format::Md,
        Format::Latex,
    ];

    /// `table`, `json`, `csv`, `md`, `latex`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Md => "md",
            Format::Latex => "latex",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = ReportError;

    fn from_str(given: &str) -> Result<Self, ReportError> {
        let known = Self::ALL.into_iter().find(|format| format.name() == given);
        known.ok_or_else(|| ReportError::UnknownFormat {
            given: given.to_owned(),
        })
    }
}

/// How a terminal wants its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to write colour escapes.
    pub colour: bool,
    /// Whether to list measures that derive from others as well, and every slice (in Markdown, too).
    pub details: bool,
    /// Columns of the terminal. Fewer than 60 are treated as 60.
    pub width: usize,
}

impl Default for Style {
    /// No colour, 100 columns.
    fn default() -> Self {
        Self {
            colour: false,
            details: false,
            width: 100,
        }
    }
}
