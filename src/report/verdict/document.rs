//! The report of a gate's verdict, and a step summary that keeps within its limit.

use super::row::{against, limit, rank, row, tally, word};
use crate::gate::{Decision, Judged, Verdict};
use crate::report::document::{
    Block, Cell, Column, ColumnKind, Document, Records, Shown, Table, Tone,
};
use crate::report::markdown::markdown;
use crate::report::number::counted;
use crate::report::render::Report;
use crate::result::Severity;

/// Bytes that GitHub takes as the summary of one step; a longer file is thrown away as a whole.
pub const SUMMARY_LIMIT: usize = 1024 * 1024;

impl Report for Verdict {
    fn document(&self, _: bool) -> Document {
        document(self, &broken_first(self), 0)
    }

    fn records(&self) -> Records {
        let all = &self.findings;
        Records::of(&self.subject)
            .text("subject", all, |_| Some(self.subject.clone()))
            .text("rule", all, |f| Some(f.label()))
            .text("line", all, |f| Some(f.rule.line.to_string()))
            .text("level", all, |f| Some(f.rule.level.name()))
            .text("limit", all, |f| Some(limit(f)))
            .text("outcome", all, |f| Some(word(f)))
            .number("value", all, |f| f.value)
            .number("se", all, |f| f.se)
            .number("low", all, |f| f.interval.map(|i| i.low))
            .number("high", all, |f| f.interval.map(|i| i.high))
            .number("baseline", all, |f| f.baseline)
            .number("difference", all, |f| f.difference.map(|d| d.value))
            .number("difference_se", all, |f| f.difference?.se)
            .number("p", all, |f| f.p)
            .text("why", all, |f| Some(f.why.clone()))
    }
}

/// The verdict in at most `room` bytes of Markdown: where rows have no room, those that are met go first, and it says so;
/// then warnings go. None where there is no room for even the heading.
pub fn summary(verdict: &Verdict, room: usize) -> Option<String> {
    let findings = broken_first(verdict);
    let total = findings.len();
    let whole = |shown: &[&Judged]| markdown(&document(verdict, shown, total - shown.len()));
    let all = whole(&findings);
    if all.len() <= room {
        return Some(all);
    }
    let fits = |count: usize| whole(&findings[..count]).len() <= room;
    if !fits(0) {
        let bare = Verdict {
            notes: Vec::new(),
            ..verdict.clone()
        };
        return (bare != *verdict).then(|| summary(&bare, room)).flatten();
    }
    let counts: Vec<usize> = (0..total).collect();
    let too_many = counts.partition_point(|count| fits(*count));
    Some(whole(&findings[..too_many - 1]))
}

/// What broke comes first; in the order of the policy within.
fn broken_first(verdict: &Verdict) -> Vec<&Judged> {
    let mut findings: Vec<&Judged> = verdict.findings.iter().collect();
    findings.sort_by_key(|finding| rank(finding));
    findings
}

/// With these of its findings.
fn document(verdict: &Verdict, findings: &[&Judged], left_out: usize) -> Document {
    let (sign, tone) = match verdict.decision {
        Decision::Pass => ("✅", Tone::Fine),
        Decision::Violated => ("❌", Tone::Bad),
        Decision::Undecided => ("❔", Tone::Undecided),
    };
    let (decided, subject) = (verdict.decision.word(), &verdict.subject);
    let by = format!("{} by {}", tally(verdict), against(verdict));
    let mut document = Document {
        title: format!("{sign} {decided} {subject}"),
        lead: (decided.to_owned(), tone),
        about: format!("{subject}: {by}"),
        ..Document::default()
    };
    document.push_for(Shown::Page, Block::Text(by));
    if !findings.is_empty() {
        document.push(Block::Table(table(findings)));
    }
    if left_out > 0 {
        let left_out = counted(left_out, "more rule");
        let text = format!("{left_out} have no room in this summary; see the log.");
        document.push(Block::Text(text));
    }
    if !verdict.notes.is_empty() {
        let notes = verdict.notes.iter();
        let notes = notes.map(|note| (Severity::Warning, note.text.clone()));
        document.push(Block::Notes(notes.collect()));
    }
    let mut foot = verdict.tool.clone();
    let tested = verdict.findings.iter().filter(|f| f.p.is_some()).count();
    if tested > 1 {
        foot += &format!(
            " · p-values against the baseline are one-sided, corrected for {tested} tests (Holm)"
        );
    }
    document.push(Block::Foot(foot));
    document
}

fn table(findings: &[&Judged]) -> Table {
    let mut table = Table::new([
        Column::left(""),
        Column::key("rule", false),
        Column::right("value"),
        Column::left("se").joined(" ± ", " ± "),
        Column::right("interval"),
        Column::left("limit"),
        Column::left("why").kind(ColumnKind::Below),
    ]);
    // What is said below a row is what its interval says.
    table.narrower = vec![vec![3], vec![3, 4]];
    for finding in findings {
        let row = row(finding);
        let tone = match row.word {
            "FAIL" => Tone::Bad,
            "UNDECIDED" => Tone::Undecided,
            "warning" => Tone::Warning,
            "ok" => Tone::Fine,
            _ => Tone::Quiet,
        };
        let (value, se) = row.value.map(|text| (text.value, text.se)).unzip();
        table.push([
            Cell::Word(row.word, tone),
            Cell::Label(row.label),
            Cell::or_absent(value),
            se.flatten().unwrap_or_default().into(),
            row.interval.into(),
            row.limit.into(),
            row.why.into(),
        ]);
    }
    table
}
