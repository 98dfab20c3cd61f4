//! Data whose rows a plan knows: a shard reads its own, and nobody any others.

use crate::audit::ask::Settings;
use crate::audit::error::AuditError;
use crate::audit::inputs::Inputs;
use crate::audit::part::{Part, PartError};
use crate::audit::prepare::{Prepared, prepared};
use crate::audit::read::found::Frame;
use crate::backend::Backend;
use crate::data::{DataError, Embeddings, Names, Norms};
use crate::pass::{Cancelled, Shard, Watch};
use crate::result::PlannedView;

/// Data of which shards of the walk over all pairs can be walked, and nothing else: no row is read before.
pub struct Planned {
    /// Norms of rows are unknown, so that nothing but a part is made of them.
    data: Prepared,
    views: Vec<PlannedView>,
}

impl Planned {
    /// The checks of [`prepare`](crate::audit::prepare), but those of the rows, of which the plan says that they passed.
    ///
    /// # Errors
    /// Those of `prepare`, and [`PartError::OtherViews`] where the plan is of other views.
    pub fn new(
        inputs: Inputs,
        settings: &Settings,
        views: &[PlannedView],
        backend: &dyn Backend,
    ) -> Result<Self, AuditError> {
        let shapes = std::iter::once(&inputs.a).chain(&inputs.b);
        let within = shapes.clone().zip(views).all(|(rows, view)| {
            let last = view.left_out.iter().max();
            last.is_none_or(|&row| (row as usize) < rows.rows())
        });
        if shapes.count() != views.len() || !within {
            return Err(PartError::OtherViews.into());
        }
        let norms = |rows: &Embeddings, second: bool, _: Option<&[u32]>| {
            let left_out = &views[usize::from(second)].left_out;
            Ok(Norms::unread(rows.rows(), left_out))
        };
        Ok(Self {
            data: prepared(inputs, settings, backend, norms)?,
            views: views.to_vec(),
        })
    }

    /// [`Prepared::identified`].
    ///
    /// # Errors
    /// Those of that.
    pub fn identified(self, ids: &Names) -> Result<Self, DataError> {
        let data = self.data.identified(ids)?;
        Ok(Self { data, ..self })
    }

    /// [`Prepared::walk_part`], reading the rows that the tiles of the shard touch, all where it searches or walks on a GPU;
    /// others than the plan's are refused.
    ///
    /// # Errors
    /// Those of [`Prepared::walk_part`], [`PartError::Changed`], [`AuditError::Data`].
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
        let data = &self.data;
        let frame = Frame::new(&data.facts, data.facts.layouts(data.settings.seed));
        let fingerprint = data.fingerprint((&frame, shard.of), (&self.digests(), &[]), backend)?;
        watch.phase("reading the rows of this shard", 0);
        let read = data.with_bands_of(shard, &self.views, &frame, backend)?;
        if watch.cancelled() {
            return Err(Cancelled.into());
        }
        read.part_of(shard, (fingerprint, &frame), backend, watch)
    }

    /// Whether a part is what [`Planned::walk_part`] would give for this shard, of rows as the plan says they are.
    ///
    /// # Errors
    /// Those of [`Prepared::walked_already`].
    pub fn walked_already(
        &self,
        (part, shard): (&Part, Shard),
        backend: &dyn Backend,
    ) -> Result<bool, AuditError> {
        let data = &self.data;
        let frame = Frame::new(&data.facts, data.facts.layouts(data.settings.seed));
        data.is_part((part, shard), &frame, (&self.digests(), &[]), backend)
    }

    fn digests(&self) -> Vec<Vec<String>> {
        self.views.iter().map(|view| view.bands.clone()).collect()
    }
}
