//! Depth of each pixel, read from activations of convolutions that are frozen: by one linear map of the channels at each
//! place (1 x 1), and by transposed convolutions that grow back to the size of the image, as the paper does.

use candle_core::{DType, Device, Tensor, Var};

use super::Reading;
use crate::num::Moments as Spread;
use crate::result::{Quantity, Score};
use crate::theory::student_quantile;
use crate::train::TrainError;
use crate::train::data::{DataSplit, Dataset, Images, Input, Items, Takes};
use crate::train::encoder::{BatchNorm, Encoder, Maker, NormMode};
use crate::train::op::Ops;
use crate::train::optim::{Optimiser, Stepper};
use crate::train::presets::Scale;
use crate::train::seeds::{SeedStream, stream};
use rand::seq::SliceRandom;

/// Images of a batch.
const BATCH: usize = 128;
/// The step of Adam, and what is left of it where epochs are past these shares of all: 70, 90, 100 and 110 of 120.
const STEP: f64 = 3e-3;
const LATE: [f64; 4] = [70.0 / 120.0, 90.0 / 120.0, 100.0 / 120.0, 110.0 / 120.0];
const LESS: f64 = 0.2;
const LEVEL: f64 = 0.95;

impl Scale {
    /// Epochs of the heads.
    pub(in crate::train) fn depth_epochs(self) -> usize {
        match self {
            Scale::Paper => 120,
            Scale::Desk => 40,
        }
    }
}

/// Mean squared errors of both heads on the last two blocks of convolutions; nothing where no depths are known.
pub(super) fn read(
    encoder: &Encoder,
    data: &Dataset,
    scale: Scale,
    device: &Device,
) -> Result<Vec<Reading>, TrainError> {
    let (Items::Images(learn), Items::Images(judge)) = (&*data.train.items, &*data.test.items)
    else {
        return Ok(Vec::new());
    };
    let blocks = encoder.convolutions();
    if !learn.deep() || !judge.deep() || blocks < 2 {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for (place, block) in [("last", blocks - 1), ("before", blocks - 2)] {
        for kind in [DecoderKind::Grown, DecoderKind::Linear] {
            let of = Frozen {
                encoder,
                block,
                device,
            };
            let errors = of.errors(kind, ((learn, &data.train), (judge, &data.test)), scale)?;
            let (how, place) = match kind {
                DecoderKind::Grown => ("transposed", place.to_owned()),
                DecoderKind::Linear => ("1 x 1", format!("{place} linear")),
            };
            all.push(Reading {
                text: format!("conv{}, {how}", block + 1),
                place,
                score: score(how, &errors),
            });
        }
    }
    Ok(all)
}

/// Always the mean depth of the images to learn from.
pub(super) fn baseline(data: &Dataset) -> Result<Vec<Reading>, TrainError> {
    let (Items::Images(learn), Items::Images(judge)) = (&*data.train.items, &*data.test.items)
    else {
        return Ok(Vec::new());
    };
    let always = mean_depth(learn, &data.train.rows);
    let errors = data.test.rows.iter().map(|row| {
        let depths = depths(judge, *row);
        let squares = depths.iter().map(|v| (f64::from(*v) - always).powi(2));
        squares.sum::<f64>() / depths.len() as f64
    });
    Ok(vec![Reading {
        place: "baseline".to_owned(),
        text: "mean of the depths learned from".to_owned(),
        score: score("baseline", &errors.collect::<Vec<_>>()),
    }])
}

fn depths(images: &Images, row: u32) -> Vec<f32> {
    let [_, height, width] = images.shape();
    let mut depths = vec![0.0; height * width];
    images.depth(row as usize, &mut depths);
    depths
}

fn mean_depth(images: &Images, rows: &[u32]) -> f64 {
    let means = rows.iter().map(|row| {
        let depths = depths(images, *row);
        depths.iter().map(|v| f64::from(*v)).sum::<f64>() / depths.len() as f64
    });
    means.sum::<f64>() / rows.len().max(1) as f64
}

/// The mean over test images of their mean squared errors.
fn score(how: &str, errors: &[f64]) -> Score {
    let spread: Spread = errors.iter().copied().collect();
    let value = spread.mean().unwrap_or(f64::NAN);
    let free = (errors.len() as f64 - 1.0).max(1.0);
    let reach = student_quantile(LEVEL, free) * spread.standard_error().unwrap_or(0.0);
    Score {
        probe: how.to_owned(),
        param: None,
        quantity: Quantity::Mse,
        value,
        low: (value - reach).max(0.0),
        high: value + reach,
        level: LEVEL,
        n: errors.len() as u64,
        r2: None,
    }
}

#[derive(Clone, Copy)]
enum DecoderKind {
    /// Transposed convolutions up to the size of the image, then 3 x 3.
    Grown,
    /// One linear map at each place.
    Linear,
}

/// A block of an encoder that learns no more.
struct Frozen<'a> {
    encoder: &'a Encoder,
    block: usize,
    device: &'a Device,
}

type ImageSplit<'a> = (&'a Images, &'a DataSplit);

impl Frozen<'_> {
    fn takes(&self) -> &Takes {
        &self.encoder.spec().takes
    }

    /// (items, channels, height, width), cut off from the encoder's gradients.
    fn activations(&self, input: &Input) -> candle_core::Result<Tensor> {
        let input = input.to(self.device)?;
        Ok(self
            .encoder
            .layer(&input, NormMode::Eval, self.block)?
            .detach())
    }

    /// Trains a head, and tests it: the mean squared error of each test image.
    fn errors(
        &self,
        kind: DecoderKind,
        ((learn, train), (judge, test)): (ImageSplit<'_>, ImageSplit<'_>),
        scale: Scale,
    ) -> Result<Vec<f64>, TrainError> {
        let (input, _) = self.takes().joint(learn, &train.rows[..1], None, 1)?;
        let (_, channels, height, _) = self.activations(&input)?.dims4()?;
        let Takes::Images { side, .. } = self.takes() else {
            return Ok(Vec::new());
        };
        let level = mean_depth(learn, &train.rows) as f32;
        let sizes = HeadSizes {
            channels,
            height,
            side: *side,
        };
        let head = Head::new(kind, &sizes, level, self.device)?;
        let names = (0..).map(|k| format!("head.{k}"));
        let weights = names.zip(head.learned.iter().cloned()).collect();
        let adam = Optimiser::Adam {
            rate: STEP,
            beta1: 0.5,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.0,
        };
        let mut stepper = Stepper::new(adam, weights)?;
        let epochs = scale.depth_epochs();
        let mut order: Vec<u32> = train.rows.clone();
        for epoch in 0..epochs {
            order.shuffle(&mut stream(SEED, SeedStream::Order, &[epoch as u64]));
            let late = LATE
                .iter()
                .filter(|share| epoch as f64 >= **share * epochs as f64);
            let factor = LESS.powi(late.count() as i32);
            for rows in order.chunks(BATCH) {
                let draw = Some((SEED, epoch as u64));
                let (input, depths) = self.takes().joint(learn, rows, draw, head.out)?;
                let told = head.forward(&self.activations(&input)?, NormMode::Train)?;
                let loss = (told - depths.to_device(self.device)?)?.sqr()?.mean_all()?;
                stepper.step(&loss.backward()?, factor, None)?;
            }
        }
        let mut errors = Vec::with_capacity(test.len());
        for rows in test.rows.chunks(BATCH) {
            let (input, depths) = self.takes().joint(judge, rows, None, head.out)?;
            let told = head.forward(&self.activations(&input)?, NormMode::Eval)?;
            let left = (told - depths.to_device(self.device)?)?.sqr()?;
            let each = left.flatten_from(1)?.mean(1)?.to_vec1::<f32>()?;
            errors.extend(each.into_iter().map(f64::from));
        }
        Ok(errors)
    }
}

/// Seed of heads, of their order and crops: the same for all encoders.
const SEED: u64 = 0;

/// A head on activations.
struct Head {
    learned: Vec<Var>,
    ups: Vec<Up>,
    /// Kernels to one channel, and its bias.
    last: (Var, Var),
    /// Zeros around the last convolution.
    padding: usize,
    /// Height and width of what it tells.
    out: usize,
}

/// Activations of `channels` x `height` x `height`, to depths of at most `side` x `side`.
struct HeadSizes {
    channels: usize,
    height: usize,
    side: usize,
}

/// Twice the height and width, half the channels: transposed convolution, normalisation, rectifier.
struct Up {
    kernel: Var,
    norm: BatchNorm,
}

impl Head {
    /// Activations to depths, at first `level` everywhere.
    fn new(
        kind: DecoderKind,
        &HeadSizes {
            channels,
            height,
            side,
        }: &HeadSizes,
        level: f32,
        device: &Device,
    ) -> candle_core::Result<Self> {
        let mut maker = Maker::new(SEED, &[2], DType::F32, device);
        let (mut ups, mut depth, mut out) = (Vec::new(), channels, height);
        if let DecoderKind::Grown = kind {
            while 2 * out <= side {
                let half = (depth / 2).max(1);
                let reach = 1.0 / ((9 * depth) as f32).sqrt();
                ups.push(Up {
                    kernel: maker.uniform("head".into(), &[depth, half, 3, 3], reach)?,
                    norm: BatchNorm::new(&mut maker, |_| "head".into(), half)?,
                });
                (depth, out) = (half, 2 * out);
            }
        }
        let (kernel, padding) = match kind {
            DecoderKind::Grown => (3, 1),
            DecoderKind::Linear => (1, 0),
        };
        let shape = [1, depth, kernel, kernel];
        let zeros = Var::zeros(&shape[..], DType::F32, device)?;
        let level = Var::from_tensor(&Tensor::full(level, 1, device)?)?;
        let last = (zeros, level);
        let of_ups = maker.made.iter().filter(|p| p.learned);
        let mut learned: Vec<Var> = of_ups.map(|p| p.var.clone()).collect();
        learned.extend([last.0.clone(), last.1.clone()]);
        Ok(Self {
            learned,
            ups,
            last,
            padding,
            out,
        })
    }

    /// (items, 1, out, out).
    fn forward(&self, x: &Tensor, mode: NormMode) -> candle_core::Result<Tensor> {
        let (mut x, ops) = (x.clone(), Ops::of(x.device()));
        for up in &self.ups {
            x = x.conv_transpose2d(&up.kernel, 1, 1, 2, 1)?;
            x = up.norm.forward(&x, (mode, ops), None)?;
        }
        let told = ops.conv2d(&x, &self.last.0, self.padding)?;
        told.broadcast_add(&self.last.1.reshape((1, 1, 1, 1))?)
    }
}
