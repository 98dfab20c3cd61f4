//! Numbers as other code prints them.

use std::collections::BTreeMap;

use crate::audit::ask::Compat;
use crate::audit::read::found::{Found, Frame};
use crate::audit::read::pairwise::uniformity_of_views;
use crate::audit::states::found::{CompatStates, LoaderBatches};
use crate::estimate::mean_of_batches;
use crate::metric::{MetricId, Statistic, pooled_log_mean_exp};
use crate::pass::{GramState, Layout};
use crate::result::params;
use crate::result::{Measure, Side, Stated};
use crate::theory;

/// The measures of every code that was asked for.
pub(crate) fn measures(found: &Found<'_>, states: &CompatStates) -> Vec<Measure> {
    if let Some(ungrouped) = &states.ungrouped {
        let frame = Frame::of(ungrouped);
        return measures(&Found::new(ungrouped, &frame), &ungrouped.compat);
    }
    let mut out = Vec::new();
    for compat in &found.settings.compat {
        match *compat {
            Compat::Ssnl => out.extend(ssnl(found)),
            Compat::Simcse => out.extend(simcse(found, states.pooled.as_deref())),
            // Numbers of the spectrum, which knows no pairs.
            Compat::StablePretraining | Compat::Reptrix | Compat::Ssrlib => {}
            Compat::Batch(size) => {
                let of_size = states.batches.iter().find(|batches| batches.size == size);
                out.extend(
                    of_size
                        .into_iter()
                        .flat_map(|of_size| batches(found, of_size)),
                );
            }
        }
    }
    out
}

/// The side of numbers that look at both views.
fn both(found: &Found<'_>) -> Side {
    if found.data.b.is_some() {
        Side::Mean
    } else {
        Side::A
    }
}

fn uniformity_measure(found: &Found<'_>, metric: MetricId, t: f64, stated: Stated) -> Measure {
    let side = both(found);
    let ideal = theory::uniformity_of_uniform(found.dim(), t);
    stated.measure(
        metric,
        params("t", t),
        (side, found.rows(side)),
        (Some(ideal), Some(0.0)),
    )
}

fn ssnl(found: &Found<'_>) -> Vec<Measure> {
    let ts = found.settings.ts.iter();
    ts.filter_map(|&t| {
        let (_, stated) = uniformity_of_views(found, t)
            .into_iter()
            .find(|(side, _)| *side == both(found))?;
        Some(uniformity_measure(
            found,
            MetricId::SsnlUniformity,
            t,
            stated,
        ))
    })
    .collect()
}

fn simcse(found: &Found<'_>, positives: Option<&[f64]>) -> Vec<Measure> {
    let ts = found.settings.ts.iter();
    ts.filter_map(|&t| {
        let stated = if found.data.b.is_some() {
            pooled(found, t, positives?)?
        } else {
            uniformity_of_views(found, t).into_iter().next()?.1
        };
        Some(uniformity_measure(
            found,
            MetricId::SimcseUniformity,
            t,
            stated,
        ))
    })
    .collect()
}

/// log mean over all pairs of rows of both views together.
fn pooled(found: &Found<'_>, t: f64, positives: &[f64]) -> Option<Stated> {
    let c = 2.0 * t;
    let of = |side| {
        let walked = found.walked.iter().find(|walked| walked.side == side)?;
        Some(&walked.state)
    };
    let totals = |state: &GramState| Some(state.rows.totals(state.position(c)?));
    let cross = of(Side::Cross)?;
    let columns = cross.columns.as_ref()?.totals(cross.position(c)?);
    let (mut a_rows, mut b_rows) = (totals(cross)?, columns);
    // Positives were left out of the walk between the views.
    let mut own = vec![0.0; found.data.a.rows()];
    for (&(i, j), s) in found.excluded.iter().zip(positives) {
        let potential = (c * s).exp();
        a_rows[i as usize] += potential;
        b_rows[j as usize] += potential;
        own[i as usize] += potential;
    }
    let add = |sums: &mut [f64], more: Vec<f64>| {
        sums.iter_mut().zip(more).for_each(|(sum, v)| *sum += v);
    };
    add(&mut a_rows, totals(of(Side::A)?)?);
    add(&mut b_rows, totals(of(Side::B)?)?);
    let aligned = found.data.aligned.then_some(&own[..]);
    let statistic = pooled_log_mean_exp(&a_rows, &b_rows, aligned, c);
    let rows = found.rows(Side::A).min(found.rows(Side::B));
    Some(stated(&statistic, rows, found.settings.confidence))
}

fn stated(statistic: &Statistic, rows: u64, level: f64) -> Stated {
    Stated::over_pairs(statistic.value, statistic.se(), rows, level)
}

fn batches(found: &Found<'_>, batches: &LoaderBatches) -> Vec<Measure> {
    let LoaderBatches { size, rows, .. } = *batches;
    let layout = Layout::batches(rows, size);
    let settings = found.settings;
    let side = both(found);
    let batch = |name: &str, value: f64| {
        let mut params = params(name, value);
        params.insert("batch".to_owned(), size as f64);
        params
    };
    let mut out = Vec::new();
    let mut push = |metric, params: BTreeMap<_, _>, values: Vec<(f64, f64)>, (ideal, collapsed)| {
        if let Some((value, se)) = mean_of_batches(&values) {
            let n = values.iter().map(|(_, rows)| *rows as u64).sum();
            let freedom = values.len() as f64 - 1.0;
            let stated = Stated::new(value, se, freedom, settings.confidence);
            out.push(stated.measure(metric, params, (side, n), (ideal, collapsed)));
        }
    };
    for &t in &settings.ts {
        push(
            MetricId::BatchUniformity,
            batch("t", t),
            uniformities(&batches.views, &layout, 2.0 * t),
            (
                Some(theory::uniformity_of_uniform(found.dim(), t)),
                Some(0.0),
            ),
        );
    }
    if let Some((state, cosines)) = &batches.between {
        for &tau in &settings.taus {
            push(
                MetricId::BatchContrastiveLoss,
                batch("tau", tau),
                losses(state, &layout, cosines, tau),
                (None, Some((size.min(rows) as f64).ln())),
            );
        }
    }
    out
}

/// Consecutive ranges of rows.
fn ranges(layout: &Layout) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    layout.group_sizes().iter().scan(0, |start, size| {
        let range = *start..*start + size;
        *start = range.end;
        Some(range)
    })
}

/// (uniformity, rows) of each batch that has pairs: the mean of its views.
fn uniformities(views: &[GramState], layout: &Layout, c: f64) -> Vec<(f64, f64)> {
    let totals: Vec<Vec<f64>> = views
        .iter()
        .map(|state| state.rows.totals(state.at(c)))
        .collect();
    ranges(layout)
        .filter(|batch| batch.len() > 1)
        .map(|batch| {
            let n = batch.len() as f64;
            let of = |sums: &Vec<f64>| {
                let sum: f64 = sums[batch.clone()].iter().sum();
                (sum / (n * (n - 1.0))).ln() - c
            };
            let mean = totals.iter().map(of).sum::<f64>() / totals.len() as f64;
            (mean, n)
        })
        .collect()
}

/// (loss, pairs) of each batch.
fn losses(state: &GramState, layout: &Layout, cosines: &[f64], tau: f64) -> Vec<(f64, f64)> {
    let k = state.at(1.0 / tau);
    let rows = state.rows.totals(k);
    let columns = state.columns.as_ref().map(|sums| sums.totals(k));
    let columns = columns.as_ref().unwrap_or(&rows);
    ranges(layout)
        .map(|batch| {
            let n = batch.len() as f64;
            let sum: f64 = batch
                .map(|i| (rows[i].ln() + columns[i].ln()) / 2.0 - cosines[i] / tau)
                .sum();
            (sum / n, n)
        })
        .collect()
}
