//! Numbers that are none.

use crate::result::{Audit, Measure};

/// The first measure of an audit or of its slices that cannot be judged, and why.
pub fn unsound(audit: &Audit) -> Option<(&Measure, &'static str)> {
    let slices = audit.slices.iter().flat_map(|slice| &slice.measures);
    let mut all = audit.measures.iter().chain(slices);
    all.find_map(|measure| Some((measure, no_number(measure)?)))
}

/// What keeps a measure from being judged: NaN or an infinity anywhere, an error below 0, an interval of no extent.
pub(super) fn no_number(measure: &Measure) -> Option<&'static str> {
    if !measure.value.is_finite() {
        return Some("the value is not finite");
    }
    match measure.se {
        Some(se) if !se.is_finite() => return Some("the error is not finite"),
        Some(se) if se < 0.0 => return Some("the error is below 0"),
        _ => {}
    }
    match measure.interval {
        Some(i) if !(i.low.is_finite() && i.high.is_finite()) => {
            Some("an end of the interval is not finite")
        }
        Some(i) if i.low > i.high || !(i.level > 0.0 && i.level < 1.0) => {
            Some("the interval is none")
        }
        _ => None,
    }
}
