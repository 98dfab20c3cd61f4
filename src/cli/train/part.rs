//! Which part of a set of data is meant.

/// Part of a set of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Items that encoders learn from.
    Train,
    /// Items that they are judged by.
    Test,
}
