//! Which device a run asked for, and opening it.

use std::fmt;
use std::str::FromStr;

use super::auto::Auto;
use super::device::{Device, DeviceError, Gpu, Mode};
use super::{Backend, BackendError, Cpu};
use crate::kernel::Precision;

/// Work from which a card is worth its start (half a second or more): multiply-adds of all pairs. 16 cores take about
/// as long for it.
const WORTH: f64 = 5e11;

/// What `--device` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A GPU when there is one and the data are worth it, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// This NVIDIA card.
    Cuda(usize),
    /// All NVIDIA cards together.
    CudaAll,
    /// Apple's GPU.
    Metal,
}

/// No such device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected auto, cpu, cuda:N, cuda:all or metal; `spherecheck devices` lists what is here")]
pub struct NoSuchDevice;

impl FromStr for DeviceChoice {
    type Err = NoSuchDevice;

    fn from_str(text: &str) -> Result<Self, NoSuchDevice> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            "cuda:all" => Ok(Self::CudaAll),
            "metal" => Ok(Self::Metal),
            _ => text
                .strip_prefix("cuda:")
                .filter(|number| number.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|number| number.parse().ok())
                .map(Self::Cuda)
                .ok_or(NoSuchDevice),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(ordinal) => write!(f, "cuda:{ordinal}"),
            Self::CudaAll => f.write_str("cuda:all"),
            Self::Metal => f.write_str("metal"),
        }
    }
}

/// How a run wants to compute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The device that was named, or `auto`.
    pub device: DeviceChoice,
    /// What rows are to be rounded to, where that is said: what can do it is chosen under `auto`.
    pub precision: Option<Precision>,
    /// Whether a kernel of the processor is forced: that is a choice of device, too.
    pub forced: bool,
}

/// Opens what `wish` asks for, with `host` beside it, for an audit of `rows` x `dim`. Under `auto` whatever keeps a GPU from
/// being used is no error; what goes wrong with one that was opened is told in the audit, and the processor takes over.
///
/// # Errors
/// [`BackendError`].
pub fn open(
    wish: &Wish,
    host: Cpu,
    (rows, dim): (usize, usize),
) -> Result<Box<dyn Backend>, BackendError> {
    let worth = match wish.precision {
        // Only a processor has it, or only a GPU.
        Some(precision) if Mode::of(precision).is_none() => false,
        Some(Precision::Tf32) => true,
        _ => 0.5 * rows as f64 * rows as f64 * dim as f64 >= WORTH,
    };
    match wish.device {
        DeviceChoice::Cpu => Ok(Box::new(host)),
        DeviceChoice::Auto if !worth || wish.forced => Ok(Box::new(host)),
        DeviceChoice::Auto => match cuda(DeviceChoice::Cuda(0)) {
            Ok(devices) => Ok(Box::new(Auto::new(Gpu::new(devices, host)))),
            Err(_) => Ok(Box::new(host)),
        },
        DeviceChoice::Cuda(_) | DeviceChoice::CudaAll => {
            Ok(Box::new(Gpu::new(cuda(wish.device)?, host)))
        }
        DeviceChoice::Metal => metal(host),
    }
}

#[cfg(feature = "gpu")]
fn cuda(choice: DeviceChoice) -> Result<Vec<Box<dyn Device>>, DeviceError> {
    use super::cuda;
    match choice {
        DeviceChoice::CudaAll => {
            let usable: Vec<_> = cuda::cards()?
                .into_iter()
                .filter(|card| card.check().is_ok())
                .collect();
            if usable.is_empty() {
                return Err(DeviceError::Absent {
                    device: choice.to_string(),
                    count: 0,
                });
            }
            usable.iter().map(|card| cuda::open(card.ordinal)).collect()
        }
        DeviceChoice::Cuda(ordinal) => Ok(vec![cuda::open(ordinal)?]),
        _ => Ok(Vec::new()),
    }
}

#[cfg(not(feature = "gpu"))]
fn cuda(choice: DeviceChoice) -> Result<Vec<Box<dyn Device>>, DeviceError> {
    Err(DeviceError::NotBuilt {
        device: choice.to_string(),
        feature: "gpu",
    })
}

#[cfg(feature = "metal")]
fn metal(host: Cpu) -> Result<Box<dyn Backend>, BackendError> {
    Ok(Box::new(super::Tensors::metal(host)?))
}

#[cfg(not(feature = "metal"))]
fn metal(_: Cpu) -> Result<Box<dyn Backend>, BackendError> {
    Err(DeviceError::NotBuilt {
        device: "metal".to_owned(),
        feature: "metal",
    }
    .into())
}

/// A device, and whether it can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// As `--device` takes it.
    pub device: String,
    /// What it is.
    pub model: String,
    /// Why it cannot be used, if so.
    pub trouble: Option<String>,
}

/// Everything that `--device` could take here, and why what cannot be used cannot.
pub fn devices() -> Vec<Listed> {
    let kernel = crate::kernel::available()[0].name();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut found = vec![Listed {
        device: "cpu".to_owned(),
        model: format!("{cores} cores, {kernel}"),
        trouble: None,
    }];
    found.extend(cards());
    found.push(Listed {
        device: "metal".to_owned(),
        model: "Apple GPU through candle".to_owned(),
        trouble: Cpu::new(Some(1), None)
            .and_then(metal)
            .err()
            .map(|error| error.to_string()),
    });
    found
}

#[cfg(feature = "gpu")]
fn cards() -> Vec<Listed> {
    let absent = |error: DeviceError| {
        vec![Listed {
            device: "cuda".to_owned(),
            model: "NVIDIA GPU".to_owned(),
            trouble: Some(error.to_string()),
        }]
    };
    match super::cuda::cards() {
        Err(error) => absent(error),
        Ok(cards) if cards.is_empty() => absent(DeviceError::Absent {
            device: "cuda".to_owned(),
            count: 0,
        }),
        Ok(cards) => cards
            .iter()
            .map(|card| Listed {
                device: card.name(),
                model: format!(
                    "{}, compute capability {}.{}, {} GiB",
                    card.model,
                    card.capability.0,
                    card.capability.1,
                    card.memory >> 30
                ),
                trouble: card.check().err().map(|error| error.to_string()),
            })
            .collect(),
    }
}

#[cfg(not(feature = "gpu"))]
fn cards() -> Vec<Listed> {
    vec![Listed {
        device: "cuda".to_owned(),
        model: "NVIDIA GPU".to_owned(),
        trouble: cuda(DeviceChoice::Cuda(0))
            .err()
            .map(|error| error.to_string()),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_read_as_they_are_written() {
        for text in ["auto", "cpu", "cuda:0", "cuda:11", "cuda:all", "metal"] {
            assert_eq!(text.parse::<DeviceChoice>().unwrap().to_string(), text);
        }
        assert_eq!("cuda".parse(), Ok(DeviceChoice::Cuda(0)));
        for text in [
            "",
            "gpu",
            "cuda:",
            "cuda:x",
            "cuda:-1",
            "cuda:+1",
            "CPU",
            "cuda:99999999999999999999999",
        ] {
            assert_eq!(text.parse::<DeviceChoice>(), Err(NoSuchDevice), "{text}");
        }
    }

    #[test]
    fn small_data_stay_on_the_processor() {
        let backend = open(&Wish::default(), Cpu::new(None, None).unwrap(), (1000, 64)).unwrap();
        assert_eq!(backend.name(), "cpu");
    }
}
