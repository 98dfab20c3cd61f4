//! A tile filled with given cosines, what a kernel makes of it, and the same in f64.

use rand::RngExt;
use rand_pcg::Pcg64;
use spherecheck::kernel::{Exponents, Kernel, Panel, Sums, Tile};

/// One kernel's way to do everything on a tile of given cosines.
pub struct Bench<K> {
    kernel: K,
    pub plan: Exponents,
    pub tile: Tile,
}

impl<K: Kernel> Bench<K> {
    pub fn new(kernel: K, coefficients: &[f64]) -> Self {
        let plan = Exponents::plan(coefficients);
        let tile = Tile::new(&plan);
        Self { kernel, plan, tile }
    }

    /// Fills the tile: the rows against the unit vectors, A·I.
    pub fn fill(&mut self, cosines: &[f32]) {
        let mut unit = vec![0.0; K::NR * K::NR];
        unit.iter_mut().step_by(K::NR + 1).for_each(|v| *v = 1.0);
        let panel = Panel::new(&unit, K::NR);
        self.kernel
            .gram(cosines, panel, &[], f32::INFINITY, &mut self.tile);
        assert_eq!(self.tile.cosines::<K>(), cosines, "{}: A·I is A", K::NAME);
    }

    /// Row sums (lanes added up in f64) and column sums of every gentle coefficient, added to `start`.
    pub fn sums(&mut self, mask: Option<&[f32]>, start: f32, times: usize) -> (Vec<f64>, Vec<f64>) {
        let count = self.plan.gentle();
        let mut rows = vec![start; count * K::MR * K::LANES];
        let mut columns = vec![start; count * K::NR];
        for _ in 0..times {
            let sums = Sums {
                rows: &mut rows,
                columns: &mut columns,
            };
            self.kernel
                .exponentials(&mut self.tile, mask, &self.plan, sums);
        }
        let total = |lanes: &[f32]| lanes.iter().copied().map(f64::from).sum();
        (
            rows.chunks_exact(K::LANES).map(total).collect(),
            columns.iter().copied().map(f64::from).collect(),
        )
    }
}

/// Cosines over all of [-1, 1], its ends among them.
pub fn cosines<K: Kernel>(rng: &mut Pcg64) -> Vec<f32> {
    let mut out: Vec<f32> = (0..K::MR * K::NR)
        .map(|_| rng.random_range(-1.0..=1.0))
        .collect();
    out[..5].copy_from_slice(&[1.0, -1.0, 0.0, -0.0, f32::MIN_POSITIVE]);
    out
}

pub fn random_mask<K: Kernel>(rng: &mut Pcg64) -> Vec<f32> {
    (0..K::MR * K::NR)
        .map(|_| f32::from(u8::from(rng.random_bool(0.5))))
        .collect()
}

/// Sums over rows and over columns of `of(cosine)` where the mask lets it through.
pub fn naive<K: Kernel>(
    cosines: &[f32],
    mask: Option<&[f32]>,
    of: impl Fn(f64) -> f64,
) -> (Vec<f64>, Vec<f64>) {
    let (mut rows, mut columns) = (vec![0.0; K::MR], vec![0.0; K::NR]);
    for (at, &s) in cosines.iter().enumerate() {
        if mask.is_none_or(|mask| mask[at] != 0.0) {
            rows[at / K::NR] += of(f64::from(s));
            columns[at % K::NR] += of(f64::from(s));
        }
    }
    (rows, columns)
}

#[track_caller]
pub fn relative(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    for (k, (found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (found - expected).abs();
        assert!(
            error <= tolerance * expected.abs(),
            "{what}, sum {k}: found {found:e}, expected {expected:e}, relative error {:e}",
            error / expected.abs()
        );
    }
}
