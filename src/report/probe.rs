//! Reports of a probe, in the forms that an audit has.

use super::markup::{code, escaped};
use super::number::{count, counted, percentage, plain, seconds};
use super::page::{BOLD, DIM, NOTE, Page};
use super::text::{columns, printable};
use super::{Format, ReportError, Style};
use crate::result::{ProbeReport, Quantity, Score};

/// The report of a probe in the given format, ending in a newline.
///
/// # Errors
/// As [`render`](super::render) for an audit.
pub fn render_probe(
    report: &ProbeReport,
    format: Format,
    style: Style,
) -> Result<Vec<u8>, ReportError> {
    match format {
        Format::Table => Ok(table(report, style).into_bytes()),
        Format::Json => json(report),
        #[cfg(feature = "tables")]
        Format::Csv => super::csv::probe(report),
        #[cfg(not(feature = "tables"))]
        Format::Csv => Err(ReportError::NotBuilt {
            what: "CSV reports",
            feature: "tables",
        }),
        Format::Md => Ok(markdown(report).into_bytes()),
    }
}

fn json(report: &ProbeReport) -> Result<Vec<u8>, ReportError> {
    // serde_json would write null here, and the file would not read back.
    if let Some(bad) = report.scores.iter().find(|s| !s.value.is_finite()) {
        return Err(ReportError::NotFinite {
            subject: report.name.clone(),
            label: bad.label(),
            side: "test",
            value: bad.value,
        });
    }
    super::json::pretty(report, &report.name)
}

/// What was probed and how, as (name, text).
fn card(report: &ProbeReport) -> Vec<(&'static str, String)> {
    let target = &report.target;
    let mut card = vec![match target.classes {
        Some(classes) => (
            "labels",
            format!("{}: {}", target.source, counted(classes, "class")),
        ),
        None => ("targets", target.source.clone()),
    }];
    let split = &report.split;
    card.push((
        "split",
        format!(
            "{} to train on, {} to test on: {}",
            counted(split.train, "row"),
            count(split.test),
            split.source
        ),
    ));
    card.push(("linear", format!("reads {}", report.features)));
    if report.dropped_zero_rows > 0 {
        card.push((
            "dropped",
            format!("{} of norm 0", counted(report.dropped_zero_rows, "row")),
        ));
    }
    card.push(("intervals", report.intervals.clone()));
    card
}

/// Label, value, both ends of the interval, r2.
fn cells(score: &Score) -> [String; 4] {
    let value = |v: f64| match score.quantity {
        Quantity::Accuracy => format!("{:.2} %", 100.0 * v),
        Quantity::Mse => significant(v, score.high - score.low),
    };
    let short = |v: f64| match score.quantity {
        Quantity::Accuracy => format!("{:.1}", 100.0 * v),
        Quantity::Mse => significant(v, score.high - score.low),
    };
    [
        printable(&score.label()),
        value(score.value),
        format!("{} to {}", short(score.low), short(score.high)),
        score.r2.map_or(String::new(), |r2| plain(r2, 3)),
    ]
}

/// As many digits as the width of the interval supports: three of them.
fn significant(value: f64, width: f64) -> String {
    if !(width > 0.0 && width.is_finite()) {
        return plain(value, 4);
    }
    let place = width.log10().floor() as i32;
    match usize::try_from(2 - place) {
        Ok(decimals) if decimals <= 9 => format!("{value:.decimals$}"),
        Ok(_) => format!("{value:.3e}"),
        Err(_) => plain(value, 0),
    }
}

fn heading(report: &ProbeReport) -> [String; 4] {
    let level = report.scores.first().map_or(0.95, |score| score.level);
    let real = report.target.classes.is_none();
    [
        "probe".to_owned(),
        if real { "mse" } else { "accuracy" }.to_owned(),
        format!("{} interval", percentage(level)),
        if real { "r²" } else { "" }.to_owned(),
    ]
}

fn table(report: &ProbeReport, style: Style) -> String {
    let page = Page::new(style);
    let mut out = format!(
        "{}  {} in {}\n\n",
        page.ink(BOLD, &printable(&report.name)),
        counted(report.rows, "row"),
        counted(report.dim, "dimension"),
    );
    let card = card(report);
    let names = card
        .iter()
        .map(|(name, _)| columns(name))
        .max()
        .unwrap_or(0);
    for (name, text) in &card {
        page.entry(&mut out, name, DIM, names, text);
    }
    out.push('\n');
    let lines: Vec<Vec<String>> = std::iter::once(heading(report))
        .chain(report.scores.iter().map(cells))
        .map(Vec::from)
        .collect();
    page.lines(&mut out, &lines, 1);
    if !report.notes.is_empty() {
        out.push('\n');
    }
    for note in &report.notes {
        page.entry(&mut out, "note", NOTE, "note".len(), note);
    }
    out.push('\n');
    page.dim(
        &mut out,
        &format!(
            "{} · cpu {} · {} · seed {} · {}",
            report.tool,
            report.kernel,
            counted(report.threads, "thread"),
            report.seed,
            seconds(report.seconds)
        ),
    );
    out
}

fn markdown(report: &ProbeReport) -> String {
    let mut out = format!(
        "## {}: probes\n\n{} in {}\n\n",
        escaped(&report.name),
        counted(report.rows, "row"),
        counted(report.dim, "dimension")
    );
    for (name, text) in card(report) {
        out += &format!("- **{name}**: {}\n", escaped(&text));
    }
    let real = report.target.classes.is_none();
    let [probe, quantity, interval, r2] = heading(report);
    out += &format!("\n| {probe} | {quantity} | {interval} |");
    out += &if real {
        format!(" {r2} |\n|---|--:|--:|--:|\n")
    } else {
        "\n|---|--:|--:|\n".to_owned()
    };
    for [probe, value, interval, r2] in report.scores.iter().map(cells) {
        out += &format!("| {} | {value} | {interval} |", code(&probe));
        out += &if real {
            format!(" {r2} |\n")
        } else {
            "\n".to_owned()
        };
    }
    if !report.notes.is_empty() {
        out.push('\n');
    }
    for note in &report.notes {
        out += &format!("> {}\n", escaped(note));
    }
    out + &format!("\n{} · seed {}\n", escaped(&report.tool), report.seed)
}
