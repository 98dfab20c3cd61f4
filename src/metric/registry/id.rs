//! The metrics by name.

use serde::{Deserialize, Serialize};

/// A metric's name in JSON, CSV, policies and the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricId {
    /// `alignment{alpha}`
    Alignment,
    /// `uniformity{t}`
    Uniformity,
    /// `uniformity_z{t}`
    UniformityZ,
    /// `contrastive_alignment_term{tau}`
    ContrastiveAlignmentTerm,
    /// `contrastive_uniform_term{tau}`
    ContrastiveUniformTerm,
    /// `contrastive_limit{tau}`
    ContrastiveLimit,
    /// `contrastive_loss{tau,M}`
    ContrastiveLoss,
    /// `mutual_information_bound{tau,M}`
    MutualInformationBound,
    /// `contrastive_gap{tau}`
    ContrastiveGap,
    /// `contrastive_gap_alignment{tau}`
    ContrastiveGapAlignment,
    /// `contrastive_gap_uniformity{tau}`
    ContrastiveGapUniformity,
    /// `jensen_gap{tau}`
    JensenGap,
    /// `mean_cosine`
    MeanCosine,
    /// Mean cosine of the rows of one given group.
    GroupCosine,
    /// `norm_mean`
    NormMean,
    /// `norm_cv`
    NormCv,
    /// `duplicate_rows`
    DuplicateRows,
    /// `duplicate_pairs`
    DuplicatePairs,
    /// `ssnl_uniformity{t}`
    SsnlUniformity,
    /// `simcse_uniformity{t}`
    SimcseUniformity,
    /// `batch_uniformity{t,batch}`
    BatchUniformity,
    /// `batch_contrastive_loss{tau,batch}`
    BatchContrastiveLoss,
    /// `knn_overlap`
    KnnOverlap,
    /// `drift_mmd{t}`
    DriftMmd,
    /// `drift_p`
    DriftP,
    /// `drift_auc`
    DriftAuc,
    /// `drift_frechet`
    DriftFrechet,
    /// `parity_cosine`
    ParityCosine,
    /// `parity_quantile{q}`
    ParityQuantile,
    /// `parity_min_cosine`
    ParityMinCosine,
    /// `parity_below{cosine}`
    ParityBelow,
    /// `norm_ratio`
    NormRatio,
    /// `worst_norm_ratio`
    WorstNormRatio,
    /// `topk_overlap{k}`
    TopkOverlap,
    /// `asymmetric_overlap{k}`
    AsymmetricOverlap,
    /// `rank1_flips`
    Rank1Flips,
    /// `sts_spearman`
    StsSpearman,
    /// `recall{k}`
    Recall,
    /// `hit_rate{k}`
    HitRate,
    /// `mrr{k}`
    Mrr,
    /// `ndcg{k}`
    Ndcg,
    /// `r_precision`
    RPrecision,
    /// `auc`
    Auc,
    /// `d_prime`
    DPrime,
    /// `eer`
    Eer,
    /// `tar{far}`
    Tar,
    /// `threshold{far}`
    Threshold,
    /// `hubness_skewness{k}`
    HubnessSkewness,
    /// `robin_hood{k}`
    RobinHood,
    /// `antihubs{k}`
    Antihubs,
    /// `hub_share{k}`
    HubShare,
    /// `max_occurrence{k}`
    MaxOccurrence,
    /// `space_cosine`
    SpaceCosine,
    /// `modality_gap`
    ModalityGap,
    /// `modality_gap_ratio`
    ModalityGapRatio,
    /// `rankme`
    Rankme,
    /// `effective_rank`
    EffectiveRank,
    /// `participation_ratio`
    ParticipationRatio,
    /// `stable_rank`
    StableRank,
    /// `w2_uniformity`
    W2Uniformity,
    /// `principal_components{share}`
    PrincipalComponents,
    /// `top_column_variance`
    TopColumnVariance,
    /// `constant_columns`
    ConstantColumns,
    /// `stable_pretraining_rankme`
    StablePretrainingRankme,
    /// `reptrix_rankme`
    ReptrixRankme,
    /// `ssrlib_rankme`
    SsrlibRankme,
    /// `class_separation`
    ClassSeparation,
    /// `class_mean_accuracy`
    ClassMeanAccuracy,
    /// `modality_separability`
    ModalitySeparability,
    /// `centred_alignment{alpha}`
    CentredAlignment,
    /// `centred_uniformity{t}`
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
