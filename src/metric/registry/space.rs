//! Whether two views share one space.

use super::id::MetricId;
use super::kind::{Blind, Kind, Place};
use super::spec::{Direction, MetricSpec};

/// How both errors are made.
const ERROR: &str = "Delete-a-group jackknife over 20 random groups of rows, of both views at once (--groups: whole given \
                     groups). Interval: t quantile with 19 degrees of freedom.";

pub(super) const SPACE_COSINE: MetricSpec = MetricSpec {
    id: MetricId::SpaceCosine,
    name: "space_cosine",
    param: None,
    kind: Kind::Sampled,
    blind: Blind::ToBoth,
    place: Place::Usual,
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
    name: "modality_gap",
    param: None,
    kind: Kind::Sampled,
    blind: Blind::ToBoth,
    place: Place::Detail,
    summary: "How far apart the centres of two views lie: the length of the difference of their mean vectors.",
    formula: "||x - y||, x and y the means of the unit rows of the two views",
    range: "[0, 2]",
    ideal: "none: 0 for two views of one space; the gap of two towers is not bad by itself",
    collapsed: "0 where both views collapse to one point",
    reading: "Near 0 for two views of one space. Image and text towers of CLIP lie 0.8 apart and search well across \
              the gap, while one index that holds both returns rows of the query's own kind first. Near 0 it is \
              biased upwards: n rows bring in about sqrt(2 (1 - mean_cosine) / n) by chance.",
    error: ERROR,
    better: Direction::Neutral,
    reference: "Liang, Zhang, Kwon, Yeung & Zou, Mind the Gap, NeurIPS 2022 (arXiv 2203.02053).",
};
