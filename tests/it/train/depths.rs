//! Images with depths: their files, joint crops, and the gradient that heads rest on.

use std::fs;
use std::path::Path;

use candle_core::{DType, Device, Tensor, Var};
use spherecheck::train::data::{Dataset, Images, Input, Items, Takes, open};
use tempfile::TempDir;

use super::support::tensor;

/// An array file of version 1.0.
pub(crate) fn npy(descr: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), bytes].concat()
}

/// `count` scenes of 20 x 24 pixels whose brightness falls with depth: a floor that rises, and a box before it.
pub(crate) fn scenes(folder: &Path, count: usize) {
    let (h, w) = (20usize, 24usize);
    let (mut images, mut depths) = (Vec::new(), Vec::new());
    for k in 0..count {
        let depth = |y: usize, x: usize| -> f32 {
            let boxed = (x / 4 + k) % 6 < 2 && y > 5 + k % 7;
            if boxed {
                1.5
            } else {
                6.0 - 4.0 * y as f32 / h as f32
            }
        };
        let places = (0..h).flat_map(|y| (0..w).map(move |x| (y, x)));
        let all: Vec<f32> = places.map(|(y, x)| depth(y, x)).collect();
        for channel in 0..3u8 {
            images.extend(all.iter().map(|d| 250 - (d * 36.0) as u8 - 3 * channel));
        }
        depths.extend(all.iter().flat_map(|d| d.to_le_bytes()));
    }
    fs::create_dir_all(folder).unwrap();
    let shape = format!("({count}, 3, {h}, {w})");
    fs::write(folder.join("images.npy"), npy("|u1", &shape, &images)).unwrap();
    let shape = format!("({count}, {h}, {w})");
    fs::write(folder.join("depths.npy"), npy("<f4", &shape, &depths)).unwrap();
}

fn read(folder: &Path) -> Result<Dataset, String> {
    open(folder.to_str().unwrap(), None).map_err(|error| error.to_string())
}

fn images(data: &Dataset) -> &Images {
    match &*data.train.items {
        Items::Images(images) => images,
        Items::Sentences(_) => panic!("sentences"),
    }
}

#[test]
fn images_and_depths_are_cropped_and_mirrored_alike() {
    let folder = TempDir::new().unwrap();
    scenes(folder.path(), 10);
    let data = read(folder.path()).unwrap();
    assert!(images(&data).deep());
    assert_eq!((data.train.len(), data.test.len()), (8, 2));
    // Pixels as they are, so that brightness tells depth.
    let takes = Takes::Images {
        channels: 3,
        side: 12,
        mean: vec![0.0; 3],
        std: vec![1.0; 3],
    };
    let rows: Vec<u32> = data.train.rows.clone();
    let mut shown = Vec::new();
    for draw in [None, Some((0, 0)), Some((0, 1))] {
        let (input, depths) = takes.joint(images(&data), &rows, draw, 12).unwrap();
        let Input::Images(pixels) = input else {
            panic!("words")
        };
        assert_eq!(
            (pixels.dims(), depths.dims()),
            (&[8, 3, 12, 12][..], &[8, 1, 12, 12][..])
        );
        let red = pixels.narrow(1, 0, 1).unwrap().flatten_all().unwrap();
        let red = red.to_vec1::<f32>().unwrap();
        let depths = depths.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        // red = (250 - 36 depth) / 255, up to bytes: both went through the same crop.
        for (red, depth) in red.iter().zip(&depths) {
            let told = (250.0 - 255.0 * red) / 36.0;
            assert!((told - depth).abs() < 0.04, "{told} and {depth}");
        }
        shown.push(depths);
    }
    assert!(shown[0] != shown[1] && shown[1] != shown[2], "crops differ");
}

#[test]
fn depths_of_other_images_are_refused_with_their_place() {
    let folder = TempDir::new().unwrap();
    scenes(folder.path(), 10);
    let path = folder.path().join("depths.npy");
    fs::write(&path, npy("<f4", "(9, 20, 24)", &[0; 9 * 20 * 24 * 4])).unwrap();
    let error = read(folder.path()).err().unwrap();
    assert!(
        error.contains("depths.npy: its shape: expected 10 x 20 x 24"),
        "{error}"
    );
    let mut bytes = vec![0u8; 10 * 20 * 24 * 4];
    bytes[20 * 24 * 4 * 3..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(&path, npy("<f4", "(10, 20, 24)", &bytes)).unwrap();
    let error = read(folder.path()).err().unwrap();
    assert!(
        error.contains("depths.npy: image 3: expected depths that are finite"),
        "{error}"
    );
}

/// The gradient of candle's transposed convolution, as heads use it, against differences.
#[test]
fn transposed_convolutions_have_the_gradient_of_their_values() {
    let wide = |which, shape: &[usize]| tensor(which, shape).to_dtype(DType::F64).unwrap();
    let x = Var::from_tensor(&wide(1, &[2, 3, 4, 5])).unwrap();
    let kernel = Var::from_tensor(&wide(2, &[3, 2, 3, 3])).unwrap();
    let weights = wide(3, &[2, 2, 8, 10]);
    let value = |x: &Tensor, kernel: &Tensor| {
        let y = x.conv_transpose2d(kernel, 1, 1, 2, 1).unwrap();
        (y * &weights).unwrap().sum_all().unwrap()
    };
    let grads = value(&x, &kernel).backward().unwrap();
    for (which, var) in [(0, &x), (1, &kernel)] {
        let grad = grads.get(var).unwrap().flatten_all().unwrap();
        let grad = grad.to_vec1::<f64>().unwrap();
        let start = var.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        for at in [0, 7, start.len() / 2, start.len() - 1] {
            let at_step = |step: f64| {
                let mut values = start.clone();
                values[at] += step;
                let moved = Tensor::from_vec(values, var.dims(), &Device::Cpu).unwrap();
                let loss = match which {
                    0 => value(&moved, &kernel),
                    _ => value(&x, &moved),
                };
                loss.to_scalar::<f64>().unwrap()
            };
            let slope = (at_step(1e-4) - at_step(-1e-4)) / 2e-4;
            assert!(
                (grad[at] - slope).abs() < 1e-6,
                "{which} {at}: {} {slope}",
                grad[at]
            );
        }
    }
}
