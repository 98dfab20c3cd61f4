//! Parts of images at other sizes.

/// A rectangle of an image, in pixels; its edges may lie between them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Region {
    pub(super) top: f32,
    pub(super) left: f32,
    pub(super) height: f32,
    pub(super) width: f32,
}

impl Region {
    /// The square of `side` in the middle of an image.
    pub(super) fn middle(height: f32, width: f32, side: f32) -> Self {
        Self {
            top: (height - side) / 2.0,
            left: (width - side) / 2.0,
            height: side,
            width: side,
        }
    }
}

/// For each output position: the first input position, and its and the following ones' weights.
struct Taps {
    first: Vec<usize>,
    weights: Vec<f32>,
    each: usize,
}

/// Triangle filter, as wide as an output pixel where the image shrinks (so that nothing is skipped).
fn taps(start: f32, length: f32, out: usize, side: usize) -> Taps {
    let scale = length / out as f32;
    let reach = scale.max(1.0);
    let each = ((2.0 * reach).ceil() as usize + 1).min(side);
    let mut found = Taps {
        first: Vec::with_capacity(out),
        weights: vec![0.0; out * each],
        each,
    };
    for (at, weights) in found.weights.chunks_exact_mut(each).enumerate() {
        let centre = start + (at as f32 + 0.5) * scale;
        let first = (centre - reach + 0.5).floor().max(0.0) as usize;
        let first = first.min(side - each);
        let mut total = 0.0;
        for (k, weight) in weights.iter_mut().enumerate() {
            let distance = ((first + k) as f32 + 0.5 - centre).abs() / reach;
            *weight = (1.0 - distance).max(0.0);
            total += *weight;
        }
        // A centre outside the image (by rounding) sees its nearest pixel.
        if total <= 0.0 {
            let nearest = if centre < side as f32 / 2.0 {
                0
            } else {
                each - 1
            };
            weights[nearest] = 1.0;
            total = 1.0;
        }
        weights.iter_mut().for_each(|w| *w /= total);
        found.first.push(first);
    }
    found
}

/// `part` of an image of planes of `h` x `w`, as planes of `side` x `side`, into `out`; mirrored if `flip`.
pub(super) fn resize(
    image: &[f32],
    (h, w): (usize, usize),
    part: Region,
    side: usize,
    flip: bool,
    out: &mut [f32],
) {
    let down = taps(part.top, part.height, side, h);
    let across = taps(part.left, part.width, side, w);
    let mut rows = vec![0.0; h * side];
    for (plane, out) in image
        .chunks_exact(h * w)
        .zip(out.chunks_exact_mut(side * side))
    {
        for (row, to) in plane.chunks_exact(w).zip(rows.chunks_exact_mut(side)) {
            for (x, to) in to.iter_mut().enumerate() {
                let weights = &across.weights[x * across.each..][..across.each];
                let from = &row[across.first[x]..][..across.each];
                *to = weights.iter().zip(from).map(|(w, v)| w * v).sum();
            }
        }
        for (y, out) in out.chunks_exact_mut(side).enumerate() {
            out.fill(0.0);
            for (k, weight) in down.weights[y * down.each..][..down.each]
                .iter()
                .enumerate()
            {
                let row = &rows[(down.first[y] + k) * side..][..side];
                out.iter_mut().zip(row).for_each(|(o, v)| *o += weight * v);
            }
            if flip {
                out.reverse();
            }
        }
    }
}
