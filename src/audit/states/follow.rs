//! What the states so far call for.

use super::found::States;
use super::step::Step;
use crate::pass::SearchState;

/// In this order: later steps look at what earlier ones left.
const STEPS: [Step; 8] = [
    Step::AllPairs,
    Step::Queries,
    Step::Ties,
    Step::Verification,
    Step::Anchors,
    Step::OtherCode,
    Step::WithoutRepeats,
    Step::Offenders,
];

/// The next step; none when nothing more is wanted.
pub(crate) fn follow(states: &States) -> Option<Step> {
    let settings = &states.settings;
    let wanted = |step: &Step| match step {
        Step::AllPairs => true,
        Step::Queries => states.queries.is_some(),
        Step::Ties => {
            let searched = states.searched.as_ref();
            let counted = searched.map_or(Vec::new(), |of| of.counted(&states.walked));
            counted.into_iter().any(|(_, counts)| tied(counts))
        }
        Step::Verification => states.checked_rows.is_some(),
        Step::Anchors => states.facts.positives.is_some() && !settings.negatives.is_empty(),
        Step::OtherCode => settings.compat.iter().any(|code| !code.is_of_spectrum()),
        Step::WithoutRepeats => {
            let mut walked = states.walked.iter();
            walked.any(|walked| walked.state.duplicates.rows() > 0)
        }
        Step::Offenders => settings.offenders,
    };
    let due = |step: &Step| !states.done.contains(step) && wanted(step);
    STEPS.into_iter().find(due)
}

/// Whether rows were counted as tied with a positive.
fn tied(counts: &SearchState) -> bool {
    let mut both = counts.from_rows.iter().chain(&counts.from_columns);
    both.any(|counted| counted.tied > 0)
}
