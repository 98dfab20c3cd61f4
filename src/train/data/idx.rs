//! IDX, the format of MNIST and its like: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-..`.
//!
//! A magic number (two zero bytes, the element type, the number of axes), the axes as big-endian u32, the elements.

use std::path::{Path, PathBuf};

use super::{DataSplit, Dataset, Images, Items, Segment, check_labels};
use crate::data::Bytes;
use crate::input::open_bytes;
use crate::train::TrainError;

const UNSIGNED_BYTES: u8 = 0x08;
const AGAIN: &str =
    "the file is truncated or is no IDX file of bytes: fetch it again (and gunzip it)";

/// The file of this stem under either of its usual names.
pub(super) fn find(folder: &Path, stem: &str, axes: u8) -> Option<PathBuf> {
    [
        format!("{stem}-idx{axes}-ubyte"),
        format!("{stem}.idx{axes}-ubyte"),
    ]
    .iter()
    .map(|name| folder.join(name))
    .find(|path| path.exists())
}

/// The four files of an MNIST-like folder.
pub(super) fn idx(folder: &Path) -> Result<Dataset, TrainError> {
    let split = |stem: &str| -> Result<(DataSplit, [usize; 3]), TrainError> {
        let path = |kind: &str, axes: u8| {
            let stem = format!("{stem}-{kind}");
            find(folder, &stem, axes)
                .unwrap_or_else(|| folder.join(format!("{stem}-idx{axes}-ubyte")))
        };
        let images = path("images", 3);
        let (bytes, [count, height, width], start) = array(&images)?;
        let labels = labels(&path("labels", 1), count)?;
        let shape = [1, height, width];
        let segment = Segment {
            bytes,
            start,
            stride: height * width,
            count,
        };
        let images = Images::from_bytes(shape, vec![segment], false);
        Ok((DataSplit::whole(Items::Images(images), labels), shape))
    };
    let (train, shape) = split("train")?;
    let (test, test_shape) = split("t10k")?;
    if shape != test_shape {
        return Err(TrainError::Lacking {
            data: folder.display().to_string(),
            lacks: format!(
                "training images are {} x {} but test images {} x {}",
                shape[1], shape[2], test_shape[1], test_shape[2]
            ),
            advice: "give files of one set",
        });
    }
    Ok(Dataset::named(folder.file_name(), "idx", train, test))
}

fn labels(path: &Path, images: usize) -> Result<Vec<Option<u32>>, TrainError> {
    let (bytes, [count], start) = array(path)?;
    check_labels(path, count, images)?;
    let labels = &(*bytes).as_ref()[start..];
    Ok(labels.iter().map(|class| Some(u32::from(*class))).collect())
}

/// The bytes of a file, its axes, and where its elements start.
fn array<const AXES: usize>(path: &Path) -> Result<(Bytes, [usize; AXES], usize), TrainError> {
    let bytes = open_bytes(path)?;
    let all = (*bytes).as_ref();
    let damaged = |place: &str, expected: String, found: String| {
        TrainError::damaged(path, place, expected, found, AGAIN)
    };
    let start = 4 + 4 * AXES;
    let magic = [0, 0, UNSIGNED_BYTES, AXES as u8];
    if all.len() < start || all[..4] != magic {
        let head = &all[..all.len().min(4)];
        return Err(damaged(
            "byte 0",
            format!("{magic:02x?} and {AXES} axes"),
            format!("{head:02x?} in a file of {} bytes", all.len()),
        ));
    }
    let (words, _) = all[4..start].as_chunks::<4>();
    let sides: [usize; AXES] = std::array::from_fn(|axis| u32::from_be_bytes(words[axis]) as usize);
    let needed = sides
        .iter()
        .try_fold(1usize, |n, side| n.checked_mul(*side));
    let found = all.len() - start;
    if needed != Some(found) || sides.contains(&0) {
        let axes = sides.each_ref().map(usize::to_string);
        return Err(damaged(
            &format!("byte {start}"),
            format!("{} bytes", axes.join(" x ")),
            format!("{found} bytes"),
        ));
    }
    Ok((bytes, sides, start))
}
