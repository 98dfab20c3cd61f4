//! What `--data` names.

use std::path::Path;

use super::{Dataset, Vocabulary, binary, digits, idx, numpy, sentences};
use crate::train::TrainError;

/// What names the set that is in the program.
const DIGITS: &str = "digits";

/// The set that `given` names: `digits`, or a folder or text file, told by the names in it. Text is read with the
/// words of `known`, or makes its own vocabulary.
///
/// # Errors
/// [`TrainError::NoData`], [`TrainError::Damaged`], [`TrainError::Input`].
pub fn open(given: &str, known: Option<&Vocabulary>) -> Result<Dataset, TrainError> {
    if given == DIGITS {
        return Ok(digits::digits()?);
    }
    let path = Path::new(given);
    let text = path.extension().is_some_and(|extension| extension == "txt");
    if path.is_file() && text {
        return sentences::text(path, known);
    }
    let has = |name: &str| path.join(name).exists();
    if has(binary::CIFAR10) {
        return binary::cifar10(path);
    }
    if has(binary::STL10) {
        return binary::stl10(path);
    }
    if idx::find(path, "train-images", 3).is_some() {
        return idx::idx(path);
    }
    if has(numpy::WHOLE) || has(numpy::FIRST) {
        return numpy::numpy(path);
    }
    Err(TrainError::NoData {
        given: given.to_owned(),
        seen: seen(path),
    })
}

/// The place of `given` from the root of the file system; none for what is in the program.
pub fn located(given: &str) -> Option<String> {
    let place = std::path::absolute(given).ok().filter(|_| given != DIGITS);
    place?.into_os_string().into_string().ok()
}

/// What is there instead, in words.
fn seen(path: &Path) -> String {
    if path.is_file() {
        return ", found a file of another kind".into();
    }
    let Ok(entries) = path.read_dir() else {
        return ", found no such folder".into();
    };
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    if let Some(packed) = names.iter().find(|name| name.ends_with("ubyte.gz")) {
        return format!(", found {packed}: gunzip it");
    }
    match names.len() {
        0 => ", found an empty folder".into(),
        1..=4 => format!(", found {}", names.join(", ")),
        more => format!(", found {} and {} more", names[..3].join(", "), more - 3),
    }
}
