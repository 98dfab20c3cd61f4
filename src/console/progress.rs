//! How far a run is, and the wish to stop it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::pass::Watch;
use crate::report::printable;

/// A phase shorter than this shows no bar: it would only flicker.
const BAR_DELAY: Duration = Duration::from_millis(500);
const BAR_REDRAW: Duration = Duration::from_millis(200);
/// Where there is no terminal a line is written this often.
const BETWEEN_LINES: Duration = Duration::from_secs(60);

/// How it is shown how far a run is.
#[derive(Clone, Copy)]
pub(super) enum ProgressForm {
    /// Not at all.
    Nowhere,
    /// As a bar, drawn there.
    Bar(fn() -> ProgressDrawTarget),
    /// As a line now and then, written by this.
    Lines(fn(&str)),
}

/// Whether the user asked to stop. Copies share one answer.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Listens to Ctrl-C and SIGTERM: both ask to stop, and a second Ctrl-C ends the process at once with `status`. (A second
    /// SIGTERM does not: some launchers send it to a process and to its group.)
    pub fn on_signals(status: i32) -> Self {
        let cancel = Self::default();
        let asked = || cancel.0.clone();
        // In this order: the first Ctrl-C finds that nobody has asked yet. Where nobody can listen a signal keeps its usual
        // meaning and ends the process, which is no reason not to work.
        let insisted = flag::register_conditional_shutdown(SIGINT, status, asked());
        let _ = insisted.and_then(|_| flag::register(SIGINT, asked()));
        let _ = flag::register(SIGTERM, asked());
        cancel
    }

    /// Asks to stop.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked to stop.
    pub fn requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How far a run is, for other threads to ask while it goes on. Copies share one run.
#[derive(Clone, Debug)]
pub struct Gauge(ProgressBar);

/// Where a run stood when it was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct RunProgress {
    /// The phase under way, such as `all pairs of a`; a run has several, one after the other.
    pub phase: String,
    /// How much of this phase is done, from 0 to 1.
    pub fraction: f64,
    /// Seconds that the rest of this phase takes at the pace so far; none before its first step.
    pub seconds_left: Option<f64>,
}

impl Default for Gauge {
    fn default() -> Self {
        Self(ProgressBar::with_draw_target(
            Some(0),
            ProgressDrawTarget::hidden(),
        ))
    }
}

impl Gauge {
    /// Where the run stands; none between phases, and in one that counts no steps.
    pub fn read(&self) -> Option<RunProgress> {
        let total = self.0.length().filter(|&total| total > 0)?;
        if self.0.is_finished() {
            return None;
        }
        let fraction = (self.0.position() as f64 / total as f64).min(1.0);
        let left = |elapsed: Duration| elapsed.as_secs_f64() * (1.0 - fraction) / fraction;
        Some(RunProgress {
            phase: self.0.message(),
            fraction,
            seconds_left: (fraction > 0.0).then(|| left(self.0.elapsed())),
        })
    }
}

/// Watches a run: shows how far it is, and tells it when to stop. The bar leaves no trace when it is dropped.
pub struct Progress {
    bar: ProgressBar,
    shown: ProgressForm,
    /// How long a phase lasts before its bar is drawn.
    delay: Duration,
    drawn: AtomicBool,
    /// When the last line was written.
    said: Mutex<Instant>,
    between: Duration,
    cancel: Cancel,
}

impl Progress {
    pub(super) fn new(shown: ProgressForm, cancel: &Cancel, Gauge(bar): Gauge) -> Self {
        let template = "{msg} [{wide_bar}] {percent:>3}%  {elapsed}, {eta} left";
        // Only a malformed template fails, which a test excludes; the default style would do as well.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self {
            bar,
            shown,
            delay: BAR_DELAY,
            drawn: AtomicBool::new(false),
            said: Mutex::new(Instant::now()),
            between: BETWEEN_LINES,
            cancel: cancel.clone(),
        }
    }

    fn clear(&self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
        self.bar.set_draw_target(ProgressDrawTarget::hidden());
    }

    fn draw(&self, target: fn() -> ProgressDrawTarget) {
        let due = !self.drawn.load(Ordering::Relaxed) && self.bar.elapsed() >= self.delay;
        if due && !self.drawn.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(target());
            // Steps may be far apart; the clock should move all the same.
            self.bar.enable_steady_tick(BAR_REDRAW);
        }
    }

    fn say(&self, write: fn(&str)) {
        // Another thread that has the lock says what is to be said.
        let Ok(mut said) = self.said.try_lock() else {
            return;
        };
        if said.elapsed() < self.between {
            return;
        }
        *said = Instant::now();
        let total = self.bar.length().unwrap_or_default().max(1);
        let left = match self.bar.eta() {
            Duration::ZERO => String::new(),
            eta => format!(", {} left", HumanDuration(eta)),
        };
        write(&format!(
            "{}: {} %, {} gone{left}",
            self.bar.message(),
            self.bar.position() * 100 / total,
            HumanDuration(self.bar.elapsed()),
        ));
    }
}

impl Watch for Progress {
    fn phase(&self, name: &str, total: u64) {
        self.clear();
        // While the bar is finished no gauge is read: a name never stands beside steps of another phase.
        self.bar.set_length(total);
        self.bar.set_message(printable(name));
        self.bar.reset();
        self.drawn.store(false, Ordering::Relaxed);
    }

    fn advance(&self, steps: u64) {
        self.bar.inc(steps);
        match self.shown {
            ProgressForm::Nowhere => {}
            ProgressForm::Bar(target) => self.draw(target),
            ProgressForm::Lines(write) => self.say(write),
        }
    }

    fn cancelled(&self) -> bool {
        self.cancel.requested()
    }
}

#[cfg(feature = "train")]
impl crate::train::TrainWatch for Progress {
    fn step(&self, step: &crate::train::StepLog) {
        let (made, total) = step.step;
        // What was watched before may have had as many steps.
        if self.bar.is_finished() || self.bar.length() != Some(total as u64) {
            Watch::phase(self, "training", total as u64);
            // A run that is resumed does not start at 0.
            self.bar.set_position(made as u64 - 1);
            self.bar.reset_eta();
        }
        self.bar.set_message(format!(
            "epoch {}/{}  loss {:.2}  align {:.2}  uniform {:.2}",
            step.epoch.0, step.epoch.1, step.loss, step.alignment, step.uniformity
        ));
        Watch::advance(self, 1);
    }

    fn cancelled(&self) -> bool {
        self.cancel.requested()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use indicatif::TermLike;

    use super::*;

    /// A terminal that keeps what was drawn on it.
    #[derive(Debug)]
    struct Paper;

    static DRAWN: Mutex<String> = Mutex::new(String::new());

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            DRAWN
                .lock()
                .map_err(|_| io::ErrorKind::Other)?
                .push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> io::Result<()> {
            self.write_str("\r")
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_bar_appears_only_in_a_phase_that_lasts() {
        let drawn = || DRAWN.lock().unwrap().clone();
        let mut progress = Progress::new(
            ProgressForm::Bar(|| ProgressDrawTarget::term_like(Box::new(Paper))),
            &Cancel::default(),
            Gauge::default(),
        );
        // No phase of a test lasts that long, and every phase lasts longer than nothing, however busy the machine is.
        progress.delay = Duration::MAX;
        progress.phase("reading", 4);
        progress.advance(4);
        assert_eq!(drawn(), "");
        progress.delay = Duration::ZERO;
        progress.phase("all pairs of a\r::x", 4);
        progress.advance(2);
        std::thread::sleep(BAR_REDRAW);
        progress.advance(1);
        let shown = drawn();
        assert!(
            shown.contains("all pairs of a\\r::x [=") && shown.contains("left"),
            "{shown:?}"
        );
        assert!(!shown.contains("reading"), "{shown:?}");
        drop(progress);
        assert!(
            drawn().ends_with('\r'),
            "the line is cleared: {:?}",
            drawn()
        );
    }

    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());

    #[test]
    fn without_a_terminal_a_line_is_written_now_and_then() {
        let said = || SAID.lock().unwrap().clone();
        let mut progress = Progress::new(
            ProgressForm::Lines(|line| SAID.lock().unwrap().push(line.to_owned())),
            &Cancel::default(),
            Gauge::default(),
        );
        progress.phase("all pairs of a\u{1b}[31m", 8);
        progress.advance(1);
        assert_eq!(said(), [""; 0], "a minute has not passed");
        progress.between = Duration::ZERO;
        progress.advance(1);
        progress.between = BETWEEN_LINES;
        progress.advance(1);
        let lines = said();
        let [line] = &lines[..] else {
            panic!("{lines:?}");
        };
        let begun = "all pairs of a\\u{1b}[31m: 25 %, 0 seconds gone";
        assert!(
            line.starts_with(begun) && !line.contains('\u{1b}'),
            "{line}"
        );
        drop(progress);
        assert_eq!(
            said().len(),
            1,
            "nothing is cleared where nothing was drawn"
        );
    }

    #[test]
    fn a_watch_passes_on_the_wish_to_stop() {
        let cancel = Cancel::default();
        let progress = Progress::new(ProgressForm::Nowhere, &cancel, Gauge::default());
        assert!(!progress.cancelled());
        cancel.request();
        assert!(progress.cancelled());
    }

    #[test]
    fn a_gauge_tells_of_phases_that_count_steps() {
        let gauge = Gauge::default();
        let progress = Progress::new(ProgressForm::Nowhere, &Cancel::default(), gauge.clone());
        assert_eq!(gauge.read(), None);
        progress.phase("reading a", 0);
        assert_eq!(gauge.read(), None);
        progress.phase("all pairs of a", 4);
        let begun = gauge.read().expect("under way");
        assert_eq!((begun.fraction, begun.seconds_left), (0.0, None));
        std::thread::sleep(Duration::from_millis(2));
        progress.advance(1);
        let later = gauge.read().expect("under way");
        assert_eq!((&*later.phase, later.fraction), ("all pairs of a", 0.25));
        // Three quarters at the pace of one in 2 ms.
        assert!(later.seconds_left.expect("a step is made") >= 0.006);
        progress.phase("spectrum", 2);
        assert_eq!(gauge.read().map(|reading| reading.fraction), Some(0.0));
        drop(progress);
        assert_eq!(gauge.read(), None);
    }
}
