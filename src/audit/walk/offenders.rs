//! What only looking at rows tells of those that are to blame.

pub(crate) mod columns;
mod copies;
mod misses;
mod positives;

use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::offenders::nearest::{kept, nearest};
use crate::audit::read::offenders::partners::RowPositives;
use crate::audit::states::States;
use crate::audit::states::offending::{NEAREST, Offending};
use crate::backend::Backend;
use crate::pass::{NearestJob, TopK, Watch};
use crate::result::Side;

impl Prepared {
    /// Looks up whatever the lists of rows to blame need.
    ///
    /// Cost: rows^2 x d multiply-adds for the nearest rows of each side that the walk over all pairs did not keep, and of
    /// the rows of b among those of a; one reading of the rows and of the positive pairs; 100 x rows x d for each view
    /// whose queries miss.
    pub(crate) fn offending(
        &self,
        states: &States,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Offending, AuditError> {
        let mut out = Offending::default();
        for (side, rows) in self.views() {
            if !kept(&self.facts, &states.walked, side) {
                let all: Vec<u32> = (0..rows.rows() as u32).collect();
                let job = NearestJob::Within(rows, &all, NEAREST);
                out.nearest
                    .push((side, look_up(job, all.len(), backend, watch)?));
            }
        }
        if let Some(b) = &self.b
            && !kept(&self.facts, &states.walked, Side::Cross)
        {
            let job = NearestJob::Between(&self.a, b, NEAREST);
            let lists = look_up(job, self.a.rows(), backend, watch)?;
            out.nearest.push((Side::Cross, lists));
        }
        for (side, rows) in self.views() {
            if let Some(lists) = nearest(&states.walked, &out.nearest, side) {
                out.copies
                    .push((side, copies::copies(rows, lists, backend)));
            }
            out.columns.push((side, columns::columns(rows, backend)));
        }
        out.positives = positives::positives(self, backend);
        if let Some(partners) = RowPositives::of(&self.facts) {
            let views = (&self.a, self.b.as_ref());
            out.misses = misses::misses(views, &partners, (states, &out), backend, watch)?;
        }
        Ok(out)
    }
}

fn look_up(
    job: NearestJob<'_>,
    rows: usize,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<TopK, AuditError> {
    watch.phase("nearest rows", rows as u64);
    Ok(backend.nearest(job, watch)?.state)
}
