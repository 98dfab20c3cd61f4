//! The one table of metrics: `explain`, report headings, gate directions and `docs/metrics.md` all read it.

/// Wang & Isola, as the texts below cite it.
macro_rules! wang_isola {
    ($place:literal) => {
        concat!(
            "Wang & Isola, Understanding Contrastive Representation Learning through Alignment and Uniformity on the \
             Hypersphere, ICML 2020 (arXiv 2005.10242), ",
            $place
        )
    };
}

use std::collections::BTreeMap;

mod classes;
mod compat;
mod copies;
mod drift;
mod explain;
mod finite;
mod hubs;
mod id;
mod kind;
mod modality;
mod nearest;
mod norms;
mod overlap;
mod parity;
mod retrieval;
mod separation;
mod side;
mod space;
mod spec;
mod spectrum;
mod spectrum_compat;
mod sts;
mod traits;
mod uniform_law;
mod within_groups;

pub use explain::{explain, markdown_table, page};
pub use id::MetricId;
pub use kind::{Blind, Kind, Place};
pub use nearest::UnknownMetric;
pub use side::Side;
pub use spec::{Direction, MetricSpec};
pub use traits::{Domain, Family, Proposed, Traits};

impl MetricId {
    /// The name as users type it.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// This metric's row of [`METRICS`].
    pub fn spec(self) -> &'static MetricSpec {
        &METRICS[self as usize]
    }

    /// What it is counted from.
    pub fn family(self) -> Family {
        self.spec().traits.family
    }

    /// Whether it is counted for those who search: only where an audit was asked to.
    pub fn of_search(self) -> bool {
        matches!(
            self.family(),
            Family::Queries | Family::Hubs | Family::Space
        )
    }

    /// Whether it is a share, or a mean of shares, so that no interval of it may leave [0, 1].
    pub fn is_share(self) -> bool {
        self.spec().traits.values == Domain::Share
    }

    /// The metric whose sums this one is made of: rounding them does the same to both.
    pub fn rounded_as(self) -> Self {
        match self.spec().kind {
            Kind::Shift(of) => of.rounded_as(),
            _ => self.spec().traits.rounded_as.unwrap_or(self),
        }
    }

    /// What a model that is good for nothing has: the value of collapsed rows; of metrics of positive pairs alone, which
    /// those would be ideal for, that of unrelated rows on a sphere of many dimensions.
    pub fn worthless(self, params: &BTreeMap<String, f64>, collapsed: Option<f64>) -> Option<f64> {
        match self {
            Self::Alignment => Some(2f64.powf(params.get("alpha")? / 2.0)),
            Self::ContrastiveAlignmentTerm => Some(0.0),
            Self::ContrastiveGapAlignment => Some(1.0 / params.get("tau")?),
            _ => collapsed,
        }
    }
}

/// All metrics, in the order of [`MetricId`].
pub const METRICS: &[MetricSpec] = &[
    MetricSpec {
        id: MetricId::Alignment,
        param: Some("alpha"),
        kind: Kind::Sampled,
        blind: Blind::ToCollapse,
        place: Place::Headline,
        sides: &[Side::Cross, Side::A],
        traits: Traits::of(Family::Positives).last_speaks().proposed_at(2.0),
        summary: "How far apart the two members of a positive pair lie: the mean distance, to the power \
                  alpha, of embeddings that ought to be equal.",
        formula: "E ||x - y||^alpha over positive pairs (x, y)",
        range: "[0, 2^alpha]: 0 when positives coincide, 2^alpha when they are opposite points",
        ideal: "0: both members of every pair are mapped to one point",
        collapsed: "0, the same as the ideal, which is why alignment must never gate alone",
        reading: "Lower is better, and only beside uniformity: an encoder that maps everything to one point \
                  is perfectly aligned. For unrelated points in many dimensions ||x - y||^2 is about 2, so \
                  with alpha = 2 a value near 2 means that positives are no nearer than strangers: check \
                  that the pairs list the right rows before blaming the encoder. alpha = 2 is 2 - 2 E cos; \
                  alpha = 1 gives less weight to the few worst pairs. Rows are divided by their L2 norm \
                  first, and distances are computed from differences, so nearly equal pairs keep their \
                  digits.",
        error: "Listed pairs or two aligned views: sample standard deviation / sqrt(pairs). Pairs made from \
                labels share rows and are not independent: the error is then clustered by rows \
                (dyadic-robust). With --groups: delete-a-group jackknife. Interval: t quantile.",
        better: Direction::Lower,
        reference: wang_isola!("section 4.1.1"),
    },
    MetricSpec {
        id: MetricId::Uniformity,
        param: Some("t"),
        kind: Kind::Sampled,
        blind: Blind::ToNoise,
        place: Place::Headline,
        sides: &[Side::Mean, Side::Cross, Side::A, Side::B],
        traits: Traits::of(Family::Other)
            .proposed_at(2.0)
            .known_as(&["isotropy"]),
        summary: "How evenly the embeddings cover the sphere: the logarithm of the mean Gaussian potential \
                  between two different rows.",
        formula: "log mean_{i<j} exp(-t ||x_i - x_j||^2)",
        range: "[-4t, 0]; below the ideal only by chance, or in small sets whose rows repel each other",
        ideal: "-2t + log 0F1(; m/2; t^2), the value of the uniform law on S^(m-1); it falls towards -2t as m grows",
        collapsed: "0",
        reading: "Lower is better. Compare with the ideal of the same m and t, never across t: the distance \
                  to the ideal is what the encoder leaves unused. A value well above it means that rows \
                  crowd in a cone or in clusters (see mean_cosine, duplicate_pairs). A larger t looks \
                  closer: t = 2 sees the broad shape, t = 10 sees near neighbours. It can stay close to the \
                  ideal while many coordinates are dead, so it is no rank; and random vectors reach the ideal, \
                  so without alignment it is no sign of quality. Rows are divided by their L2 \
                  norm first; all pairs of the whole set count once, without self-pairs (a U-statistic), so \
                  the value does not depend on a batch size.",
        error: "Unbiased variance of a mean over all pairs, from each row's mean potential and the mean squared \
                potential; at least half of the leave-one-out jackknife's, which counts the variance of single \
                pairs twice. Above t = 19.5, across views, and with --groups (groups left out) the jackknife alone. \
                Interval: t quantile with 30 degrees of freedom at most, 19 with --groups. \
                The value is that of float64 within 2e-6, or 3e-7 t where that is more.",
        better: Direction::Lower,
        reference: wang_isola!("sections 4.1.2 and A.1"),
    },
    uniform_law::UNIFORMITY_Z,
    MetricSpec {
        id: MetricId::ContrastiveAlignmentTerm,
        param: Some("tau"),
        kind: Kind::Sampled,
        blind: Blind::ToCollapse,
        place: Place::Usual,
        sides: &[Side::Cross, Side::A],
        traits: Traits::of(Family::Positives),
        summary: "The part of the contrastive loss that positives decide: their mean cosine over the \
                  temperature, with a minus sign.",
        formula: "-E cos(x, y) / tau over positive pairs (x, y)",
        range: "[-1/tau, 1/tau]",
        ideal: "-1/tau: both members of every pair are mapped to one point",
        collapsed: "-1/tau, the same as the ideal",
        reading: "Lower is better. It is alignment{alpha=2} on the loss's own scale: (alignment/2 - 1) / \
                  tau. Take the temperature the encoder was trained with, and read it beside \
                  contrastive_uniform_term, which pulls the other way.",
        error: "That of the mean cosine, divided by tau: sample standard deviation / sqrt(pairs), clustered \
                by rows for pairs made from labels.",
        better: Direction::Lower,
        reference: wang_isola!("section 4.2, Theorem 1, first term"),
    },
    MetricSpec {
        id: MetricId::ContrastiveUniformTerm,
        param: Some("tau"),
        kind: Kind::Sampled,
        blind: Blind::ToNoise,
        place: Place::Usual,
        sides: &[Side::Mean, Side::Cross, Side::A, Side::B],
        traits: Traits::of(Family::Other),
        summary: "The part of the contrastive loss that negatives decide: how much similarity a row sees in \
                  all other rows, as a mean of log-sum-exps.",
        formula: "mean_i log mean_{j != i} exp(cos(x_i, x_j) / tau)",
        range: "[-1/tau, 1/tau]",
        ideal: "log 0F1(; m/2; 1/(4 tau^2)), the value of the uniform law on S^(m-1); it falls towards 0 as m grows",
        collapsed: "1/tau",
        reading: "Lower is better. The distance to the ideal is, in nats, the entropy that the embeddings \
                  leave unused at the resolution of tau. At small tau a row's few nearest neighbours decide \
                  its term, so one duplicate can dominate it: look at duplicate_rows first. A finite set \
                  has few such neighbours: when exp(1/tau) is far beyond the number of rows, the value is \
                  biased low; the interval is centred on a corrected one. Self-pairs are left out; with them the number would \
                  be another one.",
        error: "Delete-a-group jackknife over 20 random groups of rows, with the variance of single pairs, which it \
                counts twice, counted once (--groups: whole given groups, the jackknife alone). The interval is \
                centred on the value less its bias, with the t quantile of 19 degrees of freedom (30 where all rows \
                have nearly one mean potential, whose unbiased variance is then taken). The \
                value is that of float64 within 2e-6, or 1.5e-7 / tau where that is more.",
        better: Direction::Lower,
        reference: wang_isola!("section 4.2, Theorem 1, second term"),
    },
    MetricSpec {
        id: MetricId::ContrastiveLimit,
        param: Some("tau"),
        kind: Kind::Sampled,
        blind: Blind::Never,
        place: Place::Headline,
        sides: &[Side::Cross, Side::Mean, Side::A, Side::B],
        traits: Traits::of(Family::Other)
            .proposed()
            .rounded_as(MetricId::ContrastiveUniformTerm)
            .known_as(&["infonce", "ntxent", "nt_xent"]),
        summary: "The contrastive (InfoNCE) loss that the encoder would have with infinitely many \
                  negatives, less log M.",
        formula: "-E cos(x, y) / tau + mean_i log mean_{j != i} exp(cos(x_i, x_j) / tau) = lim (InfoNCE \
                  loss with M negatives - log M)",
        range: "[-2/tau, 2/tau]",
        ideal: "-1/tau + log 0F1(; m/2; 1/(4 tau^2)): perfectly aligned and perfectly uniform",
        collapsed: "0",
        reading: "Lower is better. The sum of contrastive_alignment_term and contrastive_uniform_term: one \
                  number for both aims, in nats, without a batch size in it. 0 is what a collapsed encoder \
                  gets; the ideal is a floor that no encoder passes, and a real one cannot reach while \
                  different items are alike. Two encoders compare only at the same tau and m; when they \
                  tie, the two terms tell which aim each one gave up.",
        error: "Delete-a-group jackknife over 20 random groups of rows, with the variance of single pairs of the uniform \
                term counted once (--groups: whole given groups, the jackknife alone); each group takes its positive \
                pairs along, so that the two terms' errors are added as they correlate. The interval is centred \
                on the value less its bias, with the t quantile of 19 degrees of freedom.",
        better: Direction::Lower,
        reference: concat!(
            wang_isola!("section 4.2, Theorem 1"),
            "; InfoNCE: van den Oord, Li & Vinyals, Representation Learning with Contrastive Predictive Coding, \
             2018 (arXiv 1807.03748)"
        ),
    },
    finite::LOSS,
    finite::INFORMATION,
    finite::GAP,
    finite::GAP_ALIGNMENT,
    finite::GAP_UNIFORMITY,
    finite::JENSEN,
    MetricSpec {
        id: MetricId::MeanCosine,
        param: None,
        kind: Kind::Sampled,
        blind: Blind::ToNoise,
        place: Place::Headline,
        sides: &[Side::Mean, Side::Cross, Side::A, Side::B],
        traits: Traits::of(Family::Other)
            .proposed()
            .known_as(&["anisotropy"]),
        summary: "How much the embeddings lean to one side: the mean cosine between two different rows.",
        formula: "mean_{i<j} cos(x_i, x_j) = (||sum_i x_i||^2 - n) / (n (n - 1))",
        range: "[-1/(n-1), 1] for n rows",
        ideal: "0, in every dimension",
        collapsed: "1",
        reading: "Lower is better, down to 0; it cannot go below -1/(n-1), which for a real set is 0. A \
                  value of 0.2 or more says that the rows share a cone around a common direction; \
                  subtracting the mean row often helps. 0 alone proves nothing: two opposite clusters also \
                  have mean cosine near 0, which is why uniformity is measured too. Computed exactly from \
                  the norm of the sum of the rows.",
        error: "As of uniformity, with the variance of single cosines from all pairs or from 16,384 seeded ones; across \
                views the leave-one-out jackknife over the rows, with --groups over those. Interval: t quantile with 30 \
                degrees of freedom at most.",
        better: Direction::Lower,
        reference: wang_isola!(
            "sections 4.1.2 and A.2, on why the mean alone does not measure uniformity"
        ),
    },
    within_groups::GROUP_COSINE,
    norms::NORM_MEAN,
    norms::NORM_CV,
    MetricSpec {
        id: MetricId::DuplicateRows,
        param: None,
        kind: Kind::Count,
        blind: Blind::ToNoise,
        place: Place::Usual,
        sides: &[Side::A, Side::B],
        traits: Traits::of(Family::Other).proposed(),
        summary: "How many rows one would remove to be rid of duplicates: rows with an (almost) equal row \
                  before them.",
        formula: "#{j : there is i < j with cos(x_i, x_j) > 1 - 1e-6}",
        range: "{0, 1, ..., n - 1} for n rows",
        ideal: "0",
        collapsed: "n - 1",
        reading: "Lower is better, and it is a matter of the data more than of the encoder: the same input \
                  twice gives the same row twice. Duplicates lift uniformity, and lift \
                  contrastive_uniform_term at small tau a lot, so remove them and audit again before \
                  judging the encoder. Where inputs differ, duplicates are collapse. Rows that are near only link by link, as in a \
                  chain, may count one more or less in another order.",
        error: "None: it is a count over all rows, not an estimate.",
        better: Direction::Lower,
        reference: "A definition of this tool.",
    },
    copies::DUPLICATE_PAIRS,
    compat::SSNL_UNIFORMITY,
    compat::SIMCSE_UNIFORMITY,
    compat::BATCH_UNIFORMITY,
    compat::BATCH_CONTRASTIVE_LOSS,
    overlap::KNN_OVERLAP,
    drift::MMD,
    drift::P,
    drift::AUC,
    drift::FRECHET,
    parity::COSINE,
    parity::QUANTILE,
    parity::MIN_COSINE,
    parity::BELOW,
    parity::NORM_RATIO,
    parity::WORST_NORM_RATIO,
    parity::TOPK_OVERLAP,
    parity::ASYMMETRIC_OVERLAP,
    parity::RANK1_FLIPS,
    sts::STS_SPEARMAN,
    retrieval::RECALL,
    retrieval::HIT_RATE,
    retrieval::MRR,
    retrieval::NDCG,
    retrieval::R_PRECISION,
    separation::AUC,
    separation::D_PRIME,
    separation::EER,
    separation::TAR,
    separation::THRESHOLD,
    hubs::SKEWNESS,
    hubs::ROBIN_HOOD,
    hubs::ANTIHUBS,
    hubs::HUB_SHARE,
    hubs::MAX_OCCURRENCE,
    space::SPACE_COSINE,
    space::MODALITY_GAP,
    space::MODALITY_GAP_RATIO,
    spectrum::RANKME,
    spectrum::EFFECTIVE_RANK,
    spectrum::PARTICIPATION_RATIO,
    spectrum::STABLE_RANK,
    spectrum::W2_UNIFORMITY,
    spectrum::PRINCIPAL_COMPONENTS,
    spectrum::TOP_COLUMN_VARIANCE,
    spectrum::CONSTANT_COLUMNS,
    spectrum_compat::STABLE_PRETRAINING,
    spectrum_compat::REPTRIX,
    spectrum_compat::SSRLIB,
    classes::SEPARATION,
    classes::ACCURACY,
    modality::SEPARABILITY,
    modality::CENTRED_ALIGNMENT,
    modality::CENTRED_UNIFORMITY,
];

/// `spec` takes row `id as usize`: the build fails if a metric has no row, or a row stands elsewhere.
const _: () = {
    assert!(METRICS.len() == MetricId::CentredUniformity as usize + 1);
    let mut i = 0;
    while i < METRICS.len() {
        assert!(METRICS[i].id as usize == i);
        i += 1;
    }
};
