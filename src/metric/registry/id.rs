//! The metrics by name.

use serde::{Deserialize, Serialize};

/// A metric by its name in JSON, CSV, policies and the library, which is that of the variant: `alignment`, `uniformity_z`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "each variant is a row of METRICS, which says what it is"
)]
pub enum MetricId {
    Alignment,
    Uniformity,
    UniformityZ,
    ContrastiveAlignmentTerm,
    ContrastiveUniformTerm,
    ContrastiveLimit,
    ContrastiveLoss,
    MutualInformationBound,
    ContrastiveGap,
    ContrastiveGapAlignment,
    ContrastiveGapUniformity,
    JensenGap,
    MeanCosine,
    GroupCosine,
    NormMean,
    NormCv,
    DuplicateRows,
    DuplicatePairs,
    SsnlUniformity,
    SimcseUniformity,
    BatchUniformity,
    BatchContrastiveLoss,
    KnnOverlap,
    DriftMmd,
    DriftP,
    DriftAuc,
    DriftFrechet,
    ParityCosine,
    ParityQuantile,
    ParityMinCosine,
    ParityBelow,
    NormRatio,
    WorstNormRatio,
    TopkOverlap,
    AsymmetricOverlap,
    Rank1Flips,
    StsSpearman,
    Recall,
    HitRate,
    Mrr,
    Ndcg,
    RPrecision,
    Auc,
    DPrime,
    Eer,
    Tar,
    Threshold,
    HubnessSkewness,
    RobinHood,
    Antihubs,
    HubShare,
    MaxOccurrence,
    SpaceCosine,
    ModalityGap,
    ModalityGapRatio,
    Rankme,
    EffectiveRank,
    ParticipationRatio,
    StableRank,
    W2Uniformity,
    PrincipalComponents,
    TopColumnVariance,
    ConstantColumns,
    StablePretrainingRankme,
    ReptrixRankme,
    SsrlibRankme,
    ClassSeparation,
    ClassMeanAccuracy,
    ModalitySeparability,
    CentredAlignment,
    CentredUniformity,
}

impl MetricId {
    /// Whether it is counted for those who search: only where an audit was asked to.
    pub fn of_search(self) -> bool {
        (Self::Recall..=Self::ModalityGapRatio).contains(&self)
    }

    /// Whether it is read from the spectrum: only where an audit was asked to.
    pub fn of_spectrum(self) -> bool {
        (Self::Rankme..=Self::ConstantColumns).contains(&self)
    }

    /// Whether it is of labelled rows and their classes: only where an audit was asked to.
    pub fn of_classes(self) -> bool {
        matches!(self, Self::ClassSeparation | Self::ClassMeanAccuracy)
    }

    /// Whether it is of two views as a whole: only where an audit was asked to.
    pub fn of_modality(self) -> bool {
        self >= Self::ModalitySeparability
    }

    /// Whether it is measured against a reference set of rows: only where an audit was given one.
    pub fn of_drift(self) -> bool {
        (Self::DriftMmd..=Self::DriftFrechet).contains(&self)
    }

    /// Whether it is a mean over queries, or a number of the pairs that queries make: retrieval and thresholds.
    pub fn of_queries(self) -> bool {
        (Self::Recall..=Self::Threshold).contains(&self)
    }

    /// Whether it is counted from how often each row is found: hubs.
    pub fn of_hubs(self) -> bool {
        (Self::HubnessSkewness..=Self::MaxOccurrence).contains(&self)
    }

    /// Whether it is a share, or a mean of shares, so that no interval of it may leave [0, 1].
    pub fn is_share(self) -> bool {
        matches!(
            self,
            Self::ParityBelow
                | Self::TopkOverlap
                | Self::AsymmetricOverlap
                | Self::Rank1Flips
                | Self::Recall
                | Self::HitRate
                | Self::Mrr
                | Self::Ndcg
                | Self::RPrecision
                | Self::Auc
                | Self::DriftAuc
                | Self::Eer
                | Self::Tar
                | Self::RobinHood
                | Self::Antihubs
                | Self::HubShare
                | Self::ClassMeanAccuracy
                | Self::ModalitySeparability
        )
    }
}
