//! One or several accelerators as a backend.

use std::sync::atomic::{AtomicBool, Ordering};

use super::cosines::CosineWalk;
use super::timeline::Timeline;
use super::walk::DeviceWalk;
use super::{Device, Mode, Tiles};
use crate::backend::walk::{between_items, on_processor};
use crate::backend::{Backend, BackendError, Cpu, Done, Walker};
use crate::data::UnitRows;
use crate::kernel::{Choice, Exponents, Precision, PrecisionError};
use crate::num::Merge;
use crate::pass::{GramJob, GramState, Job, Search, State, Watch};

/// Rows that are recomputed in f64 after every walk, to measure the error of the mode.
const CHECKED: usize = 64;

/// One or several accelerators of one kind; rows and all that is cheap stay on the host.
pub struct Gpu {
    devices: Vec<Box<dyn Device>>,
    /// Of each device.
    timelines: Vec<Timeline>,
    host: Cpu,
    name: String,
}

impl Gpu {
    /// `devices` share the tiles; `host` prepares the rows.
    pub fn new(devices: Vec<Box<dyn Device>>, host: Cpu) -> Self {
        let names: Vec<&str> = devices.iter().map(|device| device.name()).collect();
        let name = names.join("+");
        Self {
            timelines: devices.iter().map(|_| Timeline::default()).collect(),
            devices,
            host,
            name,
        }
    }

    /// What the makers call the devices.
    pub fn models(&self) -> String {
        let models: Vec<&str> = self.devices.iter().map(|device| device.model()).collect();
        models.join(", ")
    }

    /// The host's threads and kernel.
    pub fn processor(&self) -> &Cpu {
        &self.host
    }

    fn mode(&self, precision: Precision) -> Result<Mode, BackendError> {
        let refused = || PrecisionError {
            precision,
            walker: self.name.clone(),
            here: self.precisions().iter().map(|p| p.name()).collect(),
            instead: ", or --device cpu",
        };
        Ok(Mode::of(precision).ok_or_else(refused)?)
    }

    /// The kernel that walks in `mode`, where all devices have the same.
    fn kernel_in(&self, mode: Mode) -> &'static str {
        let mut names = self
            .devices
            .iter()
            .map(|device| Tiles::of(&**device, mode).name(mode));
        match names.next() {
            Some(first) if names.all(|name| name == first) => first,
            _ => mode.name(),
        }
    }

    /// Each device walks its share of the steps; states are merged in the order of the devices.
    fn all_pairs(
        &self,
        mode: Mode,
        job: &GramJob<'_>,
        watch: &dyn Watch,
    ) -> Result<GramState, BackendError> {
        let stop = AtomicBool::new(false);
        let parts = self.devices.len();
        let states: Vec<Result<GramState, BackendError>> = std::thread::scope(|scope| {
            let threads: Vec<_> = self
                .devices
                .iter()
                .zip(&self.timelines)
                .enumerate()
                .map(|(k, (device, timeline))| {
                    let stop = &stop;
                    scope.spawn(move || {
                        let walk = DeviceWalk {
                            device: &**device,
                            host: &self.host,
                            mode,
                            tiles: Tiles::of(&**device, mode),
                            job: *job,
                            watch,
                            stop,
                            timeline,
                        };
                        let state = walk.run((k, parts));
                        // Where one fails the others need not go on.
                        if state.is_err() {
                            stop.store(true, Ordering::Relaxed);
                        }
                        state
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| match thread.join() {
                    Ok(state) => state,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
                .collect()
        });
        // An error of a device says more than the stop that it caused on the others.
        let (mut whole, mut stopped) = (GramState::empty(job), None);
        for state in states {
            match state {
                Ok(state) => whole.merge(state),
                Err(BackendError::Cancelled(cancelled)) => stopped = Some(cancelled),
                Err(error) => return Err(error),
            }
        }
        stopped.map_or(Ok(whole), |cancelled| Err(cancelled.into()))
    }

    /// Sums by all devices, and what those who search ask of cosines that they make in turns.
    fn searched(
        &self,
        mode: Mode,
        job: &GramJob<'_>,
        watch: &dyn Watch,
    ) -> Result<GramState, BackendError> {
        let none = Exponents::plan(&[]);
        let devices = self.devices.iter().map(|device| &**device);
        let search = CosineWalk {
            devices: devices.zip(&self.timelines).collect(),
            host: &self.host,
            job: GramJob {
                exponents: &none,
                grouped: &[],
                histogram: false,
                duplicates: None,
                ..*job
            },
            watch,
        };
        let counted = search.run()?;
        // Of drawn queries nothing is summed.
        let sums = job.exponents.coefficients().next().is_some();
        if !sums && !job.histogram && job.duplicates.is_none() {
            return Ok(counted);
        }
        let job = GramJob {
            search: Search::default(),
            ..*job
        };
        let mut state = self.all_pairs(mode, &job, &Unseen(watch))?;
        state.search = counted.search;
        Ok(state)
    }
}

/// A watcher who was told of these pairs before.
struct Unseen<'a>(&'a dyn Watch);

impl Watch for Unseen<'_> {
    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}

impl Backend for Gpu {
    fn name(&self) -> &str {
        &self.name
    }

    fn kernel(&self) -> &str {
        self.kernel_in(Mode::Bf16x3)
    }

    fn threads(&self) -> usize {
        self.host.threads()
    }

    fn precisions(&self) -> Vec<Precision> {
        let mut all = Precision::ALL.to_vec();
        all.retain(|precision| Mode::of(*precision).is_some());
        all
    }

    fn kernel_at(&self, precision: Precision) -> Result<&str, BackendError> {
        Ok(self.kernel_in(self.mode(precision)?))
    }

    /// What may be a duplicate is recomputed from its difference, a whole warp for each pair.
    fn looked_at_above(
        &self,
        precision: Precision,
        rows: &UnitRows,
        limit: f64,
    ) -> Result<f32, BackendError> {
        Ok(limit as f32 - self.mode(precision)?.margin(rows.dim()))
    }

    /// All pairs on the devices, the rest on the host.
    fn walk(&self, job: &Job<'_>, watch: &dyn Watch) -> Result<Done<State>, BackendError> {
        let job = match job {
            Job::Gram(job) => job,
            _ => return on_processor(self, job, watch),
        };
        let mode = self.mode(job.precision)?;
        let gram = |job: &GramJob<'_>| match job.searches() {
            true => self.searched(mode, job, watch),
            false => self.all_pairs(mode, job, watch),
        };
        let state = State::Gram(between_items(self, job, watch, gram)?);
        let by = Walker {
            name: self.name.clone(),
            kernel: self.kernel_in(mode).to_owned(),
        };
        Ok(Done { by, state })
    }

    fn processor(&self) -> Choice {
        self.host.processor()
    }

    fn host(&self, work: &mut (dyn FnMut() + Send)) {
        self.host.host(work);
    }

    fn makes_cosines(&self) -> bool {
        true
    }

    fn checked_rows(&self) -> Option<usize> {
        Some(CHECKED)
    }

    fn timeline(&self) -> Vec<(String, &'static str, f64)> {
        let each = self.devices.iter().zip(&self.timelines);
        each.flat_map(|(device, timeline)| {
            let told = device.opening().iter().copied().chain(timeline.told());
            told.map(|(stage, seconds)| (device.name().to_owned(), stage, seconds))
        })
        .collect()
    }

    fn notes(&self) -> Vec<String> {
        self.devices
            .iter()
            .filter_map(|device| device.trouble().map(|why| (device.name(), why)))
            .map(|(name, why)| {
                format!("{name} ran the kernels for every card, not those for Hopper: {why}.")
            })
            .collect()
    }
}
