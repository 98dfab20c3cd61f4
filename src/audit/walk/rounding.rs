//! The error of a precision, from rows whose sums are computed in it and in f32.

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_pcg::Pcg64;

use crate::audit::ask::Settings;
use crate::audit::ask::{PrecisionChoice, Stream};
use crate::audit::error::AuditError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::rounding::{ALLOWED, Measured, Trials, off};
use crate::audit::walk::sides::DUPLICATE;
use crate::backend::{Backend, on_host};
use crate::data::UnitRows;
use crate::kernel::{Exponents, Precision};
use crate::metric::MetricId;
use crate::num::{Moments, in_percent};
use crate::pass::{GramJob, GramState, Layout, Plan, Watch, verify};
use crate::result::{RoundingError, Side};

/// Rows that are compared at least (all, where there are fewer than twice as many).
const ROWS: usize = 256;
/// One of how many rows is compared: the comparison takes 2/SHARE of the time of an f32 pass.
const SHARE: usize = 40;
/// Rows of each side whose f32 sums are checked in f64.
const IN_F64: usize = 4;

/// Share of pairs that may lie so near each other that they must be looked at in f64; each costs some hundred others.
const NEAR_PAIRS: f64 = 1e-3;

impl Prepared {
    /// The precision that `auto` walks in first, and why: what a plan of shards, which cannot try another, names. The error
    /// is measured again with the numbers, and told with them.
    ///
    /// # Errors
    /// [`AuditError::Backend`], [`AuditError::Cancelled`].
    pub fn settled_precision(
        &self,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<(Precision, String), AuditError> {
        let frame = Frame::new(&self.facts, self.facts.layouts(self.settings.seed));
        let exponents = Exponents::plan(&self.settings.coefficients());
        let trials = self.trials((&frame, &exponents), backend, watch)?;
        let settled = trials.precision();
        let said = [format!("Precision: {}", settled.name())].into_iter();
        let said: Vec<String> = said.chain(trials.reasons).collect();
        Ok((settled, said.join("; ") + "."))
    }

    /// Measures every precision that is in question.
    pub(crate) fn trials(
        &self,
        (frame, exponents): (&Frame, &Exponents),
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Trials, AuditError> {
        let asked = self.settings.precision;
        let mut trials = Trials {
            asked,
            ..Trials::default()
        };
        let mut wanted = match asked {
            PrecisionChoice::Auto => backend.precisions(),
            PrecisionChoice::Only(precision) => vec![precision],
        };
        let fits = |p: &Precision| p.longest().is_none_or(|longest| self.a.dim() <= longest);
        wanted.retain(|p| *p != Precision::F32 && fits(p));
        // The fastest first.
        wanted.reverse();
        if wanted.is_empty() {
            if asked == PrecisionChoice::Auto {
                let kernel = backend.kernel();
                trials.reasons = vec![format!("the {kernel} kernel has no other")];
            }
            return Ok(trials);
        }
        let start = std::time::Instant::now();
        let found = measure_all(self, (frame, exponents), &wanted, (backend, watch))?;
        trials.seconds = start.elapsed().as_secs_f64();
        (trials.rows, trials.reference) = (found.rows, found.reference);
        for measured in found.measured {
            let name = measured.precision.name();
            if measured.near > NEAR_PAIRS {
                let text = format!(
                    "{} of pairs lie so near each other that in {name} only f64 could tell which are duplicates",
                    in_percent(measured.near)
                );
                if asked != PrecisionChoice::Auto {
                    trials.warning = Some(format!(
                        "Rows were not rounded to {name} but walked in f32: {text}."
                    ));
                }
                trials.reasons.push(text);
            } else if asked == PrecisionChoice::Auto && measured.expected_share > ALLOWED {
                trials.reasons.push(off(name, measured.expected_share, ""));
            } else {
                trials.measured.push(measured);
            }
        }
        // The last to be tried comes first.
        trials.measured.reverse();
        Ok(trials)
    }
}

/// All of them.
pub(crate) struct AllMeasured {
    pub(crate) measured: Vec<Measured>,
    pub(crate) rows: u64,
    pub(crate) reference: f64,
}

/// A side of the audit, and the sample of its rows.
struct SampledSide<'a> {
    side: Side,
    sample: UnitRows,
    layout: Layout,
    others: (&'a UnitRows, &'a Layout),
    excluded: Vec<(u32, u32)>,
    rows: usize,
}

/// Walks the samples in f32 and in each of `wanted`, in this order.
pub(crate) fn measure_all(
    data: &Prepared,
    (frame, exponents): (&Frame, &Exponents),
    wanted: &[Precision],
    (backend, watch): (&dyn Backend, &dyn Watch),
) -> Result<AllMeasured, AuditError> {
    let Frame {
        layouts, excluded, ..
    } = frame;
    let settings = &data.settings;
    let mut sides = vec![(Side::A, &data.a, (&data.a, &layouts.0))];
    if let Some(b) = &data.b {
        sides.push((Side::B, b, (b, &layouts.1)));
        sides.push((Side::Cross, &data.a, (b, &layouts.1)));
    }
    let mut out = AllMeasured {
        measured: wanted.iter().map(|&p| Measured::new(p)).collect(),
        rows: 0,
        reference: 0.0,
    };
    for (side, rows, others) in sides {
        let sampled = SampledSide::new(side, rows, others, excluded, settings.seed)?;
        let pairs = sampled.sample.rows() as u64 * others.0.rows() as u64;
        watch.phase(
            &format!("error of rounding, side {}", side.name()),
            pairs * (1 + wanted.len() as u64),
        );
        let exact = sampled.walk(exponents, Precision::F32, backend, watch)?;
        let leave = |i: usize, j: usize| {
            sampled
                .excluded
                .binary_search(&(i as u32, j as u32))
                .is_ok()
        };
        let views = (&sampled.sample, others.0);
        let chosen = (IN_F64, Stream::Verification.of(settings.seed));
        let (_, worst) = on_host(backend, || verify(&exact, views, leave, chosen, watch))?;
        let reference = worst.map_or(0.0, |worst| worst.size);
        out.reference = out.reference.max(reference);
        out.rows = out.rows.max(sampled.sample.rows() as u64);
        for measured in &mut out.measured {
            let rounded = sampled.walk(exponents, measured.precision, backend, watch)?;
            measured.compare(settings, &sampled, (&exact, &rounded), reference);
            if side != Side::Cross {
                let above =
                    backend.looked_at_above(measured.precision, &sampled.sample, DUPLICATE)?;
                measured.near = measured.near.max(share_above(&exact.histogram, above));
            }
        }
    }
    for measured in &mut out.measured {
        measured.mean_of_views();
    }
    Ok(out)
}

/// Share of the pairs in bins that reach above `limit`.
fn share_above(histogram: &[u64], limit: f32) -> f64 {
    let from = ((f64::from(limit) + 1.0) / 2.0 * histogram.len() as f64)
        .floor()
        .max(0.0) as usize;
    // The last bin is too wide to tell near pairs from others; it counts where the limit is below it.
    let above: u64 = histogram[from.min(histogram.len() - 1)..].iter().sum();
    above as f64 / histogram.iter().sum::<u64>().max(1) as f64
}

impl<'a> SampledSide<'a> {
    fn new(
        side: Side,
        rows: &UnitRows,
        others: (&'a UnitRows, &'a Layout),
        excluded: &[(u32, u32)],
        seed: u64,
    ) -> Result<Self, AuditError> {
        let n = rows.rows();
        let count = if n < 2 * ROWS { n } else { ROWS.max(n / SHARE) };
        let mut random = Pcg64::seed_from_u64(Stream::Precision.of(seed));
        let mut chosen = sample(&mut random, n, count).into_vec();
        chosen.sort_unstable();
        let mut keep = vec![false; n];
        chosen.iter().for_each(|&row| keep[row] = true);
        let place = |row: u32| Some(chosen.binary_search(&(row as usize)).ok()? as u32);
        let excluded: Vec<(u32, u32)> = if side == Side::Cross {
            let pairs = excluded.iter().filter_map(|&(i, j)| Some((place(i)?, j)));
            pairs.collect()
        } else {
            let own = chosen.iter().enumerate();
            own.map(|(k, &row)| (k as u32, row as u32)).collect()
        };
        Ok(Self {
            side,
            sample: rows.only(&keep)?,
            layout: Layout::with_groups(count, 1, 0),
            others,
            excluded,
            rows: n,
        })
    }

    fn walk(
        &self,
        exponents: &Exponents,
        precision: Precision,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<GramState, AuditError> {
        let (a, grouped) = ((&self.sample, &self.layout), vec![false; exponents.len()]);
        let plan = Plan::rectangular(&self.layout, self.others.1);
        let job = GramJob {
            excluded: &self.excluded,
            histogram: precision == Precision::F32,
            precision,
            ..GramJob::sums(a, Some(self.others), exponents, &grouped, &plan)
        };
        Ok(backend.gram(job, watch)?.state)
    }
}

/// A difference of logarithms over sampled rows: its mean, and what each row adds to it.
struct Shift {
    mean: f64,
    parts: Vec<f64>,
}

impl Shift {
    fn error(
        &self,
        (metric, param, side): (MetricId, f64, Side),
        rows: usize,
        floor: f64,
    ) -> RoundingError {
        let count = self.parts.len();
        let moments: Moments = self.parts.iter().copied().collect();
        // All rows leave nothing to chance.
        let left = 1.0 - count as f64 / rows as f64;
        let se = moments.standard_error().unwrap_or(0.0) * left.max(0.0).sqrt();
        RoundingError {
            metric,
            param,
            side,
            bias: self.mean,
            error: self.mean.abs() + 2.0 * se + floor,
        }
    }
}

impl Measured {
    fn new(precision: Precision) -> Self {
        Self {
            precision,
            errors: Vec::new(),
            expected_share: 0.0,
            near: 0.0,
        }
    }

    fn compare(
        &mut self,
        settings: &Settings,
        sampled: &SampledSide<'_>,
        (exact, rounded): (&GramState, &GramState),
        floor: f64,
    ) {
        let (side, n) = (sampled.side, sampled.rows);
        let sums = |c: f64| {
            let k = exact.position(c)?;
            let pairs = exact.rows.totals(k).into_iter().zip(rounded.rows.totals(k));
            Some(pairs.filter(|(e, _)| *e > 0.0).collect::<Vec<(f64, f64)>>())
        };
        for &t in &settings.ts {
            let Some(sums) = sums(2.0 * t) else { continue };
            let shift = of_mean(&sums);
            let error = shift.error((MetricId::Uniformity, t, side), n, floor);
            let squares = exact.position(4.0 * t).map(|k| exact.rows.totals(k));
            let se = expected_uniformity(&sums, squares.as_deref(), (n, sampled.others.0.rows()));
            self.expected_share = self.expected_share.max(error.error / se);
            self.errors.push(error);
        }
        for &tau in &settings.taus {
            let Some(sums) = sums(1.0 / tau) else {
                continue;
            };
            let (mean, logs) = (of_mean(&sums), of_logs(&sums));
            let error = logs.error((MetricId::ContrastiveUniformTerm, tau, side), n, floor);
            let rows: Moments = sums.iter().map(|(exact, _)| exact.ln()).collect();
            // A row counts as an anchor and as a negative of others: at most twice as anchor alone.
            let se = 2.0 * rows.standard_deviation().unwrap_or(0.0) / (n as f64).sqrt();
            self.expected_share = self.expected_share.max(error.error / se);
            self.errors.push(error);
            let gap = Shift {
                mean: mean.mean - logs.mean,
                parts: mean
                    .parts
                    .iter()
                    .zip(&logs.parts)
                    .map(|(a, b)| a - b)
                    .collect(),
            };
            self.errors
                .push(gap.error((MetricId::JensenGap, tau, side), n, 2.0 * floor));
        }
    }

    /// The mean of two views is off by no more than the mean of what they are off.
    fn mean_of_views(&mut self) {
        let of = |side: Side| self.errors.iter().filter(move |e| e.side == side);
        let means: Vec<RoundingError> = of(Side::A)
            .zip(of(Side::B))
            .map(|(a, b)| RoundingError {
                side: Side::Mean,
                bias: (a.bias + b.bias) / 2.0,
                error: (a.error + b.error) / 2.0,
                ..a.clone()
            })
            .collect();
        self.errors.extend(means);
    }
}

/// log of the mean of all sums. Rows add their difference, less what a common factor explains.
fn of_mean(sums: &[(f64, f64)]) -> Shift {
    let exact: f64 = sums.iter().map(|s| s.0).sum();
    let rounded: f64 = sums.iter().map(|s| s.1).sum();
    let (ratio, mean) = (rounded / exact, exact / sums.len() as f64);
    Shift {
        mean: ratio.ln(),
        parts: sums
            .iter()
            .map(|(exact, rounded)| (rounded - ratio * exact) / mean)
            .collect(),
    }
}

/// Mean of the logs of sums.
fn of_logs(sums: &[(f64, f64)]) -> Shift {
    let parts: Vec<f64> = sums
        .iter()
        .map(|(exact, rounded)| (rounded / exact).ln())
        .collect();
    Shift {
        mean: parts.iter().sum::<f64>() / parts.len() as f64,
        parts,
    }
}

/// Standard error of uniformity that the sampled rows let expect: rows make four times their variance over n, single
/// pairs (where their squares are known) what an independent sample of them would.
fn expected_uniformity(
    sums: &[(f64, f64)],
    squares: Option<&[f64]>,
    (n, others): (usize, usize),
) -> f64 {
    let count = sums.len() as f64;
    let (n, others) = (n as f64, others as f64);
    let mean = sums.iter().map(|s| s.0).sum::<f64>() / count;
    let rows: Moments = sums.iter().map(|s| s.0 / mean).collect();
    let rows = rows.variance().unwrap_or(0.0);
    let pairs = squares.map_or(0.0, |squares| {
        let square = squares.iter().sum::<f64>() / count / others;
        (square / (mean / others).powi(2) - 1.0).max(0.0)
    });
    // Sampled rows vary by their pairs too.
    let rows = (rows - pairs / others).max(0.0);
    (4.0 * rows / n + 2.0 * pairs / (n * others)).sqrt()
}
