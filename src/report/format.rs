//! Forms of a report, and how a terminal wants its table.

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
