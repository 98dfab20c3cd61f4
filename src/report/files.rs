//! `--out DIR`: every report as a file, each whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::ReportError;
use super::figure::Figures;
use super::format::{Format, Style};
use super::html::HtmlPage;
use super::render::{Files, files, render};
use crate::output::{takes_files, write_all};
use crate::result::Audit;

/// What the page of every `--out` is called.
pub const PAGE: &str = "report.html";

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
        let path = dir.to_owned();
        if dir.is_dir() {
            return match takes_files(dir) {
                Ok(()) => Ok(Self { dir: path }),
                Err(source) => Err(ReportError::NotWritable { path, source }),
            };
        }
        // Also a link that leads nowhere.
        if dir.symlink_metadata().is_ok() {
            return Err(ReportError::NotADirectory { path });
        }
        let above = dir.ancestors().skip(1).find(|above| above.exists());
        match takes_files(above.unwrap_or(Path::new("."))) {
            Ok(()) => Ok(Self { dir: path }),
            Err(source) => Err(ReportError::CannotCreate { path, source }),
        }
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

    /// Writes `audit.json`, `audit.csv`, `audit.md`, `report.html` and the figures that the audit's distributions and
    /// measures allow, and `offenders.csv` where rows to blame were asked for, `spectrum.csv` where the spectrum was; gives the
    /// files written. A build without `plots` leaves figures out.
    ///
    /// Nothing is written before everything is rendered, and a file appears under its name only when it is complete.
    ///
    /// # Errors
    /// Those of [`files`] and [`HtmlPage::with`], [`ReportError::CannotCreate`], [`ReportError::Write`].
    pub fn write(&self, audit: &Audit, figures: &Figures) -> Result<Vec<PathBuf>, ReportError> {
        let mut all = files(audit, ["audit.json", "audit.csv", "audit.md"], figures)?;
        if let Some(offenders) = &audit.offenders {
            let bytes = render(offenders, Format::Csv, Style::default())?;
            all.push(("offenders.csv".to_owned(), bytes));
        }
        // Where figures are asked for as CSV it is there already.
        let there = all.iter().any(|(name, _)| name == "spectrum.csv");
        if let Some(spectra) = audit.spectra.as_ref().filter(|_| !there) {
            let bytes = render(spectra, Format::Csv, Style::default())?;
            all.push(("spectrum.csv".to_owned(), bytes));
        }
        let page = HtmlPage::titled(figures.title.as_deref()).with(audit)?;
        all.push((PAGE.to_owned(), page.bytes()));
        self.place(all)
    }

    /// Writes files into the directory, each whole or not at all; gives their paths.
    ///
    /// # Errors
    /// [`ReportError::CannotCreate`], [`ReportError::Write`].
    pub fn place(&self, files: Files) -> Result<Vec<PathBuf>, ReportError> {
        self.make()?;
        let named = files.into_iter();
        let files = named.map(|(name, bytes)| (self.dir.join(name), bytes));
        Ok(write_all(files.collect())?)
    }
}
