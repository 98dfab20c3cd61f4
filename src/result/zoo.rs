//! Reference encoders: what is known of each, so that a number stands beside known ones.

use serde::{Deserialize, Serialize};

use super::probed::Quantity;

/// Version of the JSON form. A change that breaks readers raises the number.
pub const ZOO_SCHEMA: &str = "spherecheck.zoo/1";

/// Encoders that were trained and audited on the same data, as `zoo.json` holds them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zoo {
    /// [`ZOO_SCHEMA`].
    pub schema: String,
    /// What they learned from, e.g. `digits`.
    pub data: String,
    /// The encoders.
    pub members: Vec<Member>,
    /// Encoders that were tried and have no numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Failed>,
    /// The experiment of the paper that they repeat, and its numbers; none in results of versions that had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<Paper>,
}

/// An experiment of Wang & Isola (2020) that was repeated.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Paper {
    /// Where it is, e.g. `table 1 (STL-10)`.
    pub source: String,
    /// What is other here than there, each with both.
    pub differs: Vec<String>,
    /// Numbers found here, and the paper's in their place.
    pub numbers: Vec<Beside>,
}

/// A number beside the paper's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// Name of the encoder, or of a baseline.
    pub encoder: String,
    /// What it is read from, and how: `fc7, knn{k=5}`.
    pub reading: String,
    /// What is counted; none for alignment and uniformity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// The number.
    pub value: f64,
    /// Its 95 % interval over test items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
    /// The paper's, where it has one: shares and errors as fractions, as here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<f64>,
}

/// An encoder that was tried and could not be trained or audited: it has no numbers, not even zeros.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    /// The name that its folder would have had.
    pub name: String,
    /// What it was trained for, in words.
    pub objective: String,
    /// Weight of uniformity, of an encoder of a sweep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lambda: Option<f64>,
    /// Seed of the run.
    pub seed: u64,
    /// Why there are no numbers.
    pub reason: String,
}

/// One encoder: what it was trained for, where it lies, what can be read from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Its folder's name.
    pub name: String,
    /// What it was trained for, in kind.
    pub kind: ObjectiveKind,
    /// What it was trained for, in words, e.g. `0.98 align(2) + 0.96 uniform(2)`.
    pub objective: String,
    /// Dimension of the embeddings, m: the sphere is S^(m-1).
    pub dim: u64,
    /// `alignment{alpha=2}` of two views of the test items.
    pub alignment: f64,
    /// `uniformity{t=2}` of those views, on average.
    pub uniformity: f64,
    /// Share of test items whose class a linear probe of the embeddings tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<Accuracy>,
    /// Weight of uniformity, of an encoder of a sweep over (1 - lambda) align + lambda uniform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lambda: Option<f64>,
    /// Where it stands along a run, of an encoder that goes on from another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub along: Option<Along>,
    /// Seed of the run.
    pub seed: u64,
    /// Seconds of training.
    pub seconds: f64,
}

/// A mark along a run that began with the weights of another encoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Along {
    /// The run: what it goes on with, e.g. `align(2)`.
    pub run: String,
    /// Epochs since it began.
    pub epochs: u64,
}

/// What encoders are trained for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectiveKind {
    /// Nothing: initial weights.
    Random,
    /// Labels.
    Supervised,
    /// The contrastive loss.
    Contrastive,
    /// Alignment and uniformity.
    AlignUniform,
    /// The contrastive loss and alignment or uniformity.
    Mixed,
}

impl ObjectiveKind {
    /// Every kind, in the order legends list them.
    pub const ALL: [ObjectiveKind; 5] = [
        ObjectiveKind::Random,
        ObjectiveKind::Supervised,
        ObjectiveKind::Contrastive,
        ObjectiveKind::AlignUniform,
        ObjectiveKind::Mixed,
    ];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            ObjectiveKind::Random => "random weights",
            ObjectiveKind::Supervised => "supervised",
            ObjectiveKind::Contrastive => "contrastive",
            ObjectiveKind::AlignUniform => "align + uniform",
            ObjectiveKind::Mixed => "all three losses",
        }
    }
}

/// A share with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// The share.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Test items it rests on.
    pub n: u64,
}

/// Why a zoo cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "fields are named after what they hold; each variant has its line"
)]
pub enum ZooError {
    /// Not the JSON of a zoo.
    #[error(
        "{source_name}: expected a zoo of reference encoders ({ZOO_SCHEMA}), found {found}; make one with `spherecheck train --preset zoo --out DIR` and give DIR"
    )]
    Form { source_name: String, found: String },
    /// Numbers that no encoder has.
    #[error(
        "{source_name}: encoder {name:?} has {what} {value}, expected {expected}; the file was damaged or edited: make the zoo again"
    )]
    Member {
        source_name: String,
        name: String,
        what: &'static str,
        value: f64,
        expected: &'static str,
    },
    /// A model that cannot be placed.
    #[error(
        "{source_name}: the audit has no uniformity{{t=2}}, by which encoders are placed; add 2 to --t"
    )]
    NoUniformity { source_name: String },
}

impl Zoo {
    /// Reads `zoo.json`; `source_name` is what messages call it.
    ///
    /// # Errors
    /// [`ZooError::Form`], [`ZooError::Member`].
    pub fn parse(source_name: &str, bytes: &[u8]) -> Result<Self, ZooError> {
        let form = |found: String| ZooError::Form {
            source_name: source_name.to_owned(),
            found,
        };
        let zoo: Self = serde_json::from_slice(bytes).map_err(|error| form(error.to_string()))?;
        if zoo.schema != ZOO_SCHEMA {
            return Err(form(zoo.schema));
        }
        if zoo.members.is_empty() {
            return Err(form("no encoders".to_owned()));
        }
        for member in &zoo.members {
            let checks = [
                (
                    "alignment",
                    member.alignment,
                    (0.0..=4.0).contains(&member.alignment),
                    "0 to 4",
                ),
                (
                    "uniformity",
                    member.uniformity,
                    (-8.0..=1e-6).contains(&member.uniformity),
                    "-8 to 0",
                ),
                ("dim", member.dim as f64, member.dim > 0, "at least 1"),
            ];
            if let Some((what, value, _, expected)) = checks.into_iter().find(|check| !check.2) {
                return Err(ZooError::Member {
                    source_name: source_name.to_owned(),
                    name: member.name.clone(),
                    what,
                    value,
                    expected,
                });
            }
        }
        Ok(zoo)
    }
}
