//! Results: plain data that serialise, and pure functions of them. All that gates and reports ever see.

mod against;
mod audited;
mod chosen;
mod compare;
mod comparison;
mod curve;
mod difference;
mod figure;
mod forecast;
mod measure;
mod neighbours;
mod offenders;
mod pairing;
mod probe;
mod rounding;
mod zoo;

pub use against::{Against, Place, excess};
pub use audited::{
    Audit, Circle, CosineHistogram, Definitions, DistanceHistogram, Distributions, EstimateCard,
    Note, PositivesCard, Provenance, SCHEMA, Severity, Slice, Subject, Verification, View,
};
pub use chosen::{JoinedCard, QueriesCard, SampledCard};
pub use compare::{compare, label, model_names, prefix_curves};
pub use comparison::{
    COMPARISON_SCHEMA, Cell, Change, Comparison, Excess, Line, Model, Power, PrefixCurve,
    PrefixPoint, Similarity, Unit, Versus,
};
pub use curve::{LossCurve, LossPoint, SecondOrder};
pub use difference::{Difference, Incompatible, Numbers, paired};
pub(crate) use figure::{Figure, PAIR_MEAN_FREEDOM, PairError, Sampled, trusted};
pub use forecast::{FORECAST_SCHEMA, Forecast};
pub(crate) use measure::params;
pub use measure::{Interval, Measure, Side, Support};
pub use neighbours::Neighbours;
pub use offenders::{Offence, Offender, OffenderList, Offenders, OtherRow};
pub(crate) use pairing::sketch;
pub use pairing::{LeftOut, Pairing};
pub use probe::{PROBE_SCHEMA, ProbeReport, Quantity, Score, SplitCard, TargetCard};
pub use rounding::{PrecisionCard, RoundingError};
pub use zoo::{Accuracy, Failed, Kind, Member, SeedMean, ZOO_SCHEMA, Zoo, ZooError};
