//! What the walks found, before it is measured.

use std::collections::BTreeMap;

use super::Settings;
use super::estimated::Estimated;
use super::grouping::{Grouping, cosines_within};
use super::prepare::{Prepared, count};
use crate::data::UnitRows;
use crate::metric::Counts;
use crate::pass::{GramState, Layout, MeanState, PairState, cosine_spread, means, pair_cosines};
use crate::result::Side;

/// One all-pairs walk.
pub(super) struct Walked {
    pub(super) side: Side,
    pub(super) state: GramState,
}

/// All that was found, before it is measured.
pub(super) struct Found<'a> {
    pub(super) data: &'a Prepared,
    pub(super) settings: &'a Settings,
    pub(super) layouts: &'a (Layout, Layout),
    pub(super) groups: &'a (Vec<u32>, Vec<u32>),
    pub(super) walked: &'a [Walked],
    pub(super) positives: Option<&'a PairState>,
    pub(super) cosines: &'a Cosines,
    pub(super) excluded: &'a [(u32, u32)],
    /// How much was seen, where `walked` holds a part of the pairs only.
    pub(super) estimated: Option<&'a Estimated>,
}

impl Found<'_> {
    pub(super) fn dim(&self) -> usize {
        self.data.a.dim()
    }

    /// Rows that a number of this side rests on.
    pub(super) fn rows(&self, side: Side) -> u64 {
        let (a, b) = (
            self.data.a.rows() as u64,
            self.data.b.as_ref().map_or(0, |b| b.rows() as u64),
        );
        match side {
            Side::A => a,
            Side::B => b,
            Side::Mean | Side::Cross => a + b,
        }
    }

    pub(super) fn counts(&self, side: Side) -> Counts {
        let (a, b) = (
            self.data.a.rows(),
            self.data.b.as_ref().map_or(0, UnitRows::rows),
        );
        match side {
            Side::A | Side::Mean => Counts::Within(a),
            Side::B => Counts::Within(b),
            Side::Cross if self.data.aligned => Counts::Aligned(a),
            Side::Cross => {
                let mut counts = (vec![b as u64; a], vec![a as u64; b]);
                for &(i, j) in self.excluded {
                    counts.0[i as usize] -= 1;
                    counts.1[j as usize] -= 1;
                }
                Counts::Between {
                    a: counts.0,
                    b: counts.1,
                }
            }
        }
    }

    /// Negatives of each anchor of a side, without group `g`.
    pub(super) fn negatives(&self, side: Side, g: Option<usize>) -> Vec<f64> {
        let layout = if side == Side::A {
            &self.layouts.0
        } else {
            &self.layouts.1
        };
        if self.data.grouping.is_some() {
            let kept = (0..layout.group_sizes().len()).filter(|&other| Some(other) != g);
            let mut out = vec![0.0; self.anchors(side).len()];
            for group in kept {
                let negatives = self.negatives_in(side, group);
                out.iter_mut().zip(negatives).for_each(|(out, n)| *out += n);
            }
            return out;
        }
        let lost = g.map_or(0, |g| layout.group_sizes()[g]);
        if side != Side::Cross || self.data.aligned {
            // An anchor that is left in loses the group and keeps itself out.
            return vec![(layout.rows() - lost) as f64 - 1.0; layout.rows()];
        }
        let mut out = vec![(layout.rows() - lost) as f64; self.data.a.rows()];
        for &(i, j) in self.excluded {
            if Some(self.groups.1[j as usize] as usize) != g {
                out[i as usize] -= 1.0;
            }
        }
        out
    }

    /// Jackknife group of each anchor of a side.
    pub(super) fn anchors(&self, side: Side) -> &[u32] {
        match side {
            Side::B => &self.groups.1,
            Side::A | Side::Mean | Side::Cross => &self.groups.0,
        }
    }

    /// Negatives in group `g` of each row of a side, of rows of `of` and of their partners `to`; rows of one item are
    /// none.
    fn between_items(
        &self,
        of: &[u32],
        (to, to_groups): (&[u32], &[u32]),
        excluded: impl Iterator<Item = (u32, u32)>,
        g: usize,
    ) -> Vec<f64> {
        let count = self.data.grouping.as_ref().map_or(0, Grouping::count);
        let mut sizes = vec![0.0; count];
        let mut all = 0.0;
        for (&item, _) in to
            .iter()
            .zip(to_groups)
            .filter(|(_, of)| **of as usize == g)
        {
            sizes[item as usize] += 1.0;
            all += 1.0;
        }
        let mut out: Vec<f64> = of.iter().map(|&item| all - sizes[item as usize]).collect();
        for (i, j) in excluded {
            let apart = of[i as usize] != to[j as usize];
            if apart && to_groups[j as usize] as usize == g {
                out[i as usize] -= 1.0;
            }
        }
        out
    }

    /// Partners of each row of a side's first operand, and of its second.
    pub(super) fn partners(&self, side: Side) -> (Vec<f64>, Vec<f64>) {
        let rows = self.negatives(side, None);
        let Some((a, b)) = self.data.items_of(side).filter(|_| side == Side::Cross) else {
            return (rows.clone(), rows);
        };
        let mut columns = vec![0.0; b.len()];
        for g in 0..self.layouts.0.group_sizes().len() {
            let turned = self.excluded.iter().map(|&(i, j)| (j, i));
            let found = self.between_items(b, (a, &self.groups.0), turned, g);
            columns.iter_mut().zip(found).for_each(|(all, v)| *all += v);
        }
        (rows, columns)
    }

    /// How many pairs of a side there are between groups g and h, for all g and h.
    pub(super) fn pair_counts(&self, side: Side) -> Vec<Vec<f64>> {
        let anchors = self.anchors(side);
        let groups = self.layouts.0.group_sizes().len();
        let mut counts = vec![vec![0.0; groups]; groups];
        for h in 0..groups {
            for (negatives, &g) in self.negatives_in(side, h).iter().zip(anchors) {
                counts[g as usize][h] += negatives;
            }
        }
        counts
    }

    /// Rows of a side's second operand that an anchor is not compared with: itself, or its positives in the other view;
    /// and all rows of its item.
    pub(super) fn left_out(&self, side: Side, anchor: u32) -> impl Iterator<Item = usize> {
        let cross = side == Side::Cross;
        let list = if cross { self.excluded } else { &[] };
        let start = list.partition_point(|&(i, _)| i < anchor);
        let own = list[start..].iter().take_while(move |(i, _)| *i == anchor);
        let itself = (!cross).then_some(anchor as usize);
        let alone = own.map(|&(_, j)| j as usize).chain(itself);
        let items = self.data.items_of(side);
        let item = items.map(|(rows, _)| rows[anchor as usize]);
        let of_item = move |j: usize| items.zip(item).is_some_and(|((_, of), item)| of[j] == item);
        let count = items.map_or(0, |(_, of)| of.len());
        alone
            .filter(move |&j| !of_item(j))
            .chain((0..count).filter(move |&j| of_item(j)))
    }

    /// All negatives of each anchor of a side that are in group `g`.
    pub(super) fn negatives_in(&self, side: Side, g: usize) -> Vec<f64> {
        if let Some((a, b)) = self.data.items_of(side) {
            let to = match side {
                Side::B | Side::Cross => &self.groups.1,
                Side::A | Side::Mean => &self.groups.0,
            };
            let excluded = self.excluded.iter().copied();
            let excluded = excluded.filter(|_| side == Side::Cross);
            return self.between_items(a, (b, to), excluded, g);
        }
        let (layout, of_anchors) = match side {
            Side::A => (&self.layouts.0, &self.groups.0),
            _ => (&self.layouts.1, &self.groups.1),
        };
        let size = layout.group_sizes()[g] as f64;
        if side != Side::Cross || self.data.aligned {
            let own = |&of: &u32| f64::from(u8::from(of as usize == g));
            return of_anchors.iter().map(|of| size - own(of)).collect();
        }
        let mut out = vec![size; self.data.a.rows()];
        for &(i, j) in self.excluded {
            if self.groups.1[j as usize] as usize == g {
                out[i as usize] -= 1.0;
            }
        }
        out
    }

    /// Positive pairs of the audit.
    pub(super) fn positive_pairs(&self) -> u64 {
        self.data.positives.as_ref().map_or(0, count)
    }
}

/// Sums of cosines of each row with the rows it is compared with, by the linearity of the dot product.
pub(super) struct Cosines {
    pub(super) a: Vec<f64>,
    pub(super) b: Option<Vec<f64>>,
    pub(super) cross: Option<(Vec<f64>, Vec<f64>)>,
    /// Where rows come in items: for each side its sums by jackknife groups.
    pub(super) by_groups: BTreeMap<Side, Vec<Vec<f64>>>,
    /// Where rows come in items: for each view the cosines of each row with the other rows of its item, summed.
    pub(super) within: BTreeMap<Side, Vec<f64>>,
    /// Variance of the cosines of single pairs of each view.
    pub(super) spread: BTreeMap<Side, f64>,
}

impl Cosines {
    /// Sums of the rows and of the columns of a side.
    pub(super) fn of(&self, side: Side) -> (&[f64], &[f64]) {
        match (side, &self.b, &self.cross) {
            (Side::B, Some(b), _) => (b, b),
            (Side::Cross, _, Some((rows, columns))) => (rows, columns),
            _ => (&self.a, &self.a),
        }
    }

    pub(super) fn new(
        (a, b): (&UnitRows, Option<&UnitRows>),
        (sum_a, sum_b): (&MeanState, Option<&MeanState>),
        excluded: &[(u32, u32)],
        items: Option<(&Grouping, &(Layout, Layout))>,
        seed: u64,
    ) -> Self {
        let mut spread = BTreeMap::from([(Side::A, cosine_spread(a, seed))]);
        if let Some(b) = b {
            spread.insert(Side::B, cosine_spread(b, seed));
        }
        let mut out = Self {
            a: means(a, sum_a),
            b: b.zip(sum_b).map(|(b, sum)| means(b, sum)),
            cross: b
                .zip(sum_b)
                .map(|(b, sum)| (means(a, sum), means(b, sum_a))),
            by_groups: BTreeMap::new(),
            within: BTreeMap::new(),
            spread,
        };
        let own = |sums: &mut Vec<f64>| sums.iter_mut().for_each(|s| *s -= 1.0);
        match items {
            Some((grouping, layouts)) => out.between_items((a, b), grouping, layouts),
            None => {
                own(&mut out.a);
                out.b.as_mut().map(own);
            }
        }
        let Some((b, (rows, columns))) = b.zip(out.cross.as_mut()) else {
            return out;
        };
        let one_item = |i: u32, j: u32| {
            let of =
                |grouping: &Grouping, second: bool, row: u32| grouping.of(second)[row as usize];
            items.is_some_and(|(items, _)| of(items, false, i) == of(items, true, j))
        };
        let apart = excluded.iter().copied().filter(|&(i, j)| !one_item(i, j));
        let apart: Vec<(u32, u32)> = apart.collect();
        for (&(i, j), s) in apart.iter().zip(pair_cosines((a, b), &apart)) {
            rows[i as usize] -= s;
            columns[j as usize] -= s;
        }
        out
    }

    /// Takes the pairs of one item off all sums, and makes the sums by groups.
    fn between_items(
        &mut self,
        (a, b): (&UnitRows, Option<&UnitRows>),
        grouping: &Grouping,
        layouts: &(Layout, Layout),
    ) {
        let take = |sums: &mut [f64], within: &[f64]| {
            sums.iter_mut()
                .zip(within)
                .for_each(|(sum, own)| *sum -= own);
        };
        let within = |x: &UnitRows, y: &UnitRows, (of_x, of_y): (bool, bool)| {
            let items = (grouping.of(of_x), grouping.of(of_y));
            cosines_within((x, items.0), (y, items.1), grouping.count())
        };
        let groups = (layouts.0.group_of_rows(), layouts.1.group_of_rows());
        let count = layouts.0.group_sizes().len();
        let sums_a = group_sums(a, &groups.0, count);
        let mut own = within(a, a, (false, false));
        take(&mut self.a, &own);
        self.by_groups
            .insert(Side::A, table_of((&sums_a, &sums_a), &groups.0, &own));
        own.iter_mut().for_each(|sum| *sum -= 1.0);
        self.within.insert(Side::A, own);
        let (Some(b), Some(of_b), Some((rows, columns))) = (b, &mut self.b, &mut self.cross) else {
            return;
        };
        let sums_b = group_sums(b, &groups.1, count);
        let mut own = within(b, b, (true, true));
        take(of_b, &own);
        self.by_groups
            .insert(Side::B, table_of((&sums_b, &sums_b), &groups.1, &own));
        own.iter_mut().for_each(|sum| *sum -= 1.0);
        self.within.insert(Side::B, own);
        let both = within(a, b, (false, true));
        take(rows, &both);
        take(columns, &within(b, a, (true, false)));
        self.by_groups
            .insert(Side::Cross, table_of((&sums_a, &sums_b), &groups.0, &both));
    }
}

/// Sum of the rows of each group.
fn group_sums(rows: &UnitRows, groups: &[u32], count: usize) -> Vec<Vec<f64>> {
    let mut out = vec![vec![0.0; rows.dim()]; count];
    let mut x = vec![0.0; rows.dim()];
    for (row, &g) in groups.iter().enumerate() {
        rows.row_f64(row, &mut x);
        out[g as usize]
            .iter_mut()
            .zip(&x)
            .for_each(|(sum, v)| *sum += v);
    }
    out
}

/// Cosines by the groups of both rows, without those of one item: `within[i]` is what row i has there.
fn table_of((a, b): (&[Vec<f64>], &[Vec<f64>]), groups: &[u32], within: &[f64]) -> Vec<Vec<f64>> {
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let mut out: Vec<Vec<f64>> = a
        .iter()
        .map(|x| b.iter().map(|y| dot(x, y)).collect())
        .collect();
    for (own, &g) in within.iter().zip(groups) {
        out[g as usize][g as usize] -= own;
    }
    out
}
