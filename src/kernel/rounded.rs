//! The kernels for rounded rows that go with a kernel.

use super::Choice;
use super::precision::{Precision, PrecisionError};

impl Choice {
    /// The kernel like this one for rows rounded to `precision`.
    ///
    /// # Errors
    /// [`PrecisionError`] where this kernel, or this processor, has none.
    pub fn at(self, precision: Precision) -> Result<Self, PrecisionError> {
        self.rounded(precision).ok_or_else(|| PrecisionError {
            precision,
            walker: format!("the {} kernel", self.name()),
            here: self.precisions().iter().map(|p| p.name()).collect(),
            instead: match (precision, self.name()) {
                (Precision::Tf32, _) => ", or --device cuda:0 where there is one",
                (_, "avx512") => "",
                _ => ", or, if SPHERECHECK_KERNEL is set, unset it",
            },
        })
    }

    /// The precisions that this kernel has, the finest first.
    pub fn precisions(self) -> Vec<Precision> {
        let mut all = Precision::ALL.to_vec();
        all.retain(|&precision| self.rounded(precision).is_some());
        all
    }

    fn rounded(self, precision: Precision) -> Option<Self> {
        match (self, precision) {
            (_, Precision::F32) => Some(self),
            #[cfg(target_arch = "x86_64")]
            (Choice::Avx512(base), Precision::Bf16) => super::Bf16::detect(base).map(Choice::Bf16),
            #[cfg(target_arch = "x86_64")]
            (Choice::Avx512(base), Precision::I8) => super::Int8::detect(base).map(Choice::Int8),
            _ => None,
        }
    }
}
