//! STL-10, binary version: `train_X.bin`, `train_y.bin`, `test_X.bin`, `test_y.bin`, `unlabeled_X.bin`.
//!
//! Images are 96 x 96 bytes each of red, green and blue, column after column; classes are bytes from 1 to 10.

use std::path::Path;

use super::{Dataset, Images, Items, Segment, Split};
use crate::input::open_bytes;
use crate::train::TrainError;

const SHAPE: [usize; 3] = [3, 96, 96];
const IMAGE: usize = 3 * 96 * 96;
pub(super) const FIRST: &str = "train_X.bin";
const CLASSES: u8 = 10;
const AGAIN: &str = "the file is truncated or is not STL-10's binary version: fetch it again";

/// Training images, then the unlabelled ones (where that file is there), and the test images.
pub(super) fn stl10(folder: &Path) -> Result<Dataset, TrainError> {
    let mut segments = vec![images(&folder.join(FIRST))?];
    let mut labels = classes(&folder.join("train_y.bin"), segments[0].count)?;
    let unlabelled = folder.join("unlabeled_X.bin");
    if unlabelled.exists() {
        let more = images(&unlabelled)?;
        labels.resize(labels.len() + more.count, None);
        segments.push(more);
    }
    let test = images(&folder.join("test_X.bin"))?;
    let test_labels = classes(&folder.join("test_y.bin"), test.count)?;
    let split = |segments, labels| {
        Split::whole(
            Items::Images(Images::from_bytes(SHAPE, segments, true)),
            labels,
        )
    };
    Ok(Dataset {
        name: "stl10".into(),
        train: split(segments, labels),
        test: split(vec![test], test_labels),
        classes: usize::from(CLASSES),
    })
}

fn images(path: &Path) -> Result<Segment, TrainError> {
    let bytes = open_bytes(path)?;
    let len = (*bytes).as_ref().len();
    if !len.is_multiple_of(IMAGE) {
        return Err(TrainError::Damaged {
            path: path.to_owned(),
            place: format!("image {}", len / IMAGE),
            expected: format!("images of {IMAGE} bytes (3 x 96 x 96)"),
            found: format!("{} bytes after the last whole one", len % IMAGE),
            advice: AGAIN,
        });
    }
    Ok(Segment {
        bytes,
        start: 0,
        stride: IMAGE,
        count: len / IMAGE,
    })
}

fn classes(path: &Path, images: usize) -> Result<Vec<Option<u32>>, TrainError> {
    let bytes = open_bytes(path)?;
    let all = (*bytes).as_ref();
    if all.len() != images {
        return Err(TrainError::Damaged {
            path: path.to_owned(),
            place: "the whole file".into(),
            expected: format!("{images} bytes, one class for each image"),
            found: format!("{} bytes", all.len()),
            advice: AGAIN,
        });
    }
    all.iter()
        .enumerate()
        .map(|(at, class)| match class {
            1..=CLASSES => Ok(Some(u32::from(class - 1))),
            _ => Err(TrainError::Damaged {
                path: path.to_owned(),
                place: format!("byte {at}"),
                expected: format!("a class from 1 to {CLASSES}"),
                found: class.to_string(),
                advice: AGAIN,
            }),
        })
        .collect()
}
