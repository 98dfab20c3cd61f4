//! What is asked of a table.

use std::path::Path;

use super::wanted::Wanted;

/// The columns that a door wants of a table.
#[cfg_attr(
    not(feature = "tables"),
    expect(dead_code, reason = "a build without tables only refuses them")
)]
pub(super) struct Asked<'a> {
    pub(super) path: &'a Path,
    pub(super) wanted: Wanted,
    /// The names asked for; `None` to take all columns, which must then be as many as are wanted.
    pub(super) names: Option<Vec<&'a str>>,
    /// The rows that the table has a line for, where it must.
    pub(super) rows: Option<&'a Rows>,
    /// What was decided where the table could mean two things.
    pub(super) notes: &'a mut Vec<String>,
}

/// How many rows there are, and of which file.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "tables"),
    expect(dead_code, reason = "a build without tables only refuses them")
)]
pub(super) struct Rows {
    pub(super) name: String,
    pub(super) count: usize,
}
