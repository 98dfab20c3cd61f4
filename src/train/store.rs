//! Tensors and text on disk, each file whole or not at all.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

use candle_core::safetensors::Load;
use candle_core::{DType, Device, Tensor};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensorError, SafeTensors};
use serde::Serialize;

use super::TrainError;
use crate::input::open_bytes;
use crate::output::write_all;

/// Why the file `path` was not written.
pub(super) fn failed(path: &Path, source: io::Error) -> TrainError {
    TrainError::Write {
        path: path.to_owned(),
        source,
    }
}

/// Writes a file under its name only when it is complete.
pub(super) fn write(path: &Path, bytes: Vec<u8>) -> Result<(), TrainError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| failed(path, error))?;
    }
    let written = write_all(vec![(path.to_owned(), bytes)]);
    written
        .map(drop)
        .map_err(|error| failed(path, error.source))
}

/// What is written about the tensors of the file `path`.
pub(super) fn json(path: &Path, about: &impl Serialize) -> Result<String, TrainError> {
    serde_json::to_string(about).map_err(|error| failed(path, error.into()))
}

/// Named tensors, f32 or i64, with lines of text about them under keys.
pub(super) fn write_tensors(
    path: &Path,
    tensors: impl IntoIterator<Item = (String, Tensor)>,
    about: &[(&str, String)],
) -> Result<(), TrainError> {
    let mut plain = Vec::new();
    for (name, tensor) in tensors {
        let dtype = match tensor.dtype() {
            DType::I64 => DType::I64,
            _ => DType::F32,
        };
        let mut bytes = Vec::new();
        let here = tensor.to_device(&Device::Cpu)?.to_dtype(dtype)?;
        here.write_bytes(&mut bytes)?;
        plain.push((name, Dtype::from(dtype), tensor.dims().to_vec(), bytes));
    }
    let broken = |error: SafeTensorError| failed(path, io::Error::other(error));
    let mut views = Vec::with_capacity(plain.len());
    for (name, dtype, shape, bytes) in &plain {
        let view = TensorView::new(*dtype, shape.clone(), bytes).map_err(broken)?;
        views.push((name.as_str(), view));
    }
    let about = about.iter().cloned();
    let about: HashMap<_, _> = about.map(|(key, value)| (key.to_owned(), value)).collect();
    let about = Some(about).filter(|about| !about.is_empty());
    write(path, safetensors::serialize(views, about).map_err(broken)?)
}

/// What to do about weights of another encoder.
const OTHER: &str = "give weights of this encoder";

/// The tensors of a file, by name, and the line of text about them.
pub(super) struct TensorFile {
    tensors: HashMap<String, Tensor>,
    pub(super) about: Option<String>,
}

impl TensorFile {
    /// All tensors of numbers of a `.safetensors` file, `module.` taken from their names: PyTorch's wrapper for several
    /// devices puts it there.
    pub(super) fn open(path: &Path, key: &str) -> Result<Self, TrainError> {
        let bytes = open_bytes(path)?;
        let bytes = (*bytes).as_ref();
        let broken = |error: SafeTensorError| {
            let (place, expected) = ("the whole file", "a .safetensors file");
            TrainError::damaged(path, place, expected, error, "write it again")
        };
        let (_, head) = SafeTensors::read_metadata(bytes).map_err(broken)?;
        let about = head
            .metadata()
            .as_ref()
            .and_then(|about| about.get(key).cloned());
        let file = SafeTensors::deserialize(bytes).map_err(broken)?;
        let mut tensors = HashMap::new();
        for (name, view) in file.tensors() {
            use Dtype::{BF16, F16, F32, F64, I64};
            if matches!(view.dtype(), BF16 | F16 | F32 | F64 | I64) {
                let name = name
                    .strip_prefix("module.")
                    .map_or(name.clone(), str::to_owned);
                tensors.insert(name, view.load(&Device::Cpu)?);
            }
        }
        Ok(Self { tensors, about })
    }

    /// Whether there is a tensor `name`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The length of the first axis of the tensor `name`.
    pub(super) fn axis(&self, path: &Path, name: &str) -> Result<usize, TrainError> {
        let found = self.tensors.get(name);
        let first = found.and_then(|tensor| tensor.dims().first());
        first.copied().ok_or_else(|| {
            let expected = "weights, a row for each result";
            let found = found.map_or("no such tensor", |_| "one number");
            TrainError::damaged(path, name, expected, found, OTHER)
        })
    }

    /// The tensor `name`, which must have this shape and type, or be of other real numbers where it is of f32.
    pub(super) fn take(
        &self,
        path: &Path,
        name: &str,
        (shape, dtype): (&[usize], DType),
    ) -> Result<Tensor, TrainError> {
        let expected = format!("{shape:?} {dtype:?}");
        let wrong = |found: String| TrainError::damaged(path, name, expected, found, OTHER);
        let Some(tensor) = self.tensors.get(name) else {
            return Err(wrong("no such tensor".into()));
        };
        let alike = tensor.dtype() == dtype || (tensor.dtype().is_float() && dtype.is_float());
        if tensor.dims() != shape || !alike {
            return Err(wrong(format!("{:?} {:?}", tensor.dims(), tensor.dtype())));
        }
        Ok(tensor.to_dtype(dtype)?)
    }
}

/// An array of whole numbers as `.npy`: (len,) with one column, (len / columns, columns) with more.
pub(super) fn npy(values: &[i64], columns: usize) -> Vec<u8> {
    let shape = match columns {
        1 => format!("({},)", values.len()),
        _ => format!("({}, {columns})", values.len() / columns),
    };
    let mut header = format!("{{'descr': '<i8', 'fortran_order': False, 'shape': {shape}, }}");
    // Magic, version and length take 10 bytes; elements start at a multiple of 64.
    while !(10 + header.len() + 1).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    bytes
}
