//! Of the errors: where a number, or its interval, claims more than the data can tell.

use crate::audit::read::found::Found;
use crate::audit::read::notes::said::Said;
use crate::metric::MetricId;
use crate::num;
use crate::num::{in_percent, two_digits};
use crate::result::{ENOUGH, FindingId, Measure, Side, bias_in_errors};

/// Relative standard error of a mean of distances from which its interval is too narrow: with a mean of so few large
/// values, those it has not seen are missing in its error, too.
const SKEWED: f64 = 0.2;

/// A mean of exponentials that is off by its bias.
struct Biased {
    tau: f64,
    side: Side,
    bias: f64,
    se: f64,
}

/// Where the mean of exponentials rests on a few near rows.
pub(crate) fn bias(found: &Found<'_>, measures: &[Measure], said: &mut Said) {
    // Of each tau the side that is worst off.
    let mut short: Vec<Biased> = Vec::new();
    let mut enough = f64::INFINITY;
    let mut taus = found.settings.taus.clone();
    taus.sort_by(f64::total_cmp);
    for &tau in taus.iter().rev() {
        let of_tau = |m: &&Measure| m.params.get("tau") == Some(&tau);
        let worst = measures
            .iter()
            .filter(of_tau)
            .filter_map(|m| Some((bias_in_errors(m)?, m)))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .and_then(|(_, m)| {
                Some(Biased {
                    tau,
                    side: m.side,
                    bias: m.value - m.corrected?,
                    se: m.se?,
                })
            });
        match worst {
            Some(worst) => short.push(worst),
            None if short.is_empty() => enough = tau,
            None => {}
        }
    }
    let Some(largest) = short.first().map(|worst| worst.tau) else {
        return;
    };
    let each: Vec<String> = short
        .iter()
        .rev()
        .map(|of| {
            format!(
                "{} (about {} too {} on side {}, standard error {})",
                of.tau,
                two_digits(of.bias.abs()),
                if of.bias < 0.0 { "low" } else { "high" },
                of.side.name(),
                two_digits(of.se)
            )
        })
        .collect();
    let then = if enough.is_finite() {
        format!("Of the taus asked for, {enough} and above are large enough")
    } else {
        format!(
            "No tau asked for is large enough: try at least {}",
            two_digits(2.0 * largest)
        )
    };
    said.warn_of(FindingId::LowTauFewRows, format!(
        "These rows are too few for the uniform term at tau = {}: its bias is larger than its standard error, because \
         the mean of exponentials rests on a few near rows. {then}; or use more rows.",
        each.join(", ")
    ));
}

/// Intervals of so few rows, or groups of rows, are too narrow.
pub(crate) fn few_rows(found: &Found<'_>, said: &mut Said) {
    let (count, what) = match (&found.data.grouping, &found.data.b) {
        (Some(items), _) => (items.count(), "items"),
        (None, Some(b)) => (b.rows().min(found.data.a.rows()), "rows"),
        (None, None) => (found.data.a.rows(), "rows"),
    };
    if count < ENOUGH {
        said.warn_of(FindingId::FewRows, format!(
            "{count} {what} are few: below {ENOUGH}, intervals at 95 % held the true value in 86 to 96 % of simulated \
             samples, by the number and by the law of the rows."
        ));
    }
}

/// A mean of distances of which most are nothing beside the others.
pub(crate) fn skewed(found: &Found<'_>, measures: &[Measure], said: &mut Said) {
    let Some(state) = found.positives else { return };
    let alignment = measures
        .iter()
        .filter(|m| m.metric == MetricId::Alignment)
        .filter_map(|m| Some((m, m.se? / m.value)))
        .filter(|(_, share)| share.is_finite() && *share > SKEWED)
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let Some((alignment, share)) = alignment else {
        return;
    };
    let near = state.histogram.first().copied().unwrap_or(0);
    said.warn(format!(
        "The interval of {} is too narrow: its standard error is {} of it, so a few distant pairs decide. {}Give more \
         pairs.",
        alignment.label(),
        in_percent(share),
        if near > 0 {
            format!(
                "{} of {} pairs are nearer than 0.02. ",
                num::count(near),
                num::count(state.distance.count())
            )
        } else {
            String::new()
        },
    ));
}
