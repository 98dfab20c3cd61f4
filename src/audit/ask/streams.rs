//! What is drawn from the seed of an audit.

/// A purpose that something is drawn for. Each has a seed of its own, so that what one draws does not move another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// The order and the jackknife groups of the rows of the first view.
    FirstLayout = 0,
    /// Those of the second view, where it is dealt by itself.
    SecondLayout = 1,
    /// Rows that an estimate sees against all others.
    FullRows = 2,
    /// Pairs that tell how steep a potential is.
    Pilot = 3,
    /// Rows whose sums tell what low precision does.
    Precision = 0x9e37,
    /// Rows that are audited in place of all.
    Sample = 0x5a3b,
    /// Rows of the first view (or of both, where they are aligned) that search in place of all.
    FirstQueries = 0x71e5,
    /// Rows of the second view that search in place of all.
    SecondQueries = 0x71e6,
    /// Pairs that the loss at finite numbers of negatives is measured on.
    Anchors = 0x2c1d,
    /// Rows that are computed once more in f64.
    Verification = 0x3f84,
    /// Pairs that tell how much single cosines vary.
    Spread = 0x46b9,
    /// Items whose neighbours stand for those of all.
    Items = 0x68a7,
}

impl Stream {
    /// Its seed.
    pub(crate) fn of(self, seed: u64) -> u64 {
        seed.wrapping_add(self as u64)
    }
}
