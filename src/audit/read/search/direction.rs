//! Who searches in which view, and where the positives of each query stand.

use super::number::units;
use crate::audit::read::found::Found;
use crate::audit::states::queries::{Drawn, Queries};
use crate::audit::states::searched::{Asked, Searched};
use crate::metric::Standing;
use crate::pass::Above;
use crate::result::Side;

/// Rows that look for their positives.
pub(crate) struct Direction<'a> {
    pub(crate) side: Side,
    /// For each row where its positives stand; none where it has none.
    pub(crate) queries: Vec<Vec<Standing>>,
    /// Rows that each is compared with.
    pub(super) searched: u64,
    /// The unit of each row that is drawn at once, and how many there are.
    pub(crate) units: (Vec<u32>, usize),
    /// The jackknife group of each row, and how many there are.
    pub(crate) groups: (&'a [u32], usize),
}

/// Cosines of unit rows that f64 cannot tell apart.
const EXACT: f64 = 1e-12;

/// One positive of a query, on its way to a [`Standing`].
#[derive(Clone)]
struct Seen {
    cosine: f64,
    counted: Above,
    gain: f64,
}

/// Of all rows with a positive, or of those that were drawn; nothing where no positions were counted.
pub(crate) fn directions<'a>(found: &Found<'a>, searched: &Searched) -> Vec<Direction<'a>> {
    match found.queries {
        Some(queries) => drawn(found, searched, queries),
        None => all(found, searched),
    }
}

fn all<'a>(found: &Found<'a>, searched: &Searched) -> Vec<Direction<'a>> {
    let (two, asked) = (found.data.b.is_some(), &searched.asked);
    let Some(state) = searched.of_positives(found.walked, two) else {
        return Vec::new();
    };
    let counted = asked.positives.len();
    if counted == 0 || state.from_rows.len() != counted || state.from_columns.len() != counted {
        return Vec::new();
    }
    let (n, m) = (found.rows(Side::A), found.rows(Side::B));
    let mut first: Vec<Vec<Seen>> = vec![Vec::new(); n as usize];
    let mut second: Vec<Vec<Seen>> = vec![Vec::new(); m as usize];
    let seen = state.from_rows.iter().zip(&state.from_columns);
    for (((i, j), positive), (&from_row, &from_column)) in listed(asked).zip(seen) {
        first[i as usize].push(positive(from_row));
        let other = if two { &mut second } else { &mut first };
        other[j as usize].push(positive(from_column));
    }
    let mut out = vec![Direction::new(found, searched, Side::A, first)];
    if two {
        out.push(Direction::new(found, searched, Side::B, second));
    }
    out
}

fn drawn<'a>(found: &Found<'a>, searched: &Searched, queries: &Queries) -> Vec<Direction<'a>> {
    let walked = |drawn: &&Drawn| drawn.counted.from_rows.len() == drawn.asked.positives.len();
    let directions = queries.drawn.iter().filter(walked).map(|drawn| {
        let mut seen: Vec<Vec<Seen>> = vec![Vec::new(); found.rows(drawn.side) as usize];
        let counted = drawn.counted.from_rows.iter();
        for (((query, _), positive), &above) in listed(&drawn.asked).zip(counted) {
            seen[query as usize].push(positive(above));
        }
        Direction::new(found, searched, drawn.side, seen)
    });
    directions.collect()
}

/// Each pair that was asked for, and what becomes of it with its position.
fn listed(asked: &Asked) -> impl Iterator<Item = ((u32, u32), impl Fn(Above) -> Seen)> {
    let pairs = asked.positives.iter().copied();
    let known = pairs.zip(asked.cosines.iter().copied()).zip(asked.gains());
    known.map(|((pair, cosine), gain)| {
        let seen = move |counted| Seen {
            cosine,
            counted,
            gain,
        };
        (pair, seen)
    })
}

/// Where the positives of a query stand among all rows; `apart`: the other positives were not counted yet. Their cosines
/// are known in f64, and differ by more than this, or not at all.
fn standings(seen: &[Seen], apart: Option<f64>) -> Vec<Standing> {
    let stand = |(k, positive): (usize, &Seen)| {
        let (cosine, counted) = (positive.cosine, positive.counted);
        let mut standing = Standing {
            above: u64::from(counted.above),
            tied: u64::from(counted.tied),
            gain: positive.gain,
        };
        if let Some(exact) = apart {
            let others = seen.iter().enumerate().filter(|(other, _)| *other != k);
            for (_, other) in others {
                let other = other.cosine;
                standing.above += u64::from(other > cosine + exact);
                standing.tied += u64::from((other - cosine).abs() <= exact);
            }
        }
        standing
    };
    seen.iter().enumerate().map(stand).collect()
}

impl<'a> Direction<'a> {
    /// With what was seen of the positives of each row of a side.
    fn new(found: &Found<'a>, searched: &Searched, side: Side, seen: Vec<Vec<Seen>>) -> Self {
        let (two, second) = (found.data.b.is_some(), side == Side::B);
        let others = match (two, second) {
            (false, _) => found.rows(Side::A) - 1,
            (true, false) => found.rows(Side::B),
            (true, true) => found.rows(Side::A),
        };
        // Lengths of queries in the ball, where inner products were counted.
        let norms = match &found.data.b {
            Some(b) if second => &b.norms,
            _ => &found.data.a.norms,
        };
        let largest = searched.products.as_ref().map(|products| products.largest);
        let largest = largest.map(|(first, other)| if second { other } else { first });
        let length = |row: usize| largest.map_or(1.0, |largest| norms[row] / largest);
        // Between two views positives were left out of the counts.
        let stand =
            |(row, seen): (usize, Vec<Seen>)| standings(&seen, two.then(|| EXACT * length(row)));
        let groups = match second {
            true => &found.groups.1,
            false => &found.groups.0,
        };
        Self {
            side,
            queries: seen.into_iter().enumerate().map(stand).collect(),
            searched: others,
            units: units(found, second),
            groups: (groups, found.layouts.0.group_sizes().len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(above: u32, tied: u32) -> Above {
        Above { above, tied }
    }

    #[test]
    fn other_positives_of_a_query_are_rows_above_it() {
        let again = 0.5 + 1e-15;
        let seen = [
            (0.9, at(0, 0)),
            (0.5, at(3, 1)),
            (again, at(3, 1)),
            (0.1, at(9, 0)),
        ]
        .map(|(cosine, counted)| Seen {
            cosine,
            counted,
            gain: 1.0,
        });
        let places = |apart| -> Vec<(u64, u64)> {
            let found = standings(&seen, apart);
            found.iter().map(|s| (s.above, s.tied)).collect()
        };
        assert_eq!(places(Some(EXACT)), [(0, 0), (4, 2), (4, 2), (12, 0)]);
        assert_eq!(places(None), [(0, 0), (3, 1), (3, 1), (9, 0)]);
    }
}
