//! A report before it has a form: a title, a card, tables, texts and notes, as plain data.
//!
//! Text stands here as it came, names from files too: each writer escapes it for its own readers. A writer for another
//! form needs nothing but a [`Document`].

use crate::result::Severity;

/// What stands where there is no number.
pub const ABSENT: &str = "–";

/// Who gets to see a part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// Everybody.
    #[default]
    Everywhere,
    /// Who reads on a terminal, which has no room for more.
    Terminal,
    /// Who reads a page, which is as wide as it likes.
    Page,
}

impl Shown {
    /// On a page in any case, on a terminal where it tells something.
    pub(super) fn told(tells: bool) -> Self {
        match tells {
            true => Self::Everywhere,
            false => Self::Page,
        }
    }
}

/// What a word means, for writers that have colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// A word like any other.
    #[default]
    Plain,
    /// Nothing to do.
    Quiet,
    /// As it should be.
    Fine,
    /// Better than before.
    Better,
    /// Worse than before, or broken.
    Bad,
    /// Neither; more data would tell.
    Undecided,
    /// Other, neither better nor worse.
    Differs,
    /// To be minded.
    Warning,
    /// To be known.
    Note,
}

/// A report.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Heading of a page; nothing for a bare list.
    pub title: String,
    /// What a terminal's first line stresses.
    pub lead: (String, Tone),
    /// The rest of that line.
    pub about: String,
    /// What follows, in order.
    pub blocks: Vec<(Shown, Block)>,
}

/// A part of a document.
#[derive(Clone, Debug)]
pub enum Block {
    /// Heads the parts that follow.
    Heading(String),
    /// Names, each with its text.
    Card(Vec<(String, String)>),
    /// A table.
    Table(Table),
    /// A remark that belongs to the part above.
    Text(String),
    /// A paragraph by itself.
    Foot(String),
    /// Sentences about one thing, and the word that a terminal puts before each.
    Remarks(&'static str, Vec<String>),
    /// What to mind.
    Notes(Vec<(Severity, String)>),
}

impl Block {
    /// A card of these.
    pub fn card<N: Into<String>>(entries: impl IntoIterator<Item = (N, String)>) -> Self {
        let entries = entries.into_iter().map(|(name, text)| (name.into(), text));
        Self::Card(entries.collect())
    }
}

impl Document {
    /// Adds a part for everybody.
    pub fn push(&mut self, block: Block) {
        self.blocks.push((Shown::Everywhere, block));
    }

    /// Adds a part for some.
    pub fn push_for(&mut self, shown: Shown, block: Block) {
        self.blocks.push((shown, block));
    }

    /// The parts that a page shows.
    pub(super) fn on_page(&self) -> impl Iterator<Item = &Block> {
        let shown = |(shown, _): &&(Shown, Block)| *shown != Shown::Terminal;
        self.blocks.iter().filter(shown).map(|(_, block)| block)
    }

    /// Adds notes under a heading, the warnings first; nothing where there are none.
    pub fn push_notes<'a>(&mut self, notes: impl IntoIterator<Item = (Severity, &'a str)>) {
        let notes = notes.into_iter();
        let mut notes: Vec<_> = notes.map(|(s, text)| (s, text.to_owned())).collect();
        notes.sort_by_key(|note| std::cmp::Reverse(note.0));
        if !notes.is_empty() {
            self.push_for(Shown::Page, Block::Heading("notes".to_owned()));
            self.push(Block::Notes(notes));
        }
    }
}

/// Rows of cells under named columns.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What the columns are.
    pub columns: Vec<Column>,
    /// One cell for each column, and who sees the row.
    pub rows: Vec<(Shown, Vec<Cell>)>,
    /// What is said of them, each where its column is shown.
    pub legends: Vec<(Shown, usize, String)>,
    /// Names of groups and their rows, for writers that fold; none where rows are in no groups.
    pub groups: Vec<(&'static str, Vec<usize>)>,
    /// Columns to leave out where room is short: the first of these that is narrow enough, or else the last.
    pub narrower: Vec<Vec<usize>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Adds a row for everybody.
    pub fn push(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells = cells.into_iter().collect();
        self.rows.push((Shown::Everywhere, cells));
    }

    /// Rows that a page shows.
    pub(super) fn page_rows(&self) -> impl Iterator<Item = &[Cell]> {
        let shown = |(shown, _): &&(Shown, Vec<Cell>)| *shown != Shown::Terminal;
        self.rows.iter().filter(shown).map(|(_, cells)| &cells[..])
    }

    /// What a page says of them.
    pub(super) fn page_legends(&self) -> impl Iterator<Item = &str> {
        let shown = self.legends.iter();
        let shown = shown.filter(|(shown, ..)| *shown != Shown::Terminal);
        shown.map(|(.., text)| text.as_str())
    }

    /// Columns that a page shows, of those of which this holds.
    pub(super) fn page_columns(&self, wanted: impl Fn(&Column) -> bool) -> Vec<usize> {
        let columns = self.columns.iter().enumerate();
        let shown = columns.filter(|(_, column)| column.shown != Shown::Terminal && wanted(column));
        shown.map(|(k, _)| k).collect()
    }

    /// Those of these columns that are one with no other before.
    pub(super) fn firsts(&self, columns: &[usize]) -> Vec<usize> {
        let first = |k: &&usize| self.columns[**k].joint.is_none();
        columns.iter().filter(first).copied().collect()
    }

    /// What stands in these columns of a page's line, joined where columns are one.
    pub(super) fn joined(&self, columns: &[usize], cell: &dyn Fn(usize) -> String) -> Vec<String> {
        let mut cells: Vec<String> = Vec::new();
        for &k in columns {
            let text = cell(k);
            match (self.columns[k].joint, cells.last_mut()) {
                (Some(_), Some(_)) if text.is_empty() => {}
                (Some((_, joint)), Some(before)) => {
                    let joint = if before.is_empty() { "" } else { joint };
                    *before += &format!("{joint}{text}");
                }
                _ => cells.push(text),
            }
        }
        cells
    }
}

/// What a terminal does with a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnKind {
    /// Cells under each other.
    #[default]
    Plain,
    /// Labels: one that is too long stands on a line of its own.
    Key {
        /// Whether one that is the same as above is left out.
        once: bool,
    },
    /// Names that are cut where room is short, to so many columns at most.
    Cut(usize),
    /// Sentences, which stand below the row.
    Below,
    /// A bar as wide as there is room for, of a [`Cell::Share`].
    Bar,
}

/// A column of a table.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// What it is called.
    pub head: String,
    /// Whether cells stand to the right.
    pub right: bool,
    /// What joins it to the column before, which it is one with: on a terminal, and on a page.
    pub joint: Option<(&'static str, &'static str)>,
    /// Who sees it.
    pub shown: Shown,
    /// What a terminal does with it.
    pub kind: ColumnKind,
    /// Columns of one group stand beside each other; where not all groups have room, they follow below, with the columns
    /// of group 0 again.
    pub group: usize,
    /// Whether the head is a name, which may be cut.
    pub named: bool,
}

impl Column {
    /// Cells to the left.
    pub fn left(head: impl Into<String>) -> Self {
        Self {
            head: head.into(),
            ..Self::default()
        }
    }

    /// Cells to the right.
    pub fn right(head: impl Into<String>) -> Self {
        Self {
            right: true,
            ..Self::left(head)
        }
    }

    /// Labels of metrics.
    pub fn key(head: &str, once: bool) -> Self {
        Self::left(head).kind(ColumnKind::Key { once })
    }

    /// Of a kind.
    pub fn kind(self, kind: ColumnKind) -> Self {
        Self { kind, ..self }
    }

    /// For some only.
    pub fn shown(self, shown: Shown) -> Self {
        Self { shown, ..self }
    }

    /// One with the column before.
    pub fn joined(self, terminal: &'static str, page: &'static str) -> Self {
        Self {
            joint: Some((terminal, page)),
            ..self
        }
    }

    /// In a group.
    pub fn group(self, group: usize) -> Self {
        Self { group, ..self }
    }
}

/// What stands in one place of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// Nothing, and nothing is missing.
    #[default]
    Empty,
    /// No number.
    Absent,
    /// Words, or a number as it is written.
    Text(String),
    /// The label of a metric.
    Label(String),
    /// One word and what it means.
    Word(&'static str, Tone),
    /// A share of a way, 1 being all of it.
    Share(f64),
}

impl<T: Into<String>> From<T> for Cell {
    /// Words; nothing for none.
    fn from(text: T) -> Self {
        match text.into() {
            text if text.is_empty() => Self::Empty,
            text => Self::Text(text),
        }
    }
}

impl Cell {
    /// The words, or [`Cell::Absent`].
    pub fn or_absent(text: Option<String>) -> Self {
        text.map_or(Self::Absent, Self::Text)
    }
}

/// Numbers for machines: one line for each, in columns of one height.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// What they are of.
    pub subject: String,
    /// Each with its name.
    pub columns: Vec<(&'static str, Values)>,
}

/// A column of [`Records`].
#[derive(Clone, Debug)]
pub enum Values {
    /// Words; absent where there are none.
    Text(Vec<Option<String>>),
    /// Numbers, not rounded.
    Number(Vec<Option<f64>>),
    /// Whole numbers.
    Count(Vec<u64>),
}

impl Values {
    /// Number of values.
    pub(super) fn len(&self) -> usize {
        match self {
            Values::Text(cells) => cells.len(),
            Values::Number(cells) => cells.len(),
            Values::Count(cells) => cells.len(),
        }
    }
}

impl Records {
    /// Records of a subject, none yet.
    pub fn of(subject: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            columns: Vec::new(),
        }
    }

    /// With a column of words; empty ones count as absent.
    pub fn text<T, S: Into<String>>(
        mut self,
        name: &'static str,
        lines: &[T],
        of: impl Fn(&T) -> Option<S>,
    ) -> Self {
        let of = |line: &T| of(line).map(S::into).filter(|text| !text.is_empty());
        let cells = lines.iter().map(of).collect();
        self.columns.push((name, Values::Text(cells)));
        self
    }

    /// With a column of numbers.
    pub fn number<T>(
        mut self,
        name: &'static str,
        lines: &[T],
        of: impl Fn(&T) -> Option<f64>,
    ) -> Self {
        let cells = lines.iter().map(of).collect();
        self.columns.push((name, Values::Number(cells)));
        self
    }

    /// With a column of whole numbers.
    pub fn count<T>(mut self, name: &'static str, lines: &[T], of: impl Fn(&T) -> u64) -> Self {
        let cells = lines.iter().map(of).collect();
        self.columns.push((name, Values::Count(cells)));
        self
    }
}
