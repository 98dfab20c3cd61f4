//! Of the rows themselves: collapse, norms, values that were never below zero.

use crate::audit::ask::QueryChoice;
use crate::audit::read::found::Found;
use crate::audit::read::notes::said::{Said, listed, plain, prefix};
use crate::audit::states::looks::Looks;
use crate::audit::walk::looks::LOOKED_AT;
use crate::metric::MetricId;
use crate::num;
use crate::num::{Dtype, in_percent, to_error, two_digits};
use crate::result::{COLLAPSED, FindingId, Measure, Side, spread};

/// Share of the median norm at which the direction of a row is in doubt.
const TINY: f64 = 1e-5;
/// Mean cosine from which rows without a coordinate below zero look as if an offset had been left in them.
const CROWDED: f64 = 0.5;

pub(crate) fn collapse(measures: &[Measure], said: &mut Said) {
    let near = measures
        .iter()
        .filter(|m| m.metric == MetricId::Uniformity && m.side != Side::Mean)
        .filter(|m| spread(m).is_some_and(|spread| spread < COLLAPSED));
    for measure in near {
        said.warn_of(FindingId::Collapse, format!(
            "Side {} is close to collapse: {} is {}, less than {} of the way from 0 (all rows alike) to \
             the ideal; alignment means nothing here.",
            measure.side.name(),
            measure.label(),
            two_digits(measure.value),
            in_percent(COLLAPSED),
        ));
    }
}

/// Rows that are not all of the files.
pub(crate) fn chosen(found: &Found<'_>, said: &mut Said) {
    let data = found.data;
    if let (Some(joined), Some(b)) = (data.joined, &data.b) {
        let text = format!(
            "Rows are joined by id: {} ids are in both files",
            num::count(joined.rows)
        );
        match joined.left_out(&data.a.source, &b.source) {
            Some(left_out) => said.warn(format!("{text}; left out are {left_out}.")),
            None => said.info(format!("{text}; none is left out.")),
        }
    }
    match (data.sampled, found.settings.sample) {
        (Some(sampled), _) => said.warn(format!(
            "Only a sample was audited: {} of {} rows, drawn with seed {} (--sample). Every number is of these rows.",
            num::count(sampled.rows),
            num::count(sampled.of),
            sampled.seed
        )),
        (None, Some(asked)) => said.info(format!(
            "--sample {asked} had no effect: there are no more rows than that, so all were audited."
        )),
        (None, None) => {}
    }
    let all = found.queries.is_none() && found.settings.search && data.positive_pairs() > 0;
    if let (QueryChoice::Sample(asked), true) = (found.settings.queries, all) {
        said.info(format!(
            "--queries {asked} had no effect: no more rows than that have a positive, so all of them searched."
        ));
    }
}

pub(crate) fn dropped(found: &Found<'_>, said: &mut Said) {
    for (side, view) in found.data.views().filter(|(_, view)| view.dropped > 0) {
        let (have, were) = match view.dropped {
            1 => ("has", "was"),
            _ => ("have", "were"),
        };
        said.warn(format!(
            "Side {}: {} of {} {have} no direction (norm 0 here or in the other view) and {were} left out.",
            side.name(),
            num::counted(view.dropped, "row"),
            view.source,
        ));
    }
    if found.data.positives_dropped > 0 {
        said.warn(format!(
            "{} positive pairs touch rows that were left out; {} remain.",
            num::count(found.data.positives_dropped),
            num::count(found.data.positive_pairs())
        ));
    }
}

/// Rows so short beside the others that what is left of their direction may be rounding.
pub(crate) fn tiny(found: &Found<'_>, said: &mut Said) {
    for (side, rows) in found.data.views() {
        let mut norms = rows.norms.to_vec();
        let middle = norms.len() / 2;
        let median = *norms.select_nth_unstable_by(middle, f64::total_cmp).1;
        let short = |row: &usize| rows.norms[*row] <= TINY * median;
        let tiny: Vec<usize> = (0..rows.rows()).filter(short).collect();
        let Some(longest) = tiny.iter().map(|&row| rows.norms[row]).reduce(f64::max) else {
            continue;
        };
        said.warn(format!(
            "{}{} of {} rows have a norm of {} or less, the median being {}: {}. What is left of their direction may \
             be rounding; leave them out, or encode them again.",
            prefix(found, side),
            num::count(tiny.len()),
            num::count(rows.rows()),
            two_digits(longest),
            two_digits(median),
            listed(tiny.iter().map(|&row| rows.file_row(row))),
        ));
    }
}

/// Bytes with an offset, or packed bits, look like a collapse.
pub(crate) fn unsigned(found: &Found<'_>, looks: &Looks, measures: &[Measure], said: &mut Said) {
    for (side, rows) in found.data.views() {
        let Some(cosine) = plain(measures, MetricId::MeanCosine, side) else {
            continue;
        };
        let name = &rows.source;
        if rows.codes.is_some() {
            // Whoever says what bytes mean needs no guess.
            continue;
        }
        if rows.dtype == Dtype::U8 {
            said.warn(format!(
                "{name} holds unsigned bytes, read as numbers from 0 to 255, none of them below 0. If they are codes \
                 (quantised with a zero point), say --scale and --offset; if they are packed bits, --unpack bits; if \
                 they are the numbers, --dtype u8."
            ));
        } else if cosine.value > CROWDED && looks.never_below_zero.contains(&side) {
            said.warn(format!(
                "{name} has no coordinate below 0{}, and a mean cosine above {CROWDED}. If the values were quantised with \
                 an offset (zero point), subtract it first.",
                match rows.rows() > LOOKED_AT {
                    true => format!(" in the {LOOKED_AT} rows looked at"),
                    false => String::new(),
                },
            ));
        }
    }
}

pub(crate) fn norms(found: &Found<'_>, said: &mut Said) {
    let served = found
        .searched
        .is_some_and(|searched| searched.products.is_some());
    let hold = match served {
        true => "but for retrieval, thresholds and hubs the numbers hold for cosine similarity",
        false => "the numbers hold for cosine similarity, not for raw dot products",
    };
    for (side, rows) in found.data.views() {
        let tolerance = rows.dtype.unit_tolerance();
        let (low, high) = rows
            .norms
            .iter()
            .fold((f64::INFINITY, 0.0_f64), |(l, h), &x| (l.min(x), h.max(x)));
        if (low - 1.0).abs() > tolerance || (high - 1.0).abs() > tolerance {
            said.info(format!(
                "{}rows were not unit (norms {} to {}) and were normalised; {hold}.",
                prefix(found, side),
                norm(low),
                norm(high)
            ));
        }
    }
}

/// Two digits; near 1, of how far it is from there.
fn norm(x: f64) -> String {
    if (x - 1.0).abs() < 0.05 {
        to_error(x, x - 1.0)
    } else {
        two_digits(x)
    }
}
