//! Copies of unit rows in the smaller forms that indexes store.

use std::sync::Arc;

use half::{bf16, f16};
use rayon::prelude::*;

use super::{DataError, Embeddings, FileRows, Norms, UnitRows};
use crate::num::{Codes, Dtype, Storage};

/// Codes of a byte, less one: how many steps a range has.
const STEPS: f64 = 255.0;

impl UnitRows {
    /// The first `dim` columns (at most as many as there are), normalised again, over the same bytes.
    ///
    /// # Errors
    /// [`DataError::ZeroPrefix`] where one of the rows has no direction in them.
    pub fn prefix(&self, dim: usize) -> Result<Self, DataError> {
        if dim == self.dim() {
            return Ok(self.clone());
        }
        let zero = |source_name, row, count| DataError::ZeroPrefix {
            source_name,
            dim,
            row,
            count,
        };
        self.behind(self.embeddings().prefix(dim), zero)
    }

    /// The rows of `embeddings` that these are of theirs, in the same order; `zero` says what is wrong with a row that has
    /// no direction: its file, its place there, and how many there are.
    fn behind(
        &self,
        embeddings: Embeddings,
        zero: impl Fn(String, usize, usize) -> DataError,
    ) -> Result<Self, DataError> {
        let rows = (0..self.rows()).map(|row| self.file_row(row) as u32);
        let kept: Vec<u32> = rows.collect();
        let norms = Norms::of_rows(&embeddings, &kept)?;
        let none = |row: &&u32| norms.values()[**row as usize] == 0.0;
        if let Some(&row) = kept.iter().find(none) {
            let (name, place) = self.embeddings().place(row as usize);
            let count = kept.iter().filter(none).count();
            return Err(zero(name.to_owned(), place, count));
        }
        // In the order of the rows here, which may not be that of the file.
        Self::of_rows(embeddings, &norms, kept)
    }

    /// A copy of these rows, in their order, stored as `how` and read back; rows keep their numbers in the file.
    ///
    /// Memory: the bytes of the copy, of every row of the file; 4 for each number where codes are read back by column.
    /// Cost: one reading of the rows, two where a range is needed. On the current rayon pool; the same bytes on any number of
    /// threads.
    ///
    /// # Errors
    /// [`DataError::FewColumns`] for a prefix that is not shorter than the rows, [`DataError::ZeroPrefix`], and
    /// [`DataError::ZeroCopy`] where a row has no direction left.
    pub fn stored(&self, how: Storage) -> Result<Self, DataError> {
        let dim = self.dim();
        let file = match how {
            Storage::Dims(first) if first < dim => return self.prefix(first),
            Storage::Dims(_) => {
                return Err(DataError::FewColumns {
                    source_name: self.embeddings().name().to_owned(),
                    form: how.to_string(),
                    dim,
                });
            }
            Storage::F16 => self.written(how, (Dtype::F16, dim), |x, out| {
                let words = out.as_chunks_mut::<2>().0.iter_mut();
                words
                    .zip(x)
                    .for_each(|(word, x)| *word = f16::from_f64(*x).to_le_bytes());
            })?,
            Storage::Bf16 => self.written(how, (Dtype::Bf16, dim), |x, out| {
                let words = out.as_chunks_mut::<2>().0.iter_mut();
                words
                    .zip(x)
                    .for_each(|(word, x)| *word = bf16::from_f64(*x).to_le_bytes());
            })?,
            Storage::I8Row => self.written(how, (Dtype::I8, dim), |x, out| {
                let most = x.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
                let codes = x.iter().map(|x| (127.0 * x / most).round_ties_even() as i8);
                out.iter_mut()
                    .zip(codes)
                    .for_each(|(out, code)| *out = code.cast_unsigned());
            })?,
            Storage::I8St => {
                let ranges = self.ranges();
                self.written(how, (Dtype::I8, dim), |x, out| {
                    for ((out, x), range) in out.iter_mut().zip(x).zip(&ranges) {
                        // Less 128, as bits of a signed byte.
                        *out = range.floor(*x) ^ 0x80;
                    }
                })?
            }
            Storage::I8StDequantised => {
                let ranges = self.ranges();
                self.written(how, (Dtype::F32, dim), |x, out| {
                    let words = out.as_chunks_mut::<4>().0.iter_mut();
                    for ((word, x), range) in words.zip(x).zip(&ranges) {
                        let back = range.low + range.step * f64::from(range.floor(*x));
                        *word = (back as f32).to_le_bytes();
                    }
                })?
            }
            Storage::U8Offset => {
                let all = self.ranges().into_iter().reduce(Range::with);
                let Range { low, step, .. } = all.unwrap_or(Range::new(0.0, 0.0));
                let codes = self.written(how, (Dtype::U8, dim), |x, out| {
                    let codes = x.iter().map(|x| ((x - low) / step).round_ties_even() as u8);
                    out.iter_mut()
                        .zip(codes)
                        .for_each(|(out, code)| *out = code);
                })?;
                codes.decoded(Codes::Scaled {
                    scale: step,
                    offset: low,
                })?
            }
            Storage::Binary => {
                let bytes = Codes::Bits.bytes(dim);
                let bits = self.written(how, (Dtype::U8, bytes), |x, out| {
                    for (out, x) in out.iter_mut().zip(x.chunks(8)) {
                        let set = x.iter().enumerate().filter(|(_, x)| **x > 0.0);
                        *out = set.map(|(bit, _)| 0x80_u8 >> bit).sum();
                    }
                })?;
                bits.decoded(Codes::Bits)?
            }
        };
        // The last byte of packed bits may hold more numbers than there are.
        let copy = Embeddings::whole(file)?.prefix(dim);
        self.behind(copy, |source_name, row, count| DataError::ZeroCopy {
            source_name,
            form: how.to_string(),
            row,
            count,
        })
    }

    /// The bytes that `write` makes of each row, as rows of so many elements; zeros in place of rows of the file that are not
    /// among these.
    fn written(
        &self,
        how: Storage,
        (dtype, elements): (Dtype, usize),
        write: impl Fn(&[f64], &mut [u8]) + Sync,
    ) -> Result<FileRows, DataError> {
        let size = elements * dtype.size();
        let rows = self.embeddings().rows();
        let (mut bytes, numbers) = (vec![0; rows * size], self.renumbering());
        let room = || vec![0.0; self.dim()];
        let lines = bytes.par_chunks_mut(size).zip(&numbers).with_min_len(64);
        lines.for_each_init(room, |x, (line, number)| {
            if let Some(row) = number {
                self.row_f64(*row as usize, x);
                write(x, line);
            }
        });
        let name = format!("{} as {how}", self.embeddings().name());
        let shape = (rows, elements);
        FileRows::new(name, Arc::new(bytes), 0, dtype, false, shape)
    }

    /// The range of each column.
    fn ranges(&self) -> Vec<Range> {
        let none = || vec![(f64::INFINITY, f64::NEG_INFINITY); self.dim()];
        let wider = |one: &mut (f64, f64), (low, high)| *one = (one.0.min(low), one.1.max(high));
        let rows = (0..self.rows()).into_par_iter().with_min_len(64);
        let found = rows.fold(
            || (none(), vec![0.0; self.dim()]),
            |(mut ranges, mut x), row| {
                self.row_f64(row, &mut x);
                let ends = ranges.iter_mut().zip(&x);
                ends.for_each(|(range, &x)| wider(range, (x, x)));
                (ranges, x)
            },
        );
        let found = found
            .map(|(ranges, _)| ranges)
            .reduce(none, |mut one, other| {
                one.iter_mut()
                    .zip(other)
                    .for_each(|(one, other)| wider(one, other));
                one
            });
        let range = |(low, high)| Range::new(low, high);
        found.into_iter().map(range).collect()
    }
}

/// Where numbers lie, in 255 steps.
#[derive(Clone, Copy)]
struct Range {
    low: f64,
    high: f64,
    step: f64,
}

impl Range {
    fn new(low: f64, high: f64) -> Self {
        let step = (high - low) / STEPS;
        Self {
            low,
            high,
            // Of what is constant: any step does, and none would divide by 0.
            step: if step > 0.0 { step } else { 1.0 },
        }
    }

    fn with(self, other: Self) -> Self {
        Self::new(self.low.min(other.low), self.high.max(other.high))
    }

    /// The step that a number lies in.
    fn floor(self, x: f64) -> u8 {
        ((x - self.low) / self.step).floor().clamp(0.0, STEPS) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [[f32; 3]; 4] = [
        [0.6, 0.0, 0.8],
        [-0.6, 0.0, 0.8],
        [0.8, 0.0, -0.6],
        [0.0, 0.0, 1.0],
    ];

    fn rows() -> UnitRows {
        let rows = ndarray::arr2(&ROWS);
        UnitRows::normalise(Embeddings::from_array("x", rows.view()).expect("rows"))
            .expect("unit rows")
    }

    /// The numbers that a copy holds, before they are normalised.
    fn copied(how: &str) -> Vec<Vec<f64>> {
        let copy = rows().stored(how.parse().expect("a form")).expect("a copy");
        let mut out = vec![vec![0.0; copy.dim()]; copy.rows()];
        for (row, out) in out.iter_mut().enumerate() {
            copy.embeddings().row_f64(copy.file_row(row), out);
        }
        out
    }

    #[test]
    fn each_form_is_the_operation_that_its_name_says() {
        assert_eq!(copied("i8-row")[0], [95.0, 0.0, 127.0]);
        assert_eq!(copied("i8-row")[2], [127.0, 0.0, -95.0]);
        // Columns from -0.6 to 0.8, constant, from -0.6 to 1; 0.6 lies in step 218 of 255, 0.8 in step 223.
        assert_eq!(copied("i8-st")[0], [90.0, -128.0, 95.0]);
        assert_eq!(copied("i8-st")[2], [127.0, -128.0, -128.0]);
        let back = &copied("i8-st-dequantised")[0];
        assert!((back[0] - (-0.6 + 1.4 / 255.0 * 218.0)).abs() < 1e-6);
        assert_eq!(back[1], 0.0);
        // One range, from -0.6 to 1.
        let step = 1.6 / 255.0;
        let back = copied("u8-offset");
        assert!((back[0][0] - (step * 191.0 - 0.6)).abs() < 1e-6, "{back:?}");
        assert!((back[3][2] - 1.0).abs() < 1e-6);
        assert_eq!(copied("binary")[1], [-1.0, -1.0, 1.0]);
        assert_eq!(
            copied("f16")[0],
            [0.6, 0.0, 0.8].map(|x| f16::from_f64(x).to_f64())
        );
        assert_eq!(
            copied("bf16")[0],
            [0.6, 0.0, 0.8].map(|x| bf16::from_f64(x).to_f64())
        );
    }

    #[test]
    fn rows_keep_their_order_and_their_numbers() {
        let some = rows().gather(&[3, 1]).expect("rows");
        for form in [Storage::F16, Storage::I8St, Storage::Binary] {
            let copy = some.stored(form).expect("a copy");
            assert_eq!((copy.file_row(0), copy.file_row(1)), (3, 1));
            let mut x = vec![0.0; 3];
            copy.row_f64(1, &mut x);
            assert!(x[0] < 0.0 && x[2].abs() <= 1.0, "{form}: {x:?}");
        }
    }

    #[test]
    fn prefixes_must_be_shorter_and_have_directions() {
        let first = rows().stored(Storage::Dims(1)).map(|_| ());
        let said = first.expect_err("row 3 begins with 0").to_string();
        assert!(said.contains("row 3"), "{said}");
        let all = rows().stored(Storage::Dims(3)).map(|_| ());
        let said = all.expect_err("no shorter").to_string();
        assert!(
            said.contains("dims:3") && said.contains("3 columns"),
            "{said}"
        );
    }
}
