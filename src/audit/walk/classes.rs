//! Labelled rows about the means of their classes: sums of cosines from sums of rows, and the nearest mean of each row.

use ndarray::{Array2, s};
use rayon::prelude::*;

use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::classes::{ClassCosines, Classes, MOST_CLASSES};
use crate::audit::walk::linear::group_sums;
use crate::backend::{Backend, on_host};
use crate::data::{Positives, UnitRows};
use crate::pass::{Cancelled, Watch};

/// Rows that are compared with all means in one go.
const CHUNK: usize = 256;
/// By how much a mean must be nearer to be told from another: the rounding of sums.
const TIE: f64 = 1e-12;

impl Prepared {
    /// How labelled rows lie about the means of their classes; none where that is not asked for, or rows have no labels.
    ///
    /// Cost: rows x d for the sums, rows x classes x d for the nearest means.
    ///
    /// # Errors
    /// [`AuditError::Cancelled`].
    pub(crate) fn classes(
        &self,
        frame: &Frame,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Option<Classes>, AuditError> {
        let Some(Positives::Groups(labelled)) = &self.facts.positives else {
            return Ok(None);
        };
        if !self.settings.classes {
            return Ok(None);
        }
        let own: Vec<u32>;
        let items = match &self.facts.grouping {
            Some(grouping) => grouping.of(false),
            None => {
                own = (0..self.a.rows() as u32).collect();
                &own
            }
        };
        let named = labelled.members().iter().filter(|rows| !rows.is_empty());
        let members: Vec<Vec<u32>> = named
            .map(|rows| {
                // Rows of one item stand together.
                let mut rows = rows.clone();
                rows.sort_by_key(|&row| items[row as usize]);
                rows
            })
            .collect();
        let data = Labelled {
            rows: &self.a,
            members: &members,
            items,
            groups: &frame.groups.0,
            count: frame.layouts.0.group_sizes().len(),
        };
        watch.phase("classes", self.a.rows() as u64);
        let (cosines, nearest) = on_host(backend, || {
            let nearest = (members.len() <= MOST_CLASSES).then(|| data.nearest(watch));
            (data.cosines(), nearest.transpose())
        });
        Ok(Some(Classes {
            count: members.len() as u64,
            cosines,
            nearest: nearest?,
        }))
    }
}

/// Rows by class, and by item within each.
struct Labelled<'a> {
    rows: &'a UnitRows,
    members: &'a [Vec<u32>],
    items: &'a [u32],
    /// Jackknife group of each row.
    groups: &'a [u32],
    count: usize,
}

impl Labelled<'_> {
    /// Of all rows, then without each jackknife group.
    fn cosines(&self) -> Vec<ClassCosines> {
        let mut everyone: Vec<u32> = (0..self.rows.rows() as u32).collect();
        everyone.sort_by_key(|&row| self.items[row as usize]);
        let all = self.pairs(&everyone);
        let by_class: Vec<Vec<(f64, f64)>> = self
            .members
            .par_iter()
            .map(|members| self.pairs(members))
            .collect();
        (0..=self.count)
            .map(|k| ClassCosines {
                within: by_class.iter().fold((0.0, 0.0), |sum, pairs| {
                    (sum.0 + pairs[k].0, sum.1 + pairs[k].1)
                }),
                all: all[k],
            })
            .collect()
    }

    /// Sum of cosines over ordered pairs of these rows that are of different items, and the number of pairs: of all, then
    /// without each jackknife group. It is ||sum of x||^2 less that of each item.
    fn pairs(&self, members: &[u32]) -> Vec<(f64, f64)> {
        let dim = self.rows.dim();
        let (mut x, mut of_item) = (vec![0.0; dim], vec![0.0; dim]);
        let mut by_group: Vec<Option<Group>> = (0..self.count).map(|_| None).collect();
        for rows in self.by_item(members) {
            of_item.fill(0.0);
            for &row in rows {
                self.rows.row_f64(row as usize, &mut x);
                add(&mut of_item, &x);
            }
            let group = self.groups[rows[0] as usize] as usize;
            let group = by_group[group].get_or_insert_with(|| Group {
                sum: vec![0.0; dim],
                rows: 0.0,
                own: (0.0, 0.0),
            });
            let rows = rows.len() as f64;
            add(&mut group.sum, &of_item);
            group.rows += rows;
            group.own.0 += dot(&of_item, &of_item);
            group.own.1 += rows * rows;
        }
        let mut whole = vec![0.0; dim];
        let (mut rows, mut own) = (0.0, (0.0, 0.0));
        for group in by_group.iter().flatten() {
            add(&mut whole, &group.sum);
            rows += group.rows;
            own = (own.0 + group.own.0, own.1 + group.own.1);
        }
        let square = dot(&whole, &whole);
        let mut out = vec![(square - own.0, rows * rows - own.1)];
        out.extend(by_group.iter().map(|group| match group {
            None => (square - own.0, rows * rows - own.1),
            Some(group) => {
                let kept = rows - group.rows;
                let square = square - 2.0 * dot(&whole, &group.sum) + dot(&group.sum, &group.sum);
                (
                    square - (own.0 - group.own.0),
                    kept * kept - (own.1 - group.own.1),
                )
            }
        }));
        out
    }

    /// Runs of rows of one item.
    fn by_item<'m>(&'m self, members: &'m [u32]) -> impl Iterator<Item = &'m [u32]> {
        let item = |row: &u32| self.items[*row as usize];
        members.chunk_by(move |a, b| item(a) == item(b))
    }

    /// For each jackknife group: rows that are nearer to the mean of their own class, without their own item, than to any
    /// other; and rows whose class has another item.
    fn nearest(&self, watch: &dyn Watch) -> Result<Vec<(u64, u64)>, Cancelled> {
        let (n, dim, count) = (self.rows.rows(), self.rows.dim(), self.members.len());
        let mut class = vec![0_u32; n];
        for (k, members) in self.members.iter().enumerate() {
            members
                .iter()
                .for_each(|&row| class[row as usize] = k as u32);
        }
        let sums = group_sums(self.rows, &class, count);
        let sums = Array2::from_shape_fn((count, dim), |(k, column)| sums[k][column]);
        let squares: Vec<f64> = sums.outer_iter().map(|sum| sum.dot(&sum)).collect();
        let own = self.own(&sums);
        let chunks: Vec<Vec<(bool, bool)>> = (0..n.div_ceil(CHUNK))
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
                    let mine = class[row] as usize;
                    let own = &own[row];
                    let left = self.members[mine].len() as f64 - own.rows;
                    let score = |dot: f64, square: f64, rows: f64| {
                        dot / rows - square / (2.0 * rows * rows)
                    };
                    let square = squares[mine] - 2.0 * own.with_class + own.square;
                    let mine_score = score(products[mine] - own.dot, square, left);
                    let others = (0..count)
                        .filter(|&k| k != mine)
                        .map(|k| score(products[k], squares[k], self.members[k].len() as f64));
                    let best = others.fold(f64::NEG_INFINITY, f64::max);
                    (left > 0.0, left > 0.0 && mine_score > best + TIE)
                })
                .collect()
            })
            .collect();
        if watch.cancelled() {
            return Err(Cancelled);
        }
        let mut out = vec![(0, 0); self.count];
        for ((asked, right), &group) in chunks.into_iter().flatten().zip(self.groups) {
            out[group as usize].0 += u64::from(right);
            out[group as usize].1 += u64::from(asked);
        }
        Ok(out)
    }

    /// What each row's item brings into the sum of its class.
    fn own(&self, sums: &Array2<f64>) -> Vec<Own> {
        let dim = self.rows.dim();
        let of_class = |(k, members): (usize, &Vec<u32>)| -> Vec<(u32, Own)> {
            let class = sums.slice(s![k, ..]).to_vec();
            let (mut x, mut of_item) = (vec![0.0; dim], vec![0.0; dim]);
            let mut out = Vec::with_capacity(members.len());
            for rows in self.by_item(members) {
                of_item.fill(0.0);
                for &row in rows {
                    self.rows.row_f64(row as usize, &mut x);
                    add(&mut of_item, &x);
                }
                let (with_class, square) = (dot(&class, &of_item), dot(&of_item, &of_item));
                for &row in rows {
                    self.rows.row_f64(row as usize, &mut x);
                    let own = Own {
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
        let by_class: Vec<Vec<(u32, Own)>> =
            self.members.par_iter().enumerate().map(of_class).collect();
        let mut out = vec![Own::default(); self.rows.rows()];
        for (row, own) in by_class.into_iter().flatten() {
            out[row as usize] = own;
        }
        out
    }
}

/// Rows of one jackknife group.
struct Group {
    sum: Vec<f64>,
    rows: f64,
    /// Squares of the sums of its items, and of their numbers of rows.
    own: (f64, f64),
}

/// What the rows of a row's item and class sum to, x_i, as the row and its class see it.
#[derive(Clone, Copy, Default)]
struct Own {
    /// x . x_i
    dot: f64,
    /// Sum of the class . x_i
    with_class: f64,
    /// x_i . x_i
    square: f64,
    rows: f64,
}

fn add(sums: &mut [f64], values: &[f64]) {
    sums.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests;
