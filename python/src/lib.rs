//! What Python calls: the program of the library, with arrays in memory in place of files.
//!
//! There is one grammar and one way through: the Python side turns keywords into the words of the command line, arrays into
//! names, and reads what the program would have printed. Not here: settings, numbers, texts.

mod frame;
mod shared;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use shared::Shared;
use spherecheck::cli;
use spherecheck::console::{Cancel, Console, Gauge};
use spherecheck::input::{self, Lent};
use spherecheck::num::Dtype;
use spherecheck::report::{Destination, FigureForm, Figures};
use spherecheck::result::Audit;
use spherecheck::run::{Exit, conduct};

/// How long Ctrl-C waits to be heard.
const HEARD: Duration = Duration::from_millis(50);
/// At how many such waits it is told how far a run is.
const TOLD: u32 = 4;
/// Stack of the thread that a run has, as programs have on their first.
const STACK: usize = 8 << 20;

/// A name; the header of `.npy` where it is an array; whether its elements are bfloat16; its bytes.
type Named<'py> = (String, Option<Vec<u8>>, bool, Bound<'py, PyAny>);
/// How a run ended, what it printed on stdout, and on stderr.
type Ended = (Exit, Vec<u8>, Vec<u8>);

/// The compiled half of the package `spherecheck`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::frame::stream;
    #[pymodule_export]
    use super::{main, run, save};
}

/// Runs the program with the words of a command line, program name first, and these arrays and documents in place of files
/// of their names. Gives its exit status, its standard output and its standard error. While phases go on that count their
/// steps, `told` is called now and then: with what part of the phase is done, how many seconds the rest takes (None before
/// the first step), and its name.
#[pyfunction]
#[pyo3(signature = (words, lent, told=None))]
fn run<'py>(
    py: Python<'py>,
    words: Vec<OsString>,
    lent: Vec<Named<'py>>,
    told: Option<Py<PyAny>>,
) -> PyResult<(u8, Bound<'py, PyBytes>, String)> {
    let mut memory = Lent::default();
    for (name, header, bf16, object) in lent {
        let bytes = Arc::new(Shared::of(&object)?);
        match header {
            Some(header) => memory
                .array(&name, &header, bytes, bf16.then_some(Dtype::Bf16))
                .map_err(|error| PyValueError::new_err(error.to_string()))?,
            None => memory.contents(&name, bytes),
        }
    }
    let (exit, out, err) = py.detach(|| interruptible(words, memory, told.as_ref()))?;
    let err = String::from_utf8_lossy(&err).into_owned();
    Ok((exit as u8, PyBytes::new(py, &out), err))
}

/// Runs the program on a thread of its own, while this one asks Python whether to stop, and tells how far it is.
fn interruptible(words: Vec<OsString>, lent: Lent, told: Option<&Py<PyAny>>) -> PyResult<Ended> {
    let (cancel, gauge) = (Cancel::default(), Gauge::default());
    let (asked, read) = (cancel.clone(), gauge.clone());
    let (ended, end) = mpsc::channel();
    let work = move || {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console::plain(&mut out, &mut err).gauged(read);
        let exit = lent.during(|| conduct(&words, &mut console, &asked));
        drop(console);
        // Nobody waits where Ctrl-C was heard.
        let _ = ended.send(());
        (exit, out, err)
    };
    let worker = thread::Builder::new()
        .name("spherecheck".to_owned())
        .stack_size(STACK)
        .spawn(work)?;
    let mut waits = 0_u32;
    let stopped = loop {
        match end.recv_timeout(HEARD) {
            Err(RecvTimeoutError::Timeout) => {
                waits = waits.wrapping_add(1);
                let told = told.filter(|_| waits.is_multiple_of(TOLD));
                let heard = Python::attach(|py| {
                    py.check_signals()?;
                    tell(py, told, &gauge)
                });
                if let Err(raised) = heard {
                    cancel.request();
                    break Some(raised);
                }
            }
            // Sent, or the thread panicked and will be joined.
            _ => break None,
        }
    };
    let result = worker.join();
    match (stopped, result) {
        (Some(raised), _) => Err(raised),
        (None, Ok(ended)) => Ok(ended),
        (None, Err(_)) => Err(PyRuntimeError::new_err(
            "spherecheck panicked: this is a bug; the message is on standard error",
        )),
    }
}

/// Calls `told`, if there is something to tell.
fn tell(py: Python<'_>, told: Option<&Py<PyAny>>, gauge: &Gauge) -> PyResult<()> {
    let (Some(told), Some(now)) = (told, gauge.read()) else {
        return Ok(());
    };
    told.call1(py, (now.fraction, now.seconds_left, now.phase))?;
    Ok(())
}

/// The command: runs the program on the terminal of the process, and gives its exit status.
#[pyfunction]
fn main(py: Python<'_>, words: Vec<OsString>) -> u8 {
    py.detach(|| {
        input::say_if_cut_short();
        let mut console = Console::from_terminal(cli::colour(&words));
        let cancel = Cancel::on_signals(Exit::Interrupted as i32);
        conduct(&words, &mut console, &cancel) as u8
    })
}

/// Writes every report of a saved audit into a directory, as `--out` does, and gives the files.
#[pyfunction]
fn save(
    py: Python<'_>,
    audit: &[u8],
    dir: PathBuf,
    title: Option<String>,
) -> PyResult<Vec<PathBuf>> {
    let refused = |error: String| PyValueError::new_err(error);
    py.detach(|| {
        let audit: Audit = serde_json::from_slice(audit).map_err(|e| refused(e.to_string()))?;
        let figures = Figures {
            forms: vec![FigureForm::Png],
            title,
        };
        let destination = Destination::prepare(&dir).map_err(|e| refused(e.to_string()))?;
        let written = destination.write(&audit, &figures);
        written.map_err(|e| refused(e.to_string()))
    })
}
