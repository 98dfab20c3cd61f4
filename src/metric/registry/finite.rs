//! The contrastive loss at finitely many negatives, and what its limit lacks to the floor.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

pub(super) const LOSS: MetricSpec = MetricSpec {
    id: MetricId::ContrastiveLoss,
    param: Some("tau,M"),
    kind: Kind::MonteCarlo(MetricId::ContrastiveLimit),
    blind: Blind::Never,
    place: Place::Detail,
    sides: &[Side::Cross, Side::A],
    traits: Traits::of(Family::Other),
    summary: "The contrastive (InfoNCE) loss with M negatives drawn at random from the whole set: what training \
              would print for this encoder.",
    formula: "E -log( exp(cos(x, y) / tau) / (exp(cos(x, y) / tau) + sum_{m=1..M} exp(cos(x, z_m) / tau)) ) over \
              positive pairs (x, y) and M independent draws z_m",
    range: "(0, log(1 + M exp(2/tau))]",
    ideal: "none in closed form; log M + the ideal of contrastive_limit as M grows",
    collapsed: "log(M + 1)",
    reading: "Lower is better, at one tau and one M only: it grows like log M. Less log M it falls or rises to \
              contrastive_limit; the difference is of order 1/M and tells how far a training run with this many \
              negatives is from the asymptotics. The anchor is x. With one view each pair counts twice, either \
              row being the anchor once; with two views x is a row of the first and y and the negatives are rows of \
              the second (side cross). Negatives are independent draws from all rows but the anchor \
              and its positive (of the second view: but its positives; where rows come in items: from other items). \
              contrastive_limit takes every row as an anchor once, and with one view and no items counts the positive \
              among the other rows; the curve states its own limit. Draws are with replacement; in-batch training draws without, from \
              the batch.",
    error: "Monte Carlo only: what another seed would change; 0 where every pair could be visited. Negatives add \
            nothing to it: the mean over all draws is integrated for each visited anchor. What other data would \
            change is the error of contrastive_limit (limit_se of the curve in JSON).",
    better: Direction::Lower,
    reference: wang_isola!("equation 1"),
};

pub(super) const INFORMATION: MetricSpec = MetricSpec {
    id: MetricId::MutualInformationBound,
    param: Some("tau,M"),
    kind: Kind::MonteCarlo(MetricId::ContrastiveLimit),
    blind: Blind::Never,
    place: Place::Detail,
    sides: &[Side::Cross, Side::A],
    traits: Traits::of(Family::Other).known_as(&["mutual_information"]),
    summary: "How much the two members of a pair tell about each other, at least, in nats: the InfoNCE bound.",
    formula: "log(M + 1) - contrastive_loss{tau,M}",
    range: "up to log(M + 1), the cap; negative values say nothing",
    ideal: "none: the cap log(M + 1) belongs to M, not to the encoder",
    collapsed: "0",
    reading: "Higher means that members of a pair recognise each other among more strangers. Within 0.1 nat of \
              the cap it is saturated: the information may be anything above, and a larger M is needed. A \
              tighter bound does not make better features, so this is no target; it tells whether a batch of M \
              still teaches anything.",
    error: "That of contrastive_loss: Monte Carlo only.",
    better: Direction::Higher,
    reference: "van den Oord, Li & Vinyals, Representation Learning with Contrastive Predictive Coding, 2018 (arXiv \
                1807.03748); its limits: McAllester & Stratos, 2020; Tschannen et al., 2020.",
};

pub(super) const GAP: MetricSpec = MetricSpec {
    id: MetricId::ContrastiveGap,
    param: Some("tau"),
    kind: Kind::Shift(MetricId::ContrastiveLimit),
    blind: Blind::Never,
    place: Place::Detail,
    sides: &[Side::Mean, Side::Cross, Side::A, Side::B],
    traits: Traits::of(Family::Other),
    summary: "How far the contrastive limit is from its floor, in nats.",
    formula: "contrastive_limit{tau} - (-1/tau + log 0F1(; m/2; 1/(4 tau^2)))",
    range: "[0, 3/tau - log 0F1(; m/2; 1/(4 tau^2))]; below 0 only by chance, in small sets",
    ideal: "0: perfectly aligned and perfectly uniform",
    collapsed: "1/tau - log 0F1(; m/2; 1/(4 tau^2))",
    reading: "Lower is better. It is contrastive_gap_alignment + contrastive_gap_uniformity: the larger part is \
              what training should look at. No real encoder reaches 0, since different inputs that are alike \
              pull together.",
    error: "That of contrastive_limit: the floor has none.",
    better: Direction::Lower,
    reference: wang_isola!("section 4.2, Theorem 1, and Corollary 1 for the floor"),
};

pub(super) const GAP_ALIGNMENT: MetricSpec = MetricSpec {
    id: MetricId::ContrastiveGapAlignment,
    param: Some("tau"),
    kind: Kind::Shift(MetricId::ContrastiveAlignmentTerm),
    blind: Blind::ToCollapse,
    place: Place::Detail,
    sides: &[Side::Cross, Side::A],
    traits: Traits::of(Family::Other),
    summary: "The part of contrastive_gap that positives leave: how much their cosines miss 1.",
    formula: "(1 - E cos(x, y)) / tau over positive pairs (x, y)",
    range: "[0, 2/tau]",
    ideal: "0",
    collapsed: "0, the same as the ideal",
    reading: "Lower is better, beside contrastive_gap_uniformity. It is alignment{alpha=2} / (2 tau).",
    error: "That of contrastive_alignment_term.",
    better: Direction::Lower,
    reference: wang_isola!("section 4.2, Theorem 1, first term"),
};

pub(super) const GAP_UNIFORMITY: MetricSpec = MetricSpec {
    id: MetricId::ContrastiveGapUniformity,
    param: Some("tau"),
    kind: Kind::Shift(MetricId::ContrastiveUniformTerm),
    blind: Blind::ToNoise,
    place: Place::Detail,
    sides: &[Side::Mean, Side::Cross, Side::A, Side::B],
    traits: Traits::of(Family::Other),
    summary: "The part of contrastive_gap that negatives leave: entropy unused at the resolution of tau, in nats.",
    formula: "contrastive_uniform_term{tau} - log 0F1(; m/2; 1/(4 tau^2))",
    range: "[0, 1/tau - log 0F1(; m/2; 1/(4 tau^2))]; below 0 only by chance, in small sets",
    ideal: "0: the uniform law",
    collapsed: "1/tau - log 0F1(; m/2; 1/(4 tau^2))",
    reading: "Lower is better, beside contrastive_gap_alignment. With too few rows for tau it is biased low, as \
              contrastive_uniform_term is.",
    error: "That of contrastive_uniform_term.",
    better: Direction::Lower,
    reference: wang_isola!("section 4.2, Theorem 1, second term"),
};

pub(super) const JENSEN: MetricSpec = MetricSpec {
    id: MetricId::JensenGap,
    param: Some("tau"),
    kind: Kind::Unpaired(MetricId::ContrastiveLimit),
    blind: Blind::ToBoth,
    place: Place::Detail,
    sides: &[Side::Mean, Side::Cross, Side::A, Side::B],
    traits: Traits::of(Family::Other),
    summary: "How much the contrastive limit is below the weighted sum of alignment and uniformity that bounds it.",
    formula: "t alignment{alpha=2} + uniformity{t} - contrastive_limit{tau} at t = 1/(2 tau) = log mean_{i != j} \
              exp(cos(x_i, x_j) / tau) - mean_i log mean_{j != i} exp(cos(x_i, x_j) / tau)",
    range: "[0, 2/tau]; where rows have unequally many negatives, from log(fewest / mean number of them) on",
    ideal: "0: every row sees the same potential",
    collapsed: "0, the same as the ideal",
    reading: "Near 0 the two losses, trained with weights t : 1, and the contrastive loss at tau = 1/(2t) are \
              after the same thing. Large: some rows stand in crowds and others alone, and the losses weigh \
              them differently; at small tau a few duplicates suffice.",
    error: "Delete-a-group jackknife over 20 random groups of rows.",
    better: Direction::Neutral,
    reference: "Jensen's inequality; the kernel of temperature tau is the Gaussian one at t = 1/(2 tau) (Wang & Isola, \
                2020, appendix A.2).",
};
