//! The verdict for people.

use anstyle::{AnsiColor, Style as Ink};

use super::row::{Row, against, row, tally};
use crate::gate::{Decision, Verdict};
use crate::report::Style;
use crate::report::text::{columns, printable, wrap};

const NARROWEST: usize = 80;
const BOLD: Ink = Ink::new().bold();
const DIM: Ink = Ink::new().dimmed();
const GOOD: Ink = AnsiColor::Green.on_default();
const BAD: Ink = AnsiColor::Red.on_default().bold();
const WARNING: Ink = AnsiColor::Yellow.on_default().bold();

/// The report for a terminal.
pub(super) fn table(verdict: &Verdict, style: Style) -> String {
    let width = style.width.max(NARROWEST);
    let ink = |ink: Ink, text: &str| {
        if style.colour && !text.is_empty() {
            format!("{ink}{text}{ink:#}")
        } else {
            text.to_owned()
        }
    };
    let rows: Vec<Row> = verdict.findings.iter().map(row).collect();
    let widest = |cell: &dyn Fn(&Row) -> usize| rows.iter().map(cell).max().unwrap_or(0);
    let word = widest(&|row| columns(row.word));
    let value = widest(&|row| columns(&row.value)).max("value ± se".len());
    let interval = widest(&|row| columns(&row.interval)).max("interval".len());
    let limit = widest(&|row| columns(&row.limit)).max("limit".len());
    // 2 before, 2 between five columns.
    let used = 2 + word + 2 + 2 + value + 2 + interval + 2 + limit;
    let room = width.saturating_sub(used);
    // Labels that have no room beside the numbers stand on a line of their own.
    let fitting = rows
        .iter()
        .map(|row| columns(&row.label))
        .filter(|&label| label <= room);
    let label = fitting.max().unwrap_or(0).max("rule".len());

    let decided = match verdict.decision {
        Decision::Pass => GOOD.bold(),
        Decision::Violated => BAD,
        Decision::Undecided => WARNING,
    };
    let mut out = String::new();
    let head = format!(
        "{}: {} by {}",
        printable(&verdict.subject),
        tally(verdict),
        against(verdict)
    );
    let verdict_word = verdict.decision.word();
    for (k, line) in wrap(&head, width - columns(verdict_word) - 2)
        .iter()
        .enumerate()
    {
        match k {
            0 => out += &format!("{}  {line}\n", ink(decided, verdict_word)),
            _ => out += &format!("{:1$}  {line}\n", "", columns(verdict_word)),
        }
    }
    out.push('\n');
    let pad = |text: &str, width: usize| {
        format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
    };
    let right = |text: &str, width: usize| {
        format!("{}{text}", " ".repeat(width.saturating_sub(columns(text))))
    };
    let heading = format!(
        "  {}  {}  {}  {}  {}",
        pad("", word),
        pad("rule", label),
        right("value ± se", value),
        right("interval", interval),
        "limit"
    );
    out += &format!("{}\n", ink(BOLD, &heading));
    for row in &rows {
        let mark = match row.word {
            "FAIL" => BAD,
            "UNDECIDED" | "warning" => WARNING,
            "ok" => GOOD,
            _ => DIM,
        };
        let word_cell = format!(
            "{}{}",
            ink(mark, row.word),
            " ".repeat(word - columns(row.word))
        );
        let own_line = columns(&row.label) > label;
        let name = if own_line { "" } else { row.label.as_str() };
        if own_line {
            out += &format!("  {word_cell}  {}\n", row.label);
        }
        let first = if own_line {
            " ".repeat(word)
        } else {
            word_cell
        };
        let line = format!(
            "  {first}  {}  {}  {}  {}",
            pad(name, label),
            right(&row.value, value),
            right(&row.interval, interval),
            row.limit
        );
        out += &format!("{}\n", line.trim_end());
        let indent = 2 + word + 2 + 2;
        for line in wrap(&row.why, width - indent) {
            out += &format!("{:indent$}{}\n", "", ink(DIM, &line));
        }
    }
    if !verdict.notes.is_empty() {
        out.push('\n');
    }
    for note in &verdict.notes {
        let indent = 2 + "warning".len() + 2;
        for (k, line) in wrap(&printable(&note.text), width - indent)
            .iter()
            .enumerate()
        {
            let word = if k == 0 { "warning" } else { "" };
            out += &format!("  {}  {line}\n", ink(WARNING, &pad(word, "warning".len())));
        }
    }
    out.push('\n');
    let tested = verdict
        .findings
        .iter()
        .filter(|finding| finding.p.is_some())
        .count();
    let mut foot = verdict.tool.clone();
    if tested > 1 {
        foot += &format!(
            " · p-values against the baseline are one-sided, corrected for {tested} tests (Holm)"
        );
    }
    for line in wrap(&foot, width - 2) {
        out += &format!("  {}\n", ink(DIM, &line));
    }
    out
}
