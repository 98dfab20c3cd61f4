//! Whether two views share one space.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

/// How both errors are made.
const ERROR: &str = "Delete-a-group jackknife over 20 random groups of rows, of both views at once (--groups: whole given \
                     groups). Interval: t quantile with 19 degrees of freedom.";

pub(super) const SPACE_COSINE: MetricSpec = MetricSpec {
    id: MetricId::SpaceCosine,
    param: None,
    kind: Kind::Sampled,
    blind: Blind::ToBoth,
    place: Place::Usual,
    sides: &[Side::Cross],
    traits: Traits::of(Family::Space),
    summary: "Whether two views lie in one space: the cosine of their mean vectors.",
    formula: "x . y / (||x|| ||y||), x and y the means of the unit rows of the two views",
    range: "[-1, 1]",
    ideal: "none: near 1 for two views of one space, where rows lean to one side",
    collapsed: "1 where both views collapse to one point",
    reading: "Near 1 for two views that one model made, or two towers that were trained together. Far below it, with \
              mean_cosine across views below that within each: the views are of different models, or one was \
              changed (another version, another normalisation, another prompt), and cosines across them mean \
              nothing. Rows without a common direction (mean_cosine near 0) have a mean near 0, whose cosine is noise: \
              its interval says so.",
    error: ERROR,
    better: Direction::Neutral,
    reference: "A definition of this tool; the mean vectors are those of modality_gap.",
};

pub(super) const MODALITY_GAP: MetricSpec = MetricSpec {
    id: MetricId::ModalityGap,
    place: Place::Detail,
    summary: "How far apart the centres of two views lie: the length of the difference of their mean vectors.",
    formula: "||x - y||, x and y the means of the unit rows of the two views",
    range: "[0, 2]",
    ideal: "none: 0 for two views of one space; the gap of two towers is not bad by itself",
    collapsed: "0 where both views collapse to one point",
    reading: "Near 0 for two views of one space. Image and text towers of CLIP lie 0.8 apart and search well across \
              the gap, while one index that holds both returns rows of the query's own kind first. Near 0 it is \
              biased upwards: n rows bring in about sqrt(2 (1 - mean_cosine) / n) by chance.",
    reference: "Liang, Zhang, Kwon, Yeung & Zou, Mind the Gap, NeurIPS 2022 (arXiv 2203.02053).",
    ..SPACE_COSINE
};

pub(super) const MODALITY_GAP_RATIO: MetricSpec = MetricSpec {
    id: MetricId::ModalityGapRatio,
    place: Place::Detail,
    summary: "How far apart the centres of two views lie, measured by how far their own rows lie from them.",
    formula: "||x - y|| / sqrt(1 - (||x||^2 + ||y||^2) / 2), x and y the means of the unit rows of the two views; the root \
              is the root mean squared distance of a row from the mean of its view",
    range: "[0, infinity)",
    ideal: "none: 0 for two views of one space",
    collapsed: "none: without spread nothing measures the gap",
    reading: "Read it where modality_gap of models of different spread is compared: a gap of 0.1 is little where rows lie \
              0.8 from their mean, and all there is where rows crowd in a cone. Above 1 the two views lie farther \
              apart than their own rows do from their centre, and a nearest row is nearly always of the query's own \
              kind. Near 0 it is biased upwards: n rows bring in about sqrt(2 / n) by chance.",
    reference: "A definition of this tool; the gap: Liang, Zhang, Kwon, Yeung & Zou, Mind the Gap, NeurIPS 2022 (arXiv \
                2203.02053).",
    ..SPACE_COSINE
};
