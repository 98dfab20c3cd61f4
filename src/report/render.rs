//! One way from any result to bytes: the result tells what is in its report, a writer gives that its form.

use serde::Serialize;

use super::document::{Document, Records};
use super::error::ReportError;
use super::figure::{Figure, FigureForm, Figures};
use super::format::{Format, Style};
use super::latex::latex;
use super::markdown::markdown;
use super::terminal::terminal;
use super::text::acts;

/// Files, each with its name.
pub type Files = Vec<(String, Vec<u8>)>;

/// A result that can be reported.
pub trait Report: Serialize {
    /// What people read; with `details`, also what derives from other numbers.
    fn document(&self, details: bool) -> Document;

    /// What spreadsheets read: every number by itself, in long form.
    fn records(&self) -> Records;

    /// The first number that JSON cannot hold: its label, its side and itself.
    fn not_finite(&self) -> Option<(String, &'static str, f64)> {
        None
    }

    /// The result itself as JSON, from which it can be read back.
    ///
    /// # Errors
    /// [`ReportError::NotFinite`] (JSON has no NaN), [`ReportError::Json`].
    fn json(&self) -> Result<Vec<u8>, ReportError> {
        json(self, self)
    }

    /// Its figures, yet to be drawn, all under a title where one is given; none in a build without the feature `plots`.
    fn figures(&self, title: Option<&str>) -> Vec<Figure<'_>> {
        let _ = title;
        Vec::new()
    }
}

/// `whole`, which is the result and perhaps more, as JSON.
pub(super) fn json<R: Report + ?Sized>(
    result: &R,
    whole: &(impl Serialize + ?Sized),
) -> Result<Vec<u8>, ReportError> {
    // serde_json would write null here, and the file would not read back.
    if let Some((label, side, value)) = result.not_finite() {
        return Err(ReportError::NotFinite {
            subject: result.records().subject,
            label,
            side,
            value,
        });
    }
    let json = serde_json::to_string_pretty(whole);
    let json = json.map_err(|source| ReportError::Json {
        subject: result.records().subject,
        source,
    })?;
    Ok(harmless(&json).into_bytes())
}

/// The same JSON ending in a newline, with characters that act on a terminal or begin a command to CI runners as escapes:
/// it reads back the same.
pub(super) fn harmless(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 1);
    let mut before = ' ';
    for c in json.chars() {
        // Such characters stand in strings only, but for line ends between values.
        if (acts(c) && c != '\n') || (before, c) == ('#', '#') {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out += &format!("\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
        before = c;
    }
    out + "\n"
}

/// The result in the given format, ending in a newline.
///
/// # Errors
/// Those of [`Report::json`], [`ReportError::Csv`].
pub fn render<R: Report + ?Sized>(
    result: &R,
    format: Format,
    style: Style,
) -> Result<Vec<u8>, ReportError> {
    match format {
        Format::Table => Ok(terminal(&result.document(style.details), style).into_bytes()),
        Format::Json => result.json(),
        Format::Csv => super::csv::csv(&result.records()),
        Format::Md => Ok(markdown(&result.document(style.details)).into_bytes()),
        Format::Latex => Ok(latex(&result.document(style.details)).into_bytes()),
    }
}

/// The result as files of these names: JSON, CSV and Markdown; and its figures, in the forms that are asked for. A build
/// without the feature `plots` leaves figures out.
///
/// # Errors
/// Those of [`render`] and of [`Figure::render`].
pub fn files<R: Report + ?Sized>(
    result: &R,
    names: [&'static str; 3],
    figures: &Figures,
) -> Result<Files, ReportError> {
    let formats = [Format::Json, Format::Csv, Format::Md];
    let mut files = Files::new();
    for (name, format) in names.into_iter().zip(formats) {
        files.push((name.to_owned(), render(result, format, Style::default())?));
    }
    let title = figures.title.as_deref();
    files.extend(drawn(&result.figures(title), &figures.forms)?);
    Ok(files)
}

/// Figures as files, in these forms.
///
/// # Errors
/// Those of [`Figure::render`].
pub fn drawn(figures: &[Figure<'_>], forms: &[FigureForm]) -> Result<Files, ReportError> {
    let each = figures
        .iter()
        .flat_map(|figure| forms.iter().map(move |form| (figure, *form)));
    each.map(|(figure, form)| {
        Ok((
            format!("{}.{}", figure.name, form.name()),
            figure.render(form)?,
        ))
    })
    .collect()
}
