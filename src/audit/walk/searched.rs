//! What those who search ask: which positives are looked for, and what their counts are read beside.

use std::borrow::Cow;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::audit::ask::SearchBy;
use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::queries::Queries;
use crate::audit::states::searched::{
    Asked, FARS, FEW_POSITIVES, GroupProducts, HUB_NEIGHBOURS, MOST_POSITIVES, ProductCounts,
    Searched,
};
use crate::audit::states::walked::Walked;
use crate::audit::walk::linear::{dots, group_sums};
use crate::audit::walk::queries::Draw;
use crate::backend::{Backend, on_host};
use crate::data::{DataError, Embeddings, Positives, UnitRows};
use crate::kernel::{Exponents, Precision};
use crate::metric::occurrences;
use crate::pass::{self, NearestJob, Watch, lowest_bin, pair_cosines};
use crate::result::Side;

/// Most uniform rows: the law of N_k hardly moves with their number.
const UNIFORM_ROWS: usize = 2_000;
/// Their seed: the same rows for every model of one dimension, so that models have one ideal.
const UNIFORM_SEED: u64 = 0x5EED_0F5B;

/// What is asked for those who search, and who searches in place of all.
#[derive(Default)]
pub(crate) struct Sought {
    pub(crate) searched: Option<Searched>,
    pub(crate) queries: Option<Queries>,
}

impl Prepared {
    /// What is asked of the walks, and who searches: the queries of `draw`, or all of them.
    ///
    /// Cost: 2,000 x 2,000 x d multiply-adds for the uniform rows, two readings of the rows where there are two views.
    ///
    /// # Errors
    /// [`AuditError::Backend`], [`AuditError::Cancelled`].
    pub(crate) fn seek(
        &self,
        frame: &Frame,
        draw: Option<&Draw>,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Sought, AuditError> {
        let served = self.served();
        let Some(mut asked) = served.asked(frame, backend) else {
            return Ok(Sought::default());
        };
        let queries = draw.and_then(|draw| self.drawn(&asked, frame, draw));
        let sampled = queries.is_some() || draw.is_some_and(|draw| draw.estimate);
        if sampled {
            asked = Asked {
                too_many: asked.too_many,
                ..Asked::default()
            };
        }
        let products = match self.settings.search_by {
            SearchBy::Cosine => None,
            SearchBy::Dot => {
                let all = (!sampled).then_some(&asked);
                Some(served.products(all, frame, backend, watch)?)
            }
        };
        // Uniform rows are what hubs are read beside.
        let uniform = match sampled {
            true => Vec::new(),
            false => self.uniform_hubs(backend, watch)?,
        };
        let searched = Some(Searched {
            asked,
            uniform,
            groups: self.group_products(frame, backend),
            products,
        });
        Ok(Sought { searched, queries })
    }

    /// N_k of uniform rows, as many as those of each side or in proportion to them.
    fn uniform_hubs(
        &self,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Vec<(Side, Vec<u64>)>, AuditError> {
        let dim = self.a.dim();
        let mut uniform: Vec<(Side, Vec<u64>)> = Vec::new();
        for (side, rows) in self.views() {
            let count = rows.rows().min(UNIFORM_ROWS);
            let known = uniform.iter().find(|(_, counts)| counts.len() == count);
            let counts = match known {
                Some((_, counts)) => counts.clone(),
                None if count <= HUB_NEIGHBOURS + 1 => continue,
                None => uniform_occurrences((None, count), dim, backend, watch)?,
            };
            uniform.push((side, counts));
        }
        if let Some(b) = &self.b {
            let (queries, rows) = (self.a.rows(), b.rows());
            let share = (UNIFORM_ROWS as f64 / queries.max(rows) as f64).min(1.0);
            let part = |count: usize| (count as f64 * share).round() as usize;
            let (queries, rows) = (part(queries), part(rows));
            if queries > 0 && rows > HUB_NEIGHBOURS {
                let counts = uniform_occurrences((Some(queries), rows), dim, backend, watch)?;
                uniform.push((Side::Cross, counts));
            }
        }
        Ok(uniform)
    }

    /// The data as the search sees them: with rows in the ball, where it goes by inner products.
    pub(crate) fn served(&self) -> Cow<'_, Self> {
        match self.settings.search_by {
            SearchBy::Cosine => Cow::Borrowed(self),
            SearchBy::Dot => Cow::Owned(Self {
                a: self.a.in_ball(),
                b: self.b.as_ref().map(UnitRows::in_ball),
                settings: self.settings.numbers_only(),
                ..self.clone()
            }),
        }
    }

    /// Walks all pairs of rows in the ball, and counts what is `asked`; none of them where nothing is.
    ///
    /// Cost: that of the walk over cosines without its exponentials.
    fn products(
        &self,
        asked: Option<&Asked>,
        frame: &Frame,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<ProductCounts, AuditError> {
        let none = Exponents::plan(&[]);
        let how = (&none, Precision::F32);
        let walked = match asked {
            Some(_) => self.all_pairs(frame, how, (asked, None), backend, watch)?.0,
            None => Vec::new(),
        };
        let largest = |rows: &UnitRows| rows.norms().iter().copied().fold(0.0, f64::max);
        let first = largest(&self.a);
        Ok(ProductCounts {
            largest: (first, self.b.as_ref().map_or(first, largest)),
            counted: walked
                .into_iter()
                .map(|Walked { side, state }| (side, state.search))
                .collect(),
        })
    }

    /// Dot products of the sums of the rows of each jackknife group, of two views.
    pub(crate) fn group_products(
        &self,
        frame: &Frame,
        backend: &dyn Backend,
    ) -> Option<GroupProducts> {
        let b = self.b.as_ref()?;
        let count = frame.layouts.0.group_sizes().len();
        let products = || {
            let x = group_sums(&self.a, &frame.groups.0, count);
            let y = group_sums(b, &frame.groups.1, count);
            GroupProducts {
                aa: dots(&x, &x),
                bb: dots(&y, &y),
                ab: dots(&x, &y),
            }
        };
        Some(on_host(backend, products))
    }

    /// What the all-pairs walk is to count; none where nothing is asked.
    pub(crate) fn asked(&self, frame: &Frame, backend: &dyn Backend) -> Option<Asked> {
        if !self.settings.search {
            return None;
        }
        // Only qrels grade, which join two views: their pairs are in the order of the excluded ones.
        let gains = match &self.facts.positives {
            Some(Positives::Pairs(pairs)) if self.b.is_some() => pairs.gains(),
            _ => None,
        };
        let gains = gains.unwrap_or_default();
        let rows = self.b.as_ref().map_or(0, UnitRows::rows).max(self.a.rows());
        let most = FEW_POSITIVES.max(MOST_POSITIVES * rows);
        let positives = match (&self.facts.positives, &self.b) {
            (None, _) => Vec::new(),
            (Some(_), Some(_)) => frame.excluded.clone(),
            (Some(Positives::Pairs(pairs)), None) => {
                let distinct = pairs.distinct(true).into_iter();
                distinct.map(|(pair, _)| pair).collect()
            }
            (Some(Positives::Groups(groups)), None) => {
                // Pairs grow with the square of a label's rows: counted before they are listed.
                let pairs = |rows: &Vec<u32>| rows.len() * rows.len().saturating_sub(1) / 2;
                let all = groups.members().iter().map(pairs).sum();
                if all > most {
                    return Some(too_many(all));
                }
                within(groups.members())
            }
        };
        if positives.len() > most {
            return Some(too_many(positives.len()));
        }
        let other = self.b.as_ref().unwrap_or(&self.a);
        let groups = (&frame.groups.0[..], &frame.groups.1[..]);
        let side = self.facts.pair_side();
        let (cosines, lowest_bin) = on_host(backend, || {
            let cosines = pair_cosines((&self.a, other), &positives);
            let sought = pass::BinSearch {
                a: (&self.a, groups.0),
                b: self.b.as_ref().map(|b| (b, groups.1)),
                items: self.facts.items_of(side),
                positives: &positives,
                cosines: &cosines,
            };
            let lowest = match self.every_cosine {
                true => 0,
                false => lowest_bin(sought, FARS[0]),
            };
            (cosines, lowest)
        });
        Some(Asked {
            positives,
            cosines,
            too_many: None,
            gains,
            lowest_bin,
        })
    }
}

fn too_many(positives: usize) -> Asked {
    Asked {
        too_many: Some(positives as u64),
        ..Asked::default()
    }
}

/// Every pair of rows of one label, ascending.
fn within(members: &[Vec<u32>]) -> Vec<(u32, u32)> {
    let mut pairs: Vec<(u32, u32)> = members
        .iter()
        .flat_map(|rows| {
            let each = rows.iter().enumerate();
            each.flat_map(|(k, &i)| rows[k + 1..].iter().map(move |&j| (i.min(j), i.max(j))))
        })
        .collect();
    pairs.sort_unstable();
    pairs
}

/// `count` rows drawn from the uniform law.
fn uniform_rows(count: usize, dim: usize, seed: u64) -> Result<UnitRows, DataError> {
    let mut rng = Pcg64::seed_from_u64(seed);
    // Box and Muller: normal coordinates have no preferred direction.
    let normal = |_| {
        let (u, v): (f64, f64) = (rng.random(), rng.random());
        ((-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()) as f32
    };
    let values = ndarray::Array2::from_shape_fn((count, dim), normal);
    UnitRows::normalise(Embeddings::from_array("uniform rows", values.view())?)
}

/// N_k of `count` uniform rows, which each other searches, or so many queries.
fn uniform_occurrences(
    (queries, count): (Option<usize>, usize),
    dim: usize,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Vec<u64>, AuditError> {
    watch.phase("uniform rows", 0);
    let rows = uniform_rows(count, dim, UNIFORM_SEED)?;
    let others = queries.map(|queries| uniform_rows(queries, dim, !UNIFORM_SEED));
    let others = others.transpose()?;
    let all: Vec<u32> = (0..count as u32).collect();
    let job = match &others {
        None => NearestJob::Within(&rows, &all, HUB_NEIGHBOURS),
        Some(others) => NearestJob::Between(others, &rows, HUB_NEIGHBOURS),
    };
    let lists = backend.nearest(job, watch)?.state.into_lists();
    let lists: Vec<Vec<u32>> = lists
        .into_iter()
        .map(|list| list.into_iter().map(|(row, _)| row).collect())
        .collect();
    Ok(occurrences(
        &lists,
        HUB_NEIGHBOURS,
        count,
        (|_| true, |_| true),
    ))
}

#[cfg(test)]
mod tests;
