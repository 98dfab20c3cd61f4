//! Files, and what of them.

use std::path::PathBuf;

/// A file, and which tensor, member or column(s) of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// Tensor, member or column(s), where the file has more than one.
    pub tensor: Option<String>,
}
