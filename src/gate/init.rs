//! A policy to start from, calibrated on an audit.

use crate::audit::{Audit, Measure, Side};
use crate::metric::{Direction, MetricId};

/// Standard errors that an absolute limit stands off the audit's own number.
const ROOM: f64 = 6.0;
/// Least room, as a share of the number.
const LEAST: f64 = 0.02;

/// A commented policy whose limits the audit keeps, with some room, and whose tolerances follow its errors.
pub fn policy_for(audit: &Audit) -> String {
    let subject = &audit.subject;
    let mut out = format!(
        "# A policy for `spherecheck gate`, calibrated on {} ({} rows, {} dimensions).\n\
         # Limits stand {ROOM} standard errors off its numbers: they catch a broken deployment (the wrong pooling, a\n\
         # missing prefix), not a slightly worse model. Rules against a baseline do that.\n\
         #\n\
         # metric   as reports write it; `spherecheck explain` lists them\n\
         # side     a, b, mean or cross; needed where there are two views\n\
         # limit    at_most, at_least, or no_worse_than_baseline = {{ abs, rel, confidence }}: worse only if beyond\n\
         #          both floors and significant\n\
         # level    fail (the default), warn or info\n\
         # slice    only the rows of this name in the file of --slices; \"*\" is each of them\n\
         # on_undecided  where the data cannot tell: pass, warn (the default) or fail (exit status 3)\n\n\
         confidence = 0.95\n\
         on_undecided = \"warn\"\n",
        comment(&subject.name),
        subject.a.rows,
        subject.a.dim,
    );
    let two = subject.b.is_some();
    for measure in chosen(audit) {
        let Some(limit) = limit(measure) else {
            continue;
        };
        let side = if two {
            format!("side = \"{}\"\n", measure.side.name())
        } else {
            String::new()
        };
        let bound = match measure.metric.spec().better {
            Direction::Higher => "at_least",
            _ => "at_most",
        };
        out += &format!(
            "\n# {}\n# here: {}{}\n[[rule]]\nmetric = \"{}\"\n{side}{bound} = {limit}\n",
            summary(measure.metric),
            match measure.se {
                Some(se) => format!("{:.1$}", measure.value, Digits(se).decimals()),
                None => format!("{}", measure.value),
            },
            measure
                .se
                .map_or(String::new(), |se| format!(" ± {}", Digits(se))),
            measure.label(),
        );
        if let Some(abs) = floor(measure) {
            out += &format!(
                "\n[[rule]]\nmetric = \"{}\"\n{side}no_worse_than_baseline = {{ abs = {abs}, rel = 0.0, confidence = 0.95 }}\n",
                measure.label(),
            );
        }
    }
    out
}

/// An error with two digits, whatever its size.
struct Digits(f64);

impl Digits {
    fn decimals(&self) -> usize {
        (1.0 - self.0.abs().max(1e-12).log10().floor()).clamp(0.0, 12.0) as usize
    }
}

impl std::fmt::Display for Digits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1$}", self.0, self.decimals())
    }
}

/// One number of each metric that gates well, on the side that deployment uses.
fn chosen(audit: &Audit) -> impl Iterator<Item = &Measure> {
    const WANTED: [(MetricId, &[Side]); 5] = [
        (MetricId::Alignment, &[Side::Cross, Side::A]),
        (MetricId::Uniformity, &[Side::Mean, Side::A]),
        (MetricId::ContrastiveLimit, &[Side::Cross, Side::A]),
        (MetricId::MeanCosine, &[Side::Mean, Side::A]),
        (MetricId::DuplicateRows, &[Side::A]),
    ];
    WANTED.iter().filter_map(|(metric, sides)| {
        let of = |side: &Side| {
            let all = || {
                audit
                    .measures
                    .iter()
                    .filter(|m| m.metric == *metric && m.side == *side)
            };
            // The exponent 2 is the official one; else the first.
            let two = |m: &&Measure| {
                *metric == MetricId::ContrastiveLimit || m.params.values().all(|v| *v == 2.0)
            };
            all().find(two).or_else(|| all().next())
        };
        sides.iter().find_map(of)
    })
}

fn summary(metric: MetricId) -> &'static str {
    let summary = metric.spec().summary;
    summary
        .split(':')
        .next()
        .unwrap_or(summary)
        .trim_end_matches('.')
}

/// A round number that the measure keeps with room.
fn limit(measure: &Measure) -> Option<String> {
    let Some(se) = measure.se else {
        // A count.
        return Some(format!("{}", measure.value));
    };
    let room = (ROOM * se).max(LEAST * measure.value.abs());
    let (value, up) = match measure.metric.spec().better {
        Direction::Higher => (measure.value - room, false),
        Direction::Lower => (measure.value + room, true),
        Direction::Neutral => return None,
    };
    Some(rounded(value, room, up))
}

/// A tolerance of about the number's own error: what no user would notice.
fn floor(measure: &Measure) -> Option<String> {
    let se = measure.se.filter(|se| *se > 0.0)?;
    Some(rounded(se, se, true))
}

/// To the place of the first digit of `scale`, outwards.
fn rounded(value: f64, scale: f64, up: bool) -> String {
    let place = scale.abs().max(1e-9).log10().floor() as i32;
    let unit = 10f64.powi(place);
    let steps = value / unit;
    // A hair of rounding must not cost a whole step.
    let steps = if up {
        (steps - 1e-9).ceil()
    } else {
        (steps + 1e-9).floor()
    };
    let decimals = (-place).max(0) as usize;
    let text = format!("{:.decimals$}", steps * unit);
    if text.contains('.') {
        text
    } else {
        format!("{text}.0")
    }
}

/// A name that cannot end its comment.
fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
