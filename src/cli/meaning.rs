//! What the numbers of embeddings mean, where their file does not say it.

use clap::ValueEnum;

use super::values::{finite, step};
use crate::input::Meant;
use crate::num::{Codes, Dtype};

#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Rows")]
pub(super) struct MeaningArgs {
    /// What the elements are: bf16 where NumPy wrote raw bytes (`V2`) or integers of two bytes; u8 or i8 where whole numbers
    /// of any type are bytes
    #[arg(long, value_enum, value_name = "TYPE")]
    dtype: Option<RawType>,
    /// Bytes are quantised: each number is S times its code, plus O
    #[arg(long, value_name = "S", value_parser = step, allow_hyphen_values = true)]
    scale: Option<f64>,
    /// What code 0 stands for [default: 0]; of a zero point Z it is -S times Z
    #[arg(long, value_name = "O", value_parser = finite, allow_hyphen_values = true)]
    offset: Option<f64>,
    /// Each byte holds eight numbers, 1 and -1, as np.packbits packs them (of i8: less 128, as sentence-transformers writes
    /// them)
    #[arg(long, value_enum, value_name = "WHAT")]
    #[arg(conflicts_with_all = ["scale", "offset"])]
    unpack: Option<Unpack>,
}

/// Element types that a file may not tell.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RawType {
    Bf16,
    I8,
    U8,
}

/// What may be packed into bytes.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Unpack {
    Bits,
}

impl MeaningArgs {
    /// Of one file, and the view of it that is meant.
    pub(super) fn meant(&self, view: Option<usize>) -> Meant {
        let codes = match (self.unpack, self.scale, self.offset) {
            (Some(Unpack::Bits), ..) => Some(Codes::Bits),
            (None, None, None) => None,
            (None, scale, offset) => Some(Codes::Scaled {
                scale: scale.unwrap_or(1.0),
                offset: offset.unwrap_or(0.0),
            }),
        };
        Meant {
            dtype: self.dtype.map(|dtype| match dtype {
                RawType::Bf16 => Dtype::Bf16,
                RawType::I8 => Dtype::I8,
                RawType::U8 => Dtype::U8,
            }),
            codes,
            view,
        }
    }
}

/// The view of each of two files that --view names, given never, once for both or once for each.
pub(super) fn chosen(views: &[usize]) -> Result<[Option<usize>; 2], String> {
    match *views {
        [] => Ok([None, None]),
        [both] => Ok([Some(both); 2]),
        [a, b] => Ok([Some(a), Some(b)]),
        _ => Err(format!(
            "--view is given {} times, expected at most one for each view",
            views.len()
        )),
    }
}
