//! Several files that are read as one: those in a folder, or those that a pattern names. And the file that an index of
//! safetensors names for a tensor.

use std::collections::HashSet;
use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::InputError;
use super::document::refused;
use super::ending::{inner, suffix};
use super::index;
use super::lent;
use super::remote;
use super::vectors;
use super::wanted::Wanted;

/// Endings of the files in a folder that are read, beside those of vectors. A pattern may name files of any ending.
const READ: [&str; 12] = [
    "npy",
    "npz",
    "safetensors",
    "parquet",
    "arrow",
    "arrows",
    "feather",
    "jsonl",
    "ndjson",
    "csv",
    "tsv",
    "vec",
];

/// Names that a message lists.
const LISTED: usize = 3;

/// What a path stands for.
pub(super) enum Resolved {
    /// One file, and the tensor that is meant in it.
    File(PathBuf, Option<String>),
    Shards(Shards),
}

/// Files that are read as one, in the order of their numbers.
pub(super) struct Shards {
    /// What messages call all of them.
    pub(super) name: String,
    /// At least one.
    pub(super) files: Vec<PathBuf>,
    /// Names beside them that are not read.
    left_out: Vec<String>,
}

impl Shards {
    /// Which files they are, in a whole sentence.
    pub(super) fn said(&self) -> String {
        let [first, .., last] = self.files.as_slice() else {
            let only = self.files.iter().map(|file| file.display().to_string());
            let only = only.collect::<String>();
            return format!("{}: this is {only}{}.", self.name, self.beside());
        };
        format!(
            "{}: read as one, in this order, from {} to {}{}.",
            self.name,
            first.display(),
            last.display(),
            self.beside()
        )
    }

    fn beside(&self) -> String {
        match self.left_out.as_slice() {
            [] => String::new(),
            names => format!("; left out: {}", listed(names)),
        }
    }
}

/// What `path` stands for: a file, where there is one; the files in a folder; else, of a pattern, the files that it names.
pub(super) fn find(
    path: &Path,
    tensor: Option<&str>,
    wanted: Wanted,
) -> Result<Resolved, InputError> {
    let plain = || Resolved::File(path.to_owned(), tensor.map(str::to_owned));
    let in_index = |path: &Path| {
        let (file, tensor) = index::file(path, tensor, wanted)?;
        Ok(Resolved::File(file, Some(tensor)))
    };
    if lent::stands_for(path) || remote::address(path).is_some() {
        return Ok(plain());
    }
    match fs::metadata(path) {
        Ok(about) if about.is_dir() => match folder(path)? {
            Inside::Index(index) => in_index(&index),
            Inside::Files(files, left_out) => shards(path, tensor, files, left_out),
        },
        Ok(_) if index::is_named(path) => in_index(path),
        Ok(_) => Ok(plain()),
        Err(_) => match pattern(path) {
            Some(pattern) => {
                let (files, left_out) = matching(path, pattern)?;
                shards(path, tensor, files, left_out)
            }
            // What is wrong with it is said where it is opened.
            None => Ok(plain()),
        },
    }
}

fn shards(
    path: &Path,
    tensor: Option<&str>,
    mut files: Vec<PathBuf>,
    mut left_out: Vec<String>,
) -> Result<Resolved, InputError> {
    files.sort_by_cached_key(|file| natural(file));
    // Who packs a file may keep it: its rows would count twice.
    let plain = |file: &PathBuf| inner(file).map(|name| file.with_file_name(name));
    let all: HashSet<&PathBuf> = files.iter().collect();
    let twice = files.iter().find_map(|packed| {
        let plain = plain(packed)?;
        all.contains(&plain).then_some((plain, packed))
    });
    if let Some((plain, packed)) = twice {
        return Err(InputError::Files {
            path: path.display().to_string(),
            found: format!(
                "{} and, packed by its name, {}",
                plain.display(),
                packed.display()
            ),
            advice: "move one of them away, or name the files you mean by a pattern".into(),
        });
    }
    left_out.sort();
    let tensor = tensor.map(|tensor| format!("[{tensor}]"));
    let plural = if files.len() == 1 { "" } else { "s" };
    Ok(Resolved::Shards(Shards {
        name: format!(
            "{}{} ({} file{plural})",
            path.display(),
            tensor.unwrap_or_default(),
            files.len()
        ),
        files,
        left_out,
    }))
}

/// What a folder holds.
enum Inside {
    /// Files of one kind, and names beside them that are not read.
    Files(Vec<PathBuf>, Vec<String>),
    /// Files of safetensors with the index that tells which tensor lies in which.
    Index(PathBuf),
}

fn folder(path: &Path) -> Result<Inside, InputError> {
    let entries = fs::read_dir(path).map_err(|cause| refused(path, cause))?;
    let (mut files, mut folders, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        let entry = entry.map_err(|cause| refused(path, cause))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Links are followed; one that leads nowhere is left out.
        let about = fs::metadata(entry.path()).ok();
        match about {
            Some(about) if about.is_dir() => folders.push(format!("{name}{MAIN_SEPARATOR}")),
            Some(about) if about.is_file() && index::is_named(&entry.path()) => {
                return Ok(Inside::Index(entry.path()));
            }
            Some(about) if about.is_file() && !is_mark(&name) && is_read(&entry.path()) => {
                files.push(entry.path());
            }
            _ => others.push(name),
        }
    }
    let refuse = |found: String, advice: String| InputError::Files {
        path: path.display().to_string(),
        found,
        advice,
    };
    let within = |rest: &str| path.join(rest).display().to_string();
    let kinds = kinds(&files);
    if kinds.len() > 1 {
        let found = kinds.iter().map(|(kind, count)| format!("{count} .{kind}"));
        let found = found.collect::<Vec<String>>().join(", ");
        return Err(refuse(
            format!("files of several kinds ({found})"),
            format!(
                "name the files you mean by a pattern in quotes: '{}'",
                within(&format!("*.{}", kinds[0].0))
            ),
        ));
    }
    folders.sort();
    others.sort();
    if !files.is_empty() {
        folders.append(&mut others);
        return Ok(Inside::Files(files, folders));
    }
    Err(match (folders.as_slice(), others.as_slice()) {
        ([], []) => refuse("an empty folder".into(), "check the path".into()),
        ([first, ..], _) => refuse(
            format!("none, but {}", listed(&folders)),
            format!(
                "folders in folders are not entered: name one of them, such as {}",
                within(first)
            ),
        ),
        ([], others) => refuse(
            format!("none by their endings, but {}", listed(others)),
            format!(
                "if some of them are meant, name them by a pattern in quotes, such as '{}'",
                within("*")
            ),
        ),
    })
}

/// Whether writers of tables leave such a file beside them (`_SUCCESS`, `_metadata`), or it is hidden.
fn is_mark(name: &str) -> bool {
    name.starts_with(['.', '_'])
}

fn is_read(path: &Path) -> bool {
    let suffix = suffix(path);
    READ.contains(&&*suffix) || vectors::named(&suffix).is_some()
}

/// The endings of these files, each with how many have it, the most frequent first.
fn kinds(files: &[PathBuf]) -> Vec<(String, usize)> {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for kind in files.iter().map(|file| suffix(file)) {
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    kinds.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    kinds
}

/// The path as a pattern, if it is one.
fn pattern(path: &Path) -> Option<&str> {
    let text = path.to_str()?;
    (text.contains(['*', '?', '[']) && Pattern::new(text).is_ok()).then_some(text)
}

/// The files that a pattern names; folders, hidden files and, unless the pattern spells it, such as begin with `_` are
/// left out.
fn matching(path: &Path, pattern: &str) -> Result<(Vec<PathBuf>, Vec<String>), InputError> {
    let options = MatchOptions {
        case_sensitive: true,
        require_literal_separator: true,
        require_literal_leading_dot: true,
    };
    let spelled = path
        .file_name()
        .is_some_and(|name| is_mark(&name.to_string_lossy()));
    let (mut files, mut left_out) = (Vec::new(), Vec::new());
    // That it is a pattern was seen before.
    for found in glob::glob_with(pattern, options).into_iter().flatten() {
        let found = found.map_err(|cause| {
            let place = cause.path().to_owned();
            refused(&place, cause.into())
        })?;
        let name = found.file_name().unwrap_or_default().to_string_lossy();
        match (is_mark(&name) && !spelled, found.is_dir()) {
            (false, false) => files.push(found),
            (_, true) => left_out.push(format!("{name}{MAIN_SEPARATOR}")),
            (true, false) => left_out.push(name.into_owned()),
        }
    }
    if !files.is_empty() {
        return Ok((files, left_out));
    }
    left_out.sort();
    let (found, advice) = match left_out.as_slice() {
        [] => (
            "no file of this name, and none that this pattern names".to_owned(),
            "check the pattern, and put it in quotes",
        ),
        names => (
            format!("none, but {}", listed(names)),
            "folders and marks of other programs are not read: name files",
        ),
    };
    Err(InputError::Files {
        path: path.display().to_string(),
        found,
        advice: advice.to_owned(),
    })
}

/// The first of some names.
fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(LISTED)
        .map(|n| format!("`{n}`"))
        .collect();
    match names.len().saturating_sub(LISTED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// What sorts names so that numbers in them count: `emb_2` comes before `emb_10`.
fn natural(path: &Path) -> (Vec<(bool, usize, String)>, PathBuf) {
    let text = path.to_string_lossy();
    let runs = text
        .as_bytes()
        .chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
    let key = runs.map(|run| {
        let run = String::from_utf8_lossy(run);
        match run.starts_with(|c: char| c.is_ascii_digit()) {
            true => {
                let number = run.trim_start_matches('0');
                (false, number.len(), number.to_owned())
            }
            false => (true, 0, run.into_owned()),
        }
    });
    (key.collect(), path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count() {
        let mut names = [
            "emb_10.npy",
            "b2/x",
            "emb_2.npy",
            "emb_02.npy",
            "b10/x",
            "emb.npy",
            "emb_1.npy",
            "é3",
            "emb_002b",
        ];
        names.sort_by_cached_key(|name| natural(Path::new(name)));
        assert_eq!(
            names,
            [
                "b2/x",
                "b10/x",
                "emb.npy",
                "emb_1.npy",
                "emb_02.npy",
                "emb_2.npy",
                "emb_002b",
                "emb_10.npy",
                "é3",
            ]
        );
    }
}
