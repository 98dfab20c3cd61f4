//! The sums of the kernel that the discrepancy of every deal is made of.
//!
//! With w = 1 for the rows of the first set and 0 for the others, the sum of the kernel over the pairs within the first set
//! is w'Kw. The deals are the columns of a matrix W: K, which is never held, comes in tiles that are multiplied with it.

use ndarray::{Array2, ArrayView2, s};
use rayon::prelude::*;

use super::deals::Deals;
use super::set::Set;
use crate::pass::{Cancelled, Watch};

/// Rows and columns of a tile.
const TILE: usize = 256;
/// Rows with a cosine above 1 less this point the same way.
const SAME: f64 = 1e-6;

/// Over all ordered pairs of rows of different units.
pub(super) struct KernelSums {
    /// For each t and deal: the sum within the first set.
    pub(super) within: Vec<Vec<f64>>,
    /// For each t and unit: the sum over pairs of its rows with all others.
    pub(super) by_unit: Vec<Vec<f64>>,
    /// Pairs of a row of one set and a row of the other that point the same way.
    pub(super) shared: u64,
}

/// All rows of both sets, one after the other.
struct Pooled {
    values: Array2<f64>,
    units: Vec<usize>,
    /// Rows of the first set.
    first: usize,
}

/// What a tile adds.
struct TileSums {
    within: Vec<Vec<f64>>,
    rows: Vec<Vec<f64>>,
    columns: Vec<Vec<f64>>,
    shared: u64,
}

/// Walks all pairs of the pooled rows on the current rayon pool; sums are added in the order of the tiles, so that they do
/// not depend on the number of threads.
///
/// # Errors
/// [`Cancelled`] when the watcher asked to stop.
pub(super) fn kernel_sums(
    sets: [&Set; 2],
    deals: &Deals,
    ts: &[f64],
    watch: &dyn Watch,
) -> Result<KernelSums, Cancelled> {
    let pooled = Pooled::new(sets);
    let rows = pooled.units.len();
    let starts: Vec<usize> = (0..rows).step_by(TILE).collect();
    let tiles: Vec<(usize, usize)> = (starts.iter())
        .flat_map(|&j| starts.iter().map(move |&i| (i, j)))
        .filter(|(i, j)| i <= j)
        .collect();
    watch.phase("permutations", tiles.len() as u64);
    let parts: Option<Vec<TileSums>> = tiles
        .par_iter()
        .map(|&tile| {
            let part = (!watch.cancelled()).then(|| pooled.tile(tile, deals, ts));
            watch.advance(1);
            part
        })
        .collect();
    let parts = parts.ok_or(Cancelled)?;
    let units = sets.iter().map(|set| set.units()).sum();
    let mut out = KernelSums {
        within: vec![vec![0.0; deals.count()]; ts.len()],
        by_unit: vec![vec![0.0; units]; ts.len()],
        shared: 0,
    };
    for (part, (i, j)) in parts.into_iter().zip(tiles) {
        out.shared += part.shared;
        for t in 0..ts.len() {
            let sums = out.within[t].iter_mut().zip(&part.within[t]);
            sums.for_each(|(sum, v)| *sum += v);
            for (start, values) in [(i, &part.rows[t]), (j, &part.columns[t])] {
                for (unit, v) in pooled.units[start..].iter().zip(values) {
                    out.by_unit[t][*unit] += v;
                }
            }
        }
    }
    Ok(out)
}

impl KernelSums {
    /// For each t the discrepancy of every deal, in the form in which it is printed: means over pairs of different units
    /// within each set, less twice the mean between the sets.
    pub(super) fn discrepancies(&self, deals: &Deals) -> Vec<Vec<f64>> {
        let count = deals.count();
        let all: f64 = deals.sizes.iter().sum();
        let squares: f64 = deals.sizes.iter().map(|s| s * s).sum();
        // Rows of the first set, and the squares of its units' sizes.
        let (mut rows, mut own) = (vec![0.0; count], vec![0.0; count]);
        for (unit, &size) in deals.sizes.iter().enumerate() {
            for (deal, &first) in deals.of_unit(unit).iter().enumerate() {
                rows[deal] += f64::from(first) * size;
                own[deal] += f64::from(first) * size * size;
            }
        }
        let of = |(within, by_unit): (&Vec<f64>, &Vec<f64>)| {
            let total: f64 = by_unit.iter().sum();
            let mut touching = vec![0.0; count];
            for (unit, sum) in by_unit.iter().enumerate() {
                let lines = touching.iter_mut().zip(deals.of_unit(unit));
                lines.for_each(|(touching, &first)| *touching += f64::from(first) * sum);
            }
            let deal = |deal: usize| {
                let (n, m) = (rows[deal], all - rows[deal]);
                let first = within[deal];
                // Ordered pairs: those that touch the first set once lie between the sets.
                let between = touching[deal] - first;
                let second = total - 2.0 * between - first;
                first / (n * n - own[deal]) + second / (m * m - (squares - own[deal]))
                    - 2.0 * between / (n * m)
            };
            (0..count).map(deal).collect()
        };
        self.within.iter().zip(&self.by_unit).map(of).collect()
    }
}

impl Pooled {
    fn new(sets: [&Set; 2]) -> Self {
        let first = sets[0].rows.rows();
        let count = first + sets[1].rows.rows();
        let mut values = Array2::zeros((count, sets[0].rows.dim()));
        let lines: Vec<_> = values.outer_iter_mut().enumerate().collect();
        lines.into_par_iter().for_each(|(row, mut line)| {
            let line = line
                .as_slice_mut()
                .expect("rows of a fresh array are contiguous");
            match row.checked_sub(first) {
                None => sets[0].rows.row_f64(row, line),
                Some(row) => sets[1].rows.row_f64(row, line),
            }
        });
        let of_first = sets[0].unit.iter().map(|&unit| unit as usize);
        let of_second = sets[1]
            .unit
            .iter()
            .map(|&unit| sets[0].units() + unit as usize);
        Self {
            values,
            units: of_first.chain(of_second).collect(),
            first,
        }
    }

    /// The rows from `start` on.
    fn rows(&self, start: usize) -> ArrayView2<'_, f64> {
        let end = self.units.len().min(start + TILE);
        self.values.slice(s![start..end, ..])
    }

    /// For the rows from `start` on, the deals as columns.
    fn dealt(&self, start: usize, deals: &Deals) -> Array2<f64> {
        let end = self.units.len().min(start + TILE);
        let units = &self.units[start..end];
        Array2::from_shape_fn((units.len(), deals.count()), |(row, deal)| {
            f64::from(deals.of_unit(units[row])[deal])
        })
    }

    /// The pairs of the rows from i on with those from j on.
    fn tile(&self, (i, j): (usize, usize), deals: &Deals, ts: &[f64]) -> TileSums {
        let cosines = self.rows(i).dot(&self.rows(j).t());
        let (of_i, of_j) = (self.dealt(i, deals), self.dealt(j, deals));
        let mut part = TileSums {
            within: Vec::with_capacity(ts.len()),
            rows: Vec::with_capacity(ts.len()),
            columns: Vec::with_capacity(ts.len()),
            shared: self.shared((i, j), &cosines),
        };
        // Off the diagonal each pair stands for both of its orders.
        let times = if i == j { 1.0 } else { 2.0 };
        for t in ts {
            let mut kernel = cosines.mapv(|s| (2.0 * t * (s - 1.0)).exp());
            self.clear_units((i, j), &mut kernel);
            let met = kernel.dot(&of_j);
            let mut within = vec![0.0; deals.count()];
            for (line, first) in met.outer_iter().zip(of_i.outer_iter()) {
                let each = within.iter_mut().zip(line.iter().zip(first));
                each.for_each(|(sum, (met, first))| *sum += met * first * times);
            }
            part.within.push(within);
            let rows = kernel.outer_iter().map(|line| line.sum());
            part.rows.push(rows.collect());
            part.columns.push(match i == j {
                true => Vec::new(),
                false => kernel
                    .columns()
                    .into_iter()
                    .map(|line| line.sum())
                    .collect(),
            });
        }
        part
    }

    /// Pairs of rows of one unit do not count.
    fn clear_units(&self, (i, j): (usize, usize), kernel: &mut Array2<f64>) {
        for ((row, column), value) in kernel.indexed_iter_mut() {
            if self.units[i + row] == self.units[j + column] {
                *value = 0.0;
            }
        }
    }

    /// Pairs of one row of each set that point the same way.
    fn shared(&self, (i, j): (usize, usize), cosines: &Array2<f64>) -> u64 {
        // Rows of the first set come first, so that i <= j leaves one order of each pair.
        let across = |row: usize, column: usize| i + row < self.first && j + column >= self.first;
        let same = cosines
            .indexed_iter()
            .filter(|&((row, column), &cosine)| cosine > 1.0 - SAME && across(row, column));
        same.count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Embeddings, Labels, UnitRows};
    use crate::estimate::permutation_p;
    use crate::pass::NoWatch;
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64;

    fn rows(count: usize, from: usize) -> UnitRows {
        let value = |(i, k): (usize, usize)| (((i / 2 + from + 1) * (k + 2)) as f32 * 0.61).sin();
        let values = Array2::from_shape_fn((count, 3), value);
        UnitRows::normalise(Embeddings::from_array("rows", values.view()).unwrap()).unwrap()
    }

    /// Of every deal the definition, pair by pair.
    fn by_hand(sets: [&Set; 2], deals: &Deals, deal: usize, t: f64) -> f64 {
        let (mut all, mut line) = (Vec::new(), vec![0.0; 3]);
        let mut unit = 0;
        for set in sets {
            for row in 0..set.rows.rows() {
                set.rows.row_f64(row, &mut line);
                all.push((line.clone(), unit + set.unit[row] as usize));
            }
            unit += set.units();
        }
        let first = |unit: usize| deals.of_unit(unit)[deal] == 1;
        let mean = |a: bool, b: bool| {
            let (mut sum, mut pairs) = (0.0, 0.0);
            for (x, u) in &all {
                for (y, v) in &all {
                    if first(*u) == a && first(*v) == b && u != v {
                        let square: f64 = x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum();
                        sum += (-t * square).exp();
                        pairs += 1.0;
                    }
                }
            }
            sum / pairs
        };
        mean(true, true) + mean(false, false) - 2.0 * mean(true, false)
    }

    #[test]
    fn every_deal_has_the_discrepancy_of_its_definition() {
        // Rows come twice; 300 and 23 of them cut tiles unevenly.
        let labels = |count: usize| Labels {
            name: "groups".to_owned(),
            classes: (0..count as u32).map(|row| row / 7 % 11).collect(),
            values: Default::default(),
        };
        for grouped in [false, true] {
            let (a, b) = (labels(300), labels(23));
            let groups = grouped.then_some((&a, &b.classes[..]));
            let [x, y] = Set::both(
                (rows(300, 0), groups.map(|g| g.0)),
                (rows(23, 40), groups.map(|g| g.1)),
            )
            .unwrap();
            let deals = Deals::new([&x, &y], 3, 5);
            let ts = [0.5, 3.0];
            let sums = kernel_sums([&x, &y], &deals, &ts, &NoWatch).unwrap();
            let found = sums.discrepancies(&deals);
            for (t, found) in ts.iter().zip(&found) {
                for (deal, found) in found.iter().enumerate() {
                    let expected = by_hand([&x, &y], &deals, deal, *t);
                    assert!(
                        (found - expected).abs() < 1e-12,
                        "{deal}: {found}, {expected}"
                    );
                }
            }
            assert!((0.25..=1.0).contains(&permutation_p(&found)));
        }
    }

    #[test]
    fn rows_that_both_sets_have_are_counted() {
        let [x, y] = Set::both((rows(20, 0), None), (rows(6, 8), None)).unwrap();
        let deals = Deals::new([&x, &y], 1, 0);
        // Rows 16 to 19 of the first are rows 0 to 3 of the second, each of them twice.
        let sums = kernel_sums([&x, &y], &deals, &[2.0], &NoWatch).unwrap();
        assert_eq!(sums.shared, 8);
    }

    /// Rows around a common direction; of documents, whose rows are alike, where there are any.
    fn drawn(rng: &mut Pcg64, documents: &[usize]) -> (UnitRows, Labels) {
        let mut normal = |_| {
            let (u, v): (f64, f64) = (rng.random(), rng.random());
            (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
        };
        let (mut values, mut classes) = (Vec::new(), Vec::new());
        for (document, &rows) in documents.iter().enumerate() {
            let centre: [f64; 5] = std::array::from_fn(&mut normal);
            for _ in 0..rows {
                // Alone, a row is as far from others as a document is.
                let noise: [f64; 5] = std::array::from_fn(&mut normal);
                let row = centre
                    .iter()
                    .zip(noise)
                    .map(|(c, e)| (c + 0.3 * e + 0.5) as f32);
                values.extend(row);
                classes.push(document as u32);
            }
        }
        let values = Array2::from_shape_vec((classes.len(), 5), values).unwrap();
        let labels = Labels {
            name: "documents".to_owned(),
            classes,
            values: Default::default(),
        };
        let rows = Embeddings::from_array("rows", values.view()).unwrap();
        (UnitRows::normalise(rows).unwrap(), labels)
    }

    /// How many of 200 pairs of sets of one law have p <= 0.05; expected are 10, give or take 3.1.
    fn rejections(documents: [&[usize]; 2], grouped: bool, ts: &[f64]) -> usize {
        let mut rng = Pcg64::seed_from_u64(11);
        let mut rejected = 0;
        for seed in 0..200 {
            let [(old, a), (new, b)] = documents.map(|documents| drawn(&mut rng, documents));
            let groups = grouped.then_some((&a, &b.classes[..]));
            let old = (old, groups.map(|groups| groups.0));
            let new = (new, groups.map(|groups| groups.1));
            let [x, y] = Set::both(old, new).unwrap();
            let deals = Deals::new([&x, &y], 39, seed);
            let sums = kernel_sums([&x, &y], &deals, ts, &NoWatch).unwrap();
            rejected += usize::from(permutation_p(&sums.discrepancies(&deals)) <= 0.05);
        }
        rejected
    }

    #[test]
    fn without_drift_one_run_in_twenty_is_called_drift() {
        for ts in [&[2.0][..], &[0.5, 2.0, 8.0]] {
            let count = rejections([&[1; 50], &[1; 35]], false, ts);
            assert!((2..20).contains(&count), "{ts:?}: {count} of 200");
        }
    }

    #[test]
    fn whole_groups_are_dealt_where_rows_of_a_group_are_alike() {
        let documents: [&[usize]; 2] = [
            &[1, 6, 2, 5, 3, 4, 1, 6, 2, 5, 3, 4],
            &[6, 1, 4, 2, 3, 5, 1, 2],
        ];
        let grouped = rejections(documents, true, &[2.0]);
        assert!((2..20).contains(&grouped), "{grouped} of 200");
        let alone = rejections(documents, false, &[2.0]);
        assert!(alone > 60, "rows as draws of their own: {alone} of 200");
    }
}
