//! Stands in for the table readers in a build without them (feature `tables`).

use std::path::Path;

use super::InputError;
use super::format::Table;
use super::wanted::Wanted;
use crate::data::{Bytes, Labels, Names, Numbers, RawPairs};

pub(super) fn pairs(
    path: &Path,
    _: &Bytes,
    table: Table,
    _: Option<&str>,
) -> Result<RawPairs, InputError> {
    Err(not_built(path, Wanted::Pairs, table))
}

pub(super) fn labels(
    path: &Path,
    _: &Bytes,
    table: Table,
    _: Option<&str>,
) -> Result<Labels, InputError> {
    Err(not_built(path, Wanted::Labels, table))
}

pub(super) fn names(
    path: &Path,
    _: &Bytes,
    table: Table,
    _: Option<&str>,
) -> Result<Names, InputError> {
    Err(not_built(path, Wanted::Names, table))
}

pub(super) fn numbers(
    path: &Path,
    _: &Bytes,
    table: Table,
    _: Option<&str>,
    wanted: Wanted,
) -> Result<Numbers, InputError> {
    Err(not_built(path, wanted, table))
}

fn not_built(path: &Path, wanted: Wanted, table: Table) -> InputError {
    InputError::TablesNotBuilt {
        path: path.display().to_string(),
        wanted: wanted.name(),
        format: table.name(),
    }
}
