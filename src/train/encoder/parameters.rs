//! Named weights, in the order in which PyTorch lists them.

use candle_core::{DType, Device, Result, Tensor, Var};
use rand::RngExt;
use rand_distr::{Distribution, Normal};
use rand_pcg::Pcg64Mcg;

use crate::train::seeds::{SeedStream, stream};

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

/// What a parameter is before it has a value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::train) struct Form {
    pub(in crate::train) name: String,
    pub(in crate::train) shape: Vec<usize>,
    /// f32, or i64 for counters.
    pub(in crate::train) dtype: DType,
}

impl Form {
    /// How many numbers it has; the largest u64 where they are more.
    pub(in crate::train) fn count(&self) -> u64 {
        let axes = self.shape.iter();
        axes.fold(1, |count: u64, axis| count.saturating_mul(*axis as u64))
    }
}

/// Makes parameters, drawing initial values from one stream in the order of making; or only writes down what they are.
pub(in crate::train) struct Maker {
    pub(in crate::train) made: Vec<Parameter>,
    pub(super) forms: Vec<Form>,
    rng: Option<Pcg64Mcg>,
    dtype: DType,
    device: Device,
}

impl Maker {
    /// `place` tells the stream from others of this seed.
    pub(in crate::train) fn new(seed: u64, place: &[u64], dtype: DType, device: &Device) -> Self {
        Self {
            made: Vec::new(),
            forms: Vec::new(),
            rng: Some(stream(seed, SeedStream::Weights, place)),
            dtype,
            device: device.clone(),
        }
    }

    /// One that makes nothing but [`Maker::forms`].
    pub(super) fn dry() -> Self {
        Self {
            rng: None,
            ..Self::new(0, &[], DType::F32, &Device::Cpu)
        }
    }

    fn add(
        &mut self,
        (name, shape, dtype): (String, &[usize], DType),
        learned: bool,
        value: impl FnOnce(&mut Pcg64Mcg) -> Result<Tensor>,
    ) -> Result<Var> {
        let Some(rng) = &mut self.rng else {
            let shape = shape.to_vec();
            self.forms.push(Form { name, shape, dtype });
            return Var::zeros(1, dtype, &Device::Cpu);
        };
        let value = match dtype {
            DType::F32 => value(rng)?.to_dtype(self.dtype)?,
            _ => value(rng)?,
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
        self.drawn(name, shape, |rng| law.sample(rng) as f32)
    }

    /// Independent numbers, uniform from -`reach` to `reach`.
    pub(in crate::train) fn uniform(
        &mut self,
        name: String,
        shape: &[usize],
        reach: f32,
    ) -> Result<Var> {
        self.drawn(name, shape, |rng| rng.random_range(-reach..=reach))
    }

    fn drawn(
        &mut self,
        name: String,
        shape: &[usize],
        mut number: impl FnMut(&mut Pcg64Mcg) -> f32,
    ) -> Result<Var> {
        self.add((name, shape, DType::F32), true, |rng| {
            let count = shape.iter().product();
            let values: Vec<f32> = (0..count).map(|_| number(rng)).collect();
            Tensor::from_vec(values, shape, &Device::Cpu)
        })
    }

    /// One value throughout.
    pub(super) fn constant(&mut self, name: String, shape: &[usize], value: f32) -> Result<Var> {
        self.add((name, shape, DType::F32), true, |_| {
            Tensor::full(value, shape, &Device::Cpu)
        })
    }

    /// A moment of batches, which no optimiser touches.
    pub(super) fn running(&mut self, name: String, count: usize, value: f32) -> Result<Var> {
        self.add((name, &[count], DType::F32), false, |_| {
            Tensor::full(value, count, &Device::Cpu)
        })
    }

    /// A number of batches.
    pub(super) fn counter(&mut self, name: String) -> Result<Var> {
        self.add((name, &[], DType::I64), false, |_| {
            Tensor::zeros((), DType::I64, &Device::Cpu)
        })
    }
}
