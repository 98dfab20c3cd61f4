//! Walking: which passes an audit needs, and how they were made.

use std::collections::HashSet;
use std::time::Instant;

use super::curve::{curve_measures, curves};
use super::estimated::Answer;
use super::found::{Cosines, Found, Walked};
use super::measures::measure;
use super::model::{Audit, Distributions, Note, Provenance, SCHEMA, Severity, Side, Verification};
use super::pairing::pairing;
use super::pairwise::cosines_within;
use super::precision::Trials;
use super::prepare::Prepared;
use super::terms::uniform_terms;
use super::{AuditError, Settings, compat, notes, repeats};
use crate::backend::{Backend, Rounded, on_host};
use crate::data::{Positives, UnitRows};
use crate::kernel::Exponents;
use crate::pass::{
    Excluded, GROUPS, GramJob, Layout, MeanState, PairState, Plan, Watch, pairs, verify,
};

/// Rows whose cosine is above 1 - 1e-6 count as duplicates.
pub(super) const DUPLICATE: f32 = 1.0 - 1e-6;

/// What takes one reading of the rows or of the positive pairs.
pub(super) struct Linear {
    /// Jackknife group of each row of a and of b.
    pub(super) groups: (Vec<u32>, Vec<u32>),
    pub(super) positives: Option<PairState>,
    pub(super) cosines: Cosines,
}

/// All-pairs walks that were made, and how.
pub(super) struct Made<'a> {
    pub(super) layouts: &'a (Layout, Layout),
    pub(super) excluded: &'a [(u32, u32)],
    pub(super) linear: &'a Linear,
    pub(super) walked: Vec<Walked>,
    pub(super) pass_seconds: f64,
    /// Why all pairs were walked although an estimate was asked for.
    pub(super) instead: Option<Note>,
}

impl Prepared {
    /// Walks all pairs with `backend`, or as many as the settings ask for, and measures.
    ///
    /// # Errors
    /// [`AuditError::Backend`], [`AuditError::Cancelled`].
    pub fn run(
        &self,
        settings: &Settings,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Audit, AuditError> {
        let instead = match self.estimate(settings, backend, watch)? {
            Answer::Estimated(audit) => return Ok(*audit),
            Answer::Exact(note) => note,
        };
        let layouts = self.layouts(settings.seed);
        let exponents = Exponents::plan(&settings.coefficients());
        let excluded = self.excluded();
        let plan = (&layouts, &exponents, &excluded[..]);
        let mut trials = Trials::new(self, settings, plan, backend, watch)?;
        let linear = self.linear(settings, &layouts, &excluded, backend, watch)?;
        loop {
            let walker = Rounded::new(backend, trials.precision())?;
            let pass = Instant::now();
            let walked = self.walk(settings, &layouts, &exponents, &excluded, &walker, watch)?;
            let made = Made {
                layouts: &layouts,
                excluded: &excluded,
                linear: &linear,
                walked,
                pass_seconds: pass.elapsed().as_secs_f64(),
                instead: instead.clone(),
            };
            let backends = (backend, &walker as &dyn Backend);
            if let Some(audit) = self.finish(made, settings, &mut trials, backends, watch)? {
                return Ok(audit);
            }
        }
    }

    /// Whatever an audit needs beside its all-pairs walks; then measures. Nothing, if the numbers are not good enough
    /// for the precision on trial. `walker` is `backend` in that precision.
    pub(super) fn finish(
        &self,
        made: Made<'_>,
        settings: &Settings,
        trials: &mut Trials,
        (backend, walker): (&dyn Backend, &dyn Backend),
        watch: &dyn Watch,
    ) -> Result<Option<Audit>, AuditError> {
        let Made {
            layouts,
            excluded,
            linear,
            walked,
            pass_seconds,
            instead,
        } = made;
        let positives = linear.positives.as_ref();
        let found = Found {
            data: self,
            settings,
            layouts,
            groups: &linear.groups,
            walked: &walked,
            positives,
            cosines: &linear.cosines,
            excluded,
            estimated: None,
        };
        let terms = uniform_terms(&found);
        let mut measures = measure(&found, &terms);
        if !trials.accepts(&measures) {
            return Ok(None);
        }
        let verification = self.verify(settings, &walked, excluded, backend, watch)?;
        let curves = curves(&found, &measures, backend, watch)?;
        curve_measures(&curves, &mut measures);
        measures.extend(compat::measures(&found, backend, watch)?);
        let mut notes = notes::notes(&found, &measures);
        notes.extend(repeats::notes(
            self,
            settings,
            (&walked, &measures),
            walker,
            watch,
        )?);
        notes.extend(instead);
        notes.extend(backend.notes().into_iter().map(|text| Note {
            severity: Severity::Warning,
            text,
        }));
        notes.extend(trials.note());
        trials.widen(&mut measures);
        notes.sort_by_key(|note| std::cmp::Reverse(note.severity));
        let distributions = if settings.histograms {
            self.distributions(&walked, positives)
        } else {
            Distributions::default()
        };
        let precision = Some(trials.card(&measures));
        Ok(Some(Audit {
            schema: SCHEMA.to_owned(),
            subject: self.subject(),
            definitions: self.definitions(settings),
            measures,
            notes,
            provenance: Provenance {
                tool: concat!("spherecheck ", env!("CARGO_PKG_VERSION")).to_owned(),
                backend: backend.name().to_owned(),
                kernel: walker.kernel().to_owned(),
                precision,
                threads: backend.threads() as u64,
                seed: settings.seed,
                pairs_visited: walked.iter().map(|walked| walked.state.pairs).sum(),
                pass_seconds,
                total_seconds: self.started.elapsed().as_secs_f64(),
                estimate: None,
            },
            verification,
            curves,
            pairing: Some(pairing(&found, &terms)),
            slices: Vec::new(),
            against: None,
            distributions,
        }))
    }

    /// What is known without walking pairs of rows.
    pub(super) fn linear(
        &self,
        settings: &Settings,
        layouts: &(Layout, Layout),
        excluded: &[(u32, u32)],
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Linear, AuditError> {
        let b = self.b.as_ref().unwrap_or(&self.a);
        let groups = (layouts.0.group_of_rows(), layouts.1.group_of_rows());
        let positives = match &self.positives {
            None => None,
            Some(positives) => {
                watch.phase("positive pairs", 0);
                let rows = (&groups.0[..], &groups.1[..]);
                Some(on_host(backend, || {
                    pairs((&self.a, b), positives, &settings.alphas, rows, watch)
                })?)
            }
        };
        watch.phase("row means", 0);
        let sums = |rows: &UnitRows| on_host(backend, || MeanState::of(rows, watch));
        let (sum_a, sum_b) = (sums(&self.a)?, self.b.as_ref().map(sums).transpose()?);
        let cosines = on_host(backend, || {
            let mut cosines = Cosines::new(
                &self.a,
                self.b.as_ref(),
                &sum_a,
                sum_b.as_ref(),
                excluded,
                settings.seed,
            );
            if self.given.is_some() {
                cosines.within = cosines_within(&self.a, self.b.as_ref(), &layouts.0);
            }
            cosines
        });
        Ok(Linear {
            groups,
            positives,
            cosines,
        })
    }

    /// One layout for each view; aligned views share one, so that an item is left out on both sides at once.
    /// Others have as many groups as the smaller one can fill: group g of one is left out with group g of the other.
    pub(super) fn layouts(&self, seed: u64) -> (Layout, Layout) {
        let order = || match &self.items {
            Some(items) => items.order.clone(),
            None => (0..self.a.rows() as u32).collect(),
        };
        if let Some(given) = &self.given {
            let layout = Layout::of_given_order(order(), given, seed);
            return (layout.clone(), layout);
        }
        let Some(b) = self.b.as_ref().filter(|_| !self.aligned) else {
            let a = Layout::of_order(order(), GROUPS, seed);
            return (a.clone(), a);
        };
        let groups = GROUPS.min(self.a.rows()).min(b.rows());
        let deal = |rows: usize, seed| Layout::with_groups(rows, groups, seed);
        (
            deal(self.a.rows(), seed),
            deal(b.rows(), seed.wrapping_add(1)),
        )
    }

    /// Positive pairs between two views: they are no negatives of each other.
    pub(super) fn excluded(&self) -> Vec<(u32, u32)> {
        match (&self.positives, &self.b) {
            (Some(Positives::Pairs(pairs)), Some(_)) => {
                let mut list = pairs.list().to_vec();
                list.sort_unstable();
                list.dedup();
                list
            }
            _ => Vec::new(),
        }
    }

    fn walk(
        &self,
        settings: &Settings,
        layouts: &(Layout, Layout),
        exponents: &Exponents,
        excluded: &[(u32, u32)],
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Vec<Walked>, AuditError> {
        self.sides(
            settings,
            layouts,
            exponents,
            excluded,
            watch,
            |side, job| {
                Ok(Walked {
                    side,
                    state: backend.gram(job, watch)?,
                })
            },
        )
    }

    /// Walks each side with `walk`: within each view, then between them.
    pub(super) fn sides<T>(
        &self,
        settings: &Settings,
        layouts: &(Layout, Layout),
        exponents: &Exponents,
        excluded: &[(u32, u32)],
        watch: &dyn Watch,
        mut walk: impl FnMut(Side, GramJob<'_>) -> Result<T, AuditError>,
    ) -> Result<Vec<T>, AuditError> {
        let n = self.a.rows() as u64;
        let within = |n: u64| n * (n - 1) / 2;
        let m = self.b.as_ref().map(|b| b.rows() as u64);
        watch.phase(
            "all pairs",
            within(n) + m.map_or(0, |m| within(m) + n * m - excluded.len() as u64),
        );
        let grouped: Vec<bool> = exponents
            .coefficients()
            .map(|c| {
                let of_pairs = self.given.is_some() && settings.ts.iter().any(|t| 2.0 * t == c);
                of_pairs || settings.taus.iter().any(|tau| 1.0 / tau == c)
            })
            .collect();
        let a = (&self.a, &layouts.0);
        let mut sides = vec![(Side::A, a, None)];
        if let Some(b) = &self.b {
            let b = (b, &layouts.1);
            sides.push((Side::B, b, None));
            sides.push((Side::Cross, a, Some(b)));
        }
        let mut walked = Vec::with_capacity(sides.len());
        for (side, a, b) in sides {
            let plan = b.map_or_else(|| Plan::symmetric(a.1), |b| Plan::rectangular(a.1, b.1));
            let job = GramJob {
                a,
                b,
                excluded: Excluded::Pairs(excluded),
                exponents,
                grouped: &grouped,
                histogram: settings.histograms,
                duplicates: b.is_none().then_some(DUPLICATE),
                plan: &plan,
            };
            walked.push(walk(side, job)?);
        }
        Ok(walked)
    }

    fn verify(
        &self,
        settings: &Settings,
        walked: &[Walked],
        excluded: &[(u32, u32)],
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Option<Verification>, AuditError> {
        let Some(rows) = settings.verify.or(backend.checked_rows()) else {
            return Ok(None);
        };
        let excluded: HashSet<(usize, usize)> = excluded
            .iter()
            .map(|&(i, j)| (i as usize, j as usize))
            .collect();
        let mut out = Verification {
            rows: 0,
            compared: 0,
            largest_difference: 0.0,
            place: String::new(),
        };
        for Walked { side, state } in walked {
            let (a, b) = match side {
                Side::B => (
                    self.b.as_ref().unwrap_or(&self.a),
                    self.b.as_ref().unwrap_or(&self.a),
                ),
                Side::Cross => (&self.a, self.b.as_ref().unwrap_or(&self.a)),
                Side::A | Side::Mean => (&self.a, &self.a),
            };
            watch.phase(
                &format!("verifying side {}", side.name()),
                b.rows().div_ceil(256) as u64,
            );
            let leave = |i, j| {
                if *side == Side::Cross {
                    excluded.contains(&(i, j))
                } else {
                    i == j
                }
            };
            let (count, worst) = on_host(backend, || {
                verify(state, (a, b), leave, (rows, settings.seed), watch)
            })?;
            out.rows = out.rows.max(count as u64);
            out.compared += (count * state.coefficients.len()) as u64;
            if let Some(worst) = worst.filter(|worst| worst.size >= out.largest_difference) {
                out.largest_difference = worst.size;
                out.place = format!(
                    "side {}, row {}, e^({} cos)",
                    side.name(),
                    a.file_row(worst.row),
                    (worst.coefficient * 1e4).round() / 1e4
                );
            }
        }
        Ok(Some(out))
    }
}
