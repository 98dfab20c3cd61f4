//! Who walks: what was asked for, and the choice that was left open.

use crate::audit::PrecisionChoice;
use crate::backend::{self, Backend, BackendError, DeviceChoice, Wish};
use crate::cli::AuditRequest;

pub(super) fn wish(request: &AuditRequest) -> Wish {
    Wish {
        device: request.device,
        precision: match request.settings.precision {
            PrecisionChoice::Auto => None,
            PrecisionChoice::Only(precision) => Some(precision),
        },
        threads: request.threads,
        kernel: forced_kernel(),
    }
}

/// The device that was named; the processor where the choice was left open.
pub(super) fn named_backend(wish: &Wish) -> Result<Box<dyn Backend>, BackendError> {
    let mut wish = wish.clone();
    if wish.device == DeviceChoice::Auto {
        wish.device = DeviceChoice::Cpu;
    }
    backend::open(&wish, (0, 0))
}

/// What was named, or the choice that was left open, made for the largest of the files.
pub(super) fn settled(
    named: Box<dyn Backend>,
    wish: &Wish,
    shapes: impl IntoIterator<Item = (usize, usize)>,
) -> Result<Box<dyn Backend>, BackendError> {
    if wish.device != DeviceChoice::Auto {
        return Ok(named);
    }
    let work = |&(rows, dim): &(usize, usize)| rows as u128 * rows as u128 * dim as u128;
    backend::open(wish, shapes.into_iter().max_by_key(work).unwrap_or((0, 0)))
}

/// `SPHERECHECK_KERNEL`; an empty value counts as none, as shells cannot always unset one.
pub(super) fn forced_kernel() -> Option<String> {
    let name = std::env::var_os("SPHERECHECK_KERNEL")?;
    (!name.is_empty()).then(|| name.to_string_lossy().into_owned())
}
