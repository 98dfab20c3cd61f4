//! Files of every format as bytes, made from their parts so that any part can be wrong.

use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use ndarray::{Array, Dimension};
use ndarray_npy::{WritableElement, WriteNpyExt};
use safetensors::tensor::{Dtype, TensorView};
use spherecheck::data::{Embeddings, RawPairs};
use spherecheck::input::InputError;
use tempfile::TempDir;
use zip::write::{SimpleFileOptions, ZipWriter};

/// A file that lives as long as the value.
pub(crate) struct Temp {
    dir: TempDir,
    name: String,
}

impl Temp {
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join(&self.name)
    }

    /// What messages and names begin with.
    pub(crate) fn shown(&self) -> String {
        self.path().display().to_string()
    }
}

pub(crate) fn file(name: &str, bytes: &[u8]) -> Temp {
    let temp = Temp {
        dir: tempfile::tempdir().unwrap(),
        name: name.into(),
    };
    fs::write(temp.path(), bytes).unwrap();
    temp
}

/// An `.npy` as bytes, from its parts; nothing is checked.
pub(crate) fn npy(version: u8, descr: &str, fortran: bool, shape: &str, data: &[u8]) -> Vec<u8> {
    let fortran = if fortran { "True" } else { "False" };
    npy_with(
        version,
        &format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}"),
        data,
    )
}

pub(crate) fn npy_with(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{header}   \n");
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend([version, 0]);
    match version {
        1 => bytes.extend((header.len() as u16).to_le_bytes()),
        _ => bytes.extend((header.len() as u32).to_le_bytes()),
    }
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

pub(crate) fn npz(members: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive
            .start_file(
                *name,
                SimpleFileOptions::default().compression_method(method),
            )
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

pub(crate) fn tensors(list: &[(&str, Dtype, &[usize], &[u8])]) -> Vec<u8> {
    let views = list.iter().map(|(name, dtype, shape, data)| {
        (
            *name,
            TensorView::new(*dtype, shape.to_vec(), data).unwrap(),
        )
    });
    safetensors::serialize(views, None).unwrap()
}

/// A safetensors file with this header and `data` zero bytes after it.
pub(crate) fn tensors_with(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

pub(crate) fn written<T: WritableElement, D: Dimension>(array: &Array<T, D>) -> Vec<u8> {
    let mut bytes = Vec::new();
    array.write_npy(&mut bytes).unwrap();
    bytes
}

pub(crate) fn rows_of(matrix: &Embeddings) -> Vec<Vec<f64>> {
    let mut row = vec![0.0; matrix.dim()];
    (0..matrix.rows())
        .map(|i| {
            matrix.row_f64(i, &mut row);
            row.clone()
        })
        .collect()
}

/// Every pair that was kept: those that may be row numbers, and the first that cannot be.
pub(crate) fn pairs_in(raw: &RawPairs) -> Vec<[i128; 2]> {
    let list = raw.list().iter().map(|pair| pair.map(i128::from));
    list.chain(raw.beyond()).collect()
}

pub(crate) fn refusal<T>(result: Result<T, InputError>) -> String {
    result
        .err()
        .expect("this input must be refused")
        .to_string()
}

/// Fails unless the message names the file and holds every word.
pub(crate) fn assert_says(message: &str, path: &str, words: &[&str]) {
    assert!(
        message.starts_with(path),
        "{message:?} does not begin with {path:?}"
    );
    for word in words {
        assert!(message.contains(word), "{message:?} lacks {word:?}");
    }
}
