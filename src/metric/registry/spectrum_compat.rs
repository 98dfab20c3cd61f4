//! What other code calls RankMe.

use super::spectrum::{ERROR, UNIFORM};
use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

pub(super) const STABLE_PRETRAINING: MetricSpec = MetricSpec {
    id: MetricId::StablePretrainingRankme,
    param: None,
    kind: Kind::Sampled,
    blind: Blind::ToBoth,
    place: Place::Usual,
    sides: &[Side::A, Side::B],
    traits: Traits::of(Family::Other),
    summary: "RankMe as stable-pretraining computes it: rankme with 1e-5 in place of 1e-7.",
    formula: "exp(-sum_k p_k log p_k), p_k = s_k / sum_j s_j + 1e-5, s the singular values of the unit rows, not centred",
    range: "[1, m], up to the 1e-5",
    ideal: UNIFORM,
    collapsed: "1, and 11.5 m 1e-5 more",
    reading: "Higher than rankme by what 1e-5 adds to directions that are not used: 261.4 where rankme is 256.1. \
              stable-pretraining does not normalise rows; give the rows as its callback sees them, or compare unit rows. \
              Neither direction is better by itself.",
    error: ERROR,
    better: Direction::Neutral,
    reference: "stable-pretraining 0.1.8, RankMe callback.",
};

pub(super) const REPTRIX: MetricSpec = MetricSpec {
    id: MetricId::ReptrixRankme,
    summary: "What reptrix calls RankMe: the entropy of the covariance's eigenvalues, not of singular values.",
    formula: "exp(-sum_k p_k log p_k), p_k = c_k / sum_j c_j + 1e-7, c the eigenvalues of the covariance of the unit rows",
    range: "[1, m], up to the 1e-7",
    collapsed: "none: there is no variance",
    reading: "Half of rankme on real embeddings, as eigenvalues are squares of singular values, and blind to a common \
              direction of all rows, as it is centred: on this tool's example it calls the broken encoder better (156.6 \
              against 123.4). Neither direction is better.",
    reference: "reptrix 0.1.0, rankme.py.",
    ..STABLE_PRETRAINING
};

pub(super) const SSRLIB: MetricSpec = MetricSpec {
    id: MetricId::SsrlibRankme,
    summary: "What ssrlib calls RankMe: the entropy of the covariance's eigenvalues, without the 1e-7 of reptrix.",
    formula: "exp(-sum_k p_k log p_k), p_k = c_k / sum_j c_j, c the eigenvalues of the covariance of the unit rows",
    range: "[1, m]",
    collapsed: "none: there is no variance",
    reading: "As reptrix_rankme, which adds 1e-7 to each p_k. Neither direction is better.",
    reference: "ssrlib 0.2.0, RankMe.",
    ..STABLE_PRETRAINING
};
