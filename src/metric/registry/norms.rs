//! Norms of the rows before they are normalised.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

pub(super) const NORM_MEAN: MetricSpec = MetricSpec {
    id: MetricId::NormMean,
    param: None,
    kind: Kind::Sampled,
    blind: Blind::ToBoth,
    place: Place::Usual,
    sides: &[Side::A, Side::B],
    traits: Traits::of(Family::Norms),
    summary: "The mean L2 norm of the rows as they lie in the file, before they are normalised.",
    formula: "mean_i ||x_i||",
    range: "(0, inf)",
    ideal: "none; 1 where the encoder ends in a normalisation",
    collapsed: "none: norms do not tell",
    reading: "Neither good nor bad: all other metrics look at directions only. It tells which file this \
              is. 1 where you expected raw outputs, or 17 where you expected unit rows, means that the \
              wrong layer was saved or a normalisation is missing; a change between two versions of a \
              model is worth a question where the search index uses the inner product.",
    error: "Sample standard deviation / sqrt(rows).",
    better: Direction::Neutral,
    reference: "Plain statistics; Wang & Isola define all their metrics on normalised rows.",
};

pub(super) const NORM_CV: MetricSpec = MetricSpec {
    id: MetricId::NormCv,
    summary: "How much the norms vary before the rows are normalised: their standard deviation over their mean.",
    formula: "sd_i ||x_i|| / mean_i ||x_i||",
    range: "[0, sqrt(n)) for n rows",
    ideal: "none; 0 where the encoder ends in a normalisation",
    collapsed: "none: norms do not tell",
    reading: "Neither good nor bad. Near 0: normalising changes nothing but the scale, so cosine and \
              inner product rank alike. Large: they rank differently, and part of what the encoder says \
              lies in the norm, which these metrics do not see.",
    error: "Leave-one-out jackknife over the rows.",
    reference: "Plain statistics.",
    ..NORM_MEAN
};
