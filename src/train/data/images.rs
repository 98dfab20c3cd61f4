//! Images as they lie in files.

use crate::data::{Bytes, Embeddings};

/// Images of one size, decoded when they are read: a mapped file is never copied as a whole.
pub struct Images {
    shape: [usize; 3],
    pixels: Pixels,
    /// What stands for full brightness.
    white: f32,
    /// Whether a plane lies column after column.
    columns_first: bool,
    /// A depth for each pixel, one image in each row.
    depths: Option<Embeddings>,
}

enum Pixels {
    Bytes(Vec<Segment>),
    Rows(Embeddings),
}

/// Images of one byte per number, at equal distances in some bytes.
#[derive(Clone)]
pub struct Segment {
    /// The file.
    pub bytes: Bytes,
    /// Where the first image begins.
    pub start: usize,
    /// From the beginning of an image to that of the next.
    pub stride: usize,
    /// Number of images.
    pub count: usize,
}

impl Images {
    /// Images of `shape` (channels, height, width) in segments that hold them all (whoever makes segments has checked
    /// that); plane after plane, and within a plane row after row, or column after column if `columns_first`.
    pub fn from_bytes(shape: [usize; 3], segments: Vec<Segment>, columns_first: bool) -> Self {
        Self {
            shape,
            pixels: Pixels::Bytes(segments),
            white: 255.0,
            columns_first,
            depths: None,
        }
    }

    /// One image in each row of a matrix, whose numbers go from 0 to `white`.
    pub fn from_rows(shape: [usize; 3], rows: Embeddings, white: f32) -> Self {
        Self {
            shape,
            pixels: Pixels::Rows(rows),
            white,
            columns_first: false,
            depths: None,
        }
    }

    /// The same with a depth for each pixel: a row for each image, as many numbers as it has pixels.
    pub fn with_depths(self, depths: Embeddings) -> Self {
        let [_, height, width] = self.shape;
        assert_eq!((depths.rows(), depths.dim()), (self.len(), height * width));
        Self {
            depths: Some(depths),
            ..self
        }
    }

    /// Whether depths are known.
    pub fn deep(&self) -> bool {
        self.depths.is_some()
    }

    /// The depths of image `at`, height x width of them, in their file's unit; nothing is written where there are none.
    pub fn depth(&self, at: usize, out: &mut [f32]) {
        if let Some(depths) = &self.depths {
            depths.row_f32(at, out);
        }
    }

    /// (channels, height, width)
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    pub(super) fn len(&self) -> usize {
        match &self.pixels {
            Pixels::Bytes(segments) => segments.iter().map(|segment| segment.count).sum(),
            Pixels::Rows(rows) => rows.rows(),
        }
    }

    /// Image `at` as channels x height x width numbers from 0 (black) to 1 (white).
    pub fn read(&self, mut at: usize, out: &mut [f32]) {
        let [channels, height, width] = self.shape;
        let plane = height * width;
        assert_eq!(out.len(), channels * plane);
        match &self.pixels {
            Pixels::Rows(rows) => {
                rows.row_f32(at, out);
                out.iter_mut().for_each(|v| *v /= self.white);
            }
            Pixels::Bytes(segments) => {
                let mut segments = segments.iter();
                let segment = loop {
                    let segment = segments.next().expect("an image that is there");
                    if at < segment.count {
                        break segment;
                    }
                    at -= segment.count;
                };
                let start = segment.start + at * segment.stride;
                let bytes = &(*segment.bytes).as_ref()[start..start + channels * plane];
                let shade = |byte: u8| f32::from(byte) / self.white;
                if self.columns_first {
                    for (bytes, out) in bytes.chunks_exact(plane).zip(out.chunks_exact_mut(plane)) {
                        for (k, out) in out.iter_mut().enumerate() {
                            *out = shade(bytes[k % width * height + k / width]);
                        }
                    }
                } else {
                    out.iter_mut()
                        .zip(bytes)
                        .for_each(|(out, byte)| *out = shade(*byte));
                }
            }
        }
    }
}
