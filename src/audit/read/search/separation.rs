//! Cosines of positives and of all other pairs to AUC, d', EER, and thresholds.

use std::collections::BTreeSet;

use super::number::{Number, units};
use crate::audit::read::found::Found;
use crate::audit::read::notes::said::Said;
use crate::audit::states::searched::{Asked, FARS, Searched};
use crate::metric::{Bounded, GroupedStatistic, MetricId, Negatives, Separation, separation};
use crate::num;
use crate::pass::{CosineCounts, Deviations};
use crate::result::{NumberKey, Side, params};

/// Fewest negatives above a threshold.
pub(super) const FEWEST: f64 = 10.0;
/// Share of pairs in the bin of a threshold, or in bins with both kinds, from which on cosines are called tied.
const TIED: f64 = 0.01;

/// Nothing where no cosines were counted, or there are no negatives.
pub(super) fn numbers(found: &Found<'_>, searched: &Searched, said: &mut Said) -> Vec<Number> {
    let side = found.data.pair_side();
    let Some(pairs) = CountedPairs::of(found, searched) else {
        return Vec::new();
    };
    let asked = pairs.asked;
    let negatives = pairs.negatives(None);
    let count = negatives.counts.iter().sum::<u64>() as f64;
    // A product of decimals may miss a whole number by a bit.
    let told = |far: &f64| count * far >= FEWEST * (1.0 - 1e-9);
    let (fars, few): (Vec<f64>, Vec<f64>) = FARS.into_iter().partition(told);
    if !few.is_empty() {
        let few: Vec<String> = few.iter().map(|far| format!("far={far}")).collect();
        said.info(format!(
            "{} pairs that are no positives are too few for thresholds at {}: 10 / far are needed.",
            num::count(count as u64),
            few.join(", ")
        ));
    }
    let Some(whole) = separation(&asked.cosines, &negatives, &fars) else {
        return Vec::new();
    };
    let left: Vec<Option<Separation>> = (0..pairs.groups)
        .map(|g| separation(&pairs.positives(g), &pairs.negatives(Some(g)), &fars))
        .collect();
    let made = Made {
        found,
        side,
        whole: &whole,
        left: &left,
        pairs: asked.positives.len() as u64,
        units: pairs.units(),
    };
    let mut out = vec![
        made.number(MetricId::Auc, None, (Some(1.0), Some(0.5)), |s| Some(s.auc)),
        made.number(MetricId::DPrime, None, (None, Some(0.0)), |s| s.d_prime),
        made.number(MetricId::Eer, None, (Some(0.0), Some(0.5)), |s| Some(s.eer)),
    ];
    for (k, &far) in fars.iter().enumerate() {
        let beside = (Some(1.0), Some(far));
        out.push(made.number(MetricId::Tar, Some(far), beside, |s| Some(s.at[k].tar)));
    }
    for (k, &far) in fars.iter().enumerate() {
        let unit = searched.unit();
        let of = |s: &Separation| Some(s.at[k].threshold.times(unit));
        // Rows that collapse to one direction may keep their lengths.
        let collapsed = searched.products.is_none().then_some(1.0);
        out.push(made.number(MetricId::Threshold, Some(far), (None, collapsed), of));
    }
    let tied: Vec<String> = out
        .iter()
        .flatten()
        .filter(|(_, tied)| *tied)
        .map(|(number, _)| number.measure.label())
        .collect();
    if !tied.is_empty() {
        let within = match searched.products {
            None => "cosines of positives and of other pairs lie within 3e-5 of each other",
            Some(_) => {
                "inner products of positives and of other pairs lie within 3e-5 of the product of the largest norms"
            }
        };
        said.warn(format!(
            "Many {within}: {} take them as tied.",
            tied.join(", ")
        ));
    }
    out.into_iter()
        .flatten()
        .map(|(number, _)| number)
        .collect()
}

/// Positives and negatives, in all and without a jackknife group.
pub(super) struct CountedPairs<'a> {
    found: &'a Found<'a>,
    pub(super) asked: &'a Asked,
    /// Where pairs were counted.
    counts: &'a CosineCounts,
    /// Pairs of each bin that are no positives, all of them and those that touch each group. f32 may have put a positive into
    /// the next bin: it is taken from its own, which then lacks one that the next has too many.
    others: (Vec<i64>, Vec<Vec<i64>>),
    /// Groups of the rows of each positive.
    groups_of: Vec<(u32, u32)>,
    pub(super) groups: usize,
}

impl<'a> CountedPairs<'a> {
    /// None where no cosines were counted, or nothing is positive.
    pub(super) fn of(found: &'a Found<'a>, searched: &'a Searched) -> Option<Self> {
        // Of a sample the pairs that queries of the first view make; elsewhere all.
        let sample = found.queries.and_then(|queries| queries.drawn.first());
        let (asked, counts) = match sample {
            Some(drawn) => (&drawn.asked, Some(&drawn.counted)),
            None => {
                let two = found.data.b.is_some();
                (&searched.asked, searched.of_positives(found.walked, two))
            }
        };
        let counts = &counts?.cosines;
        let empty = counts.is_empty() || asked.positives.is_empty();
        (!empty).then(|| Self::new(found, asked, counts))
    }

    fn new(found: &'a Found<'a>, asked: &'a Asked, counts: &'a CosineCounts) -> Self {
        let two = found.data.b.is_some();
        let second = found.anchors(if two { Side::B } else { Side::A });
        let group_of = |&(i, j): &(u32, u32)| (found.groups.0[i as usize], second[j as usize]);
        let groups_of: Vec<(u32, u32)> = asked.positives.iter().map(group_of).collect();
        let signed = |bins: &Vec<u64>| bins.iter().map(|count| *count as i64).collect();
        let mut all: Vec<i64> = signed(&counts.all);
        let mut touching: Vec<Vec<i64>> = counts.touching.iter().map(signed).collect();
        if !two {
            // Within one view positives were counted, but for those within an item.
            let items = found.data.items_of(Side::A);
            let listed = asked.positives.iter().zip(&asked.cosines).zip(&groups_of);
            for ((&(i, j), &cosine), &groups) in listed {
                let one = items.is_some_and(|(a, b)| a[i as usize] == b[j as usize]);
                if one {
                    continue;
                }
                let bin = CosineCounts::bin(cosine).max(counts.lowest);
                let place = CosineCounts::place(bin, counts.lowest);
                all[place] -= 1;
                for g in BTreeSet::from([groups.0, groups.1]) {
                    if let Some(bins) = touching.get_mut(g as usize) {
                        bins[place] -= 1;
                    }
                }
            }
        }
        let groups = counts.touching.len();
        let known = groups == found.layouts.0.group_sizes().len();
        Self {
            found,
            asked,
            counts,
            others: (all, touching),
            groups_of,
            groups: if known { groups } else { 0 },
        }
    }

    /// Cosines of the positives that do not touch group `g`.
    pub(super) fn positives(&self, g: usize) -> Vec<f64> {
        let kept = self.asked.cosines.iter().zip(&self.groups_of);
        kept.filter(|(_, (x, y))| *x as usize != g && *y as usize != g)
            .map(|(cosine, _)| *cosine)
            .collect()
    }

    /// The negatives, or those that do not touch group `g`.
    pub(super) fn negatives(&self, g: Option<usize>) -> Negatives {
        let counts = &self.counts;
        let (others, touching) = &self.others;
        let touching = g.map(|g| &touching[g][..]).unwrap_or_default();
        let touching = touching.iter().copied().chain(std::iter::repeat(0));
        let below = g.and_then(|g| counts.touching_below.get(g).copied());
        let (all, [sum, squares]) = (counts.below.0, below.unwrap_or_default().0);
        Negatives {
            counts: settled(others.iter().zip(touching).map(|(all, out)| all - out)),
            lowest: counts.lowest,
            below: Deviations([all[0] - sum, all[1] - squares]).sums(),
        }
    }

    /// Independent draws that the positives rest on.
    pub(super) fn units(&self) -> f64 {
        let two = self.found.data.b.is_some();
        let (first, second) = (units(self.found, false).0, units(self.found, two).0);
        let distinct = |of: &mut dyn Iterator<Item = u32>| of.collect::<BTreeSet<u32>>().len();
        let positives = &self.asked.positives;
        let left = distinct(&mut positives.iter().map(|(i, _)| first[*i as usize]));
        let right = distinct(&mut positives.iter().map(|(_, j)| second[*j as usize]));
        left.min(right) as f64
    }
}

/// Counts of which none is below zero: what a bin lacks is taken from the next one that has it, the lower one first.
fn settled(counts: impl Iterator<Item = i64>) -> Vec<u64> {
    let mut counts: Vec<i64> = counts.collect();
    for bin in 0..counts.len() {
        let mut lacking = -counts[bin];
        if lacking <= 0 {
            continue;
        }
        counts[bin] = 0;
        if let Some(below) = bin.checked_sub(1) {
            let taken = lacking.min(counts[below]);
            counts[below] -= taken;
            lacking -= taken;
        }
        if let Some(next) = counts.get_mut(bin + 1) {
            *next -= lacking;
        }
    }
    counts.into_iter().map(|count| count as u64).collect()
}

/// What all numbers are made of.
struct Made<'a> {
    found: &'a Found<'a>,
    side: Side,
    whole: &'a Separation,
    left: &'a [Option<Separation>],
    pairs: u64,
    units: f64,
}

impl Made<'_> {
    /// A number, and whether it takes many cosines as tied.
    fn number(
        &self,
        metric: MetricId,
        far: Option<f64>,
        beside: (Option<f64>, Option<f64>),
        of: impl Fn(&Separation) -> Option<Bounded>,
    ) -> Option<(Number, bool)> {
        let Bounded { value, rounding } = of(self.whole)?;
        let without = self.left.iter().map(|left| {
            let bounded = left.as_ref().and_then(&of);
            bounded.map_or(f64::NAN, |bounded| bounded.value)
        });
        let statistic = GroupedStatistic {
            value,
            leave: without.collect(),
            sizes: self.found.layouts.0.group_sizes().to_vec(),
        };
        let key = NumberKey {
            metric,
            params: far.map(|far| params("far", far)).unwrap_or_default(),
            side: self.side,
            n: self.pairs,
            beside,
        };
        let mut number = key.grouped(self.found, statistic, self.units);
        // Ties are part of a share's definition; few of them are the rounding of bins.
        let tied = metric.is_share() && rounding > TIED;
        if !tied {
            number.measure.widen(rounding);
        }
        Some((number, tied))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_bin_lacks_the_next_one_has_too_many() {
        for (counts, expected) in [
            // f32 put positives of the second bin into the third, into the first, and into both.
            (&[4, -1, 3, 0][..], &[3, 0, 3, 0][..]),
            (&[0, -1, 3, 0], &[0, 0, 2, 0]),
            (&[1, -2, 3, 0], &[0, 0, 2, 0]),
            (&[0, -1, 0, 2], &[0, 0, 0, 1]),
            (&[5, 0, -1], &[5, 0, 0]),
            (&[2, 7], &[2, 7]),
        ] {
            assert_eq!(settled(counts.iter().copied()), expected, "{counts:?}");
        }
    }
}
