//! The digits in the binary.

use std::sync::Arc;

use super::{DataSplit, Dataset, Images, Items};
use crate::data::{DataError, Embeddings};
use crate::num::Dtype;

/// 1,797 images of 8 x 8 counts from 0 to 16: see `fixtures/README.md` for whose they are.
static PIXELS: &[u8] = include_bytes!("../../../fixtures/golden/digits_1797x64.npy");
static LABELS: &[u8] = include_bytes!("../../../fixtures/golden/digits_1797x64.labels.npy");
const COUNT: usize = 1797;

/// Handwritten digits, 8 x 8: every fifth is a test item.
///
/// # Errors
/// None in a sound build.
pub(super) fn digits() -> Result<Dataset, DataError> {
    // The elements end the file, after a header.
    let start = PIXELS.len() - COUNT * 64 * 4;
    let rows = Embeddings::new(
        "digits",
        Arc::new(PIXELS),
        start,
        Dtype::F32,
        false,
        (COUNT, 64),
    )?;
    let (labels, _) = LABELS[LABELS.len() - COUNT * 8..].as_chunks::<8>();
    let labels = labels
        .iter()
        .map(|bytes| u32::try_from(i64::from_le_bytes(*bytes)).ok())
        .collect();
    let images = Images::from_rows([1, 8, 8], rows, 16.0);
    let (train, test) = DataSplit::whole(Items::Images(images), labels).in_fifths();
    Ok(Dataset {
        name: "digits".into(),
        train,
        test,
        classes: 10,
        notes: Vec::new(),
    })
}
