//! The use-case: rows and positives in, [`Audit`] out.

mod model;

pub use model::{
    Audit, Circle, CosineHistogram, Definitions, DistanceHistogram, Distributions, Measure, Note, PositivesCard,
    Provenance, SCHEMA, Severity, Side, Subject, Verification, View,
};
