//! Random views of an image: crop, flip, colour.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::resize::{Region, resize};

/// How a view is made from an image. The order is crop, flip, colour jitter (in random order), grayscale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augment {
    /// Share of the image that a crop keeps, from and to; its sides' ratio is between 3/4 and 4/3. It is then brought to
    /// the size that the encoder takes.
    pub crop: [f32; 2],
    /// Whether half of the views are mirrored, left to right.
    pub flip: bool,
    /// Brightness is multiplied by a factor within this of 1.
    pub brightness: f32,
    /// Contrast likewise.
    pub contrast: f32,
    /// Saturation likewise; colour images only.
    pub saturation: f32,
    /// Hue is turned by at most this share of a full circle; colour images only.
    pub hue: f32,
    /// Probability of losing all colour; colour images only.
    pub grayscale: f32,
}

impl Augment {
    /// The paper's, for photographs.
    pub fn photographs() -> Self {
        Self {
            crop: [0.08, 1.0],
            flip: true,
            brightness: 0.4,
            contrast: 0.4,
            saturation: 0.4,
            hue: 0.4,
            grayscale: 0.2,
        }
    }

    /// For handwriting: mirrored digits are no digits.
    pub fn handwriting() -> Self {
        Self {
            crop: [0.5, 1.0],
            brightness: 0.4,
            contrast: 0.4,
            ..Self::none()
        }
    }

    /// No change but the size.
    pub fn none() -> Self {
        Self {
            crop: [1.0, 1.0],
            flip: false,
            brightness: 0.0,
            contrast: 0.0,
            saturation: 0.0,
            hue: 0.0,
            grayscale: 0.0,
        }
    }

    /// A view of `image` (`shape`: channels, height, width; numbers from 0 to 1), `side` x `side`, into `out`.
    pub fn view(
        &self,
        image: &[f32],
        [channels, height, width]: [usize; 3],
        side: usize,
        rng: &mut impl Rng,
        out: &mut [f32],
    ) {
        let part = self.part(height as f32, width as f32, rng);
        let flip = self.flip && rng.random::<bool>();
        resize(image, (height, width), part, side, flip, out);
        self.colour(out, channels == 3, rng);
    }

    /// A random rectangle: ten tries at one that fits, then the middle of the image.
    pub(super) fn part(&self, height: f32, width: f32, rng: &mut impl Rng) -> Region {
        let [from, to] = self.crop;
        if from >= 1.0 {
            return Region {
                top: 0.0,
                left: 0.0,
                height,
                width,
            };
        }
        for _ in 0..10 {
            let area = height * width * rng.random_range(from..=to);
            let ratio = rng.random_range((0.75f32).ln()..=(4.0f32 / 3.0).ln()).exp();
            let (w, h) = ((area * ratio).sqrt(), (area / ratio).sqrt());
            if w <= width && h <= height {
                return Region {
                    top: rng.random_range(0.0..=height - h),
                    left: rng.random_range(0.0..=width - w),
                    height: h,
                    width: w,
                };
            }
        }
        Region::middle(height, width, height.min(width))
    }

    fn colour(&self, image: &mut [f32], coloured: bool, rng: &mut impl Rng) {
        let mut near = |spread: f32| match spread > 0.0 {
            true => rng.random_range((1.0 - spread).max(0.0)..=1.0 + spread),
            false => 1.0,
        };
        let (brightness, contrast) = (near(self.brightness), near(self.contrast));
        let saturation = near(self.saturation);
        let turn = match self.hue > 0.0 {
            true => rng.random_range(-self.hue..=self.hue),
            false => 0.0,
        };
        let mut order = [0, 1, 2, 3];
        for last in (1..order.len()).rev() {
            order.swap(last, rng.random_range(0..=last));
        }
        for step in order {
            match step {
                0 if brightness != 1.0 => image
                    .iter_mut()
                    .for_each(|v| *v = (*v * brightness).clamp(0.0, 1.0)),
                1 if contrast != 1.0 => {
                    let gray = match coloured {
                        true => luminance(image),
                        false => image.to_vec(),
                    };
                    let mean = gray.iter().sum::<f32>() / gray.len() as f32;
                    image
                        .iter_mut()
                        .for_each(|v| *v = (mean + contrast * (*v - mean)).clamp(0.0, 1.0));
                }
                2 if coloured && saturation != 1.0 => blend_with_gray(image, saturation),
                3 if coloured && turn != 0.0 => turn_hue(image, turn),
                _ => {}
            }
        }
        if coloured && self.grayscale > 0.0 && rng.random::<f32>() < self.grayscale {
            blend_with_gray(image, 0.0);
        }
    }
}

/// Perceived brightness (ITU-R BT.601) of each pixel.
fn luminance(image: &[f32]) -> Vec<f32> {
    let plane = image.len() / 3;
    let (red, rest) = image.split_at(plane);
    let (green, blue) = rest.split_at(plane);
    (0..plane)
        .map(|i| 0.299 * red[i] + 0.587 * green[i] + 0.114 * blue[i])
        .collect()
}

/// `share` of the colours over the grey image: 0 is grey, 1 changes nothing, more is gaudier.
fn blend_with_gray(image: &mut [f32], share: f32) {
    let gray = luminance(image);
    for plane in image.chunks_exact_mut(gray.len()) {
        for (v, gray) in plane.iter_mut().zip(&gray) {
            *v = (gray + share * (*v - gray)).clamp(0.0, 1.0);
        }
    }
}

/// Turns every pixel's hue by `turn` of a full circle, keeping its largest and smallest component.
fn turn_hue(image: &mut [f32], turn: f32) {
    let plane = image.len() / 3;
    let (red, rest) = image.split_at_mut(plane);
    let (green, blue) = rest.split_at_mut(plane);
    for i in 0..plane {
        let (r, g, b) = (red[i], green[i], blue[i]);
        let (high, low) = (r.max(g).max(b), r.min(g).min(b));
        let span = high - low;
        if span <= 0.0 {
            continue;
        }
        let sixths = if high == r {
            (g - b) / span
        } else if high == g {
            2.0 + (b - r) / span
        } else {
            4.0 + (r - g) / span
        };
        let sixths = (sixths + 6.0 * turn).rem_euclid(6.0);
        // How far a component is from its peak, in sixths of the circle.
        let level = |peak: f32| {
            let away = (sixths - peak).abs();
            low + span * (2.0 - away.min(6.0 - away)).clamp(0.0, 1.0)
        };
        (red[i], green[i], blue[i]) = (level(0.0), level(2.0), level(4.0));
    }
}
