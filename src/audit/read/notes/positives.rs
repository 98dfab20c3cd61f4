//! Of the positives: whether they are positives at all, and for how many rows.

use crate::audit::read::found::Found;
use crate::audit::read::notes::said::{Said, prefix};
use crate::audit::states::looks::Looks;
use crate::data::{Positives, Sentinel};
use crate::num;
use crate::num::{in_percent, to_error, two_digits};
use crate::result::{Contrast, FindingId, Measure, Severity, Side};

/// Positives at distance 0 are the same thing twice, not two views of it.
pub(crate) fn identical(found: &Found<'_>, said: &mut Said) {
    let Some(state) = found.positives else { return };
    if state.distance.mean() == Some(0.0) {
        said.warn_of(FindingId::IdenticalPositives, format!(
            "All {} positive pairs are identical rows, so alignment says nothing: are both views the same file, \
             or was the encoder's noise (dropout, augmentation) off?",
            state.distance.count()
        ));
    }
}

/// Positives no closer than any two rows: rows out of order, or pairs of other rows than were meant.
pub(crate) fn at_chance(found: &Found<'_>, looks: &Looks, measures: &[Measure], said: &mut Said) {
    let Some(contrast) = Contrast::of(measures, found.data.b.is_some()) else {
        return;
    };
    if !contrast.at_chance() {
        return;
    }
    let Contrast {
        alignment,
        se,
        unrelated,
        ..
    } = contrast;
    let cause = match &found.data.positives {
        Some(Positives::Pairs(_)) if found.data.aligned => {
            "Is row i of both files the same item? The order of rows may have been lost.".to_owned()
        }
        Some(Positives::Pairs(_)) => match looks.counted_from_one {
            Some(shifted) if contrast.clearly_less(shifted) => format!(
                "Are the pairs counted from 1? With every index one less it is {}. Pairs are zero-based: the first row \
                 is 0.",
                to_error(shifted, se)
            ),
            _ => "Are the pairs zero-based (the first row is 0), and are the rows still in the order that the pairs \
                  were made for?"
                .to_owned(),
        },
        _ => "Are the labels in the order of the rows?".to_owned(),
    };
    said.warn_of(FindingId::PositivesAtChance, format!(
        "Positives are no closer than unrelated rows{}: alignment{{alpha=2}} is {} (standard error {}), and any two rows \
         have {}, 2 - 2 mean_cosine. {cause}",
        if alignment < unrelated { ", as far as these pairs can tell" } else { "" },
        to_error(alignment, se),
        two_digits(se),
        to_error(unrelated, se),
    ));
}

/// Rows without a label that share one all the same: -1, 255, `unknown`.
pub(crate) fn sentinels(found: &Found<'_>, said: &mut Said) {
    let Some(Positives::Groups(groups)) = &found.data.positives else {
        return;
    };
    let sizes: Vec<u64> = groups.members().iter().map(|m| m.len() as u64).collect();
    for sentinel in Sentinel::among(groups.values(), &sizes) {
        let severity = match sentinel.pairs > 0.5 {
            true => Severity::Warning,
            false => Severity::Info,
        };
        said.say(
            severity,
            format!(
                "Label `{}`{} is that of {} of {} rows and of {} of the positive pairs. If it stands for rows without a \
                 label, leave these rows out: here they are positives of each other.",
                sentinel.value,
                sentinel.mark,
                num::count(sentinel.rows),
                num::count(groups.rows()),
                in_percent(sentinel.pairs),
            ),
        );
    }
}

/// Rows that no positive pair holds.
pub(crate) fn without(found: &Found<'_>, said: &mut Said) {
    let rows = found.data.a.rows();
    let mut has = (
        vec![false; rows],
        found.data.b.as_ref().map(|b| vec![false; b.rows()]),
    );
    match &found.data.positives {
        None => return,
        Some(Positives::Groups(groups)) => {
            let pairs = groups.members().iter().filter(|members| members.len() > 1);
            pairs.flatten().for_each(|&row| has.0[row as usize] = true);
        }
        Some(Positives::Pairs(pairs)) => {
            for &(i, j) in pairs.list() {
                has.0[i as usize] = true;
                has.1.as_mut().unwrap_or(&mut has.0)[j as usize] = true;
            }
        }
    }
    for (side, has) in [(Side::A, Some(&has.0)), (Side::B, has.1.as_ref())] {
        let Some(has) = has else { continue };
        let with = has.iter().filter(|has| **has).count();
        let without = has.len() - with;
        if without > 0 {
            said.say(
                if without > with { Severity::Warning } else { Severity::Info },
                format!(
                    "{}{} of {} rows have no positive: alignment and the alignment term speak of the other \
                     {} alone.",
                    prefix(found, side),
                    num::count(without),
                    num::count(has.len()),
                    num::counted(with, "row"),
                ),
            );
        }
    }
}
