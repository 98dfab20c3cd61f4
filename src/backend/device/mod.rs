//! The all-pairs walk on an accelerator: rows go over in panels, tiles are made and forgotten there, sums come back.
//!
//! Not here: how a card is driven. A [`Device`] offers memory, copies and launches; `backend/cuda` is one, the tests
//! bring another that runs the same kernels on the host. What is launched, in which order, and what is kept where is
//! decided by a [`Schedule`] before the first copy.

mod agree;
mod arguments;
mod cosines;
mod error;
mod gpu;
mod launch;
mod layout;
mod panels;
mod places;
mod room;
mod schedule;
mod sums;
mod timeline;
mod walk;

use crate::kernel::Precision;
use crate::pass::HISTOGRAM_BINS;

pub use agree::agree;
pub use error::DeviceError;
pub use gpu::Gpu;
pub use schedule::{COLUMN_GROUP, Load, PanelStep, Placed, RowPanel, Schedule};

/// Bytes of a row that one stage of the kernel takes; by warpgroups twice as many.
const STAGE: u64 = 64;

/// How cosines are rounded on the way through the tensor cores. Exponentials and sums are f32 and f64 in every mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Rows split into two bf16 parts, three products: nearly f32 (a cosine moves by 3 2^-18, 1.2e-5, at the very most, and
    /// by a tenth of that or less as a rule).
    Bf16x3,
    /// One product of 11-bit mantissas: cosines to about 1e-4 times 1/sqrt(d).
    Tf32,
    /// One product of 8-bit mantissas, the fastest: cosines to about 1e-3 times 1/sqrt(d).
    Bf16,
}

impl Mode {
    /// The one that walks in `precision`, if there is one.
    pub fn of(precision: Precision) -> Option<Self> {
        match precision {
            Precision::F32 => Some(Self::Bf16x3),
            Precision::Tf32 => Some(Self::Tf32),
            Precision::Bf16 => Some(Self::Bf16),
            Precision::I8 => None,
        }
    }

    /// `bf16x3`, `tf32`, `bf16`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bf16x3 => "bf16x3",
            Self::Tf32 => "tf32",
            Self::Bf16 => "bf16",
        }
    }

    /// Largest error of a cosine near 1 of rows of length `dim`: what may be a duplicate is recomputed from its difference.
    fn margin(self, dim: usize) -> f32 {
        // Two roundings of 8, 11 and 16 bits, and the low bits that the adders of tensor cores cut off.
        let (rounding, adding) = match self {
            Self::Bf16x3 => (6e-5, 1e-9),
            Self::Tf32 => (1e-3, 2e-8),
            Self::Bf16 => (8e-3, 2e-8),
        };
        rounding + adding * dim as f32
    }

    /// Planes of rounded rows, and bytes of one value in each.
    fn planes(self) -> (u64, u64) {
        match self {
            Self::Bf16x3 => (2, 2),
            Self::Tf32 => (1, 4),
            Self::Bf16 => (1, 2),
        }
    }

    /// The same on cards whose tiles are made by warpgroups.
    fn wgmma_name(self) -> &'static str {
        match self {
            Self::Bf16x3 => "bf16x3-wgmma",
            Self::Tf32 => "tf32",
            Self::Bf16 => "bf16-wgmma",
        }
    }

    /// How `split` and the kernels number the modes.
    fn number(self) -> u32 {
        match self {
            Self::Bf16 => 0,
            Self::Bf16x3 => 1,
            Self::Tf32 => 2,
        }
    }
}

/// What makes the tiles of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tiles {
    /// Warps (`gram.cu`), one block of threads for each tile: every card.
    Warps,
    /// Warpgroups (`wgmma.cu`), so many blocks that share a step's tiles.
    Warpgroups(u32),
}

impl Tiles {
    /// What `device` makes them with in `mode`.
    fn of(device: &dyn Device, mode: Mode) -> Self {
        match device.wgmma() {
            Some(blocks) if mode != Mode::Tf32 => Self::Warpgroups(blocks),
            _ => Self::Warps,
        }
    }

    /// The name of the kernel in `mode`.
    fn name(self, mode: Mode) -> &'static str {
        match self {
            Self::Warps => mode.name(),
            Self::Warpgroups(_) => mode.wgmma_name(),
        }
    }

    /// Bytes that rows in planes are filled up to.
    fn stage(self) -> u64 {
        match self {
            Self::Warps => STAGE,
            Self::Warpgroups(_) => 2 * STAGE,
        }
    }

    /// Parts of a tile's rows whose sums of columns are kept apart.
    fn halves(self) -> u32 {
        match self {
            Self::Warps => 1,
            Self::Warpgroups(_) => 2,
        }
    }
}

/// An entry of `gram.cu` or `wgmma.cu`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Tiles, their sums and counts.
    Gram(Mode),
    /// The same by warpgroups of Hopper; not in every mode.
    Wgmma(Mode),
    /// Partial sums of rows into the sums of the walk.
    ReduceRows,
    /// Partial sums of columns into the sums of the walk.
    ReduceColumns,
    /// Cosines in f32, one by one.
    Cosines,
    /// Rows rounded for the tensor cores.
    Split,
    /// Matrix products in registers, for benchmarks.
    Peak,
}

impl Entry {
    /// Every entry of `gram.cu`.
    pub const ALL: [Self; 8] = [
        Self::Gram(Mode::Bf16),
        Self::Gram(Mode::Bf16x3),
        Self::Gram(Mode::Tf32),
        Self::ReduceRows,
        Self::ReduceColumns,
        Self::Cosines,
        Self::Split,
        Self::Peak,
    ];

    /// Every entry of `wgmma.cu`.
    pub const HOPPER: [Self; 2] = [Self::Wgmma(Mode::Bf16), Self::Wgmma(Mode::Bf16x3)];

    /// Its name in the module.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gram(Mode::Bf16) => "gram_bf16",
            Self::Gram(Mode::Bf16x3) => "gram_bf16x3",
            Self::Gram(Mode::Tf32) => "gram_tf32",
            Self::Wgmma(Mode::Bf16x3) => "wgmma_bf16x3",
            Self::Wgmma(_) => "wgmma_bf16",
            Self::ReduceRows => "reduce_rows",
            Self::ReduceColumns => "reduce_columns",
            Self::Cosines => "cosines",
            Self::Split => "split",
            Self::Peak => "peak",
        }
    }

    /// Threads of a block.
    pub fn threads(self) -> u32 {
        match self {
            // Eight tasks side by side.
            Self::ReduceRows => 1024,
            Self::ReduceColumns => 128,
            Self::Wgmma(_) => 384,
            _ => 256,
        }
    }

    /// Bytes of shared memory of a block.
    pub fn shared(self) -> u32 {
        match self {
            // Three stages of 128 rows and 128 columns in each plane.
            Self::Gram(mode) => 3 * 256 * STAGE as u32 * mode.planes().0 as u32,
            // A sum of each thread.
            Self::ReduceRows => 8 * 1024,
            // Twice eight columns of 128 rows and as many others, and four numbers more for each column.
            Self::Cosines => 2 * 2 * 8 * 132 * 4,
            // `ROOM` of `wgmma.cu`: 12 slots of 16 KiB, and what warps exchange.
            Self::Wgmma(_) => 230_080,
            _ => 0,
        }
    }
}

const _: () = assert!(
    COLUMN_GROUP <= 32 && HISTOGRAM_BINS <= 1024,
    "wgmma.cu has shared memory for so many tasks of a step, and bins"
);

/// A point in the queue of a device: everything launched before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(pub u64);

/// What the walk needs of an accelerator: memory, and two queues, one of kernels and one of copies to the device.
///
/// Within a queue things happen in order; between them only where one is told to wait. All calls but
/// [`Device::download`], [`Device::show`] and [`Device::wait`] return before the work is done.
pub trait Device: Send + Sync {
    /// `cuda:0`.
    fn name(&self) -> &str;
    /// What the maker calls it.
    fn model(&self) -> &str;
    /// Its multiprocessors, where it has the entries of `wgmma.cu`.
    fn wgmma(&self) -> Option<u32> {
        None
    }
    /// Why it has not the entries that its model should have.
    fn trouble(&self) -> Option<&str> {
        None
    }
    /// What opening it took, step by step, in seconds.
    fn opening(&self) -> &[(&'static str, f64)] {
        &[]
    }
    /// Bytes that can still be allocated.
    ///
    /// # Errors
    /// [`DeviceError`], as for all methods here.
    fn free_memory(&self) -> Result<u64, DeviceError>;
    /// New memory of zeros, at this address; they are written in the queue of copies. `bytes` is at least 1.
    ///
    /// # Errors
    /// [`DeviceError::OutOfMemory`].
    fn allocate(&self, bytes: u64) -> Result<u64, DeviceError>;
    /// Gives memory back, after everything that was launched.
    fn release(&self, address: u64);
    /// Queues a copy of `bytes` bytes that `fill` writes into a buffer aligned for any number.
    ///
    /// # Errors
    /// [`DeviceError`].
    fn upload(
        &self,
        to: u64,
        bytes: usize,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), DeviceError>;
    /// Copies from the device, after all kernels so far.
    ///
    /// # Errors
    /// [`DeviceError`].
    fn download(&self, from: u64, to: &mut [u8]) -> Result<(), DeviceError>;
    /// Shows `take` the bytes of `what`, an address and their number, as they are once `after` has passed, in a buffer aligned for any number; what
    /// is queued later goes on meanwhile.
    ///
    /// # Errors
    /// [`DeviceError`].
    fn show(
        &self,
        after: Mark,
        what: (u64, usize),
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), DeviceError>;
    /// Queues `entry` on a grid of blocks; `argument` is its one parameter.
    ///
    /// # Errors
    /// [`DeviceError`].
    fn launch(&self, entry: Entry, grid: [u32; 3], argument: &[u8]) -> Result<(), DeviceError>;
    /// Marks this point in the queue of kernels.
    ///
    /// # Errors
    /// [`DeviceError`].
    fn mark(&self) -> Result<Mark, DeviceError>;
    /// Copies queued from now on begin after `mark`.
    ///
    /// # Errors
    /// [`DeviceError`].
    fn copies_wait(&self, mark: Mark) -> Result<(), DeviceError>;
    /// Kernels queued from now on begin after all copies so far.
    ///
    /// # Errors
    /// [`DeviceError`].
    fn kernels_wait(&self) -> Result<(), DeviceError>;
    /// Returns when everything before `mark` is done.
    ///
    /// # Errors
    /// [`DeviceError`].
    fn wait(&self, mark: Mark) -> Result<(), DeviceError>;
}

/// Memory of a device, given back when dropped.
struct Memory<'a> {
    device: &'a dyn Device,
    address: u64,
}

impl<'a> Memory<'a> {
    fn zeros(device: &'a dyn Device, bytes: u64) -> Result<Self, DeviceError> {
        let address = device.allocate(bytes)?;
        Ok(Self { device, address })
    }
}

impl Drop for Memory<'_> {
    fn drop(&mut self) {
        self.device.release(self.address);
    }
}
