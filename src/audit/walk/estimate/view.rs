//! The sides of an estimate, and the walks over them.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

use crate::audit::ask::Stream;
use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::seen::{Estimated, Seen};
use crate::audit::states::walked::Walked;
use crate::audit::walk::estimate::known::Known;
use crate::backend::{Backend, on_host};
use crate::data::UnitRows;
use crate::kernel::Exponents;
use crate::num::pairwise_sum;
use crate::pass::{Layout, Met, RingJob, RingState, RowMoments, Watch, pair_cosines, ring};
use crate::result::Side;

/// Random pairs from which the control of uniformity is learnt.
const PILOT: usize = 1 << 15;

/// The rows, in rings, with what is to be summed.
pub(crate) struct Sides<'a> {
    views: Vec<SideRows<'a>>,
    pub(crate) layouts: &'a (Layout, Layout),
    exponents: Exponents,
    grouped: Vec<bool>,
    excluded: &'a [(u32, u32)],
    aligned: bool,
}

/// One side.
pub(crate) struct SideRows<'a> {
    pub(crate) side: Side,
    pub(crate) a: (&'a UnitRows, &'a Layout),
    pub(crate) b: Option<(&'a UnitRows, &'a Layout)>,
    /// Pairs there are.
    pub(crate) pairs_all: f64,
}

impl SideRows<'_> {
    /// About as many pairs as one round sees.
    pub(crate) fn pairs_in_round(&self) -> f64 {
        let block = self.a.0.rows() as f64 / self.a.1.blocks_in_ring() as f64;
        match self.b {
            None => self.a.0.rows() as f64 * block,
            Some((b, _)) => 2.0 * b.rows() as f64 * block,
        }
    }
}

impl<'a> Sides<'a> {
    pub(crate) fn new(data: &'a Prepared, frame: &'a Frame) -> Self {
        let settings = &data.settings;
        let (layouts, excluded) = (&frame.layouts, &frame.excluded[..]);
        let a = (&data.a, &layouts.0);
        let within = |rows: &UnitRows| rows.rows() as f64 * (rows.rows() as f64 - 1.0) / 2.0;
        let view = |side, a: (&'a UnitRows, &'a Layout), b, pairs_all| SideRows {
            side,
            a,
            b,
            pairs_all,
        };
        let mut views = vec![view(Side::A, a, None, within(&data.a))];
        if let Some(b) = &data.b {
            let cross = (data.a.rows() as f64) * (b.rows() as f64) - excluded.len() as f64;
            let other = (b, &layouts.1);
            views.push(view(Side::B, other, None, within(b)));
            views.push(view(Side::Cross, a, Some(other), cross));
        }
        let exponents = Exponents::plan(&settings.estimate_coefficients());
        let grouped = settings.grouped(&exponents, false);
        Self {
            views,
            layouts,
            exponents,
            grouped,
            excluded,
            aligned: data.facts.aligned,
        }
    }

    pub(crate) fn views(&self) -> &[SideRows<'a>] {
        &self.views
    }

    /// Most rounds there are.
    pub(crate) fn rounds(&self) -> usize {
        self.layouts.0.rounds().min(self.layouts.1.rounds())
    }

    /// Pairs that one whole row of each side has.
    pub(crate) fn row_pairs(&self) -> f64 {
        let partners = |view: &SideRows<'_>| view.b.map_or(view.a.0.rows(), |b| b.0.rows()) as f64;
        self.views.iter().map(partners).sum()
    }

    /// Pairs whose cosines cost as much as the squared cosines of all pairs.
    pub(crate) fn square_pairs(&self) -> f64 {
        let rows = |view: &SideRows<'_>| match view.b {
            None => view.a.0.rows() as f64 * view.a.0.dim() as f64 / 2.0,
            Some(_) => 0.0,
        };
        self.views.iter().map(rows).sum()
    }

    /// Pairs that one round sees, over all sides.
    pub(crate) fn pairs_in_round(&self) -> f64 {
        self.views.iter().map(SideRows::pairs_in_round).sum()
    }

    /// Adds rounds `first..=last` to what was seen of every side.
    pub(crate) fn rings(
        &self,
        rounds: (usize, usize),
        states: &mut [RingState],
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<(), AuditError> {
        let count = (rounds.1 + 1 - rounds.0) as f64;
        watch.phase("blocks of pairs", (count * self.pairs_in_round()) as u64);
        // Rows of aligned views share a block with their own positive, and here blocks do not meet themselves.
        let excluded = if self.aligned { &[] } else { self.excluded };
        for (view, state) in self.views.iter().zip(states) {
            let job = self.job(view, excluded);
            on_host(backend, || {
                ring(job, rounds, backend.processor(), watch, state)
            })?;
        }
        Ok(())
    }

    fn job<'j>(&'j self, view: &SideRows<'j>, excluded: &'j [(u32, u32)]) -> RingJob<'j> {
        RingJob {
            a: view.a,
            b: view.b,
            excluded,
            exponents: &self.exponents,
            grouped: &self.grouped,
        }
    }

    /// Partners that the rows of a side have met: those of its first operand, and of its second.
    pub(crate) fn met(
        &self,
        view: &SideRows<'_>,
        rounds: usize,
        excluded: &[(u32, u32)],
    ) -> (Met, Option<Met>) {
        let Some((_, b)) = view.b else {
            return (
                Met::new(view.a.1, view.a.1, rounds, std::iter::empty()),
                None,
            );
        };
        // Rows of aligned views share a block with their own positive, and blocks do not meet themselves.
        let ways = |turned: bool| {
            let excluded = excluded.iter().filter(|_| !self.aligned);
            excluded.map(move |&(i, j)| if turned { (j, i) } else { (i, j) })
        };
        (
            Met::new(view.a.1, b, rounds, ways(false)),
            Some(Met::new(b, view.a.1, rounds, ways(true))),
        )
    }

    /// Negatives of each row of the first operand.
    pub(crate) fn negatives(&self, view: &SideRows<'_>, known: &Known<'_>) -> Vec<f64> {
        let (rows, partners) = (
            view.a.0.rows(),
            view.b.map_or(view.a.0.rows(), |b| b.0.rows()) as f64,
        );
        if view.side != Side::Cross {
            return vec![partners - 1.0; rows];
        }
        let mut out = vec![partners; rows];
        for &(i, _) in &known.frame.excluded {
            out[i as usize] -= 1.0;
        }
        out
    }

    pub(crate) fn nothing_walked(&self) -> Vec<Walked> {
        let walked = |view: &SideRows<'a>| Walked {
            side: view.side,
            state: RingState::empty(&self.job(view, self.excluded)).gram,
        };
        self.views.iter().map(walked).collect()
    }

    /// Every side before its first round: only random pairs, and means of all.
    pub(crate) fn nothing_seen(&self, known: &Known<'_>) -> Estimated {
        let sides = self.views.iter().map(|view| {
            let (rows, columns) = self.met(view, 0, &[]);
            // Sums over rows hold each pair within one set of rows twice.
            let twice = if view.b.is_some() { 1.0 } else { 2.0 };
            Seen {
                side: view.side,
                rows,
                columns,
                moments: [0.0; 2],
                pairs_all: view.pairs_all,
                mean_cosine: pairwise_sum(known.cosines.of(view.side).0) / twice / view.pairs_all,
                mean_square: None,
                pilot: self.pilot(view, known.data.settings.seed),
                full: None,
            }
        });
        Estimated {
            sides: sides.collect(),
        }
    }

    fn pilot(&self, view: &SideRows<'_>, seed: u64) -> Vec<f64> {
        let mut rng = Pcg64::seed_from_u64(Stream::Pilot.of(seed));
        let b = view.b.unwrap_or(view.a).0;
        let (n, m) = (view.a.0.rows() as u32, b.rows() as u32);
        let counts = |i: u32, j: u32| match view.side {
            Side::Cross => self.excluded.binary_search(&(i, j)).is_err(),
            _ => i != j,
        };
        let mut list = Vec::with_capacity(PILOT);
        while list.len() < PILOT {
            let pair = (rng.random_range(0..n), rng.random_range(0..m));
            list.extend(counts(pair.0, pair.1).then_some(pair));
        }
        pair_cosines((view.a.0, b), &list)
    }

    /// Mean squared cosine over all pairs of every side.
    pub(crate) fn mean_squares(
        &self,
        a: &RowMoments,
        b: Option<&RowMoments>,
        known: &Known<'_>,
    ) -> Vec<f64> {
        let of = |view: &SideRows<'_>| {
            let (x, y) = match (view.side, b) {
                (Side::B, Some(b)) => (b, b),
                (Side::Cross, Some(b)) => (a, b),
                _ => (a, a),
            };
            let squares = x.squares(y);
            match view.b {
                None => (squares - view.a.0.rows() as f64) / 2.0 / view.pairs_all,
                Some((b, _)) => {
                    let own = on_host(known.backend, || pair_cosines((view.a.0, b), self.excluded));
                    let own: Vec<f64> = own.iter().map(|s| s * s).collect();
                    (squares - pairwise_sum(&own)) / view.pairs_all
                }
            }
        };
        self.views.iter().map(of).collect()
    }
}
