//! Gated recurrent units, step by step over sentences of unequal lengths.

use std::sync::OnceLock;

use candle_core::{CpuStorage, Device, Result, Shape, Tensor, bail};
use rayon::prelude::*;

use super::elements::{Real, read, slice};
use super::plane::turn;
use super::product::{matrix, matrix_mut, multiply};
use super::typed::{Gradients, Op, Stored, Typed};

/// Numbers that one thread treats at a time, at least.
const CHUNK: usize = 1 << 12;

/// Sentences packed step by step, as PyTorch's packed sequences: the longest first, so that those that have a word at a
/// step are the first ones, and fillers are never read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackedSentences {
    /// Sentences, by their place in the batch, the longest first; equally long ones stay in their order.
    order: Vec<usize>,
    /// How many of them have a word at each step.
    rows: Vec<usize>,
}

impl PackedSentences {
    /// Sentences of these lengths.
    pub fn new(lengths: &[usize]) -> Self {
        let mut order: Vec<usize> = (0..lengths.len()).collect();
        order.sort_by_key(|at| std::cmp::Reverse(lengths[*at]));
        let steps = 0..lengths.iter().copied().max().unwrap_or(0);
        let rows = steps.map(|step| order.partition_point(|at| lengths[*at] > step));
        Self {
            rows: rows.collect(),
            order,
        }
    }

    /// (sentence, step) of each word, in the order of packing: step by step, and within one the longest sentence first.
    pub fn words(&self) -> impl Iterator<Item = (usize, usize)> {
        let steps = self.rows.iter().enumerate();
        steps.flat_map(|(step, rows)| self.order[..*rows].iter().map(move |at| (*at, step)))
    }

    /// Steps in the order of reading, each with its first word and the number of its words.
    fn read(&self, backwards: bool) -> Vec<(usize, usize)> {
        let starts = self.rows.iter().scan(0, |end, rows| {
            *end += rows;
            Some((*end - rows, *rows))
        });
        let mut steps: Vec<(usize, usize)> = starts.collect();
        if backwards {
            steps.reverse();
        }
        steps
    }

    fn total(&self) -> usize {
        self.rows.iter().sum()
    }
}

/// The state (n x u) of PyTorch's `GRU` of one layer after all words of each sentence, from state 0.
///
/// `inputs` (words, 3 u) is what the words say, packed as `packed` tells; `weights` (3 u, u) are those of the state;
/// `biases` (6 u) are added to the inputs, the first half, and to what the state says, the second. Gates come in PyTorch's
/// order: reset, update, new.
///
/// # Errors
/// candle's, where shapes do not fit.
pub fn gru(
    inputs: &Tensor,
    weights: &Tensor,
    biases: &Tensor,
    packed: &PackedSentences,
    backwards: bool,
) -> Result<Tensor> {
    let op = Op(Gru {
        steps: packed.read(backwards),
        packed: packed.clone(),
        made: OnceLock::new(),
    });
    inputs
        .contiguous()?
        .apply_op3(&weights.contiguous()?, &biases.contiguous()?, op)
}

struct Gru {
    packed: PackedSentences,
    steps: Vec<(usize, usize)>,
    /// For each word the state before it (u numbers); and reset, update, new, and the state's part of new (4 u).
    made: OnceLock<[Tensor; 2]>,
}

impl Gru {
    /// Units, if everything fits.
    fn units(&self, inputs: &Shape, weights: &Shape, biases: &Shape) -> Result<usize> {
        let (rows, units) = weights.dims2()?;
        let fits = rows == 3 * units && biases.dims() == [2 * rows];
        if !fits || inputs.dims() != [self.packed.total(), rows] {
            bail!("gru: {inputs:?} and {biases:?} do not fit weights {weights:?}");
        }
        Ok(units)
    }
}

impl Typed<3> for Gru {
    const NAME: &'static str = "gru";

    fn forward<T: Real>(&self, given: [Stored<'_>; 3]) -> Result<(CpuStorage, Shape)> {
        let shapes = given.map(|(_, layout)| layout.shape());
        let [
            (inputs, inputs_layout),
            (weights, weights_layout),
            (biases, biases_layout),
        ] = given;
        let u = self.units(shapes[0], shapes[1], shapes[2])?;
        let (n, total) = (self.packed.order.len(), self.packed.total());
        let inputs = slice::<T>(inputs, inputs_layout)?;
        let weights = slice::<T>(weights, weights_layout)?;
        let mut turned = vec![T::default(); weights.len()];
        turn(weights, 3 * u, &mut turned);
        let (to_input, to_state) = slice::<T>(biases, biases_layout)?.split_at(3 * u);

        let mut state = vec![T::default(); n * u];
        let mut said = vec![T::default(); n * 3 * u];
        let mut before = vec![T::default(); total * u];
        let mut gates = vec![T::default(); total * 4 * u];
        for &(start, rows) in &self.steps {
            let (state, said) = (&mut state[..rows * u], &mut said[..rows * 3 * u]);
            let into = matrix_mut(said, rows);
            multiply(into, false, matrix(state, rows), matrix(&turned, u));
            before[start * u..][..rows * u].copy_from_slice(state);
            state
                .par_chunks_exact_mut(u)
                .zip(gates[start * 4 * u..].par_chunks_exact_mut(4 * u))
                .zip(inputs[start * 3 * u..].par_chunks_exact(3 * u))
                .zip(said.par_chunks_exact(3 * u))
                .with_min_len(CHUNK.div_ceil(u))
                .for_each(|(((state, gates), x), s)| {
                    forth(state, gates, (x, to_input), (s, to_state));
                });
        }
        let made = [
            Tensor::from_vec(before, (total, u), &Device::Cpu)?,
            Tensor::from_vec(gates, (total, 4 * u), &Device::Cpu)?,
        ];
        if self.made.set(made).is_err() {
            bail!("gru: one operation is for one pass");
        }
        let mut last = vec![T::default(); n * u];
        for (at, state) in self.packed.order.iter().zip(state.chunks_exact(u)) {
            last[at * u..][..u].copy_from_slice(state);
        }
        Ok((T::to_cpu_storage_owned(last), (n, u).into()))
    }

    fn backward<T: Real>(&self, x: [&Tensor; 3], [_, grad]: [&Tensor; 2]) -> Result<Gradients<3>> {
        let [_, weights, _] = x;
        let u = weights.dim(1)?;
        let total = self.packed.total();
        let Some([before, gates]) = self.made.get() else {
            bail!("gru: nothing was computed yet");
        };
        let mut of_state = Vec::with_capacity(self.packed.order.len() * u);
        read::<T, _>(grad, |grad| {
            for at in &self.packed.order {
                of_state.extend_from_slice(&grad[at * u..][..u]);
            }
            Ok(())
        })?;
        // Of what the words say, and of what the state says: they differ in the last third.
        let mut of_inputs = vec![T::default(); total * 3 * u];
        let mut of_said = vec![T::default(); total * 3 * u];
        let mut of_weights = vec![T::default(); 3 * u * u];
        read::<T, _>(before, |before| {
            read::<T, _>(gates, |gates| {
                read::<T, _>(weights, |weights| {
                    for &(start, rows) in self.steps.iter().rev() {
                        let said = &mut of_said[start * 3 * u..][..rows * 3 * u];
                        of_state[..rows * u]
                            .par_chunks_exact_mut(u)
                            .zip(said.par_chunks_exact_mut(3 * u))
                            .zip(of_inputs[start * 3 * u..].par_chunks_exact_mut(3 * u))
                            .zip(gates[start * 4 * u..].par_chunks_exact(4 * u))
                            .zip(before[start * u..].par_chunks_exact(u))
                            .with_min_len(CHUNK.div_ceil(u))
                            .for_each(|((((g, said), inputs), gates), before)| {
                                through(g, said, inputs, gates, before);
                            });
                        let state = matrix_mut(&mut of_state[..rows * u], rows);
                        multiply(state, true, matrix(said, rows), matrix(weights, 3 * u));
                    }
                    let said = matrix(&of_said, total).transpose();
                    let into = matrix_mut(&mut of_weights, 3 * u);
                    multiply(into, false, said, matrix(before, total));
                    Ok(())
                })
            })
        })?;
        let sums = [column_sums(&of_inputs, 3 * u), column_sums(&of_said, 3 * u)].concat();
        Ok([
            Some(Tensor::from_vec(of_inputs, (total, 3 * u), &Device::Cpu)?),
            Some(Tensor::from_vec(of_weights, (3 * u, u), &Device::Cpu)?),
            Some(Tensor::from_vec(sums, 6 * u, &Device::Cpu)?),
        ])
    }
}

/// One step in one sentence: `state` becomes that after a word. Each of the pairs is what a word or the state says, and
/// the biases added to it.
fn forth<T: Real>(state: &mut [T], gates: &mut [T], input: (&[T], &[T]), said: (&[T], &[T])) {
    let u = state.len();
    let (reset, rest) = gates.split_at_mut(u);
    let (update, rest) = rest.split_at_mut(u);
    let (new, part) = rest.split_at_mut(u);
    // Loops over slices of one length are what becomes vectors.
    let [(x, xs), (s, ss)] = [input, said].map(|(values, biases)| (thirds(values), thirds(biases)));
    let gate = |at: usize, into: &mut [T]| {
        let (x, xs, s, ss) = (&x[at][..u], &xs[at][..u], &s[at][..u], &ss[at][..u]);
        for k in 0..u {
            into[k] = (x[k] + xs[k] + s[k] + ss[k]).sigmoid();
        }
    };
    gate(0, &mut reset[..u]);
    gate(1, &mut update[..u]);
    let (x, xs, s, ss) = (&x[2][..u], &xs[2][..u], &s[2][..u], &ss[2][..u]);
    let (reset, update, new, part) = (&reset[..u], &update[..u], &mut new[..u], &mut part[..u]);
    for k in 0..u {
        part[k] = s[k] + ss[k];
        new[k] = (x[k] + xs[k] + reset[k] * part[k]).tanh();
        state[k] = new[k] + update[k] * (state[k] - new[k]);
    }
}

/// One step back in one sentence: `g`, the gradient of the state after a word, becomes that of the state before it, but for
/// what went through the weights.
fn through<T: Real>(g: &mut [T], said: &mut [T], inputs: &mut [T], gates: &[T], before: &[T]) {
    let one = T::from_f64(1.0);
    let u = g.len();
    let before = &before[..u];
    let (said_reset, rest) = said.split_at_mut(u);
    let (said_update, said_new) = rest.split_at_mut(u);
    let said_new = &mut said_new[..u];
    let (input_reset, rest) = inputs.split_at_mut(u);
    let (input_update, input_new) = rest.split_at_mut(u);
    let input_new = &mut input_new[..u];
    let [reset, update, new, part] = [0, 1, 2, 3].map(|at| &gates[at * u..][..u]);
    for k in 0..u {
        let of_new = g[k] * (one - update[k]) * (one - new[k] * new[k]);
        let of_update = g[k] * (before[k] - new[k]) * update[k] * (one - update[k]);
        let of_reset = of_new * part[k] * reset[k] * (one - reset[k]);
        input_reset[k] = of_reset;
        input_update[k] = of_update;
        input_new[k] = of_new;
        said_reset[k] = of_reset;
        said_update[k] = of_update;
        said_new[k] = of_new * reset[k];
        g[k] *= update[k];
    }
}

fn thirds<T>(values: &[T]) -> [&[T]; 3] {
    let (first, rest) = values.split_at(values.len() / 3);
    let (second, third) = rest.split_at(first.len());
    [first, second, third]
}

/// Sum of each column of a matrix of so many columns, some columns at a time.
fn column_sums<T: Real>(values: &[T], columns: usize) -> Vec<T> {
    const TOGETHER: usize = 64;
    let mut sums = vec![T::default(); columns];
    sums.par_chunks_mut(TOGETHER)
        .enumerate()
        .for_each(|(chunk, sums)| {
            for row in values.chunks_exact(columns) {
                let row = &row[chunk * TOGETHER..];
                sums.iter_mut().zip(row).for_each(|(sum, v)| *sum += *v);
            }
        });
    sums
}
