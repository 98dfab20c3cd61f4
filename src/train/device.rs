//! Where tensors live.

use candle_core::Device;

use super::TrainError;

/// `cpu`, `cuda:N` or `metal`.
///
/// # Errors
/// [`TrainError::Device`], where the build or the machine has no such device.
pub fn device(given: &str) -> Result<Device, TrainError> {
    let refused = |cause: String| TrainError::Device {
        given: given.to_owned(),
        cause,
    };
    let not_built = |feature: &str| {
        refused(format!(
            "this build has no such device; build with --features {feature} on a machine that has one, or use cpu"
        ))
    };
    let failed = |error: candle_core::Error| refused(error.to_string());
    match given.split_once(':').unwrap_or((given, "0")) {
        ("cpu", "0") if given == "cpu" => Ok(Device::Cpu),
        ("cuda", _) if !cfg!(feature = "train-cuda") => Err(not_built("train-cuda")),
        ("metal", _) if !cfg!(feature = "train-metal") => Err(not_built("train-metal")),
        ("cuda", number) => match number.parse() {
            Ok(number) => Device::new_cuda(number).map_err(failed),
            Err(_) => Err(refused(
                "expected a number after the colon, e.g. cuda:0".into(),
            )),
        },
        ("metal", "0") => Device::new_metal(0).map_err(failed),
        _ => Err(refused(
            "expected cpu, cuda:0 (or another number) or metal".into(),
        )),
    }
}
