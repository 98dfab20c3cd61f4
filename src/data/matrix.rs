//! Embeddings as they lie in memory or in a mapped file.

use std::sync::Arc;

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};
use ndarray::ArrayView2;

use super::DataError;
use crate::num::Dtype;

/// Bytes held by somebody else: a mapped file, an inflated archive member, a vector.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Rows of numbers as one file holds them, row after row: all of a matrix, or the part of it that this file has.
///
/// - any number of rows, also none;
/// - the bytes from `offset` on hold all of their elements.
#[derive(Clone)]
pub struct Shard {
    name: String,
    bytes: Bytes,
    offset: usize,
    dtype: Dtype,
    big_endian: bool,
    rows: usize,
    dim: usize,
    /// Number of its first row in the matrix.
    first: usize,
}

impl Shard {
    /// Rows of `dim` elements of `dtype`, starting `offset` bytes into `bytes`; `name` is what messages call them.
    ///
    /// # Errors
    /// [`DataError::ShortBytes`].
    pub fn new(
        name: impl Into<String>,
        bytes: Bytes,
        offset: usize,
        dtype: Dtype,
        big_endian: bool,
        (rows, dim): (usize, usize),
    ) -> Result<Self, DataError> {
        let name = name.into();
        let needed = rows
            .checked_mul(dim)
            .and_then(|k| k.checked_mul(dtype.size()));
        let found = (*bytes).as_ref().len().saturating_sub(offset);
        if needed.is_none_or(|needed| needed > found) {
            return Err(DataError::ShortBytes {
                source_name: name,
                rows,
                dim,
                dtype: dtype.name(),
                needed: needed.map_or("more bytes than can be addressed".into(), |k| {
                    format!("{k} bytes")
                }),
                found,
            });
        }
        Ok(Self {
            name,
            bytes,
            offset,
            dtype,
            big_endian,
            rows,
            dim,
            first: 0,
        })
    }

    /// What messages call these rows.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Width and type of its rows.
    fn kind(&self) -> (usize, Dtype) {
        (self.dim, self.dtype)
    }
}

/// An n x d matrix of numbers over shared bytes, which may lie in several places.
///
/// - n >= 2, d >= 1, n fits a `u32`;
/// - all shards have rows of d elements of one type, and the first of each follows the last of the one before.
///
/// Rows are decoded when they are read: a mapped file is never copied as a whole, nor are several put together.
#[derive(Clone)]
pub struct Embeddings {
    name: String,
    /// At least one. Where there are several, each has rows.
    shards: Arc<[Shard]>,
    dtype: Dtype,
    rows: usize,
    dim: usize,
    /// Elements from one row to the next.
    stride: usize,
}

impl Embeddings {
    /// Rows of `dim` elements of `dtype`, starting `offset` bytes into `bytes`; `name` is what messages call them.
    ///
    /// # Errors
    /// [`DataError::TooSmall`], [`DataError::TooManyRows`], [`DataError::ShortBytes`].
    pub fn new(
        name: impl Into<String>,
        bytes: Bytes,
        offset: usize,
        dtype: Dtype,
        big_endian: bool,
        (rows, dim): (usize, usize),
    ) -> Result<Self, DataError> {
        let name = name.into();
        check_size(&name, rows, dim)?;
        Self::whole(Shard::new(
            name,
            bytes,
            offset,
            dtype,
            big_endian,
            (rows, dim),
        )?)
    }

    /// The matrix that one file holds whole.
    ///
    /// # Errors
    /// [`DataError::TooSmall`], [`DataError::TooManyRows`].
    pub fn whole(shard: Shard) -> Result<Self, DataError> {
        Self::of_shards(shard.name.clone(), vec![shard])
    }

    /// The rows of `shards`, one after the other, where they lie; `name` is what messages call them all. Shards without
    /// rows say nothing and may be of any width.
    ///
    /// # Errors
    /// [`DataError::Shards`] with the first that has other rows than those before it; [`DataError::TooSmall`],
    /// [`DataError::TooManyRows`].
    pub fn of_shards(name: impl Into<String>, shards: Vec<Shard>) -> Result<Self, DataError> {
        let name = name.into();
        let (mut shards, empty): (Vec<Shard>, Vec<Shard>) =
            shards.into_iter().partition(|shard| shard.rows > 0);
        if shards.is_empty() {
            shards.extend(empty.into_iter().next());
        }
        let Some((first, later)) = shards.split_first() else {
            return Err(DataError::TooSmall {
                source_name: name,
                rows: 0,
                dim: 0,
            });
        };
        let (dim, dtype) = first.kind();
        if let Some(other) = later.iter().find(|shard| shard.kind() != first.kind()) {
            let kind = |shard: &Shard| format!("{} {}", shard.dim, shard.dtype.name());
            return Err(DataError::Shards {
                source_name: other.name.clone(),
                first_name: first.name.clone(),
                expected: kind(first),
                found: kind(other),
            });
        }
        let mut rows = 0_usize;
        for shard in &mut shards {
            shard.first = rows;
            rows = rows.saturating_add(shard.rows);
        }
        check_size(&name, rows, dim)?;
        Ok(Self {
            name,
            shards: shards.into(),
            dtype,
            rows,
            dim,
            stride: dim,
        })
    }

    /// The first `dim` columns (at least 1, at most as many as there are), over the same bytes.
    #[must_use]
    pub fn prefix(&self, dim: usize) -> Self {
        Self {
            dim: dim.clamp(1, self.dim),
            ..self.clone()
        }
    }

    /// A copy of an array in memory.
    ///
    /// # Errors
    /// [`DataError::TooSmall`], [`DataError::TooManyRows`].
    pub fn from_array(
        name: impl Into<String>,
        rows: ArrayView2<'_, f32>,
    ) -> Result<Self, DataError> {
        let bytes: Vec<u8> = rows.iter().flat_map(|v| v.to_ne_bytes()).collect();
        let big_endian = cfg!(target_endian = "big");
        Self::new(name, Arc::new(bytes), 0, Dtype::F32, big_endian, rows.dim())
    }

    /// What messages and reports call this matrix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of rows, n.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns, d.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Element type of the bytes.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// The shard that has row `row`.
    fn shard(&self, row: usize) -> &Shard {
        match &*self.shards {
            [whole] => whole,
            shards => &shards[shards.partition_point(|shard| shard.first <= row) - 1],
        }
    }

    /// What messages call the file that has row `row`, and the number of the row in it.
    pub fn place(&self, row: usize) -> (&str, usize) {
        let shard = self.shard(row);
        (&shard.name, row - shard.first)
    }

    /// The bytes of a row, and whether its elements are big-endian.
    fn row_bytes(&self, row: usize) -> (&[u8], bool) {
        let shard = self.shard(row);
        let width = self.dim * self.dtype.size();
        let start = shard.offset + (row - shard.first) * self.stride * self.dtype.size();
        let bytes = &(*shard.bytes).as_ref()[start..start + width];
        (bytes, shard.big_endian)
    }

    /// Row `row` as f32 (f64 is rounded), `out.len() == dim`.
    pub fn row_f32(&self, row: usize, out: &mut [f32]) {
        assert_eq!(out.len(), self.dim);
        let (bytes, big) = self.row_bytes(row);
        match self.dtype {
            Dtype::F32 => decode(bytes, out, big, f32::from_le_bytes),
            Dtype::F64 => decode(bytes, out, big, |b| f64::from_le_bytes(b) as f32),
            Dtype::F16 => match bytemuck::try_cast_slice::<u8, f16>(bytes) {
                Ok(aligned) if !big && cfg!(target_endian = "little") => {
                    aligned.convert_to_f32_slice(out);
                }
                _ => decode(bytes, out, big, |b| f16::from_le_bytes(b).to_f32()),
            },
            Dtype::Bf16 => decode(bytes, out, big, |b| bf16::from_le_bytes(b).to_f32()),
            Dtype::I8 => decode(bytes, out, big, |b| f32::from(i8::from_le_bytes(b))),
            Dtype::U8 => decode(bytes, out, big, |b| f32::from(u8::from_le_bytes(b))),
        }
    }

    /// Row `row` as f64, exactly, `out.len() == dim`.
    pub fn row_f64(&self, row: usize, out: &mut [f64]) {
        assert_eq!(out.len(), self.dim);
        let (bytes, big) = self.row_bytes(row);
        match self.dtype {
            Dtype::F32 => decode(bytes, out, big, |b| f32::from_le_bytes(b).into()),
            Dtype::F64 => decode(bytes, out, big, f64::from_le_bytes),
            Dtype::F16 if !big && cfg!(target_endian = "little") => widen_f16(bytes, out),
            Dtype::F16 => decode(bytes, out, big, |b| f16::from_le_bytes(b).to_f64()),
            Dtype::Bf16 => decode(bytes, out, big, |b| bf16::from_le_bytes(b).to_f64()),
            Dtype::I8 => decode(bytes, out, big, |b| f64::from(i8::from_le_bytes(b))),
            Dtype::U8 => decode(bytes, out, big, |b| f64::from(u8::from_le_bytes(b))),
        }
    }
}

fn check_size(name: &str, rows: usize, dim: usize) -> Result<(), DataError> {
    let source_name = || name.to_owned();
    if rows < 2 || dim < 1 {
        return Err(DataError::TooSmall {
            source_name: source_name(),
            rows,
            dim,
        });
    }
    let limit = u32::MAX as usize;
    if rows > limit {
        return Err(DataError::TooManyRows {
            source_name: source_name(),
            rows,
            limit,
        });
    }
    Ok(())
}

/// By way of f32, which holds every f16 and which processors convert to many at a time.
fn widen_f16(bytes: &[u8], out: &mut [f64]) {
    let (words, _) = bytes.as_chunks::<2>();
    let (mut halves, mut singles) = ([f16::ZERO; 64], [0.0_f32; 64]);
    for (words, out) in words.chunks(64).zip(out.chunks_mut(64)) {
        for (half, word) in halves.iter_mut().zip(words) {
            *half = f16::from_le_bytes(*word);
        }
        halves[..words.len()].convert_to_f32_slice(&mut singles[..words.len()]);
        for (out, v) in out.iter_mut().zip(&singles) {
            *out = f64::from(*v);
        }
    }
}

#[inline(always)]
fn decode<const W: usize, T>(
    bytes: &[u8],
    out: &mut [T],
    big_endian: bool,
    little: impl Fn([u8; W]) -> T,
) {
    let (words, _) = bytes.as_chunks::<W>();
    let pairs = out.iter_mut().zip(words);
    if big_endian {
        pairs.for_each(|(out, &word)| {
            let mut word = word;
            word.reverse();
            *out = little(word);
        });
    } else {
        pairs.for_each(|(out, word)| *out = little(*word));
    }
}
