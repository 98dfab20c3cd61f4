//! How two views of unlike things, images and texts, differ as a whole.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

pub(super) const SEPARABILITY: MetricSpec = MetricSpec {
    id: MetricId::ModalitySeparability,
    param: None,
    kind: Kind::Unpaired(MetricId::MeanCosine),
    blind: Blind::ToBoth,
    place: Place::Detail,
    sides: &[Side::Cross],
    traits: Traits::of(Family::Modality).share(),
    summary: "Whether a plane tells which view a row is of: the AUC of a linear classifier on rows it has not seen.",
    formula: "P(w.y > w.x) + P(w.y = w.x) / 2 over test rows x of the first view and y of the second, w a logistic \
              regression on the other half of the items",
    range: "[0, 1]",
    ideal: "none: 0.5, chance, for two views of one space",
    collapsed: "0.5 where both views collapse to one point, 1 where they collapse to two",
    reading: "1 for the image and text towers of CLIP, whatever their quality: the gap is a direction that tells them \
              apart. Neither is better by itself. Two samples of one text collection have 0.5 when rows are in no order; \
              files in the order of time or topic do not, so it is a test of drift as well. Rows of one item stay on one \
              side of the split.",
    error: "Leaving out each item that was tested on, and 20 groups of those that the classifier was trained on, as \
            drift_auc has it: over other rows of both halves. Score interval, t quantile with 19 degrees of freedom. Of more than 10,000 rows that many are drawn by the seed.",
    better: Direction::Neutral,
    reference: "The classifier two-sample test (Lopez-Paz & Oquab, ICLR 2017); for modalities: Shi et al., Towards \
                Understanding the Modality Gap in CLIP, ICLR 2023 workshop.",
};

pub(super) const CENTRED_ALIGNMENT: MetricSpec = MetricSpec {
    id: MetricId::CentredAlignment,
    param: Some("alpha"),
    kind: Kind::Unpaired(MetricId::Alignment),
    blind: Blind::ToBoth,
    place: Place::Detail,
    sides: &[Side::Cross],
    traits: Traits::of(Family::Modality),
    summary: "alignment of rows from which the mean row of their view was taken: how near positives lie once the gap between \
              the views is gone.",
    formula: "alignment{alpha} of (x - x_mean) / ||x - x_mean|| and (y - y_mean) / ||y - y_mean||, x and y unit rows",
    range: "[0, 2^alpha]",
    ideal: "0",
    collapsed: "none: without their mean nothing is left of such rows",
    reading: "Beside alignment it says how much of the distance of positives is the gap, which one addition to every row of \
              a view would remove. Neither is better by itself: subtracting means changes the model.",
    error: "As of alignment; the means are taken as known.",
    better: Direction::Neutral,
    reference: "A definition of this tool; shifting one modality along the gap: Liang et al., Mind the Gap, NeurIPS 2022.",
};

pub(super) const CENTRED_UNIFORMITY: MetricSpec = MetricSpec {
    id: MetricId::CentredUniformity,
    param: Some("t"),
    kind: Kind::Unpaired(MetricId::Uniformity),
    blind: Blind::ToBoth,
    place: Place::Detail,
    sides: &[Side::Mean, Side::Cross, Side::A, Side::B],
    traits: Traits::of(Family::Modality),
    summary: "uniformity of rows from which the mean row of their view was taken: the spread about the centre of the cone.",
    formula: "uniformity{t} of (x - x_mean) / ||x - x_mean||, x unit rows",
    range: "[-4t, 0]",
    ideal: "-2t + log 0F1(; m/2; t^2), that of uniformity{t}",
    collapsed: "none: without their mean nothing is left of such rows",
    reading: "Beside uniformity it says how much of the crowding is one common direction. Neither is better by itself: \
              subtracting means changes the model, and a broken encoder may look better so.",
    error: "As of uniformity; the means are taken as known.",
    better: Direction::Neutral,
    reference: "A definition of this tool; Mu & Viswanath, All-but-the-Top, ICLR 2018, on subtracting the mean.",
};
