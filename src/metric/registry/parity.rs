//! Whether a candidate is still the reference: the same rows twice, as after an export or in a smaller form.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

/// How the errors of means and shares over rows are made.
const ERROR: &str = "Delete-a-group jackknife over the reference's groups of rows: 20 random ones, or with --groups whole \
                     given groups. It speaks of other rows of the same kind, put through the same two encoders. Interval: \
                     t quantile; of shares a score interval.";
/// How the errors of neighbourhoods are made.
const ERROR_OF_NEIGHBOURS: &str = "Delete-a-group jackknife over the reference's groups of rows, 20 random ones or with \
                                   --groups whole given groups: of the rows that search, and besides of those that are \
                                   found (the share of what is left of both lists), less what single neighbours bring \
                                   into both. It speaks of other rows of the same kind, put through the same two encoders. \
                                   Score interval, t quantile.";
/// Of what is worst.
const FACT: &str = "None: it is a fact of these rows. More rows can only make it worse.";
/// Where no value says that an encoder is collapsed.
const NO_COLLAPSE: &str = "none: it depends on the reference";
/// Chance, where all cosines of the candidate are equal.
const CHANCE: &str = "about k / (n - 1), chance";
const REFERENCE: &str = "A definition of this tool, as export checks and index builders use it.";

pub(super) const COSINE: MetricSpec = MetricSpec {
    id: MetricId::ParityCosine,
    param: None,
    kind: Kind::OfReference,
    blind: Blind::Never,
    place: Place::Usual,
    sides: &[Side::A, Side::B],
    traits: Traits::of(Family::Other),
    summary: "Whether a candidate gives the reference's vectors: the mean cosine of each row with itself.",
    formula: "mean_i cos(r_i, c_i), r_i row i of the reference, c_i row i of the candidate",
    range: "[-1, 1]",
    ideal: "1: the same directions",
    collapsed: NO_COLLAPSE,
    reading: "Higher is better. An export to another runtime keeps 0.9999 and more; int8 weights keep 0.99 or so. Near 0, \
              the candidate is in another basis or another space, or its rows are in another order: old and new vectors must \
              not share an index. A mean hides single rows that are wrong, so read parity_min_cosine and the list of \
              the worst rows too. Undefined where the two have different numbers of columns. Of codes that are shifted by \
              column (i8-st) it is the cosine of the codes, which is not that of the vectors.",
    error: ERROR,
    better: Direction::Higher,
    reference: REFERENCE,
};

pub(super) const QUANTILE: MetricSpec = MetricSpec {
    id: MetricId::ParityQuantile,
    param: Some("q"),
    summary: "What all but the share q of the rows reach: the quantile of the cosine of each row with itself.",
    formula: "quantile q of cos(r_i, c_i) over rows i: the cosine at position (n - 1) q in ascending order, linear between \
              two",
    range: "[-1, 1]",
    ideal: "1: the same directions",
    reading: "Higher is better. q = 0.5 is the median, 0.05 and 0.01 are the tails that a mean hides. Where they are far \
              below the median, some inputs are treated in another way: cut at another length, another tokeniser, an \
              overflow. Of fewer than 1 / q rows it is little more than the minimum.",
    error: "Two of the sorted cosines: the share of rows below the quantile has the error of leaving groups of rows out, and \
            at least that of independent rows; the ends of its score interval, rounded outward, are ranks (Woodruff, JASA 47, \
            1952). None where that ends beyond the worst row: of fewer than about 3 / q rows, 300 at q = 0.01, nothing bounds \
            the quantile from below.",
    ..COSINE
};

pub(super) const MIN_COSINE: MetricSpec = MetricSpec {
    id: MetricId::ParityMinCosine,
    kind: Kind::Worst,
    summary: "The row that is least itself: the smallest cosine of a row with itself.",
    formula: "min_i cos(r_i, c_i)",
    range: "[-1, 1]",
    ideal: "1: the same directions",
    reading: "Higher is better. The usual gate of an export: at_least 0.999 for another runtime, 0.98 for int8 weights. It \
              falls with the number of rows, so hold models against it on the same rows only.",
    error: FACT,
    ..COSINE
};

pub(super) const BELOW: MetricSpec = MetricSpec {
    id: MetricId::ParityBelow,
    param: Some("cosine"),
    traits: Traits::of(Family::Other).share(),
    summary: "How many rows are not themselves any more: the share whose cosine with itself is below 0.99.",
    formula: "#{i : cos(r_i, c_i) < cosine} / n",
    range: "[0, 1]",
    ideal: "0",
    reading: "Lower is better. Few rows far below 0.99 are a fault with some inputs; all rows a little below it are a \
              coarser number format.",
    better: Direction::Lower,
    ..COSINE
};

pub(super) const NORM_RATIO: MetricSpec = MetricSpec {
    id: MetricId::NormRatio,
    blind: Blind::ToBoth,
    summary: "Whether a candidate's vectors are as long as the reference's: the mean ratio of their norms.",
    formula: "mean_i ||c_i|| / ||r_i||, as the rows lie in the files",
    range: "above 0",
    ideal: "1; cosines do not see it",
    collapsed: "none: norms do not tell",
    reading: "1 where the two agree. Far from 1, one of them was normalised and the other not, or has another pooling: dot \
              products and Euclidean distances then mean something else, though cosines do not. Left out of copies that \
              --as makes: they are copies of unit rows.",
    better: Direction::Neutral,
    ..COSINE
};

pub(super) const WORST_NORM_RATIO: MetricSpec = MetricSpec {
    id: MetricId::WorstNormRatio,
    param: None,
    kind: Kind::Worst,
    blind: Blind::ToBoth,
    place: Place::Detail,
    sides: &[Side::A, Side::B],
    traits: Traits::of(Family::Other),
    summary: "The row whose length changed most: the ratio of norms that is farthest from 1, by its logarithm.",
    formula: "||c_i|| / ||r_i|| of the row i with the largest |log(||c_i|| / ||r_i||)|",
    range: "above 0",
    ideal: "1; cosines do not see it",
    collapsed: "none: norms do not tell",
    reading: "Near norm_ratio where lengths changed by one factor; far from it, single rows are wrong.",
    error: FACT,
    better: Direction::Neutral,
    reference: REFERENCE,
};

pub(super) const TOPK_OVERLAP: MetricSpec = MetricSpec {
    id: MetricId::TopkOverlap,
    param: Some("k"),
    sides: &[Side::Cross, Side::A, Side::B],
    traits: Traits::of(Family::Other).share(),
    summary: "Whether a search gives the same rows: the share of each row's k nearest rows that reference and candidate \
              have in common.",
    formula: "mean_i |N_k(r_i) and N_k(c_i)| / k, N_k the k rows of largest cosine to row i, without i; side cross: rows of \
              the first view search the second",
    range: "[0, 1]; k / (n - 1) by chance",
    ideal: "1: the same neighbours",
    collapsed: CHANCE,
    reading: "Higher is better; k = 1 is how often the nearest row is the same. Over all rows and all pairs, exactly: of \
              equal cosines the row with the smaller number is nearer. It is defined for other numbers of columns too, \
              and where the candidate is rotated. It counts every change of the ten, also between rows that are nearly \
              as near: read it beside recall, which counts only what was looked for.",
    error: ERROR_OF_NEIGHBOURS,
    ..COSINE
};

pub(super) const ASYMMETRIC_OVERLAP: MetricSpec = MetricSpec {
    id: MetricId::AsymmetricOverlap,
    param: Some("k"),
    sides: &[Side::Cross, Side::A],
    traits: Traits::of(Family::Other).share(),
    summary: "What is found where only the index is the candidate's: the reference's rows as queries, the candidate's as \
              documents.",
    formula: "mean_i |N_k(r_i, reference) and N_k(r_i, candidate)| / k, N_k(r_i, rows) the k rows of largest cosine to \
              r_i, without row i of one view; side cross: rows of the first view search the second",
    range: "[0, 1]; k / (n - 1) by chance",
    ideal: "1: the same rows found",
    collapsed: CHANCE,
    reading: "Higher is better. Full precision for queries costs nothing, so quantised indexes are searched in this way; it \
              is mostly above topk_overlap. Where it is far below that, candidate and reference are not one space, and \
              new vectors must not be put into an old index. Undefined where the two have different numbers of columns.",
    error: ERROR_OF_NEIGHBOURS,
    ..COSINE
};

pub(super) const RANK1_FLIPS: MetricSpec = MetricSpec {
    id: MetricId::Rank1Flips,
    traits: Traits::of(Family::Other).share(),
    summary: "How many searches change their answer: the share of queries that have a positive first with one of the two and \
              not with the other.",
    formula: "mean over queries of |[a positive is first in the reference] - [a positive is first in the candidate]|; tied \
              rows in random order",
    range: "[0, 1]",
    ideal: "0",
    reading: "Lower is better. Recall may stay as it is while as many queries are lost as are won: flips count both, and the \
              report says how many were lost. Needs positives.",
    better: Direction::Lower,
    ..COSINE
};
