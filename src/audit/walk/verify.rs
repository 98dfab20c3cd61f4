//! Random rows once more in double precision.

use std::collections::HashSet;

use crate::audit::ask::Stream;
use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::States;
use crate::audit::states::walked::Walked;
use crate::backend::{Backend, on_host};
use crate::pass::{Watch, verify};
use crate::result::{Side, Verification};

impl Prepared {
    /// Random rows of every side in double precision, where that is asked, or the backend worth it.
    pub(crate) fn verify(
        &self,
        states: &States,
        frame: &Frame,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Option<Verification>, AuditError> {
        let Some(rows) = states.checked_rows else {
            return Ok(None);
        };
        let excluded: HashSet<(usize, usize)> = frame
            .excluded
            .iter()
            .map(|&(i, j)| (i as usize, j as usize))
            .collect();
        let mut out = Verification::default();
        for Walked { side, state } in &states.walked {
            let a = self.view(*side);
            let b = self
                .b
                .as_ref()
                .filter(|_| *side == Side::Cross)
                .unwrap_or(a);
            watch.phase(
                &format!("verifying side {}", side.name()),
                b.rows().div_ceil(256) as u64,
            );
            let items = self.facts.items_of(*side);
            let leave = |i: usize, j: usize| {
                items.is_some_and(|(rows, columns)| rows[i] == columns[j])
                    || if *side == Side::Cross {
                        excluded.contains(&(i, j))
                    } else {
                        i == j
                    }
            };
            let seed = Stream::Verification.of(self.settings.seed);
            let (count, worst) = on_host(backend, || {
                verify(state, (a, b), leave, (rows, seed), watch)
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
