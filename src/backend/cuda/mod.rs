//! NVIDIA cards through the CUDA driver, which is looked for at run time: nothing of CUDA is needed to build or to start.
//!
//! The kernels travel as PTX (`gram.ptx.gz`, made from `gram.cu`; `tests/it/ptx.rs` holds the two together), which the driver
//! compiles for the card on first use and remembers. `SPHERECHECK_NVRTC=1` compiles `gram.cu` itself for the card's own
//! architecture instead, where libnvrtc is installed.

mod card;
mod driver;

use std::io::Read;

use flate2::read::GzDecoder;

use super::device::{Device, DeviceError};

pub use card::{Card, SOURCE};

/// The kernels, for every card of compute capability 8.0 and newer.
pub fn ptx() -> String {
    let mut text = String::new();
    GzDecoder::new(&include_bytes!("gram.ptx.gz")[..])
        .read_to_string(&mut text)
        .expect("text that was packed into this program");
    text
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
        ptx()
    };
    Ok(Box::new(driver::Opened::new(card.clone(), &program)?))
}
