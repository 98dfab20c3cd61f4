//! The only printer of the crate: data to stdout, everything else to stderr, with a progress bar and an ear for Ctrl-C and SIGTERM.
//!
//! Not here: what is said. Reports come rendered, errors come with their words. Whatever may quote a name from a file or
//! from the command line goes through [`printable`], here or where the report is rendered.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use anstream::stream::{AsLockedWrite, RawStream};
use anstream::{AutoStream, ColorChoice};
use indicatif::ProgressDrawTarget;

use crate::report::{Style, printable};

mod progress;

use progress::ProgressForm;
pub use progress::{Cancel, Gauge, Progress, RunProgress};

/// Columns of a table where nothing tells how wide the terminal is.
const DEFAULT_WIDTH: usize = 100;

/// Where the program speaks: two streams and what they can show.
pub struct Console<'a> {
    out: Box<dyn Write + 'a>,
    err: Box<dyn Write + 'a>,
    colour_out: bool,
    colour_err: bool,
    width: usize,
    progress: ProgressForm,
    gauge: Gauge,
}

impl Console<'static> {
    /// The process's own stdout and stderr. With [`ColorChoice::Auto`] each is coloured if it is a terminal that can
    /// show colours, subject to `NO_COLOR`, `CLICOLOR` and `CLICOLOR_FORCE`.
    pub fn from_terminal(choice: ColorChoice) -> Self {
        let (out, colour_out) = stream(io::stdout(), choice);
        let (err, colour_err) = stream(io::stderr(), choice);
        Self {
            out,
            err,
            colour_out,
            colour_err,
            width: terminal_width(),
            progress: match io::stderr().is_terminal() {
                true => ProgressForm::Bar(ProgressDrawTarget::stderr),
                false => ProgressForm::Lines(line),
            },
            gauge: Gauge::default(),
        }
    }
}

impl<'a> Console<'a> {
    /// Plain streams: no colour, no progress bar.
    pub fn plain(out: impl Write + 'a, err: impl Write + 'a) -> Self {
        Self {
            out: Box::new(out),
            err: Box::new(err),
            colour_out: false,
            colour_err: false,
            width: DEFAULT_WIDTH,
            progress: ProgressForm::Nowhere,
            gauge: Gauge::default(),
        }
    }

    /// The same, and whoever holds a copy of `gauge` can ask how far its runs are.
    pub fn gauged(self, gauge: Gauge) -> Self {
        Self { gauge, ..self }
    }

    /// Whether data on stdout may be coloured.
    pub fn colour_out(&self) -> bool {
        self.colour_out
    }

    /// How a table on stdout is written.
    pub fn style(&self, details: bool) -> Style {
        Style {
            colour: self.colour_out,
            details,
            width: self.width,
        }
    }

    /// Whether messages on stderr may be coloured.
    pub fn colour_err(&self) -> bool {
        self.colour_err
    }

    /// Writes data to stdout. A reader that has gone away (`| head`) has what it wanted: that is success.
    ///
    /// # Errors
    /// Whatever else keeps stdout from taking the bytes, e.g. a full disk.
    pub fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.out.write_all(bytes).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done,
        }
    }

    /// Writes a line to stderr, made [`printable`].
    pub fn note(&mut self, text: impl Display) {
        self.verbatim(&printable(&text.to_string()));
    }

    /// Writes lines to stderr as they are: what is made to be printed, such as help and workflow commands.
    pub fn verbatim(&mut self, text: &str) {
        // Where stderr takes nothing there is nobody left to tell.
        let _ = writeln!(self.err, "{text}").and_then(|()| self.err.flush());
    }

    /// Writes an error and its causes to stderr, on one line, made [`printable`].
    pub fn error(&mut self, error: &(dyn Error + 'static)) {
        let red = anstyle::AnsiColor::Red.on_default().bold();
        let style = if self.colour_err {
            red
        } else {
            anstyle::Style::new()
        };
        let text = printable(&chain(error));
        self.verbatim(&format!("{style}error:{style:#} {text}"));
    }

    /// A watch over a run. If `wanted`, with a bar on stderr where that is a terminal, and a line there every minute where
    /// it is not.
    pub fn progress(&self, wanted: bool, cancel: &Cancel) -> Progress {
        let shown = if wanted {
            self.progress
        } else {
            ProgressForm::Nowhere
        };
        Progress::new(shown, cancel, self.gauge.clone())
    }
}

/// Writes a line to the process's stderr, from any thread.
fn line(text: &str) {
    // Where stderr takes nothing there is nobody left to tell.
    let _ = writeln!(io::stderr(), "{text}");
}

/// A stream of the process, and whether it is coloured.
fn stream<S: RawStream + AsLockedWrite + 'static>(
    raw: S,
    choice: ColorChoice,
) -> (Box<dyn Write>, bool) {
    let colour = coloured(choice, AutoStream::choice(&raw));
    // `always` also switches escape codes on where Windows wants to be asked. Without colour the plain stream is
    // used: data pass byte for byte.
    let stream: Box<dyn Write> = match colour {
        true => Box::new(AutoStream::always(raw)),
        false => Box::new(raw),
    };
    (stream, colour)
}

fn coloured(asked: ColorChoice, found: ColorChoice) -> bool {
    let choice = if asked == ColorChoice::Auto {
        found
    } else {
        asked
    };
    matches!(choice, ColorChoice::Always | ColorChoice::AlwaysAnsi)
}

fn terminal_width() -> usize {
    let stated = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    let found = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    stated
        .or_else(found)
        .filter(|&width| width > 0)
        .unwrap_or(DEFAULT_WIDTH)
}

/// The error and its causes, outermost first. A cause that the text before it already quotes is not said again.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Refusing(io::ErrorKind);

    impl Write for Refusing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Link {
        text: &'static str,
        source: Option<Box<Link>>,
    }

    #[test]
    fn data_and_notes_go_their_own_ways() {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut console = Console::plain(&mut out, &mut err);
        console.data(b"1,2\n").unwrap();
        console.note("wrote a.csv");
        drop(console);
        assert_eq!((&out[..], &err[..]), (&b"1,2\n"[..], &b"wrote a.csv\n"[..]));
    }

    #[test]
    fn a_broken_pipe_is_success_and_a_full_disk_is_not() {
        let data = |kind| Console::plain(Refusing(kind), io::sink()).data(b"x");
        assert!(data(io::ErrorKind::BrokenPipe).is_ok());
        assert_eq!(
            data(io::ErrorKind::StorageFull).unwrap_err().kind(),
            io::ErrorKind::StorageFull
        );
    }

    #[test]
    fn an_error_says_each_cause_once() {
        let link = |text, source: Option<Link>| Link {
            text,
            source: source.map(Box::new),
        };
        let error = link(
            "x.npy: cannot be read",
            Some(link("cannot be read", Some(link("no such file", None)))),
        );
        let mut err = Vec::new();
        Console::plain(io::sink(), &mut err).error(&error);
        assert_eq!(
            String::from_utf8_lossy(&err),
            "error: x.npy: cannot be read: no such file\n"
        );
    }

    /// A name that begins a line of its own, and that drives the terminal.
    #[test]
    fn names_stay_on_their_line_and_our_colour_is_all_there_is() {
        let mut err = Vec::new();
        let mut console = Console::plain(io::sink(), &mut err);
        console.colour_err = true;
        console.note("wrote a\n::error::b");
        console.error(&Link {
            text: "x\u{1b}[2J\r::error::y: no such file",
            source: None,
        });
        drop(console);
        assert_eq!(
            String::from_utf8_lossy(&err),
            "wrote a\\n::error::b\n\u{1b}[1m\u{1b}[31merror:\u{1b}[0m x\\u{1b}[2J\\r::error::y: no such file\n"
        );
    }

    #[test]
    fn what_the_user_asks_beats_what_the_terminal_can() {
        use ColorChoice::{Always, Auto, Never};
        assert!(coloured(Always, Never) && coloured(Auto, Always));
        assert!(!coloured(Never, Always) && !coloured(Auto, Never));
    }
}
