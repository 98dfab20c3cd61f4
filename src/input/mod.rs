//! Files in, values out: bytes become [`Embeddings`], [`RawPairs`], [`Labels`] and [`Names`].
//!
//! Here: a door for each kind of value, and a reader for each format behind them. The format is told
//! by a file's first bytes, not by its name (text tables have no such bytes; they go by `.csv` and `.tsv`).
//! Every array format comes down to one description of how elements lie in bytes, and that is converted.
//! Not here: whether numbers are finite, pairs are in range, or labels match rows; the `data` room checks that.
//!
//! Files are mapped, not read. They must not be truncated or rewritten in place while they are in use: the first ends
//! the process ([`say_if_cut_short`] has it say so), the second changes numbers that were already checked.

mod array;
mod cells;
mod choose;
mod document;
mod element;
mod elements;
mod error;
mod foreign;
mod format;
mod lines;
mod literal;
mod mmap;
mod npy;
mod npz;
#[cfg(feature = "tables")]
mod quiet;
mod reader;
mod room;
mod safetensors;
#[cfg_attr(not(feature = "tables"), path = "no_tables.rs")]
mod tables;
mod wanted;

use std::path::Path;
use std::sync::Arc;

pub use document::{MOST_JSON, MOST_TOML, read_document};
pub use error::InputError;
pub use mmap::say_if_cut_short;
pub use reader::Reader;

use crate::data::{Bytes, Embeddings, Labels, Names, Numbers, RawPairs};
use array::Array;
use format::{Format, Table};
use wanted::Wanted;

/// The matrix in an `.npy`, `.npz`, `.safetensors` or `.parquet` file: n x d numbers of type f16, bf16, f32, f64, i8 or u8.
///
/// `tensor` names the array where a file holds several. Axes of length 1 beside its two are dropped. Nothing is copied,
/// except that compressed members are inflated and Fortran-ordered matrices are transposed once, both into memory.
///
/// In a Parquet file the rows are the lists in one column (List, LargeList or FixedSizeList, all of one length): the one
/// that `tensor` names, or the only one whose elements are of these types, or the only one of these that is called
/// `embedding`, `embeddings`, `emb`, `vector` or `vec..`. With a `tensor` such as `d*` they are the numbers in the columns
/// `d0`, `d1`, .., in the order of their numbers. They are decoded into memory.
///
/// # Errors
/// [`InputError`], for anything but one such matrix of at least two rows and one column.
pub fn open_embeddings(path: &Path, tensor: Option<&str>) -> Result<Embeddings, InputError> {
    let wanted = Wanted::Embeddings;
    match open(path, tensor, wanted)? {
        Opened::Array(array) => array.into_embeddings(),
        Opened::Table(Table::Parquet, bytes) => tables::embeddings(&bytes, path, tensor),
        Opened::Table(table, bytes) => Err(not_from(table, path, &bytes, wanted.name())),
    }
}

/// [`Reader::pairs`], without what else a [`Reader`] knows.
///
/// # Errors
/// [`InputError`].
pub fn open_pairs(path: &Path, tensor: Option<&str>) -> Result<RawPairs, InputError> {
    Reader::default().pairs(path, tensor)
}

/// [`Reader::labels`], without what else a [`Reader`] knows.
///
/// # Errors
/// [`InputError`].
pub fn open_labels(path: &Path, tensor: Option<&str>) -> Result<Labels, InputError> {
    Reader::default().labels(path, tensor)
}

/// [`Reader::names`], without what else a [`Reader`] knows.
///
/// # Errors
/// [`InputError`].
pub fn open_names(path: &Path, tensor: Option<&str>) -> Result<Names, InputError> {
    Reader::default().names(path, tensor)
}

/// [`Reader::targets`], without what else a [`Reader`] knows.
///
/// # Errors
/// [`InputError`].
pub fn open_targets(path: &Path, tensor: Option<&str>) -> Result<Numbers, InputError> {
    Reader::default().targets(path, tensor)
}

/// [`Reader::split`], without what else a [`Reader`] knows.
///
/// # Errors
/// [`InputError`].
pub fn open_split(path: &Path, tensor: Option<&str>) -> Result<Numbers, InputError> {
    Reader::default().split(path, tensor)
}

/// The items in an `.npy` (or `.npz`, `.safetensors`) array of any number of axes from two on: one item for each step
/// of the first axis, as one row; and the shape of the whole array.
///
/// # Errors
/// [`InputError`], for anything else, or if the array lies column after column.
pub fn open_items(
    path: &Path,
    tensor: Option<&str>,
) -> Result<(Embeddings, Vec<usize>), InputError> {
    open_array(path, tensor, Wanted::Embeddings, "items")?.into_items()
}

/// The whole numbers in an integer array of shape (N,) or (N, 1) (`.npy`, `.npz`, `.safetensors`), as they are.
///
/// # Errors
/// [`InputError`], for anything else.
pub fn open_classes(path: &Path, tensor: Option<&str>) -> Result<Vec<i128>, InputError> {
    let array = open_array(path, tensor, Wanted::Labels, "classes")?;
    cells::wholes(&array.into_cells(Wanted::Labels)?)
}

/// The bytes of a file of another format, mapped.
///
/// # Errors
/// [`InputError`], if it cannot be read, or is empty.
pub fn open_bytes(path: &Path) -> Result<Bytes, InputError> {
    Ok(Arc::new(mmap::map(path)?))
}

/// A file whose format is known; of an array format, the array that is meant.
enum Opened {
    Array(Array),
    Table(Table, Bytes),
}

/// An array of what tables do not hold; messages call it `called`.
fn open_array(
    path: &Path,
    tensor: Option<&str>,
    wanted: Wanted,
    called: &'static str,
) -> Result<Array, InputError> {
    match open(path, tensor, wanted)? {
        Opened::Array(array) => Ok(array),
        Opened::Table(table, bytes) => Err(not_from(table, path, &bytes, called)),
    }
}

/// Refuses a table that does not hold what is wanted, with the line that converts it.
fn not_from(table: Table, path: &Path, bytes: &Bytes, wanted: &'static str) -> InputError {
    InputError::NotFromTable {
        path: path.display().to_string(),
        wanted,
        format: table.name(),
        line: table.to_array(path, (**bytes).as_ref()),
    }
}

fn open(path: &Path, tensor: Option<&str>, wanted: Wanted) -> Result<Opened, InputError> {
    let bytes = open_bytes(path)?;
    let array = match format::sniff(path, (*bytes).as_ref(), wanted)? {
        Format::Npy => {
            if let Some(tensor) = tensor {
                return Err(InputError::Unnamed {
                    path: path.display().to_string(),
                    tensor: tensor.into(),
                });
            }
            let end = (*bytes).as_ref().len();
            npy::array(path.display().to_string(), bytes, (0, end))?
        }
        Format::Npz => npz::array(path, &bytes, wanted, tensor)?,
        Format::Safetensors => safetensors::array(path, &bytes, wanted, tensor)?,
        Format::Table(table) => return Ok(Opened::Table(table, bytes)),
    };
    Ok(Opened::Array(array))
}
