//! What those who search ask: counts of the walk to numbers, each with what pairs it with another model's.

mod direction;
mod hubs;
pub(crate) mod number;
mod retrieval;
mod sample;
mod separation;
mod space;

use crate::audit::read::found::Found;
use crate::audit::read::notes::said::Said;
use crate::audit::read::search::number::Number;
use crate::audit::states::searched::MOST_POSITIVES;
use crate::audit::states::walked::Walked;
use crate::pass::SearchState;
use crate::result::Note;

/// Every number of retrieval, separation, hubs and space, in the order of the table of metrics, and what is to be said of
/// those that are not there. Nothing where nothing was asked.
pub(crate) fn numbers(found: &Found<'_>) -> (Vec<Number>, Vec<Note>) {
    let Some(searched) = found.searched else {
        return (Vec::new(), Vec::new());
    };
    let mut said = Said::default();
    let counted = |walked: &Walked| walked.state.search != SearchState::default();
    let whole = found.queries.is_none() && found.estimated.is_none();
    if whole && !found.walked.iter().all(counted) {
        said.warn(
            "Retrieval, thresholds and hubs were asked for and are not measured: whoever walked all pairs here does not \
             count them. Give --device cpu."
                .to_owned(),
        );
    }
    match searched.asked.too_many {
        Some(most) => said.warn(format!(
            "Retrieval and thresholds are not measured: one row has {most} positives, and at most {MOST_POSITIVES} are \
             looked at. Give finer labels, or pairs of rows that a search for one should find (--pairs)."
        )),
        None if found.data.positives.is_none() => said.info(
            "Retrieval and thresholds need positives: give --pairs, --labels or a second view."
                .to_owned(),
        ),
        None => {}
    }
    let mut out = retrieval::numbers(found, &searched.asked);
    out.extend(separation::numbers(found, &searched.asked, &mut said));
    if let Some(queries) = found.queries {
        sample::mark(&mut out, &queries.card);
        sample::say(found, &queries.card, &mut said);
    }
    match whole {
        true => out.extend(hubs::numbers(found, &searched.uniform, &mut said)),
        false => sample::no_hubs(found, &mut said),
    }
    if let Some(groups) = &searched.groups {
        out.extend(space::numbers(found, groups));
    }
    (out, said.0)
}
