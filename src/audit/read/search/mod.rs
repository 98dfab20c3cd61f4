//! What those who search ask: counts of the walk to numbers, each with what pairs it with another model's.

mod hubs;
pub(crate) mod number;
pub(crate) mod ported;
mod retrieval;
mod sample;
pub(crate) mod searchers;
mod separation;
pub(crate) mod space;

use crate::audit::read::found::Found;
use crate::audit::read::notes::said::Said;
use crate::audit::read::search::number::Number;
use crate::audit::states::searched::MOST_POSITIVES;
use crate::num;
use crate::pass::SearchState;
use crate::result::{Note, Side};

/// Every number of retrieval, separation, hubs and space, in the order of the table of metrics, and what is to be said of
/// those that are not there. Nothing where nothing was asked.
pub(crate) fn numbers(found: &Found<'_>) -> (Vec<Number>, Vec<Note>) {
    let Some(searched) = found.searched else {
        return (Vec::new(), Vec::new());
    };
    let mut said = Said::default();
    let whole = found.queries.is_none() && found.estimated.is_none();
    let counted = searched.counted(found.walked);
    let uncounted = |(_, counts): &(Side, &SearchState)| **counts == SearchState::default();
    if whole && counted.iter().any(uncounted) {
        said.warn(
            "Retrieval, thresholds and hubs were asked for and are not measured: whoever walked all pairs here does not \
             count them. Give --device cpu."
                .to_owned(),
        );
    }
    if searched.products.is_some() {
        said.info(
            "Retrieval, thresholds and hubs are by dot product of the rows as served, norms included (--similarity dot). \
             Alignment, uniformity and the contrastive terms stay on the unit sphere, as Wang and Isola define them, and so \
             do space_cosine, the modality gap, duplicates and --offenders: norms do not move them."
                .to_owned(),
        );
    }
    match searched.asked.too_many {
        Some(positives) => said.warn(format!(
            "Retrieval and thresholds are not measured: there are {} positive pairs, and at most {MOST_POSITIVES} for each \
             row (a million in any case) are looked at. Give finer labels, or pairs of rows that a search for one should \
             find (--pairs).",
            num::count(positives)
        )),
        None if found.data.positives.is_none() => said.info(
            "Retrieval and thresholds need positives: give --pairs, --labels or a second view."
                .to_owned(),
        ),
        None => {}
    }
    let mut out = retrieval::numbers(found, searched);
    out.extend(separation::numbers(found, searched, &mut said));
    if let Some(queries) = found.queries {
        sample::mark(&mut out, &queries.card);
        sample::say(found, &queries.card, &mut said);
    }
    match whole {
        true => out.extend(hubs::numbers(found, searched, &mut said)),
        false => sample::no_hubs(found, &mut said),
    }
    if let Some(groups) = &searched.groups {
        out.extend(space::numbers(found, groups));
    }
    (out, said.0)
}
