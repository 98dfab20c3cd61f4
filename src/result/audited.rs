//! The result of an audit: plain data that serialises, and all that reports and gates ever see.

use serde::{Deserialize, Serialize};

use super::against::{Against, ModelPlace, excess};
use super::chosen::{EstimateCard, JoinedCard, QueriesCard, SampledCard};
use super::curve::LossCurve;
use super::drift_card::DriftCard;
use super::finding_id::FindingId;
use super::measure::{Measure, Side};
use super::modality::ModalityCard;
use super::offenders::Offenders;
use super::pairing::Pairing;
use super::rounding::PrecisionCard;
use super::spectrum::Spectra;
use super::spent::{ProcessSeconds, Spent};
use super::zoo::ZooError;
use crate::metric::MetricId;
use crate::num::{Codes, Dtype, Storage};

/// Version of the JSON form. A change that breaks readers raises the number.
pub const SCHEMA: &str = "spherecheck.audit/1";

/// Everything an audit found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// [`SCHEMA`].
    pub schema: String,
    /// What was audited.
    pub subject: Subject,
    /// What the numbers mean: the definition card.
    pub definitions: Definitions,
    /// The numbers.
    pub measures: Vec<Measure>,
    /// What a reader must know beside the numbers.
    pub notes: Vec<Note>,
    /// How the numbers were made.
    pub provenance: Provenance,
    /// Result of `--verify`, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// The contrastive loss against the number of negatives, one curve for each tau, when asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub curves: Vec<LossCurve>,
    /// What a comparison with another audit of the same items needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairing: Option<Pairing>,
    /// The same numbers on parts of the rows, when asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<Slice>,
    /// The model among reference encoders, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<Against>,
    /// What the rows were held against for drift, when asked for; the numbers are among the measures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drift: Option<DriftCard>,
    /// Which rows are to blame, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offenders: Option<Offenders>,
    /// Eigenvalues of the rows, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spectra: Option<Spectra>,
    /// How two views differ as a whole, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modality: Option<ModalityCard>,
    /// Curves behind the pictures, when asked for.
    #[serde(default)]
    pub distributions: Distributions,
}

impl Audit {
    /// Where the model lies beside reference encoders; `zoo` names their file.
    ///
    /// # Errors
    /// [`ZooError::NoUniformity`] where the audit lacks t = 2.
    pub fn place(&self, zoo: &str) -> Result<ModelPlace, ZooError> {
        let found = |metric: MetricId, param: &str| {
            metric.spec().sides.iter().find_map(|side| {
                let wanted = |m: &&Measure| {
                    m.metric == metric && m.side == *side && m.params.get(param) == Some(&2.0)
                };
                self.measures.iter().find(wanted).map(|m| m.value)
            })
        };
        let uniformity = found(MetricId::Uniformity, "t");
        let uniformity = uniformity.ok_or_else(|| ZooError::NoUniformity {
            source_name: zoo.to_owned(),
        })?;
        let dim = self.subject.a.dim;
        Ok(ModelPlace {
            name: self.subject.name.clone(),
            dim,
            alignment: found(MetricId::Alignment, "alpha"),
            uniformity,
            excess: excess(uniformity, dim),
        })
    }
}

/// The embeddings and positives that were audited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Short name for tables, CSV and picture titles (the stem of the first file).
    pub name: String,
    /// First (or only) view.
    pub a: View,
    /// Second view, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub b: Option<View>,
    /// Where positives came from; none when only the rows were audited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positives: Option<PositivesCard>,
    /// How views were joined by ids; none where row i belongs with row i.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub joined: Option<JoinedCard>,
    /// The sample that was audited; none where all rows were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<SampledCard>,
}

impl Subject {
    /// The first view, then the second.
    pub fn views(&self) -> impl Iterator<Item = (Side, &View)> {
        std::iter::once((Side::A, &self.a)).chain(self.b.iter().map(|b| (Side::B, b)))
    }
}

/// One matrix of embeddings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// File, and tensor or member within it.
    pub source: String,
    /// Rows audited (after dropping).
    pub rows: u64,
    /// Columns, m: the sphere is S^(m-1).
    pub dim: u64,
    /// Element type in the file.
    pub dtype: String,
    /// What the file's bytes stand for, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes: Option<Codes>,
    /// Rows left out because their norm is zero.
    pub dropped_zero_rows: u64,
    /// Smallest norm before normalisation.
    pub norm_min: f64,
    /// Largest norm before normalisation.
    pub norm_max: f64,
    /// The form in which what was audited is a copy of the file's rows; none where it is these rows themselves. Type, codes
    /// and norms are then the copy's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copied: Option<Storage>,
}

impl View {
    /// Bytes that one row takes: in the file, or of a copy in its form. None where the element type is not known.
    pub fn row_bytes(&self) -> Option<u64> {
        let dim = usize::try_from(self.dim).ok()?;
        let in_file = || {
            let elements = self.codes.map_or(dim, |codes| codes.bytes(dim));
            Some(elements * Dtype::named(&self.dtype)?.size())
        };
        let copied = self.copied.and_then(|how| how.bytes(dim));
        copied.or_else(in_file).map(|bytes| bytes as u64)
    }

    /// Whether the rows were unit already, up to the rounding of their type: what their norms say is noise.
    pub fn is_unit(&self) -> bool {
        let tolerance = Dtype::named(&self.dtype).map_or(0.0, Dtype::unit_tolerance);
        [self.norm_min, self.norm_max]
            .iter()
            .all(|norm| (norm - 1.0).abs() <= tolerance)
    }
}

/// Where positives came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PositivesCard {
    /// In words, e.g. `pairs.npy: 1000 pairs` or `row i of a with row i of b`.
    pub source: String,
    /// Number of positive pairs used.
    pub pairs: u64,
    /// Pairs left out because they touch a dropped row.
    pub dropped: u64,
}

/// The definition card: which of the field's many definitions these numbers follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Definitions {
    /// E.g. `rows divided by their L2 norm`.
    pub normalization: String,
    /// E.g. `U-statistic: all pairs i < j of the whole set, no self-pairs`.
    pub pairs: String,
    /// E.g. `row i of a against all rows j != i of b`; present with two views.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross: Option<String>,
    /// What retrieval, thresholds and hubs go by, where that is not the cosine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similarity: Option<String>,
    /// How standard errors were made.
    pub errors: String,
    /// What counts as a duplicate, e.g. `cosine above 1 - 1e-6`.
    pub duplicates: String,
}

/// The numbers of some of the rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// What its rows are called in the file of slices.
    pub name: String,
    /// Rows of the first view.
    pub rows: u64,
    /// The numbers.
    pub measures: Vec<Measure>,
    /// Warnings about these rows that do not hold for all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// What a comparison needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairing: Option<Pairing>,
}

/// How much a reader should care about a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Changes how the numbers should be read.
    Warning,
}

/// Something a reader must know beside the numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// How much it matters.
    pub severity: Severity,
    /// One or two plain sentences, with what to do.
    pub text: String,
    /// The finding that it tells more of; none where no finding says the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<FindingId>,
}

impl Note {
    /// A note of its own.
    pub fn new(severity: Severity, text: impl Into<String>) -> Self {
        Self {
            severity,
            text: text.into(),
            about: None,
        }
    }

    /// Puts warnings before what only informs, and keeps the order of each.
    pub fn gravest_first(notes: &mut [Self]) {
        notes.sort_by_key(|note| std::cmp::Reverse(note.severity));
    }

    /// The same note, as one that tells more of a finding: reports that tell the finding leave the note out.
    pub fn about(self, finding: FindingId) -> Self {
        Self {
            about: Some(finding),
            ..self
        }
    }
}

/// How the numbers were made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// `spherecheck 0.1.0`.
    pub tool: String,
    /// Who walked: `cpu`, `cuda:0`, or two cards as `cuda:0+cuda:1`.
    pub backend: String,
    /// Kernel of the all-pairs pass: `avx512`, `avx2`, `neon`, `portable`; `avx512bf16`, `avx512vnni` over rounded rows; on a GPU
    /// how it multiplies: `bf16x3` (f32 in two parts and three products), `tf32`, `bf16`.
    pub kernel: String,
    /// What rows were rounded to, and what that did to the numbers; none in audits older than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<PrecisionCard>,
    /// Threads used; numbers do not depend on it.
    pub threads: u64,
    /// Seed of the assignment of rows to jackknife groups.
    pub seed: u64,
    /// Pairs of rows visited by the all-pairs passes.
    pub pairs_visited: u64,
    /// Seconds of the all-pairs passes.
    pub pass_seconds: f64,
    /// Seconds from the first byte read to the last number.
    pub total_seconds: f64,
    /// Where the host's time went during walks on cards. Empty where the processor walked, and in audits older than this.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<Spent>,
    /// Where the time of the process went until it made this report. None in audits older than this, and of the library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process_seconds: Option<ProcessSeconds>,
    /// Present where the numbers of pairs were estimated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<EstimateCard>,
    /// Present where retrieval and thresholds come from a sample of queries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queries: Option<QueriesCard>,
}

/// Result of `--verify`: random rows recomputed in f64.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// Rows recomputed (per side).
    pub rows: u64,
    /// Row statistics compared (rows x exponents x sides).
    pub compared: u64,
    /// Largest |log row mean (pass) - log row mean (f64)|.
    pub largest_difference: f64,
    /// Where it is, e.g. `side a, row 812, uniformity{t=2}`.
    pub place: String,
}

/// Curves behind the pictures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Distributions {
    /// Pairwise cosines, one histogram for each side that was walked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cosines: Vec<CosineHistogram>,
    /// Distances of positive pairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distances: Option<DistanceHistogram>,
    /// Angle density of each view, for m = 2 only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub circles: Vec<Circle>,
}

/// Exact histogram of all pairwise cosines over [-1, 1] in equal bins; of rounded rows, where rows were rounded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CosineHistogram {
    /// Which pairs.
    pub side: Side,
    /// Pairs in each bin.
    pub counts: Vec<u64>,
    /// Probability of each bin under the uniform law on the sphere of this dimension.
    pub uniform: Vec<f64>,
}

/// Exact histogram of the l2 distances of positive pairs over [0, 2] in equal bins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DistanceHistogram {
    /// Pairs in each bin.
    pub counts: Vec<u64>,
    /// Mean distance.
    pub mean: f64,
}

/// The circle of a two-dimensional encoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Circle {
    /// Which view.
    pub side: Side,
    /// von Mises-Fisher kernel estimate of the angle density, per radian, at equally spaced angles from -pi on
    /// (the last one is one step below pi); integrates to 1. The uniform law has 1/(2 pi).
    pub density: Vec<f64>,
    /// Concentration of the kernel.
    pub kappa: f64,
    /// The same of the largest classes, where labels are the positives of one view.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassOnCircle>,
    /// Classes of two rows and more that are not among them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub classes_left_out: u64,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// A class of a two-dimensional encoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassOnCircle {
    /// Its label.
    pub name: String,
    /// Rows.
    pub n: u64,
    /// As of all rows, at fewer angles.
    pub density: Vec<f64>,
}
