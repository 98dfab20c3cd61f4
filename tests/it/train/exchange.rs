//! Encoders that were trained here and read by PyTorch: `fixtures/torch/loads.py` loaded the weights by name and kept the
//! embeddings that PyTorch computed with them.

use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use ndarray::{Array2, s};
use spherecheck::train::data::{Show, open};
use spherecheck::train::embed;
use spherecheck::train::folder::load_weights;

use super::support::digits;

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/torch/trained")
}

#[track_caller]
fn close(name: &str, ours: &Array2<f32>) {
    let all = candle_core::safetensors::load(kept().join("embeddings.safetensors"), &Device::Cpu);
    let theirs: &Tensor = &all.unwrap()[name];
    let (rows, columns) = theirs.dims2().unwrap();
    // Of wide layers the first columns are kept.
    let ours = ours.slice(s![.., ..columns]);
    assert_eq!(ours.dim(), (rows, columns), "{name}");
    let theirs: Vec<f32> = theirs.flatten_all().unwrap().to_vec1().unwrap();
    let apart = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs());
    let apart = apart.fold(0.0, f32::max);
    assert!(apart < 1e-4, "{name}: off by {apart}");
    // Rows that differ: a collapsed encoder would agree with anything.
    let spread =
        ours.index_axis(ndarray::Axis(0), 0).to_owned() - ours.index_axis(ndarray::Axis(0), 1);
    assert!(spread.iter().any(|v| v.abs() > 0.05), "{name}: {spread}");
}

#[test]
fn weights_that_were_trained_here_give_what_pytorch_gives_with_them() {
    for name in ["mlp", "small-cnn", "gru"] {
        let path = kept().join(format!("{name}.safetensors"));
        let encoder = load_weights(&path, &Device::Cpu).unwrap();
        assert_eq!(encoder.spec().architecture.name(), name);
        let known = encoder.spec().takes.vocabulary();
        let data = match known {
            None => digits(),
            Some(_) => open(kept().join("stories.txt").to_str().unwrap(), known).unwrap(),
        };
        let rows = |layer| embed(&encoder, &data.test, Show::Plain, layer, &Device::Cpu).unwrap();
        close(name, &rows(None));
        if known.is_none() {
            close(&format!("{name}.fc7"), &rows(Some(encoder.layers() - 2)));
        }
    }
}
