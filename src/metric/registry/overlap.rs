//! What two models have in common.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

pub(super) const KNN_OVERLAP: MetricSpec = MetricSpec {
    id: MetricId::KnnOverlap,
    param: None,
    kind: Kind::Overlap,
    blind: Blind::Never,
    place: Place::Usual,
    sides: &[Side::A],
    traits: Traits::of(Family::Other),
    summary: "How much two models agree on which rows are near: the share of each row's nearest neighbours that both \
              have.",
    formula: "mean_i |N_k(x_i) and N_k(y_i)| / k, N_k the k rows of largest cosine to row i, without i",
    range: "[0, 1]; k / (n - 1) by chance",
    ideal: "1: the same neighbours, e.g. a rotated copy",
    collapsed: "k / (n - 1), chance",
    reading: "A limit against chance, not a goal: two good models of the same texts may share no more than a tenth to \
              a third of their ten nearest, as eight real sentence encoders do. Near chance, the rows are random, or \
              in another order than the other model's. compare shows it; a gate holds it against its baseline, whose \
              lock file keeps the nearest of 256 seeded rows, as a lower limit: at least 0.05 and at least five times \
              chance.",
    error: "Sample standard deviation over rows / sqrt(rows). Interval: t quantile.",
    better: Direction::Higher,
    reference: "Stability of nearest neighbours, e.g. Wendlandt, Kummerfeld & Mihalcea, Factors \
                Influencing the Surprising Instability of Word Embeddings, NAACL 2018.",
};
