//! Lines of a terminal: their inks, their width, and what is wrapped.

use anstyle::{AnsiColor, Style as Ink};

use super::document::Tone;
use super::format::Style;
use super::text::{columns, printable, wrap};

const NARROWEST: usize = 60;
/// Columns between columns.
pub(super) const GAP: usize = 2;

impl Tone {
    pub(super) fn ink(self) -> Ink {
        match self {
            Tone::Plain => Ink::new(),
            Tone::Quiet => Ink::new().dimmed(),
            Tone::Fine => AnsiColor::Green.on_default(),
            Tone::Better => AnsiColor::Green.on_default().bold(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Undecided | Tone::Warning => AnsiColor::Yellow.on_default().bold(),
            Tone::Differs => AnsiColor::Yellow.on_default(),
            Tone::Note => AnsiColor::Cyan.on_default().bold(),
        }
    }
}

/// How lines are written.
pub(super) struct Page {
    colour: bool,
    pub(super) width: usize,
    pub(super) indent: usize,
}

impl Page {
    pub(super) fn new(style: Style, indent: usize) -> Self {
        Self {
            colour: style.colour,
            width: style.width.max(NARROWEST),
            indent,
        }
    }

    pub(super) fn ink(&self, ink: Ink, text: &str) -> String {
        if self.colour && !text.is_empty() && ink != Ink::new() {
            format!("{ink}{text}{ink:#}")
        } else {
            text.to_owned()
        }
    }

    /// A line of text that is escaped already.
    pub(super) fn line(&self, out: &mut String, text: &str) {
        *out += &format!("{:1$}{text}\n", "", self.indent);
    }

    /// A name in its column, and its text wrapped beside it, or below where it has no room.
    pub(super) fn entry(
        &self,
        out: &mut String,
        (name, tone): (&str, Tone),
        names: usize,
        text: &str,
    ) {
        let name = printable(name);
        let indent = self.indent + names + GAP;
        let long = columns(&name) > names;
        let shown = self.ink(tone.ink(), &name);
        if long {
            self.line(out, &shown);
        }
        for (k, line) in wrap(text, self.width - indent).iter().enumerate() {
            if k == 0 && !long {
                let space = " ".repeat(names + GAP - columns(&name));
                self.line(out, &format!("{shown}{space}{line}"));
            } else {
                *out += &format!("{:indent$}{line}\n", "");
            }
        }
    }

    /// Text in the background.
    pub(super) fn quiet(&self, out: &mut String, text: &str, indent: usize) {
        for line in wrap(text, self.width - indent) {
            *out += &format!("{:indent$}{}\n", "", self.ink(Tone::Quiet.ink(), &line));
        }
    }
}
