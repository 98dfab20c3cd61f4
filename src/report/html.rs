//! Documents as one HTML page: readable without scripts, with its figures and its data inside, and asking for nothing from
//! anywhere.

mod data;
mod prose;
mod table;

use super::document::{Block, Document};
use super::error::ReportError;
use super::figure::{Figure, FigureForm};
use super::markup::escaped;
use super::number::count;
use super::render::Report;
use super::text::cut;
use data::versions;
use prose::{CELL, card, heading, list_of_notes, quiet, sentence};
use table::table;

/// Bytes that a page may have.
pub const PAGE_LIMIT: usize = 1_000_000;
/// Rows that a table may have: tried in this order until the page is small enough.
const ROWS: [usize; 4] = [300, 100, 30, 10];
/// Bytes of a page that its data and its frame may need at least.
const RESERVE: usize = 60_000;
/// Bytes of the script and of the sentences about what was cut, at most.
const FRAME: usize = 6_000;
const CSS: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/sort.js");
/// Nothing is loaded, from here or elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; \
                      base-uri 'none'; form-action 'none'";

/// What a page tells of one result.
struct PageSection {
    document: Document,
    /// Name, heading and SVG of each figure.
    figures: Vec<(&'static str, &'static str, String)>,
    /// JSON of all of it, and of less, where that is too much: how many slices and offenders of each kind are left.
    json: Vec<(Option<usize>, String)>,
}

/// A page of one result, or of several.
#[derive(Default)]
pub struct HtmlPage {
    title: Option<String>,
    parts: Vec<PageSection>,
}

impl HtmlPage {
    /// A page without anything on it yet; the first result's title is its own where none is given.
    pub fn titled(title: Option<&str>) -> Self {
        Self {
            title: title.map(str::to_owned),
            parts: Vec::new(),
        }
    }

    /// With a result: its document, its figures (drawn now) and its JSON.
    ///
    /// # Errors
    /// [`ReportError::Draw`], [`ReportError::NotFinite`], [`ReportError::Json`].
    pub fn with<R: Report + ?Sized>(self, result: &R) -> Result<Self, ReportError> {
        let title = self.title.clone();
        self.with_figures(result, result.figures(title.as_deref()))
    }

    /// With a result and figures that it does not draw itself.
    ///
    /// # Errors
    /// As [`HtmlPage::with`].
    pub fn with_figures<R: Report + ?Sized>(
        mut self,
        result: &R,
        figures: Vec<Figure<'_>>,
    ) -> Result<Self, ReportError> {
        let drawn = figures.iter().map(|figure| {
            let svg = figure.render(FigureForm::Svg)?;
            let svg = String::from_utf8_lossy(&svg).into_owned();
            Ok((figure.name, figure.heading, svg))
        });
        let figures = drawn.collect::<Result<_, ReportError>>()?;
        self.parts.push(PageSection {
            document: result.document(true),
            figures,
            json: versions(result, PAGE_LIMIT / 2)?,
        });
        Ok(self)
    }

    /// The page, at most [`PAGE_LIMIT`] bytes: where that is too few, tables lose their last rows, then figures go, and the
    /// JSON loses slices and offenders; the page says so.
    pub fn bytes(&self) -> Vec<u8> {
        let most = PAGE_LIMIT - RESERVE;
        let tried = ROWS
            .map(|rows| (rows, true))
            .into_iter()
            .chain([(ROWS[3], false)]);
        let mut pages = tried.map(|(rows, figures)| self.page(rows, figures));
        let fits = pages.find(|page| page.len() <= most);
        let page = fits.unwrap_or_else(|| self.page(1, false));
        let mut room = PAGE_LIMIT.saturating_sub(page.len() + FRAME);
        let (mut inside, mut cut) = (String::new(), String::new());
        for (k, part) in self.parts.iter().enumerate() {
            let said = match part.json.iter().find(|(_, json)| json.len() <= room) {
                Some((kept, json)) => {
                    room -= json.len();
                    inside += &format!(
                        "<script type=\"application/json\" id=\"data-{k}\">{json}</script>\n"
                    );
                    kept.map(|kept| {
                        format!("The data inside this page are cut: at most {} slices, and offenders of each kind. The JSON beside it has all.", count(kept))
                    })
                }
                None => Some(
                    "The data have no room inside this page: see the JSON beside it.".to_owned(),
                ),
            };
            cut += &said.map_or(String::new(), |said| quiet(&said));
        }
        let foot = match cut.is_empty() {
            true => cut,
            false => format!("<footer>\n{cut}</footer>\n"),
        };
        let script = format!("<script>{SCRIPT}</script>\n</body>\n</html>\n");
        [page, foot, inside, script].concat().into_bytes()
    }

    /// All but the data and the script.
    fn page(&self, rows: usize, figures: bool) -> String {
        let first = self.parts.first().map(|part| &part.document);
        let own = first.map_or("", |document| document.title.as_str());
        let title = escaped(&cut(self.title.as_deref().unwrap_or(own), CELL));
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <title>{title}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{CSS}{}</style>\n</head>\n<body>\n\
             <header>\n<h1>{title}</h1>\n",
            inks()
        );
        // Some say it again in their first sentence.
        let about =
            first.filter(|document| !matches!(document.on_page().next(), Some(Block::Text(_))));
        out += &about.map_or(String::new(), |document| quiet(&document.about));
        out += "</header>\n<main>\n";
        for (k, part) in self.parts.iter().enumerate() {
            if k > 0 {
                out += &heading(&part.document.title);
            }
            out += &part.html(rows, figures);
        }
        out + "</main>\n"
    }
}

/// Colours of figures on a dark ground.
fn inks() -> String {
    #[cfg(feature = "plots")]
    let pairs = super::plot::in_the_dark();
    #[cfg(not(feature = "plots"))]
    let pairs: [(String, String); 0] = [];
    let rules = pairs.iter().map(|(light, dark)| {
        format!(
            "figure [fill=\"{light}\"] {{ fill: {dark}; }} figure [stroke=\"{light}\"] {{ stroke: {dark}; }}\n"
        )
    });
    let rules: String = rules.collect();
    format!("@media screen and (prefers-color-scheme: dark) {{\n{rules}}}\n")
}

impl PageSection {
    /// What to mind comes first, and figures after the first table.
    fn html(&self, rows: usize, figures: bool) -> String {
        let blocks: Vec<&Block> = self.document.on_page().collect();
        let notes = blocks.iter().filter_map(|block| match block {
            Block::Notes(notes) => Some(list_of_notes(notes)),
            _ => None,
        });
        // Below what was found, above the first numbers.
        let mut notes = Some(notes.collect::<String>());
        let mut out = String::new();
        let mut drawn = false;
        // Tables are called by what heads them, and counted below it.
        let (mut headed, mut tables) = (&self.document.title, 0);
        for (k, block) in blocks.iter().enumerate() {
            let next = blocks.get(k + 1);
            if matches!(block, Block::Table(_) | Block::Heading(_) | Block::Foot(_)) {
                out += &notes.take().unwrap_or_default();
            }
            match block {
                // They stand above, and so does what heads them.
                Block::Notes(_) => {}
                Block::Heading(_) if matches!(next, Some(Block::Notes(_))) => {}
                Block::Heading(text) => {
                    if !drawn {
                        out += &self.figures(figures);
                        drawn = true;
                    }
                    out += &heading(text);
                    (headed, tables) = (text, 0);
                }
                Block::Card(entries) => out += &card(entries, *headed != self.document.title),
                Block::Table(of) => {
                    tables += 1;
                    out += &table(of, rows, &format!("Table {tables}: {headed}"));
                }
                Block::Text(text) | Block::Foot(text) => out += &quiet(text),
                Block::Remarks(_, texts) => {
                    let items = texts
                        .iter()
                        .map(|text| format!("<li>{}</li>\n", sentence(text)));
                    out += &format!("<ul>\n{}</ul>\n", items.collect::<String>());
                }
            }
        }
        out += &notes.take().unwrap_or_default();
        if !drawn {
            out += &self.figures(figures);
        }
        out
    }

    fn figures(&self, shown: bool) -> String {
        let mut out = String::new();
        for (name, heading, svg) in &self.figures {
            let label = escaped(heading);
            out += &match shown {
                true => {
                    let svg = svg.replacen(
                        "<svg ",
                        &format!("<svg role=\"img\" aria-label=\"{label}\" "),
                        1,
                    );
                    format!(
                        "<figure>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Figure: {label}\">\n\
                         {svg}</div>\n<figcaption>{label}. Rest the pointer on a mark to read its numbers.</figcaption>\n</figure>\n"
                    )
                }
                false => quiet(&format!("The figure {name} has no room on this page.")),
            };
        }
        if out.is_empty() {
            return out;
        }
        format!("<h2>Figures</h2>\n{out}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::{Cell, Column, Table};
    use super::*;

    fn page(document: Document) -> String {
        let part = PageSection {
            document,
            figures: Vec::new(),
            json: vec![(None, "{}".to_owned())],
        };
        let page = HtmlPage {
            title: None,
            parts: vec![part],
        };
        String::from_utf8(page.bytes()).expect("UTF-8")
    }

    #[test]
    fn a_table_that_is_too_long_is_cut_and_says_so() {
        let mut table = Table::new([Column::left("slice"), Column::right("rows")]);
        for k in 0..10_000 {
            table.push([
                format!("{k}<{}", "&".repeat(400)).into(),
                k.to_string().into(),
            ]);
        }
        let mut document = Document::default();
        document.push(Block::Table(table));
        let page = page(document);
        assert!(page.len() <= PAGE_LIMIT, "{} bytes", page.len());
        assert!(page.contains("9,700 more rows have no room on this page"));
        assert_eq!(page.matches("<tr>").count(), 301);
    }

    #[test]
    fn rows_of_groups_are_folded_but_for_the_first() {
        let mut table = Table::new([Column::key("metric", true), Column::right("value")]);
        for name in ["uniformity{t=2}", "norm_mean"] {
            table.push([Cell::Label(name.to_owned()), "1".into()]);
        }
        table.groups = vec![("main numbers", vec![0]), ("rows", vec![1])];
        let mut document = Document::default();
        document.push(Block::Table(table));
        let page = page(document);
        assert!(page.contains("<details open>\n<summary>main numbers"));
        assert!(page.contains("<details>\n<summary>rows <span class=\"quiet\">1 row</span>"));
        // What a metric is, is told where its name stands.
        assert!(page.contains("<code title=\"How evenly"));
    }
}
