//! Bands: the rows of one jackknife group each. A shard touches some of them, and reads no others where a plan says what they
//! held.

use std::hash::{DefaultHasher, Hasher};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::audit::error::AuditError;
use crate::audit::facts::operands;
use crate::audit::part::PartError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::backend::{Backend, on_host};
use crate::data::{Norms, UnitRows, ZeroRows};
use crate::kernel::{Exponents, Precision};
use crate::num::Dtype;
use crate::pass::{Layout, NoWatch, Shard};
use crate::result::PlannedView;

/// The walker that reads no rows but those of its tiles.
const CPU: &str = "cpu";

impl Prepared {
    /// What a plan says of the rows; nothing where they are chosen from those of the files, or copies.
    ///
    /// Cost: one reading of the rows.
    pub fn planned_views(&self, backend: &dyn Backend) -> Vec<PlannedView> {
        let facts = &self.facts;
        let copied = facts.views().any(|(_, view)| view.copied.is_some());
        if facts.sampled.is_some() || facts.joined.is_some() || copied {
            return Vec::new();
        }
        let frame = Frame::new(facts, facts.layouts(self.settings.seed));
        let digests = self.digests_of_bands(&frame, backend);
        let views = self.views(&frame).into_iter().zip(digests);
        let planned = views.map(|((rows, _), bands)| PlannedView {
            left_out: left_out(rows),
            bands,
        });
        planned.collect()
    }

    /// Rows that repeat an earlier one of their view value for value, on the sphere, by 64 bits of a hash: where there are any,
    /// all pairs of that view are walked once more without them. Rows that nearly repeat one are not among them.
    ///
    /// Cost: one reading of the rows, 8 bytes for each.
    pub fn exact_repeats(&self, backend: &dyn Backend) -> u64 {
        let of = |rows: &UnitRows| {
            let hash = |values: &mut Vec<f32>, row| {
                rows.row_f32(row, values);
                let mut hash = DefaultHasher::new();
                values.iter().for_each(|v| hash.write_u32(v.to_bits()));
                hash.finish()
            };
            let room = || vec![0.0; rows.dim()];
            let all = (0..rows.rows()).into_par_iter();
            let mut hashes: Vec<u64> = all.map_init(room, hash).collect();
            hashes.par_sort_unstable();
            let alike = hashes.windows(2).filter(|pair| pair[0] == pair[1]);
            alike.count() as u64
        };
        let views = std::iter::once(&self.a).chain(&self.b);
        on_host(backend, || views.map(of).sum())
    }

    /// Each view and its layout.
    fn views<'a>(&'a self, frame: &'a Frame) -> Vec<(&'a UnitRows, &'a Layout)> {
        let (of_a, of_b) = &frame.layouts;
        let second = self.b.as_ref().map(|b| (b, of_b));
        std::iter::once((&self.a, of_a)).chain(second).collect()
    }

    /// Of each view the digest of each band.
    pub(super) fn digests_of_bands(
        &self,
        frame: &Frame,
        backend: &dyn Backend,
    ) -> Vec<Vec<String>> {
        let of = |(rows, layout): (&UnitRows, &Layout)| {
            let groups = (0..layout.group_sizes().len()).into_par_iter();
            let digests = groups.map(|group| digest_of_band(rows, layout, group));
            digests.collect()
        };
        on_host(backend, || self.views(frame).into_iter().map(of).collect())
    }

    /// The same data with the rows read that the walk of `shard` touches, and found to be those of the plan.
    ///
    /// Cost: two readings of these rows: their values, and their norms.
    ///
    /// # Errors
    /// [`PartError::Changed`], [`PartError::OtherViews`], [`AuditError::Data`].
    pub(super) fn with_bands_of(
        &self,
        shard: Shard,
        planned: &[PlannedView],
        frame: &Frame,
        backend: &dyn Backend,
    ) -> Result<Self, AuditError> {
        let touched = self.touched_by(shard, frame, backend)?;
        let mut read = Vec::with_capacity(2);
        for ((view, touched), planned) in self.views(frame).into_iter().zip(touched).zip(planned) {
            read.push(self.read_bands(view, &touched, planned, backend)?);
        }
        let mut read = read.into_iter();
        let a = read.next().ok_or(PartError::OtherViews)?;
        let b = read.next();
        if b.is_some() != self.b.is_some() {
            return Err(PartError::OtherViews.into());
        }
        Ok(Self {
            a,
            b,
            ..self.clone()
        })
    }

    /// A view with the rows of some groups read.
    fn read_bands(
        &self,
        (rows, layout): (&UnitRows, &Layout),
        touched: &[bool],
        planned: &PlannedView,
        backend: &dyn Backend,
    ) -> Result<UnitRows, AuditError> {
        let groups: Vec<usize> = (0..touched.len()).filter(|&group| touched[group]).collect();
        let held =
            |group: usize| planned.bands.get(group) == Some(&digest_of_band(rows, layout, group));
        let all = groups.par_iter();
        let changed = on_host(backend, || all.find_first(|&&group| !held(group)));
        if let Some(group) = changed {
            let source_name = rows.embeddings().name().to_owned();
            let group = group + 1;
            return Err(PartError::Changed { source_name, group }.into());
        }
        let of_file = |row: &u32| rows.file_row(*row as usize) as u32;
        let wanted: Vec<u32> = groups
            .iter()
            .flat_map(|&group| rows_of_band(layout, group).iter().map(of_file))
            .collect();
        let norms = on_host(backend, || Norms::of_rows(rows.embeddings(), &wanted))?;
        norms.check(rows.embeddings(), self.settings.normalize, ZeroRows::Reject)?;
        Ok(rows.with_norms(&norms))
    }

    /// Of each view which groups a shard reads: those of its tiles; where searches read the rows of all positives, or a GPU
    /// takes all rows, all of them.
    fn touched_by(
        &self,
        shard: Shard,
        frame: &Frame,
        backend: &dyn Backend,
    ) -> Result<Vec<Vec<bool>>, AuditError> {
        let whole = self.settings.search || backend.name() != CPU;
        let layouts: Vec<&Layout> = self
            .views(frame)
            .iter()
            .map(|(_, layout)| *layout)
            .collect();
        let blank = layouts
            .iter()
            .map(|layout| vec![whole; layout.group_sizes().len()]);
        let mut touched: Vec<Vec<bool>> = blank.collect();
        let none = Exponents::plan(&[]);
        let how = (&none, Precision::F32);
        self.sides(frame, how, (None, Some(shard)), &NoWatch, |side, job| {
            let (rows, columns) = operands(side);
            for &(i, j) in job.plan.tasks() {
                for (view, block) in [(rows, i), (columns, j)] {
                    let view = usize::from(view);
                    touched[view][layouts[view].blocks()[block as usize].group] = true;
                }
            }
            Ok(())
        })?;
        Ok(touched)
    }
}

/// Rows of the file that are not there, ascending.
fn left_out(rows: &UnitRows) -> Vec<u32> {
    let kept = rows.renumbering().into_iter().zip(0..);
    kept.filter_map(|(kept, row)| kept.is_none().then_some(row))
        .collect()
}

/// In the order of the walk.
fn rows_of_band(layout: &Layout, group: usize) -> &[u32] {
    let before: usize = layout.group_sizes()[..group].iter().sum();
    &layout.order()[before..before + layout.group_sizes()[group]]
}

/// Cost: one reading of its rows.
fn digest_of_band(rows: &UnitRows, layout: &Layout, group: usize) -> String {
    let (embeddings, mut hash) = (rows.embeddings(), Sha256::new());
    let in_f64 = embeddings.dtype() == Dtype::F64;
    let (mut narrow, mut wide) = (vec![0.0_f32; rows.dim()], vec![0.0_f64; rows.dim()]);
    let mut bytes = Vec::new();
    for &row in rows_of_band(layout, group) {
        let row = rows.file_row(row as usize);
        bytes.clear();
        if in_f64 {
            embeddings.row_f64(row, &mut wide);
            wide.iter().for_each(|v| bytes.extend(v.to_le_bytes()));
        } else {
            embeddings.row_f32(row, &mut narrow);
            narrow.iter().for_each(|v| bytes.extend(v.to_le_bytes()));
        }
        hash.update(&bytes);
    }
    short(&hash.finalize())
}

/// The first 16 bytes, in hexadecimal.
pub(super) fn short(sum: &[u8]) -> String {
    sum[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
