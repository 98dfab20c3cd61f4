//! The metric that a misspelt name means.

use std::str::FromStr;

use strsim::levenshtein;

use super::METRICS;
use super::id::MetricId;

/// A name that is no metric's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no metric {name:?}; {}expected one of {}",
    nearest.map_or(String::new(), |id| format!("did you mean {}? ", id.name())),
    METRICS.iter().map(|spec| spec.id.name()).collect::<Vec<_>>().join(", ")
)]
pub struct UnknownMetric {
    /// What was asked for.
    pub name: String,
    /// The metric whose name is nearest, if one is near.
    pub nearest: Option<MetricId>,
}

/// The metric fewest edits away, within a third of the name's length.
pub(super) fn nearest(name: &str) -> Option<MetricId> {
    let name: String = name
        .trim()
        .to_lowercase()
        .replace(['-', ' '], "_")
        .chars()
        .take(64)
        .collect();
    METRICS
        .iter()
        .map(|spec| (levenshtein(&name, spec.id.name()), spec.id))
        .filter(|(edits, id)| *edits <= id.name().len() / 3)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, id)| id)
}

impl MetricId {
    /// The metric of this name.
    ///
    /// # Errors
    /// [`UnknownMetric`], which lists the names and suggests the nearest.
    pub fn parse(name: &str) -> Result<Self, UnknownMetric> {
        match METRICS.iter().find(|spec| spec.id.name() == name) {
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
