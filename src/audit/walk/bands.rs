//! Bands: the rows of one jackknife group each. A shard touches some of them, and reads no others where a plan says what they
//! held.

use std::hash::{DefaultHasher, Hasher};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::audit::error::AuditError;
use crate::audit::facts::{operands, short};
use crate::audit::part::PartError;
use crate::audit::prepare::Prepared;
use crate::audit::read::found::Frame;
use crate::backend::{Backend, on_host};
use crate::data::{Norms, UnitRows, ZeroRows};
use crate::kernel::{Exponents, Precision};
use crate::num::Dtype;
use crate::pass::{Layout, NoWatch, Shard};
use crate::result::PlannedView;

/// What is kept of the digest of a row.
type RowDigest = [u8; 16];

/// The walker that reads no rows but those of its tiles.
const CPU: &str = "cpu";

impl Prepared {
    /// What a plan says of the rows, which is nothing where they are chosen from those of the files, or copies; and how many
    /// rows repeat an earlier one of their view value for value, on the sphere, by 64 bits of a hash: where there are any,
    /// all pairs of that view are walked once more without them. Rows that nearly repeat one are not counted.
    ///
    /// Cost: one reading of the rows, 24 bytes for each.
    pub fn planned_views(&self, backend: &dyn Backend) -> (Vec<PlannedView>, u64) {
        let facts = &self.facts;
        let frame = Frame::new(facts, facts.layouts(self.settings.seed));
        let of = |(rows, layout): (&UnitRows, &Layout)| {
            let wide = rows.embeddings().dtype() == Dtype::F64;
            let known =
                |values: &[f64], norm| (digest_of_row(values, wide), direction(values, norm));
            let (digests, mut directions): (Vec<_>, Vec<_>) =
                of_each(rows, known).into_iter().unzip();
            directions.par_sort_unstable();
            let alike = directions.windows(2).filter(|pair| pair[0] == pair[1]);
            let view = PlannedView {
                left_out: left_out(rows),
                bands: bands(layout, &digests),
            };
            (view, alike.count() as u64)
        };
        let views = self.laid_out(&frame).into_iter().map(of);
        let (mut views, repeats): (Vec<_>, Vec<u64>) = on_host(backend, || views.unzip());
        let copied = facts.views().any(|(_, view)| view.copied.is_some());
        if facts.sampled.is_some() || facts.joined.is_some() || copied {
            views.clear();
        }
        (views, repeats.iter().sum())
    }

    /// Digests of the bands of each view, found to be those of the plan, if that says which they are.
    ///
    /// Cost: one reading of the rows.
    ///
    /// # Errors
    /// [`PartError::Changed`], [`PartError::OtherViews`].
    pub(super) fn digests_as_planned(
        &self,
        planned: &[PlannedView],
        frame: &Frame,
        backend: &dyn Backend,
    ) -> Result<Vec<Vec<String>>, PartError> {
        let digests = self.digests_of_bands(frame, backend);
        if planned.is_empty() {
            return Ok(digests);
        }
        if digests.len() != planned.len() {
            return Err(PartError::OtherViews);
        }
        for (((rows, _), bands), view) in self.laid_out(frame).iter().zip(&digests).zip(planned) {
            if left_out(rows) != view.left_out || bands.len() != view.bands.len() {
                return Err(PartError::OtherViews);
            }
            let same = |group: &usize| bands[*group] == view.bands[*group];
            held(rows, 0..bands.len(), same)?;
        }
        Ok(digests)
    }

    /// Each view and its layout.
    fn laid_out<'a>(&'a self, frame: &'a Frame) -> Vec<(&'a UnitRows, &'a Layout)> {
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
            let wide = rows.embeddings().dtype() == Dtype::F64;
            bands(
                layout,
                &of_each(rows, |values, _| digest_of_row(values, wide)),
            )
        };
        on_host(backend, || {
            self.laid_out(frame).into_iter().map(of).collect()
        })
    }

    /// The same data with the rows read that the walk of `shard` touches, and found to be those of the plan.
    ///
    /// Cost: one reading of these rows.
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
        for ((view, touched), planned) in self.laid_out(frame).into_iter().zip(touched).zip(planned)
        {
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
        let of_file = |row: &u32| rows.file_row(*row as usize) as u32;
        let band = |group: usize| rows_of_band(layout, group).iter().map(of_file);
        let wanted: Vec<u32> = groups.iter().flat_map(|&group| band(group)).collect();
        let embeddings = rows.embeddings();
        let wide = embeddings.dtype() == Dtype::F64;
        let (digests, norms) = on_host(backend, || {
            Norms::and(embeddings, Some(&wanted), |values, _| {
                digest_of_row(values, wide)
            })
        });
        // Before the norms are looked at: what changed may be no number.
        let same = |group: &usize| {
            let found = digest_of_band(band(*group).map(|row| &digests[row as usize]));
            planned.bands.get(*group) == Some(&found)
        };
        held(rows, groups.iter().copied(), same)?;
        let norms = norms?;
        norms.check(embeddings, self.settings.normalize, ZeroRows::Reject)?;
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
            .laid_out(frame)
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

/// Refuses a view where a group's rows are not the `same` as in the plan.
fn held(
    rows: &UnitRows,
    mut groups: impl Iterator<Item = usize>,
    same: impl Fn(&usize) -> bool,
) -> Result<(), PartError> {
    match groups.find(|group| !same(group)) {
        None => Ok(()),
        Some(group) => Err(PartError::Changed {
            source_name: rows.embeddings().name().to_owned(),
            group: group + 1,
        }),
    }
}

/// What `each` makes of the values of every row, as they lie in the file, and of its norm.
///
/// Cost: one reading of the rows.
fn of_each<T: Send>(rows: &UnitRows, each: impl Fn(&[f64], f64) -> T + Sync) -> Vec<T> {
    let all = (0..rows.rows()).into_par_iter().with_min_len(64);
    let read = all.map_init(
        || vec![0.0; rows.dim()],
        |values, row| {
            rows.embeddings().row_f64(rows.file_row(row), values);
            each(values, rows.norms()[row])
        },
    );
    read.collect()
}

/// The first 16 bytes of the SHA-256 of a row's values as f32, or where they are `wide` as f64.
fn digest_of_row(values: &[f64], wide: bool) -> RowDigest {
    let bytes = match wide {
        true => bytes_of(values, f64::to_le_bytes),
        false => bytes_of(values, |v| (v as f32).to_le_bytes()),
    };
    let whole = Sha256::digest(&bytes);
    std::array::from_fn(|at| whole[at])
}

/// A hash of where a row lies on the sphere, to f32.
fn direction(values: &[f64], norm: f64) -> u64 {
    let mut hash = DefaultHasher::new();
    hash.write(&bytes_of(values, |v| ((v / norm) as f32).to_le_bytes()));
    hash.finish()
}

/// In a form that is copied many at a time: value by value would take longer than the hash.
fn bytes_of<const N: usize>(values: &[f64], bytes: impl Fn(f64) -> [u8; N]) -> Vec<u8> {
    let each: Vec<[u8; N]> = values.iter().map(|v| bytes(*v)).collect();
    each.into_flattened()
}

/// The digest of each band, of those of the rows.
fn bands(layout: &Layout, digests: &[RowDigest]) -> Vec<String> {
    let groups = 0..layout.group_sizes().len();
    let rows = |group| rows_of_band(layout, group).iter();
    let digest = |group| digest_of_band(rows(group).map(|&row| &digests[row as usize]));
    groups.map(digest).collect()
}

/// Of the digests of its rows, in the order of the walk.
fn digest_of_band<'d>(rows: impl Iterator<Item = &'d RowDigest>) -> String {
    let mut hash = Sha256::new();
    rows.for_each(|digest| hash.update(digest));
    short(&hash.finalize())
}
