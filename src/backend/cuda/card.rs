//! A card that the driver lists.

use crate::backend::device::DeviceError;

/// What the PTX is made from.
pub const SOURCE: &str = include_str!("gram.cu");

/// Oldest compute capability with bf16 tensor cores.
const OLDEST: i32 = 8;

/// A card that the driver lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its number.
    pub ordinal: usize,
    /// What NVIDIA calls it.
    pub model: String,
    /// Compute capability.
    pub capability: (i32, i32),
    /// Bytes of its memory.
    pub memory: u64,
}

impl Card {
    /// `cuda:0`.
    pub fn name(&self) -> String {
        format!("cuda:{}", self.ordinal)
    }

    /// Whether the kernels run on it.
    ///
    /// # Errors
    /// [`DeviceError::Unsupported`].
    pub fn check(&self) -> Result<(), DeviceError> {
        let (major, minor) = self.capability;
        if major < OLDEST {
            return Err(DeviceError::Unsupported {
                device: self.name(),
                model: self.model.clone(),
                major,
                minor,
            });
        }
        Ok(())
    }
}
