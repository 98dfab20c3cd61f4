//! NVIDIA cards through the CUDA driver, which is looked for at run time: nothing of CUDA is needed to build or to start.
//!
//! The kernels travel as PTX (`gram.ptx`, made from `gram.cu`; `tests/it/ptx.rs` holds the two together), which the driver
//! compiles for the card on first use and remembers. `SPHERECHECK_NVRTC=1` compiles `gram.cu` itself for the card's own
//! architecture instead, where libnvrtc is installed.

mod driver;

use super::device::{Device, DeviceError};

/// The kernels, for every card of compute capability 8.0 and newer.
pub const PTX: &str = include_str!("gram.ptx");

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

/// The cards here.
///
/// # Errors
/// [`DeviceError::NoDriver`], or what the driver reports.
pub fn cards() -> Result<Vec<Card>, DeviceError> {
    driver::cards()
}

/// Opens card number `ordinal` and compiles the kernels for it.
///
/// # Errors
/// [`DeviceError::NoDriver`], [`DeviceError::Absent`], [`DeviceError::Unsupported`], [`DeviceError::Refused`].
pub fn open(ordinal: usize) -> Result<Box<dyn Device>, DeviceError> {
    let cards = cards()?;
    let card = cards.get(ordinal).ok_or_else(|| DeviceError::Absent {
        device: format!("cuda:{ordinal}"),
        count: cards.len(),
    })?;
    card.check()?;
    let forced = std::env::var_os("SPHERECHECK_NVRTC")
        .is_some_and(|value| !value.is_empty() && value != "0");
    let program = if forced {
        driver::compile(card)?
    } else {
        PTX.to_owned()
    };
    Ok(Box::new(driver::Opened::new(card.clone(), &program)?))
}
