//! A table on a terminal: which columns there is room for, how wide they are, and their lines.

use anstyle::{AnsiColor, Style as Ink};

use super::document::{ABSENT, Cell, Column, ColumnKind, Shown, Table, Tone};
use super::number::percent;
use super::page::{GAP, Page};
use super::text::{columns, cut, printable, wrap};

/// Room that labels get before a bar.
const LABELS: usize = 18;
const BARS: [usize; 7] = [10, 9, 8, 7, 6, 5, 4];
const LEAST_CUT: usize = 10;

/// A table and its layout.
pub(super) struct Grid<'a> {
    table: &'a Table,
    page: &'a Page,
    /// Cells, and what is shown of them.
    rows: Vec<(&'a [Cell], Vec<String>)>,
    heads: Vec<String>,
    /// Of each column; none of those that are not shown.
    widths: Vec<Option<usize>>,
    /// Whether no layout has room: then each number is a group of its own.
    apart: bool,
    /// Groups that stand beside each other.
    blocks: Vec<Vec<usize>>,
}

impl<'a> Grid<'a> {
    pub(super) fn new(table: &'a Table, page: &'a Page) -> Self {
        let rows = table.rows.iter().filter(|(shown, _)| *shown != Shown::Page);
        let rows = rows.map(|(_, cells)| (&cells[..], cells.iter().map(text).collect()));
        let most = if page.width < 100 { 9 } else { 16 };
        let head = |column: &Column| match printable(&column.head) {
            name if column.named => cut(&name, most),
            head => head,
        };
        let mut grid = Self {
            table,
            page,
            rows: rows.collect(),
            heads: table.columns.iter().map(head).collect(),
            widths: Vec::new(),
            apart: false,
            blocks: Vec::new(),
        };
        grid.fit();
        grid
    }

    /// The first layout with room for its labels, or else the last, its numbers below each other.
    fn fit(&mut self) {
        let key = self.key();
        let labels = key.map_or(Vec::new(), |key| self.labels(key));
        let longest = labels.iter().copied().max().unwrap_or(0);
        // Labels that are not cut may stand on lines of their own.
        let least = match key.map(|key| self.table.columns[key].kind) {
            Some(ColumnKind::Cut(_)) => longest,
            _ => 0,
        };
        let head = key.map_or(0, |key| columns(&self.heads[key]));
        let bar = self
            .table
            .columns
            .iter()
            .position(|c| c.kind == ColumnKind::Bar);
        let table = self.table;
        let layouts = std::iter::once(&[][..]).chain(table.narrower.iter().map(Vec::as_slice));
        self.apart = 'found: {
            for dropped in layouts {
                let (bars, need) = match bar.filter(|bar| !dropped.contains(bar)) {
                    Some(_) => (&BARS[..], longest),
                    None => (&BARS[..1], longest.min(LABELS)),
                };
                for &bar in bars {
                    self.measure(dropped, bar);
                    if self.used() + need.saturating_sub(head) <= self.page.width {
                        break 'found false;
                    }
                }
            }
            self.used() + least.saturating_sub(head) > self.page.width
        };
        let room = self.page.width.saturating_sub(self.used()) + head;
        self.finish(&labels, room);
    }

    /// The column of labels.
    fn key(&self) -> Option<usize> {
        let mut kinds = self.table.columns.iter().map(|column| column.kind);
        kinds.position(|kind| matches!(kind, ColumnKind::Key { .. } | ColumnKind::Cut(_)))
    }

    /// Widths of labels.
    fn labels(&self, key: usize) -> Vec<usize> {
        let most = match self.table.columns[key].kind {
            ColumnKind::Cut(_) => LEAST_CUT,
            _ => usize::MAX,
        };
        let widths = self.rows.iter().map(|(_, row)| columns(&row[key]));
        widths.map(|width| width.min(most)).collect()
    }

    /// Width of the widest cell.
    fn widest(&self, k: usize) -> usize {
        let widths = self.rows.iter().map(|(_, row)| columns(&row[k]));
        widths.max().unwrap_or(0)
    }

    /// Widths, labels as wide as their head, where these columns are left out.
    fn measure(&mut self, dropped: &[usize], bar: usize) {
        let columns_of = &self.table.columns;
        self.widths = vec![None; columns_of.len()];
        for (k, column) in columns_of.iter().enumerate() {
            let page = column.shown == Shown::Page || column.kind == ColumnKind::Below;
            if dropped.contains(&k) || page {
                continue;
            }
            self.widths[k] = Some(match column.kind {
                ColumnKind::Key { .. } | ColumnKind::Cut(_) => columns(&self.heads[k]),
                ColumnKind::Bar => bar,
                ColumnKind::Plain | ColumnKind::Below => self.widest(k),
            });
        }
        // A head over joined columns needs the room of all of them.
        let mut from = 0;
        while from < columns_of.len() {
            let to = self.joined(from);
            let heads = (from..to).filter(|&k| !self.heads[k].is_empty());
            let heads: Vec<usize> = heads.collect();
            match heads[..] {
                [k] if to - from > 1 && self.widths[from].is_some() => {
                    let lack = columns(&self.heads[k]).saturating_sub(self.span(from, to));
                    self.widths[from] = self.widths[from].map(|width| width + lack);
                }
                _ => {
                    let plain = |k: &usize| columns_of[*k].kind == ColumnKind::Plain;
                    for k in heads.into_iter().filter(plain) {
                        let head = columns(&self.heads[k]);
                        self.widths[k] = self.widths[k].map(|width| width.max(head));
                    }
                }
            }
            from = to;
        }
    }

    /// Where the shown columns end that are one with column `from`.
    fn joined(&self, from: usize) -> usize {
        let columns_of = &self.table.columns;
        let one = |k: &usize| columns_of[*k].joint.is_some() && self.widths[*k].is_some();
        from + 1 + (from + 1..columns_of.len()).take_while(one).count()
    }

    /// Columns of a terminal from the beginning of column `from` to the end of the one before `to`.
    fn span(&self, from: usize, to: usize) -> usize {
        (from..to).map(|k| self.room(k)).sum::<usize>() - self.before(from)
    }

    /// Columns of a terminal that column `k` takes, with what stands before it.
    fn room(&self, k: usize) -> usize {
        self.widths[k].map_or(0, |width| width + self.before(k))
    }

    /// What stands between a column and the one before.
    fn before(&self, k: usize) -> usize {
        match self.table.columns[k].joint {
            Some((joint, _)) => columns(joint),
            None if k == 0 => 0,
            None => GAP,
        }
    }

    /// Of group 0 and the widest of the others.
    fn used(&self) -> usize {
        let widest = (1..=self.last_group()).map(|g| self.group(g)).max();
        self.page.indent + self.group(0) + widest.unwrap_or(0)
    }

    fn group(&self, group: usize) -> usize {
        let of = (0..self.heads.len()).filter(|&k| self.group_of(k) == group);
        of.map(|k| self.room(k)).sum()
    }

    /// The group of a column; where they stand apart, words before the first number are group 0.
    fn group_of(&self, k: usize) -> usize {
        let columns_of = &self.table.columns;
        if !self.apart {
            return columns_of[k].group;
        }
        let words = columns_of.iter().take_while(|column| !column.right).count();
        let starts = |k: &usize| columns_of[*k].joint.is_none();
        (words.max(1)..=k).filter(starts).count()
    }

    fn last_group(&self) -> usize {
        let groups = (0..self.heads.len()).map(|k| self.group_of(k));
        groups.max().unwrap_or(0)
    }

    /// Labels in the room that they have, and which groups stand beside each other.
    fn finish(&mut self, labels: &[usize], room: usize) {
        for (k, column) in self.table.columns.iter().enumerate() {
            let head = columns(&self.heads[k]);
            let width = match column.kind {
                _ if self.widths[k].is_none() => continue,
                ColumnKind::Key { .. } => {
                    let fitting = labels.iter().filter(|&&label| label <= room);
                    fitting.max().map_or(0, |&label| label)
                }
                ColumnKind::Cut(most) => {
                    let room = room.clamp(LEAST_CUT, most);
                    for (_, row) in &mut self.rows {
                        row[k] = cut(&row[k], room);
                    }
                    self.widest(k)
                }
                ColumnKind::Plain | ColumnKind::Bar | ColumnKind::Below => continue,
            };
            self.widths[k] = Some(width.max(head));
        }
        let first = self.page.indent + self.group(0);
        let mut used = first;
        self.blocks = vec![Vec::new()];
        for group in 1..=self.last_group() {
            let needed = self.group(group);
            let full = self.blocks.last().is_some_and(|block| !block.is_empty());
            if full && used + needed > self.page.width {
                self.blocks.push(Vec::new());
                used = first;
            }
            used += needed;
            self.blocks.last_mut().expect("one at least").push(group);
        }
    }

    pub(super) fn write(&self, out: &mut String) {
        for (k, block) in self.blocks.iter().enumerate() {
            if k > 0 {
                out.push('\n');
            }
            self.block(out, block, k + 1 == self.blocks.len());
        }
        for (shown, of, text) in &self.table.legends {
            if *shown != Shown::Page && self.widths[*of].is_some() {
                self.page.quiet(out, text, self.page.indent);
            }
        }
    }

    fn block(&self, out: &mut String, groups: &[usize], last: bool) {
        let columns_of = &self.table.columns;
        let inside = |k: &usize| self.group_of(*k) == 0 || groups.contains(&self.group_of(*k));
        let shown = (0..columns_of.len()).filter(|&k| self.widths[k].is_some());
        let shown: Vec<usize> = shown.filter(inside).collect();
        let head = self.head(&shown);
        if !head.is_empty() {
            let head = format!("{:1$}{head}", "", self.page.indent);
            *out += &format!("{}\n", self.page.ink(Ink::new().bold(), &head));
        }
        let key = |k: &usize| matches!(columns_of[*k].kind, ColumnKind::Key { .. });
        let key = shown.iter().position(key);
        let below = columns_of.iter().position(|c| c.kind == ColumnKind::Below);
        let mut above = "";
        for (cells, row) in &self.rows {
            let mut hidden = 0;
            if let Some(place) = key {
                let k = shown[place];
                let label = row[k].as_str();
                let again =
                    columns_of[k].kind == (ColumnKind::Key { once: true }) && label == above;
                above = label;
                let long = Some(columns(label)) > self.widths[k];
                if long && !again {
                    let from = self.span(0, k) + self.before(k);
                    let mut before = self.cells(&shown[..place], cells, row, 0);
                    before += &" ".repeat(self.before(k));
                    let room = self.page.width - self.page.indent - from;
                    let lines = match columns(label) > room {
                        true => wrap(label, room),
                        false => vec![label.to_owned()],
                    };
                    for line in lines {
                        self.page.line(out, &(before + &line));
                        before = " ".repeat(from);
                    }
                }
                hidden = if long || again { place + 1 } else { 0 };
            }
            let line = self.cells(&shown, cells, row, hidden);
            self.page.line(out, line.trim_end());
            if let (true, Some(k), [first, ..]) = (last, below, &shown[..])
                && !row[k].is_empty()
            {
                let indent = self.page.indent + self.widths[*first].unwrap_or(0) + GAP + 2;
                self.page.quiet(out, &row[k], indent);
            }
        }
    }

    /// A row's cells, the first `hidden` of them blank.
    fn cells(&self, shown: &[usize], cells: &[Cell], row: &[String], hidden: usize) -> String {
        let mut line = String::new();
        for (place, &k) in shown.iter().enumerate() {
            let column = &self.table.columns[k];
            let width = self.widths[k].unwrap_or(0);
            let text = if place < hidden { "" } else { &row[k] };
            line += &match column.joint {
                // Nothing is joined to nothing.
                Some((joint, _)) if text.is_empty() => " ".repeat(columns(joint)),
                Some((joint, _)) => joint.to_owned(),
                None if place == 0 => String::new(),
                None => " ".repeat(GAP),
            };
            let ink = match cells[k] {
                Cell::Word(_, tone) => tone.ink(),
                _ => Ink::new(),
            };
            line += &match (column.kind, &cells[k]) {
                (ColumnKind::Bar, Cell::Share(share)) => self.bar(*share, width),
                (ColumnKind::Bar, _) => String::new(),
                _ => padded(&self.page.ink(ink, text), text, width, column.right),
            };
        }
        line
    }

    /// Heads; one over joined columns stands over all of them.
    fn head(&self, shown: &[usize]) -> String {
        let mut line = String::new();
        let mut place = 0;
        while place < shown.len() {
            let (from, to) = (shown[place], self.joined(shown[place]));
            let mut heads = (from..to).filter(|&k| !self.heads[k].is_empty());
            if place > 0 {
                line += &" ".repeat(GAP);
            }
            line += &match (heads.next(), heads.next()) {
                (Some(k), None) => {
                    let right = self.table.columns[k].right && (k > from || to == from + 1);
                    let head = &self.heads[k];
                    padded(head, head, self.span(from, to), right)
                }
                _ => {
                    let cells = vec![Cell::Empty; self.heads.len()];
                    let joined: Vec<usize> = (from..to).collect();
                    self.cells(&joined, &cells, &self.heads, 0)
                }
            };
            place += to - from;
        }
        line.trim_end().to_owned()
    }

    /// The filled and the open part of a bar.
    fn bar(&self, share: f64, width: usize) -> String {
        const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        let eighths = (share.clamp(0.0, 1.0) * (width * 8) as f64).round() as usize;
        let full = format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8]);
        let rest = "·".repeat(width - columns(&full));
        let full = self.page.ink(AnsiColor::Cyan.on_default(), &full);
        full + &self.page.ink(Tone::Quiet.ink(), &rest)
    }
}

/// A cell on a terminal.
fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Absent => ABSENT.to_owned(),
        Cell::Text(text) | Cell::Label(text) => printable(text),
        Cell::Word(word, _) => (*word).to_owned(),
        Cell::Share(share) => format!("{:>5}", percent(*share)),
    }
}

/// What is shown of a text, and spaces as if it were the text.
fn padded(shown: &str, text: &str, width: usize, right: bool) -> String {
    let space = " ".repeat(width.saturating_sub(columns(text)));
    if right {
        space + shown
    } else {
        shown.to_owned() + &space
    }
}
