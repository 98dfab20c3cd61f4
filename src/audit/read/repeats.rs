//! Rows that repeat an earlier one, and the numbers without them.

use crate::audit::ask::Settings;
use crate::audit::facts::Facts;
use crate::audit::read::measures::mean_log;
use crate::audit::read::pairwise::uniformity_within;
use crate::audit::states::States;
use crate::audit::states::found::Repeats;
use crate::metric::MetricId;
use crate::num;
use crate::num::{to_error, two_digits};
use crate::pass::{GramState, Layout};
use crate::result::params;
use crate::result::{FindingId, Measure, Note, Severity, Side};

/// The rows of a view that repeat no earlier one.
pub(crate) struct Firsts {
    pub(crate) keep: Vec<bool>,
    /// Their items, where rows come in items.
    pub(crate) items: Option<Vec<u32>>,
    pub(crate) layout: Layout,
}

/// Of a view without these rows.
pub(crate) fn kept(facts: &Facts, (side, repeats): (Side, &[u32]), seed: u64) -> Firsts {
    let mut keep = vec![true; facts.view(side).rows()];
    repeats.iter().for_each(|&row| keep[row as usize] = false);
    let items: Option<Vec<u32>> = facts.items_of(side).map(|(items, _)| {
        let left = items.iter().zip(&keep).filter(|(_, keep)| **keep);
        left.map(|(&item, _)| item).collect()
    });
    let rows = keep.iter().filter(|keep| **keep).count();
    let layout = match &items {
        Some(items) => Layout::of_items(((0..rows as u32).collect(), items), None, seed).0,
        None => Layout::new(rows, seed),
    };
    Firsts {
        keep,
        items,
        layout,
    }
}

/// Says how many rows of each view repeat an earlier one, names some, and says where a number of `measures` moves by more
/// than its standard error without them.
pub(crate) fn notes(states: &States, measures: &[Measure]) -> Vec<Note> {
    let mut notes = Vec::new();
    let warning = |text: String| Note::new(Severity::Warning, text);
    for Repeats {
        side,
        named,
        without,
    } in &states.repeats
    {
        let Some(walked) = states.walked.iter().find(|walked| walked.side == *side) else {
            continue;
        };
        let repeats = &walked.state.duplicates;
        notes.push(warning(format!(
            "Side {}: {} of {} rows repeat an earlier one ({named}). Repeated rows raise uniformity and, at small tau, \
             dominate the uniform term; remove them if they are not meant.",
            side.name(),
            num::count(repeats.rows()),
            num::count(repeats.repeats.len()),
        )).about(FindingId::Duplicates));
        let Some(state) = without else { continue };
        let repeated = (*side, &repeats.repeated()[..]);
        let kept = kept(&states.facts, repeated, states.settings.seed);
        let moved = moved(&states.settings, kept, state, (*side, measures));
        if !moved.is_empty() {
            notes.push(warning(format!(
                "Side {}: without the rows that repeat an earlier one, {}.",
                side.name(),
                moved.join("; ")
            )));
        }
    }
    notes
}

/// What the numbers of one view are on the rows kept, where they differ by more than their error.
fn moved(
    settings: &Settings,
    Firsts { items, layout, .. }: Firsts,
    state: &GramState,
    (side, measures): (Side, &[Measure]),
) -> Vec<String> {
    let rows = layout.rows();
    // Rows that are no partners of a row: itself, and those of its item.
    let own: Vec<f64> = match items {
        None => vec![1.0; rows],
        Some(items) => {
            let largest = items.iter().max().map_or(0, |&item| item as usize + 1);
            let mut sizes = vec![0.0; largest];
            items.iter().for_each(|&item| sizes[item as usize] += 1.0);
            items.iter().map(|&item| sizes[item as usize]).collect()
        }
    };
    let mut out = Vec::new();
    let mut compare =
        |metric: MetricId, (name, value): (&str, f64), without: (f64, Option<f64>)| {
            let params = params(name, value);
            let before = measures
                .iter()
                .find(|m| m.metric == metric && m.side == side && m.params == params);
            if let (Some(before), (value, Some(se))) = (before, without)
                && before
                    .se
                    .is_some_and(|old| (value - before.value).abs() > old)
            {
                out.push(format!(
                    "{} is {} (standard error {}), not {}",
                    before.label(),
                    to_error(value, se),
                    two_digits(se),
                    to_error(before.value, se),
                ));
            }
        };
    for &t in &settings.ts {
        let mut statistic = uniformity_within(state, t);
        // Its mean is over all pairs; between items there are fewer.
        let all = rows as f64 * (rows as f64 - 1.0);
        statistic.value += (all / (2.0 * state.pairs as f64)).ln();
        compare(
            MetricId::Uniformity,
            ("t", t),
            (statistic.value, statistic.se()),
        );
    }
    for &tau in &settings.taus {
        let statistic = mean_log(state, tau, &layout, &own);
        compare(
            MetricId::ContrastiveUniformTerm,
            ("tau", tau),
            (statistic.value, statistic.jackknife().map(|j| j.se)),
        );
    }
    out
}
