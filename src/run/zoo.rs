//! The index of a folder of reference encoders.

use std::path::Path;

use crate::input;
use crate::result::Zoo;

/// Its name in the folder.
pub(super) const INDEX: &str = "zoo.json";

/// Reads it, from the folder or by its own name; gives what messages call it, too.
pub(super) fn open(path: &Path) -> anyhow::Result<(Zoo, String)> {
    let file = if path.is_dir() {
        path.join(INDEX)
    } else {
        path.to_owned()
    };
    let name = file.display().to_string();
    let bytes = input::read_document(&file, input::MOST_JSON)?;
    let zoo = Zoo::parse(&name, &bytes)?;
    Ok((zoo, name))
}
