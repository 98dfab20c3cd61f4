//! All that the walks of an audit found.

use serde::{Deserialize, Serialize};

use super::anchored::Anchored;
use super::cosines::Cosines;
use super::looks::Looks;
use super::offending::Offending;
use super::on_request::OnRequest;
use super::queries::Queries;
use super::rounding::Trials;
use super::searched::Searched;
use super::seen::Estimated;
use super::step::Step;
use super::walked::Walked;
use crate::audit::ask::Checked;
use crate::audit::facts::Facts;
use crate::kernel::Precision;
use crate::pass::{GramState, PairState};
use crate::result::{EstimateCard, Note, Side, Spent, Verification};

/// What the walks of an audit found, from which [`read`](crate::audit::read) makes the audit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct States {
    pub(crate) facts: Facts,
    pub(crate) settings: Checked,
    /// All pairs of every side; or the blocks that an estimate saw.
    pub(crate) walked: Vec<Walked>,
    /// How much an estimate saw.
    pub(crate) estimate: Option<Estimate>,
    pub(crate) positives: Option<PairState>,
    pub(crate) cosines: Cosines,
    pub(crate) looks: Looks,
    pub(crate) trials: Trials,
    /// Rows to walk in double precision.
    pub(crate) checked_rows: Option<usize>,
    /// What was walked.
    pub(crate) done: Vec<Step>,
    pub(crate) verification: Option<Verification>,
    pub(crate) anchored: Option<Anchored>,
    pub(crate) compat: CompatStates,
    pub(crate) repeats: Vec<Repeats>,
    /// What the lists of rows to blame need.
    pub(crate) offending: Offending,
    /// Whether a budget left no time to walk without the repeated rows.
    pub(crate) no_time_for_repeats: bool,
    pub(crate) ran: Ran,
    /// What the walks have to say.
    pub(crate) said: Vec<Note>,
    /// What those who search asked for.
    #[serde(default)]
    pub(crate) searched: Option<Searched>,
    /// Who searched, where that was a sample.
    #[serde(default)]
    pub(crate) queries: Option<Queries>,
    /// What else is measured only where it is asked for.
    #[serde(default)]
    pub(crate) on_request: OnRequest,
    /// Cosines of the listed pairs, where these have scores.
    #[serde(default)]
    pub(crate) judged: Option<Vec<f64>>,
}

impl States {
    /// Sums over all pairs of rows of the first view, of e^(2 t s) for each t, in f32: pairs of rows of one named group left
    /// out, and no others. None where all pairs were not walked, were walked in fewer bits, or without those that listed
    /// pairs join.
    pub(crate) fn within_first(&self) -> Option<&GramState> {
        let joined = self
            .facts
            .grouping
            .as_ref()
            .is_some_and(|items| !items.named);
        let whole = self.estimate.is_none() && self.trials.precision() == Precision::F32;
        let first = self.walked.iter().find(|walked| walked.side == Side::A)?;
        (whole && !joined).then_some(&first.state)
    }
}

/// An estimate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Estimate {
    pub(crate) seen: Estimated,
    pub(crate) card: EstimateCard,
}

/// Sums that other code makes, where they are not those of the audit.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct CompatStates {
    /// Cosines of the excluded pairs, where both views are pooled.
    pub(crate) pooled: Option<Vec<f64>>,
    /// One for each size of a batch.
    pub(crate) batches: Vec<LoaderBatches>,
    /// Where rows come in items, which other code does not know: the same rows without.
    pub(crate) ungrouped: Option<Box<States>>,
}

/// All pairs within each batch of a loader.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LoaderBatches {
    /// Pairs of a batch.
    pub(crate) size: usize,
    /// Rows that the loader has.
    pub(crate) rows: usize,
    /// Of each view.
    pub(crate) views: Vec<GramState>,
    /// Between the members of pairs, and the cosine of each pair.
    pub(crate) between: Option<(GramState, Vec<f64>)>,
}

/// Rows of a view that repeat an earlier one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Repeats {
    pub(crate) side: Side,
    /// The first of them, and which row each repeats.
    pub(crate) named: String,
    /// All pairs of the others; none where these are fewer than half.
    pub(crate) without: Option<GramState>,
}

/// Who walked, and how long.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Ran {
    pub(crate) backend: String,
    pub(crate) kernel: String,
    pub(crate) threads: u64,
    pub(crate) pass_seconds: f64,
    pub(crate) total_seconds: f64,
    pub(crate) timeline: Vec<Spent>,
    /// What the backend has to say.
    pub(crate) notes: Vec<String>,
}
