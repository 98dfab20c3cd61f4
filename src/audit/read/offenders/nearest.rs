//! The nearest rows of each row, whoever looked them up.

use crate::audit::facts::Facts;
use crate::audit::states::offending::NEAREST;
use crate::audit::states::walked::Walked;
use crate::pass::TopK;
use crate::result::Side;

/// The ten nearest rows of each row of a side's first operand among those of its second, nearest first; fewer where there
/// are fewer. None where nobody looked.
pub(crate) fn nearest<'a>(
    walked: &'a [Walked],
    looked_up: &'a [(Side, TopK)],
    side: Side,
) -> Option<impl Iterator<Item = (u32, &'a [(u32, f32)])>> {
    let own = looked_up.iter().find(|(of, _)| *of == side);
    let kept = || {
        let walked = walked.iter().find(|walked| walked.side == side)?;
        Some(&walked.state.search.nearest).filter(|lists| lists.k() > 0)
    };
    let lists = own.map(|(_, lists)| lists).or_else(kept)?;
    let few = |list: &'a [(u32, f32)]| &list[..list.len().min(NEAREST)];
    Some((0..).zip(lists.lists().map(few)))
}

/// Whether the walk over all pairs of a side kept as many.
pub(crate) fn kept(facts: &Facts, walked: &[Walked], side: Side) -> bool {
    let second = facts.b.as_ref().unwrap_or(&facts.a);
    let others = match side {
        Side::A | Side::Mean => facts.a.rows() - 1,
        Side::B => second.rows() - 1,
        Side::Cross => second.rows(),
    };
    let walked = walked.iter().find(|walked| walked.side == side);
    walked.is_some_and(|walked| walked.state.search.nearest.k() >= others.min(NEAREST))
}
