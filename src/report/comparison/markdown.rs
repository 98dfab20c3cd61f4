//! The comparison as GitHub-flavoured Markdown.

use super::effects;
use super::row::{hidden, legend, main_curves, prefix_cells, row, similarity, subject};
use crate::report::markup::{code, escaped};
use crate::report::number::count;
use crate::result::{Change, Comparison, Severity};

pub(super) fn markdown(comparison: &Comparison) -> String {
    let mut out = format!("## {}\n\n", escaped(&subject(comparison)));
    for model in &comparison.models {
        out += &format!(
            "- **{}:** {}, {} × {}\n",
            escaped(&model.name),
            escaped(&model.source),
            count(model.rows),
            count(model.dim)
        );
    }
    out += &numbers(comparison);
    for model in &comparison.models {
        let curves = main_curves(comparison);
        let of: Vec<_> = curves
            .iter()
            .filter(|curve| curve.model == model.name)
            .collect();
        let Some(first) = of.first() else { continue };
        out += &format!(
            "\n### First columns of {}\n\n| metric | side |",
            escaped(&model.name)
        );
        first
            .points
            .iter()
            .for_each(|point| out += &format!(" {} |", count(point.dim)));
        out += &format!("\n|:--|:--|{}\n", "--:|".repeat(first.points.len()));
        for curve in of {
            let cells = prefix_cells(curve);
            let rest = cells[1..].iter().map(|cell| cell.replace('<', "\\<"));
            out += &format!(
                "| {} | {} |\n",
                code(&cells[0]),
                rest.collect::<Vec<_>>().join(" | ")
            );
        }
    }
    if !comparison.similarities.is_empty() {
        out += "\n### Similarity\n\n";
        for (between, text) in comparison.similarities.iter().map(similarity) {
            out += &format!("- **{}:** {}\n", escaped(&between), escaped(&text));
        }
    }
    if !comparison.notes.is_empty() {
        out += "\n### Notes\n\n";
    }
    for note in &comparison.notes {
        let word = match note.severity {
            Severity::Warning => "warning",
            Severity::Info => "note",
        };
        out += &format!("- **{word}:** {}\n", escaped(&note.text));
    }
    out += &format!(
        "\n{} · seed {}\n",
        escaped(&comparison.tool),
        comparison.seed
    );
    out
}

fn numbers(comparison: &Comparison) -> String {
    let [base, others @ ..] = &comparison.models[..] else {
        return String::new();
    };
    let mut out = format!("\n| metric | side | {} |", escaped(&base.name));
    for other in others {
        out += &format!(
            " {} | difference ± se | {} | verdict |",
            escaped(&other.name),
            effects::HEAD.join(" | ")
        );
    }
    out += &format!(
        "\n|:--|:--|--:|{}\n",
        "--:|--:|--:|--:|--:|:--|".repeat(others.len())
    );
    for line in comparison.lines.iter().filter(|line| !hidden(line.metric)) {
        let row = row(line);
        out += &format!(
            "| {} | {} | {} |",
            code(&row.label),
            row.side,
            row.cells[0].value
        );
        for (cell, of) in row.cells.iter().zip(&line.cells).skip(1) {
            let word = match cell.change {
                Some(change @ (Change::Better | Change::Worse | Change::Differs)) => {
                    format!("**{}**", change.name())
                }
                Some(change) => change.name().to_owned(),
                None => String::new(),
            };
            let difference = cell.difference.replace('<', "\\<");
            let against = of.as_ref().and_then(|of| of.against.as_ref());
            let effect = against.map(|against| effects::cells(line, against).join(" | "));
            let effect = effect.unwrap_or_else(|| " | | ".to_owned());
            out += &format!(" {} | {difference} | {effect} | {word} |", cell.value);
        }
        out.push('\n');
    }
    if !others.is_empty() {
        out += &format!("\n{}\n", escaped(&legend(comparison)));
        out += &format!("\n{}\n", escaped(&effects::legend(comparison)));
    }
    out
}
