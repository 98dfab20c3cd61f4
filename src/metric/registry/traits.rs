//! What a metric is counted from, and what sets it apart where it is judged, drawn or asked for.

use super::id::MetricId;

/// What a metric is counted from, and so what an audit has to be asked for to have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// A mean over positive pairs, each counted once.
    Positives,
    /// Norms of the rows.
    Norms,
    /// Searches for the positives, and thresholds: means over queries, or over the pairs that queries make.
    Queries,
    /// How often each row is found.
    Hubs,
    /// Where two views that are searched lie to each other.
    Space,
    /// The spectrum of a view.
    Spectrum,
    /// Labelled rows and their classes.
    Classes,
    /// Two views as a whole.
    Modality,
    /// A reference set of rows.
    Drift,
    /// None of these.
    Other,
}

/// Which values a metric can take, where its interval must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Any: the interval is that of its error.
    Any,
    /// A share, or a mean of shares, so that no interval of it may leave [0, 1].
    Share,
    /// An estimate of a squared distance: its square root has the interval.
    SquaredDistance,
}

/// Whether a policy made from an audit has a limit on a metric, and at which parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Proposed {
    /// No limit.
    No,
    /// At its first parameter, or without one.
    First,
    /// At this value of the parameter, or else the first.
    At(f64),
}

/// What sets a metric apart.
#[derive(Clone, Copy, Debug)]
pub struct Traits {
    /// What it is counted from.
    pub family: Family,
    /// Which values it can take.
    pub values: Domain,
    /// Whether `gate --init` has a limit on it.
    pub proposed: Proposed,
    /// Whether the last of several parameters is the strictest, and speaks for it where one does; the first does elsewhere.
    pub last_speaks: bool,
    /// The metric whose sums it is made of, so that low precision does the same to both; none where that is itself, or what
    /// it is a shift of.
    pub rounded_as: Option<MetricId>,
    /// Names that the field has for it, in lower case: `explain` takes them.
    pub aliases: &'static [&'static str],
}

impl Traits {
    /// Of this family, and not set apart otherwise.
    pub(super) const fn of(family: Family) -> Self {
        Self {
            family,
            values: Domain::Any,
            proposed: Proposed::No,
            last_speaks: false,
            rounded_as: None,
            aliases: &[],
        }
    }

    pub(super) const fn share(mut self) -> Self {
        self.values = Domain::Share;
        self
    }

    pub(super) const fn squared_distance(mut self) -> Self {
        self.values = Domain::SquaredDistance;
        self
    }

    pub(super) const fn proposed(mut self) -> Self {
        self.proposed = Proposed::First;
        self
    }

    pub(super) const fn proposed_at(mut self, param: f64) -> Self {
        self.proposed = Proposed::At(param);
        self
    }

    pub(super) const fn last_speaks(mut self) -> Self {
        self.last_speaks = true;
        self
    }

    pub(super) const fn rounded_as(mut self, metric: MetricId) -> Self {
        self.rounded_as = Some(metric);
        self
    }

    pub(super) const fn known_as(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }
}
