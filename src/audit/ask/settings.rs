//! What to compute and how.

use serde::{Deserialize, Serialize};

use super::compat::Compat;
use super::precision::PrecisionChoice;
use super::queries::QueryChoice;
use super::refused::{MOST_NEGATIVES, SettingsError};
use super::search_by::SearchBy;
use crate::data::{Normalize, ZeroRows};
use crate::kernel::{Exponents, STEEP};

/// Largest coefficient c of e^(c cos) whose sums over billions of rows stay in f64: 1/tau and 2t may not pass it.
pub const LARGEST_EXPONENT: f64 = 680.0;

/// The parameters of an audit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Exponents of alignment{alpha}.
    pub alphas: Vec<f64>,
    /// Parameters of uniformity{t}.
    pub ts: Vec<f64>,
    /// Temperatures of the contrastive loss.
    pub taus: Vec<f64>,
    /// Numbers of negatives M at which the loss itself is computed; none by default.
    pub negatives: Vec<u64>,
    /// Numbers as other code prints them; none by default.
    pub compat: Vec<Compat>,
    /// What to do about norms.
    pub normalize: Normalize,
    /// What to do about rows of norm zero.
    pub zero_rows: ZeroRows,
    /// Whether to bin cosines and distances (for pictures).
    pub histograms: bool,
    /// Rows to recompute in f64.
    pub verify: Option<usize>,
    /// Level of the intervals, e.g. 0.95.
    pub confidence: f64,
    /// What rows are rounded to in the all-pairs pass.
    pub precision: PrecisionChoice,
    /// Seed of the jackknife groups, of the rows that are verified, and of estimates.
    pub seed: u64,
    /// How much of the pairs to see.
    pub effort: Effort,
    /// Whether rows that listed pairs join are one item (at most 20 rows, and 5 % of all).
    pub join_pairs: bool,
    /// Rows of the first view (and of aligned ones their partners) to draw and to audit in place of all.
    #[serde(default)]
    pub sample: Option<usize>,
    /// Whether to list the rows to blame ([`Offenders`](crate::result::Offenders)); not of an estimate. Costs up to four
    /// more walks over all pairs: the nearest rows within each view and between them, both ways.
    pub offenders: bool,
    /// Whether retrieval, thresholds and hubs are measured: counts over pairs of f32 rows.
    #[serde(default)]
    pub search: bool,
    /// Which rows are the queries of retrieval and thresholds; hubs are measured only where all are.
    #[serde(default)]
    pub queries: QueryChoice,
    /// What these go by. Of inner products all pairs are walked once more.
    #[serde(default)]
    pub search_by: SearchBy,
    /// Whether ranks and spreads of the spectrum are measured: X'X of each view and its eigenvalues. A budget does not
    /// count it.
    #[serde(default)]
    pub spectrum: bool,
    /// Whether class separation and the accuracy of class means are measured, where rows have labels.
    #[serde(default)]
    pub classes: bool,
    /// Whether two views are compared as two kinds of things: gap, separability, centred rows.
    #[serde(default)]
    pub modality: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            alphas: vec![1.0, 2.0],
            ts: vec![2.0],
            taus: vec![0.07, 0.5],
            negatives: Vec::new(),
            compat: Vec::new(),
            normalize: Normalize::L2,
            zero_rows: ZeroRows::Reject,
            histograms: false,
            verify: None,
            confidence: 0.95,
            precision: PrecisionChoice::default(),
            seed: 0,
            effort: Effort::Exact,
            join_pairs: true,
            sample: None,
            offenders: false,
            search: false,
            queries: QueryChoice::Auto,
            search_by: SearchBy::Cosine,
            spectrum: false,
            classes: false,
            modality: false,
        }
    }
}

/// How much of the pairs an audit sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Effort {
    /// All of them.
    #[default]
    Exact,
    /// As many as this number of seconds allows; all, if it allows that.
    Seconds(f64),
    /// As many as bring the Monte Carlo error of every uniformity and uniform term to at most this; all, if that is
    /// less work.
    MaxError(f64),
    /// A fixed amount.
    Amount {
        /// Rounds of blocks, at least 1: each pairs every row with about 96 others.
        rounds: usize,
        /// Rows of which all pairs are seen.
        full_rows: usize,
        /// Whether the mean squared cosine of all pairs is computed to lessen the error.
        squares: bool,
    },
}

/// Settings of which every parameter was checked: no audit runs without.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Settings", into = "Settings")]
pub struct Checked(Settings);

impl TryFrom<Settings> for Checked {
    type Error = SettingsError;

    fn try_from(settings: Settings) -> Result<Self, SettingsError> {
        settings.check()
    }
}

impl From<Checked> for Settings {
    fn from(checked: Checked) -> Self {
        checked.0
    }
}

impl std::ops::Deref for Checked {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.0
    }
}

impl Checked {
    /// The same without what is asked once for all rows: the loss at finite numbers of negatives, the pictures'
    /// histograms, the check in double precision, the rows to blame.
    pub(crate) fn numbers_only(&self) -> Self {
        Self(Settings {
            negatives: Vec::new(),
            histograms: false,
            verify: None,
            offenders: false,
            ..self.0.clone()
        })
    }

    /// The same without the pictures' histograms.
    pub(crate) fn without_histograms(&self) -> Self {
        Self(Settings {
            histograms: false,
            ..self.0.clone()
        })
    }

    /// The same without what is measured only where it is asked for: for those who search, and of the spectrum.
    pub(crate) fn without_search(&self) -> Self {
        Self(Settings {
            search: false,
            queries: QueryChoice::Auto,
            ..self.budgeted().0
        })
    }

    /// The same without what no budget counts: of the spectrum, of classes and of two kinds of things.
    pub(crate) fn budgeted(&self) -> Self {
        let compat = self.0.compat.iter().filter(|code| !code.is_of_spectrum());
        Self(Settings {
            spectrum: false,
            classes: false,
            modality: false,
            compat: compat.copied().collect(),
            ..self.0.clone()
        })
    }
}

impl Settings {
    /// Checks every parameter.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn check(self) -> Result<Checked, SettingsError> {
        for (name, values) in [
            ("alpha", &self.alphas),
            ("t", &self.ts),
            ("tau", &self.taus),
        ] {
            if let Some(&value) = values.iter().find(|v| !(v.is_finite() && **v > 0.0)) {
                return Err(SettingsError::NotPositive { name, value });
            }
        }
        if let Some(&value) = self.taus.iter().find(|&&tau| 1.0 / tau > LARGEST_EXPONENT) {
            return Err(SettingsError::TauTooSmall {
                least: 1.0 / LARGEST_EXPONENT,
                value,
            });
        }
        if let Some(&value) = self.ts.iter().find(|&&t| 2.0 * t > LARGEST_EXPONENT) {
            return Err(SettingsError::TTooLarge {
                most: LARGEST_EXPONENT / 2.0,
                value,
            });
        }
        let value = self.confidence;
        if !(value > 0.0 && value < 1.0) {
            return Err(SettingsError::Confidence { value });
        }
        if let Some(value) = self.sample.filter(|&rows| rows < 2) {
            return Err(SettingsError::Sample { value });
        }
        self.check_effort()?;
        if self.search {
            self.check_f32("--search")?;
        }
        self.queries.check(self.search)?;
        let counted = 1..=MOST_NEGATIVES;
        if let Some(&value) = self.negatives.iter().find(|m| !counted.contains(m)) {
            return Err(SettingsError::Negatives { value });
        }
        Ok(Checked(self))
    }

    /// Refuses a precision that what `other` asks for does not know.
    pub(crate) fn check_f32(&self, other: &'static str) -> Result<(), SettingsError> {
        if self.precision == PrecisionChoice::default() {
            return Ok(());
        }
        Err(SettingsError::OnlyF32 {
            precision: self.precision.name(),
            other,
        })
    }

    /// Refuses a walk that `other` cuts short where every pair is to be counted.
    pub(crate) fn check_no_search(&self, other: &'static str) -> Result<(), SettingsError> {
        match self.search {
            true => Err(SettingsError::SearchOf { other }),
            false => Ok(()),
        }
    }

    /// Whether the spectrum is asked for, by itself or as other code reads it.
    pub(crate) fn wants_spectrum(&self) -> bool {
        self.spectrum || self.compat.iter().any(|code| code.is_of_spectrum())
    }

    /// Refuses a budget that slices would share.
    pub(crate) fn check_no_budget(&self) -> Result<(), SettingsError> {
        match self.effort {
            Effort::Seconds(_) => Err(SettingsError::BudgetOfSlices),
            _ => Ok(()),
        }
    }

    fn check_effort(&self) -> Result<(), SettingsError> {
        let given = match self.effort {
            Effort::Exact => return Ok(()),
            Effort::Seconds(value) => Some(("budget", value)),
            Effort::MaxError(value) => Some(("max-error", value)),
            Effort::Amount { .. } => None,
        };
        self.check_f32("an estimate (--budget, --max-error)")?;
        if let Some((name, value)) = given.filter(|(_, v)| !(v.is_finite() && *v > 0.0)) {
            return Err(SettingsError::Effort { name, value });
        }
        if self.verify.is_some() {
            return Err(SettingsError::VerifyEstimate);
        }
        if self.offenders {
            return Err(SettingsError::OffendersOfEstimate);
        }
        if let Some(&value) = self.ts.iter().find(|&&t| 4.0 * t > LARGEST_EXPONENT) {
            let most = LARGEST_EXPONENT / 4.0;
            return Err(SettingsError::TTooLargeToEstimate { most, value });
        }
        Ok(())
    }

    /// Coefficients c of the sums of e^(c cos) that an estimate reads: 2t and 1/tau, and 4t for the variance over pairs.
    pub(crate) fn estimate_coefficients(&self) -> Vec<f64> {
        let ts = self.ts.iter().flat_map(|t| [2.0 * t, 4.0 * t]);
        ts.chain(self.taus.iter().map(|tau| 1.0 / tau)).collect()
    }

    /// Of which coefficients the sums are kept apart by jackknife group: those of the temperatures, or `all`.
    pub(crate) fn grouped(&self, exponents: &Exponents, all: bool) -> Vec<bool> {
        let of_tau = |c| self.taus.iter().any(|tau| 1.0 / tau == c);
        exponents.coefficients().map(|c| all || of_tau(c)).collect()
    }

    /// Coefficients c of the sums of e^(c cos) that the metrics read: 2t and 1/tau; 4t for the variance of
    /// uniformity{t} (one squaring more in the pass; not where it is steep, and would cost as much as all the rest); and
    /// 2/tau (as far as it stays in f64) where the spread of an anchor's negatives is wanted.
    pub(crate) fn coefficients(&self) -> Vec<f64> {
        let potentials = self.ts.iter().map(|t| 2.0 * t);
        let variances = self.ts.iter().map(|t| 4.0 * t).filter(|&c| c <= STEEP);
        let contrasts = self.taus.iter().map(|tau| 1.0 / tau);
        let spreads = self.taus.iter().map(|tau| 2.0 / tau);
        let spreads = spreads.filter(|&c| !self.negatives.is_empty() && c <= LARGEST_EXPONENT);
        potentials
            .chain(variances)
            .chain(contrasts)
            .chain(spreads)
            .collect()
    }
}
