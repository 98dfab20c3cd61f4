//! The loss at finite numbers of negatives.

use super::document::{ABSENT, Block, Cell, Column, Document, Shown, Table};
use super::number::{count, plain, written};
use crate::result::{LossCurve, LossPoint, Slope};

/// What the columns mean, and what is marked.
const LEGEND: &str = "mc: Monte Carlo error, what another seed would change; to limit: loss less log M, less \
     its limit; bounds of that for any data, vacuous where they are no narrower than 2/tau; MI bound: mutual information \
     in nats, at least; saturated within 0.1 of its cap log(M + 1)";

/// The curves, where there are any, under a heading of their own.
pub(super) fn push(document: &mut Document, curves: &[LossCurve]) {
    if curves.is_empty() {
        return;
    }
    let heading = "contrastive loss at M negatives".to_owned();
    document.push_for(Shown::Page, Block::Heading(heading));
    let heads = [
        "tau",
        "M",
        "loss ± mc",
        "less log M",
        "to limit",
        "2nd order",
        "bounds",
        "MI bound of cap",
    ];
    let mut table = Table::new(heads.map(Column::right));
    // The second order goes first, the loss and what it bounds stay.
    let narrower: [&[usize]; 4] = [&[5], &[3, 5], &[3, 5, 6], &[3, 4, 5, 6]];
    table.narrower = narrower.map(<[usize]>::to_vec).into();
    for curve in curves {
        for point in &curve.points {
            table.push(line(curve, point).map(Cell::from));
        }
    }
    document.push(Block::Table(table));
    let summaries = curves.iter().map(summary);
    document.push(Block::Remarks("", summaries.collect()));
    document.push(Block::Text(LEGEND.to_owned()));
}

fn line(curve: &LossCurve, point: &LossPoint) -> [String; 8] {
    // Numbers derived from the loss carry its digits; the pass promises no more than five.
    let text = written(point.loss, Some(point.se));
    let decimals = text.decimals.min(5);
    let derived = |v: f64| plain(v, decimals);
    let bounds = if point.vacuous {
        "vacuous".to_owned()
    } else {
        format!("{} to {}", plain(point.lower, 3), plain(point.upper, 3))
    };
    // Far from the limit the expansion leaves what any data can reach.
    let possible = point
        .second_order
        .filter(|v| (point.lower..=point.upper).contains(v));
    let saturated = if point.saturated { " saturated" } else { "" };
    let (value, se) = match text.se {
        // All pairs were visited.
        Some(se) if se == "0" => (derived(point.loss), se),
        se => (text.value, se.unwrap_or_default()),
    };
    [
        curve.tau.to_string(),
        count(point.negatives),
        format!("{value} ± {se}"),
        derived(point.loss - (point.negatives as f64).ln()),
        derived(point.deviation),
        possible.map_or(ABSENT.to_owned(), derived),
        bounds,
        format!(
            "{} of {}{saturated}",
            derived(point.information),
            plain(point.cap, 2)
        ),
    ]
}

/// What the curve tends to, from where on, and what it rests on.
fn summary(curve: &LossCurve) -> String {
    let limit = written(curve.limit, curve.limit_se);
    let error = limit.se.map_or(String::new(), |se| {
        format!(" ± {se} (sampling error of the data)")
    });
    let near = match curve.near_limit_from {
        Some(m) if m < 1e15 => format!("within 1 % of it from M = {} on", count(m.ceil() as u64)),
        Some(_) => "within 1 % of it at no M that can be drawn".to_owned(),
        None => "from which M on it is within 1 % is not known".to_owned(),
    };
    let rests = if curve.exact {
        format!("all {} ordered pairs", count(curve.pairs))
    } else {
        format!(
            "the rows of {} sampled anchors, {} ordered pairs",
            count(curve.visited),
            count(curve.pairs)
        )
    };
    let own = match curve.without_own_positive() {
        true => ", without the own positive that contrastive_limit counts among an anchor's rows",
        false => "",
    };
    let over = curve.anchors.map_or(String::new(), |rows| {
        format!(
            " over the {} rows that are anchors, as often as they are (contrastive_limit takes every row once)",
            count(rows)
        )
    });
    format!(
        "tau = {}, side {}: limit {}{error}{over}{own}, {near}; {}from {rests}; negatives drawn i.i.d., with replacement, from {}",
        curve.tau,
        curve.side.name(),
        limit.value,
        curve.slope.map_or(String::new(), falls),
        curve.drawn_from,
    )
}

/// How fast the distance to the limit falls.
fn falls(slope: Slope) -> String {
    format!(
        "the distance to it falls as M^{:.2} from M = {} to {} (Theorem 1 promises M^-0.5, the second order is M^-1); ",
        slope.value,
        count(slope.from),
        count(slope.to)
    )
}
