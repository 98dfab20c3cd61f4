//! What is left out of all other metrics, where the user named the groups.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

pub(super) const GROUP_COSINE: MetricSpec = MetricSpec {
    id: MetricId::GroupCosine,
    param: None,
    blind: Blind::ToBoth,
    place: Place::Usual,
    sides: &[Side::A, Side::B],
    traits: Traits::of(Family::Other),
    summary: "Mean cosine of rows of one group of --groups: how much of one piece a document, or a user, is.",
    formula: "mean over pairs i < j of one group of cos(x_i, x_j)",
    range: "[-1/(s - 1), 1] for groups of s rows",
    ideal: "none",
    collapsed: "1",
    reading: "Pairs within a group are left out of uniformity, uniform terms and mean_cosine, so these cannot tell \
              whether an encoder maps a whole document to one point. This number can: read it beside mean_cosine, \
              which rows of different groups have. At 1, rows of a group cannot be told apart.",
    error: "From the mean without each group; rows - 1 degrees of freedom for as many groups, 30 at most.",
    kind: Kind::Unpaired(MetricId::MeanCosine),
    better: Direction::Neutral,
    reference: "A definition of this tool.",
};
