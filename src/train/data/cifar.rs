//! CIFAR-10, binary version: `data_batch_1.bin` to `_5.bin` and `test_batch.bin`.
//!
//! Each record is one byte of class (0 to 9), then 32 x 32 bytes each of red, green and blue, row after row.

use std::path::Path;

use super::{Dataset, Images, Items, Segment, Split};
use crate::input::open_bytes;
use crate::train::TrainError;

const SHAPE: [usize; 3] = [3, 32, 32];
const RECORD: usize = 1 + 3 * 32 * 32;
pub(super) const FIRST: &str = "data_batch_1.bin";
const TEST: &str = "test_batch.bin";
const CLASSES: usize = 10;

/// As many of the five batches as there are, and the test batch.
pub(super) fn cifar10(folder: &Path) -> Result<Dataset, TrainError> {
    let batches = (1..=5).map(|k| folder.join(format!("data_batch_{k}.bin")));
    let there: Vec<_> = batches.filter(|path| path.exists()).collect();
    let split = |files: &[std::path::PathBuf]| -> Result<Split, TrainError> {
        let (mut segments, mut labels) = (Vec::new(), Vec::new());
        for path in files {
            segments.push(records(path, &mut labels)?);
        }
        let images = Images::from_bytes(SHAPE, segments, false);
        Ok(Split::whole(Items::Images(images), labels))
    };
    Ok(Dataset {
        name: "cifar10".into(),
        train: split(&there)?,
        test: split(&[folder.join(TEST)])?,
        classes: CLASSES,
    })
}

fn records(path: &Path, labels: &mut Vec<Option<u32>>) -> Result<Segment, TrainError> {
    let bytes = open_bytes(path)?;
    let all = (*bytes).as_ref();
    if !all.len().is_multiple_of(RECORD) {
        return Err(TrainError::Damaged {
            path: path.to_owned(),
            place: format!("record {}", all.len() / RECORD),
            expected: format!("records of {RECORD} bytes (a class, then 3 x 32 x 32 pixels)"),
            found: format!("{} bytes after the last whole one", all.len() % RECORD),
            advice: "the file is truncated or is not CIFAR-10's binary version: fetch it again",
        });
    }
    for (record, bytes) in all.chunks_exact(RECORD).enumerate() {
        if usize::from(bytes[0]) >= CLASSES {
            return Err(TrainError::Damaged {
                path: path.to_owned(),
                place: format!("record {record} (byte {})", record * RECORD),
                expected: "a class from 0 to 9".into(),
                found: bytes[0].to_string(),
                advice: "the file is damaged or is not CIFAR-10's binary version: fetch it again",
            });
        }
        labels.push(Some(u32::from(bytes[0])));
    }
    let count = all.len() / RECORD;
    Ok(Segment {
        bytes,
        start: 1,
        stride: RECORD,
        count,
    })
}
