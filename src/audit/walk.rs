//! Walking: which passes an audit needs, and how they were made.

use std::collections::HashSet;
use std::time::Instant;

use super::curve::{curve_measures, curves};
use super::estimated::Answer;
use super::found::{Cosines, Found, Walked};
use super::measures::measure;
use super::not_finite::set_aside;
use super::pairing::pairing;
use super::precision::Trials;
use super::prepare::Prepared;
use super::terms::{uniform_terms, unsteady};
use super::{AuditError, Settings, compat, grouping, notes, repeats};
use crate::backend::{Backend, Rounded, on_host};
use crate::data::UnitRows;
use crate::kernel::Exponents;
use crate::pass::{Layout, MeanState, PairState, Units, Watch, pairs, verify};
use crate::result::{
    Audit, Distributions, Measure, Note, Provenance, SCHEMA, Severity, Side, Verification,
};

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
        let mut no_numbers: Vec<Note> = set_aside(&mut measures).into_iter().collect();
        if !trials.accepts(&measures) {
            return Ok(None);
        }
        let verification = self.verify(settings, &walked, excluded, backend, watch)?;
        let curves = curves(&found, &measures, backend, watch)?;
        curve_measures(&curves, &mut measures);
        measures.extend(match &self.grouping {
            None => compat::measures(&found, backend, watch)?,
            Some(_) => self.compat_of_all_pairs(settings, backend, watch)?,
        });
        no_numbers.extend(set_aside(&mut measures));
        let mut notes = notes::notes(&found, &measures);
        notes.append(&mut no_numbers);
        notes.extend(unsteady(&terms));
        if settings.join_pairs {
            notes.extend(grouping::notes(self));
        }
        match self.no_time_again(settings, pass_seconds, &measures) {
            Some(note) => notes.push(note),
            None => notes.extend(repeats::notes(
                self,
                settings,
                (&walked, &measures),
                walker,
                watch,
            )?),
        }
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

    /// Numbers as other code prints them: it knows no items.
    fn compat_of_all_pairs(
        &self,
        settings: &Settings,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Vec<Measure>, AuditError> {
        if settings.compat.is_empty() {
            return Ok(Vec::new());
        }
        let ungrouped = Self {
            grouping: None,
            ..self.clone()
        };
        let settings = Settings {
            negatives: Vec::new(),
            histograms: false,
            verify: None,
            ..settings.clone()
        };
        let mut measures = ungrouped.run(&settings, backend, watch)?.measures;
        measures.retain(|measure| measure.metric.is_compat());
        Ok(measures)
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
        let rows: Vec<u32> = (0..self.a.rows().max(b.rows()) as u32).collect();
        let beyond: Vec<u32>;
        let units = match &self.grouping {
            Some(grouping) => Units {
                a: grouping.of(false),
                b: grouping.of(true),
                count: grouping.count(),
            },
            // Row i of aligned views is one item; rows of other files are rows of their own.
            None if self.aligned || self.b.is_none() => Units {
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
        let positives = match &self.positives {
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
        let sums = |rows: &UnitRows| on_host(backend, || MeanState::of(rows, watch));
        let (sum_a, sum_b) = (sums(&self.a)?, self.b.as_ref().map(sums).transpose()?);
        let cosines = on_host(backend, || {
            Cosines::new(
                (&self.a, self.b.as_ref()),
                (&sum_a, sum_b.as_ref()),
                excluded,
                self.grouping.as_ref().map(|grouping| (grouping, layouts)),
                settings.seed,
            )
        });
        Ok(Linear {
            groups,
            positives,
            cosines,
        })
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
            let items = self.items_of(*side);
            let leave = |i: usize, j: usize| {
                items.is_some_and(|(rows, columns)| rows[i] == columns[j])
                    || if *side == Side::Cross {
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
