//! Optimisers and schedules of their rates.

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, DType, Device, InplaceOp3, Layout, Result, Tensor, Var, bail};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// How weights follow gradients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Optimiser {
    /// v <- momentum v + g + weight_decay w; w <- w - rate v. As PyTorch's `SGD`.
    Sgd {
        /// Rate before any schedule.
        rate: f64,
        /// Share of the last velocity that stays.
        momentum: f64,
        /// Pull of every learned weight to 0.
        weight_decay: f64,
    },
    /// Moments of g + weight_decay w, corrected for their start at 0. As PyTorch's `Adam`.
    Adam {
        /// Rate before any schedule.
        rate: f64,
        /// Share of the last mean that stays.
        beta1: f64,
        /// Share of the last mean square that stays.
        beta2: f64,
        /// Added to the root of the mean square.
        epsilon: f64,
        /// Pull of every learned weight to 0.
        weight_decay: f64,
    },
}

impl Optimiser {
    /// Momentum 0.9 and weight decay 1e-4: the paper's.
    pub fn sgd(rate: f64) -> Self {
        Optimiser::Sgd {
            rate,
            momentum: 0.9,
            weight_decay: 1e-4,
        }
    }

    /// PyTorch's defaults.
    pub fn adam(rate: f64) -> Self {
        Optimiser::Adam {
            rate,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
        }
    }

    /// Rate before any schedule.
    pub fn rate(&self) -> f64 {
        match self {
            Optimiser::Sgd { rate, .. } | Optimiser::Adam { rate, .. } => *rate,
        }
    }

    /// Numbers kept beside each weight.
    fn kept(&self) -> &'static [&'static str] {
        match self {
            Optimiser::Sgd { .. } => &["velocity"],
            Optimiser::Adam { .. } => &["mean", "square"],
        }
    }
}

/// How the rate changes over epochs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum RateSchedule {
    /// Not at all.
    Constant,
    /// Multiplied by `factor` when each of `epochs` begins.
    Steps {
        /// Counted from 0.
        epochs: Vec<usize>,
        /// E.g. 0.1.
        factor: f64,
    },
    /// Half a cosine from the full rate to 0, epoch by epoch.
    Cosine,
}

impl RateSchedule {
    /// What the rate is multiplied by in `epoch` of `epochs`, counted from 0.
    pub fn factor(&self, epoch: usize, epochs: usize) -> f64 {
        match self {
            RateSchedule::Constant => 1.0,
            RateSchedule::Steps { epochs, factor } => {
                let passed = epochs.iter().filter(|at| **at <= epoch).count();
                factor.powi(passed as i32)
            }
            RateSchedule::Cosine => {
                let share = epoch as f64 / epochs.max(1) as f64;
                (1.0 + (std::f64::consts::PI * share).cos()) / 2.0
            }
        }
    }
}

/// Weights, what is kept beside them, and the number of steps made.
pub struct Stepper {
    optimiser: Optimiser,
    weights: Vec<(String, Var)>,
    kept: Vec<Vec<Var>>,
    steps: usize,
}

impl Stepper {
    /// Nothing kept yet: zeros.
    ///
    /// # Errors
    /// candle's.
    pub fn new(optimiser: Optimiser, weights: Vec<(String, Var)>) -> Result<Self> {
        let zeros = |(_, var): &(String, Var)| -> Result<Vec<Var>> {
            let kept = optimiser.kept().iter();
            kept.map(|_| Var::from_tensor(&var.zeros_like()?)).collect()
        };
        Ok(Self {
            kept: weights.iter().map(zeros).collect::<Result<_>>()?,
            optimiser,
            weights,
            steps: 0,
        })
    }

    /// Learned weights, by name.
    pub fn weights(&self) -> &[(String, Var)] {
        &self.weights
    }

    /// Steps made.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// What is kept, under names such as `velocity.blocks.0.0.weight`: with [`Stepper::steps`], all that a checkpoint
    /// needs.
    pub fn state(&self) -> impl Iterator<Item = (String, &Var)> {
        let names = self.optimiser.kept();
        self.weights
            .iter()
            .zip(&self.kept)
            .flat_map(|((name, _), kept)| {
                let named = names.iter().zip(kept);
                named.map(move |(what, var)| (format!("{what}.{name}"), var))
            })
    }

    /// Takes up after `steps` steps (whoever calls has set the state).
    pub fn resume(&mut self, steps: usize) {
        self.steps = steps;
    }

    /// One step at `factor` times the plan's rate; a longer gradient than `clip` is shortened to it first.
    ///
    /// # Errors
    /// candle's.
    pub fn step(&mut self, grads: &GradStore, factor: f64, clip: Option<f64>) -> Result<()> {
        self.steps = self.steps.saturating_add(1);
        let shorten = match clip {
            Some(clip) => (clip / self.norm(grads)?.max(f64::MIN_POSITIVE)).min(1.0),
            None => 1.0,
        };
        for ((_, var), kept) in self.weights.iter().zip(&self.kept) {
            let Some(grad) = grads.get(var) else { continue };
            let grad = match shorten < 1.0 {
                true => (grad * shorten)?,
                false => grad.contiguous()?,
            };
            if !var.device().is_cpu() || var.dtype() != DType::F32 {
                self.move_elsewhere(var, kept, &grad, factor)?;
                continue;
            }
            match self.optimiser {
                Optimiser::Sgd {
                    rate,
                    momentum,
                    weight_decay,
                } => {
                    // v = momentum v + g + decay w, then w -= rate v
                    let velocity = &kept[0];
                    let (momentum, decay) = (momentum as f32, weight_decay as f32);
                    update(velocity, &grad, var, move |v, g, w| {
                        momentum * v + g + decay * w
                    })?;
                    let rate = (rate * factor) as f32;
                    update(var, velocity, velocity, move |w, v, _| w - rate * v)?;
                }
                Optimiser::Adam {
                    rate,
                    beta1,
                    beta2,
                    epsilon,
                    weight_decay,
                } => {
                    let [mean, square] = [&kept[0], &kept[1]];
                    let (b1, b2, decay) = (beta1 as f32, beta2 as f32, weight_decay as f32);
                    update(mean, &grad, var, move |m, g, w| {
                        b1 * m + (1.0 - b1) * (g + decay * w)
                    })?;
                    update(square, &grad, var, move |s, g, w| {
                        let g = g + decay * w;
                        b2 * s + (1.0 - b2) * g * g
                    })?;
                    let corrected = |beta: f64| 1.0 - beta.powi(self.steps as i32);
                    let rate = (rate * factor / corrected(beta1)) as f32;
                    let root = corrected(beta2).sqrt() as f32;
                    let epsilon = epsilon as f32;
                    update(var, mean, square, move |w, m, s| {
                        w - rate * m / (s.sqrt() / root + epsilon)
                    })?;
                }
            }
        }
        Ok(())
    }

    /// The same update out of candle's operations, for devices that are no processor, and in f64.
    fn move_elsewhere(&self, var: &Var, kept: &[Var], grad: &Tensor, factor: f64) -> Result<()> {
        let pulled = |decay: f64| grad + (var.as_tensor() * decay)?;
        match self.optimiser {
            Optimiser::Sgd {
                rate,
                momentum,
                weight_decay,
            } => {
                let velocity = ((kept[0].as_tensor() * momentum)? + pulled(weight_decay)?)?;
                kept[0].set(&velocity)?;
                var.set(&(var.as_tensor() - (velocity * (rate * factor))?)?)
            }
            Optimiser::Adam {
                rate,
                beta1,
                beta2,
                epsilon,
                weight_decay,
            } => {
                let pulled = pulled(weight_decay)?;
                let mix = |old: &Var, new: &Tensor, beta: f64| {
                    (old.as_tensor() * beta)? + (new * (1.0 - beta))?
                };
                let mean = mix(&kept[0], &pulled, beta1)?;
                let square = mix(&kept[1], &pulled.sqr()?, beta2)?;
                kept[0].set(&mean)?;
                kept[1].set(&square)?;
                let corrected = |beta: f64| 1.0 - beta.powi(self.steps as i32);
                let root = ((square.sqrt()? / corrected(beta2).sqrt())? + epsilon)?;
                let stride = (mean / root)? * (rate * factor / corrected(beta1));
                var.set(&(var.as_tensor() - stride?)?)
            }
        }
    }

    /// Length of the gradient of all weights together.
    fn norm(&self, grads: &GradStore) -> Result<f64> {
        let mut squares = 0.0;
        for grad in self.weights.iter().filter_map(|(_, var)| grads.get(var)) {
            let sum = grad.sqr()?.sum_all()?.to_device(&Device::Cpu)?;
            squares += sum.to_dtype(DType::F64)?.to_scalar::<f64>()?;
        }
        Ok(squares.sqrt())
    }
}

/// to = f(to, a, b), number by number, in place, on the processor.
fn update(
    to: &Var,
    a: &Tensor,
    b: &Tensor,
    f: impl Fn(f32, f32, f32) -> f32 + Copy + Sync,
) -> Result<()> {
    to.inplace_op3(a, b, &Update(f))
}

struct Update<F>(F);

impl<F: Fn(f32, f32, f32) -> f32 + Copy + Sync> InplaceOp3 for Update<F> {
    fn name(&self) -> &'static str {
        "update"
    }

    fn cpu_fwd(
        &self,
        to: &mut CpuStorage,
        to_layout: &Layout,
        a: &CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
    ) -> Result<()> {
        const CHUNK: usize = 1 << 14;
        let range = |layout: &Layout| match layout.contiguous_offsets() {
            Some((start, end)) => Ok(start..end),
            None => bail!("weights must be contiguous"),
        };
        let CpuStorage::F32(to) = to else {
            bail!("weights must be f32");
        };
        let to = &mut to[range(to_layout)?];
        let a = &a.as_slice::<f32>()?[range(a_layout)?];
        let b = &b.as_slice::<f32>()?[range(b_layout)?];
        to.par_chunks_mut(CHUNK)
            .zip(a.par_chunks(CHUNK).zip(b.par_chunks(CHUNK)))
            .for_each(|(to, (a, b))| {
                // A copy of the function, whose numbers then stay in registers while `to` is written.
                let f = self.0;
                let (a, b) = (&a[..to.len()], &b[..to.len()]);
                for k in 0..to.len() {
                    to[k] = f(to[k], a[k], b[k]);
                }
            });
        Ok(())
    }
}
