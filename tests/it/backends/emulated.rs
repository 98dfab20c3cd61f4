//! A card that is not there: `gram.cu` and `wgmma.cu` compiled by the host's C++ compiler and run thread by thread.

#![expect(unsafe_code, reason = "calls into the library that was just built")]

use std::collections::BTreeMap;
use std::ffi::{CString, c_char};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use libloading::{Library, Symbol};
use memmap2::{MmapMut, MmapOptions};
use spherecheck::backend::device::{Device, DeviceError, Entry, Mark};

type Emulate = unsafe extern "C" fn(*const c_char, *const u32, u32, u32, *const u8) -> i32;

/// When copies and kernels of the two queues really happen: as early or as late as they may. What is not ordered by a
/// wait goes wrong with one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Copies at once, kernels when they are waited for.
    CopiesFirst,
    /// Kernels at once, copies when they are waited for.
    KernelsFirst,
}

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An allocation is refused, after this many.
    Memory(usize),
    /// A launch fails, after this many.
    Launch(usize),
    /// The kernels for Hopper do nothing.
    Hopper,
    /// Cosines are not made.
    Cosines,
}

/// The emulated card.
pub struct Emulated {
    name: String,
    library: Arc<Library>,
    memory: u64,
    order: Order,
    fault: Option<Fault>,
    multiprocessors: Option<u32>,
    trouble: Option<String>,
    inside: Mutex<Inside>,
}

#[derive(Default)]
struct Inside {
    /// What is allocated, with its address.
    allocated: BTreeMap<u64, MmapMut>,
    allocations: usize,
    launches: usize,
    marks: u64,
    passed: u64,
    kernels: Vec<Queued>,
    copies: Vec<(u64, Vec<u8>)>,
}

enum Queued {
    Kernel(Entry, [u32; 3], Vec<u64>),
    Mark(u64),
}

impl Emulated {
    /// A card with `memory` bytes; or why there is none.
    pub fn new(name: &str, memory: u64, order: Order) -> Result<Self, String> {
        static BUILT: OnceLock<Result<Arc<Library>, String>> = OnceLock::new();
        let library = BUILT.get_or_init(|| {
            let path = build()?;
            // SAFETY: the library was built from this repository's sources; it runs nothing on loading.
            let library = unsafe { Library::new(&path) };
            library.map(Arc::new).map_err(|error| error.to_string())
        });
        Ok(Self {
            name: name.to_owned(),
            library: library.clone()?,
            memory,
            order,
            fault: None,
            multiprocessors: None,
            trouble: None,
            inside: Mutex::default(),
        })
    }

    /// The same card, which will fail.
    pub fn failing(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// The same card, but a Hopper with so many multiprocessors.
    pub fn hopper(mut self, multiprocessors: u32) -> Self {
        self.multiprocessors = Some(multiprocessors);
        self
    }

    /// The same card, whose driver did not take the kernels for Hopper.
    pub fn refusing(mut self, why: &str) -> Self {
        self.trouble = Some(why.to_owned());
        self
    }

    fn run(&self, entry: Entry, grid: [u32; 3], argument: &[u64]) {
        let idle = match self.fault {
            Some(Fault::Hopper) => Entry::HOPPER.contains(&entry),
            Some(Fault::Cosines) => entry == Entry::Cosines,
            _ => false,
        };
        if idle {
            return;
        }
        let name = CString::new(entry.name()).unwrap();
        // SAFETY: `emulate` has this signature; the addresses in the argument are of memory allocated here, which the
        // kernels index as they do on a card.
        let status = unsafe {
            let emulate: Symbol<'_, Emulate> = self.library.get(b"emulate").unwrap();
            emulate(
                name.as_ptr(),
                grid.as_ptr(),
                entry.threads(),
                entry.shared(),
                argument.as_ptr().cast(),
            )
        };
        assert_eq!(
            status,
            0,
            "{}: unknown (1), its threads wait for each other forever (2), or no memory for them (3)",
            entry.name()
        );
    }

    /// Runs queued kernels up to mark `upto`, or all of them.
    fn drain(&self, inside: &mut Inside, upto: Option<u64>) {
        while upto.is_none_or(|upto| inside.passed <= upto) && !inside.kernels.is_empty() {
            match inside.kernels.remove(0) {
                Queued::Kernel(entry, grid, argument) => self.run(entry, grid, &argument),
                Queued::Mark(mark) => inside.passed = mark + 1,
            }
        }
    }

    fn copy(inside: &mut Inside, to: u64, bytes: &[u8]) {
        let (start, memory) = inside
            .allocated
            .range_mut(..=to)
            .next_back()
            .expect("an allocated address");
        let at = (to - start) as usize;
        memory[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Carries out the copies that wait.
    fn land(inside: &mut Inside) {
        for (to, bytes) in std::mem::take(&mut inside.copies) {
            Self::copy(inside, to, &bytes);
        }
    }

    fn read(inside: &Inside, from: u64, to: &mut [u8]) {
        let (start, memory) = inside
            .allocated
            .range(..=from)
            .next_back()
            .expect("an allocated address");
        let at = (from - start) as usize;
        to.copy_from_slice(&memory[at..at + to.len()]);
    }
}

impl Device for Emulated {
    fn name(&self) -> &str {
        &self.name
    }

    fn model(&self) -> &str {
        "emulated card"
    }

    fn wgmma(&self) -> Option<u32> {
        self.multiprocessors
    }

    fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    fn free_memory(&self) -> Result<u64, DeviceError> {
        let inside = self.inside.lock().unwrap();
        let taken: u64 = inside
            .allocated
            .values()
            .map(|memory| memory.len() as u64)
            .sum();
        Ok(self.memory.saturating_sub(taken))
    }

    fn allocate(&self, bytes: u64) -> Result<u64, DeviceError> {
        let free = self.free_memory()?;
        let mut inside = self.inside.lock().unwrap();
        inside.allocations += 1;
        let refused =
            matches!(self.fault, Some(Fault::Memory(after)) if inside.allocations > after);
        if refused || bytes > free {
            return Err(DeviceError::OutOfMemory {
                device: self.name.clone(),
                needed: bytes,
                free,
            });
        }
        // Zeros that take no place before they are written to.
        let mapped = MmapOptions::new()
            .len(bytes as usize)
            .no_reserve_swap()
            .map_anon();
        let memory = mapped.map_err(|_| DeviceError::OutOfMemory {
            device: self.name.clone(),
            needed: bytes,
            free,
        })?;
        // Nor do their neighbours after that.
        #[cfg(target_os = "linux")]
        let _ = memory.advise(memmap2::Advice::NoHugePage);
        let address = memory.as_ptr() as u64;
        inside.allocated.insert(address, memory);
        Ok(address)
    }

    fn release(&self, address: u64) {
        let mut inside = self.inside.lock().unwrap();
        // Copies that no kernel waited for, too.
        Self::land(&mut inside);
        self.drain(&mut inside, None);
        assert!(
            inside.allocated.remove(&address).is_some(),
            "released twice"
        );
    }

    fn upload(
        &self,
        to: u64,
        bytes: usize,
        fill: &mut dyn FnMut(&mut [u8]),
    ) -> Result<(), DeviceError> {
        let mut buffer = vec![0_u64; bytes.div_ceil(8)];
        let buffer: &mut [u8] = &mut bytemuck::cast_slice_mut(&mut buffer)[..bytes];
        fill(buffer);
        let mut inside = self.inside.lock().unwrap();
        match self.order {
            Order::CopiesFirst => Self::copy(&mut inside, to, buffer),
            Order::KernelsFirst => inside.copies.push((to, buffer.to_vec())),
        }
        Ok(())
    }

    fn download(&self, from: u64, to: &mut [u8]) -> Result<(), DeviceError> {
        let mut inside = self.inside.lock().unwrap();
        self.drain(&mut inside, None);
        Self::read(&inside, from, to);
        Ok(())
    }

    fn show(
        &self,
        after: Mark,
        (from, bytes): (u64, usize),
        take: &mut dyn FnMut(&[u8]),
    ) -> Result<(), DeviceError> {
        let mut buffer = vec![0_u64; bytes.div_ceil(8)];
        let buffer: &mut [u8] = &mut bytemuck::cast_slice_mut(&mut buffer)[..bytes];
        let mut inside = self.inside.lock().unwrap();
        self.drain(&mut inside, Some(after.0));
        Self::read(&inside, from, buffer);
        drop(inside);
        take(buffer);
        Ok(())
    }

    fn launch(&self, entry: Entry, grid: [u32; 3], argument: &[u8]) -> Result<(), DeviceError> {
        let mut words = vec![0_u64; argument.len().div_ceil(8)];
        bytemuck::cast_slice_mut(&mut words)[..argument.len()].copy_from_slice(argument);
        let mut inside = self.inside.lock().unwrap();
        inside.launches += 1;
        if matches!(self.fault, Some(Fault::Launch(after)) if inside.launches > after) {
            return Err(DeviceError::Lost {
                device: self.name.clone(),
                reason: "CUDA_ERROR_ECC_UNCORRECTABLE".to_owned(),
            });
        }
        match self.order {
            Order::KernelsFirst => self.run(entry, grid, &words),
            Order::CopiesFirst => inside.kernels.push(Queued::Kernel(entry, grid, words)),
        }
        Ok(())
    }

    fn mark(&self) -> Result<Mark, DeviceError> {
        let mut inside = self.inside.lock().unwrap();
        let mark = inside.marks;
        inside.marks += 1;
        inside.kernels.push(Queued::Mark(mark));
        Ok(Mark(mark))
    }

    fn copies_wait(&self, mark: Mark) -> Result<(), DeviceError> {
        self.wait(mark)
    }

    fn kernels_wait(&self) -> Result<(), DeviceError> {
        Self::land(&mut self.inside.lock().unwrap());
        Ok(())
    }

    fn wait(&self, mark: Mark) -> Result<(), DeviceError> {
        let mut inside = self.inside.lock().unwrap();
        self.drain(&mut inside, Some(mark.0));
        Ok(())
    }
}

/// A C++ compiler, from `CXX` or by its usual names.
fn compiler() -> Option<String> {
    let works = |name: &String| {
        Command::new(name)
            .arg("--version")
            .output()
            .is_ok_and(|out| out.status.success())
    };
    let named = std::env::var("CXX").ok();
    named
        .into_iter()
        .chain(["c++", "g++", "clang++"].map(str::to_owned))
        .find(works)
}

fn build() -> Result<PathBuf, String> {
    let compiler =
        compiler().ok_or("no C++ compiler was found (set CXX, or install g++ or clang++)")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("emulate-{}.so", std::process::id()));
    // No contraction: the sum of two products is rounded twice, as the kernels write it.
    let built = Command::new(&compiler)
        .args([
            "-std=c++17",
            "-O3",
            "-march=native",
            "-ffp-contract=off",
            "-shared",
            "-fPIC",
            "-fvisibility=hidden",
            "-Wno-unknown-pragmas",
        ])
        // One load instead of a call for what each thread of the host has of its own.
        .args(cfg!(target_os = "linux").then_some("-ftls-model=initial-exec"))
        .args(
            ["src/backend/cuda", "tests/cuda"]
                .map(|folder| format!("-I{}", root.join(folder).display())),
        )
        .arg(root.join("tests/cuda/emulate.cpp"))
        .arg("-o")
        .arg(&out)
        .output()
        .map_err(|error| error.to_string())?;
    assert!(
        built.status.success(),
        "{compiler} does not take the kernels:\n{}",
        String::from_utf8_lossy(&built.stderr)
    );
    Ok(out)
}
