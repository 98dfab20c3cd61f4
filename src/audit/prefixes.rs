//! The same audit on prefixes of the columns (Matryoshka), from one pass over the whole rows.

use std::time::Instant;

use super::found::Walked;
use super::precision::Trials;
use super::prepare::Prepared;
use super::walk::Made;
use super::{AuditError, Settings, notes};
use crate::backend::{Backend, on_host};
use crate::data::{DataError, Norms, UnitRows};
use crate::kernel::Exponents;
use crate::pass::{Watch, prefix_grams};
use crate::result::Audit;

impl Prepared {
    /// One audit for each number of first columns in `dims` below the width of the rows, ascending, and last one of the
    /// whole rows, which tells the warnings of the others too. Prefixes are normalised again; groups of rows that are left out are the same in all of them.
    ///
    /// # Errors
    /// Those of [`Prepared::run`]; [`DataError::ZeroPrefix`] where a prefix of a row has no direction.
    pub fn run_prefixes(
        &self,
        dims: &[usize],
        settings: &Settings,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Vec<Audit>, AuditError> {
        settings.check_f32("--dims")?;
        let whole = self.a.dim();
        let mut ends: Vec<usize> = dims.iter().copied().filter(|&dim| dim < whole).collect();
        ends.push(whole);
        ends.sort_unstable();
        ends.dedup();
        let settings = Settings {
            histograms: false,
            ..settings.clone()
        };
        // Cheap, and may refuse: before the pass.
        let prefixes = ends
            .iter()
            .map(|&dim| self.prefix(dim, backend))
            .collect::<Result<Vec<_>, _>>()?;

        let layouts = self.layouts(settings.seed);
        let exponents = Exponents::plan(&settings.coefficients());
        let excluded = self.excluded();
        let kernel = backend.processor();
        let pass = Instant::now();
        let sides = self.sides(
            &settings,
            &layouts,
            &exponents,
            &excluded,
            watch,
            |side, job| {
                let items = self.items_of(side);
                let states = on_host(backend, || prefix_grams(job, items, &ends, kernel, watch))?;
                Ok((side, states))
            },
        )?;
        let pass_seconds = pass.elapsed().as_secs_f64();
        let mut by_prefix: Vec<Vec<Walked>> = ends.iter().map(|_| Vec::new()).collect();
        for (side, states) in sides {
            for (walked, state) in by_prefix.iter_mut().zip(states) {
                walked.push(Walked { side, state });
            }
        }
        let mut audits = prefixes
            .into_iter()
            .zip(by_prefix)
            .map(|(prefix, walked)| {
                let linear = prefix.linear(&settings, &layouts, &excluded, backend, watch)?;
                let made = Made {
                    layouts: &layouts,
                    excluded: &excluded,
                    linear: &linear,
                    walked,
                    pass_seconds,
                    instead: None,
                };
                let mut exact = Trials::none();
                prefix.finish(made, &settings, &mut exact, (backend, backend), watch)
            })
            .filter_map(Result::transpose)
            .collect::<Result<Vec<Audit>, AuditError>>()?;
        if let Some((whole, parts)) = audits.split_last_mut() {
            let named = |part: &mut Audit| {
                notes::keep_own(&mut part.notes, &whole.notes);
                (
                    format!("First {} columns", part.subject.a.dim),
                    part.notes.clone(),
                )
            };
            let parts: Vec<_> = parts.iter_mut().map(named).collect();
            let parts: Vec<_> = parts
                .iter()
                .map(|(name, notes)| (name.clone(), &notes[..]))
                .collect();
            notes::add_parts(&mut whole.notes, &parts);
        }
        Ok(audits)
    }

    /// The same items by their first columns.
    fn prefix(&self, dim: usize, backend: &dyn Backend) -> Result<Self, DataError> {
        let rows = |rows: &UnitRows| -> Result<UnitRows, DataError> {
            if dim == rows.dim() {
                return Ok(rows.clone());
            }
            let embeddings = rows.embeddings().prefix(dim);
            let norms = on_host(backend, || Norms::of(&embeddings))?;
            let kept: Vec<usize> = (0..rows.rows()).map(|row| rows.file_row(row)).collect();
            let zero = |row: &&usize| norms.values()[**row] == 0.0;
            if let Some(&row) = kept.iter().find(zero) {
                return Err(DataError::ZeroPrefix {
                    source_name: embeddings.name().to_owned(),
                    dim,
                    row,
                    count: kept.iter().filter(zero).count(),
                });
            }
            // In the order of the rows here, which may not be that of the file.
            let all = UnitRows::new(embeddings, &norms, |_| true)?;
            let place = all.renumbering();
            all.gather(
                &kept
                    .iter()
                    .filter_map(|&row| place[row])
                    .collect::<Vec<_>>(),
            )
        };
        Ok(Self {
            name: self.name.clone(),
            a: rows(&self.a)?,
            b: self.b.as_ref().map(rows).transpose()?,
            aligned: self.aligned,
            positives: self.positives.clone(),
            grouping: self.grouping.clone(),
            ungrouped: self.ungrouped,
            items: self.items.clone(),
            positives_source: self.positives_source.clone(),
            positives_dropped: self.positives_dropped,
            dropped: self.dropped,
            started: self.started,
        })
    }
}
