//! The same audit on prefixes of the columns (Matryoshka), from one pass over the whole rows.

use std::time::Instant;

use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::read::notes;
use crate::audit::read::read;
use crate::audit::states::rounding::Trials;
use crate::audit::states::step::Step;
use crate::audit::states::walked::Walked;
use crate::audit::walk::searched::Sought;
use crate::backend::{Backend, Walker, on_host};
use crate::data::{DataError, UnitRows};
use crate::kernel::{Exponents, Precision};
use crate::pass::Watch;
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
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Vec<Audit>, AuditError> {
        self.settings.check_f32("--dims")?;
        self.settings.check_no_search("--dims")?;
        let whole = self.a.dim();
        let mut ends: Vec<usize> = dims.iter().copied().filter(|&dim| dim < whole).collect();
        ends.push(whole);
        ends.sort_unstable();
        ends.dedup();
        // Cheap, and may refuse: before the pass.
        let prefixes = ends
            .iter()
            .map(|&dim| self.prefix(dim, backend))
            .collect::<Result<Vec<_>, _>>()?;

        let frame = Frame::new(&self.facts, self.facts.layouts(self.settings.seed));
        let exponents = Exponents::plan(&self.settings.coefficients());
        let mut by = None;
        let pass = Instant::now();
        let undrawn = Self {
            settings: self.settings.without_histograms(),
            ..self.clone()
        };
        let sides = undrawn.sides(
            &frame,
            (&exponents, Precision::F32),
            (None, None),
            watch,
            |side, job| {
                let done = backend.prefixes(job, &ends, watch)?;
                by = Some(done.by);
                Ok((side, done.state))
            },
        )?;
        let pass_seconds = pass.elapsed().as_secs_f64();
        let mut by_prefix: Vec<Vec<Walked>> = ends.iter().map(|_| Vec::new()).collect();
        for (side, states) in sides {
            for (walked, state) in by_prefix.iter_mut().zip(states) {
                walked.push(Walked { side, state });
            }
        }
        let mut audits = Vec::with_capacity(prefixes.len());
        for (prefix, walked) in prefixes.into_iter().zip(by_prefix) {
            let linear = prefix.linear(&frame, backend, watch)?;
            let nothing = Sought::default();
            let mut states = prefix.states((linear, nothing), Trials::default(), backend);
            states.walked = walked;
            states.done.push(Step::AllPairs);
            states.ran.pass_seconds = pass_seconds;
            prefix.follow(&mut states, &frame, backend, watch)?;
            if let Some(Walker { name, kernel }) = by.clone() {
                (states.ran.backend, states.ran.kernel) = (name, kernel);
            }
            audits.push(on_host(backend, || read(&states)));
        }
        if let Some((whole, parts)) = audits.split_last_mut() {
            let parts = parts.iter_mut().map(|part| {
                let name = format!("First {} columns", part.subject.a.dim);
                (name, &mut part.notes)
            });
            notes::of_parts(&mut whole.notes, parts);
        }
        Ok(audits)
    }

    /// The same items by their first columns.
    fn prefix(&self, dim: usize, backend: &dyn Backend) -> Result<Self, DataError> {
        let rows = |rows: &UnitRows| on_host(backend, || rows.prefix(dim));
        let a = rows(&self.a)?;
        let b = self.b.as_ref().map(rows).transpose()?;
        Ok(Self {
            settings: self.settings.without_histograms(),
            ..self.with_rows(a, b)
        })
    }
}
