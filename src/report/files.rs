//! `--out DIR`: every report as a file, each whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Format, ReportError, Style, render};
use crate::audit::Audit;

/// A directory that was there, or was made, and took a file when it was asked.
#[derive(Debug)]
pub struct Destination {
    dir: PathBuf,
}

impl Destination {
    /// Makes the directory where it is missing and tries a file in it: to be called before the long pass, not after.
    ///
    /// # Errors
    /// [`ReportError::NotADirectory`], [`ReportError::CannotCreate`], [`ReportError::NotWritable`].
    pub fn prepare(dir: &Path) -> Result<Self, ReportError> {
        let path = || dir.to_owned();
        if dir.exists() && !dir.is_dir() {
            return Err(ReportError::NotADirectory { path: path() });
        }
        fs::create_dir_all(dir).map_err(|source| ReportError::CannotCreate {
            path: path(),
            source,
        })?;
        temporary(dir).map_err(|source| ReportError::NotWritable {
            path: path(),
            source,
        })?;
        Ok(Self { dir: path() })
    }

    /// Writes `audit.json`, `audit.csv`, `audit.md` and the pictures that the audit's distributions and measures
    /// allow; gives the files written. A build without `tables` or `plots` leaves those files out.
    ///
    /// Nothing is written before everything is rendered, and a file appears under its name only when it is complete.
    ///
    /// # Errors
    /// Those of [`render`], [`ReportError::Draw`], [`ReportError::Write`].
    pub fn write(&self, audit: &Audit) -> Result<Vec<PathBuf>, ReportError> {
        let mut files = Vec::new();
        for (name, format) in [
            ("audit.json", Format::Json),
            ("audit.csv", Format::Csv),
            ("audit.md", Format::Md),
        ] {
            match render(audit, format, Style::default()) {
                Ok(bytes) => files.push((name, bytes)),
                Err(ReportError::NotBuilt { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        #[cfg(feature = "plots")]
        files.extend(super::plot::pictures(audit, &self.dir)?);

        self.place(files)
    }

    /// Writes files into the directory, each whole or not at all; gives their paths.
    ///
    /// # Errors
    /// [`ReportError::Write`].
    pub fn place(&self, files: Vec<(&'static str, Vec<u8>)>) -> Result<Vec<PathBuf>, ReportError> {
        let named = files.into_iter();
        write_all(
            named
                .map(|(name, bytes)| (self.dir.join(name), bytes))
                .collect(),
        )
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// Writes files, each whole or not at all, and none before all of them lie complete beside their places; gives the
/// files written.
///
/// # Errors
/// [`ReportError::Write`].
pub fn write_all(files: Vec<(PathBuf, Vec<u8>)>) -> Result<Vec<PathBuf>, ReportError> {
    let failed = |path: &Path, source| ReportError::Write {
        path: path.to_owned(),
        source,
    };
    let mut ready = Vec::with_capacity(files.len());
    for (path, bytes) in files {
        // A path that is a directory would only be found out when others are written already.
        if path.is_dir() {
            return Err(failed(&path, io::ErrorKind::IsADirectory.into()));
        }
        let file = complete(directory(&path), &bytes).map_err(|source| failed(&path, source))?;
        ready.push((path, file));
    }
    let mut written = Vec::with_capacity(ready.len());
    for (path, file) in ready {
        file.persist(&path).map_err(|e| failed(&path, e.error))?;
        written.push(path);
    }
    Ok(written)
}

/// Whether a file could be written at this path, found out before the long pass.
///
/// # Errors
/// [`ReportError::Write`].
pub fn writable(path: &Path) -> Result<(), ReportError> {
    let tried = if path.is_dir() {
        Err(io::ErrorKind::IsADirectory.into())
    } else {
        temporary(directory(path)).map(drop)
    };
    tried.map_err(|source| ReportError::Write {
        path: path.to_owned(),
        source,
    })
}

/// The directory that a file lies in.
fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn complete(dir: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = temporary(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A file that goes away unless it is persisted.
fn temporary(dir: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".spherecheck-");
    // Reports are for others too: like any new file, and unlike a temporary one, they follow the umask.
    #[cfg(unix)]
    let public = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(public);
    builder.tempfile_in(dir)
}
