//! Smaller forms in which vectors are stored, each of them one operation: "int8" alone names none.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How a unit row x of d numbers is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Storage {
    /// Each number rounded to IEEE half precision.
    F16,
    /// Each number rounded to bfloat16.
    Bf16,
    /// Symmetric by row: round(127 x / max |x|).
    I8Row,
    /// By column, as `quantize_embeddings` of sentence-transformers makes `int8`: floor((x - lo) / step) - 128, within
    /// [-128, 127], step = (hi - lo) / 255 of the column, 1 where the column is constant. The codes themselves are
    /// compared.
    I8St,
    /// The same codes, read back as lo + step (code + 128).
    I8StDequantised,
    /// One range for the whole matrix: round((x - lo) / step), step = (hi - lo) / 255, read back as lo + step code.
    U8Offset,
    /// One bit for each number: 1 where it is above 0, else -1. The order of cosines is that of Hamming distances.
    Binary,
    /// The first so many columns, normalised again, in the element type of the file.
    Dims(usize),
}

/// Text that names no [`Storage`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected f16, bf16, i8-row, i8-st, i8-st-dequantised, u8-offset, binary or dims:N (e.g. dims:256), found {found:?}"
)]
pub struct UnknownStorage {
    found: String,
}

impl Storage {
    /// Those that do not take a number.
    const PLAIN: [Self; 7] = [
        Self::F16,
        Self::Bf16,
        Self::I8Row,
        Self::I8St,
        Self::I8StDequantised,
        Self::U8Offset,
        Self::Binary,
    ];
    /// Numbers of first columns that models are trained for.
    const WIDTHS: [usize; 5] = [64, 128, 256, 512, 1024];

    /// Every form, of rows of `dim` numbers: those without a number, and the usual numbers of first columns below `dim`.
    pub fn all(dim: usize) -> Vec<Self> {
        let widths = Self::WIDTHS.into_iter().filter(|&width| width < dim);
        Self::PLAIN
            .into_iter()
            .chain(widths.map(Self::Dims))
            .collect()
    }

    /// Bytes of a row of `dim` numbers; none where that depends on the file's element type. What is kept once for the
    /// whole matrix (ranges of columns) does not count, nor does a factor that a cosine does not see.
    pub fn bytes(self, dim: usize) -> Option<usize> {
        match self {
            Self::F16 | Self::Bf16 => Some(2 * dim),
            Self::I8Row | Self::I8St | Self::I8StDequantised | Self::U8Offset => Some(dim),
            Self::Binary => Some(dim.div_ceil(8)),
            Self::Dims(_) => None,
        }
    }
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::I8Row => "i8-row",
            Self::I8St => "i8-st",
            Self::I8StDequantised => "i8-st-dequantised",
            Self::U8Offset => "u8-offset",
            Self::Binary => "binary",
            Self::Dims(dim) => return write!(f, "dims:{dim}"),
        })
    }
}

impl FromStr for Storage {
    type Err = UnknownStorage;

    fn from_str(text: &str) -> Result<Self, UnknownStorage> {
        let text = text.trim();
        let unknown = || UnknownStorage {
            found: text.to_owned(),
        };
        if let Some(dim) = text.strip_prefix("dims:") {
            let dim = dim.parse().ok().filter(|&dim| dim > 0);
            return dim.map(Self::Dims).ok_or_else(unknown);
        }
        let named = |form: &Self| form.to_string() == text;
        Self::PLAIN.into_iter().find(named).ok_or_else(unknown)
    }
}

impl TryFrom<String> for Storage {
    type Error = UnknownStorage;

    fn try_from(text: String) -> Result<Self, UnknownStorage> {
        text.parse()
    }
}

impl From<Storage> for String {
    fn from(storage: Storage) -> Self {
        storage.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_sizes_are_those_of_the_codes() {
        let forms = Storage::all(384);
        let names: Vec<String> = forms.iter().map(Storage::to_string).collect();
        assert_eq!(
            names,
            [
                "f16",
                "bf16",
                "i8-row",
                "i8-st",
                "i8-st-dequantised",
                "u8-offset",
                "binary",
                "dims:64",
                "dims:128",
                "dims:256"
            ]
        );
        for (form, name) in forms.iter().zip(&names) {
            assert_eq!(name.parse(), Ok(*form));
            assert_eq!(serde_json::to_value(form).expect("JSON"), name.as_str());
        }
        let sizes: Vec<Option<usize>> = forms.iter().map(|form| form.bytes(385)).collect();
        let (two, one) = (Some(770), Some(385));
        assert_eq!(
            sizes,
            [two, two, one, one, one, one, Some(49), None, None, None]
        );
        for wrong in ["int8", "dims:0", "dims:x", "", "F16"] {
            assert!(wrong.parse::<Storage>().is_err(), "{wrong:?}");
        }
    }
}
