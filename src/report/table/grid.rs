//! Which columns of the table there is room for, and how wide they are.

use super::super::page::{GAP, INDENT, SIGN};
use super::super::rows::{ABSENT, Row};
use super::super::text::columns;

/// How the way from collapsed to ideal is shown, as room allows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
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

    pub(super) fn heading(self) -> &'static str {
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
    pub(super) fn bar(self, share: Option<f64>) -> (String, String) {
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
pub(super) struct Grid {
    /// Labels wider than this stand on a line of their own.
    pub(super) label: usize,
    side: Option<usize>,
    value: usize,
    se: usize,
    /// Both ends, where there is room.
    pub(super) interval: Option<(usize, usize)>,
    n: Option<usize>,
    ideal: usize,
    collapsed: usize,
    pub(super) reached: Reached,
}

impl Grid {
    /// Room for labels that a percentage must leave.
    const LABELS: usize = 18;

    /// The interval comes before a bar and before n (which the card says too), and before nothing else.
    pub(super) fn fit(rows: &[Row], sides: bool, interval: Option<&str>, width: usize) -> Self {
        let plain = Self::within(rows, sides, true, width);
        let Some(heading) = interval else {
            return plain;
        };
        let widest = |end: usize| {
            let ends = rows.iter().filter_map(|row| row.interval.get(end));
            ends.map(|end| columns(end)).max().unwrap_or(0)
        };
        let high = widest(1);
        let low = widest(0).max(columns(heading).saturating_sub(high + 1));
        let left = width.saturating_sub(GAP + low + 1 + high);
        let wide = [true, false].map(|n| Self::within(rows, sides, n, left));
        let fits = |grid: &Self| {
            let loses_share = grid.reached == Reached::Hidden && plain.reached != Reached::Hidden;
            !loses_share && grid.label >= Self::wanted_label(rows)
        };
        match wide.into_iter().find(fits) {
            Some(grid) => Self {
                interval: Some((low, high)),
                ..grid
            },
            None => plain,
        }
    }

    /// What labels need at least: the longest, up to [`Self::LABELS`].
    fn wanted_label(rows: &[Row]) -> usize {
        let labels = rows.iter().map(|row| columns(&row.label));
        labels
            .filter(|&label| label <= Self::LABELS)
            .max()
            .unwrap_or(0)
    }

    fn within(rows: &[Row], sides: bool, n: bool, width: usize) -> Self {
        let head = Row::head();
        let widest =
            |cell: &dyn Fn(&Row) -> usize| rows.iter().chain([&head]).map(cell).max().unwrap_or(0);
        let mut grid = Self {
            label: 0,
            side: sides.then(|| widest(&|row| columns(row.side))),
            value: widest(&|row| columns(&row.value)),
            se: widest(&|row| row.se.as_deref().map_or(0, columns)),
            interval: None,
            n: n.then(|| widest(&|row| columns(&row.n))),
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
        let n = self.n.map_or(0, |n| GAP + n);
        let cells = [
            self.value + columns(SIGN) + self.se,
            self.ideal,
            self.collapsed,
        ];
        INDENT
            + side
            + n
            + cells.iter().map(|cell| GAP + cell).sum::<usize>()
            + self.reached.width()
    }

    pub(super) fn line(&self, row: &Row, share: &str, bar: &str) -> String {
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
        if let Some((low, high)) = self.interval {
            let cell = match &row.interval[..] {
                [l, h] => format!("{l:>low$} {h:>high$}"),
                [heading] => heading.clone(),
                _ => ABSENT.to_owned(),
            };
            out += &format!("{:GAP$}{cell:>width$}", "", width = low + 1 + high);
        }
        if let Some(width) = self.n {
            out += &format!("{:GAP$}{:>width$}", "", row.n);
        }
        for (cell, width) in [(&row.ideal, self.ideal), (&row.collapsed, self.collapsed)] {
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
