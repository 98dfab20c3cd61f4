//! Shared by the tests of training.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use candle_core::{DType, Device, Tensor};
use spherecheck::backend::{self, Backend};
use spherecheck::result::Zoo;
use spherecheck::train::data::{self, Dataset};
use spherecheck::train::{Architecture, EncoderPlan, Session, TrainPlan};

/// The program, with the words of a line, in a folder.
pub(crate) fn run(desk: &Path, line: &str) -> Assert {
    Command::cargo_bin("spherecheck")
        .expect("the program is built")
        .current_dir(desk)
        .args(line.split_whitespace())
        .assert()
}

/// The index that a preset left.
pub(crate) fn zoo(folder: &Path) -> Zoo {
    let bytes = fs::read(folder.join("zoo.json")).expect("zoo.json");
    Zoo::parse("zoo.json", &bytes).expect("a zoo")
}

pub(crate) fn cpu() -> Box<dyn Backend> {
    backend::cpu(Some(2), None).expect("two threads")
}

pub(crate) fn digits() -> Dataset {
    data::open("digits", None).expect("the digits are in the program")
}

/// A plan that takes a second.
pub(crate) fn quick() -> TrainPlan {
    TrainPlan {
        epochs: 3,
        encoder: EncoderPlan {
            architecture: Some(Architecture::Mlp),
            dim: 8,
            width: Some(32),
            size: None,
        },
        ..TrainPlan::default()
    }
}

pub(crate) fn session(plan: &TrainPlan, data: &Dataset) -> Session {
    Session::new(plan, data, &Device::Cpu).expect("a sound plan")
}

/// `count` numbers in [-0.5, 0.5), from a hash of `which` and their place: `numbers` of `fixtures/torch/reference.py`.
pub(crate) fn numbers(which: u64, count: usize) -> Vec<f32> {
    const MASK: u64 = 0xffff_ffff;
    (0..count as u64)
        .map(|at| {
            let mut x = at + which * 1_000_003;
            x = x.wrapping_mul(2_654_435_761) & MASK;
            x ^= x >> 15;
            x = x.wrapping_mul(2_246_822_519) & MASK;
            x ^= x >> 13;
            (x as f64 / 2f64.powi(32) - 0.5) as f32
        })
        .collect()
}

/// Those numbers as a tensor.
pub(crate) fn tensor(which: u64, shape: &[usize]) -> Tensor {
    let values = numbers(which, shape.iter().product());
    Tensor::from_vec(values, shape, &Device::Cpu).expect("as many numbers as the shape holds")
}

/// Largest difference between two tensors of one shape.
pub(crate) fn apart(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.dims(), b.dims());
    let apart = (a - b).and_then(|d| d.abs()?.flatten_all()?.max(0));
    let apart = apart.and_then(|d| d.to_dtype(DType::F64)?.to_scalar());
    apart.expect("numbers")
}
