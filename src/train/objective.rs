//! The losses, differentiable: on the same batch they equal what an audit reports.

use candle_core::{D, DType, Result, Tensor};
use candle_nn::ops::log_softmax;
use serde::{Deserialize, Serialize};

/// Squared distances below this have no direction to push in.
const CLOSEST: f64 = 1e-12;

/// What an encoder is trained for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Objective {
    /// Nothing: initial weights, as a reference.
    Random,
    /// Cross-entropy of a linear head on the embedding.
    Supervised,
    /// A weighted sum of the contrastive loss, alignment and uniformity; a weight of 0 leaves one out.
    Pairs(PairLoss),
}

/// contrastive_weight · contrastive(tau, negatives) + align_weight · align(alpha) + uniform_weight · uniform(t).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairLoss {
    /// Weight of the contrastive loss.
    pub contrastive_weight: f64,
    /// Its temperature.
    pub tau: f64,
    /// Negatives of each anchor; all other pairs of the batch where none is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negatives: Option<usize>,
    /// Weight of alignment.
    pub align_weight: f64,
    /// Its exponent.
    pub alpha: f64,
    /// Weight of uniformity.
    pub uniform_weight: f64,
    /// Its sharpness.
    pub t: f64,
}

impl Default for PairLoss {
    /// The paper's: align(2) + uniform(2).
    fn default() -> Self {
        Self {
            contrastive_weight: 0.0,
            tau: 0.5,
            negatives: None,
            align_weight: 1.0,
            alpha: 2.0,
            uniform_weight: 1.0,
            t: 2.0,
        }
    }
}

impl PairLoss {
    /// Only the contrastive loss.
    pub fn contrastive(tau: f64, negatives: Option<usize>) -> Self {
        Self {
            contrastive_weight: 1.0,
            tau,
            negatives,
            align_weight: 0.0,
            uniform_weight: 0.0,
            ..Self::default()
        }
    }

    /// align_weight · align(2) + uniform_weight · uniform(2).
    pub fn align_uniform(align_weight: f64, uniform_weight: f64) -> Self {
        Self {
            align_weight,
            uniform_weight,
            ..Self::default()
        }
    }

    /// The loss of the views `x` and `y` (n x m each, rows on the sphere); row i of one belongs with row i of the other.
    /// `offset` chooses the negatives, where there are fewer than all (see [`contrastive`]).
    ///
    /// # Errors
    /// candle's.
    pub fn of(&self, x: &Tensor, y: &Tensor, offset: usize) -> Result<Tensor> {
        let contrast = || contrastive(x, y, self.tau, self.negatives, offset);
        self.sum([x, y], [x, y], contrast)
    }

    /// The same where each of `near`, the places of two neighbours, is a positive, `x` being of the first encoder and `y` of
    /// the second (see [`contrastive_near`]).
    ///
    /// # Errors
    /// candle's.
    pub fn of_near(&self, x: &Tensor, y: &Tensor, near: &[[u32; 2]]) -> Result<Tensor> {
        let [a, b] = paired(x, y, near)?;
        let contrast = || contrastive_near(x, y, self.tau, near);
        self.sum([x, y], [&a, &b], contrast)
    }

    /// The weighted sum over `[x, y]`, the positives being aligned in `[a, b]`.
    fn sum(
        &self,
        [x, y]: [&Tensor; 2],
        [a, b]: [&Tensor; 2],
        contrast: impl FnOnce() -> Result<Tensor>,
    ) -> Result<Tensor> {
        let mut total = Tensor::zeros((), x.dtype(), x.device())?;
        if self.contrastive_weight != 0.0 {
            total = (total + (contrast()? * self.contrastive_weight)?)?;
        }
        if self.align_weight != 0.0 {
            total = (total + (align(a, b, self.alpha)? * self.align_weight)?)?;
        }
        if self.uniform_weight != 0.0 {
            total = (total + (mean_uniform(x, y, self.t)? * self.uniform_weight)?)?;
        }
        Ok(total)
    }
}

/// The rows of `x` and of `y` that these pairs of places name: of each view n x m, of the result pairs x m.
///
/// # Errors
/// candle's.
pub fn paired(x: &Tensor, y: &Tensor, pairs: &[[u32; 2]]) -> Result<[Tensor; 2]> {
    let side = |t: &Tensor, side: usize| {
        let places: Vec<u32> = pairs.iter().map(|pair| pair[side]).collect();
        t.index_select(&Tensor::new(places, t.device())?, 0)
    };
    Ok([side(x, 0)?, side(y, 1)?])
}

/// Mean over i of |x_i - y_i|^alpha: `alignment{alpha}` of two aligned views.
///
/// # Errors
/// candle's.
pub fn align(x: &Tensor, y: &Tensor, alpha: f64) -> Result<Tensor> {
    let squares = (x - y)?.sqr()?.sum(1)?;
    if alpha == 2.0 {
        return squares.mean_all();
    }
    // Roots are infinitely steep at 0.
    squares.maximum(CLOSEST)?.powf(alpha / 2.0)?.mean_all()
}

/// log of the mean over i != j of exp(-t |x_i - x_j|^2): `uniformity{t}` of one view.
///
/// # Errors
/// candle's.
pub fn uniform(x: &Tensor, t: f64) -> Result<Tensor> {
    let n = x.dim(0)?;
    let squares = x.sqr()?.sum_keepdim(1)?;
    let cosines = (x.matmul(&x.t()?)? * 2.0)?;
    let distances = squares.broadcast_add(&squares.t()?)?.sub(&cosines)?;
    let exponents = (distances.maximum(0.0)? * -t)?;
    // A row is no pair with itself.
    let off = (Tensor::eye(n, x.dtype(), x.device())? * -1e9)?;
    let exponents = (exponents + off)?.flatten_all()?;
    log_sum_exp(&exponents)? - ((n * (n - 1)) as f64).ln()
}

pub(super) fn mean_uniform(x: &Tensor, y: &Tensor, t: f64) -> Result<Tensor> {
    (uniform(x, t)? + uniform(y, t)?)? / 2.0
}

fn log_sum_exp(values: &Tensor) -> Result<Tensor> {
    let largest = values.detach().max(0)?;
    let sum = values.broadcast_sub(&largest)?.exp()?.sum_all()?;
    sum.log()? + largest
}

/// Mean of the two directions of: mean over i of -log(e^(x_i.y_i/tau) / (e^(x_i.y_i/tau) + sum over M negatives j of
/// e^(x_i.y_j/tau))): `contrastive_loss{tau,M}` with negatives from the batch, each once.
///
/// With `negatives` = M, row i's are the rows i + offset + 1 to i + offset + M, in a circle that leaves out i itself;
/// with none, all other rows.
///
/// # Errors
/// candle's; M must be less than the number of rows.
pub fn contrastive(
    x: &Tensor,
    y: &Tensor,
    tau: f64,
    negatives: Option<usize>,
    offset: usize,
) -> Result<Tensor> {
    let n = x.dim(0)?;
    let mut logits = (x.matmul(&y.t()?)? / tau)?;
    let mut turned = logits.t()?.contiguous()?;
    if let Some(count) = negatives {
        if count >= n {
            candle_core::bail!("{count} negatives need more than {n} pairs in a batch");
        }
        let mut off = vec![-1e9f32; n * n];
        for i in 0..n {
            off[i * n + i] = 0.0;
            for k in 0..count {
                off[i * n + (i + 1 + (offset + k) % (n - 1)) % n] = 0.0;
            }
        }
        let off = Tensor::from_vec(off, (n, n), x.device())?.to_dtype(x.dtype())?;
        logits = (logits + &off)?;
        turned = (turned + off)?;
    }
    let own = Tensor::eye(n, x.dtype(), x.device())?;
    let direction = |logits: &Tensor| -> Result<Tensor> {
        let hits = (log_softmax(logits, D::Minus1)? * &own)?;
        hits.sum_all()? / -(n as f64)
    };
    (direction(&logits)? + direction(&turned)?)? / 2.0
}

/// Contrastive loss of sentences whose neighbours are positives (Quick-Thought): with S = x y^T / tau, mean over the rows i
/// that have neighbours, and over their neighbours j, of -log(e^(S_ij) / sum over k != i of e^(S_ik)). Row i of `y` is the
/// same sentence as row i of `x`, and is neither positive nor negative of it: the published code leaves it out.
///
/// # Errors
/// candle's.
pub fn contrastive_near(x: &Tensor, y: &Tensor, tau: f64, near: &[[u32; 2]]) -> Result<Tensor> {
    let n = x.dim(0)?;
    let own = (Tensor::eye(n, x.dtype(), x.device())? * -1e9)?;
    let logits = ((x.matmul(&y.t()?)? / tau)? + own)?;
    let mut counts = vec![0u32; n];
    near.iter().for_each(|[i, _]| counts[*i as usize] += 1);
    let rows = counts.iter().filter(|count| **count > 0).count().max(1);
    let mut shares = vec![0f32; n * n];
    for [i, j] in near {
        shares[*i as usize * n + *j as usize] = 1.0 / (counts[*i as usize] * rows as u32) as f32;
    }
    let shares = Tensor::from_vec(shares, (n, n), x.device())?.to_dtype(x.dtype())?;
    (log_softmax(&logits, D::Minus1)? * shares)?
        .sum_all()?
        .neg()
}

/// Mean cross-entropy of `logits` (n x classes) for the classes `labels` (n).
///
/// # Errors
/// candle's.
pub fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
    let (n, classes) = logits.dims2()?;
    let numbers = Tensor::arange(0, classes as u32, logits.device())?;
    let hits = labels
        .to_dtype(DType::U32)?
        .unsqueeze(1)?
        .broadcast_eq(&numbers.unsqueeze(0)?)?
        .to_dtype(logits.dtype())?;
    (log_softmax(logits, D::Minus1)? * hits)?.sum_all()? / -(n as f64)
}
