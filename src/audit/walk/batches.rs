//! What other code sums that an audit does not: pairs within batches, and rows that come in items.

use crate::audit::ask::Compat;
use crate::audit::error::AuditError;
use crate::audit::facts::Facts;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::found::{CompatStates, LoaderBatches};
use crate::backend::{Backend, on_host};
use crate::data::{Positives, UnitRows};
use crate::kernel::Exponents;
use crate::pass::{GramJob, GramState, Layout, Plan, Watch, pair_cosines};

impl Prepared {
    /// Whatever the numbers of other code need beside the walks of the audit.
    ///
    /// Cost: nothing to speak of for ssnl and simcse; rows x batch x d multiply-adds for each of three walks of a batch;
    /// a whole audit more where rows come in items, which other code does not know.
    pub(crate) fn compat(
        &self,
        frame: &Frame,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<CompatStates, AuditError> {
        let mut out = CompatStates::default();
        if self.settings.compat.is_empty() {
            return Ok(out);
        }
        if self.facts.grouping.is_some() {
            let ungrouped = Self {
                facts: Facts {
                    grouping: None,
                    ..self.facts.clone()
                },
                settings: self.settings.numbers_only().without_search(),
                ..self.clone()
            };
            out.ungrouped = Some(Box::new(ungrouped.walk(backend, watch)?));
            return Ok(out);
        }
        for compat in &self.settings.compat {
            match (*compat, &self.b) {
                (Compat::Batch(size), _) => {
                    out.batches.push(self.batches(size, backend, watch)?);
                }
                // Positives were left out of the walk between the views.
                (Compat::Simcse, Some(b)) => {
                    let cosines = || pair_cosines((&self.a, b), &frame.excluded);
                    out.pooled = Some(on_host(backend, cosines));
                }
                _ => {}
            }
        }
        Ok(out)
    }

    fn batches(
        &self,
        size: usize,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<LoaderBatches, AuditError> {
        let Loader { x, y } = loader(self)?;
        let layout = Layout::batches(x.rows(), size);
        let potentials: Vec<f64> = self.settings.ts.iter().map(|t| 2.0 * t).collect();
        let inside = |rows: &UnitRows| {
            let plan = Plan::symmetric(&layout).within_groups(&layout, &layout);
            walk((rows, &layout), None, &plan, &potentials, backend, watch)
        };
        let mut views = vec![inside(&x)?];
        if let Some(y) = &y {
            views.push(inside(y)?);
        }
        let between = match &y {
            None => None,
            Some(y) => {
                let temperatures: Vec<f64> =
                    self.settings.taus.iter().map(|tau| 1.0 / tau).collect();
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
                Some((state, on_host(backend, || pair_cosines((&x, y), &pairs))))
            }
        };
        Ok(LoaderBatches {
            size,
            rows: x.rows(),
            views,
            between,
        })
    }
}

/// Members of pairs, in the order of the pairs; without listed pairs the rows themselves.
struct Loader {
    x: UnitRows,
    y: Option<UnitRows>,
}

fn loader(data: &Prepared) -> Result<Loader, AuditError> {
    let (a, b) = (&data.a, data.b.as_ref());
    Ok(match &data.facts.positives {
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
    let job = GramJob::sums(a, b, &exponents, &grouped, plan);
    Ok(backend.gram(job, watch)?.state)
}
