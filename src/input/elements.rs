//! Arrays as cells: one or two elements a row, of any type that can be a number, a mark or a text.

use half::{bf16, f16};

use super::InputError;
use super::array::Array;
use super::cells::{Cell, Cells, Visit};
use super::element::Element;
use super::wanted::Wanted;

/// The elements of an array of `rows` rows of `width` each.
///
/// - every element is of a type that `wanted` takes.
pub(super) struct Elements {
    array: Array,
    rows: usize,
    width: usize,
}

impl Array {
    /// The two columns of a P x 2 array.
    pub(super) fn into_pairs(self) -> Result<Elements, InputError> {
        self.check_elements(Wanted::Pairs)?;
        let kept = self.long_axes();
        let rows = match (self.layout.shape.as_slice(), kept.as_slice()) {
            (&[rows, 2], _) | (_, &[rows, 2]) => rows,
            ([_, .., 2] | [_, .., 2, 1], [2]) => 1,
            (shape, kept) => {
                return Err(InputError::Shape {
                    expected: "one pair per row (shape (P, 2))",
                    found: self.layout.shape_text(),
                    advice: match (shape, kept) {
                        ([2, _], _) | (_, [2, _]) => "transpose it: pairs.T",
                        _ => "save two columns: row of the first view, row of the second",
                    },
                    source_name: self.name,
                });
            }
        };
        Ok(Elements {
            array: self,
            rows,
            width: 2,
        })
    }

    /// The one column of an array with at most one axis longer than 1.
    pub(super) fn into_column(self, wanted: Wanted) -> Result<Elements, InputError> {
        self.check_elements(wanted)?;
        let rows = match self.long_axes().as_slice() {
            [] if !self.layout.shape.is_empty() => 1,
            &[rows] => rows,
            _ => {
                return Err(InputError::Shape {
                    expected: "one value per row (shape (N,) or (N, 1))",
                    found: self.layout.shape_text(),
                    advice: "save one value for each row of the embeddings",
                    source_name: self.name,
                });
            }
        };
        Ok(Elements {
            array: self,
            rows,
            width: 1,
        })
    }

    fn check_elements(&self, wanted: Wanted) -> Result<(), InputError> {
        match wanted.takes(self.layout.element) {
            true => Ok(()),
            false => Err(self.refuse_elements(wanted)),
        }
    }
}

impl Cells for Elements {
    fn name(&self) -> &str {
        &self.array.name
    }

    fn rows(&self) -> usize {
        self.rows
    }

    fn column(&self, _: usize) -> String {
        String::new()
    }

    fn each(&self, visit: &mut Visit<'_>) -> Result<(), InputError> {
        let layout = &self.array.layout;
        let size = layout.element.size().unwrap_or(0);
        // Where the elements of a row lie: side by side, or a column apart.
        let (step, stride) = match layout.fortran {
            true => (1, self.rows),
            false => (self.width, 1),
        };
        let data = self.array.data();
        let mut words = [String::new(), String::new()];
        for row in 0..self.rows {
            let mut cells = [Cell::Absent; 2];
            for ((at, cell), word) in cells
                .iter_mut()
                .enumerate()
                .zip(&mut words)
                .take(self.width)
            {
                let start = (row * step + at * stride) * size;
                let bytes = &data[start..start + size];
                *cell = match layout.element {
                    Element::Text { wide, .. } => {
                        *word = text(bytes, wide, layout.big_endian).ok_or_else(|| {
                            InputError::NoText {
                                source_name: self.array.name.clone(),
                                row,
                            }
                        })?;
                        Cell::Word(word)
                    }
                    element => number(element, bytes, layout.big_endian),
                };
            }
            visit(&cells[..self.width])?;
        }
        Ok(())
    }
}

/// One element that is no text.
fn number(element: Element, bytes: &[u8], big_endian: bool) -> Cell<'static> {
    let mut little = [0; 8];
    little[..bytes.len()].copy_from_slice(bytes);
    if big_endian {
        little[..bytes.len()].reverse();
    }
    let [a, b, c, d, ..] = little;
    let real = |value: f64, digits: i32| Cell::Real {
        value,
        exact: 2_f64.powi(digits),
    };
    match element {
        Element::F16 => real(f16::from_le_bytes([a, b]).to_f64(), 11),
        Element::Bf16 => real(bf16::from_le_bytes([a, b]).to_f64(), 8),
        Element::F32 => real(f32::from_le_bytes([a, b, c, d]).into(), 24),
        Element::F64 => real(f64::from_le_bytes(little), 53),
        Element::Bool => Cell::Truth(a != 0),
        Element::Int { signed, size } => {
            let value = u64::from_le_bytes(little);
            let unused = 64 - 8 * size as u32;
            Cell::Whole(match signed {
                true => i128::from((value << unused) as i64 >> unused),
                false => i128::from(value),
            })
        }
        Element::Text { .. } | Element::Odd(_) => Cell::Absent,
    }
}

/// A text as NumPy stores it: UTF-32 (`U`) or bytes (`S`), filled up with zeros at its end.
fn text(bytes: &[u8], wide: bool, big_endian: bool) -> Option<String> {
    if !wide {
        let end = bytes
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |at| at + 1);
        return std::str::from_utf8(&bytes[..end]).ok().map(str::to_owned);
    }
    let (words, _) = bytes.as_chunks::<4>();
    let code = |word: &[u8; 4]| match big_endian {
        true => u32::from_be_bytes(*word),
        false => u32::from_le_bytes(*word),
    };
    let end = words
        .iter()
        .rposition(|word| code(word) != 0)
        .map_or(0, |at| at + 1);
    words[..end]
        .iter()
        .map(|word| char::from_u32(code(word)))
        .collect()
}
