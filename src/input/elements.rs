//! Arrays as cells: one or more elements a row, of any type that can be a number, a mark or a text.

use half::{bf16, f16};

use super::InputError;
use super::array::Array;
use super::cells::{CellSource, CellValue, Cells, Visit};
use super::element::Element;
use super::wanted::Wanted;

/// The elements of an array, `width` in each row.
///
/// - every element is of a type that `wanted` takes.
pub(super) struct Elements {
    source: CellSource,
    array: Array,
    width: usize,
}

impl Array {
    /// Its two columns where pairs are wanted, as many as it has where targets are, else its one.
    pub(super) fn into_cells(self, wanted: Wanted) -> Result<Elements, InputError> {
        if !wanted.takes(self.layout.element) {
            return Err(self.refuse_elements(wanted));
        }
        let (rows, width) = match wanted {
            wanted if wanted.two() => (self.pairs()?, 2),
            Wanted::Targets => self.columns()?,
            _ => (self.values()?, 1),
        };
        Ok(Elements {
            source: CellSource {
                name: self.name.clone(),
                rows,
                columns: Vec::new(),
            },
            array: self,
            width,
        })
    }

    /// Rows of a P x 2 array.
    fn pairs(&self) -> Result<usize, InputError> {
        let advice = match (self.layout.shape.as_slice(), self.long_axes().as_slice()) {
            (&[rows, 2], _) | (_, &[rows, 2]) => return Ok(rows),
            ([_, .., 2] | [_, .., 2, 1], [2]) => return Ok(1),
            ([2, _], _) | (_, [2, _]) => "transpose it: pairs.T",
            _ => "save two columns: row of the first view, row of the second",
        };
        Err(self.refuse_shape("one pair per row (shape (P, 2))", advice))
    }

    /// Rows and columns of an array of two axes, or of one.
    fn columns(&self) -> Result<(usize, usize), InputError> {
        match (self.layout.shape.as_slice(), self.long_axes().as_slice()) {
            (&[rows, columns], _) | (_, &[rows, columns]) if rows > 1 => Ok((rows, columns)),
            (_, [_, _, ..]) => Err(self.refuse_shape(
                "one line of values per row (shape (N,) or (N, COLUMNS))",
                "save one line of values for each row of the embeddings",
            )),
            _ => Ok((self.values()?, 1)),
        }
    }

    /// Rows of an array with at most one axis longer than 1.
    fn values(&self) -> Result<usize, InputError> {
        match self.long_axes().as_slice() {
            [] if !self.layout.shape.is_empty() => Ok(1),
            &[rows] => Ok(rows),
            _ => Err(self.refuse_shape(
                "one value per row (shape (N,) or (N, 1))",
                "save one value for each row of the embeddings",
            )),
        }
    }
}

impl Cells for Elements {
    fn source(&self) -> &CellSource {
        &self.source
    }

    fn each(&self, visit: &mut Visit<'_>) -> Result<(), InputError> {
        let layout = &self.array.layout;
        let size = layout.element.size().unwrap_or(0);
        // Where the elements of a row lie: side by side, or a column apart.
        let (step, stride) = match layout.fortran {
            true => (1, self.source.rows),
            false => (self.width, 1),
        };
        let data = self.array.data();
        let mut words = vec![String::new(); self.width];
        for row in 0..self.source.rows {
            let mut cells = vec![CellValue::Absent; self.width];
            for (at, word) in words.iter_mut().enumerate() {
                let start = (row * step + at * stride) * size;
                let bytes = &data[start..start + size];
                cells[at] = match layout.element {
                    Element::Text { wide, .. } => {
                        let found = text(bytes, wide, layout.big_endian);
                        *word = found.ok_or_else(|| self.source.no_text(row))?;
                        CellValue::Word(word)
                    }
                    element => number(element, bytes, layout.big_endian),
                };
            }
            visit(&cells)?;
        }
        Ok(())
    }
}

/// One element that is no text.
pub(super) fn number(element: Element, bytes: &[u8], big_endian: bool) -> CellValue<'static> {
    let mut little = [0; 8];
    little[..bytes.len()].copy_from_slice(bytes);
    if big_endian {
        little[..bytes.len()].reverse();
    }
    let [a, b, c, d, ..] = little;
    let real = |value: f64, digits: i32| CellValue::Real {
        value,
        exact: 2_f64.powi(digits),
    };
    match element {
        Element::F16 => real(f16::from_le_bytes([a, b]).to_f64(), 11),
        Element::Bf16 => real(bf16::from_le_bytes([a, b]).to_f64(), 8),
        Element::F32 => real(f32::from_le_bytes([a, b, c, d]).into(), 24),
        Element::F64 => real(f64::from_le_bytes(little), 53),
        Element::Bool => CellValue::Truth(a != 0),
        Element::Signed(size) => {
            let unused = 64 - 8 * size as u32;
            CellValue::Whole((i64::from_le_bytes(little) << unused >> unused).into())
        }
        Element::Unsigned(_) => CellValue::Whole(u64::from_le_bytes(little).into()),
        Element::Text { .. } | Element::Odd(_) => CellValue::Absent,
    }
}

/// A text as NumPy stores it: UTF-32 (`U`) or bytes (`S`), filled up with zeros at its end.
fn text(bytes: &[u8], wide: bool, big_endian: bool) -> Option<String> {
    if !wide {
        let last = bytes.iter().rposition(|&byte| byte != 0);
        let text = &bytes[..last.map_or(0, |at| at + 1)];
        return std::str::from_utf8(text).ok().map(str::to_owned);
    }
    let (words, _) = bytes.as_chunks::<4>();
    let code = |word: &[u8; 4]| match big_endian {
        true => u32::from_be_bytes(*word),
        false => u32::from_le_bytes(*word),
    };
    let last = words.iter().rposition(|word| code(word) != 0);
    let text = &words[..last.map_or(0, |at| at + 1)];
    text.iter().map(|word| char::from_u32(code(word))).collect()
}
