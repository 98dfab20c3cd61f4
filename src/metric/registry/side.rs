//! Which rows a number speaks of.

use serde::{Deserialize, Serialize};

/// Which rows a number speaks of.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Side {
    /// First (or only) view.
    A,
    /// Second view.
    B,
    /// Mean of the two views' numbers.
    Mean,
    /// Between the views.
    Cross,
}

impl Side {
    /// `a`, `b`, `mean`, `cross`.
    pub fn name(self) -> &'static str {
        self.into()
    }
}
