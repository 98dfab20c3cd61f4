//! The paper's experiments, at the size of a desk: which encoders each of them trains.

use super::encoder::Architecture;
use super::objective::{Objective, PairLoss};
use super::optim::Optimiser;
use super::plan::{EncoderPlan, TrainPlan};
use crate::result::Kind;

/// Several encoders that are looked at together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Random, supervised and contrastive encoders onto the circle (Wang and Isola, 2020, figure 3).
    Circle,
    /// (1 - lambda) align + lambda uniform, for lambda from 0 to 1 (figure 7).
    Sweep,
    /// A dozen encoders of every kind, to place a model among (figure 5).
    Zoo,
    /// Contrastive against alternative losses, five seeds each (table 1).
    Losses,
}

/// One encoder of a preset.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Name of its folder.
    pub name: String,
    /// Weight of uniformity, in a sweep.
    pub lambda: Option<f64>,
    /// What to train.
    pub plan: TrainPlan,
}

/// Weights of uniformity of the sweep.
const LAMBDAS: [f64; 14] = [
    0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0,
];
/// Seeds of each loss.
const SEEDS: u64 = 5;

impl Preset {
    /// Every preset.
    pub const ALL: [Preset; 4] = [Preset::Circle, Preset::Sweep, Preset::Zoo, Preset::Losses];

    /// `circle`, `sweep`, `zoo`, `losses`.
    pub fn name(self) -> &'static str {
        match self {
            Preset::Circle => "circle",
            Preset::Sweep => "sweep",
            Preset::Zoo => "zoo",
            Preset::Losses => "losses",
        }
    }

    /// What suits the preset where the user says nothing: the plan that its encoders share, for the data that `data`
    /// names.
    pub fn plan(self, data: &str) -> TrainPlan {
        let small = TrainPlan {
            data: data.to_owned(),
            audit_every: 1_000_000,
            // The smallest encoder that does well on the smallest data: a dozen of them in minutes.
            encoder: EncoderPlan {
                architecture: (data == "digits").then_some(Architecture::Mlp),
                ..EncoderPlan::default()
            },
            ..TrainPlan::default()
        };
        match self {
            // 256 negatives need as many other pairs in a batch.
            Preset::Circle => TrainPlan {
                batch: 360,
                epochs: 100,
                encoder: EncoderPlan {
                    dim: 2,
                    ..small.encoder.clone()
                },
                ..small
            },
            Preset::Sweep | Preset::Zoo | Preset::Losses => TrainPlan {
                epochs: 40,
                optimiser: Optimiser::adam(2e-3),
                ..small
            },
        }
    }

    /// The encoders, each the shared plan with an objective (and a seed) of its own.
    pub fn entries(self, shared: &TrainPlan) -> Vec<Entry> {
        let entry = |name: String, objective: Objective| Entry {
            name,
            lambda: None,
            plan: TrainPlan {
                objective,
                ..shared.clone()
            },
        };
        let contrastive = |tau| Objective::Pairs(PairLoss::contrastive(tau, None));
        let both = |align, uniform| Objective::Pairs(PairLoss::align_uniform(align, uniform));
        let mixed = Objective::Pairs(PairLoss {
            align_weight: 0.0,
            uniform_weight: 1.0,
            ..PairLoss::contrastive(0.5, None)
        });
        match self {
            Preset::Circle => vec![
                entry("random".into(), Objective::Random),
                entry("supervised".into(), Objective::Supervised),
                entry(
                    "contrastive".into(),
                    Objective::Pairs(PairLoss::contrastive(0.5, Some(256))),
                ),
            ],
            Preset::Sweep => LAMBDAS
                .iter()
                .map(|&lambda| Entry {
                    lambda: Some(lambda),
                    ..entry(format!("lambda-{lambda}"), both(1.0 - lambda, lambda))
                })
                .collect(),
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

impl Objective {
    /// What it is trained for, in kind.
    pub fn kind(&self) -> Kind {
        match self {
            Objective::Random => Kind::Random,
            Objective::Supervised => Kind::Supervised,
            Objective::Pairs(loss) => {
                let terms = loss.align_weight != 0.0 || loss.uniform_weight != 0.0;
                match (loss.contrastive_weight != 0.0, terms) {
                    (true, false) => Kind::Contrastive,
                    (true, true) => Kind::Mixed,
                    _ => Kind::AlignUniform,
                }
            }
        }
    }

    /// In words, e.g. `0.98 align(2) + 0.96 uniform(2)`.
    pub fn text(&self) -> String {
        let Objective::Pairs(loss) = self else {
            let plain = match self {
                Objective::Random => "random weights",
                _ => "cross-entropy of labels",
            };
            return plain.to_owned();
        };
        let contrast = match loss.negatives {
            None => format!("contrastive(tau={})", loss.tau),
            Some(m) => format!("contrastive(tau={}, M={m})", loss.tau),
        };
        let terms = [
            (loss.contrastive_weight, contrast),
            (loss.align_weight, format!("align({})", loss.alpha)),
            (loss.uniform_weight, format!("uniform({})", loss.t)),
        ];
        let present = terms.into_iter().filter(|(weight, _)| *weight != 0.0);
        let words = present.map(|(weight, term)| match weight {
            1.0 => term,
            _ => format!("{} {term}", (weight * 1e6).round() / 1e6),
        });
        words.collect::<Vec<_>>().join(" + ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_train_what_they_say() {
        let entries = |preset: Preset| preset.entries(&preset.plan("digits"));
        let zoo = entries(Preset::Zoo);
        assert_eq!(zoo.len(), 12);
        for kind in Kind::ALL {
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
}
