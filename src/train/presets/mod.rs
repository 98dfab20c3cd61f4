//! The paper's experiments: which encoders each of them trains, and what is read from these.

mod paper;
mod plans;
mod words;

use super::TrainError;
use super::data::{Dataset, Items};
use super::objective::{Objective, PairLoss};
use super::optim::RateSchedule;
use super::plan::TrainPlan;
use crate::result::Along;

pub use plans::Scale;

/// Several encoders that are looked at together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Preset {
    /// Random, supervised and contrastive encoders onto the circle (Wang and Isola, 2020, figure 3).
    Circle,
    /// Contrastive against align + uniform, read from the output and the hidden layer below it (table 1).
    Stl10,
    /// The same of images with depths: depth is read from convolutions (table 2).
    Depth,
    /// The same of text, two encoders each (Quick-Thought): labels of sentences are read (table 4).
    Bookcorpus,
    /// (1 - lambda) align + lambda uniform, for lambda from 0 to 1 (figure 7).
    Sweep,
    /// From a poor encoder on, with alignment, uniformity, or both (figure 8).
    Finetune,
    /// A dozen encoders of every kind, to place a model among (figure 5).
    Zoo,
    /// Contrastive against alternative losses, five seeds each.
    Losses,
}

/// One encoder of a preset.
#[derive(Clone, Debug, PartialEq)]
pub struct PresetEntry {
    /// Name of its folder.
    pub name: String,
    /// Weight of uniformity, in a sweep.
    pub lambda: Option<f64>,
    /// The entry with whose weights it begins.
    pub from: Option<String>,
    /// Where it stands along the run that it goes on with.
    pub along: Option<Along>,
    /// What to train.
    pub plan: TrainPlan,
}

/// What is read from a trained encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Classes, linearly from the output, by a probe that converges.
    Output,
    /// The same by the paper's probe: Adam with a step of 1e-3, 100 epochs. A fixed effort, which does not read through a
    /// collapse.
    OutputByAdam,
    /// Classes, linearly and by 5 neighbours, from the output and from the layer below it.
    Layers,
    /// Depth, from the last two blocks of convolutions.
    Depth,
    /// Labels of the sentences of tasks.
    Tasks,
}

/// Weights of uniformity of the sweep.
const LAMBDAS: [f64; 14] = [
    0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0,
];
/// Seeds of each loss.
const SEEDS: u64 = 5;
/// The temperature of the encoder that finetuning begins with, so high that it is poor; and how often it is looked at.
const POOR: (f64, usize) = (2.5, 5);

impl Preset {
    /// Every preset.
    pub const ALL: [Preset; 8] = [
        Preset::Circle,
        Preset::Stl10,
        Preset::Depth,
        Preset::Bookcorpus,
        Preset::Sweep,
        Preset::Finetune,
        Preset::Zoo,
        Preset::Losses,
    ];

    /// `circle`, `stl10`, `depth`, `bookcorpus`, `sweep`, `finetune`, `zoo`, `losses`.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What is read from its encoders.
    pub fn reads(self) -> Reads {
        match self {
            Preset::Stl10 => Reads::Layers,
            Preset::Depth => Reads::Depth,
            Preset::Bookcorpus => Reads::Tasks,
            Preset::Sweep | Preset::Finetune => Reads::OutputByAdam,
            Preset::Circle | Preset::Zoo | Preset::Losses => Reads::Output,
        }
    }

    /// Refuses data of another kind than the experiment's.
    ///
    /// # Errors
    /// [`TrainError::Lacking`].
    pub fn check(self, data: &Dataset) -> Result<(), TrainError> {
        let (lacks, advice) = match (self, &*data.train.items) {
            (Preset::Bookcorpus, Items::Images(_)) => (
                "these are images, the experiment is one of text",
                "give --data a .txt file with one sentence on each line, an empty line between books",
            ),
            (Preset::Depth, Items::Images(images)) if !images.deep() => (
                "there are no depths",
                "give --data a folder with images.npy and depths.npy (docs/training.md)",
            ),
            (Preset::Bookcorpus | Preset::Depth, _) | (_, Items::Images(_)) => return Ok(()),
            (_, Items::Sentences(_)) => (
                "this is text, the experiment is one of images",
                "give --data a folder of images, or --preset bookcorpus",
            ),
        };
        Err(TrainError::Lacking {
            data: data.name.clone(),
            lacks: lacks.into(),
            advice,
        })
    }

    /// The encoders, each the shared plan with an objective (and a seed) of its own.
    pub fn entries(self, shared: &TrainPlan) -> Vec<PresetEntry> {
        let entry = |name: String, objective: Objective| PresetEntry {
            name,
            lambda: None,
            from: None,
            along: None,
            plan: TrainPlan {
                objective,
                ..shared.clone()
            },
        };
        let named = |of: &[(&str, Objective)]| -> Vec<PresetEntry> {
            let of = of.iter().cloned();
            of.map(|(name, objective)| entry(name.into(), objective))
                .collect()
        };
        let contrastive = |tau| Objective::Pairs(PairLoss::contrastive(tau, None));
        let both = |align, uniform| Objective::Pairs(PairLoss::align_uniform(align, uniform));
        let weighted = |weight, tau| {
            Objective::Pairs(PairLoss {
                contrastive_weight: weight,
                ..PairLoss::contrastive(tau, None)
            })
        };
        let mixed = Objective::Pairs(PairLoss {
            uniform_weight: 1.0,
            ..PairLoss::contrastive(0.5, None)
        });
        match self {
            Preset::Circle => named(&[
                ("random", Objective::Random),
                ("supervised", Objective::Supervised),
                (
                    "contrastive",
                    Objective::Pairs(PairLoss::contrastive(0.5, Some(256))),
                ),
            ]),
            Preset::Stl10 => named(&[
                ("contrastive", contrastive(0.19)),
                ("align-uniform", both(0.98, 0.96)),
                ("mixed", mixed),
            ]),
            Preset::Depth => named(&[
                ("random", Objective::Random),
                ("contrastive", weighted(0.5, 0.1)),
                ("align-uniform", both(0.75, 0.5)),
            ]),
            Preset::Bookcorpus => named(&[
                ("untrained", Objective::Random),
                ("contrastive-0.075", contrastive(0.075)),
                ("contrastive-0.05", contrastive(0.05)),
                (
                    "align-uniform",
                    Objective::Pairs(PairLoss {
                        t: 5.0,
                        ..PairLoss::align_uniform(0.9, 0.1)
                    }),
                ),
            ]),
            Preset::Sweep => LAMBDAS
                .iter()
                .map(|&lambda| PresetEntry {
                    lambda: Some(lambda),
                    ..entry(format!("lambda-{lambda}"), both(1.0 - lambda, lambda))
                })
                .collect(),
            Preset::Finetune => {
                let (tau, marks) = POOR;
                let mut all = vec![entry("poor".into(), contrastive(tau))];
                let runs = [
                    ("align", both(1.0, 0.0)),
                    ("uniform", both(0.0, 1.0)),
                    ("both", both(1.0, 1.0)),
                ];
                // A tenth of the epochs that the poor encoder had between two marks.
                let epochs = (shared.epochs / 10).max(1);
                for (run, objective) in runs {
                    let mut from = "poor".to_owned();
                    for mark in 1..=marks {
                        let mut next = entry(format!("{run}-{mark}"), objective.clone());
                        next.plan.epochs = epochs;
                        next.plan.schedule = RateSchedule::Constant;
                        next.along = Some(Along {
                            run: run.to_owned(),
                            epochs: (mark * epochs) as u64,
                        });
                        next.from = Some(std::mem::replace(&mut from, next.name.clone()));
                        all.push(next);
                    }
                }
                all
            }
            Preset::Zoo => {
                let mut all = vec![
                    entry("random".into(), Objective::Random),
                    entry("supervised".into(), Objective::Supervised),
                ];
                let taus = [0.07, 0.2, 0.5, 1.0];
                all.extend(taus.map(|tau| entry(format!("contrastive-{tau}"), contrastive(tau))));
                let weights = [(1.0, 1.0), (3.0, 1.0), (1.0, 3.0), (1.0, 0.0), (0.0, 1.0)];
                all.extend(weights.map(|(align, uniform)| {
                    let name = match (align, uniform) {
                        (_, 0.0) => "align-only".to_owned(),
                        (0.0, _) => "uniform-only".to_owned(),
                        _ => format!("align-{align}-uniform-{uniform}"),
                    };
                    entry(name, both(align, uniform))
                }));
                all.push(entry("contrastive-0.5-uniform-1".into(), mixed));
                all
            }
            Preset::Losses => {
                let losses = [
                    ("contrastive-0.2", contrastive(0.2)),
                    ("contrastive-0.5", contrastive(0.5)),
                    ("contrastive-1", contrastive(1.0)),
                    ("align-1-uniform-1", both(1.0, 1.0)),
                    ("align-3-uniform-1", both(3.0, 1.0)),
                    ("contrastive-0.5-uniform-1", mixed),
                ];
                let seeds = shared.seed..shared.seed + SEEDS;
                seeds
                    .flat_map(|seed| {
                        losses.clone().map(|(name, objective)| {
                            let mut entry = entry(format!("{name}-seed-{seed}"), objective);
                            entry.plan.seed = seed;
                            entry
                        })
                    })
                    .collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::ObjectiveKind;

    #[test]
    fn presets_train_what_they_say() {
        let digits = crate::train::data::open("digits", None).expect("in the program");
        let plan = |preset: Preset| preset.plan(Scale::Desk, "digits", &digits);
        let entries = |preset: Preset| preset.entries(&plan(preset));
        let zoo = entries(Preset::Zoo);
        assert_eq!(zoo.len(), 12);
        for kind in ObjectiveKind::ALL {
            assert!(
                zoo.iter().any(|e| e.plan.objective.kind() == kind),
                "{kind:?}"
            );
        }
        for preset in Preset::ALL {
            let mut names: Vec<String> = entries(preset).into_iter().map(|e| e.name).collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), count, "{preset:?}: names are folders");
        }
        let sweep = entries(Preset::Sweep);
        assert_eq!(
            sweep[5].plan.objective.text(),
            "0.7 align(2) + 0.3 uniform(2)"
        );
        let circle = entries(Preset::Circle);
        assert_eq!(
            circle[2].plan.objective.text(),
            "contrastive(tau=0.5, M=256)"
        );
        assert!(
            circle
                .iter()
                .all(|e| e.plan.encoder.dim == 2 && e.plan.batch > 256)
        );
    }

    #[test]
    fn finetuning_goes_on_from_mark_to_mark() {
        let shared = TrainPlan {
            epochs: 30,
            ..TrainPlan::default()
        };
        let entries = Preset::Finetune.entries(&shared);
        assert_eq!(entries.len(), 1 + 3 * 5);
        for (k, entry) in entries.iter().enumerate().skip(1) {
            let from = entry.from.as_deref().expect("an entry before");
            let before = entries[..k].iter().find(|e| e.name == from);
            let before = before.expect("trained before");
            let along = entry.along.as_ref().expect("a mark");
            let since = before.along.as_ref().map_or(0, |a| a.epochs);
            assert_eq!(along.epochs, since + entry.plan.epochs as u64);
            assert_eq!(entry.plan.schedule, RateSchedule::Constant);
        }
    }
}
