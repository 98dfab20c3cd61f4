//! How far the rows of one set lie from those of another: the maximum mean discrepancy over all pairs, its permutation
//! test, and a classifier that tries to tell the sets apart.
//!
//! Two draws from one law have discrepancy 0, give or take, and a p-value that is uniform. Not here: files, and two models
//! of the same rows (`compare`), which pair their rows.

mod classifier;
mod deals;
mod discrepancy;
mod error;
mod frechet;
mod kernel_sums;
mod notes;
mod set;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::audit::{Prepared, States};
use crate::backend::{Backend, on_host};
use crate::data::{Embeddings, Labels, Norms, UnitRows};
use crate::estimate::permutation_p;
use crate::metric::MetricId;
use crate::pass::{Cancelled, Watch};
use crate::result::{Audit, ClassifierCard, DriftCard, Measure, Note, Side, Stated, params};
use deals::Deals;
use discrepancy::Discrepancy;
use frechet::frechet;
use kernel_sums::kernel_sums;
use set::Set;

pub use error::DriftError;

/// Deals of the rows where nobody asks for more: p-values down to 0.005.
pub const PERMUTATIONS: usize = 199;
/// Most of them.
pub const MOST_PERMUTATIONS: usize = 9_999;
/// Rows of a set that are dealt at most, and that a classifier sees: kernels of 8,192 rows take a second or two.
const DEALT: usize = 4096;
/// What a draw's seed is moved by.
const DRAWN: u64 = 0xd21f;
/// The same for the rows of each set that are dealt.
const OF_OLD: u64 = 0xd220;
const OF_NEW: u64 = 0xd221;

/// What new rows are held against.
pub struct Reference {
    /// Its rows, as many columns as the new ones have.
    pub embeddings: Embeddings,
    /// Groups of rows that go together, one for each row; given where the new rows have groups, and only there.
    pub groups: Option<Labels>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// `drift_mmd{t}` for each t of the audit, `drift_p`, and `drift_auc` and `drift_frechet` where
    /// there are rows enough.
    pub measures: Vec<Measure>,
    /// How they were made.
    pub card: DriftCard,
    /// What a reader must know.
    pub notes: Vec<Note>,
}

impl Drift {
    /// Puts it into the audit of the new rows.
    pub fn enter(self, audit: &mut Audit) {
        audit.measures.extend(self.measures);
        audit.notes.extend(self.notes);
        Note::gravest_first(&mut audit.notes);
        audit.drift = Some(self.card);
    }
}

/// New rows beside a reference, every check made and no pair walked.
pub struct DriftTest<'a> {
    new: &'a Prepared,
    sets: [Set; 2],
    /// Name of the reference.
    source: String,
    /// Zero rows of the reference that were left out.
    dropped: u64,
    permutations: usize,
    reading: Duration,
}

/// Holds the rows of the first view of `new` against a reference, with the settings of its audit (t, level, seed, what to
/// do about norms); `permutations` deals of the rows, at most [`MOST_PERMUTATIONS`]. [`DriftTest::new`] and
/// [`DriftTest::run`] in one, without an audit's walk.
///
/// # Errors
/// Those of both.
pub fn drift(
    reference: Reference,
    new: &Prepared,
    permutations: usize,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Drift, DriftError> {
    DriftTest::new(reference, new, permutations, backend, watch)?.run(None, backend, watch)
}

impl<'a> DriftTest<'a> {
    /// Reads the reference once and makes every check.
    ///
    /// # Errors
    /// [`DriftError`]: rows of another width, groups of one set alone, or too few of them; what data and backends refuse.
    pub fn new(
        reference: Reference,
        new: &'a Prepared,
        permutations: usize,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Self, DriftError> {
        let started = Instant::now();
        if !(1..=MOST_PERMUTATIONS).contains(&permutations) {
            return Err(DriftError::Permutations {
                permutations,
                most: MOST_PERMUTATIONS,
            });
        }
        let (old, dropped) = rows_of(&reference.embeddings, new, backend, watch)?;
        let sets = Set::both(
            (old, reference.groups.as_ref()),
            (new.first().clone(), new.named_groups()),
        )?;
        Ok(Self {
            new,
            sets,
            source: reference.embeddings.name().to_owned(),
            dropped,
            permutations,
            reading: started.elapsed(),
        })
    }

    /// Walks, deals and trains. `walked` are the states of the audit of the new rows: pairs within them that it has walked
    /// are not walked again.
    ///
    /// Same rows, groups, settings and number of deals: same bits, on any number of threads.
    ///
    /// Cost: all pairs within each set and between them, once; for up to 4,096 rows of each set (8,192 in all: N) N^2 (d + B)
    /// multiply-adds in f64 for the deals, and the training of a classifier on half of them. Memory: 16 N d bytes, and 8 B
    /// for each 256 x 256 pairs of these and each t.
    ///
    /// # Errors
    /// [`DriftError`]: what backends refuse, and when the watcher asked to stop.
    pub fn run(
        self,
        walked: Option<&States>,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Drift, DriftError> {
        let started = Instant::now();
        let (new, settings) = (self.new, self.new.settings());
        let [old, new_set] = &self.sets;
        let walked = walked.and_then(States::within_first);
        let (level, seed) = (settings.confidence, settings.seed);
        let found = Discrepancy::walk(
            ([old, new_set], walked),
            (&settings.ts, seed),
            backend,
            watch,
        )?;
        let mut measures: Vec<Measure> = Vec::new();
        let mut put = |stated: Stated, (metric, params), rows, ends| {
            measures.push(stated.measure(metric, params, (Side::A, rows), ends));
        };
        let plain = |metric| (metric, BTreeMap::new());
        for (place, &t) in settings.ts.iter().enumerate() {
            let (value, se) = found.of(place);
            let units = old.units().min(new_set.units()) as u64;
            let stated = Stated::squared_distance(value, se, units, level);
            let (metric, ends) = (MetricId::DriftMmd, (Some(0.0), Some(0.0)));
            put(stated, (metric, params("t", t)), found.pairs(), ends);
        }

        let drawn = [
            old.draw(DEALT, seed.wrapping_add(OF_OLD)),
            new_set.draw(DEALT, seed.wrapping_add(OF_NEW)),
        ];
        let [x, y] = &drawn;
        let deals = Deals::new([x, y], self.permutations, seed.wrapping_add(DRAWN));
        let sums = on_host(backend, || kernel_sums([x, y], &deals, &settings.ts, watch))?;
        let p = permutation_p(&sums.discrepancies(&deals));
        let dealt = [x.rows.rows() as u64, y.rows.rows() as u64];
        let (rows, ends) = (dealt[0] + dealt[1], (None, Some(1.0)));
        put(Stated::plain(p), plain(MetricId::DriftP), rows, ends);

        let classified = classifier::classify([x, y], seed, backend, watch)?;
        let classifier = classified.map(|found| {
            let rows = found.test.0 + found.test.1;
            let draws = (found.units as f64, found.freedom);
            let stated = Stated::share(found.auc, found.se, draws, level);
            let ends = (Some(0.5), Some(0.5));
            put(stated, plain(MetricId::DriftAuc), rows, ends);
            ClassifierCard {
                train: found.train.into(),
                test: found.test.into(),
                c: found.c,
            }
        });
        if let Some(distance) = frechet([old, new_set], backend, watch)? {
            let rows = (old.rows.rows() + new_set.rows.rows()) as u64;
            let (stated, ends) = (Stated::plain(distance), (None, None));
            put(stated, plain(MetricId::DriftFrechet), rows, ends);
        }
        let card = DriftCard {
            source: self.source,
            rows: old.rows.rows() as u64,
            dropped_zero_rows: self.dropped,
            groups: old
                .grouped
                .then(|| [old, new_set].map(|set| set.units() as u64)),
            permutations: self.permutations as u64,
            permuted: dealt,
            shared_pairs: sums.shared,
            classifier,
            seed,
            seconds: (self.reading + started.elapsed()).as_secs_f64(),
        };
        let notes = notes::notes(&card, [old, new_set], new);
        Ok(Drift {
            measures,
            card,
            notes,
        })
    }
}

/// The rows of the reference on the sphere, under the rules that those of the audit are under, and how many were left out.
fn rows_of(
    reference: &Embeddings,
    new: &Prepared,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<(UnitRows, u64), DriftError> {
    let (settings, first) = (new.settings(), new.first());
    if reference.dim() != first.dim() {
        return Err(DriftError::Width {
            reference_name: reference.name().to_owned(),
            reference_rows: reference.rows(),
            reference_dim: reference.dim(),
            new_name: first.embeddings().name().to_owned(),
            new_rows: first.rows(),
            new_dim: first.dim(),
        });
    }
    watch.phase(&format!("reading {}", reference.name()), 0);
    let norms = on_host(backend, || Norms::of(reference))?;
    if watch.cancelled() {
        return Err(Cancelled.into());
    }
    norms.check(reference, settings.normalize, settings.zero_rows)?;
    let rows = UnitRows::new(reference.clone(), &norms, |_| true)?;
    let dropped = (reference.rows() - rows.rows()) as u64;
    Ok((rows, dropped))
}
