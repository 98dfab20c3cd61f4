//! The walk over all pairs in parts, and the audit of the parts.

use sha2::{Digest, Sha256};

use crate::audit::ask::{Effort, PrecisionChoice, SearchBy};
use crate::audit::error::AuditError;
use crate::audit::facts::short;
use crate::audit::part::{Fingerprint, NONE, Part, PartError};
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::States;
use crate::audit::states::step::Step;
use crate::audit::states::walked::Walked;
use crate::backend::Backend;
use crate::data::{Positives, UnitRows};
use crate::kernel::{Exponents, Precision};
use crate::metric::DEFINITION;
use crate::pass::{Layout, Shard, Watch};
use crate::result::{PlannedRepeats, PlannedView, Side};

impl Prepared {
    /// Walks the pairs of one shard.
    ///
    /// Memory: 8 bytes for each row, coefficient and jackknife group (20), of each side.
    ///
    /// # Errors
    /// [`AuditError::Part`] of estimates and of `--precision auto`, [`AuditError::Backend`], [`AuditError::Cancelled`].
    ///
    /// # Panics
    /// Where `shard.index` is not below `shard.of`.
    pub fn walk_part(
        &self,
        shard: Shard,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Part, AuditError> {
        assert!(shard.index < shard.of, "{shard:?}");
        let frame = Frame::new(&self.facts, self.facts.layouts(self.settings.seed));
        let digests = self.digests_of_bands(&frame, backend);
        let fingerprint = self.fingerprint((&frame, shard.of), (&digests, &[]), backend)?;
        self.part_of(shard, (fingerprint, &frame), backend, watch)
    }

    pub(super) fn part_of(
        &self,
        shard: Shard,
        (fingerprint, frame): (Fingerprint, &Frame),
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Part, AuditError> {
        let precision = self.precision_of_parts()?;
        let exponents = Exponents::plan(&self.settings.coefficients());
        let how = (&exponents, precision);
        // Drawn queries, and inner products of all pairs, are walked at once, when the parts are joined.
        let asked = match self.settings.search_by {
            SearchBy::Cosine => self.asked(frame, backend),
            SearchBy::Dot => None,
        };
        let asked = asked.filter(|asked| {
            let draw = self.draw();
            draw.is_none_or(|draw| self.drawn(asked, frame, &draw).is_none())
        });
        let what = (asked.as_ref(), Some(shard));
        let (walked, _) = self.all_pairs(frame, how, what, backend, watch)?;
        Ok(Part {
            fingerprint,
            shards: vec![shard],
            walked,
        })
    }

    /// [`Prepared::walk_part`] of a second round: all pairs within views without the rows that [repeat](Part::repeats) others.
    /// Rows other than those `planned` are refused; of none all are taken.
    ///
    /// # Errors
    /// Those of [`Prepared::walk_part`], and [`PartError::OtherViews`] of rows that are not there.
    ///
    /// # Panics
    /// Where `shard.index` is not below `shard.of`.
    pub fn walk_part_without(
        &self,
        (repeats, planned): (&[PlannedRepeats], &[PlannedView]),
        shard: Shard,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Part, AuditError> {
        assert!(shard.index < shard.of, "{shard:?}");
        let frame = Frame::new(&self.facts, self.facts.layouts(self.settings.seed));
        let digests = self.digests_as_planned(planned, &frame, backend)?;
        let there = |view: &PlannedRepeats| {
            let rows = match view.side {
                Side::A => self.a.rows(),
                Side::B => self.b.as_ref().map_or(0, UnitRows::rows),
                Side::Mean | Side::Cross => 0,
            };
            view.rows.iter().all(|&row| (row as usize) < rows)
        };
        if !repeats.iter().all(there) {
            return Err(PartError::OtherViews.into());
        }
        let how = (self.precision_of_parts()?, Some(shard));
        let walk = |view: &PlannedRepeats| {
            let state = self.without((view.side, &view.rows), how, backend, watch)?;
            let side = view.side;
            Ok(Walked { side, state })
        };
        Ok(Part {
            fingerprint: self.fingerprint((&frame, shard.of), (&digests, repeats), backend)?,
            shards: vec![shard],
            walked: repeats
                .iter()
                .map(walk)
                .collect::<Result<_, AuditError>>()?,
        })
    }

    /// The states of an audit whose pairs were walked in parts: all of them, joined by [`Part::join`]; and those of a second
    /// round, if there was one. What else an audit needs is walked here. Rows other than those `planned` are refused; of
    /// none all are taken.
    ///
    /// # Errors
    /// [`AuditError::Part`] where a shard is missing or the parts are of something else; those of [`Prepared::walk`].
    pub fn complete(
        &self,
        (part, second): (Part, Option<Part>),
        planned: &[PlannedView],
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<States, AuditError> {
        self.precision_of_parts()?;
        let frame = Frame::new(&self.facts, self.facts.layouts(self.settings.seed));
        let digests = self.digests_as_planned(planned, &frame, backend)?;
        let repeats = part.repeats();
        for (part, repeats) in [(Some(&part), &[][..]), (second.as_ref(), &repeats)] {
            let Some(part) = part else { continue };
            let of = part.shards.first().map_or(1, |shard| shard.of);
            let mine = self.fingerprint((&frame, of), (&digests, repeats), backend)?;
            mine.same_as(&part.fingerprint)?;
            part.whole()?;
        }
        let exponents = Exponents::plan(&self.settings.coefficients());
        let trials = self.trials((&frame, &exponents), backend, watch)?;
        let linear = self.linear(&frame, backend, watch)?;
        let sought = self.seek(&frame, self.draw().as_ref(), backend, watch)?;
        let mut states = self.states((linear, sought), trials, backend);
        states.walked = part.walked;
        states.done.push(Step::AllPairs);
        if let Some(Part { walked, .. }) = second {
            let of = |side, _: &[u32]| {
                let walked = walked.iter().find(|walked| walked.side == side);
                Ok(walked.map(|walked| walked.state.clone()))
            };
            states.repeats = self.repeats(&states.walked, of, backend)?;
            states.done.push(Step::WithoutRepeats);
        }
        self.follow(&mut states, &frame, backend, watch)?;
        Ok(states)
    }

    /// Whether a part is what [`Prepared::walk_part`] (or [`Prepared::walk_part_without`]) would give for this shard.
    ///
    /// Cost: one reading of the rows.
    ///
    /// # Errors
    /// [`AuditError::Part`] of audits that are not walked in parts, [`AuditError::Backend`].
    pub fn walked_already(
        &self,
        (part, shard): (&Part, Shard),
        repeats: &[PlannedRepeats],
        backend: &dyn Backend,
    ) -> Result<bool, AuditError> {
        let frame = Frame::new(&self.facts, self.facts.layouts(self.settings.seed));
        let digests = self.digests_of_bands(&frame, backend);
        self.is_part((part, shard), &frame, (&digests, repeats), backend)
    }

    pub(super) fn is_part(
        &self,
        (part, shard): (&Part, Shard),
        frame: &Frame,
        rows: (&[Vec<String>], &[PlannedRepeats]),
        backend: &dyn Backend,
    ) -> Result<bool, AuditError> {
        let mine = self.fingerprint((frame, shard.of), rows, backend)?;
        Ok(part.shards == [shard] && mine.same_as(&part.fingerprint).is_ok())
    }

    fn precision_of_parts(&self) -> Result<Precision, PartError> {
        if self.settings.effort != Effort::Exact {
            return Err(PartError::Whole(
                "an estimate is not walked in parts: leave the budget out, or walk it on one machine",
            ));
        }
        match self.settings.precision {
            PrecisionChoice::Only(precision) => Ok(precision),
            PrecisionChoice::Auto => Err(PartError::Whole(
                "precision auto is decided after a whole walk: name a precision to walk in parts",
            )),
        }
    }

    /// With these digests of the bands of each view, without these rows.
    pub(super) fn fingerprint(
        &self,
        (frame, shards): (&Frame, usize),
        (digests, repeats): (&[Vec<String>], &[PlannedRepeats]),
        backend: &dyn Backend,
    ) -> Result<Fingerprint, AuditError> {
        let (facts, settings) = (&self.facts, &self.settings);
        let precision = self.precision_of_parts()?;
        let positives = match &facts.positives {
            None => NONE.to_owned(),
            Some(Positives::Groups(groups)) => {
                let labels = groups.members().iter().zip(0..);
                digest(labels.flat_map(|(rows, label)| rows.iter().flat_map(move |&i| [i, label])))
            }
            Some(Positives::Pairs(pairs)) => digest(pairs.list().iter().flat_map(|&(i, j)| [i, j])),
        };
        // Who makes no cosines leaves walks that search to the processor.
        let searches = settings.search && settings.search_by == SearchBy::Cosine;
        let kernel = match searches && precision == Precision::F32 && !backend.makes_cosines() {
            true => backend.processor().name(),
            false => backend.kernel_at(precision)?,
        };
        let mut out: Vec<(String, String)> = Vec::new();
        let mut put = |what: &str, value: String| out.push((what.to_owned(), value));
        put("the version of the definitions", DEFINITION.to_string());
        put("the number of shards", shards.to_string());
        put("the seed", settings.seed.to_string());
        let coefficients = format!("{:?}", settings.coefficients());
        put("the list of coefficients", coefficients);
        put("the histogram of cosines", settings.histograms.to_string());
        let (search, by) = (settings.search, settings.search_by.name());
        let asked = format!("{search} by {by} {:?}", settings.queries);
        put("what search asks", asked);
        put("the precision", precision.name().to_owned());
        put("the kernel", kernel.to_owned());
        // Rows and order decide all sums that element types and ids do: these are here so that a refusal names the cause.
        let views = || std::iter::once(&self.a).chain(&self.b);
        let named = ["first", "second"];
        for (rows, view) in views().zip(named) {
            let shape = format!("{} x {}", rows.rows(), rows.dim());
            put(&format!("the shape of the {view} view"), shape);
            let dtype = rows.embeddings().dtype().name().to_owned();
            put(&format!("the element type of the {view} view"), dtype);
        }
        put("the number of views", views().count().to_string());
        let none = || NONE.to_owned();
        let ids = facts.items.as_ref();
        let ids = ids.map_or_else(none, |items| items.digest.clone());
        put("the digest of the ids", ids);
        let order = |layout: &Layout| {
            let groups = layout.group_of_rows();
            digest(layout.order().iter().chain(&groups).copied())
        };
        let (first, second) = &frame.layouts;
        put("the order of the rows", order(first) + &order(second));
        // Of the rows in their order: named where only they differ.
        for (bands, view) in digests.iter().zip(named) {
            let of = format!("the digest of the rows of the {view} view");
            put(&of, short(&Sha256::digest(bands.concat())));
        }
        put("the digest of the positives", positives);
        let items = facts.grouping.as_ref();
        let items = items.map_or_else(none, |items| {
            digest(items.of(false).iter().chain(items.of(true)).copied())
        });
        put("the digest of the groups", items);
        Ok(Fingerprint::new(out, repeats))
    }
}

fn digest(numbers: impl Iterator<Item = u32>) -> String {
    let mut hash = Sha256::new();
    numbers.for_each(|number| hash.update(number.to_le_bytes()));
    short(&hash.finalize())
}
