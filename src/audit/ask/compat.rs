//! Whose numbers an audit prints beside its own.

use serde::{Deserialize, Serialize};

/// Whose numbers to print as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compat {
    /// The align_uniform package, on the whole set.
    Ssnl,
    /// SimCSE: rows of both views pooled.
    Simcse,
    /// A loop over batches of this many pairs.
    Batch(usize),
    /// RankMe of stable-pretraining.
    StablePretraining,
    /// RankMe of reptrix.
    Reptrix,
    /// RankMe of ssrlib.
    Ssrlib,
}

/// Not one of the codes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected ssnl, simcse, stable-pretraining, reptrix, ssrlib or batch:SIZE with a size of 2 or more, e.g. batch:768, found {found:?}"
)]
pub struct UnknownCompat {
    /// What was asked for.
    pub found: String,
}

impl Compat {
    /// Whether it reads the spectrum of the rows.
    pub(crate) fn is_of_spectrum(self) -> bool {
        matches!(self, Self::StablePretraining | Self::Reptrix | Self::Ssrlib)
    }

    /// `ssnl`, `simcse`, `stable-pretraining`, `reptrix`, `ssrlib`, `batch:768`.
    ///
    /// # Errors
    /// [`UnknownCompat`] for anything else, and for batches of fewer than two.
    pub fn parse(text: &str) -> Result<Self, UnknownCompat> {
        let size = |text: &str| text.parse().ok().filter(|&size| size >= 2);
        match text.trim() {
            "ssnl" => Some(Self::Ssnl),
            "simcse" => Some(Self::Simcse),
            "stable-pretraining" => Some(Self::StablePretraining),
            "reptrix" => Some(Self::Reptrix),
            "ssrlib" => Some(Self::Ssrlib),
            other => other.strip_prefix("batch:").and_then(size).map(Self::Batch),
        }
        .ok_or_else(|| UnknownCompat {
            found: text.to_owned(),
        })
    }
}
