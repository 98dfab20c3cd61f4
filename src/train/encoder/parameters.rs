//! Named weights, in the order in which PyTorch lists them.

use candle_core::{DType, Device, Result, Tensor, Var};
use rand::RngExt;
use rand_distr::{Distribution, Normal};
use rand_pcg::Pcg64Mcg;

use crate::train::seeds::{Stream, stream};

/// One named tensor of an encoder.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name in PyTorch's module tree, e.g. `blocks.0.1.running_mean`.
    pub name: String,
    /// Its value.
    pub var: Var,
    /// Whether an optimiser changes it; if not, it counts what passed by (moments of batches).
    pub learned: bool,
}

/// Makes parameters, drawing initial values from one stream in the order of making.
pub(super) struct Maker {
    pub(super) made: Vec<Parameter>,
    rng: Pcg64Mcg,
    dtype: DType,
    device: Device,
}

impl Maker {
    pub(super) fn new(seed: u64, dtype: DType, device: &Device) -> Self {
        Self {
            made: Vec::new(),
            rng: stream(seed, Stream::Weights, &[]),
            dtype,
            device: device.clone(),
        }
    }

    fn add(&mut self, name: String, value: &Tensor, learned: bool) -> Result<Var> {
        let value = match value.dtype() {
            DType::F32 => value.to_dtype(self.dtype)?,
            _ => value.clone(),
        };
        let var = Var::from_tensor(&value.to_device(&self.device)?)?;
        self.made.push(Parameter {
            name,
            var: var.clone(),
            learned,
        });
        Ok(var)
    }

    /// Independent normal numbers of mean 0.
    pub(super) fn normal(&mut self, name: String, shape: &[usize], std: f64) -> Result<Var> {
        let law = Normal::new(0.0, std).map_err(candle_core::Error::wrap)?;
        let count = shape.iter().product();
        let values: Vec<f32> = (0..count)
            .map(|_| law.sample(&mut self.rng) as f32)
            .collect();
        self.add(name, &Tensor::from_vec(values, shape, &Device::Cpu)?, true)
    }

    /// Independent numbers, uniform from -`reach` to `reach`.
    pub(super) fn uniform(&mut self, name: String, shape: &[usize], reach: f32) -> Result<Var> {
        let count = shape.iter().product();
        let values: Vec<f32> = (0..count)
            .map(|_| self.rng.random_range(-reach..=reach))
            .collect();
        self.add(name, &Tensor::from_vec(values, shape, &Device::Cpu)?, true)
    }

    /// One value throughout.
    pub(super) fn constant(&mut self, name: String, shape: &[usize], value: f32) -> Result<Var> {
        self.add(name, &Tensor::full(value, shape, &Device::Cpu)?, true)
    }

    /// A moment of batches, which no optimiser touches.
    pub(super) fn running(&mut self, name: String, count: usize, value: f32) -> Result<Var> {
        self.add(name, &Tensor::full(value, count, &Device::Cpu)?, false)
    }

    /// A number of batches.
    pub(super) fn counter(&mut self, name: String) -> Result<Var> {
        self.add(name, &Tensor::zeros((), DType::I64, &Device::Cpu)?, false)
    }
}
