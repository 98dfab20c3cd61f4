//! Convolutions with kernels of 3 x 3 as Winograd's F(4 x 4, 3 x 3): squares of 4 x 4 results take 36 products where they
//! took 144, and each position of the 36 is one product of matrices over channels and squares.

use rayon::prelude::*;

use super::columns::Window;
use super::elements::Real;
use super::plane::{Plane, turn};
use super::product::{matrix, matrix_mut};
use super::tile::{self, LANES, POSITIONS, RESULTS, SEEN, Square};

/// Elements of both factors of the products that are made in one go, about: few enough for a cache, enough squares for
/// products to be fast.
const BUDGET: usize = 1 << 23;
/// Channels on either side from which on products take longer than what they are made of.
const CHANNELS: usize = 16;

/// A convolution with kernels of 3 x 3.
pub(super) struct Winograd {
    window: Window,
    /// Channels that leave.
    out: usize,
    /// Squares down and across.
    squares: (usize, usize),
}

impl Winograd {
    /// None where the plain way is no slower: for other kernels, few channels, and images that squares hardly fill.
    pub(super) fn new(window: Window, out: usize) -> Option<Self> {
        let (h, w) = window.out();
        let squares = (h.div_ceil(RESULTS), w.div_ceil(RESULTS));
        let fewer = 4 * POSITIONS * squares.0 * squares.1 < 3 * 9 * h * w;
        let pays = window.kernel == 3 && fewer && window.channels.min(out) >= CHANNELS;
        pays.then_some(Self {
            window,
            out,
            squares,
        })
    }

    /// Squares of one image.
    fn each(&self) -> usize {
        self.squares.0 * self.squares.1
    }

    /// Images treated together.
    fn together(&self, images: usize) -> usize {
        let image = POSITIONS * self.each() * (self.window.channels + self.out);
        (BUDGET / image).clamp(1, images.max(1))
    }

    /// `images` convolved with `weights` (out, channels, 3, 3).
    pub(super) fn convolve<T: Real>(&self, images: &[T], weights: &[T]) -> Vec<T> {
        let (channels, out) = (self.window.channels, self.out);
        let (pixels, places) = (self.window.pixels(), self.window.places());
        let count = images.len() / pixels;
        let together = self.together(count);
        let kernels = self.kernels(weights);
        let mut seen = vec![T::default(); POSITIONS * together * self.each() * channels];
        let mut made = vec![T::default(); POSITIONS * together * self.each() * out];
        let mut results = vec![T::default(); count * out * places];
        for (images, results) in images
            .chunks(together * pixels)
            .zip(results.chunks_mut(together * out * places))
        {
            let squares = images.len() / pixels * self.each();
            let seen = &mut seen[..POSITIONS * squares * channels];
            let made = &mut made[..POSITIONS * squares * out];
            self.see(images, seen);
            made.par_chunks_exact_mut(squares * out)
                .zip(seen.par_chunks_exact(squares * channels))
                .zip(kernels.par_chunks_exact(out * channels))
                .for_each(|((made, seen), kernel)| {
                    let made = matrix_mut(made, squares);
                    let seen = matrix(seen, squares);
                    let kernel = matrix(kernel, out);
                    T::multiply(made, false, seen, kernel.transpose());
                });
            self.results(made, results);
        }
        results
    }

    /// Gradients of the weights, and of the images where `weights` are given, for a gradient of the results.
    pub(super) fn gradients<T: Real>(
        &self,
        images: &[T],
        grads: &[T],
        weights: Option<&[T]>,
    ) -> (Vec<T>, Option<Vec<T>>) {
        let (channels, out) = (self.window.channels, self.out);
        let (pixels, places) = (self.window.pixels(), self.window.places());
        let count = images.len() / pixels;
        let together = self.together(count);
        let kernels = weights.map(|weights| self.kernels(weights));
        let mut seen = vec![T::default(); POSITIONS * together * self.each() * channels];
        let mut made = vec![T::default(); POSITIONS * together * self.each() * out];
        let mut sums = vec![T::default(); POSITIONS * out * channels];
        let mut of_images = kernels.as_ref().map(|_| vec![T::default(); images.len()]);
        for (chunk, (images, grads)) in images
            .chunks(together * pixels)
            .zip(grads.chunks(together * out * places))
            .enumerate()
        {
            let squares = images.len() / pixels * self.each();
            let seen = &mut seen[..POSITIONS * squares * channels];
            let made = &mut made[..POSITIONS * squares * out];
            self.see(images, seen);
            self.unresult(grads, made);
            sums.par_chunks_exact_mut(out * channels)
                .zip(made.par_chunks_exact(squares * out))
                .zip(seen.par_chunks_exact_mut(squares * channels))
                .enumerate()
                .for_each(|(position, ((sums, made), seen))| {
                    let sums = matrix_mut(sums, out);
                    let made = matrix(made, squares);
                    T::multiply(sums, chunk > 0, made.transpose(), matrix(seen, squares));
                    // What was seen is not needed any more: its gradient takes its place.
                    if let Some(kernels) = &kernels {
                        let kernel = &kernels[position * out * channels..][..out * channels];
                        let kernel = matrix(kernel, out);
                        T::multiply(matrix_mut(seen, squares), false, made, kernel);
                    }
                });
            if let Some(of_images) = &mut of_images {
                let start = chunk * together * pixels;
                self.unsee(seen, &mut of_images[start..start + images.len()]);
            }
        }
        (self.unkernels(&sums), of_images)
    }

    /// Row and column of a square's first result, for each square.
    fn corners(&self) -> impl Iterator<Item = (usize, usize)> {
        let across = self.squares.1;
        (0..self.each()).map(move |at| (at / across * RESULTS, at % across * RESULTS))
    }

    /// Of each square of `images` what the products are made of: position by position squares x channels.
    fn see<T: Real>(&self, images: &[T], seen: &mut [T]) {
        let (size, channels) = (self.window.size, self.window.channels);
        let plane = Plane { size, channels };
        self.products(plane, self.window.padding, (images, seen), tile::see);
    }

    /// Of gradients of results those of the products.
    fn unresult<T: Real>(&self, grads: &[T], made: &mut [T]) {
        let (size, channels) = (self.window.out(), self.out);
        let plane = Plane { size, channels };
        self.products(plane, 0, (grads, made), tile::unresult);
    }

    /// Of each square of images, as `plane` says, what `made` makes of it; squares begin `padding` before their results.
    fn products<T: Real, const SIDE: usize>(
        &self,
        plane: Plane,
        padding: usize,
        (images, into): (&[T], &mut [T]),
        made: impl Fn(&Square<T, SIDE>) -> Square<T, SEEN> + Sync,
    ) {
        let channels = plane.channels;
        let pixels = channels * plane.size.0 * plane.size.1;
        positions(into, self.each() * channels)
            .into_par_iter()
            .zip(images.par_chunks_exact(pixels))
            .for_each_init(
                || vec![T::default(); pixels],
                |turned, (mut into, image)| {
                    turn(image, channels, turned);
                    for (at, (y, x)) in self.corners().enumerate() {
                        // Rows and columns over the edge wrap round to large numbers.
                        let corner = (y.wrapping_sub(padding), x.wrapping_sub(padding));
                        for lane in (0..channels).step_by(LANES) {
                            let square = made(&plane.take(turned, corner, lane));
                            put(&square, &mut into, at * channels + lane, channels - lane);
                        }
                    }
                },
            );
    }

    /// Results of the products.
    fn results<T: Real>(&self, made: &[T], results: &mut [T]) {
        let (out, places) = (self.out, self.window.places());
        results
            .par_chunks_exact_mut(out * places)
            .enumerate()
            .for_each_init(
                || vec![T::default(); out * places],
                |turned, (image, results)| {
                    let plane = Plane {
                        size: self.window.out(),
                        channels: out,
                    };
                    for (at, corner) in self.corners().enumerate() {
                        let square = image * self.each() + at;
                        for lane in (0..out).step_by(LANES) {
                            let products = get(made, square * out + lane, out - lane);
                            plane.set(turned, corner, lane, &tile::result(&products));
                        }
                    }
                    turn(turned, places, results);
                },
            );
    }

    /// Gradients of the images: squares overlap, and add.
    fn unsee<T: Real>(&self, seen: &[T], of_images: &mut [T]) {
        let (channels, size, padding) =
            (self.window.channels, self.window.size, self.window.padding);
        of_images
            .par_chunks_exact_mut(self.window.pixels())
            .enumerate()
            .for_each_init(
                || vec![T::default(); self.window.pixels()],
                |turned, (image, of_image)| {
                    turned.fill(T::default());
                    let plane = Plane { size, channels };
                    for (at, (y, x)) in self.corners().enumerate() {
                        let corner = (y.wrapping_sub(padding), x.wrapping_sub(padding));
                        let square = image * self.each() + at;
                        for lane in (0..channels).step_by(LANES) {
                            let products = get(seen, square * channels + lane, channels - lane);
                            plane.add(turned, corner, lane, &tile::unsee(&products));
                        }
                    }
                    turn(turned, size.0 * size.1, of_image);
                },
            );
    }

    /// What the products are made of, from the kernels: position by position out x channels.
    fn kernels<T: Real>(&self, weights: &[T]) -> Vec<T> {
        let channels = self.window.channels;
        let mut kernels = vec![T::default(); POSITIONS * self.out * channels];
        positions(&mut kernels, channels)
            .into_par_iter()
            .zip(weights.par_chunks_exact(channels * 9))
            .for_each(|(mut kernels, weights)| {
                for (at, weights) in weights.chunks(LANES * 9).enumerate() {
                    let mut square = tile::zeros::<T, 3>();
                    for (lane, weights) in weights.chunks_exact(9).enumerate() {
                        for (k, weight) in weights.iter().enumerate() {
                            square[k / 3][k % 3][lane] = *weight;
                        }
                    }
                    let channels = weights.len() / 9;
                    put(&tile::kernel(&square), &mut kernels, at * LANES, channels);
                }
            });
        kernels
    }

    /// Gradients of the kernels.
    fn unkernels<T: Real>(&self, sums: &[T]) -> Vec<T> {
        let channels = self.window.channels;
        let mut of_weights = vec![T::default(); self.out * channels * 9];
        of_weights
            .par_chunks_exact_mut(channels * 9)
            .enumerate()
            .for_each(|(out, of_weights)| {
                for (at, of_weights) in of_weights.chunks_mut(LANES * 9).enumerate() {
                    let start = out * channels + at * LANES;
                    let square = tile::unkernel(&get(sums, start, of_weights.len() / 9));
                    for (lane, of_weights) in of_weights.chunks_exact_mut(9).enumerate() {
                        for (k, weight) in of_weights.iter_mut().enumerate() {
                            *weight = square[k / 3][k % 3][lane];
                        }
                    }
                }
            });
        of_weights
    }
}

/// Position by position runs of `each` numbers: of every run its part at all positions.
fn positions<T>(values: &mut [T], each: usize) -> Vec<Vec<&mut [T]>> {
    let position = values.len() / POSITIONS;
    let runs = values.chunks_exact_mut(position);
    let mut runs: Vec<_> = runs.map(|run| run.chunks_exact_mut(each)).collect();
    let parts = (0..position / each).map(|_| runs.iter_mut().filter_map(Iterator::next).collect());
    parts.collect()
}

/// Writes a square, one number of each channel at each position, of at most `channels`.
fn put<T: Real>(square: &Square<T, SEEN>, into: &mut [&mut [T]], start: usize, channels: usize) {
    for (into, values) in into.iter_mut().zip(square.as_flattened()) {
        match channels >= LANES {
            true => into[start..start + LANES].copy_from_slice(values),
            false => into[start..start + channels].copy_from_slice(&values[..channels]),
        }
    }
}

/// Reads such a square.
fn get<T: Real>(from: &[T], start: usize, channels: usize) -> Square<T, SEEN> {
    let mut square = tile::zeros::<T, SEEN>();
    let from = from.chunks_exact(from.len() / POSITIONS);
    for (values, from) in square.as_flattened_mut().iter_mut().zip(from) {
        match channels >= LANES {
            true => values.copy_from_slice(&from[start..start + LANES]),
            false => values[..channels].copy_from_slice(&from[start..start + channels]),
        }
    }
    square
}
