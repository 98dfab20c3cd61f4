//! What happens when, and what lies where, decided before the first copy.
//!
//! Tasks are taken in groups of [`COLUMN_GROUP`] column blocks: while a group's panels stay on the device, panels of
//! rows pass by, each meeting the whole group at once (a step). A panel is read again once for each group, so that
//! embeddings of any size pass through a memory that holds one group and a few panels more.

use std::collections::BTreeMap;

/// Column blocks that stay while rows pass by. At d = 768 a panel takes 0.2 ms over PCIe and 0.5 ms of tensor cores.
pub const COLUMN_GROUP: usize = 32;

/// A block of rows on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowPanel {
    /// Block of the first operand (of the only one, in a walk over one set of rows).
    A(u32),
    /// Block of the second operand.
    B(u32),
}

/// A panel that must be copied into a slot before a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// The panel to copy.
    pub panel: RowPanel,
    /// The slot that takes it.
    pub slot: usize,
    /// The last step that needs what the slot held before.
    pub after: Option<usize>,
}

/// A task, and the slots of its panels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// (block of rows, block of columns).
    pub task: (u32, u32),
    /// Slot of the rows.
    pub rows: usize,
    /// Slot of the columns.
    pub columns: usize,
}

/// One panel of rows against the columns of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelStep {
    /// What must be copied first.
    pub loads: Vec<Load>,
    /// What is walked: at most [`COLUMN_GROUP`] tasks.
    pub tasks: Vec<Placed>,
}

/// The whole walk of one device: its steps in order, each made when it is asked for, as 10,000,000 rows have 21,000,000 tasks.
/// Every task is in one step; sums are added in the order in which they come.
pub struct Schedule<'a> {
    steps: Steps<'a>,
    /// Steps of other devices before the next one, and between two.
    others: (usize, usize),
    symmetric: bool,
    slots: Slots,
    now: usize,
}

impl<'a> Schedule<'a> {
    /// Plans `tasks`, in the order of a [`Plan`](crate::pass::Plan), for `slots` slots; within one set of rows (`symmetric`) rows
    /// and columns are the same panels. Of several devices, number `part.0` of `part.1` takes every `part.1`-th step.
    ///
    /// The order depends on the tasks only, as long as there are slots for a group, one panel of rows and one that is
    /// on its way; with fewer slots groups are smaller. None with fewer than three slots (fewer panels need fewer).
    pub fn new(
        tasks: &'a [(u32, u32)],
        symmetric: bool,
        slots: usize,
        part: (usize, usize),
    ) -> Option<Self> {
        let group = Self::group(tasks, symmetric, slots)? as u32;
        let steps = Steps {
            tasks,
            group,
            columns: Vec::new(),
        };
        Some(Self {
            steps,
            others: (part.0, part.1 - 1),
            symmetric,
            slots: Slots::new(slots),
            now: 0,
        })
    }

    /// Column blocks of a group.
    fn group(tasks: &[(u32, u32)], symmetric: bool, slots: usize) -> Option<usize> {
        let blocks =
            |of: fn(&(u32, u32)) -> u32| tasks.iter().map(of).max().map_or(0, |b| b as usize + 1);
        let (rows, columns) = (blocks(|t| t.0), blocks(|t| t.1));
        let all = if symmetric {
            rows.max(columns)
        } else {
            rows + columns
        };
        if slots >= all {
            return Some(COLUMN_GROUP);
        }
        (slots >= 3).then(|| COLUMN_GROUP.min(slots - 2))
    }
}

impl Iterator for Schedule<'_> {
    type Item = PanelStep;

    fn next(&mut self) -> Option<PanelStep> {
        let tasks = self.steps.nth(self.others.0)?;
        self.others.0 = self.others.1;
        let symmetric = self.symmetric;
        let column = |j: u32| {
            if symmetric {
                RowPanel::A(j)
            } else {
                RowPanel::B(j)
            }
        };
        let rows = RowPanel::A(tasks[0].0);
        let mut needed = vec![rows];
        needed.extend(tasks.iter().map(|&(_, j)| column(j)));
        needed.sort_unstable();
        needed.dedup();
        let loads = self.slots.take(&needed, self.now);
        self.now += 1;
        let placed = tasks.into_iter().map(|task| Placed {
            task,
            rows: self.slots.of(rows),
            columns: self.slots.of(column(task.1)),
        });
        Some(PanelStep {
            loads,
            tasks: placed.collect(),
        })
    }
}

/// The tasks of each step, group after group, and within a group row after row.
struct Steps<'a> {
    /// Those of later groups, column after column.
    tasks: &'a [(u32, u32)],
    /// Column blocks of a group.
    group: u32,
    /// What is left of each column of this group.
    columns: Vec<&'a [(u32, u32)]>,
}

impl Iterator for Steps<'_> {
    type Item = Vec<(u32, u32)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.columns.retain(|column| !column.is_empty());
        if self.columns.is_empty() {
            let group = self.tasks.first()?.1 / self.group;
            let end = self.tasks.partition_point(|(_, j)| j / self.group <= group);
            let (of_group, later) = self.tasks.split_at(end);
            self.tasks = later;
            self.columns = of_group.chunk_by(|x, y| x.1 == y.1).collect();
        }
        let row = self.columns.iter().map(|column| column[0].0).min()?;
        let heads = self.columns.iter_mut().filter(|column| column[0].0 == row);
        let taken = heads.map(|column| {
            let task = column[0];
            *column = &column[1..];
            task
        });
        Some(taken.collect())
    }
}

/// Which panel each slot holds, and the last step that needs it.
struct Slots {
    held: Vec<Option<(RowPanel, usize)>>,
    place: BTreeMap<RowPanel, usize>,
}

impl Slots {
    fn new(count: usize) -> Self {
        Self {
            held: vec![None; count],
            place: BTreeMap::new(),
        }
    }

    fn of(&self, panel: RowPanel) -> usize {
        self.place[&panel]
    }

    /// Makes room for what step `now` needs; the panel that was needed least recently gives way.
    fn take(&mut self, needed: &[RowPanel], now: usize) -> Vec<Load> {
        for panel in needed {
            if let Some(&slot) = self.place.get(panel) {
                self.held[slot] = Some((*panel, now));
            }
        }
        let mut loads = Vec::new();
        for &panel in needed {
            if self.place.contains_key(&panel) {
                continue;
            }
            // Empty slots first; among the rest those of this step are the most recent.
            let slot = (0..self.held.len())
                .min_by_key(|&slot| self.held[slot].map(|(_, last)| last))
                .expect("at least one slot");
            let before = self.held[slot].replace((panel, now));
            if let Some((old, _)) = before {
                self.place.remove(&old);
            }
            self.place.insert(panel, slot);
            loads.push(Load {
                panel,
                slot,
                after: before.map(|(_, last)| last),
            });
        }
        loads
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symmetric(blocks: u32) -> Vec<(u32, u32)> {
        (0..blocks)
            .flat_map(|j| (0..=j).map(move |i| (i, j)))
            .collect()
    }

    fn rectangular(rows: u32, columns: u32) -> Vec<(u32, u32)> {
        (0..columns)
            .flat_map(|j| (0..rows).map(move |i| (i, j)))
            .collect()
    }

    fn steps(
        tasks: &[(u32, u32)],
        symmetric: bool,
        slots: usize,
        part: (usize, usize),
    ) -> Vec<PanelStep> {
        let schedule = Schedule::new(tasks, symmetric, slots, part);
        schedule.expect("slots are enough").collect()
    }

    fn order(steps: &[PanelStep]) -> Vec<(u32, u32)> {
        let placed = steps.iter().flat_map(|step| &step.tasks);
        placed.map(|placed| placed.task).collect()
    }

    /// Replays a schedule: every panel is in its slot when it is used, and nothing that a step still needs is
    /// overwritten.
    fn replay(steps: &[PanelStep], symmetric: bool, slots: usize) -> usize {
        let mut held = vec![None; slots];
        let mut last_use = vec![None; slots];
        let mut loads = 0;
        for (now, step) in steps.iter().enumerate() {
            for load in &step.loads {
                assert_eq!(load.after, last_use[load.slot], "step {now}");
                assert!(
                    load.after.is_none_or(|last| last < now),
                    "step {now} overwrites its own panel"
                );
                held[load.slot] = Some(load.panel);
                loads += 1;
            }
            for placed in &step.tasks {
                let (i, j) = placed.task;
                let column = if symmetric {
                    RowPanel::A(j)
                } else {
                    RowPanel::B(j)
                };
                assert_eq!(
                    (held[placed.rows], held[placed.columns]),
                    (Some(RowPanel::A(i)), Some(column))
                );
                last_use[placed.rows] = Some(now);
                last_use[placed.columns] = Some(now);
            }
        }
        loads
    }

    #[test]
    fn every_task_is_walked_once_with_its_panels_in_place() {
        for (tasks, is_symmetric, panels) in [
            (symmetric(1), true, 1),
            (symmetric(20), true, 20),
            (symmetric(100), true, 100),
            (rectangular(3, 70), false, 73),
            (rectangular(70, 3), false, 73),
            (
                symmetric(40).into_iter().skip(5).step_by(7).collect(),
                true,
                40,
            ),
        ] {
            for slots in [3, 5, 34, 35, panels, panels + 9] {
                for parts in [1, 2, 3] {
                    let mut walked = Vec::new();
                    for part in 0..parts {
                        let steps = steps(&tasks, is_symmetric, slots, (part, parts));
                        replay(&steps, is_symmetric, slots);
                        assert!(steps.iter().all(|step| step.tasks.len() <= COLUMN_GROUP));
                        walked.extend(order(&steps));
                    }
                    walked.sort_by_key(|&(i, j)| (j, i));
                    assert_eq!(walked, tasks, "{slots} slots, {parts} devices");
                }
            }
        }
        assert!(Schedule::new(&symmetric(9), true, 2, (0, 1)).is_none());
    }

    #[test]
    fn what_fits_is_copied_once_and_the_order_does_not_depend_on_what_fits() {
        let tasks = symmetric(100);
        let walk = |slots| {
            let steps = steps(&tasks, true, slots, (0, 1));
            (order(&steps), replay(&steps, true, slots))
        };
        let (all, once) = walk(100);
        let (few, often) = walk(34);
        assert_eq!(once, 100);
        assert!(often > 150 && often < 300, "{often} loads");
        assert_eq!(all, few);
    }

    /// The last four groups of the plan of 10,000,000 rows.
    #[test]
    fn a_schedule_holds_no_more_than_its_slots_and_one_group() {
        let (blocks, group) = (6520, COLUMN_GROUP as u32);
        let first = (blocks / group - 3) * group;
        let tasks: Vec<_> = (first..blocks)
            .flat_map(|j| (0..=j).map(move |i| (i, j)))
            .collect();
        // As many as there are panels, and as an f32 walk has on a card of 24 GB.
        for slots in [6520, 1900] {
            let mut schedule = Schedule::new(&tasks, true, slots, (0, 1)).unwrap();
            let (mut walked, mut loads, mut most) = (0, 0, 0);
            while let Some(step) = schedule.next() {
                assert!(step.tasks.len() <= COLUMN_GROUP && step.loads.len() <= COLUMN_GROUP + 1);
                walked += step.tasks.len();
                loads += step.loads.len();
                let Schedule { steps, slots, .. } = &schedule;
                let columns = steps.columns.capacity() * size_of::<&[(u32, u32)]>();
                let held = slots.held.capacity() * size_of::<Option<(RowPanel, usize)>>();
                let place = slots.place.len() * size_of::<(RowPanel, usize)>();
                most = most.max(columns + held + place);
            }
            assert_eq!(walked, tasks.len());
            assert!(most < 300_000, "{most} bytes");
            let each = (0..4).map(|g| blocks.min(first + (g + 1) * group) as usize);
            let copies = if slots == 6520 { 6520 } else { each.sum() };
            assert!(copies - slots <= loads && loads <= copies, "{loads} copies");
        }
    }

    /// A tenth of the blocks of 10,000,000 rows (1,536 each), on cards that hold all of them, a third and the least: as many
    /// copies as groups ask for, each while the step before is walked.
    #[test]
    fn what_does_not_fit_is_copied_while_the_step_before_is_walked() {
        let blocks = 651;
        let tasks = symmetric(blocks);
        let group = COLUMN_GROUP as u32;
        for slots in [651, 217, 35] {
            let steps = steps(&tasks, true, slots, (0, 1));
            let loads = replay(&steps, true, slots);
            // A group reads its own panels, and those of all rows before it.
            let each = (0..blocks.div_ceil(group)).map(|g| blocks.min((g + 1) * group) as usize);
            let most = if slots == 651 { 651 } else { each.sum() };
            assert!(
                loads <= most,
                "{slots} slots: {loads} copies, at most {most}"
            );
            let waits = steps.iter().enumerate().filter(|(now, step)| {
                step.loads
                    .iter()
                    .any(|load| load.after.is_some_and(|last| last + 1 >= *now))
            });
            assert_eq!(waits.count(), 0, "{slots} slots");
        }
    }
}
