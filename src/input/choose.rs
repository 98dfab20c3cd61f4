//! Which of the arrays in a file is meant.

use std::path::Path;

use super::InputError;
use super::wanted::Wanted;

/// Index of the array called `tensor`, or of the only one; `summary` gives shape and element type of each.
pub(super) fn choose(
    path: &Path,
    wanted: Wanted,
    tensor: Option<&str>,
    names: &[&str],
    summary: impl FnMut(usize) -> String,
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
            listing: listing(names, summary),
        }),
        (Some(tensor), _) => names
            .iter()
            .position(|&name| name == tensor)
            .ok_or_else(|| InputError::NoSuchArray {
                path: path(),
                tensor: tensor.to_owned(),
                listing: listing(names, summary),
            }),
    }
}

/// `emb (1000, 384) f32, ids (1000,) i64`, cut where it would fill a screen.
pub(super) fn listing(names: &[&str], mut summary: impl FnMut(usize) -> String) -> String {
    const MOST: usize = 20;
    let shown: Vec<String> = (0..names.len().min(MOST))
        .map(|at| format!("`{}` {}", names[at], summary(at)))
        .collect();
    let more = match names.len() {
        0 => return "none".into(),
        n if n > MOST => format!(", and {} more", n - MOST),
        _ => String::new(),
    };
    shown.join(", ") + &more
}
