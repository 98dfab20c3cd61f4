//! Which exponentials a pass needs, and the cheapest order to make them in.

/// Largest coefficient whose exponential, and the f32 sums of it, stay finite over the whole sphere:
/// e^(+-78) and a few hundred such terms fit f32.
pub const STEEP: f64 = 78.0;

/// Largest multiple of a rounding error that products may build up (error of e^(c s) relative to its base).
const MAX_AMPLIFICATION: u32 = 24;

/// Longest run of squarings after a start.
pub(super) const MAX_RUN: usize = 4;

/// How a run of exponentials begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// Straight from the cosine; `hi + lo` is c·log2(e), split so that rounding it to f32 costs nothing.
    Exp {
        /// c·log2(e) rounded to f32.
        hi: f32,
        /// What the rounding left.
        lo: f32,
    },
    /// The product of two earlier ones: e^(a s)·e^(b s) with a + b = c.
    Product(usize, usize),
}

/// e^(c s), e^(2 c s), e^(4 c s), ...: a start, then squarings that stay in registers.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// How the first is made.
    pub start: Start,
    /// Where each stands in the list of coefficients: 1 to [`MAX_RUN`] of them.
    pub outputs: Vec<usize>,
    /// A bit for each that a later run reads, the first one's lowest.
    pub kept: u8,
}

/// A set of coefficients c > 0, and how to compute e^(c s) for all of them over a tile of cosines s.
///
/// - `gentle` are the distinct coefficients up to [`STEEP`], ascending, each the output of one run (f32);
/// - `steep` are the ones above, ascending, computed in f64.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exponents {
    gentle: Vec<f64>,
    runs: Vec<Run>,
    steep: Vec<f64>,
}

impl Exponents {
    /// Plans for any list of positive finite coefficients; duplicates are computed once.
    pub fn plan(coefficients: &[f64]) -> Self {
        let mut all: Vec<f64> = coefficients.to_vec();
        all.sort_by(f64::total_cmp);
        all.dedup();
        let (gentle, steep): (Vec<f64>, Vec<f64>) = all.into_iter().partition(|&c| c <= STEEP);
        let mut runs: Vec<Run> = Vec::new();
        // 0 where nothing is planned yet, else how many times the error of a base this one carries.
        let mut amplification = vec![0_u32; gentle.len()];
        for first in 0..gentle.len() {
            if amplification[first] > 0 {
                continue;
            }
            let (start, error) = start(&gentle, &amplification, first);
            let mut outputs = vec![first];
            amplification[first] = error;
            while let Some(next) = double(&gentle, &amplification, outputs[outputs.len() - 1]) {
                if outputs.len() == MAX_RUN {
                    break;
                }
                amplification[next] = 2 * amplification[outputs[outputs.len() - 1]];
                outputs.push(next);
            }
            if let Start::Product(a, b) = start {
                for run in &mut runs {
                    for (k, output) in run.outputs.iter().enumerate() {
                        run.kept |= u8::from([a, b].contains(output)) << k;
                    }
                }
            }
            runs.push(Run {
                start,
                outputs,
                kept: 0,
            });
        }
        Self {
            gentle,
            runs,
            steep,
        }
    }

    /// How to make the gentle ones, in this order.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Number of gentle ones.
    pub fn gentle(&self) -> usize {
        self.gentle.len()
    }

    /// The steep coefficients, ascending.
    pub fn steep(&self) -> &[f64] {
        &self.steep
    }

    /// Number of exponentials.
    pub fn len(&self) -> usize {
        self.gentle.len() + self.steep.len()
    }

    /// Whether there is nothing to compute.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All coefficients, ascending; the order of every sum of a pass.
    pub fn coefficients(&self) -> impl Iterator<Item = f64> + '_ {
        self.gentle.iter().chain(&self.steep).copied()
    }

    /// Where coefficient `c` stands in [`Self::coefficients`].
    pub fn position(&self, c: f64) -> Option<usize> {
        self.coefficients().position(|other| other == c)
    }
}

fn start(gentle: &[f64], amplification: &[u32], k: usize) -> (Start, u32) {
    let c = gentle[k];
    let made = |a: &usize| amplification[*a] > 0;
    let product = (0..k)
        .filter(made)
        .flat_map(|a| (a..k).filter(made).map(move |b| (a, b)))
        .filter(|&(a, b)| same(gentle[a] + gentle[b], c))
        .map(|(a, b)| (amplification[a] + amplification[b], a, b))
        .min()
        .filter(|&(error, ..)| error <= MAX_AMPLIFICATION);
    if let Some((error, a, b)) = product {
        return (Start::Product(a, b), error);
    }
    let exact = c * std::f64::consts::LOG2_E;
    let hi = exact as f32;
    (
        Start::Exp {
            hi,
            lo: (exact - f64::from(hi)) as f32,
        },
        1,
    )
}

/// The coefficient twice as large as `k`, if it is wanted, not planned yet, and its error stays small.
fn double(gentle: &[f64], amplification: &[u32], k: usize) -> Option<usize> {
    let next = (k + 1..gentle.len()).find(|&next| same(gentle[next], 2.0 * gentle[k]))?;
    (amplification[next] == 0 && 2 * amplification[k] <= MAX_AMPLIFICATION).then_some(next)
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-13 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_run_on_sums_become_products_and_the_rest_starts_anew() {
        let plan = Exponents::plan(&[1.0, 2.0, 4.0, 8.0, 20.0, 1.0 / 0.07, 10.0, 2.0]);
        let outputs: Vec<&[usize]> = plan.runs().iter().map(|run| &run.outputs[..]).collect();
        assert_eq!(outputs, [&[0, 1, 2, 3][..], &[4, 6], &[5]]);
        assert_eq!(plan.runs()[1].start, Start::Product(1, 3));
        assert_eq!(
            plan.runs().iter().map(|run| run.kept).collect::<Vec<_>>(),
            [0b1010, 0, 0]
        );
    }

    #[test]
    fn a_long_chain_starts_anew_before_its_error_grows() {
        let powers: Vec<f64> = (0..7).map(|k| f64::from(1 << k)).collect();
        let plan = Exponents::plan(&powers);
        let starts: Vec<&Start> = plan.runs().iter().map(|run| &run.start).collect();
        assert!(
            matches!(
                starts[..],
                [Start::Exp { .. }, Start::Product(3, 3), Start::Exp { .. }]
            ),
            "{plan:?}"
        );
    }

    #[test]
    fn steep_coefficients_are_kept_apart() {
        let plan = Exponents::plan(&[100.0, 4.0, 1000.0]);
        assert_eq!((plan.gentle(), plan.steep()), (1, &[100.0, 1000.0][..]));
        assert_eq!(plan.position(1000.0), Some(2));
    }
}
