//! The nearest class mean of each row, among the means of all rows and among those without a jackknife group.

use ndarray::{Array2, s};
use rayon::prelude::*;

use super::{Labelled, add, dot};
use crate::audit::states::classes::{NearestHits, NearestMeans};
use crate::audit::walk::linear::group_sums;
use crate::estimate::scatter;
use crate::pass::{Cancelled, Watch};

/// Rows that are compared with all means in one go.
const CHUNK: usize = 256;
/// By how much a mean must be nearer to be told from another: the rounding of sums.
const TIE: f64 = 1e-12;
/// Means of other classes that a row is compared with again where a group is left out: those that are nearest to it with all
/// rows. Leaving out a twentieth of the rows does not bring one from further behind to the front, and would it, only the
/// error of the number would know.
const RIVALS: usize = 8;

/// What the rows of a row's item and class sum to, x_i, as the row and its class see it.
#[derive(Clone, Copy, Default)]
struct OwnSums {
    /// x . x_i
    dot: f64,
    /// Sum of the class . x_i
    with_class: f64,
    /// x_i . x_i
    square: f64,
    rows: f64,
}

/// The mean of a class about a row: higher is nearer.
fn score(dot: f64, square: f64, rows: f64) -> f64 {
    match rows > 0.0 {
        true => dot / rows - square / (2.0 * rows * rows),
        false => f64::NEG_INFINITY,
    }
}

/// What a row met.
struct Met {
    asked: bool,
    right: bool,
    /// Product with the sum of its own class.
    own: f64,
    /// The nearest other classes, and its product with the sum of each.
    rivals: Vec<(u32, f64)>,
}

/// Rows of a class that are of one jackknife group.
struct GroupSum {
    sum: Vec<f64>,
    rows: f64,
    /// Square of the sum of all other rows of the class.
    others: f64,
}

impl Labelled<'_> {
    /// Rows that are nearer to the mean of their own class, without their own item, than to any other, with all rows and
    /// without each jackknife group.
    ///
    /// Cost: rows x classes x d for all rows, rows x 9 x d for each group. Memory: 8 bytes for each row and group, 130 for
    /// each row.
    pub(super) fn nearest(&self, watch: &dyn Watch) -> Result<NearestMeans, Cancelled> {
        let (n, dim, count) = (self.rows.rows(), self.rows.dim(), self.members.len());
        let mut class = vec![0_u32; n];
        for (k, members) in self.members.iter().enumerate() {
            members
                .iter()
                .for_each(|&row| class[row as usize] = k as u32);
        }
        let sums = group_sums(self.rows, &class, count);
        let sums = Array2::from_shape_fn((count, dim), |(k, column)| sums[k][column]);
        let own = self.own(&sums);
        let met = self.met((&sums, &class), &own, watch)?;
        let mut by_group = vec![(0, 0); self.count];
        for (met, &group) in met.iter().zip(self.groups) {
            let told: &mut NearestHits = &mut by_group[group as usize];
            *told = (told.0 + u64::from(met.right), told.1 + u64::from(met.asked));
        }
        let (without, scatter) = self.without_groups(&sums, &own, &met);
        Ok(NearestMeans {
            by_group,
            without,
            scatter,
        })
    }

    /// Every row among the means of all classes.
    fn met(
        &self,
        (sums, class): (&Array2<f64>, &[u32]),
        own: &[OwnSums],
        watch: &dyn Watch,
    ) -> Result<Vec<Met>, Cancelled> {
        let (n, dim, count) = (self.rows.rows(), self.rows.dim(), self.members.len());
        let squares: Vec<f64> = sums.outer_iter().map(|sum| sum.dot(&sum)).collect();
        let chunks: Vec<Vec<Met>> = (0..n.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let rows = chunk * CHUNK..n.min((chunk + 1) * CHUNK);
                if watch.cancelled() {
                    return Vec::new();
                }
                let mut x = Array2::zeros((rows.len(), dim));
                for (mut line, row) in x.outer_iter_mut().zip(rows.clone()) {
                    if let Some(line) = line.as_slice_mut() {
                        self.rows.row_f64(row, line);
                    }
                }
                let products = x.dot(&sums.t());
                watch.advance(rows.len() as u64);
                let each = products.outer_iter().zip(rows);
                each.map(|(products, row)| {
                    let (mine, own) = (class[row] as usize, &own[row]);
                    let left = self.members[mine].len() as f64 - own.rows;
                    let square = squares[mine] - 2.0 * own.with_class + own.square;
                    let mine_score = score(products[mine] - own.dot, square, left);
                    let others = (0..count).filter(|&k| k != mine);
                    let mut others: Vec<(f64, usize)> = others
                        .map(|k| {
                            let rows = self.members[k].len() as f64;
                            (score(products[k], squares[k], rows), k)
                        })
                        .collect();
                    let nearer = |a: &(f64, usize), b: &(f64, usize)| {
                        b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
                    };
                    if others.len() > RIVALS {
                        others.select_nth_unstable_by(RIVALS, nearer);
                        others.truncate(RIVALS);
                    }
                    let scores = others.iter().map(|(score, _)| *score);
                    let best = scores.fold(f64::NEG_INFINITY, f64::max);
                    let rivals = others.iter().map(|&(_, k)| (k as u32, products[k]));
                    Met {
                        asked: left > 0.0,
                        right: left > 0.0 && mine_score > best + TIE,
                        own: products[mine],
                        rivals: rivals.collect(),
                    }
                })
                .collect()
            })
            .collect();
        if watch.cancelled() {
            return Err(Cancelled);
        }
        Ok(chunks.into_iter().flatten().collect())
    }

    /// For each jackknife group: of the rows outside it, how many are told right by the means of rows outside it. And the
    /// scatter of what that changes, over items.
    fn without_groups(
        &self,
        sums: &Array2<f64>,
        own: &[OwnSums],
        met: &[Met],
    ) -> (Vec<NearestHits>, f64) {
        let (n, dim, groups) = (self.rows.rows(), self.rows.dim(), self.count);
        let mut rivals: Vec<Vec<(u32, f64)>> = vec![Vec::new(); self.members.len()];
        for (row, met) in (0..).zip(met) {
            for &(k, product) in &met.rivals {
                rivals[k as usize].push((row, product));
            }
        }
        // The nearest other mean of each row, without each group.
        let mut best = vec![f64::NEG_INFINITY; n * groups];
        for (k, rows) in rivals.iter().enumerate() {
            let sum = sums.slice(s![k, ..]).to_vec();
            let (parts, all) = (self.parts(k, &sum), self.members[k].len() as f64);
            let square = dot(&sum, &sum);
            let scores: Vec<Vec<f64>> = rows
                .par_iter()
                .map(|&(row, product)| {
                    let mut x = vec![0.0; dim];
                    self.rows.row_f64(row as usize, &mut x);
                    let of = |part: &Option<GroupSum>| match part {
                        None => score(product, square, all),
                        Some(part) => {
                            score(product - dot(&x, &part.sum), part.others, all - part.rows)
                        }
                    };
                    parts.iter().map(of).collect()
                })
                .collect();
            for (&(row, _), scores) in rows.iter().zip(scores) {
                let best = &mut best[row as usize * groups..][..groups];
                let each = best.iter_mut().zip(scores);
                each.for_each(|(best, score)| *best = best.max(score));
            }
        }
        let asked = met.iter().filter(|met| met.asked).count() as f64;
        let of_class = |k: usize| -> (Vec<NearestHits>, f64) {
            let sum = sums.slice(s![k, ..]).to_vec();
            let (parts, all) = (self.parts(k, &sum), self.members[k].len() as f64);
            let square = dot(&sum, &sum);
            let (mut x, mut of_item) = (vec![0.0; dim], vec![0.0; dim]);
            let (mut told, mut scattered) = (vec![(0, 0); groups], 0.0);
            for rows in self.by_item(&self.members[k]) {
                self.sum_of(rows, &mut x, &mut of_item);
                let mut changes = vec![0.0; groups];
                for &row in rows {
                    self.rows.row_f64(row as usize, &mut x);
                    let (own, met) = (&own[row as usize], &met[row as usize]);
                    let best = &best[row as usize * groups..][..groups];
                    let others = parts
                        .iter()
                        .zip(best)
                        .zip(told.iter_mut().zip(&mut changes));
                    let others = others.enumerate();
                    // Without its own group the row itself is not there.
                    let others = others.filter(|(g, _)| *g != self.groups[row as usize] as usize);
                    for (_, ((part, best), (told, change))) in others {
                        let (lost, rows, square, with_class) = match part {
                            None => (0.0, 0.0, square, own.with_class),
                            Some(part) => {
                                let with_class = own.with_class - dot(&part.sum, &of_item);
                                (dot(&x, &part.sum), part.rows, part.others, with_class)
                            }
                        };
                        let left = all - rows - own.rows;
                        let square = square - 2.0 * with_class + own.square;
                        if left > 0.0 {
                            let mine = score(met.own - lost - own.dot, square, left);
                            let right = mine > best + TIE;
                            *told = (told.0 + u64::from(right), told.1 + 1);
                            *change += f64::from(u8::from(right)) - f64::from(u8::from(met.right));
                        }
                    }
                }
                let changes = changes.into_iter().map(|change| change / asked);
                scattered += scatter(changes, groups);
            }
            (told, scattered)
        };
        let classes: Vec<(Vec<NearestHits>, f64)> = (0..self.members.len())
            .into_par_iter()
            .map(of_class)
            .collect();
        let (mut out, mut scattered) = (vec![(0, 0); groups], 0.0);
        for (told, scatter) in classes {
            scattered += scatter;
            for (sum, told) in out.iter_mut().zip(told) {
                *sum = (sum.0 + told.0, sum.1 + told.1);
            }
        }
        (out, scattered)
    }

    /// The part of each jackknife group in class `k`, whose rows have this sum; none of groups without a row of it.
    fn parts(&self, k: usize, sum: &[f64]) -> Vec<Option<GroupSum>> {
        let dim = self.rows.dim();
        let mut parts: Vec<Option<GroupSum>> = (0..self.count).map(|_| None).collect();
        let mut x = vec![0.0; dim];
        for &row in &self.members[k] {
            let part = &mut parts[self.groups[row as usize] as usize];
            let part = part.get_or_insert_with(|| GroupSum {
                sum: vec![0.0; dim],
                rows: 0.0,
                others: 0.0,
            });
            self.rows.row_f64(row as usize, &mut x);
            add(&mut part.sum, &x);
            part.rows += 1.0;
        }
        for part in parts.iter_mut().flatten() {
            let others = sum.iter().zip(&part.sum).map(|(sum, of)| sum - of);
            part.others = others.map(|v| v * v).sum();
        }
        parts
    }

    /// What each row's item brings into the sum of its class.
    fn own(&self, sums: &Array2<f64>) -> Vec<OwnSums> {
        let dim = self.rows.dim();
        let of_class = |(k, members): (usize, &Vec<u32>)| -> Vec<(u32, OwnSums)> {
            let class = sums.slice(s![k, ..]).to_vec();
            let (mut x, mut of_item) = (vec![0.0; dim], vec![0.0; dim]);
            let mut out = Vec::with_capacity(members.len());
            for rows in self.by_item(members) {
                self.sum_of(rows, &mut x, &mut of_item);
                let (with_class, square) = (dot(&class, &of_item), dot(&of_item, &of_item));
                for &row in rows {
                    self.rows.row_f64(row as usize, &mut x);
                    let own = OwnSums {
                        dot: dot(&x, &of_item),
                        with_class,
                        square,
                        rows: rows.len() as f64,
                    };
                    out.push((row, own));
                }
            }
            out
        };
        let by_class: Vec<Vec<(u32, OwnSums)>> =
            self.members.par_iter().enumerate().map(of_class).collect();
        let mut out = vec![OwnSums::default(); self.rows.rows()];
        for (row, own) in by_class.into_iter().flatten() {
            out[row as usize] = own;
        }
        out
    }
}
