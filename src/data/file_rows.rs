//! Rows of numbers as one file holds them.

use std::ops::Range;
use std::sync::Arc;

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use super::DataError;
use super::coded::Coded;
use crate::num::counted;
use crate::num::{Codes, Dtype};

/// Bytes held by somebody else: a mapped file, an inflated archive member, a vector.
pub type Bytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// Rows of numbers as one file holds them, row after row: all of a matrix, or the part of it that this file has.
///
/// - any number of rows, also none;
/// - the bytes from `offset` on hold all of their elements (of packed bits: an eighth of them, as bytes).
#[derive(Clone)]
pub struct FileRows {
    name: String,
    bytes: Bytes,
    offset: usize,
    dtype: Dtype,
    big_endian: bool,
    rows: usize,
    dim: usize,
    /// Stored elements from one row to the next.
    stride: usize,
    /// What bytes stand for, if not for themselves.
    coded: Option<Coded>,
    /// Number of its first row in the matrix.
    pub(super) first: usize,
}

impl FileRows {
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
                    counted(k, "byte")
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
            stride: dim,
            coded: None,
            first: 0,
        })
    }

    /// The numbers that these bytes stand for, decoded as rows are read.
    ///
    /// # Errors
    /// [`DataError::NoCodes`] where the elements are no bytes, [`DataError::CodesBeyond`] where a number would be none
    /// that f32 holds.
    pub fn decoded(self, codes: Codes) -> Result<Self, DataError> {
        let signed = match (self.dtype, &self.coded) {
            (Dtype::I8, None) => true,
            (Dtype::U8, None) => false,
            _ => {
                return Err(DataError::NoCodes {
                    source_name: self.name,
                    dtype: self.dtype.name(),
                });
            }
        };
        let dim = match codes {
            Codes::Scaled { .. } => Some(self.dim),
            Codes::Bits => self.dim.checked_mul(8),
        };
        match (Coded::new(codes, signed), dim) {
            (Some(coded), Some(dim)) => Ok(Self {
                dim,
                coded: Some(coded),
                ..self
            }),
            _ => Err(DataError::CodesBeyond {
                source_name: self.name,
                codes: codes.text(self.dim as u64),
            }),
        }
    }

    /// These columns alone, over the same bytes; `None` where there are no such columns, or of packed bits.
    #[must_use]
    pub fn columns(&self, columns: Range<usize>) -> Option<Self> {
        let inside = columns.start < columns.end && columns.end <= self.dim;
        (inside && self.coded.is_none()).then(|| Self {
            offset: self.offset + columns.start * self.dtype.size(),
            dim: columns.len(),
            ..self.clone()
        })
    }

    /// The same rows under another name.
    #[must_use]
    pub fn named(self, name: String) -> Self {
        Self { name, ..self }
    }

    /// What messages call these rows.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers in a row.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Element type of the bytes.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// What the bytes stand for, where they are not the numbers themselves.
    pub fn codes(&self) -> Option<Codes> {
        self.coded.as_ref().map(Coded::codes)
    }

    /// The bytes of the first `dim` numbers of a row.
    fn row_bytes(&self, row: usize, dim: usize) -> &[u8] {
        let elements = self.codes().map_or(dim, |codes| codes.bytes(dim));
        let size = self.dtype.size();
        let start = self.offset + row * self.stride * size;
        &(*self.bytes).as_ref()[start..start + elements * size]
    }

    /// The first numbers of row `row` as f32 (f64 is rounded).
    pub(super) fn row_f32(&self, row: usize, out: &mut [f32]) {
        let (bytes, big) = (self.row_bytes(row, out.len()), self.big_endian);
        if let Some(coded) = &self.coded {
            return coded.decode(bytes, out);
        }
        match self.dtype {
            Dtype::F32 if !big && cfg!(target_endian = "little") => {
                bytemuck::cast_slice_mut(out).copy_from_slice(bytes);
            }
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

    /// The first numbers of row `row`, exactly.
    pub(crate) fn row_f64(&self, row: usize, out: &mut [f64]) {
        let (bytes, big) = (self.row_bytes(row, out.len()), self.big_endian);
        if let Some(coded) = &self.coded {
            return coded.decode(bytes, out);
        }
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
