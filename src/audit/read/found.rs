//! What was found, before it is measured, and how many pairs it rests on.

use crate::audit::ask::Settings;
use crate::audit::facts::{Facts, ViewFacts};
use crate::audit::grouping::Grouping;
use crate::audit::states::States;
use crate::audit::states::cosines::Cosines;
use crate::audit::states::on_request::OnRequest;
use crate::audit::states::queries::Queries;
use crate::audit::states::searched::Searched;
use crate::audit::states::seen::{Estimated, Seen};
use crate::audit::states::walked::Walked;
use crate::metric::Counts;
use crate::num::add_each;
use crate::pass::{Layout, PairState};
use crate::result::Side;

/// Which rows go together in the errors, and which pairs are left out: all of it follows from the facts and the seed.
pub(crate) struct Frame {
    pub(crate) layouts: (Layout, Layout),
    /// Jackknife group of each row of a and of b.
    pub(crate) groups: (Vec<u32>, Vec<u32>),
    pub(crate) excluded: Vec<(u32, u32)>,
}

impl Frame {
    pub(crate) fn new(facts: &Facts, layouts: (Layout, Layout)) -> Self {
        Self {
            groups: (layouts.0.group_of_rows(), layouts.1.group_of_rows()),
            layouts,
            excluded: facts.excluded(),
        }
    }

    /// That of these states.
    pub(crate) fn of(states: &States) -> Self {
        let (facts, seed) = (&states.facts, states.settings.seed);
        let rings = states.estimate.as_ref().and_then(|_| facts.rings(seed));
        Self::new(facts, rings.unwrap_or_else(|| facts.layouts(seed)))
    }
}

/// All that was found, before it is measured.
pub(crate) struct Found<'a> {
    pub(crate) data: &'a Facts,
    pub(crate) settings: &'a Settings,
    pub(crate) layouts: &'a (Layout, Layout),
    pub(crate) groups: &'a (Vec<u32>, Vec<u32>),
    pub(crate) walked: &'a [Walked],
    pub(crate) positives: Option<&'a PairState>,
    pub(crate) cosines: &'a Cosines,
    pub(crate) excluded: &'a [(u32, u32)],
    /// How much was seen, where `walked` holds a part of the pairs only.
    pub(crate) estimated: Option<&'a Estimated>,
    /// Cosines of pairs that have scores.
    pub(crate) judged: Option<&'a [f64]>,
    /// What those who search asked for.
    pub(crate) searched: Option<&'a Searched>,
    /// Who searched, where that was a sample.
    pub(crate) queries: Option<&'a Queries>,
    /// What else is measured only where it is asked for.
    pub(crate) on_request: &'a OnRequest,
}

impl<'a> Found<'a> {
    pub(crate) fn new(states: &'a States, frame: &'a Frame) -> Self {
        Self {
            data: &states.facts,
            settings: &states.settings,
            layouts: &frame.layouts,
            groups: &frame.groups,
            walked: &states.walked,
            positives: states.positives.as_ref(),
            cosines: &states.cosines,
            excluded: &frame.excluded,
            estimated: states.estimate.as_ref().map(|estimate| &estimate.seen),
            judged: states.judged.as_deref(),
            searched: states.searched.as_ref(),
            queries: states.queries.as_ref(),
            on_request: &states.on_request,
        }
    }

    pub(crate) fn dim(&self) -> usize {
        self.data.a.dim
    }

    /// What an estimate saw of a side.
    pub(crate) fn seen(&self, side: Side) -> Option<&'a Seen> {
        self.estimated?.sides.iter().find(|seen| seen.side == side)
    }

    /// Rows that a number of this side rests on.
    pub(crate) fn rows(&self, side: Side) -> u64 {
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

    pub(crate) fn counts(&self, side: Side) -> Counts {
        let (a, b) = (
            self.data.a.rows(),
            self.data.b.as_ref().map_or(0, ViewFacts::rows),
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

    /// Negatives of each anchor of a side.
    pub(crate) fn negatives(&self, side: Side) -> Vec<f64> {
        let mut out = Vec::new();
        for negatives in self.by_group(side) {
            add_each(&mut out, negatives);
        }
        out
    }

    /// Negatives of each anchor of a side in each group: 8 bytes for each anchor and group.
    pub(crate) fn negatives_by_group(&self, side: Side) -> Vec<Vec<f64>> {
        self.by_group(side).collect()
    }

    fn by_group(&self, side: Side) -> impl Iterator<Item = Vec<f64>> {
        let groups = 0..self.layouts.0.group_sizes().len();
        groups.map(move |g| self.negatives_in(side, g))
    }

    /// Jackknife group of each anchor of a side.
    pub(crate) fn anchors(&self, side: Side) -> &'a [u32] {
        match side {
            Side::B => &self.groups.1,
            Side::A | Side::Mean | Side::Cross => &self.groups.0,
        }
    }

    /// How the anchors of a side are dealt to these groups.
    pub(crate) fn layout(&self, side: Side) -> &'a Layout {
        match side {
            Side::B => &self.layouts.1,
            Side::A | Side::Mean | Side::Cross => &self.layouts.0,
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
    pub(crate) fn partners(&self, side: Side) -> (Vec<f64>, Vec<f64>) {
        let rows = self.negatives(side);
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
    pub(crate) fn pair_counts(&self, side: Side, negatives: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let anchors = self.anchors(side);
        let mut counts = vec![vec![0.0; negatives.len()]; negatives.len()];
        for (h, negatives) in negatives.iter().enumerate() {
            for (negatives, &g) in negatives.iter().zip(anchors) {
                counts[g as usize][h] += negatives;
            }
        }
        counts
    }

    /// Rows of a side's second operand that an anchor is not compared with: itself, or its positives in the other view;
    /// and all rows of its item.
    pub(crate) fn left_out(&self, side: Side, anchor: u32) -> impl Iterator<Item = usize> {
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
    fn negatives_in(&self, side: Side, g: usize) -> Vec<f64> {
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
}
