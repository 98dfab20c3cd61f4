//! A card in use.

#![expect(unsafe_code, reason = "the driver is C")]

use std::collections::HashMap;
use std::ffi::{CString, c_void};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use cudarc::driver::{DriverError, result, sys};

use super::error::{driver_error, words};
use super::staging::Staging;
use crate::backend::cuda::card::Card;
use crate::backend::device::{Device, DeviceError, Entry, Mark};

/// Points of the queue that are remembered apart.
const MARKS: usize = 8;

/// Memory that is left to the driver and to others: a 20th, at least 256 MiB.
const RESERVE: u64 = 256 << 20;

/// A card in use: its context, the kernels, two queues.
pub(in crate::backend::cuda) struct OpenCard {
    card: Card,
    name: String,
    /// Whether the kernels for Hopper are used, and if not, why not.
    hopper: bool,
    trouble: Option<String>,
    opening: Vec<(&'static str, f64)>,
    context: sys::CUcontext,
    functions: HashMap<&'static str, sys::CUfunction>,
    kernels: sys::CUstream,
    copies: sys::CUstream,
    copied: sys::CUevent,
    marks: [sys::CUevent; MARKS],
    /// Number of the next mark, and how many are known to have passed.
    next: AtomicU64,
    passed: AtomicU64,
    staging: Mutex<[Staging; 2]>,
    /// What comes home while kernels run goes through a queue of its own.
    home: sys::CUstream,
    arrivals: Mutex<Staging>,
}

// SAFETY: every handle may be used from any thread once the context is current there, which each method sees to; the
// page-locked memory is only touched under its lock.
unsafe impl Send for OpenCard {}
// SAFETY: as above; the driver serialises calls on one context.
unsafe impl Sync for OpenCard {}

/// Adds the entries of a program to `functions`; the context must be current.
fn load(
    program: &str,
    entries: &[Entry],
    functions: &mut HashMap<&'static str, sys::CUfunction>,
) -> Result<(), String> {
    let image = CString::new(program).map_err(|_| "the kernels are no text".to_owned())?;
    // SAFETY: `image` is PTX that ends with a zero.
    let module = unsafe { result::module::load_data(image.as_ptr().cast()) }.map_err(words)?;
    for entry in entries {
        let symbol = CString::new(entry.name()).unwrap_or_default();
        // SAFETY: the module stays loaded for the life of the process.
        let function = unsafe { result::module::get_function(module, symbol) }.map_err(words)?;
        use sys::CUfunction_attribute_enum::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES as BYTES;
        if entry.shared() > 0 {
            // SAFETY: `function` was just given by the driver.
            unsafe {
                result::function::set_function_attribute(function, BYTES, entry.shared() as i32)
            }
            .map_err(words)?;
        }
        functions.insert(entry.name(), function);
    }
    Ok(())
}

impl OpenCard {
    /// Opens `card` with `program`; what it has of `hopper`, the kernels for Hopper, is used until somebody says otherwise.
    pub(in crate::backend::cuda) fn new(
        card: Card,
        program: &str,
        hopper: Option<&str>,
    ) -> Result<Self, DeviceError> {
        let name = card.name();
        let failed = driver_error(&name);
        let start = Instant::now();
        let device = result::device::get(card.ordinal as i32).map_err(&failed)?;
        // SAFETY: `device` is a handle that the driver just gave; the primary context stays for the life of the process.
        let context = unsafe { result::primary_ctx::retain(device) }.map_err(&failed)?;
        // SAFETY: `context` is alive.
        unsafe { result::ctx::set_current(context) }.map_err(&failed)?;
        let making = start.elapsed().as_secs_f64();
        let mut functions = HashMap::new();
        load(program, &Entry::ALL, &mut functions).map_err(|reason| DeviceError::Refused {
            device: card.name(),
            reason,
        })?;
        let loaded = hopper.map(|program| load(program, &Entry::HOPPER, &mut functions));
        let loading = start.elapsed().as_secs_f64() - making;
        let opening = vec![("making a context", making), ("loading kernels", loading)];
        let event =
            || result::event::create(sys::CUevent_flags::CU_EVENT_DISABLE_TIMING).map_err(&failed);
        let queue =
            || result::stream::create(result::stream::StreamKind::NonBlocking).map_err(&failed);
        let mut marks = [std::ptr::null_mut(); MARKS];
        for mark in &mut marks {
            *mark = event()?;
        }
        Ok(Self {
            hopper: loaded == Some(Ok(())),
            trouble: loaded.and_then(Result::err),
            opening,
            context,
            functions,
            kernels: queue()?,
            copies: queue()?,
            copied: event()?,
            marks,
            next: AtomicU64::new(0),
            passed: AtomicU64::new(0),
            staging: Mutex::new([Staging::new(event()?, 0), Staging::new(event()?, 1)]),
            home: queue()?,
            arrivals: Mutex::new(Staging::new(event()?, 0)),
            name,
            card,
        })
    }

    /// The same; loading the driver before it, and comparing its kernels after it, took so many seconds.
    pub(in crate::backend::cuda) fn opened_in(mut self, driver: f64, comparing: f64) -> Self {
        self.opening.insert(0, ("loading the driver", driver));
        self.opening
            .push(("comparing kernels for Hopper", comparing));
        self
    }

    /// The same without the kernels for Hopper, and why.
    pub(in crate::backend::cuda) fn without_hopper(mut self, trouble: String) -> Self {
        self.hopper = false;
        self.trouble = Some(trouble);
        self
    }

    /// Whether nothing that ran so far has ended the context: after an error in a kernel every call fails.
    pub(in crate::backend::cuda) fn is_alive(&self) -> bool {
        self.enter().is_ok() && result::ctx::synchronize().is_ok()
    }

    /// Begins anew with a card whose context a kernel has ended.
    pub(in crate::backend::cuda) fn reset(self) -> Result<(), DeviceError> {
        let failed = driver_error(&self.name);
        let device = result::device::get(self.card.ordinal as i32).map_err(&failed)?;
        drop(self);
        // SAFETY: `device` is a handle that the driver just gave; nothing in this context can be used any more.
        unsafe { sys::cuDevicePrimaryCtxReset_v2(device).result() }.map_err(failed)
    }

    /// Makes the context current on this thread.
    fn enter(&self) -> Result<(), DeviceError> {
        // SAFETY: the primary context is alive.
        unsafe { result::ctx::set_current(self.context) }.map_err(|error| self.lost(error))
    }

    /// What goes wrong once a card is open: an error of an earlier kernel shows at any later call.
    fn lost(&self, error: DriverError) -> DeviceError {
        match error.0 {
            sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY => self.full(0),
            _ => DeviceError::Lost {
                device: self.name.clone(),
                reason: words(error),
            },
        }
    }

    fn full(&self, needed: u64) -> DeviceError {
        DeviceError::OutOfMemory {
            device: self.name.clone(),
            needed,
            free: result::mem_get_info().map_or(0, |(free, _)| free as u64),
        }
    }

    fn event_of(&self, mark: Mark) -> sys::CUevent {
        self.marks[mark.0 as usize % MARKS]
    }

    /// What `queue` gets from now on begins after `mark`, unless the host has already seen it pass: its event may mark another
    /// point by now.
    fn queue_waits(&self, queue: sys::CUstream, mark: Mark) -> Result<(), DeviceError> {
        if mark.0 < self.passed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let at_once = sys::CUevent_wait_flags::CU_EVENT_WAIT_DEFAULT;
        // SAFETY: event and queue are alive. If the event marks a later point by now, the queue waits longer.
        unsafe { result::stream::wait_event(queue, self.event_of(mark), at_once) }
            .map_err(|error| self.lost(error))
    }
}

impl Device for OpenCard {
    fn name(&self) -> &str {
        &self.name
    }

    fn model(&self) -> &str {
        &self.card.model
    }

    fn wgmma(&self) -> Option<u32> {
        self.hopper.then_some(self.card.multiprocessors)
    }

    fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    fn opening(&self) -> &[(&'static str, f64)] {
        &self.opening
    }

    fn free_memory(&self) -> Result<u64, DeviceError> {
        self.enter()?;
        let (free, total) = result::mem_get_info().map_err(|error| self.lost(error))?;
        Ok((free as u64).saturating_sub(RESERVE.max(total as u64 / 20)))
    }

    fn allocate(&self, bytes: u64) -> Result<u64, DeviceError> {
        self.enter()?;
        // SAFETY: any size may be asked for.
        let address =
            unsafe { result::malloc_sync(bytes as usize) }.map_err(|error| match error.0 {
                sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY => self.full(bytes),
                _ => self.lost(error),
            })?;
        // SAFETY: `address` begins `bytes` bytes. What is copied there later waits in the same queue, and kernels for it.
        unsafe { result::memset_d8_async(address, 0, bytes as usize, self.copies) }
            .map_err(|error| self.lost(error))?;
        Ok(address)
    }

    fn release(&self, address: u64) {
        if self.enter().is_ok() {
            // SAFETY: the address came from `allocate` and is given back once; the driver waits for what uses it.
            // An error here is one of an earlier kernel, and has been or will be told elsewhere.
            let _ = unsafe { result::free_sync(address) };
        }
    }

    fn upload(
        &self,
        to: u64,
        bytes: usize,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), DeviceError> {
        self.enter()?;
        let failed = |error| self.lost(error);
        let mut both = self.staging.lock().unwrap_or_else(PoisonError::into_inner);
        both.sort_by_key(|staging| staging.turn);
        let staging = &mut both[0];
        staging.turn += 2;
        // SAFETY: the event is alive; once it has passed nothing reads the buffer any more.
        unsafe { result::event::synchronize(staging.free) }.map_err(failed)?;
        let buffer = staging.bytes(bytes).map_err(failed)?;
        fill(buffer);
        // SAFETY: the buffer is not touched before `free` has passed; `to` is memory that the caller allocated.
        unsafe {
            result::memcpy_htod_async(to, buffer, self.copies)
                .and_then(|()| result::event::record(staging.free, self.copies))
        }
        .map_err(failed)
    }

    fn download(&self, from: u64, to: &mut [u8]) -> Result<(), DeviceError> {
        self.enter()?;
        // SAFETY: `from` begins at least as many bytes as `to` has, by the caller's allocation; both queues are empty before
        // the copy, which is done when the call returns.
        unsafe {
            result::stream::synchronize(self.copies)
                .and_then(|()| result::stream::synchronize(self.kernels))
                .and_then(|()| result::memcpy_dtoh_sync(to, from))
        }
        .map_err(|error| self.lost(error))
    }

    fn show(
        &self,
        after: Mark,
        (from, bytes): (u64, usize),
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), DeviceError> {
        self.enter()?;
        let failed = |error| self.lost(error);
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        let buffer = arrivals.bytes(bytes).map_err(failed)?;
        self.queue_waits(self.home, after)?;
        // SAFETY: `from` begins at least `bytes` bytes, by the caller's allocation; the copy is done before the buffer is read.
        unsafe {
            result::memcpy_dtoh_async(buffer, from, self.home)
                .and_then(|()| result::stream::synchronize(self.home))
        }
        .map_err(failed)?;
        take(buffer);
        Ok(())
    }

    fn launch(&self, entry: Entry, grid: [u32; 3], argument: &[u8]) -> Result<(), DeviceError> {
        self.enter()?;
        // The driver reads the structure before it returns; as u64 it is aligned for any field.
        let mut words = vec![0_u64; argument.len().div_ceil(8)];
        bytemuck::cast_slice_mut::<u64, u8>(&mut words)[..argument.len()].copy_from_slice(argument);
        let mut parameters = [words.as_mut_ptr().cast::<c_void>()];
        // SAFETY: the function has one parameter, the structure whose fields `arguments.rs` lays out as `gram.cu` does;
        // the addresses in it are of memory that outlives the queue (it is released after a synchronisation).
        unsafe {
            result::launch_kernel(
                self.functions[entry.name()],
                (grid[0], grid[1], grid[2]),
                (entry.threads(), 1, 1),
                entry.shared(),
                self.kernels,
                &mut parameters,
            )
        }
        .map_err(|error| self.lost(error))
    }

    fn mark(&self) -> Result<Mark, DeviceError> {
        self.enter()?;
        let mark = Mark(self.next.fetch_add(1, Ordering::Relaxed));
        // SAFETY: event and queue are alive.
        unsafe { result::event::record(self.event_of(mark), self.kernels) }
            .map_err(|error| self.lost(error))?;
        Ok(mark)
    }

    fn copies_wait(&self, mark: Mark) -> Result<(), DeviceError> {
        self.enter()?;
        self.queue_waits(self.copies, mark)
    }

    fn kernels_wait(&self) -> Result<(), DeviceError> {
        self.enter()?;
        // SAFETY: event and queues are alive.
        unsafe {
            result::event::record(self.copied, self.copies).and_then(|()| {
                result::stream::wait_event(
                    self.kernels,
                    self.copied,
                    sys::CUevent_wait_flags::CU_EVENT_WAIT_DEFAULT,
                )
            })
        }
        .map_err(|error| self.lost(error))
    }

    fn wait(&self, mark: Mark) -> Result<(), DeviceError> {
        self.enter()?;
        // SAFETY: the event is alive. If it marks a later point by now, this waits longer.
        unsafe { result::event::synchronize(self.event_of(mark)) }
            .map_err(|error| self.lost(error))?;
        self.passed.fetch_max(mark.0 + 1, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for OpenCard {
    fn drop(&mut self) {
        if self.enter().is_err() {
            return;
        }
        let staging = self
            .staging
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let arrivals = self
            .arrivals
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        // SAFETY: nothing uses the handles any more; each is given back once. Errors have nobody left to tell.
        unsafe {
            let _ = result::stream::synchronize(self.kernels);
            let _ = result::stream::synchronize(self.copies);
            for staging in staging.iter_mut().chain([arrivals]) {
                staging.give_back();
            }
            for event in self.marks.into_iter().chain([self.copied]) {
                let _ = result::event::destroy(event);
            }
            let _ = result::stream::destroy(self.kernels);
            let _ = result::stream::destroy(self.copies);
            let _ = result::stream::destroy(self.home);
        }
    }
}
