//! How large encoders and batches may be: what is beyond is refused before anything of that size is made.

use super::TrainError;
use super::data::Takes;
use super::encoder::{Architecture, EncoderSpec};

/// Most pairs in a batch: a matrix of them takes 4.3 GB, and several are there at a time.
const MOST_PAIRS: usize = 1 << 15;
/// Most numbers of a batch between two layers.
const MOST_NUMBERS: u64 = 1 << 32;

/// Checks what a batch of `pairs` takes in the first layer of an encoder that is within its own bounds.
///
/// # Errors
/// [`TrainError::Plan`].
pub(super) fn batch(spec: &EncoderSpec, pairs: usize) -> Result<(), TrainError> {
    if pairs > MOST_PAIRS {
        return Err(TrainError::Plan {
            field: "batch",
            expected: format!("at most {MOST_PAIRS} pairs, whose matrix takes 4.3 GB"),
            found: pairs.to_string(),
        });
    }
    let Takes::Images { channels, side, .. } = spec.takes else {
        return Ok(());
    };
    let deep = match spec.architecture {
        Architecture::SmallCnn => spec.width.max(channels),
        Architecture::SmallAlexnet => 96.max(channels),
        Architecture::Mlp | Architecture::Gru => channels,
    };
    // Both views of all pairs; at most 2^60.
    let numbers = 2 * pairs as u64 * deep as u64 * (side * side) as u64;
    if numbers > MOST_NUMBERS {
        return Err(TrainError::Plan {
            field: "size, batch",
            expected: format!("at most {MOST_NUMBERS} numbers of a batch in a layer (17 GB)"),
            found: format!("{numbers} with --size {side} and --batch {pairs}"),
        });
    }
    Ok(())
}
