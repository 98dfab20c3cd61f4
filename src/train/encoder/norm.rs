//! Batch normalisation with a rectifier, and the moments that it keeps.

use candle_core::{Device, Result, Tensor, Var};

use super::parameters::Maker;
use crate::train::op::{self, ChannelMoments, Ops, Statistics};

/// Weight of the newest batch in running moments, as PyTorch's default.
const MOMENTUM: f64 = 0.1;

/// Whether normalisation uses the batch's own moments, and updates the running ones, or uses the running ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormMode {
    /// While learning.
    Train,
    /// After training: by running means.
    Eval,
}

/// PyTorch's `BatchNorm`, the rectifier after it, and the pool after that where there is one.
pub(in crate::train) struct BatchNorm {
    scale: Var,
    shift: Var,
    mean: Var,
    variance: Var,
    batches: Var,
}

impl BatchNorm {
    /// `name` says what PyTorch calls its weight, bias and so on.
    pub(in crate::train) fn new(
        maker: &mut Maker,
        name: impl Fn(&str) -> String,
        channels: usize,
    ) -> Result<Self> {
        Ok(Self {
            scale: maker.constant(name("weight"), &[channels], 1.0)?,
            shift: maker.constant(name("bias"), &[channels], 0.0)?,
            mean: maker.running(name("running_mean"), channels, 0.0)?,
            variance: maker.running(name("running_var"), channels, 1.0)?,
            batches: maker.counter(name("num_batches_tracked"))?,
        })
    }

    /// `pool` is kernel and stride.
    pub(in crate::train) fn forward(
        &self,
        x: &Tensor,
        (mode, ops): (NormMode, Ops),
        pool: Option<(usize, usize)>,
    ) -> Result<Tensor> {
        match ops {
            Ops::Own => self.forward_here(x, mode, pool),
            Ops::Composed => self.forward_anywhere(x, mode, pool),
        }
    }

    fn forward_here(
        &self,
        x: &Tensor,
        mode: NormMode,
        pool: Option<(usize, usize)>,
    ) -> Result<Tensor> {
        let statistics = match mode {
            NormMode::Train => Statistics::Batch,
            NormMode::Eval => Statistics::Given(ChannelMoments {
                mean: op::plain(&self.mean)?,
                variance: op::plain(&self.variance)?,
            }),
        };
        let (y, moments) = match pool {
            Some(window) => op::batch_norm_pool(x, &self.scale, &self.shift, &statistics, window)?,
            None => op::batch_norm(x, &self.scale, &self.shift, &statistics, true)?,
        };
        if mode == NormMode::Train {
            let moments = [moments.mean, moments.variance];
            let [mean, variance] = moments.map(|values| Tensor::new(values, &Device::Cpu));
            self.follow(x, &mean?, &variance?)?;
        }
        Ok(y)
    }

    /// The same where moments stay: to copy them from the device would wait for all that it has to do.
    fn forward_anywhere(
        &self,
        x: &Tensor,
        mode: NormMode,
        pool: Option<(usize, usize)>,
    ) -> Result<Tensor> {
        let [mean, variance] = match mode {
            NormMode::Train => op::composed::moments(x)?,
            NormMode::Eval => {
                [&self.mean, &self.variance].map(|running| running.as_tensor().clone())
            }
        };
        let line = [&*self.scale, &*self.shift];
        let y = op::composed::normalised(x, line, [&mean, &variance], true)?;
        if mode == NormMode::Train {
            self.follow(x, &mean, &variance)?;
        }
        match pool {
            Some((kernel, stride)) => op::composed::max_pool2d(&y, kernel, stride),
            None => Ok(y),
        }
    }

    /// Moves the running moments towards those of the batch `x`.
    fn follow(&self, x: &Tensor, mean: &Tensor, variance: &Tensor) -> Result<()> {
        let count = (x.elem_count() / mean.elem_count()) as f64;
        // Running variances are unbiased ones, as in PyTorch.
        let unbiased = count / (count - 1.0).max(1.0);
        follow(&self.mean, mean, 1.0)?;
        follow(&self.variance, variance, unbiased)?;
        self.batches.set(&(self.batches.as_tensor() + 1.0)?)
    }
}

/// Moves a running moment towards `factor` times the batch's.
fn follow(running: &Var, batch: &Tensor, factor: f64) -> Result<()> {
    let old = (running.to_dtype(batch.dtype())? * (1.0 - MOMENTUM))?;
    let new = (old + (batch.detach() * (MOMENTUM * factor))?)?;
    running.set(&new.to_dtype(running.dtype())?)
}
