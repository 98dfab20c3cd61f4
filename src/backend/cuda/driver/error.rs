//! What the driver says of its errors.

use cudarc::driver::DriverError;

use crate::backend::device::DeviceError;

/// The error as the driver names and explains it.
pub(super) fn words(error: DriverError) -> String {
    let name = error.error_name().ok();
    let text = error.error_string().ok();
    let parts: Vec<_> = [name, text]
        .into_iter()
        .flatten()
        .map(|part| part.to_string_lossy())
        .collect();
    if parts.is_empty() {
        format!("error {:?}", error.0)
    } else {
        parts.join(": ")
    }
}

pub(super) fn driver_error(device: &str) -> impl Fn(DriverError) -> DeviceError + use<> {
    let device = device.to_owned();
    move |error| DeviceError::Driver {
        device: device.clone(),
        reason: words(error),
    }
}
