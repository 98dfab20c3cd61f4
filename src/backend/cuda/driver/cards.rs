//! The driver itself, and the cards that it lists.

#![expect(unsafe_code, reason = "the driver is C")]

use cudarc::driver::{result, sys};

use super::error::{driver_error, words};
use crate::backend::cuda::card::Card;
use crate::backend::device::DeviceError;

/// Loads the driver, once in the life of the process.
pub(super) fn start() -> Result<(), DeviceError> {
    let missing = |reason: String| DeviceError::NoDriver {
        device: "cuda".to_owned(),
        reason,
    };
    if !present() {
        return Err(missing("libcuda could not be loaded".to_owned()));
    }
    result::init().map_err(|error| match error.0 {
        sys::CUresult::CUDA_ERROR_NO_DEVICE => DeviceError::Absent {
            device: "cuda".to_owned(),
            count: 0,
        },
        _ => missing(words(error)),
    })
}

/// Whether there is a driver. A build with candle's CUDA is linked to it, and does not start without.
#[cfg(feature = "train-cuda")]
fn present() -> bool {
    true
}

/// Whether there is a driver.
#[cfg(not(feature = "train-cuda"))]
fn present() -> bool {
    // SAFETY: only tries to load a library by the driver's own names; what it runs on loading is the driver's.
    unsafe { sys::is_culib_present() }
}

pub(in crate::backend::cuda) fn cards() -> Result<Vec<Card>, DeviceError> {
    start()?;
    let failed = driver_error("cuda");
    let count = result::device::get_count().map_err(&failed)?;
    (0..count)
        .map(|ordinal| {
            let device = result::device::get(ordinal).map_err(&failed)?;
            let model = result::device::get_name(device).map_err(&failed)?;
            let attribute = |attribute| {
                // SAFETY: `device` is a handle that the driver just gave.
                unsafe { result::device::get_attribute(device, attribute) }.map_err(&failed)
            };
            use sys::CUdevice_attribute_enum as Attribute;
            let capability = (
                attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)?,
                attribute(Attribute::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR)?,
            );
            let multiprocessors = attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?;
            // SAFETY: as above.
            let memory = unsafe { result::device::total_mem(device) }.map_err(&failed)?;
            Ok(Card {
                ordinal: ordinal as usize,
                model,
                capability,
                memory: memory as u64,
                multiprocessors: multiprocessors as u32,
            })
        })
        .collect()
}
