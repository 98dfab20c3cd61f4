//! Which rows are to blame.

mod alone;
mod lists;
mod near;
pub(crate) mod nearest;
pub(crate) mod partners;

use crate::audit::read::found::Found;
use crate::audit::states::States;
use crate::result::Offenders;
use lists::Lists;

/// The lists of rows to blame, where they were asked for.
pub(crate) fn offenders(states: &States, found: &Found<'_>) -> Option<Offenders> {
    if !states.settings.offenders {
        return None;
    }
    let mut lists = Lists::new(&states.facts);
    alone::copies(&states.offending.copies, &mut lists);
    near::positives(states, &mut lists);
    near::hubs(states, &mut lists);
    alone::lonely(found, &mut lists);
    alone::tiny(found, &mut lists);
    near::copies_across(states, &mut lists);
    alone::columns(&states.offending.columns, &mut lists);
    Some(lists.sorted())
}
