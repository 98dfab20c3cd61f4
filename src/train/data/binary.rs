//! CIFAR-10 and STL-10, binary versions: records of one size each, one after another, and nothing else.
//!
//! CIFAR-10: `data_batch_1.bin` to `_5.bin` and `test_batch.bin`. Each record is one byte of class (0 to 9), then 32 x 32
//! bytes each of red, green and blue, row after row.
//!
//! STL-10: `train_X.bin`, `train_y.bin`, `test_X.bin`, `test_y.bin`, `unlabeled_X.bin`. Images are 96 x 96 bytes each of
//! red, green and blue, column after column; classes are bytes from 1 to 10.

use std::path::{Path, PathBuf};

use super::{DataSplit, Dataset, Images, Items, Segment};
use crate::input::open_bytes;
use crate::train::TrainError;

pub(super) const CIFAR10: &str = "data_batch_1.bin";
pub(super) const STL10: &str = "train_X.bin";
/// Of either set.
const CLASSES: u8 = 10;
const AGAIN_CIFAR10: &str =
    "the file is truncated or is not CIFAR-10's binary version: fetch it again";
const AGAIN_STL10: &str = "the file is truncated or is not STL-10's binary version: fetch it again";

/// As many of the five batches as there are, and the test batch.
pub(super) fn cifar10(folder: &Path) -> Result<Dataset, TrainError> {
    let batches = (1..=5).map(|k| folder.join(format!("data_batch_{k}.bin")));
    let there: Vec<_> = batches.filter(|path| path.exists()).collect();
    let split = |files: &[PathBuf]| -> Result<DataSplit, TrainError> {
        let (mut segments, mut labels) = (Vec::new(), Vec::new());
        for path in files {
            let segment = cifar10_batch(path)?;
            let bytes = (*segment.bytes).as_ref().iter().step_by(segment.stride);
            labels.extend(bytes.map(|class| Some(u32::from(*class))));
            segments.push(segment);
        }
        let images = Images::from_bytes([3, 32, 32], segments, false);
        Ok(DataSplit::whole(Items::Images(images), labels))
    };
    Ok(Dataset {
        name: "cifar10".into(),
        train: split(&there)?,
        test: split(&[folder.join("test_batch.bin")])?,
        classes: usize::from(CLASSES),
        notes: Vec::new(),
    })
}

fn cifar10_batch(path: &Path) -> Result<Segment, TrainError> {
    const RECORD: usize = 1 + 3 * 32 * 32;
    let holds = "a class, then 3 x 32 x 32 pixels";
    let records = records(path, ("record", RECORD, holds), AGAIN_CIFAR10)?;
    let classes = (*records.bytes).as_ref().iter().step_by(RECORD);
    for (record, class) in classes.enumerate() {
        if *class >= CLASSES {
            return Err(TrainError::damaged(
                path,
                format!("record {record} (byte {})", record * RECORD),
                "a class from 0 to 9",
                class,
                "the file is damaged or is not CIFAR-10's binary version: fetch it again",
            ));
        }
    }
    Ok(Segment {
        start: 1,
        ..records
    })
}

/// Training images, then the unlabelled ones (where that file is there), and the test images.
pub(super) fn stl10(folder: &Path) -> Result<Dataset, TrainError> {
    let images = |name: &str| {
        let size = 3 * 96 * 96;
        records(
            &folder.join(name),
            ("image", size, "3 x 96 x 96"),
            AGAIN_STL10,
        )
    };
    let split = |segments, labels| {
        let images = Images::from_bytes([3, 96, 96], segments, true);
        DataSplit::whole(Items::Images(images), labels)
    };
    let mut segments = vec![images(STL10)?];
    let mut labels = stl10_classes(&folder.join("train_y.bin"), segments[0].count)?;
    if folder.join("unlabeled_X.bin").exists() {
        let more = images("unlabeled_X.bin")?;
        labels.resize(labels.len() + more.count, None);
        segments.push(more);
    }
    let test = images("test_X.bin")?;
    let test_labels = stl10_classes(&folder.join("test_y.bin"), test.count)?;
    Ok(Dataset {
        name: "stl10".into(),
        train: split(segments, labels),
        test: split(vec![test], test_labels),
        classes: usize::from(CLASSES),
        notes: Vec::new(),
    })
}

fn stl10_classes(path: &Path, images: usize) -> Result<Vec<Option<u32>>, TrainError> {
    let damaged = |place: String, expected: String, found: String| {
        TrainError::damaged(path, place, expected, found, AGAIN_STL10)
    };
    let bytes = open_bytes(path)?;
    let all = (*bytes).as_ref();
    if all.len() != images {
        return Err(damaged(
            "the whole file".into(),
            format!("{images} bytes, one class for each image"),
            format!("{} bytes", all.len()),
        ));
    }
    let class = |(at, class): (usize, &u8)| match class {
        1..=CLASSES => Ok(Some(u32::from(class - 1))),
        _ => Err(damaged(
            format!("byte {at}"),
            format!("a class from 1 to {CLASSES}"),
            class.to_string(),
        )),
    };
    all.iter().enumerate().map(class).collect()
}

/// A file of records of this name, size and content.
fn records(
    path: &Path,
    (name, size, holds): (&str, usize, &str),
    again: &'static str,
) -> Result<Segment, TrainError> {
    let bytes = open_bytes(path)?;
    let len = (*bytes).as_ref().len();
    if !len.is_multiple_of(size) {
        return Err(TrainError::damaged(
            path,
            format!("{name} {}", len / size),
            format!("{name}s of {size} bytes ({holds})"),
            format!("{} bytes after the last whole one", len % size),
            again,
        ));
    }
    Ok(Segment {
        bytes,
        start: 0,
        stride: size,
        count: len / size,
    })
}
