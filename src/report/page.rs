//! A terminal's page: its inks, its width, and what every page has.

use anstyle::{AnsiColor, Style as Ink};

pub(super) use super::aligned::INDENT;
use super::aligned::aligned;
use super::format::Style;
use super::text::{columns, wrap};

pub(super) const NARROWEST: usize = 80;
pub(super) const GAP: usize = 2;
pub(super) const SIGN: &str = " ± ";
pub(super) const BOLD: Ink = Ink::new().bold();
pub(super) const DIM: Ink = Ink::new().dimmed();
pub(super) const NOTE: Ink = AnsiColor::Cyan.on_default().bold();

/// How a terminal's page is written.
pub(super) struct Page {
    pub(super) details: bool,
    pub(super) colour: bool,
    pub(super) width: usize,
}

impl Page {
    pub(super) fn new(style: Style) -> Self {
        Self {
            details: style.details,
            colour: style.colour,
            width: style.width.max(NARROWEST),
        }
    }

    pub(super) fn ink(&self, ink: Ink, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("{ink}{text}{ink:#}")
        } else {
            text.to_owned()
        }
    }

    /// A name in its column, and its text wrapped beside it.
    pub(super) fn entry(&self, out: &mut String, name: &str, ink: Ink, names: usize, text: &str) {
        let indent = INDENT + names + GAP;
        for (i, line) in wrap(text, self.width.saturating_sub(indent))
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

    pub(super) fn dim(&self, out: &mut String, text: &str) {
        for line in wrap(text, self.width - INDENT) {
            *out += &format!("{:INDENT$}{}\n", "", self.ink(DIM, &line));
        }
    }

    /// Cells under each other, the first line as a heading.
    pub(super) fn lines(&self, out: &mut String, lines: &[Vec<String>], left: usize) {
        for (k, line) in aligned(lines, left).into_iter().enumerate() {
            let line = if k == 0 { self.ink(BOLD, &line) } else { line };
            *out += &format!("{line}\n");
        }
    }
}
