//! NVIDIA cards through the CUDA driver, which is looked for at run time: nothing of CUDA is needed to build or to start.
//!
//! The kernels travel as PTX (`gram.ptx.gz`, made from `common.cu` and `gram.cu`, and for Hopper `wgmma.ptx.gz`, made from
//! `common.cu` and `wgmma.cu`; `tests/it/ptx.rs` holds them together), which the driver compiles for the card on first use and
//! remembers. `SPHERECHECK_NVRTC=1` compiles the sources for the card's own architecture instead, where libnvrtc is installed.
//!
//! A card of compute capability 9.0 uses those for Hopper if its driver takes them and they find there what the others find
//! (`agree`); else those for every card, as with `SPHERECHECK_WGMMA=0`.

mod card;
mod driver;

use std::io::Read;
use std::time::Instant;

use flate2::read::GzDecoder;

use super::device::{Device, DeviceError, agree};

pub use card::{Card, HOPPER_SOURCE, SOURCE};

/// The kernels, for every card of compute capability 8.0 and newer.
pub fn ptx() -> String {
    unpacked(include_bytes!("gram.ptx.gz"))
}

/// The kernels for cards of compute capability 9.0.
pub fn hopper_ptx() -> String {
    unpacked(include_bytes!("wgmma.ptx.gz"))
}

fn unpacked(packed: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(packed)
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
    let start = Instant::now();
    let cards = cards()?;
    let driver = start.elapsed().as_secs_f64();
    let card = cards.get(ordinal).ok_or_else(|| DeviceError::Absent {
        device: format!("cuda:{ordinal}"),
        count: cards.len(),
    })?;
    card.check()?;
    let said = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let compiled = said("SPHERECHECK_NVRTC").is_some_and(|value| value != "0");
    let wanted = said("SPHERECHECK_WGMMA").is_none_or(|value| value != "0");
    let program = if compiled {
        driver::compile(card, SOURCE, "")?
    } else {
        ptx()
    };
    let hopper = match (card.is_hopper() && wanted, compiled) {
        (false, _) => None,
        (true, false) => Some(hopper_ptx()),
        (true, true) => Some(driver::compile(card, HOPPER_SOURCE, "a")?),
    };
    let opened = driver::OpenCard::new(card.clone(), &program, hopper.as_deref())?;
    let start = Instant::now();
    let card = checked(opened, card, &program)?;
    let comparing = start.elapsed().as_secs_f64();
    Ok(Box::new(card.opened_in(driver, comparing)))
}

/// The card without the kernels for Hopper where they do not find what the others find.
fn checked(
    opened: driver::OpenCard,
    card: &Card,
    program: &str,
) -> Result<driver::OpenCard, DeviceError> {
    if opened.wgmma().is_none() {
        return Ok(opened);
    }
    let Err(trouble) = agree(&opened) else {
        return Ok(opened);
    };
    if opened.is_alive() {
        return Ok(opened.without_hopper(trouble));
    }
    opened.reset()?;
    let anew = driver::OpenCard::new(card.clone(), program, None)?;
    Ok(anew.without_hopper(trouble))
}
