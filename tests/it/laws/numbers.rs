//! What a state holds, to be compared with another's.

use std::fmt::Debug;

use spherecheck::num::Merge;
use spherecheck::pass::{GramState, PairState, RingState, RowMoments, SearchState, TopK};

/// A state's numbers as (sums, counts): the former up to rounding, the latter exactly.
pub trait Numbers: Merge + Clone + PartialEq + Debug {
    fn numbers(&self) -> (Vec<f64>, Vec<u64>);
}

impl Numbers for GramState {
    fn numbers(&self) -> (Vec<f64>, Vec<u64>) {
        let sides = [Some(&self.rows), self.columns.as_ref()];
        let mut sums = self.coefficients.clone();
        for side in sides.into_iter().flatten() {
            (0..self.coefficients.len()).for_each(|c| sums.extend(side.totals(c)));
        }
        let repeats = self.duplicates.repeats.iter().map(|&r| u64::from(r));
        let counts = [self.pairs, self.duplicates.pairs].into_iter();
        let counts = counts.chain(self.histogram.clone()).chain(repeats);
        let mut counts: Vec<u64> = counts.collect();
        let SearchState {
            from_rows,
            from_columns,
            nearest,
            cosines,
            from_rows_by_group,
            from_columns_by_group,
        } = &self.search;
        let by_group = from_rows_by_group.iter().chain(from_columns_by_group);
        counts.extend(by_group.flat_map(|at| [at.above, at.tied].map(u64::from)));
        let positions = from_rows.iter().chain(from_columns);
        counts.extend(positions.flat_map(|at| [at.above, at.tied].map(u64::from)));
        counts.extend(cosines.all.iter().chain(cosines.touching.iter().flatten()));
        // Whole numbers too: merged in any order they are the same.
        let below = cosines.touching_below.iter().chain([&cosines.below]);
        counts.extend(below.flat_map(|of| of.0.map(|sum| sum as u64)));
        counts.push(cosines.lowest as u64);
        let (near, numbers) = nearest.numbers();
        sums.extend(near);
        counts.extend(numbers);
        (sums, counts)
    }
}

impl Numbers for RingState {
    fn numbers(&self) -> (Vec<f64>, Vec<u64>) {
        let (mut sums, counts) = self.gram.numbers();
        sums.extend(self.moments);
        (sums, counts)
    }
}

impl Numbers for RowMoments {
    fn numbers(&self) -> (Vec<f64>, Vec<u64>) {
        let sums = [&self.x, &self.y, &self.xx, &self.yy, &self.xy];
        (sums.map(Clone::clone).concat(), vec![self.rows])
    }
}

impl Numbers for PairState {
    fn numbers(&self) -> (Vec<f64>, Vec<u64>) {
        let mut moments = self.alignment.clone();
        moments.extend([self.cosine, self.distance]);
        moments.extend(self.squares.iter().chain(&self.apart));
        let mut sums: Vec<f64> = moments
            .iter()
            .flat_map(|m| [m.mean().unwrap_or(0.0), m.variance().unwrap_or(0.0)])
            .collect();
        sums.extend(self.touching.iter().map(|touching| touching.1));
        sums.extend(self.touching_alignment.iter().flatten());
        sums.extend(self.by_unit.iter().flatten().chain(&self.unit_pairs));
        let mut counts: Vec<u64> = moments.iter().map(|m| m.count()).collect();
        counts.extend(self.touching.iter().map(|touching| touching.0));
        counts.extend(self.histogram.iter().chain([&self.distinct]));
        (sums, counts)
    }
}

impl Numbers for TopK {
    fn numbers(&self) -> (Vec<f64>, Vec<u64>) {
        let near = self.clone().into_lists().concat();
        let cosines = near.iter().map(|near| f64::from(near.1));
        (
            cosines.collect(),
            near.iter().map(|near| u64::from(near.0)).collect(),
        )
    }
}
