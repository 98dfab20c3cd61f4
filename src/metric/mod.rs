//! Finishing: from the states of a pass to statistics with what their errors need.
//!
//! A metric sees states and numbers, never rows or backends.

/// Version of the metrics' definitions: numbers of different versions must not be compared.
pub const DEFINITION: u32 = 2;

mod accepted;
mod alignment;
mod by_group;
mod circle;
mod contrast;
mod hubs;
mod laplace;
mod norms;
mod pair_variance;
mod partial;
mod rank_correlation;
mod registry;
mod retrieval;
mod separation;
mod similarity;
mod space;
mod spectrum;
mod uniformity;

pub use accepted::{accepted, far_of_rank};
pub use alignment::{Alignment, alignment, alignment_by_group, cosine, cosine_by_group};
pub use by_group::{GroupedStatistic, PairTable, pair_mean_by_item, pair_mean_falls};
#[cfg(feature = "train")]
pub use circle::{PLANE_REACH, plane_density};
pub use circle::{circle_density, circle_kappa};
pub use contrast::{alignment_term, uniform_term, uniform_term_of_half};
pub use hubs::{Hubs, all_to_the_first, hubs, occurrences};
pub use laplace::LogLaplace;
pub use norms::{norm_cv, norm_mean, norms_by_group};
pub use pair_variance::pair_variance;
pub use partial::{PartialLogs, partial_log_means};
pub use rank_correlation::{spearman, spearman_by_group};
pub use registry::{
    Blind, Direction, Domain, Family, Kind, METRICS, MetricId, MetricSpec, Place, Proposed, Side,
    Traits, UnknownMetric, explain, markdown_table, page,
};
pub use retrieval::{Standing, hit_rate, mrr, ndcg, r_precision, recall};
pub use separation::{AtFar, Bounded, Negatives, Separation, separation};
pub use similarity::{linear_cka, overlap};
pub use space::{Products, Space, space};
pub use spectrum::{
    entropy_rank, participation_ratio, principal_components, singular_values, stable_rank,
    w2_uniformity,
};
pub use uniformity::{
    Counts, Statistic, log_mean_exp, log_mean_exp_within, mean_cosine, mean_cosine_within,
    pooled_log_mean_exp, potential_variance,
};
