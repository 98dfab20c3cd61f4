//! The metric that a misspelt name means.

use std::str::FromStr;

use super::METRICS;
use super::id::MetricId;

/// A name that is no metric's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no metric {name:?}; {}expected one of {}",
    nearest.map_or(String::new(), |id| format!("did you mean {}? ", id.name())),
    METRICS.iter().map(|spec| spec.name).collect::<Vec<_>>().join(", ")
)]
pub struct UnknownMetric {
    /// What was asked for.
    pub name: String,
    /// The metric whose name is nearest, if one is near.
    pub nearest: Option<MetricId>,
}

/// The metric fewest edits away, within a third of the name's length.
pub(super) fn nearest(name: &str) -> Option<MetricId> {
    let name: Vec<char> = name
        .trim()
        .to_lowercase()
        .replace(['-', ' '], "_")
        .chars()
        .take(64)
        .collect();
    METRICS
        .iter()
        .map(|spec| (edits(&name, spec.name), spec))
        .filter(|(edits, spec)| *edits <= spec.name.len() / 3)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, spec)| spec.id)
}

/// Levenshtein distance: insertions, deletions and substitutions from one word to the other.
fn edits(from: &[char], to: &str) -> usize {
    let mut row: Vec<usize> = (0..=from.len()).collect();
    for (i, wanted) in to.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, found) in from.iter().enumerate() {
            let substituted = diagonal + usize::from(*found != wanted);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[from.len()]
}

impl MetricId {
    /// The metric of this name.
    ///
    /// # Errors
    /// [`UnknownMetric`], which lists the names and suggests the nearest.
    pub fn parse(name: &str) -> Result<Self, UnknownMetric> {
        match METRICS.iter().find(|spec| spec.name == name) {
            Some(spec) => Ok(spec.id),
            None => Err(UnknownMetric {
                name: name.to_owned(),
                nearest: nearest(name),
            }),
        }
    }
}

impl FromStr for MetricId {
    type Err = UnknownMetric;

    fn from_str(name: &str) -> Result<Self, UnknownMetric> {
        Self::parse(name)
    }
}
