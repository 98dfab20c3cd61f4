//! Sentences read forwards and backwards by gated recurrent units; the last states are the embedding.

use candle_core::{Result, Tensor, Var};
use candle_nn::ops::sigmoid;

use super::blocks::onto_sphere;
use super::parameters::Maker;

/// Initial word vectors are uniform from minus this to this.
const WORD_REACH: f32 = 0.1;

/// A bidirectional GRU over word vectors.
pub(super) struct Gru {
    words: Var,
    directions: [Direction; 2],
    units: usize,
}

struct Direction {
    of_input: Var,
    of_state: Var,
    input_bias: Var,
    state_bias: Var,
}

impl Gru {
    /// `numbers` words as vectors of `width`; `dim` / 2 units in each direction. Names of weights begin with `before`.
    pub(super) fn new(
        maker: &mut Maker,
        before: &str,
        numbers: usize,
        (width, dim): (usize, usize),
    ) -> Result<Self> {
        let units = dim / 2;
        let words = maker.uniform(
            format!("{before}embedding.weight"),
            &[numbers, width],
            WORD_REACH,
        )?;
        let reach = 1.0 / (units as f32).sqrt();
        let mut direction = |ending: &str| -> Result<Direction> {
            let mut draw = |what: &str, shape: &[usize]| {
                maker.uniform(format!("{before}gru.{what}_l0{ending}"), shape, reach)
            };
            Ok(Direction {
                of_input: draw("weight_ih", &[3 * units, width])?,
                of_state: draw("weight_hh", &[3 * units, units])?,
                input_bias: draw("bias_ih", &[3 * units])?,
                state_bias: draw("bias_hh", &[3 * units])?,
            })
        };
        Ok(Self {
            directions: [direction("")?, direction("_reverse")?],
            words,
            units,
        })
    }

    /// `numbers` and `mask` (n, length): n rows on the sphere.
    pub(super) fn forward(&self, numbers: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let (n, length) = numbers.dims2()?;
        let vectors = self.words.embedding(&numbers.flatten_all()?)?;
        let [forwards, backwards] = &self.directions;
        let (size, steps) = ((n, length), 0..length);
        let ends = [
            self.read(forwards, &vectors, size, mask, steps.clone())?,
            self.read(backwards, &vectors, size, mask, steps.rev())?,
        ];
        onto_sphere(&Tensor::cat(&ends, 1)?)
    }

    /// The state after the steps in `order`; fillers leave it as it is.
    fn read(
        &self,
        direction: &Direction,
        vectors: &Tensor,
        (n, length): (usize, usize),
        mask: &Tensor,
        order: impl Iterator<Item = usize>,
    ) -> Result<Tensor> {
        let units = self.units;
        // What the input says to all steps, in one product.
        let inputs = vectors
            .matmul(&direction.of_input.t()?)?
            .broadcast_add(&direction.input_bias)?
            .reshape((n, length, 3 * units))?;
        let mut state = Tensor::zeros((n, units), vectors.dtype(), vectors.device())?;
        for step in order {
            let from_input = inputs.narrow(1, step, 1)?.squeeze(1)?;
            let from_state = state
                .matmul(&direction.of_state.t()?)?
                .broadcast_add(&direction.state_bias)?;
            let gate = |at: usize| -> Result<(Tensor, Tensor)> {
                Ok((
                    from_input.narrow(1, at * units, units)?,
                    from_state.narrow(1, at * units, units)?,
                ))
            };
            let ((reset_i, reset_s), (keep_i, keep_s), (new_i, new_s)) =
                (gate(0)?, gate(1)?, gate(2)?);
            let reset = sigmoid(&(reset_i + reset_s)?)?;
            let keep = sigmoid(&(keep_i + keep_s)?)?;
            let new = (new_i + (reset * new_s)?)?.tanh()?;
            // keep · state + (1 - keep) · new, where there is a word.
            let moved = ((&state - &new)? * keep)?.add(&new)?;
            let there = mask.narrow(1, step, 1)?;
            state = (&state + (moved - &state)?.broadcast_mul(&there)?)?;
        }
        Ok(state)
    }
}
