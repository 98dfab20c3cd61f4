//! How far the rows of one set lie from those of another.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

pub(super) const MMD: MetricSpec = MetricSpec {
    id: MetricId::DriftMmd,
    param: Some("t"),
    kind: Kind::Unpaired(MetricId::Uniformity),
    blind: Blind::ToBoth,
    place: Place::Usual,
    sides: &[Side::A],
    traits: Traits::of(Family::Drift).squared_distance(),
    summary: "How far two sets of rows lie apart: the squared maximum mean discrepancy from a reference, with the \
              kernel of uniformity.",
    formula: "mean_{i<j} k(x_i, x_j) + mean_{i<j} k(y_i, y_j) - 2 mean_{i,j} k(x_i, y_j), k(x, y) = exp(-t ||x - \
              y||^2), x the rows of the reference and y the new ones; = exp(U_x) + exp(U_y) - 2 exp(U_xy), U \
              uniformity{t}",
    range: "[-2/min(n, m), 2 (1 - exp(-4t))], n and m rows; below 0 only by chance, or where the sets share rows",
    ideal: "0: both sets are draws from one law",
    collapsed: "0 where both sets collapse to one point",
    reading: "A size, where drift_p is the test: 0 for two draws from one law, whatever their numbers of rows, and \
              compared only at equal t. The usual causes of drift are other inputs (a new language, source or \
              template), another model or version of it, another pooling, prompt or normalisation; a classifier that \
              tells the sets apart (drift_auc) with positives as well aligned as before points to the inputs. Order \
              is drift, too: the first and the second half of a sorted file are different sets, so draw the \
              reference at random. Rows of one document go together: give --groups and --drift-groups. The sets \
              must be different rows: for two models of the same rows take compare.",
    error: "Leave-one-out jackknife of rows (--groups: of groups), over each set by itself, the two variances added. It \
            counts the variance of single pairs twice: near 0, where that is all there is, it is too wide by up to \
            1.4. Interval: t quantile with 30 degrees of freedom at most, r = t se; as the variance grows with the value, \
            it is value + s +- sqrt(s^2 + r^2), s = r^2 / (2 max(value, r)), which reaches farther up than down. Every \
            pair is seen; the value is that of float64 within 6e-6 of the kernel's mean.",
    better: Direction::Lower,
    reference: "Gretton, Borgwardt, Rasch, Schoelkopf & Smola, A Kernel Two-Sample Test, JMLR 13 (2012), lemma 6; the \
                kernel: Wang & Isola, ICML 2020 (arXiv 2005.10242), section 4.1.2.",
};

pub(super) const P: MetricSpec = MetricSpec {
    id: MetricId::DriftP,
    param: None,
    kind: Kind::PValue(MetricId::Uniformity),
    blind: Blind::ToBoth,
    place: Place::Usual,
    sides: &[Side::A],
    traits: Traits::of(Family::Drift),
    summary: "A test of drift: how often sets of the same rows, dealt at random, lie as far apart as these do.",
    formula: "(1 + #{b: M_b >= M}) / (1 + B) over B random deals of the pooled rows; M the largest over t of drift_mmd{t} \
              in standard deviations of its values over all deals and the given one",
    range: "[1/(1+B), 1]",
    ideal: "none: without drift every value is as likely",
    collapsed: "1: every deal is alike",
    reading: "Higher is better: without drift it is at most p with probability p at any number of rows, so that a rule \
              drift_p at_least 0.01 fails for nothing once in a hundred runs. With one t it is the test of drift_mmd \
              as printed; with several, one p-value for all of them (the same deals for each t; the largest counts), \
              which needs no correction. A small p says that there is drift, not how much: with many rows a \
              difference of no consequence has one, so look at drift_mmd and drift_auc. Above 4,096 rows of a set a \
              seeded draw of that many is dealt (the report says so): the test is as exact, and sees less. Dealt are \
              rows, or whole groups where --groups and --drift-groups are given; rows that are not independent and \
              not in groups make p too small. B is 199, or what --drift-permutations or a policy asks for.",
    error: "None: it is a probability. Another seed deals otherwise and moves it by about sqrt(p (1 - p) / B).",
    better: Direction::Higher,
    reference: "Phipson & Smyth, Permutation p-values should never be zero, Statistical Applications in Genetics and \
                Molecular Biology 9 (2010); Gretton et al., JMLR 13 (2012).",
};

pub(super) const AUC: MetricSpec = MetricSpec {
    id: MetricId::DriftAuc,
    param: None,
    kind: Kind::Unpaired(MetricId::Uniformity),
    blind: Blind::ToBoth,
    place: Place::Usual,
    sides: &[Side::A],
    traits: Traits::of(Family::Drift).share(),
    summary: "How well a linear classifier tells new rows from those of the reference: the area under its ROC curve on \
              rows that it was not trained on.",
    formula: "P(score of a new row > score of a reference row) + P(equal) / 2 over the half of each set that is held \
              out; the score is that of logistic regression trained on the other half",
    range: "[0, 1]; below 0.5 only by chance",
    ideal: "0.5: nothing tells the sets apart",
    collapsed: "0.5: all scores are equal",
    reading: "Lower is better, down to 0.5. 0.6 is drift that a classifier finds, 0.9 and more another kind of rows. It \
              sees what a straight cut through the space sees, such as a shift along few columns that drift_mmd \
              averages out; it does not see sets that differ in spread alone. The order of rows is drift, too: halves \
              of a book that stands in order have 0.84. At most 4,096 rows of each set are looked at, those that \
              drift_p deals; groups lie whole in one half. It is left out where a set has fewer than 8 rows or groups.",
    error: "Jackknife of held-out rows (groups), each left out; and beside it what other rows to train on would change: the \
            classifier is trained again, with the same penalty, without each of 20 groups of its rows, and the variance of \
            its area is added, less what one row and one group do to each other, which the first part holds. It speaks of \
            other rows of both halves. Score interval with as many trials as that error amounts to, t quantile with 19 \
            degrees of freedom.",
    better: Direction::Lower,
    reference: "Classifier two-sample tests: Lopez-Paz & Oquab, ICLR 2017 (arXiv 1610.06545); the area in place of the \
                accuracy: Hanley & McNeil, Radiology 143 (1982).",
};

pub(super) const FRECHET: MetricSpec = MetricSpec {
    id: MetricId::DriftFrechet,
    param: None,
    kind: Kind::Biased(MetricId::Uniformity),
    blind: Blind::ToBoth,
    place: Place::Detail,
    sides: &[Side::A],
    traits: Traits::of(Family::Drift),
    summary: "How far the means and covariances of two sets lie apart: the Frechet distance, as image generators are judged \
              by (FID).",
    formula: "||m_x - m_y||^2 + tr(C_x + C_y - 2 (C_x^(1/2) C_y C_x^(1/2))^(1/2)), m the mean of the unit rows of a set, C \
              their covariance with 1 / (n - 1)",
    range: "[0, 4]",
    ideal: "none: two draws from one law have more than 0, and the more, the fewer rows there are",
    collapsed: "0 where both sets collapse to one point",
    reading: "Lower is better, between sets of the same numbers of rows and columns only: it is biased upward: two \
              draws of uniform rows of 384 columns are 0.19 apart at 1,000 rows each and 0.019 at 10,000. Hold it against \
              what two random halves of the reference have. drift_mmd has no such bias, drift_p is the test. It sees means and \
              covariances, nothing else. Rows are unit rows: packages that take rows as they are print other numbers. Above \
              2,048 columns it is left out.",
    error: "None: leaving rows out adds to its bias, so that no interval of it would hold the value of many rows. Every row is \
            seen, in float64.",
    better: Direction::Lower,
    reference: "Dowson & Landau, Journal of Multivariate Analysis 12 (1982); Heusel et al., NeurIPS 2017 (arXiv 1706.08500); \
                its bias: Chong & Forsyth, CVPR 2020.",
};
