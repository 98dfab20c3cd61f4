//! What other code prints under the name of these metrics.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

pub(super) const SSNL_UNIFORMITY: MetricSpec = MetricSpec {
    id: MetricId::SsnlUniformity,
    param: Some("t"),
    kind: Kind::Unpaired(MetricId::Uniformity),
    blind: Blind::ToNoise,
    place: Place::Usual,
    sides: &[Side::Mean, Side::A],
    traits: Traits::of(Family::Other).rounded_as(MetricId::Uniformity),
    summary: "What the align_uniform package computes as uniformity when it is given the whole set at once.",
    formula: "(uniformity{t} of x + uniformity{t} of y) / 2; of one view, its uniformity{t}",
    range: "[-4t, 0]",
    ideal: "-2t + log 0F1(; m/2; t^2), that of uniformity{t}",
    collapsed: "0",
    reading: "The mean of two logarithms, one for each view, not the logarithm of a pooled mean: pooling would add \
              positive pairs. Its align_loss is alignment{alpha}. What its training script prints is a mean over \
              batches of 768: --compat batch:768.",
    error: "That of uniformity{t} on side mean.",
    better: Direction::Lower,
    reference: "github.com/ssnl/align_uniform: uniform_loss in align_uniform/__init__.py, examples/stl10/main.py.",
};

pub(super) const SIMCSE_UNIFORMITY: MetricSpec = MetricSpec {
    id: MetricId::SimcseUniformity,
    summary: "Uniformity over all sentences pooled, as SimCSE and its followers report it on STS-B.",
    formula: "log mean exp(-t ||u - v||^2) over all pairs {u, v} of rows of both views together, positives included; \
              of one view, its uniformity{t}",
    range: "[-4t, 0]",
    ideal: "-2t + log 0F1(; m/2; t^2), that of uniformity{t}",
    collapsed: "0",
    reading: "SimCSE takes all sentences of STS-B as rows, t = 2, and as positives only the pairs scored above 4: give \
              these as --pairs, and read alignment{alpha=2} beside it. Positives lie among the pooled pairs, so it is \
              a little above uniformity{t}; the difference fades as 1/n.",
    error: "Leave-one-out jackknife over items (a row of each view, where views are aligned).",
    reference: "Gao, Yao & Chen, SimCSE, EMNLP 2021, figures 2 and 3; github.com/princeton-nlp/SimCSE, issues 41, 52, 85.",
    ..SSNL_UNIFORMITY
};

pub(super) const BATCH_UNIFORMITY: MetricSpec = MetricSpec {
    id: MetricId::BatchUniformity,
    param: Some("t,batch"),
    traits: Traits::of(Family::Other),
    summary: "The mean of uniformity over batches, as a training loop prints it.",
    formula: "mean over batches, weighted by rows, of (uniformity{t} of its x + uniformity{t} of its y) / 2",
    range: "[-4t, 0]",
    ideal: "-2t + log 0F1(; m/2; t^2), that of uniformity{t}",
    collapsed: "0",
    reading: "Below uniformity{t} of the whole set on average: a mean of logarithms is below the logarithm of the mean \
              (Jensen), by about the variance of a batch's mean over twice its square. It compares only at one batch \
              size and one order. Batches are consecutive pairs (without positives: rows) in the order given; a last \
              batch of one has no pair and is left out.",
    error: "Standard deviation over batches / sqrt(batches), from 3 batches on.",
    reference: "github.com/ssnl/align_uniform, examples/stl10/main.py.",
    ..SSNL_UNIFORMITY
};

pub(super) const BATCH_CONTRASTIVE_LOSS: MetricSpec = MetricSpec {
    id: MetricId::BatchContrastiveLoss,
    param: Some("tau,batch"),
    kind: Kind::Unpaired(MetricId::ContrastiveLimit),
    blind: Blind::Never,
    place: Place::Usual,
    sides: &[Side::Mean, Side::A],
    traits: Traits::of(Family::Other),
    summary: "The symmetric in-batch contrastive loss (InfoNCE), averaged over batches, as training prints it.",
    formula: "mean over batches of K pairs of -(1/2K) sum_i [log softmax_j(cos(x_i, y_j) / tau)_i + log \
              softmax_j(cos(x_j, y_i) / tau)_i]",
    range: "(0, log(1 + (K - 1) exp(2/tau))]",
    ideal: "none in closed form",
    collapsed: "log K",
    reading: "Negatives are the other K - 1 rows of the batch, from the other view only, drawn without replacement; \
              contrastive_loss{tau,M} draws M of all rows with replacement. The two agree up to that at M = K - 1. A \
              random model gives about log K. The last batch may be smaller and weighs as many pairs as it has.",
    error: "Standard deviation over batches / sqrt(batches), from 3 batches on.",
    better: Direction::Lower,
    reference: wang_isola!("appendix B.1 (with the sign that is missing there)"),
};
