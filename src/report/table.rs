//! The terminal's table: what was audited, what the numbers mean, the numbers, what to mind.

mod grid;

use anstyle::{AnsiColor, Style as Ink};

use grid::{Grid, Reached};

use super::aligned::aligned;
use super::format::Style;
use super::page::{BOLD, DIM, GAP, INDENT, NOTE, Page};
use super::rows::{ABSENT, Row, has_corrected, has_sides, interval_heading, percent, rows};
use super::slices::slices;
use super::text::{columns, printable, wrap};
use super::{card, curves, number};
use crate::result::{Audit, Severity};

/// Columns that a slice's name may have beyond those of `(all rows)`.
const NAME: usize = 30;
const BAR: Ink = AnsiColor::Cyan.on_default();
const WARNING: Ink = AnsiColor::Yellow.on_default().bold();

/// The report for people.
pub(super) fn table(audit: &Audit, style: Style) -> String {
    let page = Page::new(style);
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
    page.slices(&mut out, audit);
    if let Some(against) = &audit.against {
        super::zoo::against(&page, &mut out, against);
    }
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

impl Page {
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

    fn measures(&self, out: &mut String, audit: &Audit) {
        let mut rows = rows(audit);
        rows.retain(|row| self.details || !row.detail);
        if rows.is_empty() {
            self.dim(out, "no measures");
            return;
        }
        let interval = interval_heading(audit);
        let grid = Grid::fit(&rows, has_sides(audit), interval.as_deref(), self.width);
        let head = Row {
            interval: interval.into_iter().collect(),
            ..Row::head()
        };
        let head = grid.line(&head, grid.reached.heading(), "");
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
            self.dim(out, card::to_ideal(audit));
        }
        if grid.interval.is_some() && has_corrected(audit) {
            self.dim(out, card::CORRECTED);
        }
    }

    /// Slices, their names cut to what the numbers leave of the width.
    fn slices(&self, out: &mut String, audit: &Audit) {
        let width = |lines: &[Vec<String>]| {
            let lines = aligned(lines, 1);
            lines.iter().map(|line| columns(line)).max()
        };
        let Some((bare, _)) = slices(audit, self.details, 1) else {
            return;
        };
        let name = NAME.min(self.width.saturating_sub(width(&bare).unwrap_or(0)));
        let name = name + columns("(all rows)");
        let Some((lines, legend)) = slices(audit, self.details, name) else {
            return;
        };
        out.push('\n');
        self.lines(out, &lines, 1);
        self.dim(out, &legend);
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
            interval: Vec::new(),
            n: word("n"),
            ideal: word("ideal"),
            collapsed: word("collapsed"),
            reached: None,
        }
    }
}
