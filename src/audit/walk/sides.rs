//! Which pairs an audit walks: within each view and between them, of which rows, and in which groups.

use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::searched::{Asked, HUB_NEIGHBOURS};
use crate::audit::states::walked::Walked;
use crate::backend::{Backend, Done, Walker};
use crate::kernel::{Exponents, Precision};
use crate::pass::{GramJob, Plan, Search, Shard, Watch};
use crate::result::Side;

/// Rows whose cosine is above 1 - 1e-6 count as duplicates.
pub(crate) const DUPLICATE: f64 = 1.0 - 1e-6;

impl Prepared {
    /// Walks all pairs of every side, or those of a shard, whose sums all are kept apart by group, and counts what is
    /// asked beside; last who walked.
    pub(crate) fn all_pairs(
        &self,
        frame: &Frame,
        how: (&Exponents, Precision),
        what: (Option<&Asked>, Option<Shard>),
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<(Vec<Walked>, Option<Walker>), AuditError> {
        let mut walker = None;
        let walked = self.sides(frame, how, what, watch, |side, job| {
            let Done { by, state } = backend.gram(job, watch)?;
            walker = Some(by);
            Ok(Walked { side, state })
        })?;
        Ok((walked, walker))
    }

    /// Walks each side with `walk`: within each view, then between them.
    pub(crate) fn sides<T>(
        &self,
        frame: &Frame,
        (exponents, precision): (&Exponents, Precision),
        (asked, shard): (Option<&Asked>, Option<Shard>),
        watch: &dyn Watch,
        mut walk: impl FnMut(Side, GramJob<'_>) -> Result<T, AuditError>,
    ) -> Result<Vec<T>, AuditError> {
        let settings = &self.settings;
        let Frame {
            layouts, excluded, ..
        } = frame;
        let n = self.a.rows() as u64;
        let within = |n: u64| n * (n - 1) / 2;
        let m = self.b.as_ref().map(|b| b.rows() as u64);
        let pairs = within(n) + m.map_or(0, |m| within(m) + n * m - excluded.len() as u64);
        watch.phase(
            "all pairs",
            pairs / shard.map_or(1, |shard| shard.of as u64),
        );
        // Of rows that come in items, pairs within a group are walked after all others: only sums that are kept apart have
        // the same order, and so the same bits, whether the walk is divided or not.
        let apart = shard.is_some() || self.facts.grouping.is_some();
        let grouped = settings.grouped(exponents, apart);
        let a = (&self.a, &layouts.0);
        let mut sides = vec![(Side::A, a, None)];
        if let Some(b) = &self.b {
            let b = (b, &layouts.1);
            sides.push((Side::B, b, None));
            sides.push((Side::Cross, a, Some(b)));
        }
        let mut walked = Vec::with_capacity(sides.len());
        for (side, a, b) in sides {
            let whole = b.map_or_else(|| Plan::symmetric(a.1), |b| Plan::rectangular(a.1, b.1));
            let layouts = (a.1, b.map_or(a.1, |b| b.1));
            let plan = match shard {
                Some(shard) => whole.shard(layouts, shard),
                None => whole,
            };
            let job = GramJob {
                a,
                b,
                excluded,
                items: self.facts.items_of(side),
                exponents,
                grouped: &grouped,
                histogram: settings.histograms,
                duplicates: (b.is_none() && a.0.on_sphere()).then_some(DUPLICATE),
                precision,
                plan: &plan,
                search: match asked {
                    Some(asked) => asked.of(side, self.b.is_some()),
                    // Who is to blame is told by the nearest rows, too.
                    None if settings.offenders && shard.is_none() => Search {
                        nearest: HUB_NEIGHBOURS,
                        ..Search::default()
                    },
                    None => Search::default(),
                },
            };
            walked.push(walk(side, job)?);
        }
        Ok(walked)
    }
}
