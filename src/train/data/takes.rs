//! What an encoder takes in, and items brought into that form.

use candle_core::{Device, Result, Tensor};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::resize::{Region, resize};
use super::{Augment, Dataset, Images, Items, Sentences, Vocabulary};
use crate::train::TrainError;
use crate::train::seeds::{SeedStream, stream};

/// Images whose pixels tell the mean and spread of a set; more would change no digit that matters.
const SAMPLE: usize = 2000;
/// Test images larger than the encoder's input lose their margin: 64 of 70 pixels stay, as in the paper.
const MARGIN: f32 = 70.0 / 64.0;

/// The form of what goes into an encoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Takes {
    /// Square images.
    Images {
        /// 1 or 3.
        channels: usize,
        /// Height and width.
        side: usize,
        /// Subtracted from each channel of pixels from 0 to 1.
        mean: Vec<f32>,
        /// Each channel is then divided by this.
        std: Vec<f32>,
    },
    /// Sentences, as numbers of words or pieces.
    Sentences {
        /// What the numbers stand for.
        #[serde(flatten)]
        vocabulary: Vocabulary,
    },
}

/// Some items as tensors.
#[derive(Clone, Debug)]
pub enum Input {
    /// (items, channels, side, side)
    Images(Tensor),
    /// Sentences, filled up to one length.
    Words {
        /// (items, length) numbers of words.
        numbers: Tensor,
        /// (items, length), 1 for a word and 0 for filler.
        mask: Tensor,
        /// How many of them, the first ones, are for the first of two encoders.
        first: usize,
    },
}

impl Input {
    /// The same on `device`.
    ///
    /// # Errors
    /// candle's.
    pub fn to(&self, device: &Device) -> Result<Self> {
        Ok(match self {
            Input::Images(images) => Input::Images(images.to_device(device)?),
            Input::Words {
                numbers,
                mask,
                first,
            } => Input::Words {
                numbers: numbers.to_device(device)?,
                mask: mask.to_device(device)?,
                first: *first,
            },
        })
    }
}

/// How an item is shown.
#[derive(Clone, Copy, Debug)]
pub enum Show<'a> {
    /// As it is.
    Plain,
    /// As it is, to the second encoder where there are two.
    Second,
    /// View 0 or 1 of it: a random one, or for sentences the sentence (0) and a neighbour (1), which the second encoder reads
    /// where there are two.
    View {
        /// How views differ.
        augment: &'a Augment,
        /// Names the random stream.
        seed: u64,
        /// Names it together with the seed.
        epoch: u64,
        /// 0 or 1.
        view: u64,
    },
}

impl Takes {
    /// What an encoder for `data` takes: images of `side` (their own height where none is said).
    pub fn of(data: &Dataset, side: Option<usize>) -> Self {
        match &*data.train.items {
            Items::Sentences(sentences) => Takes::Sentences {
                vocabulary: sentences.vocabulary().clone(),
            },
            Items::Images(images) => {
                let (mean, std) = colours(images, &data.train.rows);
                let [channels, height, _] = images.shape();
                Takes::Images {
                    channels,
                    side: side.unwrap_or(height),
                    mean,
                    std,
                }
            }
        }
    }

    /// Numbers of an image; 1 for sentences, whose lengths differ.
    pub fn numbers(&self) -> usize {
        match self {
            Takes::Images { channels, side, .. } => channels * side * side,
            Takes::Sentences { .. } => 1,
        }
    }

    /// The vocabulary, for sentences.
    pub fn vocabulary(&self) -> Option<&Vocabulary> {
        match self {
            Takes::Images { .. } => None,
            Takes::Sentences { vocabulary } => Some(vocabulary),
        }
    }

    /// Checks that items of `data` can be brought into this form.
    ///
    /// # Errors
    /// [`TrainError::Mismatch`].
    pub fn check(&self, data: &Dataset, weights: &str) -> std::result::Result<(), TrainError> {
        let (expected, found) = match (self, &*data.test.items) {
            (Takes::Sentences { .. }, Items::Sentences(_)) => return Ok(()),
            (Takes::Images { channels, .. }, Items::Images(images)) => match images.shape() {
                [found, ..] if found == *channels => return Ok(()),
                [found, ..] => (
                    format!("images of {channels} channels"),
                    format!("images of {found}"),
                ),
            },
            (Takes::Images { .. }, Items::Sentences(_)) => ("images".into(), "sentences".into()),
            (Takes::Sentences { .. }, Items::Images(_)) => ("sentences".into(), "images".into()),
        };
        Err(TrainError::Mismatch {
            data: data.name.clone(),
            weights: weights.to_owned(),
            expected,
            found,
        })
    }

    /// These rows of `items`, each shown as `shows` says, one show after the other: with two shows, the first half of the
    /// result is one view of each row, the second half the other. In parallel; the same on any number of threads.
    ///
    /// # Errors
    /// candle's.
    pub fn input(&self, items: &Items, rows: &[u32], shows: &[Show<'_>]) -> Result<Input> {
        let all: Vec<(u32, Show<'_>)> = shows
            .iter()
            .flat_map(|show| rows.iter().map(|row| (*row, *show)))
            .collect();
        match (self, items) {
            (
                Takes::Images {
                    channels,
                    side,
                    mean,
                    std,
                },
                Items::Images(images),
            ) => {
                let size = channels * side * side;
                let mut pixels = vec![0.0f32; all.len() * size];
                pixels
                    .par_chunks_mut(size)
                    .zip(&all)
                    .for_each(|(out, (row, show))| {
                        frame(images, *row, *show, *side, out);
                        for (c, plane) in out.chunks_exact_mut(side * side).enumerate() {
                            let (mean, scale) = (mean[c], 1.0 / std[c]);
                            plane.iter_mut().for_each(|v| *v = (*v - mean) * scale);
                        }
                    });
                let shape = (all.len(), *channels, *side, *side);
                Ok(Input::Images(Tensor::from_vec(
                    pixels,
                    shape,
                    &Device::Cpu,
                )?))
            }
            (Takes::Sentences { .. }, Items::Sentences(sentences)) => words(sentences, &all),
            _ => candle_core::bail!("images and sentences do not go together"),
        }
    }
}

/// One image as it is shown, `side` x `side`, pixels from 0 to 1.
fn frame(images: &Images, row: u32, show: Show<'_>, side: usize, out: &mut [f32]) {
    let shape = images.shape();
    let [channels, height, width] = shape;
    let mut image = vec![0.0; channels * height * width];
    images.read(row as usize, &mut image);
    match show {
        Show::Plain | Show::Second if (height, width) == (side, side) => {
            out.copy_from_slice(&image);
        }
        Show::Plain | Show::Second => {
            let (h, w) = (height as f32, width as f32);
            let short = h.min(w);
            let kept = if short > side as f32 {
                short / MARGIN
            } else {
                short
            };
            let part = Region::middle(h, w, kept);
            resize(&image, (height, width), part, side, false, out);
        }
        Show::View {
            augment,
            seed,
            epoch,
            view,
        } => {
            let mut rng = stream(seed, SeedStream::View, &[epoch, u64::from(row), view]);
            augment.view(&image, shape, side, &mut rng, out);
        }
    }
}

fn words(sentences: &Sentences, all: &[(u32, Show<'_>)]) -> Result<Input> {
    use rand::RngExt;
    let shown: Vec<&[u32]> = all
        .iter()
        .map(|(row, show)| {
            let at = *row as usize;
            let at = match *show {
                Show::View {
                    seed,
                    epoch,
                    view: 1,
                    ..
                } => {
                    let mut rng = stream(seed, SeedStream::View, &[epoch, u64::from(*row), 1]);
                    let near: Vec<usize> = sentences.near(at).collect();
                    match near[..] {
                        [before, after] => [before, after][usize::from(rng.random::<bool>())],
                        [one] => one,
                        // Alone in its book.
                        _ => at,
                    }
                }
                _ => at,
            };
            sentences.sentence(at)
        })
        .collect();
    let length = shown.iter().map(|s| s.len()).max().unwrap_or(0).max(1);
    let (mut numbers, mut mask) = (
        vec![0u32; shown.len() * length],
        vec![0f32; shown.len() * length],
    );
    for (k, sentence) in shown.iter().enumerate() {
        numbers[k * length..][..sentence.len()].copy_from_slice(sentence);
        mask[k * length..][..sentence.len()].fill(1.0);
    }
    let shape = (shown.len(), length);
    let second = |show: &Show<'_>| matches!(show, Show::Second | Show::View { view: 1, .. });
    let first = all.iter().take_while(|(_, show)| !second(show)).count();
    Ok(Input::Words {
        first,
        numbers: Tensor::from_vec(numbers, shape, &Device::Cpu)?,
        mask: Tensor::from_vec(mask, shape, &Device::Cpu)?,
    })
}

/// Mean and standard deviation of each channel over (a sample of) these images.
fn colours(images: &Images, rows: &[u32]) -> (Vec<f32>, Vec<f32>) {
    let [channels, height, width] = images.shape();
    let plane = height * width;
    let step = rows.len().div_ceil(SAMPLE).max(1);
    let sums: Vec<Vec<[f64; 2]>> = rows
        .par_iter()
        .step_by(step)
        .map(|row| {
            let mut image = vec![0.0; channels * plane];
            images.read(*row as usize, &mut image);
            let moments = |plane: &[f32]| {
                plane.iter().fold([0.0; 2], |[sum, squares], v| {
                    let v = f64::from(*v);
                    [sum + v, squares + v * v]
                })
            };
            image.chunks_exact(plane).map(moments).collect()
        })
        .collect();
    let count = (sums.len() * plane).max(1) as f64;
    (0..channels)
        .map(|c| {
            let total = sums
                .iter()
                .fold([0.0; 2], |[s, q], image| [s + image[c][0], q + image[c][1]]);
            let mean = total[0] / count;
            let variance = (total[1] / count - mean * mean).max(0.0);
            // Images of one colour have no spread to divide by.
            let std = if variance > 1e-12 {
                variance.sqrt()
            } else {
                1.0
            };
            (mean as f32, std as f32)
        })
        .unzip()
}
