//! NumPy's `.npz`: a zip archive of `.npy` members.
//!
//! A stored member is used where it lies in the mapped file; a deflated one is inflated into memory. The archive's
//! checksum is verified in both, which reads a stored member once more.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use zip::read::ZipFile;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::InputError;
use super::array::Array;
use super::choose::choose;
use super::room::room_or;
use super::wanted::Wanted;
use super::{foreign, npy};
use crate::data::Bytes;

/// Deflate cannot make more of one byte than this.
const MAX_RATIO: u64 = 1032;

type Archive<'a> = ZipArchive<io::Cursor<&'a [u8]>>;

/// The member called `tensor` (with or without `.npy`), or the only one.
pub(super) fn array(
    path: &Path,
    bytes: &Bytes,
    wanted: Wanted,
    tensor: Option<&str>,
) -> Result<Array, InputError> {
    let refused = |cause: ZipError| InputError::Archive {
        source_name: path.display().to_string(),
        cause,
    };
    let mut archive = ZipArchive::new(io::Cursor::new((**bytes).as_ref())).map_err(refused)?;
    let members = members(&archive).map_err(refused)?;
    if members
        .iter()
        .any(|(_, name)| name == "data.pkl" || name.ends_with("/data.pkl"))
    {
        return Err(foreign::pickle(path));
    }
    if members.iter().any(|(_, name)| name == "xl/workbook.xml") {
        return Err(foreign::workbook(path));
    }
    let arrays: Vec<(usize, &str)> = members
        .iter()
        .filter_map(|(i, name)| Some((*i, name.strip_suffix(".npy")?)))
        .collect();
    if arrays.is_empty() && !members.is_empty() {
        let (count, first) = (members.len(), &members[0].1);
        return Err(InputError::NoArrays {
            path: path.display().to_string(),
            found: format!(" (but {count} of another kind, such as `{first}`)"),
        });
    }
    let names: Vec<&str> = arrays.iter().map(|&(_, name)| name).collect();
    // `np.savez` itself turns the name `x.npy` into the member `x.npy.npy`: the full name goes first.
    let tensor = tensor.map(|t| match names.contains(&t) {
        true => t,
        false => t.strip_suffix(".npy").unwrap_or(t),
    });
    let chosen = choose(path, wanted, tensor, &names, |at| {
        summary(&mut archive, arrays[at].0).unwrap_or_else(|| "(not readable)".into())
    })?;
    let (index, member) = arrays[chosen];
    let name = format!("{}[{member}]", path.display());
    let refused = |cause: ZipError| InputError::Archive {
        source_name: name.clone(),
        cause,
    };
    let file = archive.by_index(index).map_err(refused)?;
    if let Some((start, end)) = stored_range(&file, (**bytes).as_ref().len()) {
        let member = (**bytes).as_ref().get(start..end).unwrap_or_default();
        let (promised, found) = (file.crc32(), crc32fast::hash(member));
        if promised != found {
            return Err(InputError::Checksum {
                source_name: name,
                promised,
                found,
            });
        }
        return npy::array(name, Arc::clone(bytes), (start, end));
    }
    let inflated = inflate(file, &name)?;
    let end = inflated.len();
    npy::array(name, Arc::new(inflated), (0, end))
}

/// Index and name of every member.
fn members(archive: &Archive<'_>) -> Result<Vec<(usize, String)>, ZipError> {
    (0..archive.len())
        .map(|i| {
            let name = archive.name_for_index(i).ok_or(ZipError::FileNotFound)??;
            Ok((i, name.into_owned()))
        })
        .collect()
}

/// Where the contents of an uncompressed member lie in the archive. `None` for a compressed one.
fn stored_range<R: Read>(file: &ZipFile<'_, R>, archive_len: usize) -> Option<(usize, usize)> {
    if file.compression() != CompressionMethod::Stored || file.encrypted() {
        return None;
    }
    let start = usize::try_from(file.data_start()?).ok()?;
    let end = start.checked_add(usize::try_from(file.size()).ok()?)?;
    (file.size() == file.compressed_size() && end <= archive_len).then_some((start, end))
}

/// The contents of a member. The size it promises is believed only as far as deflate could keep the promise.
fn inflate<R: Read>(file: ZipFile<'_, R>, name: &str) -> Result<Vec<u8>, InputError> {
    let promised = file.size();
    let wrong = |found: String| InputError::MemberSize {
        source_name: name.to_owned(),
        promised,
        found,
    };
    let reachable = file.compressed_size().saturating_mul(MAX_RATIO);
    if promised > reachable {
        let packed = file.compressed_size();
        return Err(wrong(format!(
            "{packed} compressed bytes, which cannot hold that much"
        )));
    }
    let advice = "save it uncompressed (np.savez), which is used where it lies";
    let room = usize::try_from(promised).unwrap_or(usize::MAX);
    let mut contents = room_or(name, room, advice)?;
    // One byte more than promised shows a member that is longer, without inflating all of it.
    let mut file = file.take(promised.saturating_add(1));
    file.read_to_end(&mut contents)
        .map_err(|cause| InputError::Inflate {
            source_name: name.to_owned(),
            cause,
        })?;
    match contents.len() as u64 {
        found if found == promised => Ok(contents),
        found if found > promised => Err(wrong("more".into())),
        found => Err(wrong(found.to_string())),
    }
}

/// Shape and element type of an array, from the first bytes of its member.
fn summary(archive: &mut Archive<'_>, index: usize) -> Option<String> {
    let mut head = Vec::new();
    let member = archive.by_index(index).ok()?;
    member.take(npy::HEAD).read_to_end(&mut head).ok()?;
    let (layout, _) = npy::header("", &head).ok()?;
    Some(layout.summary())
}
