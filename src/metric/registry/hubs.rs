//! Hubs: rows that come up in too many searches, and rows that come up in none.

use super::{Blind, Direction, Family, Kind, MetricId, MetricSpec, Place, Side, Traits};

/// How the error of every number of hubs is made.
macro_rules! error {
    () => {
        "Delete-a-group jackknife over 20 random groups of rows (--groups: whole given groups); rows that are left out \
         neither search nor are found, and lists are refilled from the 20 nearest that are kept. Interval: t quantile with \
         19 degrees of freedom; of shares a score interval."
    };
}
const ERROR: &str = error!();

/// What all of them count.
macro_rules! counted {
    () => {
        "N_k(j) counts the rows that have row j among their k nearest (k = 10), itself left out; side cross: rows of the \
         first view search the second. "
    };
}

/// Of uniform rows.
const UNIFORM: &str = "that of uniform rows in as many dimensions: simulated once, from a fixed seed, with at most 2,000 \
                       rows (across views in proportion to queries and rows)";

pub(super) const SKEWNESS: MetricSpec = MetricSpec {
    id: MetricId::HubnessSkewness,
    param: Some("k"),
    kind: Kind::Sampled,
    blind: Blind::ToNoise,
    place: Place::Usual,
    sides: &[Side::A, Side::Cross, Side::B],
    traits: Traits::of(Family::Hubs)
        .proposed_at(10.0)
        .known_as(&["hubness"]),
    summary: "Whether few rows come up in most searches: the skewness of how often each row is among the k nearest of \
              others.",
    formula: "E (N_k - E N_k)^3 / (E (N_k - E N_k)^2)^(3/2) over all rows",
    range: "[-sqrt(n), sqrt(n)], mostly above 0",
    ideal: UNIFORM,
    collapsed: "about sqrt(n / k): all places go to the first rows",
    reading: concat!(
        "Lower is better, down to what uniform rows have: hubs come with dimension, and only what is beyond the ideal is \
         the model's. ",
        counted!(),
        "High values mean that some rows answer everything: look at them, centre the rows, or rank by a local scaling. \
         It cannot be estimated from a part of the rows."
    ),
    error: concat!(
        error!(),
        " Of documents with many rows each it held in 87 to 88 % where it says 95 (benches/README.md)."
    ),
    better: Direction::Lower,
    reference: "Radovanovic, Nanopoulos & Ivanovic, Hubs in Space, JMLR 11 (2010).",
};

pub(super) const ROBIN_HOOD: MetricSpec = MetricSpec {
    id: MetricId::RobinHood,
    place: Place::Detail,
    traits: Traits::of(Family::Hubs).share(),
    summary: "How unequally places among the k nearest are dealt: the share of them that would have to change hands.",
    formula: "sum_j |N_k(j) - k| / (2 k n)",
    range: "[0, 1)",
    collapsed: "about 1 - k / n: all places go to the first rows",
    reading: concat!(
        "Lower is better, down to what uniform rows have. ",
        counted!(),
        "It moves less with a single row than the skewness does."
    ),
    error: ERROR,
    reference: "Feldbauer, Leodolter, Plant & Flexer, Fast Approximate Hubness Reduction, IEEE ICBK 2018.",
    ..SKEWNESS
};

pub(super) const ANTIHUBS: MetricSpec = MetricSpec {
    id: MetricId::Antihubs,
    traits: Traits::of(Family::Hubs).share(),
    summary: "How many rows no search finds: the share that is among the k nearest of no other row.",
    formula: "#{j : N_k(j) = 0} / n",
    range: "[0, 1)",
    collapsed: "about 1 - k / n: all places go to the first rows",
    reading: concat!(
        "Lower is better, down to what uniform rows have. ",
        counted!(),
        "Such rows are in the index and never shown. Fewer queries than rows leave more rows unfound, so across views \
         compare at the same sizes only."
    ),
    error: ERROR,
    reference: "Radovanovic, Nanopoulos & Ivanovic, JMLR 11 (2010); Feldbauer, Leodolter, Plant & Flexer, IEEE ICBK 2018.",
    ..SKEWNESS
};

pub(super) const HUB_SHARE: MetricSpec = MetricSpec {
    id: MetricId::HubShare,
    place: Place::Detail,
    traits: Traits::of(Family::Hubs).share(),
    summary: "How much of all results hubs make: the share of places that rows with at least twice their due hold.",
    formula: "sum of N_k(j) over {j : N_k(j) >= 2 E N_k} / sum of N_k(j)",
    range: "[0, 1]",
    collapsed: "1, or nearly: all places go to the first rows",
    reading: concat!(
        "Lower is better, down to what uniform rows have. ",
        counted!(),
        "0.4 means that two results of five are hubs, whatever was asked."
    ),
    error: ERROR,
    reference: "Feldbauer, Leodolter, Plant & Flexer, IEEE ICBK 2018 (hub occurrence).",
    ..SKEWNESS
};

pub(super) const MAX_OCCURRENCE: MetricSpec = MetricSpec {
    id: MetricId::MaxOccurrence,
    place: Place::Detail,
    traits: Traits::of(Family::Hubs),
    summary: "The greatest hub: in how many searches the row that comes up most often is among the k nearest.",
    formula: "max_j N_k(j)",
    range: "[k, n - 1] within one view",
    ideal: "that of as many uniform rows, simulated once, from a fixed seed; none above 2,000 rows, with which it grows",
    collapsed: "n - 1: the first row is the nearest of all",
    reading: concat!(
        "Lower is better, down to what uniform rows have. ",
        counted!(),
        "It is one row's number: without that row it may be half. It grows with the number of rows."
    ),
    error: "As of hubness_skewness. The jackknife of a largest value is rough: where one row is far ahead, its group \
            decides the error; of documents with many rows each intervals held in 73 to 76 % where they say 95.",
    reference: "Radovanovic, Nanopoulos & Ivanovic, JMLR 11 (2010).",
    ..SKEWNESS
};
