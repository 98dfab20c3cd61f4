//! Learning, or not.

/// Whether normalisation uses the batch's own moments, and updates the running ones, or uses the running ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// While learning.
    Train,
    /// Afterwards.
    Eval,
}
