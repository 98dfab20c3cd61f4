//! What the options of `spherecheck train` change in a plan.

use std::path::PathBuf;

use super::args::{ObjectiveOptions, OptimisationOptions, TrainRequest, ViewOptions};
use super::values::{Goal, Method, Pace};
use crate::train::data::Augment;
use crate::train::{Objective, Optimiser, PairLoss, RateSchedule, TrainPlan};

impl TrainRequest {
    /// The weights to begin with.
    pub fn init(&self) -> Option<PathBuf> {
        self.init.clone()
    }

    /// `plan` with the options in it. `usual` are the views that suit the data.
    pub fn apply(&self, mut plan: TrainPlan, usual: Augment) -> TrainPlan {
        set(&mut plan.data, &self.data);
        set(&mut plan.seed, &self.seed);
        set(&mut plan.encoder.dim, &self.dim);
        if let Some(path) = &self.init {
            plan.init = Some(path.to_string_lossy().into_owned());
        }
        if let Some(path) = &self.tokenizer {
            plan.tokenizer = Some(path.to_string_lossy().into_owned());
        }
        maybe(&mut plan.encoder.architecture, &self.encoder);
        maybe(&mut plan.encoder.width, &self.width);
        maybe(&mut plan.encoder.size, &self.size);
        set(&mut plan.batch, &self.optimisation.batch);
        set(&mut plan.epochs, &self.optimisation.epochs);
        set(&mut plan.audit_every, &self.optimisation.audit_every);
        maybe(&mut plan.clip_norm, &self.optimisation.clip_norm);
        plan.objective = self.objective.apply(plan.objective);
        plan.optimiser = self.optimisation.optimiser(plan.optimiser, plan.batch);
        plan.schedule = self.optimisation.schedule(plan.schedule);
        if self.views != ViewOptions::default() {
            plan.augment = Some(self.views.apply(plan.augment.unwrap_or(usual)));
        }
        plan
    }
}

impl ObjectiveOptions {
    fn apply(&self, old: Objective) -> Objective {
        let mut loss = match (self.objective, old) {
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
        set(&mut loss.tau, &self.tau);
        set(&mut loss.alpha, &self.alpha);
        set(&mut loss.t, &self.t);
        set(&mut loss.align_weight, &self.align_weight);
        set(&mut loss.uniform_weight, &self.uniform_weight);
        set(&mut loss.contrastive_weight, &self.contrastive_weight);
        maybe(&mut loss.negatives, &self.negatives);
        Objective::Pairs(loss)
    }
}

impl OptimisationOptions {
    fn optimiser(&self, old: Optimiser, batch: usize) -> Optimiser {
        let mut new = match (self.optimizer, old) {
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
                set(rate, &self.rate);
                set(momentum, &self.momentum);
                set(weight_decay, &self.weight_decay);
            }
            Optimiser::Adam {
                rate,
                beta1,
                weight_decay,
                ..
            } => {
                set(rate, &self.rate);
                set(beta1, &self.momentum);
                set(weight_decay, &self.weight_decay);
            }
        }
        new
    }

    fn schedule(&self, old: RateSchedule) -> RateSchedule {
        match self.schedule {
            Some(Pace::Constant) => RateSchedule::Constant,
            Some(Pace::Cosine) => RateSchedule::Cosine,
            None if self.steps.is_empty() => old,
            Some(Pace::Steps) | None => RateSchedule::Steps {
                epochs: self.steps.clone(),
                factor: self.step_factor.unwrap_or(0.1),
            },
        }
    }
}

impl ViewOptions {
    pub(super) fn apply(&self, mut views: Augment) -> Augment {
        if let Some([from, to]) = self.crop.as_deref() {
            views.crop = [*from, *to];
        }
        set(&mut views.flip, &self.flip);
        set(&mut views.grayscale, &self.grayscale);
        if let Some([brightness, contrast, saturation, hue]) = self.jitter.as_deref() {
            (views.brightness, views.contrast) = (*brightness, *contrast);
            (views.saturation, views.hue) = (*saturation, *hue);
        }
        views
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
