//! The terminal's table: what was audited, what the numbers mean, the numbers, what to mind.

use anstyle::{AnsiColor, Style as Ink};

use super::rows::{ABSENT, Row, has_sides, percent, rows};
use super::text::{columns, printable, wrap};
use super::{Style, card, curves, number};
use crate::audit::{Audit, Severity};

const NARROWEST: usize = 80;
const GAP: usize = 2;
const INDENT: usize = 2;
const SIGN: &str = " ± ";

const BOLD: Ink = Ink::new().bold();
const DIM: Ink = Ink::new().dimmed();
const BAR: Ink = AnsiColor::Cyan.on_default();
const WARNING: Ink = AnsiColor::Yellow.on_default().bold();
const NOTE: Ink = AnsiColor::Cyan.on_default().bold();

/// The report for people.
pub(super) fn table(audit: &Audit, style: Style) -> String {
    let page = Page {
        colour: style.colour,
        width: style.width.max(NARROWEST),
        details: style.details,
    };
    let mut out = String::new();
    page.heading(&mut out, audit);
    let card = card::card(audit);
    let names = card
        .iter()
        .map(|(name, _)| columns(name))
        .max()
        .unwrap_or(0);
    for (name, text) in card {
        page.entry(&mut out, name, DIM, names, &text);
    }
    out.push('\n');
    page.measures(&mut out, audit);
    page.curves(&mut out, audit);
    let notes = card::notes(audit);
    if !notes.is_empty() {
        out.push('\n');
    }
    for (severity, word, text) in notes {
        let ink = if severity == Severity::Warning {
            WARNING
        } else {
            NOTE
        };
        page.entry(&mut out, word, ink, "warning".len(), text);
    }
    out.push('\n');
    if let Some(v) = &audit.verification {
        page.entry(
            &mut out,
            "verified",
            DIM,
            "verified".len(),
            &card::verification(v),
        );
    }
    page.dim(&mut out, &card::provenance(&audit.provenance));
    out
}

struct Page {
    details: bool,
    colour: bool,
    width: usize,
}

impl Page {
    fn ink(&self, ink: Ink, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("{ink}{text}{ink:#}")
        } else {
            text.to_owned()
        }
    }

    fn heading(&self, out: &mut String, audit: &Audit) {
        let subject = &audit.subject;
        let name = printable(&subject.name);
        let size = match &subject.b {
            None => format!(
                "{} in {}",
                number::counted(subject.a.rows, "row"),
                dimensions(subject.a.dim)
            ),
            Some(b) if b.rows == subject.a.rows => {
                format!(
                    "two views of {} in {}",
                    number::counted(b.rows, "row"),
                    dimensions(b.dim)
                )
            }
            Some(b) => format!(
                "{} against {} in {}",
                number::counted(subject.a.rows, "row"),
                number::counted(b.rows, "row"),
                dimensions(b.dim)
            ),
        };
        if columns(&name) + GAP + columns(&size) <= self.width {
            *out += &format!("{}  {size}\n\n", self.ink(BOLD, &name));
            return;
        }
        for line in wrap(&name, self.width) {
            *out += &format!("{}\n", self.ink(BOLD, &line));
        }
        *out += &format!("{size}\n\n");
    }

    /// A name in its column, and its text wrapped beside it.
    fn entry(&self, out: &mut String, name: &str, ink: Ink, names: usize, text: &str) {
        let indent = INDENT + names + GAP;
        for (i, line) in wrap(&printable(text), self.width.saturating_sub(indent))
            .iter()
            .enumerate()
        {
            if i == 0 {
                let space = " ".repeat(indent - INDENT - columns(name));
                *out += &format!("{:INDENT$}{}{space}{line}\n", "", self.ink(ink, name));
            } else {
                *out += &format!("{:indent$}{line}\n", "");
            }
        }
    }

    fn dim(&self, out: &mut String, text: &str) {
        for line in wrap(&printable(text), self.width - INDENT) {
            *out += &format!("{:INDENT$}{}\n", "", self.ink(DIM, &line));
        }
    }

    fn measures(&self, out: &mut String, audit: &Audit) {
        let mut rows = rows(audit);
        rows.retain(|row| self.details || !row.detail);
        if rows.is_empty() {
            self.dim(out, "no measures");
            return;
        }
        let grid = Grid::fit(&rows, has_sides(audit), self.width);
        let head = grid.line(&Row::head(), grid.reached.heading(), "");
        *out += &format!("{}\n", self.ink(BOLD, head.trim_end()));
        for row in &rows {
            if row.first && columns(&row.label) > grid.label {
                *out += &format!("{:INDENT$}{}\n", "", row.label);
            }
            let (full, rest) = grid.reached.bar(row.reached);
            let share = row.reached.map_or(ABSENT.to_owned(), percent);
            let bar = format!("{}{}", self.ink(BAR, &full), self.ink(DIM, &rest));
            *out += &format!("{}\n", grid.line(row, &share, &bar).trim_end());
        }
        if grid.reached != Reached::Hidden && rows.iter().any(|row| row.reached.is_some()) {
            self.dim(
                out,
                "to ideal: 0 % is an encoder collapsed to one point, 100 % a perfect one",
            );
        }
    }

    /// The loss at finite numbers of negatives: cells to the right, each column as wide as its widest.
    fn curves(&self, out: &mut String, audit: &Audit) {
        if audit.curves.is_empty() {
            return;
        }
        let head = curves::HEADINGS.map(str::to_owned);
        let lines: Vec<_> = audit.curves.iter().flat_map(curves::lines).collect();
        let width = |k: usize| {
            lines
                .iter()
                .chain([&head])
                .map(|line| columns(&line[k]))
                .max()
        };
        let widths: Vec<usize> = (0..head.len()).map(|k| width(k).unwrap_or(0)).collect();
        let text = |line: &[String; 8]| {
            let cells = line.iter().zip(&widths);
            let cells =
                cells.map(|(cell, width)| format!("{}{cell}", " ".repeat(width - columns(cell))));
            format!("{:INDENT$}{}", "", cells.collect::<Vec<_>>().join("  "))
        };
        *out += &format!("\n{}\n", self.ink(BOLD, &text(&head)));
        for line in &lines {
            *out += &format!("{}\n", text(line));
        }
        for curve in &audit.curves {
            self.dim(out, &curves::summary(curve));
        }
        self.dim(out, curves::LEGEND);
    }
}

fn dimensions(m: u64) -> String {
    number::counted(m, "dimension")
}

impl Row {
    fn head() -> Self {
        let word = |text: &str| text.to_owned();
        Self {
            label: word("metric"),
            detail: false,
            first: true,
            side: "side",
            value: word("value"),
            se: Some(word("se")),
            n: word("n"),
            ideal: word("ideal"),
            collapsed: word("collapsed"),
            reached: None,
        }
    }
}

/// How the way from collapsed to ideal is shown, as room allows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// Not at all: labels need the room more.
    Hidden,
    Percent,
    /// The percentage and a bar of so many columns.
    Bar(usize),
}

impl Reached {
    const HEADING: &str = "to ideal";
    /// Columns of `100 %`.
    const PERCENT: usize = 5;
    const NARROWEST_BAR: usize = 4;
    const WIDEST_BAR: usize = 10;

    fn heading(self) -> &'static str {
        if self == Self::Hidden {
            ""
        } else {
            Self::HEADING
        }
    }

    /// Columns with the gap before.
    fn width(self) -> usize {
        match self {
            Self::Hidden => 0,
            Self::Percent => GAP + Self::HEADING.len(),
            Self::Bar(width) => GAP + Self::PERCENT + 1 + width,
        }
    }

    /// The filled and the open part of a bar.
    fn bar(self, share: Option<f64>) -> (String, String) {
        const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        let (Self::Bar(width), Some(share)) = (self, share) else {
            return Default::default();
        };
        let eighths = (share.clamp(0.0, 1.0) * (width * 8) as f64).round() as usize;
        let full = format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8]);
        let rest = "·".repeat(width - columns(&full));
        (full, rest)
    }
}

/// Widths of the table's columns.
struct Grid {
    /// Labels wider than this stand on a line of their own.
    label: usize,
    side: Option<usize>,
    value: usize,
    se: usize,
    n: usize,
    ideal: usize,
    collapsed: usize,
    reached: Reached,
}

impl Grid {
    /// Room for labels that a percentage must leave.
    const LABELS: usize = 18;

    fn fit(rows: &[Row], sides: bool, width: usize) -> Self {
        let head = Row::head();
        let widest =
            |cell: &dyn Fn(&Row) -> usize| rows.iter().chain([&head]).map(cell).max().unwrap_or(0);
        let mut grid = Self {
            label: 0,
            side: sides.then(|| widest(&|row| columns(row.side))),
            value: widest(&|row| columns(&row.value)),
            se: widest(&|row| row.se.as_deref().map_or(0, columns)),
            n: widest(&|row| columns(&row.n)),
            ideal: widest(&|row| columns(&row.ideal)),
            collapsed: widest(&|row| columns(&row.collapsed)),
            reached: Reached::Hidden,
        };
        let room = width.saturating_sub(grid.used());
        let longest = widest(&|row| columns(&row.label));
        let bars = (Reached::NARROWEST_BAR..=Reached::WIDEST_BAR)
            .rev()
            .map(Reached::Bar);
        grid.reached = bars
            .chain([Reached::Percent])
            .find(|reached| {
                let needed = if *reached == Reached::Percent {
                    longest.min(Self::LABELS)
                } else {
                    longest
                };
                needed + reached.width() <= room
            })
            .unwrap_or(Reached::Hidden);
        let room = width.saturating_sub(grid.used());
        let labels = rows.iter().chain([&head]).map(|row| columns(&row.label));
        grid.label = labels.filter(|&label| label <= room).max().unwrap_or(0);
        grid
    }

    /// Columns taken by everything but the label.
    fn used(&self) -> usize {
        let side = self.side.map_or(0, |side| GAP + side);
        let cells = [
            self.value + columns(SIGN) + self.se,
            self.n,
            self.ideal,
            self.collapsed,
        ];
        INDENT + side + cells.iter().map(|cell| GAP + cell).sum::<usize>() + self.reached.width()
    }

    fn line(&self, row: &Row, share: &str, bar: &str) -> String {
        let mut out = format!("{:INDENT$}", "");
        let label = if row.first && columns(&row.label) <= self.label {
            row.label.as_str()
        } else {
            ""
        };
        out += label;
        out += &" ".repeat(self.label - columns(label));
        if let Some(side) = self.side {
            out += &format!("{:GAP$}{:side$}", "", row.side);
        }
        let sign = if row.se.is_some() { SIGN } else { "   " };
        let se = row.se.as_deref().unwrap_or_default();
        out += &format!(
            "{:GAP$}{:>value$}{sign}{se:width$}",
            "",
            row.value,
            value = self.value,
            width = self.se
        );
        for (cell, width) in [
            (&row.n, self.n),
            (&row.ideal, self.ideal),
            (&row.collapsed, self.collapsed),
        ] {
            out += &format!("{:GAP$}{cell:>width$}", "");
        }
        let width = if self.reached == Reached::Percent {
            Reached::HEADING.len()
        } else {
            Reached::PERCENT
        };
        match self.reached {
            Reached::Hidden => out,
            _ => out + &format!("{:GAP$}{share:>width$} {bar}", ""),
        }
    }
}
