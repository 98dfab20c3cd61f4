//! Who is told how far a pass has come, and may stop it.

/// Watches a pass. Every method has an empty default.
pub trait Watch: Sync {
    /// A phase of `total` steps of work begins.
    fn phase(&self, name: &str, total: u64) {
        let _ = (name, total);
    }
    /// `steps` more are done.
    fn advance(&self, steps: u64) {
        let _ = steps;
    }
    /// Whether the pass should stop.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Nobody watches.
pub struct NoWatch;

impl Watch for NoWatch {}

/// The watcher asked to stop; nothing was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Cancelled;
