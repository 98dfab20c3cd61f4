//! The structures of `gram.cu`, field by field: all little-endian, none with holes.

use crate::kernel::{Exponents, STEEP};

/// Fields one after the other.
#[derive(Default)]
pub(super) struct Fields(Vec<u8>);

impl Fields {
    pub(super) fn long(mut self, values: &[u64]) -> Self {
        values
            .iter()
            .for_each(|value| self.0.extend(value.to_le_bytes()));
        self
    }

    pub(super) fn short(mut self, values: &[u32]) -> Self {
        values
            .iter()
            .for_each(|value| self.0.extend(value.to_le_bytes()));
        self
    }

    pub(super) fn float(mut self, values: &[f32]) -> Self {
        values
            .iter()
            .for_each(|value| self.0.extend(value.to_le_bytes()));
        self
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Longest run of squarings that the kernels have.
const LONGEST_RUN: usize = 3;

/// `Run` for each run of the gentle exponentials, and how many. Products start anew here: an exponential costs a card
/// less than keeping another one.
pub(super) fn runs(exponents: &Exponents) -> (Vec<u8>, u32) {
    let coefficients: Vec<f64> = exponents.coefficients().collect();
    let mut fields = Fields::default();
    let mut count = 0;
    for outputs in exponents
        .runs()
        .iter()
        .flat_map(|run| run.outputs.chunks(LONGEST_RUN))
    {
        let c = coefficients[outputs[0]];
        assert!(c <= STEEP, "gentle coefficients come first");
        let exact = c * std::f64::consts::LOG2_E;
        let high = exact as f32;
        let mut places = [0; LONGEST_RUN];
        for (place, &output) in places.iter_mut().zip(outputs) {
            *place = output as u32;
        }
        fields = fields
            .float(&[high, (exact - f64::from(high)) as f32])
            .short(&[outputs.len() as u32])
            .short(&places);
        count += 1;
    }
    (fields.bytes(), count)
}

/// The steep coefficients.
pub(super) fn steep(exponents: &Exponents) -> Vec<u8> {
    exponents
        .steep()
        .iter()
        .flat_map(|c| c.to_le_bytes())
        .collect()
}
