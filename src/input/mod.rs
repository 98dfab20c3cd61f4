//! Files in, values out: bytes become [`Embeddings`], [`RawPairs`], [`Labels`] and [`Names`].
//!
//! Here: a door for each kind of value, and a reader for each format behind them. The format is told
//! by a file's first bytes, not by its name (text tables and vectors of benchmarks have no such bytes; they go by `.csv`,
//! `.tsv`, `.fvecs`, `.fbin` and the like).
//! What is packed with gzip or zstd is unpacked first, and a folder or a pattern of names stands for the files that it names,
//! which are read as one.
//! Every array format comes down to one description of how elements lie in bytes, and that is converted.
//! Not here: whether numbers are finite, pairs are in range, or labels match rows; the `data` room checks that.
//!
//! Files are mapped, not read. They must not be truncated or rewritten in place while they are in use: the first ends
//! the process ([`say_if_cut_short`] has it say so), the second changes numbers that were already checked.

mod appended;
mod array;
mod arrow;
mod cells;
mod choose;
mod codes;
mod document;
mod element;
mod elements;
mod ending;
mod error;
mod fingerprint;
mod foreign;
mod format;
mod index;
mod json_lines;
mod lent;
mod lines;
mod links;
mod literal;
mod meant;
mod mmap;
mod npy;
mod npz;
mod number;
mod packed;
mod qrels;
#[cfg(feature = "tables")]
mod quiet;
mod reader;
mod remote;
mod room;
mod rows;
mod safetensors;
mod shards;
#[cfg_attr(not(feature = "tables"), path = "no_tables.rs")]
mod tables;
mod texts;
mod vectors;
mod views;
mod wanted;
mod words;

use std::path::Path;
use std::sync::Arc;

pub use document::{MOST_JSON, MOST_TOML, read_document};
pub use error::InputError;
pub use fingerprint::{files_of, fingerprint, size};
pub use lent::Lent;
pub use links::PairsBy;
pub use meant::Meant;
pub use mmap::say_if_cut_short;
pub use reader::Reader;

use crate::data::{Bytes, Embeddings, Labels, Names, Numbers, RawPairs};
use array::Array;
use cells::Cells;
use format::{FileFormat, TableFormat};
use wanted::Wanted;

/// [`Reader::embeddings`], without what else a [`Reader`] knows.
///
/// In a Parquet or Arrow file the rows are the lists in one column (List, LargeList or FixedSizeList, all of one length): the
/// one that `tensor` names, or the only one whose elements are of these types, or the only one of these that is called
/// `embedding`, `embeddings`, `emb`, `vector` or `vec..`. With a `tensor` such as `a,b,c` they are the numbers in these
/// columns; with one such as `d*`, in the columns `d0`, `d1`, .., in the order of their numbers. They are decoded into memory;
/// one batch of an Arrow file that is not packed is used where it lies.
///
/// # Errors
/// [`InputError`].
pub fn open_embeddings(path: &Path, tensor: Option<&str>) -> Result<Embeddings, InputError> {
    Reader::default().embeddings(path, tensor)
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
pub fn open_targets(path: &Path, tensor: Option<&str>) -> Result<Vec<Numbers>, InputError> {
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
/// of the first axis, as one row; and the shape of the whole array. The rows of other files that hold embeddings are items,
/// too, but for those of tables.
///
/// # Errors
/// [`InputError`], for anything else, or if the array lies column after column.
pub fn open_items(
    path: &Path,
    tensor: Option<&str>,
) -> Result<(Embeddings, Vec<usize>), InputError> {
    match open(path, tensor, Wanted::Embeddings)? {
        OpenFile::Array(array) => array.into_items(),
        OpenFile::Cells(_) => unreachable!("what holds embeddings is opened as an array"),
        OpenFile::Table(table, bytes) => Err(not_from_table(path, "items", table, &bytes)),
    }
}

/// The whole numbers in an integer array of shape (N,) or (N, 1) (`.npy`, `.npz`, `.safetensors`) or under a key of JSON
/// lines, as they are.
///
/// # Errors
/// [`InputError`], for anything else.
pub fn open_classes(path: &Path, tensor: Option<&str>) -> Result<Vec<i128>, InputError> {
    match open(path, tensor, Wanted::Labels)? {
        OpenFile::Array(array) => cells::wholes(&array.into_cells(Wanted::Labels)?),
        OpenFile::Cells(cells) => cells::wholes(&*cells),
        OpenFile::Table(table, bytes) => Err(not_from_table(path, "classes", table, &bytes)),
    }
}

/// The bytes of a file of another format, mapped.
///
/// # Errors
/// [`InputError`], if it cannot be read, or is empty.
pub fn open_bytes(path: &Path) -> Result<Bytes, InputError> {
    match lent::contents(path)? {
        Some(bytes) if (*bytes).as_ref().is_empty() => Err(InputError::Empty {
            path: path.display().to_string(),
        }),
        Some(bytes) => Ok(bytes),
        None => Ok(Arc::new(mmap::map(path)?)),
    }
}

/// A file whose format is known; of an array format, the array that is meant.
enum OpenFile {
    Array(Array),
    Table(TableFormat, Bytes),
    /// Never where embeddings are wanted.
    Cells(Box<dyn Cells>),
}

/// Refuses what tables do not hold; messages call it `wanted`.
fn not_from_table(
    path: &Path,
    wanted: &'static str,
    table: TableFormat,
    bytes: &Bytes,
) -> InputError {
    InputError::NotFromTable {
        path: path.display().to_string(),
        wanted,
        format: table.name(),
        line: table.to_array(path, (**bytes).as_ref()),
    }
}

fn open(path: &Path, tensor: Option<&str>, wanted: Wanted) -> Result<OpenFile, InputError> {
    if let Some(array) = lent::array(path) {
        return match tensor {
            None => Ok(OpenFile::Array(array)),
            Some(tensor) => Err(InputError::Unnamed {
                path: path.display().to_string(),
                format: "NumPy",
                tensor: tensor.into(),
            }),
        };
    }
    let bytes = packed::unpacked(path, open_bytes(path)?, wanted)?;
    let format = format::sniff(path, (*bytes).as_ref(), wanted)?;
    let unnamed = match format {
        FileFormat::Npy => Some(".npy"),
        FileFormat::Vectors(vectors) => Some(vectors.name),
        FileFormat::Words(_) => Some("word-vector"),
        FileFormat::Npz
        | FileFormat::Safetensors
        | FileFormat::JsonLines
        | FileFormat::Table(_) => None,
    };
    if let (Some(format), Some(tensor)) = (unnamed, tensor) {
        return Err(InputError::Unnamed {
            path: path.display().to_string(),
            format,
            tensor: tensor.into(),
        });
    }
    let array = match format {
        FileFormat::Npy => {
            let end = (*bytes).as_ref().len();
            npy::array(path.display().to_string(), bytes, (0, end))?
        }
        FileFormat::Npz => npz::array(path, &bytes, wanted, tensor)?,
        FileFormat::Safetensors => safetensors::array(path, &bytes, wanted, tensor)?,
        FileFormat::Vectors(vectors) => vectors.array(path, &bytes, wanted)?,
        FileFormat::JsonLines if wanted == Wanted::Embeddings => {
            json_lines::matrix(path, &bytes, tensor)?
        }
        FileFormat::Words(words) if wanted == Wanted::Embeddings => words.matrix(path, &bytes)?,
        FileFormat::JsonLines => {
            let lines = json_lines::cells(path, bytes, wanted, tensor)?;
            return Ok(OpenFile::Cells(Box::new(lines)));
        }
        FileFormat::Words(words) => return Ok(OpenFile::Cells(Box::new(words.names(path, bytes)))),
        FileFormat::Table(table) => return Ok(OpenFile::Table(table, bytes)),
    };
    Ok(OpenFile::Array(array))
}
