//! What the states so far call for.

use serde::{Deserialize, Serialize};

use super::found::States;

/// A step of an audit over all pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Step {
    /// All pairs of every side, in the precision that is on trial.
    AllPairs,
    /// Random rows once more in double precision.
    Verification,
    /// Anchors of the loss at finite numbers of negatives.
    Anchors,
    /// Sums that other code makes.
    OtherCode,
    /// All pairs without the rows that repeat an earlier one.
    WithoutRepeats,
}

/// In this order: later steps look at what earlier ones left.
const STEPS: [Step; 5] = [
    Step::AllPairs,
    Step::Verification,
    Step::Anchors,
    Step::OtherCode,
    Step::WithoutRepeats,
];

/// The next step; none when nothing more is wanted.
pub(crate) fn follow(states: &States) -> Option<Step> {
    let settings = &states.settings;
    let wanted = |step: &Step| match step {
        Step::AllPairs => true,
        Step::Verification => states.checked_rows.is_some(),
        Step::Anchors => states.facts.positives.is_some() && !settings.negatives.is_empty(),
        Step::OtherCode => !settings.compat.is_empty(),
        Step::WithoutRepeats => {
            let mut walked = states.walked.iter();
            walked.any(|walked| walked.state.duplicates.rows() > 0)
        }
    };
    let due = |step: &Step| !states.done.contains(step) && wanted(step);
    STEPS.into_iter().find(due)
}
