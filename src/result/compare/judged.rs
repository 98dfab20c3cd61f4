//! Verdicts over all differences of a comparison, and what its tests could have seen.

use super::super::comparison::{Change, Line, Power, Versus};
use super::super::pairing::parent;
use crate::estimate::holm;
use crate::metric::{Direction, Kind, MetricId};

/// Corrects the p-values, gives the verdicts, and says what each test could see; shifts of another number take that
/// one's p-value. Returns how many tests there were.
pub(super) fn judge(lines: &mut [Line], confidence: f64) -> u64 {
    let tests = correct(lines);
    // What Bonferroni finds, Holm does.
    let level = 1.0 - (1.0 - confidence) / tests.max(1) as f64;
    for line in lines {
        let (metric, scale) = (line.metric, line.scale());
        let cells = line.cells.iter_mut().flatten();
        for against in cells.flat_map(|cell| &mut cell.against) {
            against.verdict = verdict(metric, against, 1.0 - confidence);
            let power = against.p.and_then(|_| against.difference.power(level));
            against.power = power.map(|(smallest, more)| Power {
                smallest,
                share: scale.map(|scale| smallest * scale.abs()),
                needed: more.map(|more| (against.n as f64 * more).ceil() as u64),
            });
        }
    }
    tests
}

/// Replaces the p-values by Holm's.
fn correct(lines: &mut [Line]) -> u64 {
    let mut places = Vec::new();
    for (l, line) in lines.iter().enumerate() {
        if parent(line.metric) != line.metric {
            continue;
        }
        for (c, cell) in line.cells.iter().enumerate() {
            let Some(against) = cell.as_ref().and_then(|cell| cell.against.as_ref()) else {
                continue;
            };
            places.extend(against.p.map(|p| (l, c, false, p)));
            let excess = against.excess.as_ref().and_then(|excess| excess.p);
            places.extend(excess.map(|p| (l, c, true, p)));
        }
    }
    let adjusted = holm(&places.iter().map(|(.., p)| *p).collect::<Vec<_>>());
    for (&(l, c, of_excess, _), &p) in places.iter().zip(&adjusted) {
        let (metric, params, side) = (lines[l].metric, lines[l].params.clone(), lines[l].side);
        let same = |line: &&mut Line| {
            parent(line.metric) == metric && line.params == params && line.side == side
        };
        for line in lines.iter_mut().filter(same) {
            let cell = line.cells[c].as_mut();
            let Some(against) = cell.and_then(|cell| cell.against.as_mut()) else {
                continue;
            };
            match &mut against.excess {
                Some(excess) if of_excess => excess.p = Some(p),
                // A shift by the ideal is the excess: where there is one, its p-value comes last and stays.
                _ => against.p = Some(p),
            }
        }
    }
    places.len() as u64
}

fn is_count(metric: MetricId) -> bool {
    metric.spec().kind == Kind::Count
}

fn verdict(metric: MetricId, against: &Versus, most: f64) -> Change {
    let better = metric.spec().better;
    let word = |value: f64| match better {
        Direction::Neutral => Change::Differs,
        Direction::Lower if value < 0.0 => Change::Better,
        Direction::Higher if value > 0.0 => Change::Better,
        _ => Change::Worse,
    };
    let value = against.difference.value;
    let clear = match against.p {
        Some(p) => p <= most,
        None if is_count(metric) => value != 0.0,
        None if value == 0.0 => return Change::Same,
        None => return against.verdict,
    };
    let Some(excess) = &against.excess else {
        return if clear { word(value) } else { Change::Same };
    };
    let exceeds = excess.p.is_some_and(|p| p <= most);
    match (clear, exceeds) {
        (false, false) => Change::Same,
        (true, true) if word(value) == word(excess.difference.value) => word(value),
        _ => Change::Differs,
    }
}
