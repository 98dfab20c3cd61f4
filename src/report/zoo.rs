//! Reference encoders as a table, JSON and Markdown; over seeds, their means.

use super::aligned::aligned;
use super::markup::{self, escaped};
use super::number::{plain, seconds};
use super::page::{BOLD, DIM, Page};
use super::text::{columns, printable};
use super::{Format, ReportError, Style};
use crate::result::{Accuracy, Against, Zoo};

/// Reference encoders in the given format, ending in a newline. Where several differ in their seeds alone, their means
/// with Student's t intervals follow.
///
/// # Errors
/// [`ReportError::Json`]; [`ReportError::NotBuilt`] for CSV, which zoos do not have.
pub fn render_zoo(zoo: &Zoo, format: Format, style: Style) -> Result<Vec<u8>, ReportError> {
    match format {
        Format::Table => Ok(table(zoo, style).into_bytes()),
        Format::Json => super::json::pretty(zoo, &zoo.data),
        Format::Md => Ok(markdown(zoo).into_bytes()),
        Format::Csv => Err(ReportError::NotBuilt {
            what: "CSV of reference encoders",
            feature: "tables",
        }),
    }
}

/// `97.2 (95.0 to 98.5)`.
fn accuracy(a: Option<Accuracy>) -> [String; 2] {
    match a {
        None => ["–".to_owned(), String::new()],
        Some(a) => [
            format!("{:.1} %", 100.0 * a.value),
            format!("{:.1} to {:.1}", 100.0 * a.low, 100.0 * a.high),
        ],
    }
}

fn lines(zoo: &Zoo) -> Vec<Vec<String>> {
    let head = [
        "encoder",
        "trained for",
        "m",
        "uniformity",
        "alignment",
        "linear",
        "interval",
        "time",
    ];
    let rows = zoo.members.iter().map(|m| {
        let [value, interval] = accuracy(m.accuracy);
        vec![
            printable(&m.name),
            printable(&m.objective),
            m.dim.to_string(),
            plain(m.uniformity, 3),
            plain(m.alignment, 3),
            value,
            interval,
            seconds(m.seconds),
        ]
    });
    let failed = zoo.failed.iter().map(|failed| {
        let mut row = vec!["–".to_owned(); head.len()];
        row[..2].clone_from_slice(&[printable(&failed.name), printable(&failed.objective)]);
        row
    });
    std::iter::once(head.map(str::to_owned).to_vec())
        .chain(rows)
        .chain(failed)
        .collect()
}

/// What encoders of several seeds share.
fn over_seeds(zoo: &Zoo) -> Vec<Vec<String>> {
    let means = zoo.over_seeds();
    if means.is_empty() {
        return Vec::new();
    }
    let head = [
        "trained for",
        "seeds",
        "linear",
        "95 % interval",
        "uniformity",
        "alignment",
    ];
    let rows = means.iter().map(|mean| {
        vec![
            printable(&mean.objective),
            mean.seeds.to_string(),
            format!("{:.2} %", 100.0 * mean.accuracy),
            format!("± {:.2}", 100.0 * mean.reach),
            plain(mean.uniformity, 3),
            plain(mean.alignment, 3),
        ]
    });
    std::iter::once(head.map(str::to_owned).to_vec())
        .chain(rows)
        .collect()
}

fn table(zoo: &Zoo, style: Style) -> String {
    let page = Page::new(style);
    let mut out = format!(
        "{}  reference encoders of {}{}\n\n",
        page.ink(BOLD, &zoo.members.len().to_string()),
        printable(&zoo.data),
        without(zoo)
    );
    let mut rows = lines(zoo);
    // What an encoder was trained for is told by its name too, where the terminal is narrow.
    if aligned(&rows, 2)
        .iter()
        .any(|line| columns(line) > page.width)
    {
        rows.iter_mut().for_each(|row| drop(row.remove(1)));
        page.lines(&mut out, &rows, 1);
    } else {
        page.lines(&mut out, &rows, 2);
    }
    let means = over_seeds(zoo);
    if !means.is_empty() {
        out.push('\n');
        page.lines(&mut out, &means, 1);
    }
    out.push('\n');
    for failed in &zoo.failed {
        let text = format!("{}: {}", failed.name, failed.reason);
        page.entry(&mut out, "failed", BOLD, "failed".len(), &text);
    }
    page.dim(&mut out, NOTE);
    out
}

/// How many have no numbers.
fn without(zoo: &Zoo) -> String {
    match zoo.failed.len() {
        0 => String::new(),
        count => format!(", {count} failed"),
    }
}

const NOTE: &str = "linear: accuracy of a logistic probe of the output, trained on the items that the encoder learned from, on the test items; Wilson's 95 % interval over test items, Student's over seeds";

fn markdown(zoo: &Zoo) -> String {
    let mut out = format!(
        "## Reference encoders of {}{}\n\n",
        escaped(&zoo.data),
        without(zoo)
    );
    out += &markup::table(&lines(zoo), 2);
    let means = over_seeds(zoo);
    if !means.is_empty() {
        out += "\n";
        out += &markup::table(&means, 1);
    }
    for (k, failed) in zoo.failed.iter().enumerate() {
        let text = format!("{}: {}", failed.name, failed.reason);
        out += if k == 0 { "\n" } else { "" };
        out += &format!("- failed: {}\n", escaped(&text));
    }
    out + "\n" + NOTE + "\n"
}

/// Rows of a comparison: the model first, then the encoders.
fn compared(against: &Against) -> Vec<Vec<String>> {
    let own = &against.own;
    let mut head = vec!["beside", "m", "uniformity"];
    if !against.same_dimension {
        head.push("over ideal");
    }
    head.extend(["alignment", "linear", "interval"]);
    let mut rows = vec![head.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    let mut row =
        |name: String, dim: u64, values: [f64; 2], alignment: Option<f64>, a: Option<Accuracy>| {
            let [value, interval] = accuracy(a);
            let mut cells = vec![name, dim.to_string(), plain(values[0], 3)];
            if !against.same_dimension {
                cells.push(plain(values[1], 3));
            }
            cells.push(alignment.map_or("–".to_owned(), |v| plain(v, 3)));
            cells.extend([value, interval]);
            rows.push(cells);
        };
    row(
        format!("> {}", printable(&own.name)),
        own.dim,
        [own.uniformity, own.excess],
        own.alignment,
        None,
    );
    for (member, excess) in &against.members {
        row(
            format!("  {}", printable(&member.name)),
            member.dim,
            [member.uniformity, *excess],
            Some(member.alignment),
            member.accuracy,
        );
    }
    rows
}

/// A model among reference encoders, below the table of its audit.
pub(super) fn against(page: &Page, out: &mut String, against: &Against) {
    out.push('\n');
    page.lines(out, &compared(against), 1);
    out.push('\n');
    for remark in &against.remarks {
        page.entry(out, "beside", DIM, "beside".len(), remark);
    }
}

/// The same for Markdown.
pub(super) fn against_markdown(against: &Against) -> String {
    let mut out = format!(
        "\n### Beside reference encoders of {}\n\n",
        escaped(&against.data)
    );
    out += &markup::table(&compared(against), 1);
    out.push('\n');
    for remark in &against.remarks {
        out += &format!("- {}\n", escaped(remark));
    }
    out
}
