//! Encoders that are a list of blocks of layers, as PyTorch's `ModuleList` of `Sequential`s.

use candle_core::{Device, Result, Tensor, Var};

use super::parameters::Maker;
use crate::train::op::{self, Moments, Statistics};

/// Weight of the newest batch in running moments, as PyTorch's default.
const MOMENTUM: f64 = 0.1;
/// Rows shorter than this are divided by it instead of by their norm.
const SHORTEST: f64 = 1e-12;

/// Whether normalisation uses the batch's own moments, and updates the running ones, or uses the running ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// While learning.
    Train,
    /// Afterwards.
    Eval,
}

enum Layer {
    Conv { weight: Var },
    Norm(Norm),
    Pool { kernel: usize, stride: usize },
    Flatten,
    Linear { weight: Var, bias: Option<Var> },
    Sphere,
}

struct Norm {
    scale: Var,
    shift: Var,
    mean: Var,
    variance: Var,
    batches: Var,
}

/// Blocks, applied one after another.
pub(super) struct Blocks(Vec<Vec<Layer>>);

/// How weights begin.
#[derive(Clone, Copy)]
pub(super) enum Start {
    /// Normal with this standard deviation.
    Fixed(f64),
    /// Normal with variance 2 / fan-in, which keeps the size of rectified activations.
    FanIn,
}

/// Writes blocks layer by layer; names follow places.
pub(super) struct Writer<'a> {
    maker: &'a mut Maker,
    blocks: Vec<Vec<Layer>>,
    /// Place of the next layer within its block, as PyTorch counts them.
    place: usize,
    start: Start,
    /// (channels, height, width) of what leaves the last layer; flat where height and width are 1.
    shape: [usize; 3],
}

impl<'a> Writer<'a> {
    pub(super) fn new(maker: &'a mut Maker, shape: [usize; 3], start: Start) -> Self {
        Self {
            maker,
            blocks: Vec::new(),
            place: 0,
            start,
            shape,
        }
    }

    pub(super) fn block(&mut self) -> &mut Self {
        self.blocks.push(Vec::new());
        self.place = 0;
        self
    }

    fn push(&mut self, layer: Layer, places: usize) {
        self.place += places;
        if let Some(block) = self.blocks.last_mut() {
            block.push(layer);
        }
    }

    fn name(&self, what: &str) -> String {
        let block = self.blocks.len() - 1;
        format!("blocks.{block}.{}.{what}", self.place)
    }

    /// Weights of the next layer; all axes but the first enter one result.
    fn weight(&mut self, shape: &[usize]) -> Result<Var> {
        let fan_in: usize = shape[1..].iter().product();
        let std = match self.start {
            Start::Fixed(std) => std,
            Start::FanIn => (2.0 / fan_in as f64).sqrt(),
        };
        let name = self.name("weight");
        self.maker.normal(name, shape, std)
    }

    /// 3 x 3 convolution that keeps height and width, without bias; normalisation; rectifier.
    pub(super) fn conv(&mut self, out: usize) -> Result<&mut Self> {
        let weight = self.weight(&[out, self.shape[0], 3, 3])?;
        self.push(Layer::Conv { weight }, 1);
        self.shape[0] = out;
        self.norm()
    }

    fn norm(&mut self) -> Result<&mut Self> {
        let channels = self.shape[0];
        let names = [
            "weight",
            "bias",
            "running_mean",
            "running_var",
            "num_batches_tracked",
        ];
        let [scale, shift, mean, variance, batches] = names.map(|what| self.name(what));
        let norm = Norm {
            scale: self.maker.constant(scale, &[channels], 1.0)?,
            shift: self.maker.constant(shift, &[channels], 0.0)?,
            mean: self.maker.running(mean, channels, 0.0)?,
            variance: self.maker.running(variance, channels, 1.0)?,
            batches: self.maker.counter(batches)?,
        };
        // The rectifier has a place of its own in PyTorch's tree.
        self.push(Layer::Norm(norm), 2);
        Ok(self)
    }

    pub(super) fn pool(&mut self, kernel: usize, stride: usize) -> Result<&mut Self> {
        let [_, height, width] = &mut self.shape;
        for side in [height, width] {
            if *side < kernel {
                candle_core::bail!("images are too small for this encoder");
            }
            *side = (*side - kernel) / stride + 1;
        }
        self.push(Layer::Pool { kernel, stride }, 1);
        Ok(self)
    }

    pub(super) fn flatten(&mut self) -> &mut Self {
        self.push(Layer::Flatten, 1);
        self.shape = [self.shape.iter().product(), 1, 1];
        self
    }

    /// Linear layer without bias; normalisation; rectifier.
    pub(super) fn hidden(&mut self, out: usize) -> Result<&mut Self> {
        let weight = self.weight(&[out, self.shape[0]])?;
        self.push(Layer::Linear { weight, bias: None }, 1);
        self.shape[0] = out;
        self.norm()
    }

    /// Linear layer with bias, then onto the sphere.
    pub(super) fn sphere(&mut self, out: usize) -> Result<&mut Self> {
        let weight = self.weight(&[out, self.shape[0]])?;
        let bias = self.name("bias");
        let bias = Some(self.maker.constant(bias, &[out], 0.0)?);
        self.push(Layer::Linear { weight, bias }, 1);
        self.push(Layer::Sphere, 1);
        self.shape[0] = out;
        Ok(self)
    }

    pub(super) fn done(&mut self) -> Blocks {
        Blocks(std::mem::take(&mut self.blocks))
    }
}

impl Blocks {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What leaves the blocks at these places, in their order.
    pub(super) fn forward(&self, x: &Tensor, mode: Mode, places: &[usize]) -> Result<Vec<Tensor>> {
        let mut x = x.clone();
        let mut left = vec![None; places.len()];
        let count = places.iter().max().map_or(0, |last| last + 1);
        for (block, layers) in self.0[..count].iter().enumerate() {
            x = through(layers, x, mode)?;
            for (left, _) in left.iter_mut().zip(places).filter(|(_, at)| **at == block) {
                *left = Some(x.clone());
            }
        }
        Ok(left.into_iter().flatten().collect())
    }
}

/// What leaves the layers of a block.
fn through(layers: &[Layer], mut x: Tensor, mode: Mode) -> Result<Tensor> {
    let mut layers = layers.iter().peekable();
    while let Some(layer) = layers.next() {
        x = match layer {
            Layer::Conv { weight } => op::conv2d(&x, weight, 1)?,
            Layer::Norm(norm) => {
                // A pool that follows is done in the same passes.
                let pool = layers.next_if(|next| matches!(next, Layer::Pool { .. }));
                norm.forward(&x, mode, pool)?
            }
            Layer::Pool { kernel, stride } => op::max_pool2d(&x, *kernel, *stride)?,
            Layer::Flatten => x.flatten_from(1)?,
            Layer::Linear { weight, bias } => {
                let x = op::linear(&x, weight)?;
                match bias {
                    Some(bias) => x.broadcast_add(bias)?,
                    None => x,
                }
            }
            Layer::Sphere => onto_sphere(&x)?,
        };
    }
    Ok(x)
}

impl Norm {
    fn forward(&self, x: &Tensor, mode: Mode, pool: Option<&Layer>) -> Result<Tensor> {
        if !x.device().is_cpu() {
            return self.forward_elsewhere(x, mode, pool);
        }
        let statistics = match mode {
            Mode::Train => Statistics::Batch,
            Mode::Eval => Statistics::Given(Moments {
                mean: op::plain(&self.mean)?,
                variance: op::plain(&self.variance)?,
            }),
        };
        let (y, moments) = match pool {
            Some(Layer::Pool { kernel, stride }) => {
                let window = (*kernel, *stride);
                op::batch_norm_pool(x, &self.scale, &self.shift, &statistics, window)?
            }
            _ => op::batch_norm(x, &self.scale, &self.shift, &statistics, true)?,
        };
        if mode == Mode::Train {
            let moments = [moments.mean, moments.variance];
            let [mean, variance] = moments.map(|values| Tensor::new(values, &Device::Cpu));
            self.follow(x, &mean?, &variance?)?;
        }
        Ok(y)
    }

    /// The same where moments stay: to copy them from the device would wait for all that it has to do.
    fn forward_elsewhere(&self, x: &Tensor, mode: Mode, pool: Option<&Layer>) -> Result<Tensor> {
        let [mean, variance] = match mode {
            Mode::Train => op::composed::moments(x)?,
            Mode::Eval => [&self.mean, &self.variance].map(|running| running.as_tensor().clone()),
        };
        let line = [&*self.scale, &*self.shift];
        let y = op::composed::normalised(x, line, [&mean, &variance], true)?;
        if mode == Mode::Train {
            self.follow(x, &mean, &variance)?;
        }
        match pool {
            Some(Layer::Pool { kernel, stride }) => op::max_pool2d(&y, *kernel, *stride),
            _ => Ok(y),
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

/// Rows divided by their norms.
pub(super) fn onto_sphere(x: &Tensor) -> Result<Tensor> {
    let squares = x.sqr()?.sum_keepdim(1)?;
    let norms = squares.maximum(SHORTEST * SHORTEST)?.sqrt()?;
    x.broadcast_div(&norms)
}
