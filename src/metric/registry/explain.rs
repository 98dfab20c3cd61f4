//! The table of metrics as prose for a terminal and as a table for `docs/metrics.md`.

use super::METRICS;
use super::id::MetricId;
use super::spec::{Direction, MetricSpec};
use crate::theory;

/// Columns of a terminal page.
const WIDTH: usize = 96;

/// Columns of a heading such as `Reference`.
const HEADING: usize = 11;

/// Dimensions whose ideals are shown as examples: common widths of embeddings.
const DIMENSIONS: [usize; 3] = [128, 384, 768];

/// The page that `spherecheck explain METRIC` prints: at most 96 columns wide, ends in a newline.
pub fn explain(id: MetricId) -> String {
    let spec = id.spec();
    let mut text = head(&spec.label(), spec.summary);
    section(&mut text, "Formula", spec.formula);
    section(&mut text, "Range", spec.range);
    section(&mut text, "Ideal", spec.ideal);
    for line in examples(spec) {
        text += &format!("{:HEADING$}{line}\n", "");
    }
    section(&mut text, "Collapsed", spec.collapsed);
    section(&mut text, "Better", better(spec.better));
    section(&mut text, "Reading", spec.reading);
    section(&mut text, "Error", spec.error);
    section(&mut text, "Reference", spec.reference);
    text
}

/// A page of the same form about something else: a title, a summary, and sections, each with a heading of at most ten
/// characters. At most 96 columns wide, ends in a newline.
pub fn page(title: &str, summary: &str, sections: &[(&str, &str)]) -> String {
    let mut text = head(title, summary);
    for (heading, of) in sections {
        section(&mut text, heading, of);
    }
    text
}

fn head(title: &str, summary: &str) -> String {
    let lines = wrap(summary, WIDTH - 2);
    let lines: String = lines.iter().map(|line| format!("  {line}\n")).collect();
    format!("{title}\n\n{lines}\n")
}

/// The metrics as a table in Markdown: name, what it measures, formula, ideal, collapsed, better.
pub fn markdown_table() -> String {
    let mut table = String::from(
        "| metric | measures | formula | ideal | collapsed | better |\n|---|---|---|---|---|---|\n",
    );
    for spec in METRICS {
        table += &format!(
            "| `{}` | {} | `{}` | {} | {} | {} |\n",
            spec.label(),
            cell(spec.summary),
            // A bar ends a cell even between backticks.
            spec.formula.replace('|', "\\|"),
            cell(spec.ideal),
            cell(spec.collapsed),
            better(spec.better),
        );
    }
    table
}

fn better(direction: Direction) -> &'static str {
    match direction {
        Direction::Lower => "lower",
        Direction::Higher => "higher",
        Direction::Neutral => "neither",
    }
}

/// An ideal as a function of the dimension m and the metric's parameter.
type Ideal = fn(usize, f64) -> f64;

/// Ideals in numbers, computed: a heading and one line for each dimension; nothing where the ideal is plain.
fn examples(spec: &MetricSpec) -> Vec<String> {
    let (name, values, ideal): (&str, &[f64], Ideal) = match spec.id {
        MetricId::Uniformity => ("t", &[1.0, 2.0, 4.0], theory::uniformity_of_uniform),
        MetricId::ContrastiveUniformTerm => (
            "tau",
            &[0.05, 0.07, 0.1, 0.5],
            theory::contrastive_uniform_term_of_uniform,
        ),
        MetricId::ContrastiveLimit => (
            "tau",
            &[0.05, 0.07, 0.1, 0.5],
            theory::contrastive_limit_floor,
        ),
        _ => return Vec::new(),
    };
    let heading: String = values
        .iter()
        .map(|value| format!("{:>12}", format!("{name} = {value}")))
        .collect();
    let mut lines = vec![format!("{:7}{heading}", "")];
    for m in DIMENSIONS {
        let row: String = values
            .iter()
            .map(|value| format!("{:>12.4}", ideal(m, *value)))
            .collect();
        lines.push(format!("{:7}{row}", format!("m = {m}")));
    }
    lines
}

fn section(page: &mut String, heading: &str, text: &str) {
    for (k, line) in wrap(text, WIDTH - HEADING).iter().enumerate() {
        let heading = if k == 0 { heading } else { "" };
        *page += &format!("{heading:HEADING$}{line}\n");
    }
}

/// Lines of at most `width` columns, broken at blanks. (The texts are ASCII: a byte is a column.)
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Prose for a cell: in Markdown `|` ends the cell, and `*`, `_` and `^` may set type.
fn cell(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '|' | '*' | '_' | '^' | '<') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
