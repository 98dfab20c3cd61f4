//! The difference of one number between two audits, with its error.

use serde::{Deserialize, Serialize};

use super::audited::{Audit, Slice};
use super::measure::{Interval, Measure, Side, Support};
use super::pairing::{Pairing, shared_ids};
use crate::estimate::delete_group;
use crate::metric::Family;
use crate::theory::{student_quantile, student_tail};

/// Why two audits cannot be compared. Each says what differs, and what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "fields are named after what they hold; each variant has its line"
)]
pub enum Incompatible {
    /// The numbers mean different things.
    #[error(
        "{other} and {base} follow different definitions: {what} is {found:?} and {expected:?}; audit both the same way"
    )]
    Definition {
        base: String,
        other: String,
        what: &'static str,
        found: String,
        expected: String,
    },
    /// Other rows.
    #[error(
        "{other} and {base} have different row ids ({shared}); compare the embeddings themselves with --ids once for each model, which joins the rows whose ids are in both"
    )]
    Ids {
        base: String,
        other: String,
        shared: String,
    },
    /// Only one has ids.
    #[error(
        "{with} has row ids and {without} has none, so their rows cannot be matched; audit both with --ids, or both without"
    )]
    IdsOfOne { with: String, without: String },
    /// Other positives.
    #[error(
        "{other} and {base} were audited with different positive pairs; give both the same --pairs or --labels"
    )]
    Positives { base: String, other: String },
    /// Other groups of rows left out.
    #[error(
        "{other} and {base} left out different groups of rows (seeds {found} and {expected}), so their errors cannot be paired; audit both with the same --seed and --groups"
    )]
    Groups {
        base: String,
        other: String,
        found: u64,
        expected: u64,
    },
}

/// Whether two audits embed the same items: then their differences are paired, otherwise their errors are independent.
///
/// # Errors
/// [`Incompatible`] where a difference would mean nothing.
pub fn paired(base: &Audit, other: &Audit) -> Result<bool, Incompatible> {
    let names = || (base.subject.name.clone(), other.subject.name.clone());
    let (x, y) = (&base.definitions, &other.definitions);
    let none = || "none".to_owned();
    let of_search = |audit: &Audit| audit.measures.iter().any(|m| m.metric.of_search());
    let similarity = |audit: &Audit| match of_search(base) && of_search(other) {
        true => {
            let named = audit.definitions.similarity.clone();
            named.unwrap_or_else(|| "cosine".to_owned())
        }
        false => none(),
    };
    let cards = [
        (
            "what retrieval, thresholds and hubs go by",
            &similarity(base),
            &similarity(other),
        ),
        ("normalisation", &x.normalization, &y.normalization),
        ("the choice of pairs", &x.pairs, &y.pairs),
        (
            "the choice of negatives across views",
            &x.cross.clone().unwrap_or_else(none),
            &y.cross.clone().unwrap_or_else(none),
        ),
        ("what counts as a duplicate", &x.duplicates, &y.duplicates),
    ];
    if let Some(&(what, expected, found)) = cards.iter().find(|(_, x, y)| x != y) {
        let (base, other) = names();
        return Err(Incompatible::Definition {
            base,
            other,
            what,
            found: found.clone(),
            expected: expected.clone(),
        });
    }
    let (Some(x), Some(y)) = (&base.pairing, &other.pairing) else {
        return Ok(false);
    };
    let (base_name, other_name) = names();
    let of_one = |with, without| Err(Incompatible::IdsOfOne { with, without });
    match (&x.ids, &y.ids) {
        (Some(one), Some(two)) if one != two => {
            let rows = (base.subject.a.rows, other.subject.a.rows);
            return Err(Incompatible::Ids {
                base: base_name,
                other: other_name,
                shared: shared_ids((x, rows.0), (y, rows.1)),
            });
        }
        (Some(_), None) => return of_one(base_name, other_name),
        (None, Some(_)) => return of_one(other_name, base_name),
        _ => {}
    }
    let rows = |audit: &Audit| {
        (
            audit.subject.a.rows,
            audit.subject.b.as_ref().map(|b| b.rows),
        )
    };
    if rows(base) != rows(other) {
        return Ok(false);
    }
    if base.subject.positives.is_some()
        && other.subject.positives.is_some()
        && x.positives != y.positives
    {
        return Err(Incompatible::Positives {
            base: base_name,
            other: other_name,
        });
    }
    let (seeds, sizes) = (
        (base.provenance.seed, other.provenance.seed),
        (&x.sizes, &y.sizes),
    );
    if seeds.0 != seeds.1 || sizes.0 != sizes.1 || x.sizes_b != y.sizes_b {
        return Err(Incompatible::Groups {
            base: base_name,
            other: other_name,
            found: seeds.1,
            expected: seeds.0,
        });
    }
    Ok(true)
}

/// A difference other - base of one number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// The other's value less the base's.
    pub value: f64,
    /// Its standard error; none where the number has none.
    pub se: Option<f64>,
    /// Degrees of freedom of the error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freedom: Option<f64>,
    /// How far off it may be beyond that error, >= 0: what low precision may have done to either number. Added to both
    /// ends of the interval, and taken off the difference before it is tested.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub widening: f64,
    /// Whether the error comes from the same items in both, or from two independent errors.
    pub paired: bool,
}

fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// Where a number stands: an audit, or a slice of one.
#[derive(Clone, Copy)]
pub struct NumberSource<'a> {
    /// The numbers.
    pub measures: &'a [Measure],
    /// What pairs them.
    pub pairing: Option<&'a Pairing>,
}

impl<'a> From<&'a Audit> for NumberSource<'a> {
    fn from(audit: &'a Audit) -> Self {
        Self {
            measures: &audit.measures,
            pairing: audit.pairing.as_ref(),
        }
    }
}

impl<'a> From<&'a Slice> for NumberSource<'a> {
    fn from(slice: &'a Slice) -> Self {
        Self {
            measures: &slice.measures,
            pairing: slice.pairing.as_ref(),
        }
    }
}

impl<'a> NumberSource<'a> {
    /// The number of the same metric, parameters and side as `like`.
    pub fn find(&self, like: &Measure) -> Option<&'a Measure> {
        self.on(like, like.side)
    }

    /// The number of the same metric and parameters on this side.
    pub fn on(&self, like: &Measure, side: Side) -> Option<&'a Measure> {
        self.measures
            .iter()
            .find(|m| m.metric == like.metric && m.params == like.params && m.side == side)
    }
}

impl Difference {
    /// The difference of the number `like` between two audits; none where one of them lacks it.
    ///
    /// Paired: the delete-a-group jackknife of the difference, with one degree of freedom fewer than there are groups.
    /// Otherwise, and of estimates, which have no groups left out, both errors squared and added, with Welch's degrees of
    /// freedom. Either is widened by what rounding may have done to both numbers, and by the larger bias of the two where
    /// one is far beyond its error.
    pub fn between(
        base: NumberSource<'_>,
        other: NumberSource<'_>,
        like: &Measure,
        paired: bool,
    ) -> Option<Self> {
        let (x, y) = (base.find(like)?, other.find(like)?);
        let value = y.value - x.value;
        let rounding = x.rounding.unwrap_or(0.0) + y.rounding.unwrap_or(0.0);
        // Both are off the same way, for the same reason.
        let widening = rounding + x.bias_of_value().max(y.bias_of_value());
        let left = |numbers: NumberSource<'_>, m| {
            let (values, sizes) = numbers.pairing?.of(m)?;
            Some((values.to_vec(), sizes.to_vec()))
        };
        // Other queries answer other questions: their errors are independent.
        let queries = |numbers: NumberSource<'_>| numbers.pairing.and_then(|p| p.queries.clone());
        let paired =
            paired && (like.metric.family() != Family::Queries || queries(base) == queries(other));
        if paired && let (Some((xs, sizes)), Some((ys, others))) = (left(base, x), left(other, y)) {
            if sizes != others {
                return None;
            }
            let sizes: Vec<usize> = sizes.iter().map(|&size| size as usize).collect();
            let leave: Vec<f64> = ys.iter().zip(&xs).map(|(y, x)| y - x).collect();
            let se = delete_group(value, &leave, &sizes).map(|grouped| grouped.se);
            let freedom = se.map(|_| sizes.len() as f64 - 1.0);
            return Some(Self {
                value,
                se,
                freedom,
                widening,
                paired: true,
            });
        }
        let estimated = [x, y].iter().any(|m| m.support == Support::Estimated);
        let errors = x.se.zip(y.se).filter(|_| !paired || estimated);
        let se = errors.map(|(x, y)| x.hypot(y));
        let freedom = errors.map(|(a, b)| {
            let (a, b) = (a * a, b * b);
            let welch =
                (a + b).powi(2) / (a * a / x.degrees_of_freedom() + b * b / y.degrees_of_freedom());
            if welch.is_finite() { welch } else { 1.0 }
        });
        Some(Self {
            value,
            se,
            freedom,
            widening,
            paired: false,
        })
    }

    /// One-sided p-value of "the other is larger" against "they are equal"; 0 or 1 where the error is 0.
    pub fn p_larger(&self) -> Option<f64> {
        let (se, freedom) = (self.se?, self.freedom?);
        let clear = self.value - self.widening;
        Some(match se {
            se if se > 0.0 => student_tail(clear / se, freedom),
            _ if clear > 0.0 => 0.0,
            _ => 1.0,
        })
    }

    /// Two-sided p-value of "they are equal".
    pub fn p_differs(&self) -> Option<f64> {
        let (se, freedom) = (self.se?, self.freedom?);
        let clear = (self.value.abs() - self.widening).max(0.0);
        Some(match se {
            se if se > 0.0 => (2.0 * student_tail(clear / se, freedom)).min(1.0),
            _ if clear == 0.0 => 1.0,
            _ => 0.0,
        })
    }

    /// Two-sided interval of the difference.
    pub fn interval(&self, level: f64) -> Option<Interval> {
        let reach = student_quantile(level, self.freedom?) * self.se? + self.widening;
        Interval::around(self.value, reach, level)
    }

    /// The smallest true difference that a two-sided test at 1 - `level` finds in four samples of five, and by how much
    /// more data half of it would be found: (q + q') se + widening, with q and q' the quantiles of that test and of
    /// one-sided 80 %, se falling with the root of the size. None where there is no error, or none above 0; the second
    /// none where rounding alone hides half of it.
    pub fn power(&self, level: f64) -> Option<(f64, Option<f64>)> {
        const ONE_SIDED: f64 = 0.6;
        let (se, freedom) = (self.se?, self.freedom?);
        let reach = (student_quantile(level, freedom) + student_quantile(ONE_SIDED, freedom)) * se;
        let smallest = reach + self.widening;
        let room = smallest / 2.0 - self.widening;
        (se > 0.0 && smallest.is_finite())
            .then(|| (smallest, (room > 0.0).then(|| (reach / room).powi(2))))
    }
}

#[cfg(test)]
mod tests;
