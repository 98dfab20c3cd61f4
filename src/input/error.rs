//! What can be wrong with a file, in words a user can act on.

#![expect(
    missing_docs,
    reason = "fields are named after what they hold; each variant has its line"
)]

use std::io;

use crate::data::DataError;
use crate::num;

/// Refusals of the `input` room. Each says source, place, expected, found and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The file was understood, but what it holds is not usable.
    #[error(transparent)]
    Data(#[from] DataError),
    /// No file of this name.
    #[error("{path}: no such file; check the path (relative paths start at the current directory)")]
    Missing { path: String },
    /// An object of a store, or a page of a web server, that did not come.
    #[error("{path}: cannot be fetched ({cause}); {advice}")]
    Remote {
        path: String,
        cause: String,
        advice: &'static str,
    },
    /// An object, and a build that fetches none.
    #[error(
        "{path}: this build of spherecheck reads files only; copy it to a disk, or build with `--features cloud`"
    )]
    NoCloud { path: String },
    /// The file exists but may not be read.
    #[error("{path}: permission denied; make the file readable for this user")]
    Forbidden { path: String },
    /// A directory where a file belongs.
    #[error("{path}: expected a file, found a directory; name one file in it")]
    Directory { path: String },
    /// A pipe, socket or device, which cannot be mapped.
    #[error(
        "{path}: expected a regular file, found a pipe or device; save the data to a file first"
    )]
    NotRegular { path: String },
    /// No bytes at all.
    #[error("{path}: the file is empty (0 bytes); write it again")]
    Empty { path: String },
    /// More than any document of its kind holds, in MiB.
    #[error(
        "{path}: expected a document of at most {most} MiB, found {found}; check that this is the right file"
    )]
    TooLarge {
        path: String,
        most: u64,
        found: String,
    },
    /// The operating system refused for another reason.
    #[error("{path}: cannot be read ({cause}); check the disk and the path")]
    Unreadable { path: String, cause: io::Error },
    /// Neither contents nor name say what the file is.
    #[error("{path}: expected {expected}, found unknown contents (first bytes {found}); {advice}")]
    UnknownFormat {
        path: String,
        expected: &'static str,
        found: String,
        advice: String,
    },
    /// The name promises a format that the contents do not keep.
    #[error(
        "{path}: claims to be {claimed} (by its name) but starts with {found}, expected {expected}; {advice}"
    )]
    WrongMagic {
        path: String,
        claimed: &'static str,
        expected: &'static str,
        found: String,
        advice: String,
    },
    /// A folder, or a pattern of names, without files that can be read as one.
    #[error("{path}: expected files that can be read as one, found {found}; {advice}")]
    Files {
        path: String,
        found: String,
        advice: String,
    },
    /// A stream that cannot be unpacked to its end.
    #[error(
        "{path}: cannot be unpacked as {format}: at byte {at} of {len}, after {unpacked} bytes of contents, expected the stream to go on or to end, found {cause}; the file is cut or damaged: write or copy it again",
        len = num::count(*len), unpacked = num::count(*unpacked)
    )]
    Packed {
        path: String,
        format: &'static str,
        at: usize,
        len: usize,
        unpacked: usize,
        cause: io::Error,
    },
    /// A packed file whose contents are so much longer that they are no numbers.
    #[error(
        "{path}: expected contents at most {most} times as long as its {len} bytes of {format}, found more than {unpacked} bytes; if these are embeddings all the same, unpack the file: {line}",
        len = num::count(*len), unpacked = num::count(*unpacked)
    )]
    Bomb {
        path: String,
        format: &'static str,
        most: usize,
        len: usize,
        unpacked: usize,
        line: String,
    },
    /// A format that is known but not read.
    #[error("{path}: is {format}, which is not supported; convert it: {line}")]
    Foreign {
        path: String,
        format: &'static str,
        line: String,
    },
    /// A Python pickle, such as a `.pt` checkpoint.
    #[error(
        "{path}: is a Python pickle (a .pt checkpoint or the like), which is not loaded because pickles run code; if you trust it, convert it: {line}"
    )]
    Pickle { path: String, line: String },
    /// A pointer that Git LFS left in place of the data.
    #[error("{path}: is a Git LFS pointer, not the data itself; run `git lfs pull`")]
    LfsPointer { path: String },
    /// A format that cannot hold what is wanted.
    #[error("{path}: {wanted} cannot be read from {format}; convert them: {line}")]
    NotFromTable {
        path: String,
        wanted: &'static str,
        format: &'static str,
        line: String,
    },
    /// A table, in a build without the table readers.
    #[error(
        "{path}: is {format}, which this build cannot read (it lacks the feature `tables`); build with `--features tables` or save {wanted} as .npy, .npz or .safetensors"
    )]
    TablesNotBuilt {
        path: String,
        wanted: &'static str,
        format: &'static str,
    },
    /// A name was given for an array that has none.
    #[error(
        "{path}: a {format} file holds one unnamed array, but `{tensor}` was asked for; leave the name out"
    )]
    Unnamed {
        path: String,
        format: &'static str,
        tensor: String,
    },
    /// A name was given for lines of text, which have no columns.
    #[error(
        "{path}: a .txt file holds one text on each line, but `{tensor}` was asked for; leave the name out, or give a table \
         a name that ends in .csv or .tsv"
    )]
    NoColumns { path: String, tensor: String },
    /// A header that is not what NumPy writes.
    #[error(
        "{source_name}: damaged .npy header: expected {expected}, found {found}; write the file again"
    )]
    NpyHeader {
        source_name: String,
        expected: String,
        found: String,
    },
    /// A header that says more than the file holds.
    #[error(
        "{source_name}: {array} needs {needed}, found {found} bytes after the header; the file is truncated or its header lies: write it again",
        found = num::count(*found)
    )]
    Truncated {
        source_name: String,
        /// Shape and element type.
        array: String,
        needed: String,
        found: usize,
    },
    /// Bytes that no header speaks of.
    #[error(
        "{source_name}: {extra} extra bytes after the {array} array; the header lies or something was appended: save one array per file",
        extra = num::count(*extra)
    )]
    ExtraBytes {
        source_name: String,
        array: String,
        extra: usize,
    },
    /// An element type or a shape that cannot be what is wanted.
    #[error("{source_name}: expected {expected}, found {found}; {advice}")]
    Array {
        source_name: String,
        expected: &'static str,
        found: String,
        advice: &'static str,
    },
    /// Not a zip archive, or a damaged one.
    #[error("{source_name}: not a readable .npz archive ({cause}); write it again with np.savez")]
    Archive {
        source_name: String,
        cause: zip::result::ZipError,
    },
    /// A member whose contents differ from what the archive says of it.
    #[error(
        "{source_name}: the archive promises {promised} bytes for this member, found {found}; write the file again",
        promised = num::count(*promised)
    )]
    MemberSize {
        source_name: String,
        promised: u64,
        found: String,
    },
    /// A member that cannot be inflated.
    #[error("{source_name}: cannot be inflated ({cause}); write the file again")]
    Inflate {
        source_name: String,
        cause: io::Error,
    },
    /// A stored member whose bytes are not those that were written.
    #[error(
        "{source_name}: the archive promises checksum {promised:08x} for this member, found {found:08x}; the file is damaged: write or copy it again"
    )]
    Checksum {
        source_name: String,
        promised: u32,
        found: u32,
    },
    /// More memory than the process can have.
    #[error(
        "{source_name}: needs {bytes} bytes of memory, which cannot be had; {advice}",
        bytes = num::count(*bytes)
    )]
    Memory {
        source_name: String,
        bytes: u128,
        advice: &'static str,
    },
    /// A header of safetensors that is not one.
    #[error("{path}: damaged .safetensors header ({cause}); write the file again")]
    SafetensorsHeader {
        path: String,
        cause: serde_json::Error,
    },
    /// Lengths in a safetensors file that do not add up.
    #[error(
        "{path}: the .safetensors header describes {expected} bytes {part}, found {found}; the file is truncated or its header lies: write it again",
        expected = num::count(*expected), found = num::count(*found)
    )]
    SafetensorsLength {
        path: String,
        part: &'static str,
        expected: u64,
        found: usize,
    },
    /// Nothing to take.
    #[error("{path}: expected at least one array, found none{found}; write the file again")]
    NoArrays { path: String, found: String },
    /// Several arrays and no choice.
    #[error("{path}: holds {count} arrays, expected one or a choice; {how}. It holds {listing}")]
    Choose {
        path: String,
        count: usize,
        how: &'static str,
        listing: String,
    },
    /// A choice that is not there.
    #[error("{path}: holds no array named `{tensor}`; choose one of those it has: {listing}")]
    NoSuchArray {
        path: String,
        tensor: String,
        listing: String,
    },
    /// Columns, or keys, that cannot be what is wanted, and no usable choice.
    #[error("{path}: expected {expected}, found {found}; {advice}. The {listing}")]
    Columns {
        path: String,
        expected: Box<str>,
        found: String,
        advice: &'static str,
        /// `columns are ...` or `keys are ...`.
        listing: String,
    },
    /// A hole in a column.
    #[error(
        "{source_name}: row {row} (counted from 0) has no value{column}; fill it or leave the row out"
    )]
    Null {
        source_name: String,
        row: usize,
        /// ` in column ...`, where columns have names.
        column: String,
    },
    /// A value that cannot be what is wanted.
    #[error(
        "{source_name}: row {row} (counted from 0) holds {found}{column}, expected {expected}; correct it or leave the row out"
    )]
    Value {
        source_name: String,
        row: usize,
        column: String,
        expected: &'static str,
        found: String,
    },
    /// Pairs by ids that are not those of the rows.
    #[error(
        "{source_name}: {place} names the id {id:?}, which {ids_name} does not have ({count} of {pairs} pairs have an unknown id); leave such pairs out, or give the ids of the same items, spelt the same way",
        count = num::count(*count), pairs = num::count(*pairs)
    )]
    UnknownId {
        source_name: String,
        /// The first such pair: its row, or its line.
        place: String,
        /// Perhaps cut.
        id: Box<str>,
        ids_name: String,
        count: usize,
        pairs: usize,
    },
    /// Pairs by ids between two views, of which only one has ids.
    #[error(
        "{source_name}: these pairs are ids, expected ids of the rows of both views, found those of the first; give --ids (or --ids-tensor) once for each view"
    )]
    OneSidedIds { source_name: String },
    /// A place in a file that is no part of a matrix.
    #[error("{source_name}: {place}: expected {expected}, found {found}; {advice}")]
    Row {
        source_name: String,
        /// Line, row, column: as far as the format has them.
        place: String,
        expected: String,
        found: Box<str>,
        advice: &'static str,
    },
    /// A text that is none.
    #[error(
        "{source_name}: row {row} (counted from 0) holds no valid text (UTF-8 or UTF-32); save it as str, x.astype(str)"
    )]
    NoText { source_name: String, row: usize },
    /// One line too few or too many, and a first line that may be the reason.
    #[error(
        "{source_name}: expected {rows} values (one for each row of {rows_name}), found {found}; the first line, {reason}"
    )]
    FirstLine {
        source_name: String,
        rows_name: String,
        rows: usize,
        found: usize,
        /// The line, what it was taken for, and what to do.
        reason: String,
    },
    /// A table that its reader refuses.
    #[error("{path}: cannot be read as {format} ({cause}); write it again, or convert it to .npy")]
    Table {
        path: String,
        format: &'static str,
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A table that makes its reader panic.
    #[error(
        "{path}: not readable as {format} (its reader gave up: {cause}); the file is damaged or uses a feature that is not supported: convert it to .npy"
    )]
    TablePanic {
        path: String,
        format: &'static str,
        cause: String,
    },
}

impl InputError {
    /// [`InputError::Row`].
    pub(super) fn row(
        name: impl Into<String>,
        place: impl Into<String>,
        expected: impl Into<String>,
        found: impl ToString,
        advice: &'static str,
    ) -> Self {
        Self::Row {
            source_name: name.into(),
            place: place.into(),
            expected: expected.into(),
            found: found.to_string().into(),
            advice,
        }
    }
}
