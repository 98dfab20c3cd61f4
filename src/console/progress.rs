//! How far a run is, and the wish to stop it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::pass::Watch;
use crate::report::printable;

/// A phase shorter than this shows no bar: it would only flicker.
const BAR_DELAY: Duration = Duration::from_millis(500);
const BAR_REDRAW: Duration = Duration::from_millis(200);

/// Whether the user asked to stop. Copies share one answer.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Listens to Ctrl-C: the first asks to stop, the second ends the process at once with `status`.
    pub fn on_ctrl_c(status: i32) -> Self {
        let cancel = Self::default();
        let asked = cancel.clone();
        let listening = ctrlc::set_handler(move || {
            if asked.0.swap(true, Ordering::Relaxed) {
                #[expect(
                    clippy::disallowed_methods,
                    reason = "the user insists: what is half done may stay so"
                )]
                std::process::exit(status);
            }
        });
        // Where nobody can listen Ctrl-C keeps its usual meaning and ends the process, which is no reason not to work.
        drop(listening);
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
pub struct Reading {
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
    pub fn read(&self) -> Option<Reading> {
        let total = self.0.length().filter(|&total| total > 0)?;
        if self.0.is_finished() {
            return None;
        }
        let fraction = (self.0.position() as f64 / total as f64).min(1.0);
        let left = |elapsed: Duration| elapsed.as_secs_f64() * (1.0 - fraction) / fraction;
        Some(Reading {
            phase: self.0.message(),
            fraction,
            seconds_left: (fraction > 0.0).then(|| left(self.0.elapsed())),
        })
    }
}

/// Watches a run: shows how far it is, and tells it when to stop. The bar leaves no trace when it is dropped.
pub struct Progress {
    bar: ProgressBar,
    target: fn() -> ProgressDrawTarget,
    delay: Duration,
    shown: AtomicBool,
    cancel: Cancel,
}

impl Progress {
    pub(super) fn new(
        target: fn() -> ProgressDrawTarget,
        cancel: &Cancel,
        Gauge(bar): Gauge,
    ) -> Self {
        let template = "{msg} [{wide_bar}] {percent:>3}%  {elapsed}, {eta} left";
        // Only a malformed template fails, which a test excludes; the default style would do as well.
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self {
            bar,
            target,
            delay: BAR_DELAY,
            shown: AtomicBool::new(false),
            cancel: cancel.clone(),
        }
    }

    fn clear(&self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
        self.bar.set_draw_target(ProgressDrawTarget::hidden());
    }
}

impl Watch for Progress {
    fn phase(&self, name: &str, total: u64) {
        self.clear();
        // While the bar is finished no gauge is read: a name never stands beside steps of another phase.
        self.bar.set_length(total);
        self.bar.set_message(printable(name));
        self.bar.reset();
        self.shown.store(false, Ordering::Relaxed);
    }

    fn advance(&self, steps: u64) {
        self.bar.inc(steps);
        let due = !self.shown.load(Ordering::Relaxed) && self.bar.elapsed() >= self.delay;
        if due && !self.shown.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target((self.target)());
            // Steps may be far apart; the clock should move all the same.
            self.bar.enable_steady_tick(BAR_REDRAW);
        }
    }

    fn cancelled(&self) -> bool {
        self.cancel.requested()
    }
}

#[cfg(feature = "train")]
impl crate::train::Watch for Progress {
    fn step(&self, step: &crate::train::StepLog) {
        let (made, total) = step.step;
        if self.bar.length() != Some(total as u64) {
            Watch::phase(self, "training", total as u64);
            // A run that is resumed does not start at 0.
            self.bar.set_position(made as u64 - 1);
            self.bar.reset_eta();
        }
        self.bar.set_message(format!(
            "{}/{}  loss {:.2}  align {:.2}  uniform {:.2}",
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
            || ProgressDrawTarget::term_like(Box::new(Paper)),
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

    #[test]
    fn a_watch_passes_on_the_wish_to_stop() {
        let cancel = Cancel::default();
        let progress = Progress::new(ProgressDrawTarget::hidden, &cancel, Gauge::default());
        assert!(!progress.cancelled());
        cancel.request();
        assert!(progress.cancelled());
    }

    #[test]
    fn a_gauge_tells_of_phases_that_count_steps() {
        let gauge = Gauge::default();
        let progress = Progress::new(
            ProgressDrawTarget::hidden,
            &Cancel::default(),
            gauge.clone(),
        );
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
