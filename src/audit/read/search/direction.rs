//! Who searches in which view, and where the positives of each query stand.

use super::number::units;
use crate::audit::read::found::Found;
use crate::audit::states::queries::{Drawn, Queries};
use crate::audit::states::searched::Asked;
use crate::metric::Standing;
use crate::pass::Above;
use crate::result::Side;

/// Rows that look for their positives.
pub(super) struct Direction<'a> {
    pub(super) side: Side,
    /// For each row where its positives stand; none where it has none.
    pub(super) queries: Vec<Vec<Standing>>,
    /// Rows that each is compared with.
    pub(super) searched: u64,
    /// The unit of each row that is drawn at once, and how many there are.
    pub(super) units: (Vec<u32>, usize),
    /// The jackknife group of each row, and how many there are.
    pub(super) groups: (&'a [u32], usize),
}

/// One positive of a query, on its way to a [`Standing`].
type Seen = (f64, Above);

/// Of all rows with a positive; nothing where no positions were counted.
pub(super) fn directions<'a>(found: &Found<'a>, asked: &Asked) -> Vec<Direction<'a>> {
    let two = found.data.b.is_some();
    let side = if two { Side::Cross } else { Side::A };
    let walked = found.walked.iter().find(|walked| walked.side == side);
    let Some(state) = walked.map(|walked| &walked.state.search) else {
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
    let listed = asked.positives.iter().zip(&asked.cosines);
    for ((&(i, j), &cosine), (&from_row, &from_column)) in listed.zip(seen) {
        first[i as usize].push((cosine, from_row));
        let other = if two { &mut second } else { &mut first };
        other[j as usize].push((cosine, from_column));
    }
    let mut out = vec![Direction::new(found, Side::A, first)];
    if two {
        out.push(Direction::new(found, Side::B, second));
    }
    out
}

/// Of the rows that were drawn; nothing where they were not walked.
pub(super) fn drawn<'a>(found: &Found<'a>, queries: &Queries) -> Vec<Direction<'a>> {
    let walked = |drawn: &&Drawn| drawn.counted.from_rows.len() == drawn.asked.positives.len();
    let directions = queries.drawn.iter().filter(walked).map(|drawn| {
        let mut seen: Vec<Vec<Seen>> = vec![Vec::new(); found.rows(drawn.side) as usize];
        let listed = drawn.asked.positives.iter().zip(&drawn.asked.cosines);
        for ((&(query, _), &cosine), &above) in listed.zip(&drawn.counted.from_rows) {
            seen[query as usize].push((cosine, above));
        }
        Direction::new(found, drawn.side, seen)
    });
    directions.collect()
}

/// Where the positives of a query stand among all rows; `apart`: the other positives were not counted yet. Their cosines
/// are known in f64.
fn standings(seen: &[Seen], apart: bool) -> Vec<Standing> {
    const EXACT: f64 = 1e-12;
    let stand = |(k, &(cosine, counted)): (usize, &Seen)| {
        let mut standing = Standing {
            above: u64::from(counted.above),
            tied: u64::from(counted.tied),
            gain: 1.0,
        };
        if apart {
            let others = seen.iter().enumerate().filter(|(other, _)| *other != k);
            for (_, (other, _)) in others {
                standing.above += u64::from(*other > cosine + EXACT);
                standing.tied += u64::from((other - cosine).abs() <= EXACT);
            }
        }
        standing
    };
    seen.iter().enumerate().map(stand).collect()
}

impl<'a> Direction<'a> {
    /// With what was seen of the positives of each row of a side.
    fn new(found: &Found<'a>, side: Side, seen: Vec<Vec<Seen>>) -> Self {
        let (two, second) = (found.data.b.is_some(), side == Side::B);
        let others = match (two, second) {
            (false, _) => found.rows(Side::A) - 1,
            (true, false) => found.rows(Side::B),
            (true, true) => found.rows(Side::A),
        };
        // Between two views positives were left out of the counts.
        let stand = |seen: Vec<Seen>| standings(&seen, two);
        let groups = match second {
            true => &found.groups.1,
            false => &found.groups.0,
        };
        Self {
            side,
            queries: seen.into_iter().map(stand).collect(),
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
        ];
        let places = |apart| -> Vec<(u64, u64)> {
            let found = standings(&seen, apart);
            found.iter().map(|s| (s.above, s.tied)).collect()
        };
        assert_eq!(places(true), [(0, 0), (4, 2), (4, 2), (12, 0)]);
        assert_eq!(places(false), [(0, 0), (3, 1), (3, 1), (9, 0)]);
    }
}
