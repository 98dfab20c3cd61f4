//! What is asked of figures.

use super::values::distinct;
use crate::report::{FigureForm, Figures};

/// The forms of figures, and their title.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct FigureArgs {
    /// Forms of the figures, e.g. svg,png [default: png; gate: none]
    #[arg(long, value_name = "FORM,..", value_enum, value_delimiter = ',')]
    figures: Vec<FigureForm>,
    /// Title of report.html and of the figures, instead of their own
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
}

impl FigureArgs {
    /// Whether nothing is asked.
    pub(super) fn is_empty(&self) -> bool {
        self.figures.is_empty() && self.title.is_none()
    }

    /// What is asked, and these forms where none are named.
    pub fn or_forms(&self, usual: &[FigureForm]) -> Figures {
        let forms = match &self.figures[..] {
            [] => usual,
            given => given,
        };
        Figures {
            forms: distinct(forms),
            title: self.title.clone(),
        }
    }
}
