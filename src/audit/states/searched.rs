//! What those who search asked of the walks, and what reading their counts needs beside them.

use serde::{Deserialize, Serialize};

use super::walked::Walked;
use crate::pass::{Search, SearchState};
use crate::result::Side;

/// Neighbours of each row that k-occurrence counts.
pub(crate) const HUB_NEIGHBOURS: usize = 10;
/// Nearest rows that a walk keeps: as many again, so that lists are full where a group of rows is left out.
pub(crate) const KEPT: usize = 2 * HUB_NEIGHBOURS;
/// False accept rates of thresholds, the largest first.
pub(crate) const FARS: [f64; 4] = [1e-2, 1e-3, 1e-4, 1e-5];
/// Most positives for each row of the larger view, on average: a position is counted for each.
pub(crate) const MOST_POSITIVES: usize = 64;
/// Positives that are never too many, however few the rows.
pub(crate) const FEW_POSITIVES: usize = 1_000_000;

/// All of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Searched {
    pub(crate) asked: Asked,
    /// For each view, and for rows of the first that search the second: N_k of rows that are uniform on the sphere of this
    /// dimension, at most 2,000 of them; none where there are too few rows.
    pub(crate) uniform: Vec<(Side, Vec<u64>)>,
    /// Dot products of the sums of the rows of each group, where there are two views.
    pub(crate) groups: Option<GroupProducts>,
    /// What was counted of inner products, where these were asked for and not cosines.
    #[serde(default)]
    pub(crate) products: Option<ProductCounts>,
}

/// Counts of a walk over inner products of rows in the unit ball: of rows over the largest norm of their view.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ProductCounts {
    /// The largest norm of the first view, and of the second (of the first again, where there is no second).
    pub(crate) largest: (f64, f64),
    /// Of each side.
    pub(crate) counted: Vec<(Side, SearchState)>,
}

impl Searched {
    /// What was counted of each side, of cosines or of inner products.
    pub(crate) fn counted<'a>(&'a self, walked: &'a [Walked]) -> Vec<(Side, &'a SearchState)> {
        match &self.products {
            Some(products) => {
                let counted = products.counted.iter();
                counted.map(|(side, counts)| (*side, counts)).collect()
            }
            None => {
                let walked = walked.iter();
                walked.map(|of| (of.side, &of.state.search)).collect()
            }
        }
    }

    /// Of the side that holds the positives, of an audit of one view or of two.
    pub(crate) fn of_positives<'a>(
        &'a self,
        walked: &'a [Walked],
        two: bool,
    ) -> Option<&'a SearchState> {
        let wanted = if two { Side::Cross } else { Side::A };
        let counted = self.counted(walked).into_iter();
        counted
            .filter(|(side, _)| *side == wanted)
            .map(|(_, counts)| counts)
            .next()
    }

    /// What a product that was counted is to be multiplied with to be one of the rows as they are; 1 of cosines.
    pub(crate) fn unit(&self) -> f64 {
        let largest = self.products.as_ref().map(|products| products.largest);
        largest.map_or(1.0, |(a, b)| a * b)
    }
}

/// What the all-pairs walk is to count.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// Positives, each once, ascending; of one set of rows with the smaller row first. None where there are too many.
    pub(crate) positives: Vec<(u32, u32)>,
    /// Their cosines, or inner products in the unit ball.
    pub(crate) cosines: Vec<f64>,
    /// How many positives there are, where that is more than are looked at.
    pub(crate) too_many: Option<u64>,
    /// What finding each is worth; empty where all are worth the same.
    #[serde(default)]
    pub(crate) gains: Vec<f64>,
    /// The lowest fine bin of other pairs that is told apart.
    #[serde(default)]
    pub(crate) lowest_bin: usize,
}

/// For the sums of the rows of each jackknife group, x_g of the first view and y_h of the second, their dot products.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct GroupProducts {
    pub(crate) aa: Vec<Vec<f64>>,
    pub(crate) bb: Vec<Vec<f64>>,
    pub(crate) ab: Vec<Vec<f64>>,
}

impl Asked {
    /// What finding each positive is worth.
    pub(crate) fn gains(&self) -> impl Iterator<Item = f64> {
        self.gains.iter().copied().chain(std::iter::repeat(1.0))
    }

    /// What is asked of one side of an audit of one view, or of two.
    pub(crate) fn of(&self, side: Side, two: bool) -> Search<'_> {
        let paired = (side == Side::Cross) == two && side != Side::B;
        let (positives, cosines) = match paired {
            true => (&self.positives[..], &self.cosines[..]),
            false => (&[][..], &[][..]),
        };
        Search {
            positives,
            cosines,
            nearest: KEPT,
            cosine_counts: (!positives.is_empty()).then_some(self.lowest_bin),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positives_are_asked_of_the_side_that_holds_them() {
        let asked = Asked {
            positives: vec![(0, 1)],
            cosines: vec![0.5],
            lowest_bin: 7,
            ..Asked::default()
        };
        for (side, two, expected) in [
            (Side::A, false, 1),
            (Side::A, true, 0),
            (Side::B, true, 0),
            (Side::Cross, true, 1),
        ] {
            let search = asked.of(side, two);
            assert_eq!(search.positives.len(), expected, "{side:?} {two}");
            assert_eq!(search.cosines.len(), expected);
            assert_eq!(search.cosine_counts, (expected == 1).then_some(7));
            assert_eq!(search.nearest, 20);
        }
        assert_eq!(Asked::default().of(Side::A, false).cosine_counts, None);
    }
}
