//! The discrepancy over all pairs, and its error.

use std::borrow::Cow;

use super::error::DriftError;
use super::set::Set;
use crate::backend::Backend;
use crate::estimate::leave_items_out;
use crate::kernel::Exponents;
use crate::num::pairwise_sum;
use crate::pass::{GROUPS, GramJob, GramState, Layout, Plan, RowSums, Watch};

/// Sums of the kernel over all pairs, by units.
pub(super) struct Discrepancy {
    sides: [Sums; 2],
    /// For each t: the sum of the kernel over all pairs between the sets.
    between: Vec<f64>,
}

/// Of one set.
struct Sums {
    rows: f64,
    /// Ordered pairs within the set that count.
    pairs: f64,
    sizes: Vec<u64>,
    /// For each t and unit: the sum over pairs of its rows with rows of other units of the set.
    within: Vec<Vec<f64>>,
    /// For each t and unit: the sum over pairs of its rows with those of the other set.
    across: Vec<Vec<f64>>,
}

impl Discrepancy {
    /// Walks all pairs within each set (but those of one unit) and all between them; those within the second not where
    /// `walked` has them.
    ///
    /// With c = 2t the walk sums e^(c s), s the cosine; the kernel is exp(-t |x - y|^2) = e^(c s - c).
    pub(super) fn walk(
        (sets, walked): ([&Set; 2], Option<&GramState>),
        (ts, seed): (&[f64], u64),
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Self, DriftError> {
        let coefficients: Vec<f64> = ts.iter().map(|t| 2.0 * t).collect();
        let exponents = Exponents::plan(&coefficients);
        let grouped = vec![false; exponents.coefficients().count()];
        let layouts = sets.map(|set| {
            let order: Vec<u32> = (0..set.rows.rows() as u32).collect();
            match set.grouped {
                true => Layout::of_items((order, &set.unit), None, seed).0,
                false => Layout::of_order(order, GROUPS, seed),
            }
        });
        let walk = |a: usize, b: Option<usize>| -> Result<GramState, DriftError> {
            let (set, layout) = (sets[a], &layouts[a]);
            let n = set.rows.rows() as u64;
            let plan = match b {
                None => Plan::symmetric(layout),
                Some(b) => Plan::rectangular(layout, &layouts[b]),
            };
            let (name, pairs) = match b {
                None => ("all pairs of one set", n * (n - 1) / 2),
                Some(b) => ("all pairs between the sets", n * sets[b].rows.rows() as u64),
            };
            watch.phase(name, pairs);
            let (a, b) = ((&set.rows, layout), b.map(|b| (&sets[b].rows, &layouts[b])));
            let job = GramJob {
                items: (b.is_none() && set.grouped).then_some((&set.unit[..], &set.unit[..])),
                ..GramJob::sums(a, b, &exponents, &grouped, &plan)
            };
            Ok(backend.gram(job, watch)?.state)
        };
        let old = walk(0, None)?;
        let new = match walked {
            Some(walked) => Cow::Borrowed(walked),
            None => Cow::Owned(walk(1, None)?),
        };
        let cross = walk(0, Some(1))?;
        let columns = cross.columns.as_ref().expect("sums of both sets");
        let by_unit = |set: &Set, sums: &RowSums, k: usize, c: f64| {
            let mut out = vec![0.0; set.units()];
            for (sum, &unit) in sums.totals(k).iter().zip(&set.unit) {
                out[unit as usize] += sum * (-c).exp();
            }
            out
        };
        let of = |set: &Set, own: &GramState, met: &RowSums| {
            let each = |sums: &RowSums, state: &GramState| {
                let of = |&c: &f64| by_unit(set, sums, state.at(c), c);
                coefficients.iter().map(of).collect::<Vec<_>>()
            };
            Sums {
                rows: set.rows.rows() as f64,
                pairs: set.pairs(),
                sizes: set.sizes.clone(),
                within: each(&own.rows, own),
                across: each(met, &cross),
            }
        };
        let sides = [of(sets[0], &old, &cross.rows), of(sets[1], &new, columns)];
        let between = sides[0].across.iter().map(|sums| pairwise_sum(sums));
        Ok(Self {
            between: between.collect(),
            sides,
        })
    }

    /// Pairs that were seen: unordered ones within the sets, and all between them.
    pub(super) fn pairs(&self) -> u64 {
        let [x, y] = &self.sides;
        (x.pairs / 2.0 + y.pairs / 2.0 + x.rows * y.rows) as u64
    }

    /// The discrepancy at the t of this place and its standard error: the jackknife over each set, variances added.
    pub(super) fn of(&self, place: usize) -> (f64, Option<f64>) {
        let [x, y] = &self.sides;
        let between = self.between[place];
        let mean = |side: &Sums| pairwise_sum(&side.within[place]) / side.pairs;
        let value = mean(x) + mean(y) - 2.0 * between / (x.rows * y.rows);
        let error = |side: &Sums, other: &Sums| {
            let total = pairwise_sum(&side.within[place]);
            let each = side.sizes.iter().zip(&side.within[place]);
            let leave = each
                .zip(&side.across[place])
                .map(|((&size, within), across)| {
                    let size = size as f64;
                    let left = side.rows - size;
                    let own = (total - 2.0 * within) / (side.pairs - 2.0 * size * left);
                    own + mean(other) - 2.0 * (between - across) / (left * other.rows)
                });
            leave_items_out(value, &leave.collect::<Vec<_>>())
        };
        let se = error(x, y).zip(error(y, x)).map(|(x, y)| x.hypot(y));
        (value, se)
    }
}
