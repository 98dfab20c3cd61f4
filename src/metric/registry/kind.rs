//! What a metric's error says, and what a metric cannot see: what comparisons and gates decide by.

use super::id::MetricId;

/// What the error of a number says, and so how two models may be told apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The error is that of the sample; audits hold what pairs it with that of another model of the same items.
    Sampled,
    /// The metric named, shifted or scaled: differences and their errors are that one's.
    Shift(MetricId),
    /// A count: it has no error, and any difference is a fact.
    Count,
    /// The error is that of drawing pairs and says nothing about other data; the metric named is to be compared.
    MonteCarlo(MetricId),
    /// A test statistic, counted in its own standard deviations; the metric named is to be compared.
    Test(MetricId),
    /// The p-value of a test, which has no error of its own; the metric named is to be compared.
    PValue(MetricId),
    /// A distance that few rows make larger, by more than an error could tell, so that it has none; the metric named is to be
    /// compared.
    Biased(MetricId),
    /// The error is that of the sample, but nothing pairs it with another model's; the metric named is to be compared.
    Unpaired(MetricId),
    /// A number of two models, not of one.
    Overlap,
    /// A number of a candidate and its reference, of the same rows; the error is that of the sample.
    OfReference,
    /// The worst of the rows of a candidate against its reference: a fact of these rows, without an error.
    Worst,
}

impl Kind {
    /// Why a difference between two models of the same items cannot be judged, and the metric to take instead; none
    /// where it can.
    pub fn incomparable(self) -> Option<(&'static str, MetricId)> {
        match self {
            Kind::Sampled
            | Kind::Shift(_)
            | Kind::Count
            | Kind::Overlap
            | Kind::OfReference
            | Kind::Worst => None,
            Kind::MonteCarlo(instead) => Some((
                "its error is Monte Carlo only and says nothing about other data",
                instead,
            )),
            Kind::Test(instead) => Some((
                "it is a test statistic, without an error of its own",
                instead,
            )),
            Kind::PValue(instead) => Some((
                "it is a p-value, which falls as rows are added and has no error of its own",
                instead,
            )),
            Kind::Biased(instead) => Some((
                "it is larger with fewer rows and has no error of its own",
                instead,
            )),
            Kind::Unpaired(instead) => Some((
                "audits hold no paired error of it, so that no difference would ever be significant",
                instead,
            )),
        }
    }
}

impl Kind {
    /// Whether it is a number of a candidate and its reference.
    pub fn of_reference(self) -> bool {
        matches!(self, Kind::OfReference | Kind::Worst)
    }
}

/// Which worthless embeddings have the best value of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blind {
    /// None: random vectors and collapsed ones are both bad.
    Never,
    /// Random vectors.
    ToNoise,
    /// An encoder that maps everything to one point.
    ToCollapse,
    /// Either: the metric is neither good nor bad.
    ToBoth,
}

/// Where reports show a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// First, and where there is room for few.
    Headline,
    /// In every table.
    Usual,
    /// Only where details are wanted: it derives from others, or stands in a table of its own.
    Detail,
}
