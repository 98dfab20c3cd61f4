//! Weights that come in: into an encoder that is to learn on, or as an encoder that nobody trained here.

use std::path::Path;

use candle_core::{DType, Device};

use super::TrainError;
use super::data::{Dataset, Takes, Vocabulary};
use super::encoder::{Architecture, Encoder, EncoderSpec, Parameter};
use super::store::TensorFile;

/// What [`TensorFile::about`] is read under: the encoder that weights belong to, where this program wrote them.
pub(super) const ABOUT: &str = "spherecheck.encoder";

/// What a file of bare weights does not say of its encoder.
#[derive(Clone, Debug, PartialEq)]
pub struct Plain {
    /// Architecture.
    pub architecture: Architecture,
    /// Height and width of images; those of the data where none is said.
    pub side: Option<usize>,
    /// Mean and spread of each channel that pixels were normalised with; those of the data where none are said.
    pub pixels: Option<[Vec<f32>; 2]>,
}

/// An encoder for `data` with the weights of a `.safetensors` file that holds them under the names of PyTorch's module, or
/// under these after `module.`. Its sizes are those of the tensors.
///
/// # Errors
/// [`TrainError::Damaged`], which names the tensor that is missing or of another shape; [`TrainError::Plan`].
pub fn load_plain(
    path: &Path,
    plain: &Plain,
    data: &Dataset,
    device: &Device,
) -> Result<Encoder, TrainError> {
    let architecture = plain.architecture;
    // Tensors whose first axis is the dimension of the output, and the width.
    let (last, first) = match architecture {
        Architecture::SmallAlexnet => ("blocks.7.0.weight", None),
        Architecture::SmallCnn => ("blocks.4.0.weight", Some("blocks.0.0.weight")),
        Architecture::Mlp => ("blocks.2.0.weight", Some("blocks.0.1.weight")),
        Architecture::Gru | Architecture::QuickThought => {
            let expected = "an encoder for images: bare weights do not say which words they know";
            return Err(TrainError::plan("architecture", expected, architecture));
        }
    };
    let stored = TensorFile::open(path, ABOUT)?;
    let axis = |name: &str| stored.axis(path, name);
    let mut takes = Takes::of(data, plain.side);
    if let (Takes::Images { mean, std, .. }, Some([given, spread])) = (&mut takes, &plain.pixels) {
        (*mean, *std) = (given.clone(), spread.clone());
    }
    let spec = EncoderSpec {
        architecture,
        dim: axis(last)?,
        width: first.map_or(Ok(96), axis)?,
        takes,
    };
    let encoder = Encoder::new(spec, 0, device)?;
    pour(&encoder, &stored, path)?;
    Ok(encoder)
}

/// Gives `encoder` the weights of the file `path`, which may be this program's or as [`load_plain`] reads them.
///
/// # Errors
/// [`TrainError::Damaged`], which names the tensor that is missing or of another shape.
pub(super) fn begin_with(encoder: &Encoder, path: &Path) -> Result<(), TrainError> {
    let stored = TensorFile::open(path, ABOUT)?;
    if let Some(words) = words(&stored)
        && encoder.spec().takes.vocabulary() != Some(&words)
    {
        return Err(TrainError::damaged(
            path,
            format!("metadata {ABOUT}"),
            "the words, or word pieces, of the data",
            "other words",
            "their numbers stand for other words here: train without these weights",
        ));
    }
    pour(encoder, &stored, path)
}

/// The words that the weights in the file `path` know, if they are an encoder's of text, and this program's.
///
/// # Errors
/// [`TrainError::Damaged`].
pub fn words_of(path: &Path) -> Result<Option<Vocabulary>, TrainError> {
    TensorFile::open(path, ABOUT).map(|stored| words(&stored))
}

fn words(stored: &TensorFile) -> Option<Vocabulary> {
    let spec: EncoderSpec = serde_json::from_str(stored.about.as_deref()?).ok()?;
    spec.takes.vocabulary().cloned()
}

/// Gives an encoder the tensors of a file.
pub(super) fn pour(encoder: &Encoder, stored: &TensorFile, path: &Path) -> Result<(), TrainError> {
    for Parameter { name, var, .. } in encoder.parameters() {
        // How many batches have passed by changes nothing, and not all modules count them.
        if var.dtype() == DType::I64 && !stored.has(name) {
            continue;
        }
        let value = stored.take(path, name, (var.dims(), var.dtype()))?;
        var.set(&value.to_device(var.device())?)?;
    }
    Ok(())
}
