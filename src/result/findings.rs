//! The table of findings, and what an audit shows of them: pure functions of the audit.
//!
//! Thresholds are calibrated on real encoders, trained badly and well, and on nulls (`docs/findings.md`); what cannot be
//! calibrated is a fact, not a warning.

mod errors;
mod judgement;
mod on_request;
mod positives;
mod rows;
mod table;

use super::audited::Audit;
use super::finding::{Finding, FindingSpec, Look};
use super::finding_id::FindingId;

pub(crate) use errors::{ENOUGH, bias_in_errors};
pub use judgement::{Judgement, judgement};
pub(crate) use on_request::DIRECTIONS;
pub(crate) use rows::{COLLAPSED, spread};
pub use table::FINDINGS;

impl FindingId {
    /// This finding's row of [`FINDINGS`].
    pub fn spec(self) -> &'static FindingSpec {
        &FINDINGS[self as usize]
    }

    /// The name as users type it, e.g. `narrow_cone`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The finding of this name; `-` counts as `_`.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase().replace('-', "_");
        let spec = FINDINGS.iter().find(|spec| spec.id.name() == name)?;
        Some(spec.id)
    }
}

/// Looks for one finding.
pub fn look(audit: &Audit, id: FindingId) -> Look {
    (id.spec().look)(audit)
}

/// Everything that the audit shows, the most serious first: warnings, then facts, then what is as it should be; in the
/// order of [`FINDINGS`] each.
///
/// Cost: nothing beside the audit.
pub fn findings(audit: &Audit) -> Vec<Finding> {
    let found = FINDINGS.iter().filter_map(|spec| match (spec.look)(audit) {
        Look::Found(severity, numbers) => Some(Finding {
            name: spec.id,
            severity,
            numbers,
            meaning: spec.meaning.to_owned(),
            cause: spec.cause.to_owned(),
            remedy: spec.remedy.to_owned(),
        }),
        Look::Clear | Look::Unseen(_) => None,
    });
    let mut found: Vec<Finding> = found.collect();
    found.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.name));
    found
}

/// The page that `spherecheck explain FINDING` prints: at most 96 columns wide, ends in a newline.
pub fn explain_finding(id: FindingId) -> String {
    let spec = id.spec();
    let gate = format!("[[rule]] finding = \"{}\"", id.name());
    crate::metric::page(
        id.name(),
        spec.meaning,
        &[
            ("Found", spec.rule),
            ("Cause", spec.cause),
            ("Try", spec.remedy),
            ("Threshold", spec.basis),
            ("Metric", spec.metric.name()),
            ("Gate", &gate),
        ],
    )
}
