//! Rows that are there more than once.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

pub(super) const DUPLICATE_PAIRS: MetricSpec = MetricSpec {
    id: MetricId::DuplicatePairs,
    param: None,
    kind: Kind::Count,
    blind: Blind::ToNoise,
    place: Place::Usual,
    sides: &[Side::A, Side::B],
    traits: Traits::of(Family::Other),
    summary: "How many pairs of rows point (almost) the same way.",
    formula: "#{i < j : cos(x_i, x_j) > 1 - 1e-6}",
    range: "{0, 1, ..., n (n - 1) / 2} for n rows",
    ideal: "0",
    collapsed: "n (n - 1) / 2, all pairs",
    reading: "Lower is better. Beside duplicate_rows it tells the shape: 100 rows that are twice there \
              make 100 pairs, 101 copies of one row (empty inputs, say) make 5050. A cosine above 1 - \
              1e-6 is an angle below 0.082 degrees.",
    error: "None: it is a count over all pairs, not an estimate; cosines in doubt are computed in f64.",
    better: Direction::Lower,
    reference: "A definition of this tool.",
};
