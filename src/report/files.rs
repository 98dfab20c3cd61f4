//! `--out DIR`: every report as a file, each whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::ReportError;
use super::render::files;
use crate::output::{takes_files, write_all};
use crate::result::{Audit, Comparison};

/// A directory that takes files, or will be made where they are taken.
#[derive(Debug)]
pub struct Destination {
    dir: PathBuf,
}

impl Destination {
    /// Tries a file in the directory, or in the one where it will be made: to be called before the long pass, not after.
    /// Nothing is left there.
    ///
    /// # Errors
    /// [`ReportError::NotADirectory`], [`ReportError::CannotCreate`], [`ReportError::NotWritable`].
    pub fn prepare(dir: &Path) -> Result<Self, ReportError> {
        let path = || dir.to_owned();
        if dir.is_dir() {
            takes_files(dir).map_err(|source| ReportError::NotWritable {
                path: path(),
                source,
            })?;
            return Ok(Self { dir: path() });
        }
        // Also a link that leads nowhere.
        if dir.symlink_metadata().is_ok() {
            return Err(ReportError::NotADirectory { path: path() });
        }
        let above = dir.ancestors().skip(1).find(|above| above.exists());
        takes_files(above.unwrap_or(Path::new("."))).map_err(|source| {
            ReportError::CannotCreate {
                path: path(),
                source,
            }
        })?;
        Ok(Self { dir: path() })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the directory where it is missing: to be called when there is something to write.
    ///
    /// # Errors
    /// [`ReportError::CannotCreate`].
    pub fn make(&self) -> Result<(), ReportError> {
        fs::create_dir_all(&self.dir).map_err(|source| ReportError::CannotCreate {
            path: self.dir.clone(),
            source,
        })
    }

    /// Writes `audit.json`, `audit.csv`, `audit.md` and the pictures that the audit's distributions and measures
    /// allow; gives the files written. A build without `tables` or `plots` leaves those files out.
    ///
    /// Nothing is written before everything is rendered, and a file appears under its name only when it is complete.
    ///
    /// # Errors
    /// Those of [`files`], [`ReportError::Draw`], [`ReportError::Write`].
    pub fn write(&self, audit: &Audit) -> Result<Vec<PathBuf>, ReportError> {
        #[cfg_attr(
            not(feature = "plots"),
            expect(unused_mut, reason = "pictures are added")
        )]
        let mut files = files(audit, ["audit.json", "audit.csv", "audit.md"])?;
        #[cfg(feature = "plots")]
        files.extend(super::plot::pictures(audit)?);

        self.place(files)
    }

    /// Writes files into the directory, each whole or not at all; gives their paths.
    ///
    /// # Errors
    /// [`ReportError::CannotCreate`], [`ReportError::Write`].
    pub fn place(&self, files: Vec<(&'static str, Vec<u8>)>) -> Result<Vec<PathBuf>, ReportError> {
        self.make()?;
        let named = files.into_iter();
        let files = named.map(|(name, bytes)| (self.dir.join(name), bytes));
        Ok(write_all(files.collect())?)
    }
}

/// `compare.json`, `compare.csv`, `compare.md` and the pictures that the comparison allows.
///
/// # Errors
/// Those of [`files`], [`ReportError::Draw`].
pub fn comparison_files(
    comparison: &Comparison,
) -> Result<Vec<(&'static str, Vec<u8>)>, ReportError> {
    #[cfg_attr(
        not(feature = "plots"),
        expect(unused_mut, reason = "pictures are added")
    )]
    let mut files = files(comparison, ["compare.json", "compare.csv", "compare.md"])?;
    #[cfg(feature = "plots")]
    files.extend(super::plot::comparison_pictures(comparison)?);
    Ok(files)
}
