//! `model.safetensors.index.json`: which of several files holds which tensor.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::InputError;
use super::choose::choose;
use super::document::{MOST_JSON, read_document};
use super::wanted::Wanted;

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// Whether a file is an index, by its name.
pub(super) fn is_named(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.to_ascii_lowercase()
        .ends_with(".safetensors.index.json")
}

/// The file that holds the tensor called `tensor`, or the only one, and the name of it.
pub(super) fn file(
    path: &Path,
    tensor: Option<&str>,
    wanted: Wanted,
) -> Result<(PathBuf, String), InputError> {
    let refused = |place: String, expected: &str, found: String| {
        let advice = "write the index again, or name the file that holds the tensor";
        InputError::row(path.display().to_string(), place, expected, found, advice)
    };
    let bytes = read_document(path, MOST_JSON)?;
    let index: Index = serde_json::from_slice(&bytes).map_err(|cause| {
        refused(
            format!("line {}, column {}", cause.line(), cause.column()),
            "a JSON object with `weight_map`: names of tensors, and the file of each",
            cause.to_string(),
        )
    })?;
    let entries: Vec<(&String, &String)> = index.weight_map.iter().collect();
    let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    let chosen = choose(path, wanted, tensor, &names, |at| {
        format!("in {}", entries[at].1)
    })?;
    let (name, file) = entries[chosen];
    let mut parts = Path::new(file).components();
    let beside = !file.is_empty() && parts.all(|part| matches!(part, Component::Normal(_)));
    if !beside {
        let place = format!("weight_map, `{name}`");
        return Err(refused(
            place,
            "the name of a file beside the index",
            format!("`{file}`"),
        ));
    }
    Ok((path.with_file_name(file), name.clone()))
}
