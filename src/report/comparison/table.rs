//! The comparison for people: models as columns, as many beside each other as there is room for.

use anstyle::{AnsiColor, Style as Ink};

use super::effects;
use super::effects::Effect;
use super::row::{Row, Written, hidden, legend, main_curves, prefix_cells, row, similarity};
use crate::report::Style;
use crate::report::number::{count, counted};
use crate::report::text::{columns, printable, wrap};
use crate::result::{Change, Comparison, Severity};

const NARROWEST: usize = 80;
const BOLD: Ink = Ink::new().bold();
const DIM: Ink = Ink::new().dimmed();
const GOOD: Ink = AnsiColor::Green.on_default().bold();
const BAD: Ink = AnsiColor::Red.on_default().bold();
const ODD: Ink = AnsiColor::Yellow.on_default();

struct Page {
    colour: bool,
    width: usize,
}

/// The report for a terminal.
pub(super) fn table(comparison: &Comparison, style: Style) -> String {
    let page = Page {
        colour: style.colour,
        width: style.width.max(NARROWEST),
    };
    let mut out = String::new();
    for (k, model) in comparison.models.iter().enumerate() {
        let name = printable(&model.name);
        let how = match model.paired {
            None => "base".to_owned(),
            Some(true) => "paired with the base".to_owned(),
            Some(false) => "not paired with the base".to_owned(),
        };
        let text = format!(
            "{}: {} × {}, {how}",
            printable(&model.source),
            count(model.rows),
            count(model.dim)
        );
        if k == 0 {
            let others = comparison.models.len() - 1;
            let title = format!("{name}  against {}", counted(others as u64, "other model"));
            let title = if others == 0 { name.clone() } else { title };
            out += &format!("{}\n\n", page.ink(BOLD, &title));
        }
        page.entry(&mut out, &name, &text);
    }
    out.push('\n');
    let rows: Vec<Row> = comparison
        .lines
        .iter()
        .filter(|line| style.details || !hidden(line.metric))
        .map(row)
        .collect();
    page.blocks(&mut out, comparison, &rows);
    page.effects(&mut out, comparison, style.details);
    page.prefixes(&mut out, comparison);
    if !comparison.similarities.is_empty() {
        out.push('\n');
        for (between, text) in comparison.similarities.iter().map(similarity) {
            page.entry(&mut out, &between, &text);
        }
    }
    if !comparison.notes.is_empty() {
        out.push('\n');
    }
    for note in &comparison.notes {
        let word = match note.severity {
            Severity::Warning => "warning",
            Severity::Info => "note",
        };
        page.entry(&mut out, word, &note.text);
    }
    out.push('\n');
    page.dim(
        &mut out,
        &format!("{} · seed {}", comparison.tool, comparison.seed),
    );
    out
}

impl Page {
    fn ink(&self, ink: Ink, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("{ink}{text}{ink:#}")
        } else {
            text.to_owned()
        }
    }

    fn dim(&self, out: &mut String, text: &str) {
        for line in wrap(text, self.width - 2) {
            *out += &format!("  {}\n", self.ink(DIM, &line));
        }
    }

    /// A name, and its text wrapped beside it or, where the name is long, below.
    fn entry(&self, out: &mut String, name: &str, text: &str) {
        const BESIDE: usize = 18;
        let indent = 2 + BESIDE + 2;
        let lines = wrap(text, self.width - indent);
        let long = columns(name) > BESIDE;
        if long {
            *out += &format!("  {}\n", self.ink(DIM, name));
        }
        for (k, line) in lines.iter().enumerate() {
            if k == 0 && !long {
                let space = " ".repeat(BESIDE - columns(name));
                *out += &format!("  {}{space}  {line}\n", self.ink(DIM, name));
            } else {
                *out += &format!("{:indent$}{line}\n", "");
            }
        }
    }

    /// The numbers: one block of columns after another, each with the base.
    fn blocks(&self, out: &mut String, comparison: &Comparison, rows: &[Row]) {
        let base = widest(rows, 0, |cell| columns(&cell.value))
            .max(columns(&self.short(&comparison.models[0].name)));
        let sides = rows.iter().map(|row| row.side.len());
        let side = sides.max().unwrap_or(0).max("side".len());
        // A label that leaves no room for a model beside the base stands on a line of its own.
        let others = 1..comparison.models.len();
        let beside = others.map(|k| self.needed(rows, k, &comparison.models[k].name).1);
        let taken = 2 + 2 + side + 2 + base + beside.max().unwrap_or(0);
        let label = rows
            .iter()
            .map(|row| columns(&row.label))
            .max()
            .unwrap_or(0)
            .min(self.width.saturating_sub(taken).clamp(16, 30));
        let first = 2 + label + 2 + side + 2 + base;
        let mut k = 1;
        loop {
            let mut used = first;
            let mut block = Vec::new();
            while k < comparison.models.len() {
                let (widths, needed) = self.needed(rows, k, &comparison.models[k].name);
                if !block.is_empty() && used + needed > self.width {
                    break;
                }
                used += needed;
                block.push((k, widths));
                k += 1;
            }
            self.block(out, comparison, rows, (label, side, base), &block);
            if k >= comparison.models.len() {
                break;
            }
            out.push('\n');
        }
        if comparison.models.len() > 1 {
            self.dim(out, &legend(comparison));
        }
    }

    /// Columns of the value and of the difference of model `k`, and of all that it takes.
    fn needed(&self, rows: &[Row], k: usize, name: &str) -> ((usize, usize), usize) {
        let value = widest(rows, k, |cell| columns(&cell.value)).max(columns(&self.short(name)));
        let difference = widest(rows, k, |cell| columns(&cell.difference));
        let difference = difference.max(columns("difference ± se"));
        ((value, difference), 2 + value + 2 + difference + 2 + CHANGE)
    }

    /// A model's name in the head of its column.
    fn short(&self, name: &str) -> String {
        let most = if self.width < 100 { 9 } else { 16 };
        let name = printable(name);
        if columns(&name) <= most {
            return name;
        }
        let mut out = String::new();
        for c in name.chars() {
            if columns(&out) + 2 > most {
                break;
            }
            out.push(c);
        }
        out + "…"
    }

    fn block(
        &self,
        out: &mut String,
        comparison: &Comparison,
        rows: &[Row],
        (label, side, base): (usize, usize, usize),
        block: &[(usize, (usize, usize))],
    ) {
        let mut head = format!(
            "  {}  {}  {}",
            left("metric", label),
            left("side", side),
            right(&self.short(&comparison.models[0].name), base)
        );
        for &(k, (value, difference)) in block {
            let name = self.short(&comparison.models[k].name);
            head += &format!(
                "  {}  {}  {}",
                right(&name, value),
                right("difference ± se", difference),
                left("verdict", CHANGE)
            );
        }
        *out += &format!("{}\n", self.ink(BOLD, head.trim_end()));
        let mut above = "";
        for row in rows {
            let repeats = above == row.label;
            above = &row.label;
            let long = columns(&row.label) > label;
            if long && !repeats {
                *out += &format!("  {}\n", row.label);
            }
            let name = if repeats || long {
                ""
            } else {
                row.label.as_str()
            };
            *out += &format!(
                "  {}  {}  {}",
                left(name, label),
                left(row.side, side),
                right(&row.cells[0].value, base)
            );
            let mut end = String::new();
            for &(k, (value, difference)) in block {
                let cell = &row.cells[k];
                let word = cell.change.map_or("", Change::name);
                let ink = match cell.change {
                    Some(Change::Better) => GOOD,
                    Some(Change::Worse) => BAD,
                    Some(Change::Differs) => ODD,
                    _ => DIM,
                };
                end += &format!(
                    "  {}  {}  {}{}",
                    right(&cell.value, value),
                    right(&cell.difference, difference),
                    self.ink(ink, word),
                    " ".repeat(CHANGE - columns(word))
                );
            }
            *out += &format!("{}\n", end.trim_end());
        }
    }

    /// How large differences are and could be seen: one table for each model.
    fn effects(&self, out: &mut String, comparison: &Comparison, details: bool) {
        let mut any = false;
        for (k, model) in comparison.models.iter().enumerate().skip(1) {
            let rows = effects::rows(comparison, k, details);
            let widest = |of: &dyn Fn(&Effect) -> usize, least: usize| {
                rows.iter().map(of).max().unwrap_or(0).max(least)
            };
            let Some(_) = rows.first() else { continue };
            any = true;
            let name = widest(&|row| columns(&row.label), columns("metric"));
            let side = widest(&|row| row.side.len(), 4);
            let cells: [usize; 3] = std::array::from_fn(|c| {
                widest(&|row| columns(&row.cells[c]), columns(effects::HEAD[c]))
            });
            let fixed = 2 + 2 + side + cells.iter().map(|cell| 2 + cell).sum::<usize>();
            let name = name.min(self.width - fixed);
            let line = |name: String, side: String, texts: [&str; 3]| {
                let texts: Vec<String> = (0..3).map(|c| right(texts[c], cells[c])).collect();
                format!("  {name}  {side}  {}", texts.join("  "))
            };
            let of = format!("effects of {}", printable(&model.name));
            *out += &format!("\n  {}\n", self.ink(BOLD, &of));
            let head = line(left("metric", name), left("side", side), effects::HEAD);
            *out += &format!("{}\n", self.ink(BOLD, head.trim_end()));
            let mut above = "";
            for row in &rows {
                let label = &row.label;
                let long = columns(label) > name;
                if long && above != label {
                    *out += &format!("  {label}\n");
                }
                let shown = if long || above == label { "" } else { label };
                above = label;
                let texts = row.cells.each_ref().map(String::as_str);
                *out += &format!("{}\n", line(left(shown, name), left(row.side, side), texts));
            }
        }
        if any {
            self.dim(out, &effects::legend(comparison));
        }
    }

    /// Numbers of the first columns: one table for each model.
    fn prefixes(&self, out: &mut String, comparison: &Comparison) {
        let curves = main_curves(comparison);
        for model in &comparison.models {
            let of = curves.iter().filter(|curve| curve.model == model.name);
            let cells: Vec<Vec<String>> = of.clone().map(|curve| prefix_cells(curve)).collect();
            let Some(dims) = of.clone().next().map(|curve| &curve.points) else {
                continue;
            };
            *out += &format!(
                "\n  {}\n",
                self.ink(
                    BOLD,
                    &format!("first columns of {}", printable(&model.name))
                )
            );
            let mut head = vec!["metric".to_owned(), "side".to_owned()];
            head.extend(dims.iter().map(|point| count(point.dim)));
            let all: Vec<&Vec<String>> = std::iter::once(&head).chain(&cells).collect();
            let width = |k: usize| {
                let widths = all
                    .iter()
                    .filter_map(|row| row.get(k))
                    .map(|cell| columns(cell));
                widths.max().unwrap_or(0)
            };
            // As many prefixes side by side as there is room for.
            let fixed = 2 + width(0) + 2 + width(1);
            let mut from = 2;
            while from < head.len() {
                let mut to = from;
                let mut used = fixed;
                while to < head.len() && (to == from || used + 2 + width(to) <= self.width) {
                    used += 2 + width(to);
                    to += 1;
                }
                if from > 2 {
                    out.push('\n');
                }
                for (k, row) in all.iter().enumerate() {
                    let mut line =
                        format!("  {}  {}", left(&row[0], width(0)), left(&row[1], width(1)));
                    for c in from..to.min(row.len()) {
                        line += &format!("  {}", right(&row[c], width(c)));
                    }
                    let ink = if k == 0 { BOLD } else { Ink::new() };
                    *out += &format!("{}\n", self.ink(ink, line.trim_end()));
                }
                from = to;
            }
        }
    }
}

/// Columns of the longest verdict.
const CHANGE: usize = 8;

fn widest(rows: &[Row], k: usize, of: impl Fn(&Written) -> usize) -> usize {
    rows.iter().map(|row| of(&row.cells[k])).max().unwrap_or(0)
}

fn left(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
}
