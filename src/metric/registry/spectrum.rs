//! Ranks and spreads of the spectrum: how many directions the rows use.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

/// How the error of each is made.
pub(super) const ERROR: &str = "Delete-a-group jackknife over 20 random groups of rows (--groups: whole given groups): the \
                                spectrum without each group, less the shift that fewer rows bring. The interval, a t \
                                quantile with 19 degrees of freedom, is of the value at this number of rows and columns, \
                                not of its limit; of nearly uniform rows it is up to twice as wide as need be. None above \
                                2,048 columns.";

/// Of uniform rows.
pub(super) const UNIFORM: &str =
    "none: the value shown is that of as many uniform rows, by the Marchenko-Pastur law";

/// What every page of a rank ends with.
macro_rules! misleads {
    () => {
        " It moves with the number of rows, so compare at the same number only."
    };
}
/// What every page of a centred number ends with.
macro_rules! blind {
    () => {
        " Neither direction is better: centring takes away the common direction of a cone, which is how encoders fail most \
         often, and on this tool's own example of a broken encoder (MiniLM, CLS in place of mean pooling) the number calls \
         the broken one better. Read mean_cosine and recall beside it, and do not gate by it."
    };
}

pub(super) const RANKME: MetricSpec = MetricSpec {
    id: MetricId::Rankme,
    param: None,
    kind: Kind::Sampled,
    blind: Blind::ToBoth,
    place: Place::Usual,
    sides: &[Side::A, Side::B],
    traits: Traits::of(Family::Spectrum),
    summary: "How many directions the rows use, by the entropy of their singular values: RankMe as its paper defines it.",
    formula: "exp(-sum_k p_k log p_k), p_k = s_k / sum_j s_j + 1e-7, s the singular values of the unit rows, not centred",
    range: "[1, m], up to the 1e-7",
    ideal: UNIFORM,
    collapsed: "1, and 16 m 1e-7 more",
    reading: concat!(
        "Far below the value of uniform rows, the rows leave columns unused (dimensional collapse); the papers find it \
         to go with accuracy among models of one kind trained alike. Neither direction is better by itself: random vectors \
         have the highest value, and it hardly moves (256 to 244) where mean pooling is replaced by CLS and the model \
         stops working. Five different numbers go by this name (--compat stable-pretraining, reptrix, ssrlib).",
        misleads!()
    ),
    error: ERROR,
    better: Direction::Neutral,
    reference: "Garrido, Balestriero, Najman & LeCun, RankMe, ICML 2023 (arXiv 2210.02885), equation 1.",
};

pub(super) const EFFECTIVE_RANK: MetricSpec = MetricSpec {
    id: MetricId::EffectiveRank,
    place: Place::Detail,
    summary: "RankMe without the 1e-7: the exponential of the entropy of the singular values.",
    formula: "exp(-sum_k p_k log p_k), p_k = s_k / sum_j s_j, s the singular values of the unit rows, not centred",
    range: "[1, m]",
    collapsed: "1",
    reading: concat!(
        "As rankme, which adds 1e-7 to each p_k. Some packages give this name to the participation ratio. Neither \
         direction is better by itself.",
        misleads!()
    ),
    reference: "Roy & Vetterli, The Effective Rank, EUSIPCO 2007.",
    ..RANKME
};

pub(super) const PARTICIPATION_RATIO: MetricSpec = MetricSpec {
    id: MetricId::ParticipationRatio,
    summary: "How many directions hold the variance of the rows: the squared sum of the covariance's eigenvalues over the \
              sum of their squares.",
    formula: "(sum_k c_k)^2 / sum_k c_k^2, c the eigenvalues of the covariance (1/n) of the unit rows",
    range: "[1, m]",
    collapsed: "none: there is no variance",
    reading: concat!(
        "Large eigenvalues count most, so it is far below rankme.",
        blind!(),
        misleads!()
    ),
    reference: "Gao, Trautmann, Yu, Santhanam, Ryu, Shenoy & Ganguli, bioRxiv 214262 (2017).",
    ..RANKME
};

pub(super) const STABLE_RANK: MetricSpec = MetricSpec {
    id: MetricId::StableRank,
    summary: "How much of the rows the first direction leaves over: the sum of the squared singular values over the \
              largest.",
    formula: "sum_k s_k^2 / max_k s_k^2, s the singular values of the unit rows, not centred",
    range: "[1, m]",
    collapsed: "1",
    reading: concat!(
        "Not centred, it sees a common direction of all rows: it is nearly 1 / mean_cosine where that is large, 3.2 for \
         mean pooling and 1.5 for CLS on this tool's example. Neither direction is better by itself: random vectors have \
         the highest value.",
        misleads!()
    ),
    reference: "Rudelson & Vershynin, Journal of the ACM 54 (2007).",
    ..RANKME
};

pub(super) const W2_UNIFORMITY: MetricSpec = MetricSpec {
    id: MetricId::W2Uniformity,
    summary: "How far the rows are from uniform by mean and covariance alone: the 2-Wasserstein distance between two \
              normal laws.",
    formula: "sqrt(2 - 2 / sqrt(m) tr C^(1/2)), C the covariance (1/n) of the unit rows: W2 of N(mean, C) and N(0, I/m)",
    range: "[0, sqrt 2]",
    collapsed: "sqrt 2",
    reading: concat!(
        "Unlike uniformity{t} it notices columns that are copies of others. It is not 0 for uniform rows: with few rows \
         for the columns, C lacks directions (0.32 at 1,000 rows of 384), so only what is above the value of uniform rows \
         is the model's. Neither direction is better by itself: random vectors have the least.",
        misleads!()
    ),
    reference: "Fang, Li, Sun & Chen, Rethinking the Uniformity Metric in Self-Supervised Learning, ICLR 2024.",
    ..RANKME
};

pub(super) const PRINCIPAL_COMPONENTS: MetricSpec = MetricSpec {
    id: MetricId::PrincipalComponents,
    param: Some("share"),
    place: Place::Detail,
    summary: "How many principal components hold a share of the variance: 90, 95 and 99 %.",
    formula: "min{k : c_1 + ... + c_k >= share sum_j c_j}, c the eigenvalues of the covariance of the unit rows, descending",
    range: "{1, ..., m}",
    collapsed: "none: there is no variance",
    reading: concat!(
        "To how many columns the rows can be projected (PCA) at a known loss of squared distance; what that does to search \
         is another question (compare --dims for prefixes).",
        blind!(),
        misleads!()
    ),
    error: "Delete-a-group jackknife over 20 random groups of rows (--groups: whole given groups), of the same number with \
            the last component counted by the part of it that is needed, which moves without steps; the interval is that one's, \
            rounded outward to whole columns. None above 2,048 columns.",
    reference: "Jolliffe, Principal Component Analysis, section 6.1.1.",
    ..RANKME
};

pub(super) const TOP_COLUMN_VARIANCE: MetricSpec = MetricSpec {
    id: MetricId::TopColumnVariance,
    place: Place::Detail,
    summary: "Whether one column decides: the largest variance of a column, in multiples of the mean.",
    formula: "m max_k v_k / sum_j v_j, v the variances of the columns of the unit rows",
    range: "[1, m]",
    ideal: "none: near 1 for uniform rows",
    collapsed: "none: there is no variance",
    reading: "About 2 is usual. Far above it, one column varies more than all others do: quantising with one scale for all \
              columns then spoils the rest, and prefixes that lack the column lose most. Rotating the rows changes it and \
              changes no cosine, so neither direction is better. --offenders names columns that are large without \
              varying (dominating_column), which is another thing.",
    reference: "Timkey & van Schijndel, All Bark and No Bite, EMNLP 2021 (arXiv 2109.04404), on rogue dimensions.",
    ..RANKME
};

pub(super) const CONSTANT_COLUMNS: MetricSpec = MetricSpec {
    id: MetricId::ConstantColumns,
    kind: Kind::Count,
    summary: "How many columns say nothing: they hold one value in all rows.",
    formula: "#{k : variance of column k in the file < 1e-12 of the mean variance of a column}",
    range: "{0, 1, ..., m}",
    ideal: "0",
    collapsed: "m where the rows of the file are alike",
    reading: "They cost memory and, where their value is not 0, move every cosine by the same amount. --offenders lists \
              them. Codes of a byte with a range for each column divide by 0 there. Neither direction is better by itself: \
              a model may do its work with fewer columns.",
    error: "None: it is a count over all rows, not an estimate.",
    reference: "A definition of this tool; as the list constant_column of --offenders.",
    ..RANKME
};
