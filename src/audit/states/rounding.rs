//! What low precision does to the numbers of an audit, and which precision is good enough.

use serde::{Deserialize, Serialize};

use crate::audit::ask::PrecisionChoice;
use crate::kernel::Precision;
use crate::metric::MetricId;
use crate::num::two_digits;
use crate::result::{Measure, Note, PrecisionCard, RoundingError, Severity};

/// Share of its standard error that `auto` lets rounding add to a number.
pub(crate) const ALLOWED: f64 = 0.1;

/// Precisions to walk in, one after the other until one is good enough; f32 where there is none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Trials {
    pub(crate) asked: PrecisionChoice,
    pub(crate) measured: Vec<Measured>,
    /// Why others were passed over.
    pub(crate) reasons: Vec<String>,
    pub(crate) warning: Option<String>,
    pub(crate) rows: u64,
    pub(crate) reference: f64,
    pub(crate) seconds: f64,
}

impl Trials {
    /// What to walk in now.
    pub(crate) fn precision(&self) -> Precision {
        self.measured.last().map_or(Precision::F32, |m| m.precision)
    }

    /// Whether another precision may take the place of this one, by the numbers of its walk.
    pub(crate) fn open(&self) -> bool {
        self.asked == PrecisionChoice::Auto && !self.measured.is_empty()
    }

    /// Whether the numbers of this walk are good enough; if not, the next precision is at hand. Asked while
    /// [`open`](Self::open).
    pub(crate) fn accepts(&mut self, measures: &[Measure]) -> bool {
        let card = self.card(measures);
        let (share, label) = match card.largest(measures) {
            Some((share, m)) if share.is_finite() => {
                (share, format!(" ({} on side {})", m.label(), m.side.name()))
            }
            _ => (f64::INFINITY, String::new()),
        };
        if share <= ALLOWED {
            return true;
        }
        self.reasons
            .push(off(self.precision().name(), share, &label));
        self.measured.pop();
        false
    }

    /// Notes the measured errors, and adds them to the intervals.
    pub(crate) fn widen(&self, measures: &mut [Measure]) {
        let card = self.card(measures);
        for measure in measures {
            if let Some(error) = card.error(measure).map(|e| e.error) {
                measure.widen(error);
            }
        }
    }

    pub(crate) fn note(&self) -> Option<Note> {
        self.warning
            .clone()
            .map(|text| Note::new(Severity::Warning, text))
    }

    /// What reports say of it.
    pub(crate) fn card(&self, measures: &[Measure]) -> PrecisionCard {
        let used = self.measured.last();
        let errors = used.map_or(Vec::new(), |m| m.errors.clone());
        let mut card = PrecisionCard {
            used: self.precision().name().to_owned(),
            asked: self.asked.name().to_owned(),
            reason: None,
            rows: if errors.is_empty() { 0 } else { self.rows },
            reference: if errors.is_empty() {
                0.0
            } else {
                self.reference
            },
            seconds: self.seconds,
            errors,
        };
        let passed = self.reasons.join("; ");
        card.reason = match (self.asked, used) {
            (PrecisionChoice::Auto, Some(_)) => {
                let fastest = "the fastest that adds less than a tenth of a standard error";
                let passed = if passed.is_empty() {
                    passed
                } else {
                    format!(" ({passed})")
                };
                Some(format!("{fastest}{passed}"))
            }
            _ => (!passed.is_empty()).then_some(passed),
        };
        if let Some(used) = used {
            card.errors.extend(used.of_tests(measures));
        }
        card
    }
}

pub(crate) fn off(name: &str, share: f64, of: &str) -> String {
    if share.is_finite() {
        format!("{name} may add {} standard errors{of}", two_digits(share))
    } else {
        format!("{name} may add something to numbers without a standard error")
    }
}

/// One precision on these data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub(crate) precision: Precision,
    /// Uniformity, uniform term and Jensen gap on every side.
    pub(crate) errors: Vec<RoundingError>,
    /// Largest error as a share of the standard error that the sampled rows let expect, or less.
    pub(crate) expected_share: f64,
    /// Share of pairs to be looked at in f64.
    pub(crate) near: f64,
}

impl Measured {
    /// The errors of the tests of uniformity: those of uniformity on the scale of the test.
    pub(crate) fn of_tests(&self, measures: &[Measure]) -> Vec<RoundingError> {
        let tests = measures
            .iter()
            .filter(|m| m.metric == MetricId::UniformityZ);
        tests
            .filter_map(|test| {
                let same = |m: &&Measure| {
                    m.metric == MetricId::Uniformity
                        && m.side == test.side
                        && m.params == test.params
                };
                let uniformity = measures.iter().find(same)?;
                let t = *test.params.values().next()?;
                let error = self.errors.iter().find(|e| {
                    e.metric == MetricId::Uniformity && e.side == test.side && e.param == t
                })?;
                // z = (e^(u - ideal) - 1) / sd, known at the collapsed u = 0; one exponential may overflow the other.
                let scale = (uniformity.value - uniformity.ideal?).exp() * test.collapsed?
                    / (-uniformity.ideal?).exp_m1();
                scale.is_finite().then(|| RoundingError {
                    metric: MetricId::UniformityZ,
                    bias: -(-error.bias).exp_m1() * scale,
                    error: error.error.exp_m1() * scale,
                    ..error.clone()
                })
            })
            .collect()
    }
}
