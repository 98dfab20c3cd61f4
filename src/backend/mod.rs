//! Who walks: a backend turns jobs into states, and knows no metric.
//!
//! A new device is one more producer of the same states; what it does not have, and what is cheap (norms, positive
//! pairs, means), stays on the host, on the threads of [`Backend::host`].

mod auto;
#[cfg(any(feature = "train", feature = "metal"))]
mod candle;
mod choice;
mod cpu;
#[cfg(feature = "gpu")]
pub mod cuda;
pub mod device;
mod error;
mod walk;

pub use auto::Auto;
#[cfg(any(feature = "train", feature = "metal"))]
pub use candle::Tensors;
pub use choice::{DeviceChoice, Listed, NoSuchDevice, Wish, devices, open};
pub use cpu::{Cpu, cpu};
pub use error::BackendError;
pub use walk::{Backend, Done, Walker, on_host};
