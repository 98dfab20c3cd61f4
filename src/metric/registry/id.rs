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
}

impl MetricId {
    /// Whether it is counted for those who search: only where an audit was asked to.
    pub fn of_search(self) -> bool {
        self >= Self::Recall
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
            Self::Recall
                | Self::HitRate
                | Self::Mrr
                | Self::Ndcg
                | Self::RPrecision
                | Self::Auc
                | Self::Eer
                | Self::Tar
                | Self::RobinHood
                | Self::Antihubs
                | Self::HubShare
        )
    }
}
