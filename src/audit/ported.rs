//! Thresholds that a team serves with, for another model.

use crate::audit::read::found::{Found, Frame};
use crate::audit::read::search::ported::Served;
use crate::audit::states::States;
use crate::result::PortedThreshold;

/// For each threshold of the base the candidate's threshold at the same false accept rate, and what both keep of the
/// positives. Both are of one search ([`Settings::search`](super::Settings::search), of rows
/// [`for_thresholds`](super::Prepared::for_thresholds)); `names` are those of base and candidate, and `paired` says whether
/// rows are of the same items, so that errors leave out the same of both. Nothing where one of them counted no cosines.
///
/// A threshold t becomes the candidate's k-th highest cosine of a negative, k = 1 + floor((n - 1) FAR), FAR = #{negatives of
/// the base with cos >= t} / #{negatives of the base}, n the candidate's negatives; nothing where FAR or k is of fewer than
/// 10 of them.
pub fn ported(
    base: &States,
    candidate: &States,
    (names, paired): (&(String, String), bool),
    thresholds: &[f64],
) -> Vec<PortedThreshold> {
    let served = |states: &States| {
        let frame = Frame::of(states);
        Served::of(&Found::new(states, &frame))
    };
    match served(base).zip(served(candidate)) {
        Some((base, candidate)) => base.port(&candidate, paired, (names, thresholds)),
        None => Vec::new(),
    }
}
