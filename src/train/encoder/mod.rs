//! Encoders: from a batch of images or sentences to rows on the unit sphere.

mod architecture;
mod blocks;
mod gru;
mod norm;
mod parameters;

use std::fmt;

use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};

use super::data::{Input, Takes};
use super::error::TrainError;
use super::op::Ops;
use blocks::{BlockStack, WeightInit, Writer};
use gru::Gru;

pub use architecture::Architecture;
pub(super) use norm::BatchNorm;
pub use norm::NormMode;
pub use parameters::Parameter;
pub(super) use parameters::{Form, Maker};

/// Most dimensions, and most units of a layer.
const MOST_UNITS: usize = 1 << 20;
/// Most channels of an image.
const MOST_CHANNELS: usize = 1 << 10;
/// Largest height and width of an image.
const MOST_SIDE: usize = 1 << 12;
/// Most weights: 4.3 GB of them, and up to four times that while they learn.
const MOST_WEIGHTS: u64 = 1 << 30;
/// Most pairs in a batch: a matrix of them takes 4.3 GB, and several are there at a time.
const MOST_PAIRS: usize = 1 << 15;
/// Most numbers of a batch between two layers.
const MOST_NUMBERS: u64 = 1 << 32;

/// All that determines an encoder but its weights; it travels with them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EncoderSpec {
    /// Architecture.
    pub architecture: Architecture,
    /// Dimension of the output, m: rows lie on S^(m-1).
    pub dim: usize,
    /// Size of inner layers: channels of the first convolution, units of the first hidden layer, or width of word
    /// vectors. small-alexnet has fixed ones.
    pub width: usize,
    /// What goes in.
    pub takes: Takes,
}

/// An encoder with its weights.
pub struct Encoder {
    spec: EncoderSpec,
    net: Net,
    parameters: Vec<Parameter>,
    ops: Ops,
}

enum Net {
    Blocks(BlockStack),
    Gru(Gru),
    Two([Gru; 2]),
}

impl Encoder {
    /// An encoder with the initial weights that `seed` names.
    ///
    /// # Errors
    /// [`TrainError::Plan`], where the architecture and the input do not go together.
    pub fn new(spec: EncoderSpec, seed: u64, device: &Device) -> Result<Self, TrainError> {
        Self::in_precision(spec, seed, DType::F32, device)
    }

    /// The same in f32 or f64. Rounding grows from step to step, so what many steps lead to is the same on another
    /// processor, or in another library, only in f64.
    ///
    /// # Errors
    /// As [`Encoder::new`].
    pub fn in_precision(
        spec: EncoderSpec,
        seed: u64,
        dtype: DType,
        device: &Device,
    ) -> Result<Self, TrainError> {
        forms(&spec)?;
        let mut maker = Maker::new(seed, &[], dtype, device);
        let net = build(&spec, &mut maker)?;
        Ok(Self {
            spec,
            net,
            parameters: maker.made,
            ops: Ops::of(device),
        })
    }

    /// The same encoder with these operations: [`Ops::Composed`] is what computes on a device that is no processor.
    pub fn with_ops(self, ops: Ops) -> Self {
        Self { ops, ..self }
    }

    /// What determines it.
    pub fn spec(&self) -> &EncoderSpec {
        &self.spec
    }

    /// Its weights and running moments, in PyTorch's order and under PyTorch's names.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Number of learned numbers.
    pub fn size(&self) -> usize {
        let learned = self.parameters.iter().filter(|p| p.learned);
        learned.map(|p| p.var.elem_count()).sum()
    }

    /// Names of the blocks: conv1, fc6 and so on, and the last one, output.
    pub fn layer_names(&self) -> &'static [&'static str] {
        self.spec.architecture.layer_names()
    }

    /// Number of blocks, whose outputs [`Encoder::layer`] gives.
    pub fn layers(&self) -> usize {
        match &self.net {
            Net::Blocks(blocks) => blocks.len(),
            Net::Gru(_) | Net::Two(_) => 1,
        }
    }

    /// Number of blocks of convolutions, which are the first ones.
    pub fn convolutions(&self) -> usize {
        match self.spec.architecture {
            Architecture::SmallAlexnet => 5,
            Architecture::SmallCnn => 3,
            Architecture::Mlp | Architecture::Gru | Architecture::QuickThought => 0,
        }
    }

    /// A row on the unit sphere for each item: n x dim.
    ///
    /// # Errors
    /// candle's, where the input is of another form.
    pub fn forward(&self, input: &Input, mode: NormMode) -> candle_core::Result<Tensor> {
        self.layer(input, mode, self.layers() - 1)
    }

    /// What leaves block `index`; the last one is the output.
    ///
    /// # Errors
    /// As [`Encoder::outputs`].
    pub fn layer(
        &self,
        input: &Input,
        mode: NormMode,
        index: usize,
    ) -> candle_core::Result<Tensor> {
        Ok(self.outputs(input, mode, &[index])?.remove(0))
    }

    /// What leaves the blocks at these places, of one pass.
    ///
    /// # Errors
    /// candle's, where there is no such block or the input is of another form.
    pub fn outputs(
        &self,
        input: &Input,
        mode: NormMode,
        places: &[usize],
    ) -> candle_core::Result<Vec<Tensor>> {
        let layers = self.layers();
        if let Some(place) = places.iter().find(|place| **place >= layers) {
            candle_core::bail!("there is no block {place}: the encoder has {layers}");
        }
        match (&self.net, input) {
            (Net::Blocks(blocks), Input::Images(images)) => {
                blocks.forward(images, (mode, self.ops), places)
            }
            (Net::Gru(gru), Input::Words { numbers, mask, .. }) => {
                Ok(vec![gru.forward(numbers, mask, self.ops)?; places.len()])
            }
            (
                Net::Two(two),
                Input::Words {
                    numbers,
                    mask,
                    first,
                },
            ) => {
                let rows = numbers.dim(0)?;
                let parts = [(0, *first), (*first, rows - first)];
                let read = |(gru, (from, count)): (&Gru, (usize, usize))| {
                    let part = |t: &Tensor| t.narrow(0, from, count);
                    gru.forward(&part(numbers)?, &part(mask)?, self.ops)
                };
                let there = two.iter().zip(parts).filter(|(_, part)| part.1 > 0);
                let rows: Vec<Tensor> = there.map(read).collect::<candle_core::Result<_>>()?;
                Ok(vec![Tensor::cat(&rows, 0)?; places.len()])
            }
            _ => candle_core::bail!("the encoder takes another kind of input"),
        }
    }
}

/// What an encoder's parameters will be, in their order; nothing is made.
///
/// # Errors
/// [`TrainError::Plan`], where the architecture and the input do not go together or are too large.
pub(super) fn forms(spec: &EncoderSpec) -> Result<Vec<Form>, TrainError> {
    check(spec)?;
    let mut maker = Maker::dry();
    build(spec, &mut maker)?;
    let weights = maker.forms.iter().map(Form::count);
    let weights = weights.fold(0, u64::saturating_add);
    if weights <= MOST_WEIGHTS {
        return Ok(maker.forms);
    }
    let input = match &spec.takes {
        Takes::Images { side, .. } => format!("--size {side}"),
        Takes::Sentences { vocabulary } => vocabulary.to_string(),
    };
    Err(TrainError::plan(
        "encoder",
        format!("at most {MOST_WEIGHTS} weights (4.3 GB, and four times that while they learn)"),
        format!(
            "{weights} of {} with --width {}, --dim {} and {input}",
            spec.architecture, spec.width, spec.dim
        ),
    ))
}

fn check(spec: &EncoderSpec) -> Result<(), TrainError> {
    let refuse = |field, expected: &str, found: &dyn fmt::Display| {
        Err(TrainError::plan(field, expected, found))
    };
    let (dim, width) = (spec.dim, spec.width);
    let of_text = [Architecture::Gru, Architecture::QuickThought].contains(&spec.architecture);
    match &spec.takes {
        Takes::Images { .. } if of_text => {
            let found = format!("{}, which reads text", spec.architecture);
            refuse("encoder", "an encoder for images", &found)
        }
        Takes::Sentences { .. } if !of_text => {
            let expected = "gru or quick-thought, for text";
            refuse("encoder", expected, &spec.architecture)
        }
        Takes::Sentences { .. } if !dim.is_multiple_of(2) || dim == 0 => {
            let expected = "an even number: half of it for each direction of the gru";
            refuse("dim", expected, &dim)
        }
        _ if dim < 2 => refuse("dim", "at least 2", &dim),
        _ if width < 1 => refuse("width", "at least 1", &width),
        _ if dim > MOST_UNITS => refuse("dim", &format!("at most {MOST_UNITS}"), &dim),
        _ if width > MOST_UNITS => refuse("width", &format!("at most {MOST_UNITS}"), &width),
        Takes::Images { channels, .. } if !(1..=MOST_CHANNELS).contains(channels) => {
            refuse("channels", &format!("1 to {MOST_CHANNELS}"), channels)
        }
        Takes::Images { side, .. } if *side > MOST_SIDE => {
            let expected = format!("images of at most {MOST_SIDE} x {MOST_SIDE}");
            refuse("size", &expected, &format!("{side} x {side}"))
        }
        Takes::Images {
            channels,
            mean,
            std,
            ..
        } if [mean.len(), std.len()] != [*channels; 2]
            || mean.iter().any(|v| !v.is_finite())
            || std.iter().any(|v| !(v.is_finite() && *v > 0.0)) =>
        {
            let expected = format!("a mean and a spread above 0 for each of {channels} channels");
            refuse("mean, std", &expected, &format!("{mean:?}, {std:?}"))
        }
        Takes::Images { side, .. } => {
            let least = match spec.architecture {
                Architecture::SmallAlexnet => 15,
                Architecture::SmallCnn => 4,
                _ => 1,
            };
            if *side >= least {
                return Ok(());
            }
            let of = spec.architecture;
            let expected = format!("images of at least {least} x {least} for {of}");
            refuse("size", &expected, &format!("{side} x {side}"))
        }
        Takes::Sentences { .. } => Ok(()),
    }
}

/// Checks what a batch of `pairs` takes in the first layer of an encoder that is within its own bounds.
///
/// # Errors
/// [`TrainError::Plan`].
pub(super) fn check_batch(spec: &EncoderSpec, pairs: usize) -> Result<(), TrainError> {
    if pairs > MOST_PAIRS {
        let expected = format!("at most {MOST_PAIRS} pairs, whose matrix takes 4.3 GB");
        return Err(TrainError::plan("batch", expected, pairs));
    }
    let Takes::Images { channels, side, .. } = spec.takes else {
        return Ok(());
    };
    let deep = match spec.architecture {
        Architecture::SmallCnn => spec.width.max(channels),
        Architecture::SmallAlexnet => 96.max(channels),
        Architecture::Mlp | Architecture::Gru | Architecture::QuickThought => channels,
    };
    // Both views of all pairs; at most 2^60.
    let numbers = 2 * pairs as u64 * deep as u64 * (side * side) as u64;
    if numbers > MOST_NUMBERS {
        let expected = format!("at most {MOST_NUMBERS} numbers of a batch in a layer (17 GB)");
        let found = format!("{numbers} with --size {side} and --batch {pairs}");
        return Err(TrainError::plan("size, batch", expected, found));
    }
    Ok(())
}

fn build(spec: &EncoderSpec, maker: &mut Maker) -> candle_core::Result<Net> {
    let shape = match &spec.takes {
        Takes::Images { channels, side, .. } => [*channels, *side, *side],
        Takes::Sentences { vocabulary } => {
            let numbers = vocabulary.numbers();
            let mut gru = |before: &str| Gru::new(maker, before, numbers, (spec.width, spec.dim));
            return Ok(match spec.architecture {
                Architecture::QuickThought => Net::Two([gru("f.")?, gru("g.")?]),
                _ => Net::Gru(gru("")?),
            });
        }
    };
    let width = spec.width;
    let blocks = match spec.architecture {
        Architecture::SmallAlexnet => {
            let mut net = Writer::new(maker, shape, WeightInit::Fixed(0.02));
            net.block().conv(96)?.pool(3, 2)?;
            net.block().conv(192)?.pool(3, 2)?;
            net.block().conv(384)?;
            net.block().conv(384)?;
            net.block().conv(192)?.pool(3, 2)?;
            net.block().flatten().hidden(4096)?;
            net.block().hidden(4096)?;
            net.block().sphere(spec.dim)?.done()
        }
        Architecture::SmallCnn => {
            let mut net = Writer::new(maker, shape, WeightInit::FanIn);
            net.block().conv(width)?;
            net.block().conv(2 * width)?.pool(2, 2)?;
            net.block().conv(2 * width)?.pool(2, 2)?;
            net.block().flatten().hidden(4 * width)?;
            net.block().sphere(spec.dim)?.done()
        }
        Architecture::Mlp | Architecture::Gru | Architecture::QuickThought => {
            let mut net = Writer::new(maker, shape, WeightInit::FanIn);
            net.block().flatten().hidden(width)?;
            net.block().hidden(width.div_ceil(2))?;
            net.block().sphere(spec.dim)?.done()
        }
    };
    Ok(Net::Blocks(blocks))
}
