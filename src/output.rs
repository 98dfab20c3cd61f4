//! Bytes out, into files: each whole or not at all, at the end of all links, and never in the place of a device.
//!
//! Not here: what is written, and what becomes of standard output.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

/// What the names of temporary files begin and end with; between them stand [`RANDOM`] letters and digits.
const PREFIX: &str = ".spherecheck-";
const SUFFIX: &str = ".tmp";
const RANDOM: usize = 12;
/// A temporary file lives for as long as it takes to write it. One that nobody wrote to for so long was left behind.
const LEFT_BEHIND: Duration = Duration::from_secs(60 * 60);

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written; the file is as it was before", path.display())]
pub struct WriteError {
    /// As it was given.
    pub path: PathBuf,
    /// What kept it from being written.
    pub source: io::Error,
}

/// Where a path leads.
enum Target {
    /// A regular file, there or not yet: the end of all links.
    File(PathBuf),
    /// Standard output or error under another name.
    Open(File),
    /// A pipe or a device.
    Stream(PathBuf),
}

impl Target {
    fn of(path: &Path) -> io::Result<Self> {
        let about = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return end_of_links(path).map(Self::File);
            }
            about => about?,
        };
        if about.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::FileTypeExt;
            if about.file_type().is_block_device() {
                return Err(io::Error::other(
                    "this is a disk; give the name of a file on it",
                ));
            }
            if let Some(open) = already_open(&about) {
                return Ok(Self::Open(open));
            }
        }
        if !about.is_file() {
            return Ok(Self::Stream(path.to_owned()));
        }
        // A name without a place, such as the descriptor of a file that was removed, can only be written through.
        Ok(fs::canonicalize(path).map_or_else(|_| Self::Stream(path.to_owned()), Self::File))
    }

    /// Writes to what is no regular file, as it is.
    fn pour(self, bytes: &[u8]) -> io::Result<()> {
        let mut file = match self {
            Self::Open(file) => file,
            Self::Stream(path) | Self::File(path) => OpenOptions::new().write(true).open(path)?,
        };
        match file.write_all(bytes) {
            // A reader that has gone has what it wanted.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done,
        }
    }
}

/// Standard output or error, if it is the file that `about` speaks of: only its own handle knows how far it is written,
/// and a file in its place would be cut off from it.
#[cfg(unix)]
fn already_open(about: &Metadata) -> Option<File> {
    use std::os::fd::AsFd;
    use std::os::unix::fs::MetadataExt;
    let (out, err) = (io::stdout(), io::stderr());
    [out.as_fd(), err.as_fd()].into_iter().find_map(|handle| {
        let file = File::from(handle.try_clone_to_owned().ok()?);
        let own = file.metadata().ok()?;
        ((own.dev(), own.ino()) == (about.dev(), about.ino())).then_some(file)
    })
}

/// What links lead to where nothing is yet.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut end = path.to_owned();
    // As many as Linux follows.
    for _ in 0..40 {
        match fs::read_link(&end) {
            Ok(next) => end = directory(&end).join(next),
            Err(_) => return Ok(end),
        }
    }
    Err(io::Error::other("its symbolic links lead nowhere"))
}

/// Writes files, each whole or not at all, and none before all of them lie complete beside their places; gives the
/// files written.
///
/// A link is followed, and the file at its end replaced. Pipes and devices (`/dev/null`, `/dev/stdout`) are written to
/// as they are. Temporary files that a run which was killed left in the same directories are removed.
///
/// # Errors
/// [`WriteError`].
pub fn write_all(files: Vec<(PathBuf, Vec<u8>)>) -> Result<Vec<PathBuf>, WriteError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| WriteError { path, source }
    };
    let (mut whole, mut streams) = (Vec::with_capacity(files.len()), Vec::new());
    for (path, bytes) in &files {
        match Target::of(path).map_err(failed(path))? {
            Target::File(real) => {
                let file = complete(&real, bytes).map_err(failed(path))?;
                whole.push((path, real, file));
            }
            stream => streams.push((path, stream, bytes)),
        }
    }
    for (path, stream, bytes) in streams {
        stream.pour(bytes).map_err(failed(path))?;
    }
    let mut swept = BTreeSet::new();
    for (path, real, file) in whole {
        let dir = directory(&real);
        if swept.insert(dir.to_owned()) {
            sweep(dir, file.as_file());
        }
        file.persist(&real).map_err(|e| failed(path)(e.error))?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// Whether [`write_all`] could write at this path, found out before the long pass.
///
/// # Errors
/// [`WriteError`].
pub fn writable(path: &Path) -> Result<(), WriteError> {
    let tried = Target::of(path).and_then(|target| match target {
        Target::File(real) => takes_files(directory(&real)),
        // A pipe that is opened to try it would end for its reader.
        Target::Open(_) | Target::Stream(_) => Ok(()),
    });
    tried.map_err(|source| WriteError {
        path: path.to_owned(),
        source,
    })
}

/// Whether files can be made in this directory.
///
/// # Errors
/// What keeps them out.
pub fn takes_files(dir: &Path) -> io::Result<()> {
    temporary(dir).map(drop)
}

/// The directory that a file lies in.
fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// A whole file beside its place, with the permissions of the one that it will replace.
fn complete(real: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = temporary(directory(real))?;
    file.write_all(bytes)?;
    #[cfg(unix)]
    if let Ok(about) = fs::metadata(real) {
        file.as_file().set_permissions(about.permissions())?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

/// A file that goes away unless it is persisted.
fn temporary(dir: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).rand_bytes(RANDOM).suffix(SUFFIX);
    // Reports are for others too: like any new file, and unlike a temporary one, they follow the umask.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(dir)
}

/// Removes what runs that were killed left in `dir`: by name a temporary file of ours, regular, of the owner of `own`,
/// and old. Whatever keeps it from being removed leaves it where it is.
fn sweep(dir: &Path, own: &File) {
    let (Ok(entries), Ok(own)) = (fs::read_dir(dir), own.metadata()) else {
        return;
    };
    for entry in entries.flatten() {
        let left_behind = entry.file_name().to_str().is_some_and(is_temporary)
            // Of a link, not of what it leads to.
            && entry.metadata().is_ok_and(|about| about.is_file() && is_old(&about) && same_owner(&about, &own));
        if left_behind {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_temporary(name: &str) -> bool {
    let random = name
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.strip_suffix(SUFFIX));
    random.is_some_and(|random| {
        random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

fn is_old(about: &Metadata) -> bool {
    let age = about.modified().map(|then| then.elapsed());
    matches!(age, Ok(Ok(age)) if age > LEFT_BEHIND)
}

#[cfg(unix)]
fn same_owner(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    a.uid() == b.uid()
}

#[cfg(not(unix))]
fn same_owner(_: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, bytes: &[u8]) -> Result<Vec<PathBuf>, WriteError> {
        write_all(vec![(path.to_owned(), bytes.to_vec())])
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_to_a_file_that_is_there_or_not_yet() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("store")).expect("made");
        fs::write(at("store/old.json"), "old").expect("written");
        for (link, to) in [
            ("a", "store/old.json"),
            ("b", "store/new.json"),
            ("c", "b"),
            ("loop", "loop"),
        ] {
            std::os::unix::fs::symlink(to, at(link)).expect("linked");
        }
        for (link, real) in [("a", "store/old.json"), ("c", "store/new.json")] {
            writable(&at(link)).expect("can be");
            write(&at(link), link.as_bytes()).expect("written");
            assert!(at(link).is_symlink(), "{link} is still a link");
            assert_eq!(fs::read(at(real)).expect("is there"), link.as_bytes());
        }
        assert!(write(&at("loop"), b"x").is_err() && at("loop").is_symlink());
    }

    #[cfg(unix)]
    #[test]
    fn pipes_and_devices_stay_what_they_are() {
        use std::os::unix::fs::FileTypeExt;
        let null = Path::new("/dev/null");
        writable(null).expect("can be");
        write(null, b"x").expect("written");
        assert!(
            fs::metadata(null)
                .expect("is there")
                .file_type()
                .is_char_device()
        );

        let dir = tempfile::tempdir().expect("a directory");
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .expect("mkfifo runs");
        assert!(made.success());
        writable(&pipe).expect("can be, and is not opened for it");
        let from = pipe.clone();
        let reader = std::thread::spawn(move || fs::read(from).expect("reads to its end"));
        write(&pipe, b"through").expect("written");
        assert_eq!(reader.join().expect("ended"), b"through");
        assert!(fs::metadata(&pipe).expect("is there").file_type().is_fifo());
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_is_replaced_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("baseline.json");
        fs::write(&path, "old").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("set");
        write(&path, b"new").expect("written");
        let about = fs::metadata(&path).expect("is there");
        assert_eq!(about.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn only_old_temporary_files_of_ours_are_removed() {
        let dir = tempfile::tempdir().expect("a directory");
        let made = |name: &str, hours: u64| {
            let file = File::create(dir.path().join(name)).expect("made");
            let then = std::time::SystemTime::now() - Duration::from_secs(3600 * hours + 60);
            file.set_modified(then).expect("set");
        };
        made(".spherecheck-AbCdEf012345.tmp", 1);
        made(".spherecheck-aaaaaaaaaaaa.tmp", 0);
        made(".spherecheck-settings.tmp", 9);
        made(".spherecheck-bbbbbbbbbbbb.png", 9);
        fs::create_dir(dir.path().join(".spherecheck-cccccccccccc.tmp")).expect("made");
        write(&dir.path().join("out"), b"x").expect("written");
        let mut left: Vec<_> = fs::read_dir(dir.path())
            .expect("reads")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        left.sort();
        assert_eq!(
            left,
            [
                ".spherecheck-aaaaaaaaaaaa.tmp",
                ".spherecheck-bbbbbbbbbbbb.png",
                ".spherecheck-cccccccccccc.tmp",
                ".spherecheck-settings.tmp",
                "out"
            ]
        );
    }

    #[test]
    fn nothing_is_written_where_one_of_the_files_cannot_be() {
        let dir = tempfile::tempdir().expect("a directory");
        let at = |name: &str| dir.path().join(name);
        let files = ["a", "none/b"].map(|name| (at(name), b"x".to_vec()));
        let refusal = write_all(files.to_vec()).expect_err("none/ is not there");
        assert_eq!(refusal.path, at("none/b"));
        assert_eq!(fs::read_dir(dir.path()).expect("reads").count(), 0);
    }
}
