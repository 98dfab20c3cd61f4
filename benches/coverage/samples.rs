//! The ways that rows and positives come in where users stand: items with several rows, captions, documents.

use ndarray::{Array2, Axis};
use spherecheck::audit::PositivesInput;
use spherecheck::data::{Labels, RawPairs};

use super::laws::Law;

/// Noise of each model, and of rows of one item, against items of norm sqrt(DIM).
pub const MODEL: f32 = 0.2;
const ROW: f32 = 0.6;

/// A way that rows and positives come in.
pub struct Setting {
    /// Name in tables.
    pub name: &'static str,
    /// A sample of a law.
    pub sample: fn(Law, u64) -> Sample,
}

/// Rows before a model adds its noise.
pub struct Sample {
    /// First view.
    pub a: Array2<f32>,
    /// Second view.
    pub b: Option<Array2<f32>>,
    /// Positives.
    pub positives: PositivesInput,
    /// Groups, where they are named.
    pub groups: Option<Labels>,
}

/// All of them, each with about 1,000 rows.
pub const SETTINGS: [Setting; 6] = [
    Setting {
        name: "views",
        sample: |law, seed| {
            let [a, b] = law.views(1000, seed);
            Sample {
                a,
                b: Some(b),
                positives: PositivesInput::Aligned,
                groups: None,
            }
        },
    },
    Setting {
        name: "two",
        sample: |law, seed| one_file(law, &[2; 500], seed),
    },
    Setting {
        name: "five",
        sample: |law, seed| one_file(law, &[5; 200], seed),
    },
    Setting {
        name: "captions",
        sample: |law, seed| captions(law, 200, seed),
    },
    Setting {
        name: "documents",
        sample: |law, seed| documents(law, &[25; 40], seed),
    },
    Setting {
        name: "zipf",
        sample: |law, seed| {
            let sizes: Vec<usize> = (1..=60).map(|k| (200 / k).max(2)).collect();
            documents(law, &sizes, seed)
        },
    },
];

/// Several rows of each item in one file, all pairs of one item listed.
pub fn one_file(law: Law, sizes: &[usize], seed: u64) -> Sample {
    let [items, _] = law.views(sizes.len(), seed);
    let mut pairs = Vec::new();
    let mut first = 0;
    for &size in sizes {
        for i in first..first + size {
            pairs.extend((i + 1..first + size).map(|j| [i as i128, j as i128]));
        }
        first += size;
    }
    Sample {
        a: rows_of(&items, sizes, seed),
        b: None,
        positives: listed(pairs),
        groups: None,
    }
}

/// Images, and five captions of each in a file of their own.
pub fn captions(law: Law, images: usize, seed: u64) -> Sample {
    let [a, b] = law.views(images, seed);
    let pairs = (0..5 * images as i128).map(|caption| [caption / 5, caption]);
    Sample {
        a,
        b: Some(rows_of(&b, &vec![5; images], seed)),
        positives: listed(pairs.collect()),
        groups: None,
    }
}

/// Aligned views of the passages of documents, with the document of each as its group.
pub fn documents(law: Law, sizes: &[usize], seed: u64) -> Sample {
    let [items, _] = law.views(sizes.len(), seed);
    let a = rows_of(&items, sizes, seed);
    let b = &a + &noise(a.nrows(), seed ^ (1 << 45)) * MODEL;
    let documents = sizes.iter().enumerate();
    let classes = documents.flat_map(|(k, &size)| std::iter::repeat_n(k as u32, size));
    Sample {
        a,
        b: Some(b),
        positives: PositivesInput::Aligned,
        groups: Some(Labels {
            name: "documents".to_owned(),
            classes: classes.collect(),
            values: Default::default(),
        }),
    }
}

fn listed(pairs: Vec<[i128; 2]>) -> PositivesInput {
    PositivesInput::Pairs(RawPairs::new("pairs", pairs))
}

/// Each item as many times as its size says, with noise of each row.
pub fn rows_of(items: &Array2<f32>, sizes: &[usize], seed: u64) -> Array2<f32> {
    let sizes = sizes.iter().enumerate();
    let of: Vec<usize> = sizes.flat_map(|(item, &size)| vec![item; size]).collect();
    items.select(Axis(0), &of) + noise(of.len(), seed ^ (1 << 44)) * ROW
}

/// Uniform rows of norm sqrt(DIM).
pub fn noise(rows: usize, seed: u64) -> Array2<f32> {
    let [noise, _] = Law::Uniform.views(rows, seed);
    noise
}
