//! What takes one reading of the rows or of the positive pairs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::audit::ask::Stream;
use crate::audit::error::AuditError;
use crate::audit::grouping::{Grouping, cosines_within};
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::cosines::Cosines;
use crate::audit::states::on_request::OnRequest;
use crate::backend::{Backend, on_host};
use crate::data::{Positives, UnitRows};
use crate::pass::{
    Layout, PairState, RowMoments, Units, Watch, cosine_spread, means, pair_cosines, pairs,
};
use crate::result::Side;

/// Positive pairs, and means of rows.
pub(crate) struct Linear {
    pub(crate) positives: Option<PairState>,
    pub(crate) cosines: Cosines,
    pub(crate) on_request: OnRequest,
    /// What that took, which no budget counts.
    pub(crate) aside: Duration,
    /// Cosines of the listed pairs, where these have scores.
    pub(crate) judged: Option<Vec<f64>>,
}

impl Prepared {
    /// What is known without walking pairs of rows.
    pub(crate) fn linear(
        &self,
        frame: &Frame,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Linear, AuditError> {
        let (settings, facts) = (&self.settings, &self.facts);
        let Frame {
            layouts,
            groups,
            excluded,
        } = frame;
        let b = self.b.as_ref().unwrap_or(&self.a);
        let rows: Vec<u32> = (0..self.a.rows().max(b.rows()) as u32).collect();
        let beyond: Vec<u32>;
        let units = match &facts.grouping {
            Some(grouping) => Units {
                a: grouping.of(false),
                b: grouping.of(true),
                count: grouping.count(),
            },
            // Row i of aligned views is one item; rows of other files are rows of their own.
            None if facts.aligned || self.b.is_none() => Units {
                a: &rows,
                b: &rows,
                count: rows.len(),
            },
            None => {
                beyond = (0..b.rows() as u32)
                    .map(|row| row + self.a.rows() as u32)
                    .collect();
                Units {
                    a: &rows,
                    b: &beyond,
                    count: self.a.rows() + b.rows(),
                }
            }
        };
        let positives = match &facts.positives {
            None => None,
            Some(positives) => {
                watch.phase("positive pairs", 0);
                let rows = (&groups.0[..], &groups.1[..]);
                Some(on_host(backend, || {
                    pairs(
                        (&self.a, b),
                        positives,
                        &settings.alphas,
                        rows,
                        units,
                        watch,
                    )
                })?)
            }
        };
        watch.phase("row means", 0);
        let sums = |rows: &UnitRows| on_host(backend, || RowMoments::sums(rows, watch));
        let (sum_a, sum_b) = (sums(&self.a)?, self.b.as_ref().map(sums).transpose()?);
        let cosines = on_host(backend, || {
            cosines(
                (&self.a, self.b.as_ref()),
                (&sum_a, sum_b.as_ref()),
                excluded,
                facts.grouping.as_ref().map(|grouping| (grouping, layouts)),
                settings.seed,
            )
        });
        let judged = match &facts.positives {
            Some(Positives::Pairs(pairs)) if pairs.scores().is_some() => Some(pairs.list()),
            _ => None,
        };
        let judged = judged.map(|list| on_host(backend, || pair_cosines((&self.a, b), list)));
        let begun = Instant::now();
        let on_request = OnRequest {
            spectra: self.spectra(frame, backend, watch)?,
            classes: self.classes(frame, backend, watch)?,
            modality: self.modality(frame, backend, watch)?,
        };
        Ok(Linear {
            positives,
            cosines,
            judged,
            on_request,
            aside: begun.elapsed(),
        })
    }
}

/// Sums of cosines of every side, by the linearity of the dot product.
fn cosines(
    (a, b): (&UnitRows, Option<&UnitRows>),
    (sum_a, sum_b): (&RowMoments, Option<&RowMoments>),
    excluded: &[(u32, u32)],
    items: Option<(&Grouping, &(Layout, Layout))>,
    seed: u64,
) -> Cosines {
    let seed = Stream::Spread.of(seed);
    let mut spread = BTreeMap::from([(Side::A, cosine_spread(a, seed))]);
    if let Some(b) = b {
        spread.insert(Side::B, cosine_spread(b, seed));
    }
    let mut out = Cosines {
        a: means(a, sum_a),
        b: b.zip(sum_b).map(|(b, sum)| means(b, sum)),
        cross: b
            .zip(sum_b)
            .map(|(b, sum)| (means(a, sum), means(b, sum_a))),
        by_groups: BTreeMap::new(),
        within: BTreeMap::new(),
        spread,
    };
    let own = |sums: &mut Vec<f64>| sums.iter_mut().for_each(|s| *s -= 1.0);
    match items {
        Some((grouping, layouts)) => between_items(&mut out, (a, b), grouping, layouts),
        None => {
            own(&mut out.a);
            out.b.as_mut().map(own);
        }
    }
    let Some((b, (rows, columns))) = b.zip(out.cross.as_mut()) else {
        return out;
    };
    let one_item = |i: u32, j: u32| {
        let of = |grouping: &Grouping, second: bool, row: u32| grouping.of(second)[row as usize];
        items.is_some_and(|(items, _)| of(items, false, i) == of(items, true, j))
    };
    let apart = excluded.iter().copied().filter(|&(i, j)| !one_item(i, j));
    let apart: Vec<(u32, u32)> = apart.collect();
    for (&(i, j), s) in apart.iter().zip(pair_cosines((a, b), &apart)) {
        rows[i as usize] -= s;
        columns[j as usize] -= s;
    }
    out
}

/// Takes the pairs of one item off all sums, and makes the sums by groups.
fn between_items(
    cosines: &mut Cosines,
    (a, b): (&UnitRows, Option<&UnitRows>),
    grouping: &Grouping,
    layouts: &(Layout, Layout),
) {
    let take = |sums: &mut [f64], within: &[f64]| {
        sums.iter_mut()
            .zip(within)
            .for_each(|(sum, own)| *sum -= own);
    };
    let within = |x: &UnitRows, y: &UnitRows, (of_x, of_y): (bool, bool)| {
        let items = (grouping.of(of_x), grouping.of(of_y));
        cosines_within((x, items.0), (y, items.1), grouping.count())
    };
    let groups = (layouts.0.group_of_rows(), layouts.1.group_of_rows());
    let count = layouts.0.group_sizes().len();
    let (tables, inside) = (&mut cosines.by_groups, &mut cosines.within);
    let mut of_view = |side, rows: &UnitRows, groups: &[u32], of_rows: &mut [f64]| {
        let second = side == Side::B;
        let sums = group_sums(rows, groups, count);
        let mut own = within(rows, rows, (second, second));
        take(of_rows, &own);
        tables.insert(side, table_of((&sums, &sums), groups, &own));
        own.iter_mut().for_each(|sum| *sum -= 1.0);
        inside.insert(side, own);
        sums
    };
    let sums_a = of_view(Side::A, a, &groups.0, &mut cosines.a);
    let (Some(b), Some(of_b), Some((rows, columns))) = (b, &mut cosines.b, &mut cosines.cross)
    else {
        return;
    };
    let sums_b = of_view(Side::B, b, &groups.1, of_b);
    let both = within(a, b, (false, true));
    take(rows, &both);
    take(columns, &within(b, a, (true, false)));
    tables.insert(Side::Cross, table_of((&sums_a, &sums_b), &groups.0, &both));
}

/// Sum of the rows of each group.
pub(crate) fn group_sums(rows: &UnitRows, groups: &[u32], count: usize) -> Vec<Vec<f64>> {
    let mut out = vec![vec![0.0; rows.dim()]; count];
    let mut x = vec![0.0; rows.dim()];
    for (row, &g) in groups.iter().enumerate() {
        rows.row_f64(row, &mut x);
        out[g as usize]
            .iter_mut()
            .zip(&x)
            .for_each(|(sum, v)| *sum += v);
    }
    out
}

/// The dot product of each of some vectors with each of others.
pub(crate) fn dots(x: &[Vec<f64>], y: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    x.iter()
        .map(|x| y.iter().map(|y| dot(x, y)).collect())
        .collect()
}

/// Cosines by the groups of both rows, without those of one item: `within[i]` is what row i has there.
fn table_of((a, b): (&[Vec<f64>], &[Vec<f64>]), groups: &[u32], within: &[f64]) -> Vec<Vec<f64>> {
    let mut out = dots(a, b);
    for (own, &g) in within.iter().zip(groups) {
        out[g as usize][g as usize] -= own;
    }
    out
}
