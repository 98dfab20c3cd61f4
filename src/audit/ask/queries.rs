//! Which rows are the queries of retrieval and thresholds.

use serde::{Deserialize, Serialize};

use super::refused::SettingsError;

/// Multiply-adds of all queries against all rows (rows x rows searched x columns) up to which all of them are made where
/// nothing else is asked: those of 100,000 x 100,000 x 768.
pub(crate) const MOST_WORK: f64 = 1e5 * 1e5 * 768.0;
/// Queries of each view that are drawn where nobody says how many.
pub(crate) const USUAL: usize = 10_000;

/// Which rows with a positive search for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QueryChoice {
    /// All, up to 7.68e12 multiply-adds (100,000 x 100,000 rows of 768 columns); beyond, and in estimates, a sample: 10,000
    /// rows of each view, or as many as a budget allows.
    #[default]
    Auto,
    /// All, whatever that takes.
    All,
    /// So many rows of each view, drawn with the seed; at least 2.
    Sample(usize),
}

impl QueryChoice {
    /// # Errors
    /// [`SettingsError`] for fewer than two queries, and where nothing is searched.
    pub(super) fn check(self, search: bool) -> Result<(), SettingsError> {
        match self {
            Self::Auto => Ok(()),
            _ if !search => Err(SettingsError::QueriesOfNothing),
            Self::Sample(value) if value < 2 => Err(SettingsError::Queries { value }),
            Self::All | Self::Sample(_) => Ok(()),
        }
    }
}
