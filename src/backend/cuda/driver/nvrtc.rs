//! The kernels compiled on the spot.

#![cfg_attr(
    not(feature = "train-cuda"),
    expect(unsafe_code, reason = "the compiler's library is C")
)]

use cudarc::nvrtc;

use crate::backend::cuda::card::Card;
use crate::backend::device::DeviceError;

/// `source` compiled by NVRTC for this card's own architecture; `variant` is what follows its number.
pub(in crate::backend::cuda) fn compile(
    card: &Card,
    source: &str,
    variant: &str,
) -> Result<String, DeviceError> {
    let refused = |reason: String| DeviceError::Refused {
        device: card.name(),
        reason,
    };
    if !present() {
        return Err(refused(
            "SPHERECHECK_NVRTC is set but libnvrtc could not be loaded".to_owned(),
        ));
    }
    let (major, minor) = card.capability;
    let options = nvrtc::CompileOptions {
        options: vec![
            format!("--gpu-architecture=compute_{major}{minor}{variant}"),
            "--std=c++17".to_owned(),
        ],
        ..nvrtc::CompileOptions::default()
    };
    nvrtc::compile_ptx_with_opts(source, options)
        .map(|program| program.to_src())
        .map_err(|error| refused(format!("NVRTC: {error:?}")))
}

/// Whether the compiler is there. A build with candle's CUDA is linked to it, and does not start without.
#[cfg(feature = "train-cuda")]
fn present() -> bool {
    true
}

/// Whether the compiler is there.
#[cfg(not(feature = "train-cuda"))]
fn present() -> bool {
    // SAFETY: only tries to load a library by NVRTC's own names.
    unsafe { nvrtc::sys::is_culib_present() }
}
