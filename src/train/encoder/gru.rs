//! Sentences read forwards and backwards by gated recurrent units; the last states are the embedding.

use candle_core::{DType, Device, Result, Tensor, Var};

use super::blocks::onto_sphere;
use super::parameters::Maker;
use crate::train::op::{self, Ops, PackedSentences};

/// Initial word vectors are uniform from minus this to this.
const WORD_REACH: f32 = 0.1;

/// A bidirectional GRU over word vectors.
pub(super) struct Gru {
    words: Var,
    directions: [GruDirection; 2],
    units: usize,
}

struct GruDirection {
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
        let mut direction = |ending: &str| -> Result<GruDirection> {
            let mut draw = |what: &str, shape: &[usize]| {
                maker.uniform(format!("{before}gru.{what}_l0{ending}"), shape, reach)
            };
            Ok(GruDirection {
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

    /// `numbers` and `mask` (n, length): n rows on the sphere. Fillers, where `mask` is 0, come after the words.
    pub(super) fn forward(&self, numbers: &Tensor, mask: &Tensor, ops: Ops) -> Result<Tensor> {
        let ends = match ops {
            Ops::Own => self.packed(numbers, mask)?,
            Ops::Composed => self.filled(numbers, mask)?,
        };
        onto_sphere(&Tensor::cat(&ends, 1)?)
    }

    /// The last states in both directions.
    fn packed(&self, numbers: &Tensor, mask: &Tensor) -> Result<[Tensor; 2]> {
        let lengths = mask.to_dtype(DType::F32)?.sum(1)?.to_vec1::<f32>()?;
        let lengths: Vec<usize> = lengths.into_iter().map(|length| length as usize).collect();
        let packed = PackedSentences::new(&lengths);
        let numbers = numbers.to_vec2::<u32>()?;
        let words: Vec<u32> = packed.words().map(|(at, step)| numbers[at][step]).collect();
        if words.is_empty() {
            let nothing = self.words.zeros_like()?.narrow(1, 0, 1)?;
            let nothing = nothing
                .narrow(0, 0, 1)?
                .broadcast_as((numbers.len(), self.units))?;
            return Ok([nothing.clone(), nothing]);
        }
        let vectors = self.words.embedding(&Tensor::new(words, &Device::Cpu)?)?;
        let end = |direction: &GruDirection, backwards| {
            // What the words say to all steps, in one product.
            let inputs = op::linear(&vectors, &direction.of_input)?;
            let biases = [&*direction.input_bias, &*direction.state_bias];
            let biases = Tensor::cat(&biases, 0)?;
            op::gru(&inputs, &direction.of_state, &biases, &packed, backwards)
        };
        let [forwards, backwards] = &self.directions;
        Ok([end(forwards, false)?, end(backwards, true)?])
    }

    /// The same where fillers are read, too, and change nothing.
    fn filled(&self, numbers: &Tensor, mask: &Tensor) -> Result<[Tensor; 2]> {
        let (n, length) = numbers.dims2()?;
        let vectors = self.words.embedding(&numbers.flatten_all()?)?;
        let end = |direction: &GruDirection, backwards| {
            let inputs = vectors
                .matmul(&direction.of_input.t()?)?
                .broadcast_add(&direction.input_bias)?
                .reshape((n, length, 3 * self.units))?;
            let (weights, bias) = (&direction.of_state, &direction.state_bias);
            op::composed::gru(&inputs, weights, bias, mask, backwards)
        };
        let [forwards, backwards] = &self.directions;
        Ok([end(forwards, false)?, end(backwards, true)?])
    }
}
