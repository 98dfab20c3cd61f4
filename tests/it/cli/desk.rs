//! Small inputs, and the program run beside them.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::Rows;

/// A directory of small inputs; the program runs in it, so that messages name files by their bare names.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        let desk = Self(TempDir::new().expect("a temporary directory"));
        desk.npy("a.npy", "<f4", (6, 3), &points(0.0));
        desk.npy("b.npy", "<f4", (6, 3), &points(0.2));
        desk.npy("pairs.npy", "<i8", (3, 2), &integers(&[0, 1, 2, 3, 4, 5]));
        desk.file("labels.csv", "class\nx\ny\nx\ny\nx\nz\n");
        desk
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path(name), contents).expect("the temporary directory takes files");
    }

    /// Writes an array of two axes in version 1.0 of the format.
    pub(crate) fn npy(&self, name: &str, descr: &str, shape: (usize, usize), data: &[u8]) {
        self.array(name, &format!("'{descr}'"), &format!("{shape:?}"), data);
    }

    /// Writes a matrix of f32.
    pub(crate) fn rows(&self, name: &str, rows: &Rows) {
        let values = rows.iter().flatten();
        let bytes: Vec<u8> = values.flat_map(|v| v.to_le_bytes()).collect();
        self.npy(name, "<f4", (rows.len(), rows[0].len()), &bytes);
    }

    /// Writes any element type and shape, as Python spells them: also such as nobody should write.
    pub(crate) fn array(&self, name: &str, descr: &str, shape: &str, data: &[u8]) {
        let mut header =
            format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}");
        // Magic, version, length and header, newline included, fill a multiple of 64 bytes.
        while (10 + header.len() + 1) % 64 != 0 {
            header.push(' ');
        }
        header.push('\n');
        let length = u16::try_from(header.len()).expect("a short header");
        let start = [b"\x93NUMPY\x01\x00", &length.to_le_bytes()[..]].concat();
        self.file(name, [&start, header.as_bytes(), data].concat());
    }

    /// The program with this command line, split at spaces, in an environment that does not touch its output.
    pub(crate) fn run(&self, line: &str) -> assert_cmd::assert::Assert {
        self.command(line).assert()
    }

    /// Runs what is refused: status 2, nothing on stdout, and `said` on stderr.
    #[track_caller]
    pub(crate) fn refused(&self, line: &str, said: &str) {
        let run = self.run(line).code(2).stdout(is_empty());
        let trouble = contains("error: ").or(contains("Usage: "));
        run.stderr(trouble.and(contains(said)));
    }

    /// The same for each `line -> said`.
    #[track_caller]
    pub(crate) fn all_refused(&self, cases: &[&str]) {
        for case in cases {
            let (line, said) = case.split_once(" -> ").expect("line -> said");
            self.refused(line, said);
        }
    }

    /// Writes what a run that succeeds prints to `name`.
    #[track_caller]
    pub(crate) fn saved(&self, line: &str, name: &str) {
        let run = self.run(line).success();
        self.file(name, &run.get_output().stdout);
    }

    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = assert_cmd::cargo::cargo_bin_cmd!("spherecheck");
        for variable in [
            "SPHERECHECK_KERNEL",
            "NO_COLOR",
            "CLICOLOR",
            "CLICOLOR_FORCE",
            "COLUMNS",
        ] {
            command.env_remove(variable);
        }
        command
            .current_dir(self.0.path())
            .args(line.split_whitespace());
        command
    }

    /// The JSON report of a run that succeeds.
    pub(crate) fn json(&self, line: &str) -> Value {
        let run = self.run(&format!("{line} --format json")).success();
        serde_json::from_slice(&run.get_output().stdout).expect("stdout is JSON and nothing else")
    }
}

/// Six points around the sphere; `turn` moves each a little.
pub(crate) fn points(turn: f32) -> Vec<u8> {
    let row = |i: u8| {
        let angle = f32::from(i) + turn;
        [angle.cos(), angle.sin(), (2.0 * angle).sin()]
    };
    (0..6).flat_map(row).flat_map(f32::to_le_bytes).collect()
}

pub(crate) fn integers(values: &[i64]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory)
        .expect("a readable directory")
        .flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}
