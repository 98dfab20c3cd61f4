//! What the options of `spherecheck train` change in a plan.

use super::args::TrainArgs;
use super::values::{Goal, Method, Pace};
use crate::train::data::Augment;
use crate::train::{Objective, Optimiser, PairLoss, Schedule, TrainPlan};

/// What the options of `spherecheck train` change in a plan.
pub struct PlanChanges(Box<TrainArgs>);

impl std::fmt::Debug for PlanChanges {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlanChanges").finish_non_exhaustive()
    }
}

impl PlanChanges {
    pub(super) fn new(args: TrainArgs) -> Self {
        Self(Box::new(args))
    }

    /// The data that will be used, if the options name them.
    pub fn data(&self) -> Option<&str> {
        self.0.data.as_deref()
    }

    /// `plan` with the options in it. `usual` are the views that suit the data.
    pub fn apply(&self, mut plan: TrainPlan, usual: Augment) -> TrainPlan {
        let args = &self.0;
        set(&mut plan.data, &args.data);
        set(&mut plan.seed, &args.seed);
        set(&mut plan.batch, &args.batch);
        set(&mut plan.epochs, &args.epochs);
        set(&mut plan.audit_every, &args.audit_every);
        set(&mut plan.encoder.dim, &args.dim);
        maybe(&mut plan.clip_norm, &args.clip_norm);
        maybe(&mut plan.encoder.architecture, &args.encoder);
        maybe(&mut plan.encoder.width, &args.width);
        maybe(&mut plan.encoder.size, &args.size);
        plan.objective = self.objective(plan.objective);
        plan.optimiser = self.optimiser(plan.optimiser, plan.batch);
        plan.schedule = self.schedule(plan.schedule);
        if args.crop.is_some()
            || args.flip.is_some()
            || args.jitter.is_some()
            || args.grayscale.is_some()
        {
            let mut views = plan.augment.unwrap_or(usual);
            if let Some([from, to]) = args.crop.as_deref() {
                views.crop = [*from, *to];
            }
            set(&mut views.flip, &args.flip);
            set(&mut views.grayscale, &args.grayscale);
            if let Some([brightness, contrast, saturation, hue]) = args.jitter.as_deref() {
                (views.brightness, views.contrast) = (*brightness, *contrast);
                (views.saturation, views.hue) = (*saturation, *hue);
            }
            plan.augment = Some(views);
        }
        plan
    }

    fn objective(&self, old: Objective) -> Objective {
        let args = &self.0;
        let mut loss = match (args.objective, old) {
            (Some(Goal::Random), _) | (None, Objective::Random) => return Objective::Random,
            (Some(Goal::Supervised), _) | (None, Objective::Supervised) => {
                return Objective::Supervised;
            }
            (Some(Goal::Contrastive), _) => PairLoss::contrastive(0.5, None),
            (Some(Goal::AlignUniform), _) => PairLoss::default(),
            (Some(Goal::Mix), _) => PairLoss {
                contrastive_weight: 1.0,
                ..PairLoss::default()
            },
            (None, Objective::Pairs(loss)) => loss,
        };
        set(&mut loss.tau, &args.tau);
        set(&mut loss.alpha, &args.alpha);
        set(&mut loss.t, &args.t);
        set(&mut loss.align_weight, &args.align_weight);
        set(&mut loss.uniform_weight, &args.uniform_weight);
        set(&mut loss.contrastive_weight, &args.contrastive_weight);
        maybe(&mut loss.negatives, &args.negatives);
        Objective::Pairs(loss)
    }

    fn optimiser(&self, old: Optimiser, batch: usize) -> Optimiser {
        let args = &self.0;
        let mut new = match (args.optimizer, old) {
            (Some(Method::Sgd), _) => Optimiser::sgd(0.12 * batch as f64 / 256.0),
            (Some(Method::Adam), _) => Optimiser::adam(2e-3),
            (None, old) => old,
        };
        match &mut new {
            Optimiser::Sgd {
                rate,
                momentum,
                weight_decay,
            } => {
                set(rate, &args.rate);
                set(momentum, &args.momentum);
                set(weight_decay, &args.weight_decay);
            }
            Optimiser::Adam {
                rate,
                beta1,
                weight_decay,
                ..
            } => {
                set(rate, &args.rate);
                set(beta1, &args.momentum);
                set(weight_decay, &args.weight_decay);
            }
        }
        new
    }

    fn schedule(&self, old: Schedule) -> Schedule {
        let args = &self.0;
        match args.schedule {
            Some(Pace::Constant) => Schedule::Constant,
            Some(Pace::Cosine) => Schedule::Cosine,
            None if args.steps.is_empty() => old,
            Some(Pace::Steps) | None => Schedule::Steps {
                epochs: args.steps.clone(),
                factor: args.step_factor.unwrap_or(0.1),
            },
        }
    }
}

fn set<T: Clone>(value: &mut T, given: &Option<T>) {
    if let Some(given) = given {
        value.clone_from(given);
    }
}

fn maybe<T: Clone>(value: &mut Option<T>, given: &Option<T>) {
    if given.is_some() {
        value.clone_from(given);
    }
}
