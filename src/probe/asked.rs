//! What a probe is asked.

use super::error::ProbeError;
use super::features::Features;
use crate::data::{Embeddings, Labels, Numbers, ZeroRows};

/// What is to be read from the rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A class for each row: k-NN and logistic regression.
    Classes(Labels),
    /// A real number for each row: k-NN and ridge regression.
    Values(Numbers),
}

/// Which rows are trained on.
#[derive(Clone, Debug, PartialEq)]
pub enum SplitInput {
    /// A seeded draw of this share, stratified by class.
    Share(f64),
    /// 1 to train, 0 to test, for each row.
    Given(Numbers),
}

/// What a probe starts from.
pub struct ProbeInputs {
    /// Short name for reports.
    pub name: String,
    /// The rows.
    pub embeddings: Embeddings,
    /// What is to be read from them.
    pub target: Target,
    /// Which rows are trained on.
    pub split: SplitInput,
}

/// The parameters of a probe.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeSettings {
    /// Neighbours that vote.
    pub k: usize,
    /// Folds of the cross-validation that chooses the penalty.
    pub folds: usize,
    /// What the linear probe reads; neighbours are always found by cosine.
    pub features: Features,
    /// What to do about rows of norm zero.
    pub zero_rows: ZeroRows,
    /// Level of the intervals.
    pub confidence: f64,
    /// Seed of the split and of the folds.
    pub seed: u64,
}

impl Default for ProbeSettings {
    fn default() -> Self {
        Self {
            k: 5,
            folds: 5,
            features: Features::Unit,
            zero_rows: ZeroRows::Reject,
            confidence: 0.95,
            seed: 0,
        }
    }
}

impl ProbeSettings {
    pub(super) fn check(&self) -> Result<(), ProbeError> {
        let wrong = |name, expected, value| {
            Err(ProbeError::Setting {
                name,
                expected,
                value,
            })
        };
        if self.k == 0 {
            return wrong("k", "at least 1 neighbour", 0.0);
        }
        if self.folds < 2 {
            return wrong("folds", "at least 2 folds", self.folds as f64);
        }
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return wrong(
                "confidence",
                "a level between 0 and 1, both excluded (0.95 is usual)",
                self.confidence,
            );
        }
        Ok(())
    }
}
