//! Encoders that are a list of blocks of layers, as PyTorch's `ModuleList` of `Sequential`s.

use candle_core::{Result, Tensor, Var};

use super::norm::{BatchNorm, NormMode};
use super::parameters::Maker;
use crate::train::op::Ops;

/// Rows shorter than this are divided by it instead of by their norm.
const SHORTEST: f64 = 1e-12;

enum Layer {
    Conv { weight: Var },
    Norm(BatchNorm),
    Pool { kernel: usize, stride: usize },
    Flatten,
    Linear { weight: Var, bias: Option<Var> },
    Sphere,
}

/// Blocks, applied one after another.
pub(super) struct BlockStack(Vec<Vec<Layer>>);

/// How weights begin.
#[derive(Clone, Copy)]
pub(super) enum WeightInit {
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
    start: WeightInit,
    /// (channels, height, width) of what leaves the last layer; flat where height and width are 1.
    shape: [usize; 3],
}

impl<'a> Writer<'a> {
    pub(super) fn new(maker: &'a mut Maker, shape: [usize; 3], start: WeightInit) -> Self {
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
            WeightInit::Fixed(std) => std,
            WeightInit::FanIn => (2.0 / fan_in as f64).sqrt(),
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
        let before = self.name("");
        let name = |what: &str| format!("{before}{what}");
        let norm = BatchNorm::new(self.maker, name, self.shape[0])?;
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

    pub(super) fn done(&mut self) -> BlockStack {
        BlockStack(std::mem::take(&mut self.blocks))
    }
}

impl BlockStack {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// What leaves the blocks at these places, in their order.
    pub(super) fn forward(
        &self,
        x: &Tensor,
        (mode, ops): (NormMode, Ops),
        places: &[usize],
    ) -> Result<Vec<Tensor>> {
        let mut x = x.clone();
        let mut left = vec![None; places.len()];
        let count = places.iter().max().map_or(0, |last| last + 1);
        for (block, layers) in self.0[..count].iter().enumerate() {
            x = through(layers, x, (mode, ops))?;
            for (left, _) in left.iter_mut().zip(places).filter(|(_, at)| **at == block) {
                *left = Some(x.clone());
            }
        }
        Ok(left.into_iter().flatten().collect())
    }
}

/// What leaves the layers of a block.
fn through(layers: &[Layer], mut x: Tensor, (mode, ops): (NormMode, Ops)) -> Result<Tensor> {
    let mut layers = layers.iter().peekable();
    while let Some(layer) = layers.next() {
        x = match layer {
            Layer::Conv { weight } => ops.conv2d(&x, weight, 1)?,
            Layer::Norm(norm) => {
                // A pool that follows is done in the same passes.
                let pool = layers.next_if(|next| matches!(next, Layer::Pool { .. }));
                let pool = pool.and_then(|pool| match pool {
                    Layer::Pool { kernel, stride } => Some((*kernel, *stride)),
                    _ => None,
                });
                norm.forward(&x, (mode, ops), pool)?
            }
            Layer::Pool { kernel, stride } => ops.max_pool2d(&x, *kernel, *stride)?,
            Layer::Flatten => x.flatten_from(1)?,
            Layer::Linear { weight, bias } => {
                let x = ops.linear(&x, weight)?;
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

/// Rows divided by their norms.
pub(super) fn onto_sphere(x: &Tensor) -> Result<Tensor> {
    let squares = x.sqr()?.sum_keepdim(1)?;
    let norms = squares.maximum(SHORTEST * SHORTEST)?.sqrt()?;
    x.broadcast_div(&norms)
}
