//! How labelled rows lie about the means of their classes.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

pub(super) const SEPARATION: MetricSpec = MetricSpec {
    id: MetricId::ClassSeparation,
    param: None,
    kind: Kind::Sampled,
    blind: Blind::Never,
    place: Place::Usual,
    sides: &[Side::A],
    traits: Traits::of(Family::Classes),
    summary: "How much nearer rows of one class are than rows of different classes: the difference of their mean cosines.",
    formula: "mean of cos(x, y) over pairs of one class - mean over pairs of different classes; no row with itself, no two \
              rows of one item",
    range: "[-2, 2]",
    ideal: "1 + 1 / (K - 1) for K classes: each at one point, the points as far apart as K points can be",
    collapsed: "0; random vectors have 0 as well",
    reading: "Higher is better. Every pair counts once, so large classes decide the first mean. Computed from the sums of \
              the rows of each class, not from pairs. It is on the scale of cosines: a cone makes it small although classes \
              stay apart, so compare models by class_mean_accuracy or recall, and read this beside mean_cosine.",
    error: "Delete-a-group jackknife over 20 random groups of rows (--groups: whole given groups). Interval: t quantile \
            with 19 degrees of freedom.",
    better: Direction::Higher,
    reference: "A definition of this tool; within-class and between-class similarity as in Khosla et al., Supervised \
                Contrastive Learning, NeurIPS 2020.",
};

pub(super) const ACCURACY: MetricSpec = MetricSpec {
    id: MetricId::ClassMeanAccuracy,
    traits: Traits::of(Family::Classes).share(),
    summary: "How well the simplest classifier does: the share of rows that are nearer to the mean of their class than to \
              any other class mean.",
    formula: "#{x : ||x - m_c|| < ||x - m_k|| for all k != c} / #{x}, m_k the mean of the unit rows of class k, that of the \
              row's own class c without the rows of its item; rows whose class is one item are left out",
    range: "[0, 1]",
    ideal: "1",
    collapsed: "0: all means are alike, and ties count as wrong",
    reading: "Higher is better; chance is about 1 / K for K classes of one size. Each row is left out of its own mean, so \
              it needs no test set. A class in several clusters has a mean that lies nowhere: where the k-NN probe \
              (spherecheck probe) does much better, that is why. Above 10,000 classes it is not measured.",
    error: "Delete-a-group jackknife over 20 random groups of rows (--groups: whole given groups), the class means as they \
            are; and beside it what other rows in the means would change: the groups are left out of the means too (each \
            row against its own class and the 8 others that were nearest), and what that changes is added, less what one \
            row and one group do to each other, which the first part holds. Score interval, t quantile with 19 degrees of \
            freedom.",
    reference: "The nearest-centroid classifier (Tibshirani et al., PNAS 99, 2002, without shrinkage; scikit-learn's \
                NearestCentroid), leave-one-out.",
    ..SEPARATION
};
