//! Which of the arrays in a file is meant.

use std::path::Path;

use super::InputError;
use super::wanted::Wanted;

/// An array in a file, as far as choosing it needs to know.
pub(super) struct Entry {
    pub(super) name: String,
    /// Shape and element type.
    pub(super) summary: String,
}

/// Index of the array called `tensor`, or of the only one.
pub(super) fn choose(
    path: &Path,
    wanted: Wanted,
    tensor: Option<&str>,
    names: &[&str],
    entries: impl FnOnce() -> Vec<Entry>,
) -> Result<usize, InputError> {
    let path = || path.display().to_string();
    match (tensor, names) {
        (None, [_]) => Ok(0),
        (None, []) => Err(InputError::NoArrays {
            path: path(),
            found: String::new(),
        }),
        (None, _) => Err(InputError::Choose {
            path: path(),
            count: names.len(),
            how: wanted.how_to_choose(),
            listing: listing(&entries()),
        }),
        (Some(tensor), _) => names
            .iter()
            .position(|&name| name == tensor)
            .ok_or_else(|| InputError::NoSuchArray {
                path: path(),
                tensor: tensor.to_owned(),
                listing: listing(&entries()),
            }),
    }
}

/// `emb (1000, 384) f32, ids (1000,) i64`, cut where it would fill a screen.
pub(super) fn listing(entries: &[Entry]) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> = entries
        .iter()
        .take(MOST)
        .map(|e| format!("`{}` {}", e.name, e.summary))
        .collect();
    let more = match entries.len() {
        0 => return "none".into(),
        n if n > MOST => format!(", and {} more", n - MOST),
        _ => String::new(),
    };
    shown.join(", ") + &more
}
