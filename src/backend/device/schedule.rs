//! What happens when, and what lies where, decided before the first copy.
//!
//! Tasks are taken in groups of [`COLUMN_GROUP`] column blocks: while a group's panels stay on the device, panels of
//! rows pass by, each meeting the whole group at once (a step). A panel is read again once for each group, so that
//! embeddings of any size pass through a memory that holds one group and a few panels more.

use std::collections::BTreeMap;
use std::ops::Range;

/// Column blocks that stay while rows pass by. At d = 768 a panel takes 0.2 ms over PCIe and 0.5 ms of tensor cores.
pub const COLUMN_GROUP: usize = 32;

/// A block of rows on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Panel {
    /// Block of the first operand (of the only one, in a walk over one set of rows).
    A(u32),
    /// Block of the second operand.
    B(u32),
}

/// A panel that must be copied into a slot before a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// The panel to copy.
    pub panel: Panel,
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
pub struct Step {
    /// What must be copied first.
    pub loads: Vec<Load>,
    /// Which of the placed tasks are walked.
    pub tasks: Range<usize>,
}

/// The whole walk of one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Every task once, in the order in which its sums are added.
    pub tasks: Vec<Placed>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

impl Schedule {
    /// Plans `tasks` for `slots` slots; within one set of rows (`symmetric`) rows and columns are the same panels. Of
    /// several devices, number `part.0` of `part.1` takes every `part.1`-th step.
    ///
    /// The order depends on the tasks only, as long as there are slots for a group, one panel of rows and one that is
    /// on its way; with fewer slots groups are smaller. None with fewer than three slots (fewer panels need fewer).
    pub fn new(
        tasks: &[(u32, u32)],
        symmetric: bool,
        slots: usize,
        part: (usize, usize),
    ) -> Option<Self> {
        let group = Self::group(tasks, symmetric, slots)?;
        let mut order: Vec<(u32, u32)> = tasks.to_vec();
        order.sort_by_key(|&(i, j)| (j as usize / group, i, j));
        let steps: Vec<&[(u32, u32)]> = order
            .chunk_by(|x, y| (x.0, x.1 as usize / group) == (y.0, y.1 as usize / group))
            .collect();
        let column = |j: u32| if symmetric { Panel::A(j) } else { Panel::B(j) };
        let mut slots = Slots::new(slots);
        let mut out = Self {
            tasks: Vec::with_capacity(tasks.len().div_ceil(part.1)),
            steps: Vec::new(),
        };
        for of_step in steps.into_iter().skip(part.0).step_by(part.1) {
            let now = out.steps.len();
            let rows = Panel::A(of_step[0].0);
            let mut needed = vec![rows];
            needed.extend(of_step.iter().map(|&(_, j)| column(j)));
            needed.sort_unstable();
            needed.dedup();
            let loads = slots.take(&needed, now);
            let first = out.tasks.len();
            out.tasks.extend(of_step.iter().map(|&task| Placed {
                task,
                rows: slots.of(rows),
                columns: slots.of(column(task.1)),
            }));
            out.steps.push(Step {
                loads,
                tasks: first..out.tasks.len(),
            });
        }
        Some(out)
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

/// Which panel each slot holds, and the last step that needs it.
struct Slots {
    held: Vec<Option<(Panel, usize)>>,
    place: BTreeMap<Panel, usize>,
}

impl Slots {
    fn new(count: usize) -> Self {
        Self {
            held: vec![None; count],
            place: BTreeMap::new(),
        }
    }

    fn of(&self, panel: Panel) -> usize {
        self.place[&panel]
    }

    /// Makes room for what step `now` needs; the panel that was needed least recently gives way.
    fn take(&mut self, needed: &[Panel], now: usize) -> Vec<Load> {
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

    /// Replays a schedule: every panel is in its slot when it is used, and nothing that a step still needs is
    /// overwritten.
    fn replay(schedule: &Schedule, symmetric: bool, slots: usize) -> usize {
        let mut held = vec![None; slots];
        let mut last_use = vec![None; slots];
        let mut loads = 0;
        for (now, step) in schedule.steps.iter().enumerate() {
            for load in &step.loads {
                assert_eq!(load.after, last_use[load.slot], "step {now}");
                assert!(
                    load.after.is_none_or(|last| last < now),
                    "step {now} overwrites its own panel"
                );
                held[load.slot] = Some(load.panel);
                loads += 1;
            }
            for placed in &schedule.tasks[step.tasks.clone()] {
                let (i, j) = placed.task;
                let column = if symmetric { Panel::A(j) } else { Panel::B(j) };
                assert_eq!(
                    (held[placed.rows], held[placed.columns]),
                    (Some(Panel::A(i)), Some(column))
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
                        let Some(schedule) =
                            Schedule::new(&tasks, is_symmetric, slots, (part, parts))
                        else {
                            panic!("{slots} slots are enough");
                        };
                        replay(&schedule, is_symmetric, slots);
                        assert!(
                            schedule
                                .steps
                                .iter()
                                .all(|step| step.tasks.len() <= COLUMN_GROUP)
                        );
                        walked.extend(schedule.tasks.iter().map(|placed| placed.task));
                    }
                    walked.sort_by_key(|&(i, j)| (j, i));
                    assert_eq!(walked, tasks, "{slots} slots, {parts} devices");
                }
            }
        }
        assert_eq!(Schedule::new(&symmetric(9), true, 2, (0, 1)), None);
    }

    #[test]
    fn what_fits_is_copied_once_and_the_order_does_not_depend_on_what_fits() {
        let tasks = symmetric(100);
        let order = |slots| {
            let schedule = Schedule::new(&tasks, true, slots, (0, 1)).unwrap();
            let loads = replay(&schedule, true, slots);
            let order: Vec<_> = schedule.tasks.iter().map(|placed| placed.task).collect();
            (order, loads)
        };
        let (all, once) = order(100);
        let (few, often) = order(34);
        assert_eq!(once, 100);
        assert!(often > 150 && often < 300, "{often} loads");
        assert_eq!(all, few);
    }

    /// A tenth of the blocks of 10,000,000 rows (1,536 each), on cards that hold all of them, a third and the least: as many
    /// copies as groups ask for, each while the step before is walked.
    #[test]
    fn what_does_not_fit_is_copied_while_the_step_before_is_walked() {
        let blocks = 651;
        let tasks = symmetric(blocks);
        let group = COLUMN_GROUP as u32;
        for slots in [651, 217, 35] {
            let schedule = Schedule::new(&tasks, true, slots, (0, 1)).unwrap();
            let loads = replay(&schedule, true, slots);
            // A group reads its own panels, and those of all rows before it.
            let each = (0..blocks.div_ceil(group)).map(|g| blocks.min((g + 1) * group) as usize);
            let most = if slots == 651 { 651 } else { each.sum() };
            assert!(
                loads <= most,
                "{slots} slots: {loads} copies, at most {most}"
            );
            let waits = schedule.steps.iter().enumerate().filter(|(now, step)| {
                step.loads
                    .iter()
                    .any(|load| load.after.is_some_and(|last| last + 1 >= *now))
            });
            assert_eq!(waits.count(), 0, "{slots} slots");
        }
    }
}
