//! A figure: one picture in the forms that are asked for, and the numbers that it shows.

use std::error::Error;

use super::document::Records;
use super::error::ReportError;

/// The form of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum FigureForm {
    /// Pixels.
    Png,
    /// Lines and text, for papers and pages.
    Svg,
    /// The same as a page, for papers.
    Pdf,
    /// The numbers that it shows.
    Csv,
}

impl FigureForm {
    /// Every form, in the order help lists them.
    pub const ALL: [FigureForm; 4] = [
        FigureForm::Png,
        FigureForm::Svg,
        FigureForm::Pdf,
        FigureForm::Csv,
    ];

    /// `png`, `svg`, `pdf`, `csv`: also what the names of its files end in.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What is asked of the figures of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The forms of their files; none for no files.
    pub forms: Vec<FigureForm>,
    /// Title of the report's page and of every figure, instead of their own.
    pub title: Option<String>,
}

impl Default for Figures {
    /// PNG, under their own titles.
    fn default() -> Self {
        Self {
            forms: vec![FigureForm::Png],
            title: None,
        }
    }
}

/// A picture in some form, or why it cannot be drawn.
type Drawn = Result<Vec<u8>, Box<dyn Error + Send + Sync>>;

/// A figure that is yet to be drawn.
pub struct Figure<'a> {
    /// Name of its files, without the ending.
    pub name: &'static str,
    /// What it shows, in words.
    pub heading: &'static str,
    /// The numbers that it shows.
    pub data: Records,
    draw: Box<dyn Fn(FigureForm) -> Drawn + 'a>,
}

impl<'a> Figure<'a> {
    /// A figure of a name, what it shows, its numbers, and what draws it as PNG or SVG.
    #[cfg(feature = "plots")]
    pub(super) fn new(
        (name, heading): (&'static str, &'static str),
        data: Records,
        draw: impl Fn(FigureForm) -> Drawn + 'a,
    ) -> Self {
        Self {
            name,
            heading,
            data,
            draw: Box::new(draw),
        }
    }

    /// Its bytes in a form. Costs a picture each time.
    ///
    /// # Errors
    /// [`ReportError::Draw`]; for CSV those of a report's.
    pub fn render(&self, form: FigureForm) -> Result<Vec<u8>, ReportError> {
        if form == FigureForm::Csv {
            return super::csv::csv(&self.data);
        }
        (self.draw)(form).map_err(|source| ReportError::Draw {
            picture: self.name,
            source,
        })
    }
}
