//! Numbers as other code prints them: from the same states where they are the same sums, from a walk inside batches
//! otherwise.

use std::collections::BTreeMap;

use super::AuditError;
use super::found::Found;
use super::measures::params;
use super::pairwise::uniformity_of_views;
use crate::backend::{Backend, on_host};
use crate::data::{Positives, UnitRows};
use crate::estimate::mean_of_batches;
use crate::kernel::Exponents;
use crate::metric::{MetricId, Statistic, pooled_log_mean_exp};
use crate::pass::{Excluded, GramJob, GramState, Layout, Plan, Watch, pair_cosines};
use crate::result::{Figure, Measure, Side};
use crate::theory;

/// Whose numbers to print as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compat {
    /// The align_uniform package, on the whole set.
    Ssnl,
    /// SimCSE: rows of both views pooled.
    Simcse,
    /// A loop over batches of this many pairs.
    Batch(usize),
}

/// Not one of the codes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected ssnl, simcse or batch:SIZE with a size of 2 or more, e.g. batch:768, found {found:?}"
)]
pub struct UnknownCompat {
    /// What was asked for.
    pub found: String,
}

impl Compat {
    /// `ssnl`, `simcse`, `batch:768`.
    ///
    /// # Errors
    /// [`UnknownCompat`] for anything else, and for batches of fewer than two.
    pub fn parse(text: &str) -> Result<Self, UnknownCompat> {
        let size = |text: &str| text.parse().ok().filter(|&size| size >= 2);
        match text.trim() {
            "ssnl" => Some(Self::Ssnl),
            "simcse" => Some(Self::Simcse),
            other => other.strip_prefix("batch:").and_then(size).map(Self::Batch),
        }
        .ok_or_else(|| UnknownCompat {
            found: text.to_owned(),
        })
    }
}

/// The measures of every code that was asked for.
///
/// Cost: nothing to speak of for ssnl and simcse; rows x batch x d multiply-adds for each of three walks of a batch.
pub(super) fn measures(
    found: &Found<'_>,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Vec<Measure>, AuditError> {
    let mut out = Vec::new();
    for compat in &found.settings.compat {
        match *compat {
            Compat::Ssnl => out.extend(ssnl(found)),
            Compat::Simcse => out.extend(simcse(found, backend)),
            Compat::Batch(size) => out.extend(batches(found, size, backend, watch)?),
        }
    }
    Ok(out)
}

/// The side of numbers that look at both views.
fn both(found: &Found<'_>) -> Side {
    if found.data.b.is_some() {
        Side::Mean
    } else {
        Side::A
    }
}

fn uniformity_measure(found: &Found<'_>, metric: MetricId, t: f64, figure: Figure) -> Measure {
    let side = both(found);
    let ideal = theory::uniformity_of_uniform(found.dim(), t);
    figure.measure(
        metric,
        params("t", t),
        (side, found.rows(side)),
        (Some(ideal), Some(0.0)),
    )
}

fn ssnl(found: &Found<'_>) -> Vec<Measure> {
    let ts = found.settings.ts.iter();
    ts.filter_map(|&t| {
        let (_, figure) = uniformity_of_views(found, t)
            .into_iter()
            .find(|(side, _)| *side == both(found))?;
        Some(uniformity_measure(
            found,
            MetricId::SsnlUniformity,
            t,
            figure,
        ))
    })
    .collect()
}

fn simcse(found: &Found<'_>, backend: &dyn Backend) -> Vec<Measure> {
    let ts = found.settings.ts.iter();
    ts.filter_map(|&t| {
        let figure = if found.data.b.is_some() {
            pooled(found, t, backend)?
        } else {
            uniformity_of_views(found, t).into_iter().next()?.1
        };
        Some(uniformity_measure(
            found,
            MetricId::SimcseUniformity,
            t,
            figure,
        ))
    })
    .collect()
}

/// log mean over all pairs of rows of both views together.
fn pooled(found: &Found<'_>, t: f64, backend: &dyn Backend) -> Option<Figure> {
    let b = found.data.b.as_ref()?;
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
    let positives = on_host(backend, || pair_cosines((&found.data.a, b), found.excluded));
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
    Some(figure(&statistic, rows, found.settings.confidence))
}

fn figure(statistic: &Statistic, rows: u64, level: f64) -> Figure {
    Figure::over_pairs(statistic.value, statistic.se(), rows, level)
}

/// Members of pairs, in the order of the pairs; without listed pairs the rows themselves.
struct Loader {
    x: UnitRows,
    y: Option<UnitRows>,
}

fn loader(found: &Found<'_>) -> Result<Loader, AuditError> {
    let (a, b) = (&found.data.a, found.data.b.as_ref());
    Ok(match &found.data.positives {
        Some(Positives::Pairs(pairs)) if pairs.list().len() > 1 => {
            let (left, right): (Vec<u32>, Vec<u32>) = pairs.list().iter().copied().unzip();
            Loader {
                x: a.gather(&left)?,
                y: Some(b.unwrap_or(a).gather(&right)?),
            }
        }
        _ => Loader {
            x: a.clone(),
            y: None,
        },
    })
}

fn batches(
    found: &Found<'_>,
    size: usize,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Vec<Measure>, AuditError> {
    let Loader { x, y } = loader(found)?;
    let layout = Layout::batches(x.rows(), size);
    let settings = found.settings;
    let potentials: Vec<f64> = settings.ts.iter().map(|t| 2.0 * t).collect();
    let inside = |rows: &UnitRows| {
        let plan = Plan::symmetric(&layout).within_groups(&layout, &layout);
        walk((rows, &layout), None, &plan, &potentials, backend, watch)
    };
    let mut views = vec![inside(&x)?];
    if let Some(y) = &y {
        views.push(inside(y)?);
    }
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
            let figure = Figure::new(value, se, freedom, settings.confidence);
            out.push(figure.measure(metric, params, (side, n), (ideal, collapsed)));
        }
    };
    for &t in &settings.ts {
        push(
            MetricId::BatchUniformity,
            batch("t", t),
            uniformities(&views, &layout, 2.0 * t),
            (
                Some(theory::uniformity_of_uniform(found.dim(), t)),
                Some(0.0),
            ),
        );
    }
    if let Some(y) = &y {
        let temperatures: Vec<f64> = settings.taus.iter().map(|tau| 1.0 / tau).collect();
        let plan = Plan::rectangular(&layout, &layout).within_groups(&layout, &layout);
        let state = walk(
            (&x, &layout),
            Some((y, &layout)),
            &plan,
            &temperatures,
            backend,
            watch,
        )?;
        let pairs: Vec<(u32, u32)> = (0..x.rows() as u32).map(|i| (i, i)).collect();
        let cosines = on_host(backend, || pair_cosines((&x, y), &pairs));
        for &tau in &settings.taus {
            push(
                MetricId::BatchContrastiveLoss,
                batch("tau", tau),
                losses(&state, &layout, &cosines, tau),
                (None, Some((size.min(x.rows()) as f64).ln())),
            );
        }
    }
    Ok(out)
}

fn walk(
    a: (&UnitRows, &Layout),
    b: Option<(&UnitRows, &Layout)>,
    plan: &Plan,
    coefficients: &[f64],
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<GramState, AuditError> {
    let exponents = Exponents::plan(coefficients);
    let grouped = vec![false; exponents.len()];
    watch.phase("batches", 0);
    Ok(backend.gram(
        GramJob {
            a,
            b,
            excluded: Excluded::Nothing,
            exponents: &exponents,
            grouped: &grouped,
            histogram: false,
            duplicates: None,
            plan,
        },
        watch,
    )?)
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
        .map(|state| state.rows.totals(state.position(c).unwrap_or_default()))
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
    let k = state.position(1.0 / tau).unwrap_or_default();
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
