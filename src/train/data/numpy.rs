//! Images in NumPy files: N x C x H x W (or N x H x W), with labels beside them.
//!
//! A folder with `images.npy` and maybe `labels.npy` (every fifth is a test item), or with `train_images.npy`,
//! `test_images.npy` and maybe `train_labels.npy`, `test_labels.npy`. Depths of the pixels, N x H x W floats, may lie beside
//! images as `depths.npy`, or `train_depths.npy` and `test_depths.npy`.

use std::path::{Path, PathBuf};

use super::{DataSplit, Dataset, Images, Items, check_labels};
use crate::data::Embeddings;
use crate::input::{open_classes, open_items};
use crate::num::Dtype;
use crate::train::TrainError;

/// A linear head has a row of weights for each class.
const MOST_CLASSES: i128 = 100_000;
pub(super) const WHOLE: &str = IMAGES;
pub(super) const FIRST: &str = "train_images.npy";
const IMAGES: &str = "images.npy";
const LABELS: &str = "labels.npy";
const DEPTHS: &str = "depths.npy";

/// The images of a folder.
pub(super) fn numpy(folder: &Path) -> Result<Dataset, TrainError> {
    let split =
        |part: &str| split([IMAGES, LABELS, DEPTHS].map(|n| folder.join(format!("{part}{n}"))));
    let (train, test) = if folder.join(WHOLE).exists() {
        split("")?.0.in_fifths()
    } else {
        let (train, shape) = split("train_")?;
        let (test, test_shape) = split("test_")?;
        let lacking = |lacks: &str| TrainError::Lacking {
            data: folder.display().to_string(),
            lacks: lacks.into(),
            advice: "give files of one set",
        };
        if shape != test_shape {
            return Err(lacking("training and test images are of different shapes"));
        }
        if deep(&train) != deep(&test) {
            return Err(lacking("only one of training and test images have depths"));
        }
        (train, test)
    };
    Ok(Dataset::named(folder.file_name(), "images", train, test))
}

fn deep(split: &DataSplit) -> bool {
    matches!(&*split.items, Items::Images(images) if images.deep())
}

/// The images, labels and depths of these files, of which the last two may be missing.
fn split([images, labels, depths]: [PathBuf; 3]) -> Result<(DataSplit, [usize; 3]), TrainError> {
    let (images, labels) = (images.as_path(), labels.as_path());
    let (rows, shape) = open_items(images, None)?;
    let shape = match shape.as_slice() {
        [_, h, w] => [1, *h, *w],
        [_, c @ (1 | 3), h, w] => [*c, *h, *w],
        _ => {
            return Err(TrainError::damaged(
                images,
                "its shape",
                "N x C x H x W with 1 or 3 channels, or N x H x W",
                format!("{shape:?}"),
                "move the channels to the second axis: x.transpose(0, 3, 1, 2)",
            ));
        }
    };
    let white = white(images, &rows)?;
    let count = rows.rows();
    let labels = if labels.exists() {
        classes(labels, count)?
    } else {
        vec![None; count]
    };
    let mut images = Images::from_rows(shape, rows, white);
    if depths.exists() {
        images = images.with_depths(depths_of(&depths, (count, shape))?);
    }
    Ok((DataSplit::whole(Items::Images(images), labels), shape))
}

/// A depth for each pixel of `count` images of this shape: finite, 0 or more.
fn depths_of(
    path: &Path,
    (count, [_, height, width]): (usize, [usize; 3]),
) -> Result<Embeddings, TrainError> {
    let (rows, shape) = open_items(path, None)?;
    if shape != [count, height, width] {
        return Err(TrainError::damaged(
            path,
            "its shape",
            format!("{count} x {height} x {width}, a depth for each pixel of the images"),
            format!("{shape:?}"),
            "write depths with the images they belong to",
        ));
    }
    let mut row = vec![0.0; rows.dim()];
    for at in 0..rows.rows() {
        rows.row_f32(at, &mut row);
        if let Some(value) = row.iter().find(|v| !(v.is_finite() && **v >= 0.0)) {
            return Err(TrainError::damaged(
                path,
                format!("image {at}"),
                "depths that are finite, 0 or more",
                value,
                "leave images out whose depths are not known",
            ));
        }
    }
    Ok(rows)
}

/// The classes of a file: whole numbers from 0 on, -1 where the class is not known.
fn classes(path: &Path, images: usize) -> Result<Vec<Option<u32>>, TrainError> {
    let classes = open_classes(path, None)?;
    check_labels(path, classes.len(), images)?;
    let class = |(at, class): (usize, &i128)| match class {
        -1 => Ok(None),
        0..MOST_CLASSES => Ok(Some(*class as u32)),
        _ => Err(TrainError::damaged(
            path,
            format!("label {at}"),
            format!("a class from 0 to {}, or -1 for none", MOST_CLASSES - 1),
            class,
            "give the labels of these images",
        )),
    };
    classes.iter().enumerate().map(class).collect()
}

/// What stands for full brightness: 255 for bytes; floats must lie in 0 .. 1.
fn white(path: &Path, rows: &Embeddings) -> Result<f32, TrainError> {
    if rows.dtype() == Dtype::U8 {
        return Ok(255.0);
    }
    let mut row = vec![0.0; rows.dim()];
    for at in 0..rows.rows() {
        rows.row_f32(at, &mut row);
        if let Some(value) = row.iter().find(|v| !(0.0..=1.0).contains(*v)) {
            return Err(TrainError::damaged(
                path,
                format!("image {at}"),
                "bytes (u8), or floats from 0 (black) to 1 (white)",
                value,
                "scale the images: (x - x.min()) / (x.max() - x.min())",
            ));
        }
    }
    Ok(1.0)
}
