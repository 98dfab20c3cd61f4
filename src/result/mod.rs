//! Results: plain data that serialise, and pure functions of them. All that gates and reports ever see.

mod against;
mod audited;
mod chosen;
mod compare;
mod comparison;
mod contrast;
mod curve;
mod difference;
mod drift_card;
mod finding;
mod finding_id;
mod findings;
mod forecast;
mod measure;
mod modality;
mod neighbours;
mod offenders;
mod pairing;
mod parity;
mod plan;
mod ported;
mod probed;
mod redacted;
mod rounding;
#[cfg(feature = "train")]
mod seeds;
mod spectrum;
mod spent;
mod stated;
mod zoo;

pub use against::{Against, ModelPlace, excess};
pub use audited::{
    Audit, Circle, ClassOnCircle, CosineHistogram, Definitions, DistanceHistogram, Distributions,
    Note, PositivesCard, Provenance, SCHEMA, Severity, Slice, Subject, Verification, View,
};
pub use chosen::{EstimateCard, JoinedCard, QueriesCard, SampledCard};
pub use compare::{compare, model_names, prefix_curves, summary};
pub use comparison::{
    COMPARISON_SCHEMA, Change, Comparison, Excess, Line, Model, ModelValue, Power, PrefixCurve,
    PrefixPoint, Similarity, Unit, Versus,
};
pub(crate) use contrast::Contrast;
pub use curve::{ALL_BUT_OWN, LossCurve, LossPoint, SecondOrder, Slope};
pub use difference::{Difference, Incompatible, NumberSource, paired};
pub use drift_card::{ClassifierCard, DriftCard};
pub use finding::{Evidence, Finding, FindingSpec, Look, Weight};
pub use finding_id::FindingId;
pub(crate) use findings::{COLLAPSED, DIRECTIONS, ENOUGH, bias_in_errors, spread};
pub use findings::{FINDINGS, Judgement, explain_finding, findings, judgement, look};
pub use forecast::{FORECAST_SCHEMA, Forecast};
pub(crate) use measure::params;
pub use measure::{Interval, Measure, Side, Support, label, params_text};
pub use modality::ModalityCard;
pub use neighbours::Neighbours;
pub(crate) use neighbours::overlaps;
pub use offenders::{Offence, Offender, OffenderList, Offenders, OtherRow};
pub(crate) use pairing::sketch;
pub use pairing::{LeftOut, Pairing};
pub use parity::{Flips, Parity, ParityRow};
pub use plan::{PlannedFile, PlannedRepeats, PlannedView, SHARD_PLAN_SCHEMA, ShardPlan, Workers};
pub use ported::{CandidateThreshold, PortedNumber, PortedThreshold};
pub use probed::{PROBE_SCHEMA, ProbeReport, Quantity, Score, SplitCard, TargetCard};
pub use rounding::{PrecisionCard, RoundingError};
#[cfg(feature = "train")]
pub use seeds::SeedMean;
pub use spectrum::{Spectra, SpectrumCurve};
pub use spent::{ProcessSeconds, Spent};
pub(crate) use stated::{NumberKey, PAIR_MEAN_FREEDOM, PairError, Sampled, Stated, trusted};
pub use zoo::{
    Accuracy, Along, Beside, Failed, Member, ObjectiveKind, Paper, ZOO_SCHEMA, Zoo, ZooError,
};
