//! Labelled rows about the means of their classes: sums of cosines from sums of rows, and the nearest mean of each row.

mod means;

use rayon::prelude::*;

use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::classes::{ClassCosines, Classes, MOST_CLASSES};
use crate::backend::{Backend, on_host};
use crate::data::{Positives, UnitRows};
use crate::pass::Watch;

impl Prepared {
    /// How labelled rows lie about the means of their classes; none where that is not asked for, or rows have no labels.
    ///
    /// Cost: rows x d for the sums, rows x classes x d for the nearest means, and 9 x rows x d without each jackknife group.
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
            self.sum_of(rows, &mut x, &mut of_item);
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

    /// Sum of some rows, in `sum`; `x` is room for one.
    fn sum_of(&self, rows: &[u32], x: &mut [f64], sum: &mut [f64]) {
        sum.fill(0.0);
        for &row in rows {
            self.rows.row_f64(row as usize, x);
            add(sum, x);
        }
    }
}

/// Rows of one jackknife group.
struct Group {
    sum: Vec<f64>,
    rows: f64,
    /// Squares of the sums of its items, and of their numbers of rows.
    own: (f64, f64),
}

fn add(sums: &mut [f64], values: &[f64]) {
    sums.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests;
