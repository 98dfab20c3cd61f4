//! Who walks: what was asked for, and the choice that was left open.

use crate::audit::PrecisionChoice;
use crate::backend::{self, Backend, BackendError, Cpu, DeviceChoice, Wish};
use crate::cli::AuditRequest;

/// A device that cannot be had is refused before any file is read; whether a GPU is worth it shows afterwards.
pub(super) enum WalkerChoice {
    /// The device that was named.
    Named(Box<dyn Backend>),
    /// The choice was left open: the processor, at least, can be had.
    Open(Wish, Cpu),
}

impl WalkerChoice {
    pub(super) fn named(request: &AuditRequest) -> Result<Self, BackendError> {
        let kernel = forced_kernel();
        let wish = Wish {
            device: request.device,
            precision: match request.settings.precision {
                PrecisionChoice::Auto => None,
                PrecisionChoice::Only(precision) => Some(precision),
            },
            forced: kernel.is_some(),
        };
        let processor = Cpu::new(request.threads, kernel.as_deref())?;
        Ok(match wish.device {
            DeviceChoice::Auto => Self::Open(wish, processor),
            _ => Self::Named(backend::open(&wish, processor, (0, 0))?),
        })
    }

    /// What was named, or the choice that was left open, made for the largest of the files.
    pub(super) fn settled(
        self,
        shapes: impl IntoIterator<Item = (usize, usize)>,
    ) -> Result<Box<dyn Backend>, BackendError> {
        let (wish, processor) = match self {
            Self::Named(backend) => return Ok(backend),
            Self::Open(wish, processor) => (wish, processor),
        };
        let work = |&(rows, dim): &(usize, usize)| rows as u128 * rows as u128 * dim as u128;
        let largest = shapes.into_iter().max_by_key(work).unwrap_or((0, 0));
        backend::open(&wish, processor, largest)
    }
}

/// The processor, for runs that no other device has.
pub(super) fn processor(threads: Option<usize>) -> Result<Box<dyn Backend>, BackendError> {
    backend::cpu(threads, forced_kernel().as_deref())
}

/// `SPHERECHECK_KERNEL`; an empty value counts as none, as shells cannot always unset one.
fn forced_kernel() -> Option<String> {
    let name = std::env::var_os("SPHERECHECK_KERNEL")?;
    (!name.is_empty()).then(|| name.to_string_lossy().into_owned())
}
