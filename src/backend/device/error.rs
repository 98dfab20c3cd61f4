//! Why a device could not be used, and what to do about it.

/// An accelerator that is absent, too old, full, or gone.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeviceError {
    /// The build lacks the code for it.
    #[error(
        "{device}: this build has no code for it (feature `{feature}`); build with `--features {feature}`, or use \
         --device cpu"
    )]
    NotBuilt {
        /// What was asked for.
        device: String,
        /// The feature that has it.
        feature: &'static str,
    },
    /// The driver's library cannot be loaded.
    #[error(
        "{device}: no NVIDIA driver was found ({reason}); install the driver (`nvidia-smi` must list the card), or use \
         --device cpu"
    )]
    NoDriver {
        /// What was asked for.
        device: String,
        /// What was tried.
        reason: String,
    },
    /// There is a driver but no such card.
    #[error("{device}: expected one of {count} devices ({first}), found no such one; `spherecheck devices` lists them",
        first = if *count == 0 { "none is there".to_owned() } else { format!("numbers 0 to {}", count - 1) })]
    Absent {
        /// What was asked for.
        device: String,
        /// How many there are.
        count: usize,
    },
    /// A card without the instructions that the kernels use.
    #[error(
        "{device}: {model} has compute capability {major}.{minor}, expected 8.0 or newer (bf16 tensor cores); use \
         another card, or --device cpu"
    )]
    Unsupported {
        /// The device, as `--device` names it.
        device: String,
        /// What its maker calls it.
        model: String,
        /// Compute capability.
        major: i32,
        /// Compute capability, after the point.
        minor: i32,
    },
    /// The driver refused the kernels.
    #[error(
        "{device}: the driver took the kernels not in ({reason}); update the driver to 550 or newer, or use --device cpu"
    )]
    Refused {
        /// The device, as `--device` names it.
        device: String,
        /// What the driver said.
        reason: String,
    },
    /// Not enough memory.
    #[error(
        "{device}: out of memory: {needed} needed, {free} free; close other programs on it (`nvidia-smi` lists them), \
         use --precision bf16 or fewer --tau, or --device cpu", needed = mebibytes(*needed), free = mebibytes(*free)
    )]
    OutOfMemory {
        /// The device, as `--device` names it.
        device: String,
        /// Bytes that were asked for.
        needed: u64,
        /// Bytes that were free.
        free: u64,
    },
    /// More rows than its kernels count.
    #[error(
        "{device}: {positions} rows (each block of rows filled up to whole tiles), expected at most {most}; use \
         --device cpu, or audit a random part of the rows", most = u32::MAX
    )]
    TooManyRows {
        /// The device, as `--device` names it.
        device: String,
        /// Rows with what their blocks are filled up with.
        positions: u64,
    },
    /// It stopped answering in the middle.
    #[error(
        "{device}: lost while computing ({reason}); nothing was written. Look at `nvidia-smi` and the system's log, then \
         run again, or use --device cpu"
    )]
    Lost {
        /// The device, as `--device` names it.
        device: String,
        /// What the driver said.
        reason: String,
    },
    /// Whatever else its driver reports, or is found out about it.
    #[error("{device}: {reason}; run again, or use --device cpu")]
    Driver {
        /// The device, as `--device` names it.
        device: String,
        /// What it said, or did.
        reason: String,
    },
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}
