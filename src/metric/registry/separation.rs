//! Separation: cosines of positives against those of all other pairs.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

/// How the error of every number of separation is made.
const ERROR: &str = "Delete-a-group jackknife over 20 random groups of rows (--groups: whole given groups), left out on \
                     both sides of every pair: pairs share rows, so DeLong's error, which takes them for \
                     independent, is not used. Interval: t quantile with 19 degrees of freedom; of shares a score \
                     interval with as many trials as that error amounts to. Cosines of negatives are counted in \
                     bins of 3e-5; what that may move is added to the interval.";

/// Which pairs are negatives.
macro_rules! negatives {
    () => {
        "Positives are compared with all other pairs: between two views every row of one with every row of the other \
         (side cross), in one view all pairs of rows (side a), without rows of one item. "
    };
}

pub(super) const AUC: MetricSpec = MetricSpec {
    id: MetricId::Auc,
    param: None,
    kind: Kind::Sampled,
    blind: Blind::Never,
    place: Place::Usual,
    sides: &[Side::Cross, Side::A],
    traits: Traits::of(Family::Queries).share(),
    summary: "How surely a positive pair is closer than any other pair: the area under the ROC curve of the cosine.",
    formula: "P(cos of a positive > cos of a negative) + P(equal) / 2; cosines in one bin of 3e-5 are taken as equal",
    range: "[0, 1]",
    ideal: "1: every positive above every negative",
    collapsed: "0.5: all cosines are equal",
    reading: concat!(
        "Higher is better; random vectors have 0.5. ",
        negatives!(),
        "With a million negatives a value of 0.9999 can still mean a hundred of them above each positive: for search \
         look at tar at a small far, or at recall."
    ),
    error: ERROR,
    better: Direction::Higher,
    reference: "Mann & Whitney, Annals of Mathematical Statistics 18 (1947); Hanley & McNeil, Radiology 143 (1982).",
};

pub(super) const D_PRIME: MetricSpec = MetricSpec {
    id: MetricId::DPrime,
    place: Place::Detail,
    traits: Traits::of(Family::Queries),
    summary: "How many standard deviations lie between the cosines of positives and those of all other pairs.",
    formula: "(mean_P - mean_N) / sqrt((var_P + var_N) / 2), cosines of positives P and negatives N, n - 1 in the \
              variances",
    range: "unbounded; below 0 where positives are farther than others",
    ideal: "none: the larger, the farther apart",
    collapsed: "0",
    reading: concat!(
        "Higher is better; random vectors have 0. ",
        negatives!(),
        "It sees the middle of both laws and nothing of their tails, in which thresholds lie."
    ),
    reference: "Green & Swets, Signal Detection Theory and Psychophysics, 1966; the unequal-variance form: Simpson & \
                Fitter, Psychological Bulletin 80 (1973).",
    ..AUC
};

pub(super) const EER: MetricSpec = MetricSpec {
    id: MetricId::Eer,
    place: Place::Detail,
    summary: "The error rate of the threshold that rejects as large a share of positives as it accepts of negatives.",
    formula: "share of negatives at or above t = share of positives below t, on the line between the edges of the bin \
              of t",
    range: "[0, 1]",
    ideal: "0",
    collapsed: "0.5",
    reading: concat!(
        "Lower is better; random vectors have 0.5. ",
        negatives!(),
        "Negatives are far more than positives in any search, so the threshold that matters is stricter: tar."
    ),
    error: "As of auc, and at least that of a share of units (1 + errors) trials, units the rows or items that positives \
            join and errors those of them below the threshold: where few decide, the jackknife alone is too short.",
    better: Direction::Lower,
    reference: "ISO/IEC 19795-1 (biometric performance testing).",
    ..AUC
};

pub(super) const TAR: MetricSpec = MetricSpec {
    id: MetricId::Tar,
    param: Some("far"),
    place: Place::Headline,
    traits: Traits::of(Family::Queries)
        .share()
        .last_speaks()
        .proposed_at(1e-3),
    summary: "What a threshold keeps: the share of positives at or above the cosine that only the share far of all \
              other pairs reaches.",
    formula: "#{positives with cos >= threshold{far}} / #{positives}; those in the bin of the threshold, in random order",
    range: "[0, 1]",
    ideal: "1",
    collapsed: "far: all cosines are one bin, and order in it is chance",
    reading: concat!(
        "Higher is better; random vectors have about far. ",
        negatives!(),
        "One query meets as many negatives as there are rows: with 100,000 rows a far of 1e-5 lets about one wrong row \
         through for each query. A far is left out where fewer than 10 negatives would lie above its threshold \
         (10 / far negatives are needed)."
    ),
    reference: "True accept rate at a false accept rate: ISO/IEC 19795-1 (biometric performance testing).",
    ..AUC
};

pub(super) const THRESHOLD: MetricSpec = MetricSpec {
    id: MetricId::Threshold,
    param: Some("far"),
    kind: Kind::Sampled,
    blind: Blind::ToBoth,
    place: Place::Usual,
    sides: &[Side::Cross, Side::A],
    traits: Traits::of(Family::Queries),
    summary: "The cosine to cut at: only the share far of all pairs that are no positives reaches it.",
    formula: "upper quantile of the cosines of negatives: the one with ceil((n - 1) (1 - far)) of n below it",
    range: "[-1, 1]; with --similarity dot any number: an inner product of the rows as they are",
    ideal: "none: it belongs to the model",
    collapsed: "1; none with --similarity dot",
    reading: concat!(
        "Neither good nor bad: tar says what it keeps. ",
        negatives!(),
        "A threshold does not carry over to another model: `spherecheck compare` prints the one with the same far. A far \
         is left out where fewer than 10 negatives would lie above its threshold."
    ),
    error: ERROR,
    better: Direction::Neutral,
    reference: "Quantile of kind `higher`: Hyndman & Fan, The American Statistician 50 (1996).",
};
