//! A card that the driver lists.

use crate::backend::device::DeviceError;

/// What the PTX for every card is made from.
pub const SOURCE: &str = concat!(include_str!("common.cu"), include_str!("gram.cu"));

/// What the PTX for Hopper is made from.
pub const HOPPER_SOURCE: &str = concat!(include_str!("common.cu"), include_str!("wgmma.cu"));

/// Oldest compute capability with bf16 tensor cores.
const OLDEST: i32 = 8;

/// The only compute capability with `wgmma`: what is built for it runs on no later one.
const HOPPER: (i32, i32) = (9, 0);

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
    /// Its multiprocessors.
    pub multiprocessors: u32,
}

impl Card {
    /// `cuda:0`.
    pub fn name(&self) -> String {
        format!("cuda:{}", self.ordinal)
    }

    /// Whether it has the instructions of `wgmma.cu`.
    pub fn is_hopper(&self) -> bool {
        self.capability == HOPPER
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
