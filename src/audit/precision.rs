//! In which precision the pass walks, and what that costs in accuracy.
//!
//! Before the pass a random sample of rows is walked against all rows, in f32 and in each lower precision in question:
//! what the sums of a row lose shows what every number loses (`measured`). The numbers stay as the pass gives them; the
//! error is added to both ends of their intervals.

mod measured;

use super::prepare::Prepared;
use super::{AuditError, Settings, SettingsError};
use crate::backend::Backend;
use crate::kernel::{Exponents, Precision};
use crate::num::{in_percent, two_digits};
use crate::pass::{Layout, Watch};
use crate::result::{Measure, Note, PrecisionCard, Severity};

use measured::{Measured, measure_all};

/// Share of its standard error that `auto` lets rounding add to a number.
const ALLOWED: f64 = 0.1;

/// Share of pairs that may lie so near each other that they must be looked at in f64; each costs some hundred others.
const NEAR_PAIRS: f64 = 1e-3;

/// What rows are rounded to before they are multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrecisionChoice {
    /// The fastest whose error is below a tenth of the standard error, f32 otherwise.
    Auto,
    /// This one.
    Only(Precision),
}

impl Default for PrecisionChoice {
    fn default() -> Self {
        Self::Only(Precision::F32)
    }
}

impl PrecisionChoice {
    /// `f32`, `tf32`, `bf16`, `i8`, `auto`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Only(precision) => precision.name(),
        }
    }

    /// Refuses what this backend does not have, and rows too long for it.
    pub(super) fn check(self, dim: usize, backend: &dyn Backend) -> Result<(), AuditError> {
        let Self::Only(precision) = self else {
            return Ok(());
        };
        backend.kernel_at(precision)?;
        match precision.longest() {
            Some(longest) if dim > longest => Err(SettingsError::TooLong {
                precision: precision.name(),
                longest,
                found: dim,
            }
            .into()),
            _ => Ok(()),
        }
    }
}

/// Precisions to walk in, one after the other until one is good enough.
pub(super) struct Trials {
    asked: PrecisionChoice,
    measured: Vec<Measured>,
    /// Why others were passed over.
    reasons: Vec<String>,
    warning: Option<String>,
    rows: u64,
    reference: f64,
    seconds: f64,
}

impl Trials {
    /// Nothing to try: walks in f32.
    pub(super) fn none() -> Self {
        Self {
            asked: PrecisionChoice::default(),
            measured: Vec::new(),
            reasons: Vec::new(),
            warning: None,
            rows: 0,
            reference: 0.0,
            seconds: 0.0,
        }
    }

    /// Measures every precision that is in question.
    pub(super) fn new(
        data: &Prepared,
        settings: &Settings,
        (layouts, exponents, excluded): (&(Layout, Layout), &Exponents, &[(u32, u32)]),
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Self, AuditError> {
        let asked = settings.precision;
        let mut trials = Self {
            asked,
            ..Self::none()
        };
        let mut wanted = match asked {
            PrecisionChoice::Auto => backend.precisions(),
            PrecisionChoice::Only(precision) => vec![precision],
        };
        let fits = |p: &Precision| p.longest().is_none_or(|longest| data.a.dim() <= longest);
        wanted.retain(|p| *p != Precision::F32 && fits(p));
        // The fastest first.
        wanted.reverse();
        if wanted.is_empty() {
            if asked == PrecisionChoice::Auto {
                let kernel = backend.kernel();
                trials.reasons = vec![format!("the {kernel} kernel has no other")];
            }
            return Ok(trials);
        }
        let start = std::time::Instant::now();
        let found = measure_all(
            data,
            settings,
            (layouts, exponents, excluded),
            &wanted,
            (backend, watch),
        )?;
        trials.seconds = start.elapsed().as_secs_f64();
        (trials.rows, trials.reference) = (found.rows, found.reference);
        for measured in found.measured {
            let name = measured.precision.name();
            if measured.near > NEAR_PAIRS {
                let text = format!(
                    "{} of pairs lie so near each other that in {name} only f64 could tell which are duplicates",
                    in_percent(measured.near)
                );
                if asked != PrecisionChoice::Auto {
                    trials.warning = Some(format!(
                        "Rows were not rounded to {name} but walked in f32: {text}."
                    ));
                }
                trials.reasons.push(text);
            } else if asked == PrecisionChoice::Auto && measured.expected_share > ALLOWED {
                trials.reasons.push(off(name, measured.expected_share, ""));
            } else {
                trials.measured.push(measured);
            }
        }
        // The last to be tried comes first.
        trials.measured.reverse();
        Ok(trials)
    }

    /// What to walk in now.
    pub(super) fn precision(&self) -> Precision {
        self.measured.last().map_or(Precision::F32, |m| m.precision)
    }

    /// Whether the numbers of this walk are good enough; if not, the next precision is at hand.
    pub(super) fn accepts(&mut self, measures: &[Measure]) -> bool {
        if self.asked != PrecisionChoice::Auto || self.measured.is_empty() {
            return true;
        }
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
    pub(super) fn widen(&self, measures: &mut [Measure]) {
        let card = self.card(measures);
        for measure in measures {
            if let Some(error) = card.error(measure).map(|e| e.error) {
                measure.widen(error);
            }
        }
    }

    pub(super) fn note(&self) -> Option<Note> {
        self.warning.clone().map(|text| Note {
            severity: Severity::Warning,
            text,
        })
    }

    /// What reports say of it.
    pub(super) fn card(&self, measures: &[Measure]) -> PrecisionCard {
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

fn off(name: &str, share: f64, of: &str) -> String {
    if share.is_finite() {
        format!("{name} may add {} standard errors{of}", two_digits(share))
    } else {
        format!("{name} may add something to numbers without a standard error")
    }
}
