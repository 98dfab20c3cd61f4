//! Rules about findings: what an audit must not show.

use super::error::Unjudged;
use super::rule::Rule;
use super::verdict::{Judged, Outcome};
use crate::result::{Audit, FindingId, Look, look};

/// What becomes of the rule that a finding is absent: met where it is, broken where it is found. A finding that could not
/// be looked for is neither.
pub(super) fn absent(rule: &Rule, audit: &Audit, id: FindingId) -> Result<Judged, Unjudged> {
    let (outcome, numbers) = match look(audit, id) {
        Look::Found(_, numbers) => (Outcome::Broken, numbers),
        Look::Clear => (Outcome::Met, Vec::new()),
        Look::Unseen(missing) => {
            return Err(Unjudged::Unseen {
                finding: id.name(),
                missing,
            });
        }
    };
    let number = numbers.first();
    Ok(Judged {
        value: number.map(|number| number.value),
        se: number.and_then(|number| number.se),
        interval: number.and_then(|number| number.interval),
        outcome,
        why: match number {
            Some(number) => format!("{}: {}", number.what, id.spec().meaning),
            None => "it was looked for and not found".to_owned(),
        },
        ..Judged::of(rule.clone())
    })
}
