//! Judged pairs.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

pub(super) const STS_SPEARMAN: MetricSpec = MetricSpec {
    id: MetricId::StsSpearman,
    param: None,
    kind: Kind::Sampled,
    blind: Blind::Never,
    place: Place::Usual,
    sides: &[Side::Cross, Side::A],
    traits: Traits::of(Family::Positives),
    summary: "Whether pairs that people call more alike have the larger cosine: Spearman's rank correlation of cosine and \
              score.",
    formula: "Pearson correlation of the ranks of cos(x, y) and of the scores over all scored pairs (x, y); equal values \
              share the mean of their ranks; cosines are equal within 1e-12",
    range: "[-1, 1]",
    ideal: "1: cosines order the pairs as their scores do",
    collapsed: "0, as for random vectors: equal cosines order nothing, and then no number is given",
    reading: "Higher is better. It is what leaderboards call STS (cosine Spearman); good encoders reach 0.75 to 0.9 on \
              STS-B, whose judges agree no better. It sees the order only: neither whether cosines spread, nor which \
              cosine is alike enough (see threshold). On pairs of a narrow range of scores it falls, at the same quality: \
              compare at one set of pairs only. Scores come from --scores; all scored pairs count as positives in \
              every other number, whatever their score.",
    error: "Delete-a-group jackknife over 20 random groups of rows (items and --groups whole); a pair goes with either of \
            its rows, so that the error of pairs whose rows are in two groups is up to 1.4 times too large. Interval: \
            of Fisher's atanh, t quantile with 19 degrees of freedom, and back. Without a pair out of order there is \
            no error.",
    better: Direction::Higher,
    reference: "Spearman, American Journal of Psychology 15 (1904); Cer, Diab, Agirre, Lopez-Gazpio & Specia, SemEval-2017 \
                Task 1 (STS-B).",
};
