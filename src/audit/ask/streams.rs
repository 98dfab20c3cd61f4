//! What is drawn from the seed of an audit.

/// A purpose that something is drawn for. Each has a seed of its own, so that what one draws does not move another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// The order and the jackknife groups of the rows of the first view.
    FirstLayout,
    /// Those of the second view, where it is dealt by itself.
    SecondLayout,
    /// Rows that an estimate sees against all others.
    FullRows,
    /// Pairs that tell how steep a potential is.
    Pilot,
    /// Rows whose sums tell what low precision does.
    Precision,
    /// Rows that are audited in place of all.
    Sample,
    /// Rows of the first view (or of both, where they are aligned) that search in place of all.
    FirstQueries,
    /// Rows of the second view that search in place of all.
    SecondQueries,
    /// Pairs that the loss at finite numbers of negatives is measured on.
    Anchors,
    /// Rows that are computed once more in f64.
    Verification,
    /// Pairs that tell how much single cosines vary.
    Spread,
    /// Items whose neighbours stand for those of all.
    Items,
}

impl Stream {
    /// Its seed.
    pub(crate) fn of(self, seed: u64) -> u64 {
        seed.wrapping_add(match self {
            Self::FirstLayout => 0,
            Self::SecondLayout => 1,
            Self::FullRows => 2,
            Self::Pilot => 3,
            Self::Precision => 0x9e37,
            Self::Sample => 0x5a3b,
            Self::FirstQueries => 0x71e5,
            Self::SecondQueries => 0x71e6,
            Self::Anchors => 0x2c1d,
            Self::Verification => 0x3f84,
            Self::Spread => 0x46b9,
            Self::Items => 0x68a7,
        })
    }
}
