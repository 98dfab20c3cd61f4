//! The walk over all pairs in parts, and the audit of the parts.

use sha2::{Digest, Sha256};

use crate::audit::ask::{Effort, PrecisionChoice, SearchBy};
use crate::audit::error::AuditError;
use crate::audit::part::{Fingerprint, Part, PartError};
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::audit::states::States;
use crate::audit::states::step::Step;
use crate::audit::walk::bands::short;
use crate::backend::Backend;
use crate::data::Positives;
use crate::kernel::{Exponents, Precision};
use crate::metric::DEFINITION;
use crate::pass::{Cancelled, Layout, Shard, Watch};
use crate::result::PlannedView;

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
        let fingerprint = self.fingerprint((&frame, shard.of), &[], backend)?;
        self.part_of(shard, (fingerprint, &frame), backend, watch)
    }

    /// [`Prepared::walk_part`] of rows that a plan knows ([`prepare_planned`](crate::audit::prepare_planned)): it reads those
    /// that the tiles of the shard touch, all where it searches or walks on a GPU, and refuses others than the plan's.
    ///
    /// # Errors
    /// Those of [`Prepared::walk_part`], [`PartError::Changed`], [`AuditError::Data`].
    ///
    /// # Panics
    /// Where `shard.index` is not below `shard.of`.
    pub fn walk_planned(
        &self,
        shard: Shard,
        planned: &[PlannedView],
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Part, AuditError> {
        assert!(shard.index < shard.of, "{shard:?}");
        let frame = Frame::new(&self.facts, self.facts.layouts(self.settings.seed));
        let fingerprint = self.fingerprint((&frame, shard.of), planned, backend)?;
        watch.phase("reading the rows of this shard", 0);
        let read = self.with_bands_of(shard, planned, &frame, backend)?;
        if watch.cancelled() {
            return Err(Cancelled.into());
        }
        read.part_of(shard, (fingerprint, &frame), backend, watch)
    }

    fn part_of(
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
        Ok(Part {
            fingerprint,
            shards: vec![shard],
            walked: self.all_pairs(frame, how, (asked.as_ref(), Some(shard)), backend, watch)?,
        })
    }

    /// The states of an audit whose pairs were walked in parts: all of them, joined by [`Part::join`]. What else an audit
    /// needs is walked here.
    ///
    /// # Errors
    /// [`AuditError::Part`] where a shard is missing or the parts are of something else; those of [`Prepared::walk`].
    pub fn complete(
        &self,
        part: Part,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<States, AuditError> {
        self.precision_of_parts()?;
        let frame = Frame::new(&self.facts, self.facts.layouts(self.settings.seed));
        let of = part.shards.first().map_or(1, |shard| shard.of);
        let mine = self.fingerprint((&frame, of), &[], backend)?;
        mine.same_as(&part.fingerprint)?;
        part.whole()?;
        let exponents = Exponents::plan(&self.settings.coefficients());
        let trials = self.trials((&frame, &exponents), backend, watch)?;
        let linear = self.linear(&frame, backend, watch)?;
        let sought = self.seek(&frame, self.draw().as_ref(), backend, watch)?;
        let mut states = self.states((linear, sought), trials, backend);
        states.walked = part.walked;
        states.done.push(Step::AllPairs);
        self.follow(&mut states, &frame, backend, watch)?;
        Ok(states)
    }

    /// Whether a part is what [`Prepared::walk_part`] would give for this shard, of rows as the plan says they are.
    ///
    /// Cost: without a plan one reading of the rows.
    ///
    /// # Errors
    /// [`AuditError::Part`] of audits that are not walked in parts, [`AuditError::Backend`].
    pub fn walked_already(
        &self,
        part: &Part,
        shard: Shard,
        planned: &[PlannedView],
        backend: &dyn Backend,
    ) -> Result<bool, AuditError> {
        if part.shards != [shard] {
            return Ok(false);
        }
        let frame = Frame::new(&self.facts, self.facts.layouts(self.settings.seed));
        let mine = self.fingerprint((&frame, shard.of), planned, backend)?;
        Ok(mine.same_as(&part.fingerprint).is_ok())
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

    /// Rows are read where no plan knows them.
    fn fingerprint(
        &self,
        (frame, shards): (&Frame, usize),
        planned: &[PlannedView],
        backend: &dyn Backend,
    ) -> Result<Fingerprint, AuditError> {
        let (facts, settings) = (&self.facts, &self.settings);
        let precision = self.precision_of_parts()?;
        let positives = match &facts.positives {
            None => "none".to_owned(),
            Some(Positives::Groups(_)) => "labels".to_owned(),
            Some(Positives::Pairs(pairs)) => digest(pairs.list().iter().flat_map(|&(i, j)| [i, j])),
        };
        let mut out: Vec<(&str, String)> = vec![
            ("the version of the definitions", DEFINITION.to_string()),
            ("the number of shards", shards.to_string()),
            ("the seed", settings.seed.to_string()),
            (
                "the list of coefficients",
                format!("{:?}", settings.coefficients()),
            ),
            ("the histogram of cosines", settings.histograms.to_string()),
            (
                "what search asks",
                format!(
                    "{} by {} {:?}",
                    settings.search,
                    settings.search_by.name(),
                    settings.queries
                ),
            ),
            ("the precision", precision.name().to_owned()),
            ("the kernel", backend.kernel_at(precision)?.to_owned()),
        ];
        let digests = match planned {
            [] => self.digests_of_bands(frame, backend),
            planned => planned.iter().map(|view| view.bands.clone()).collect(),
        };
        let named = [
            (
                "the shape of the first view",
                "the digest of the rows of the first view",
            ),
            (
                "the shape of the second view",
                "the digest of the rows of the second view",
            ),
        ];
        for (rows, (shape, _)) in std::iter::once(&self.a).chain(&self.b).zip(named) {
            out.push((shape, format!("{} x {}", rows.rows(), rows.dim())));
        }
        out.push((
            "the number of views",
            (1 + usize::from(self.b.is_some())).to_string(),
        ));
        let order = |layout: &Layout| {
            digest(
                layout
                    .order()
                    .iter()
                    .chain(&layout.group_of_rows())
                    .copied(),
            )
        };
        out.push((
            "the order of the rows",
            order(&frame.layouts.0) + &order(&frame.layouts.1),
        ));
        // Of the rows in their order: named where only they differ.
        for (bands, (_, values)) in digests.iter().zip(named) {
            out.push((values, short(&Sha256::digest(bands.concat()))));
        }
        out.push(("the digest of the positives", positives));
        let items = facts.grouping.as_ref().map_or_else(
            || "none".to_owned(),
            |grouping| {
                digest(
                    [false, true]
                        .iter()
                        .flat_map(|second| grouping.of(*second))
                        .copied(),
                )
            },
        );
        out.push(("the digest of the groups", items));
        let entry = |(what, value): (&str, String)| (what.to_owned(), value);
        Ok(Fingerprint(out.into_iter().map(entry).collect()))
    }
}

fn digest(numbers: impl Iterator<Item = u32>) -> String {
    let mut hash = Sha256::new();
    numbers.for_each(|number| hash.update(number.to_le_bytes()));
    short(&hash.finalize())
}
