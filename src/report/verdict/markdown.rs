//! The verdict as GitHub-flavoured Markdown, and as a step summary that keeps within its limit.

use super::row::{Row, against, row, tally};
use crate::gate::{Decision, Verdict};
use crate::report::markup::{code, escaped};

/// Bytes that GitHub takes as the summary of one step; a longer file is thrown away as a whole.
pub const SUMMARY_LIMIT: usize = 1024 * 1024;

pub(super) fn markdown(verdict: &Verdict) -> String {
    let rows: Vec<Row> = verdict.findings.iter().map(row).collect();
    whole(verdict, &rows, 0)
}

/// The verdict in at most `room` bytes: where rows have no room, those that are met go first, and it says so; then
/// warnings go. None where there is no room for even the heading.
pub fn summary(verdict: &Verdict, room: usize) -> Option<String> {
    let mut rows: Vec<Row> = verdict.findings.iter().map(row).collect();
    let all = whole(verdict, &rows, 0);
    if all.len() <= room {
        return Some(all);
    }
    // What needs attention first; the sort keeps the order within.
    rows.sort_by_key(|row| matches!(row.word, "ok" | "skipped" | "info"));
    let (mut low, mut high) = (0, rows.len());
    let total = rows.len();
    let fits = |count: usize| whole(verdict, &rows[..count], total - count).len() <= room;
    if !fits(0) {
        let bare = Verdict {
            notes: Vec::new(),
            ..verdict.clone()
        };
        return (bare != *verdict).then(|| summary(&bare, room)).flatten();
    }
    while high - low > 1 {
        let middle = usize::midpoint(low, high);
        if fits(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(whole(verdict, &rows[..low], total - low))
}

fn whole(verdict: &Verdict, rows: &[Row], left_out: usize) -> String {
    let sign = match verdict.decision {
        Decision::Pass => "✅",
        Decision::Violated => "❌",
        Decision::Undecided => "❔",
    };
    let mut out = format!(
        "## {sign} {} {}\n\n{} by {}\n\n",
        verdict.decision.word(),
        escaped(&verdict.subject),
        tally(verdict),
        escaped(&against(verdict))
    );
    if !rows.is_empty() {
        out += "| | rule | value ± se | interval | limit | why |\n|:--|:--|--:|--:|:--|:--|\n";
    }
    for row in rows {
        let word = match row.word {
            "FAIL" | "UNDECIDED" => format!("**{}**", row.word),
            word => word.to_owned(),
        };
        out += &format!(
            "| {word} | {} | {} | {} | {} | {} |\n",
            code(&row.label),
            row.value.replace('<', "\\<"),
            row.interval,
            row.limit,
            escaped(&row.why)
        );
    }
    if left_out > 0 {
        out += &format!("\n{left_out} more rules have no room in this summary; see the log.\n");
    }
    if !verdict.notes.is_empty() {
        out.push('\n');
    }
    for note in &verdict.notes {
        out += &format!("- **warning:** {}\n", escaped(&note.text));
    }
    out += &format!("\n{}\n", escaped(&verdict.tool));
    out
}
