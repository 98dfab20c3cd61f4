//! The PTX in the repository is what its source compiles to.
//!
//! Needs NVRTC 12.4.127 (`pip download --no-deps nvidia-cuda-nvrtc-cu12==12.4.127`, a zip): `SPHERECHECK_NVRTC_LIBRARY`
//! names its libnvrtc.so.12. No GPU and no driver. `SPHERECHECK_WRITE_PTX=1` writes the file instead of comparing.
//!
//! What the driver will make of it on a card: `SPHERECHECK_PTXAS` names the assembler (`bin/ptxas` of the wheel
//! nvidia-cuda-nvcc-cu12 12.4.131).

#![expect(unsafe_code, reason = "calls into NVRTC")]

use std::ffi::{CString, OsStr, c_char, c_int, c_void};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::ptr::null;

use flate2::Compression;
use flate2::write::GzEncoder;
use libloading::{Library, Symbol};
use spherecheck::backend::cuda::{HOPPER_SOURCE, SOURCE, hopper_ptx, ptx};
use spherecheck::backend::device::{Entry, Mode};

#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn ptx_is_what_the_source_compiles_to() {
    let Some(path) = std::env::var_os("SPHERECHECK_NVRTC_LIBRARY") else {
        eprintln!("skipped: PTX against its source: SPHERECHECK_NVRTC_LIBRARY names no NVRTC 12.4");
        return;
    };
    // SAFETY: the caller names NVIDIA's library, which runs nothing of ours on loading.
    let library = unsafe { Library::new(&path) }
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/backend/cuda");
    for (file, source, architecture, packed) in [
        ("gram.ptx.gz", SOURCE, "compute_80", ptx()),
        ("wgmma.ptx.gz", HOPPER_SOURCE, "compute_90a", hopper_ptx()),
    ] {
        let compiled = compile(&library, source, architecture);
        if std::env::var_os("SPHERECHECK_WRITE_PTX").is_some() {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(compiled.as_bytes()).unwrap();
            std::fs::write(root.join(file), encoder.finish().unwrap()).unwrap();
            continue;
        }
        assert!(
            without_counts(&compiled) == without_counts(&packed),
            "src/backend/cuda/{file} is not what its source compiles to; run this test with SPHERECHECK_WRITE_PTX=1"
        );
    }
}

/// The text without the numbers of its calls, which NVRTC counts on from one program to the next.
fn without_counts(ptx: &str) -> Vec<&str> {
    ptx.lines()
        .map(|line| line.split("// callseq").next().unwrap_or(line))
        .collect()
}

/// That `ptx` is for `target`, and has these kernels and instructions.
#[track_caller]
fn holds(ptx: &str, target: &str, entries: &[Entry], instructions: &[&str]) {
    for line in [".version 8.4", target, ".address_size 64"] {
        assert!(ptx.lines().any(|other| other == line), "no {line}");
    }
    for entry in entries {
        let name = format!(".entry {}(", entry.name());
        assert!(ptx.contains(&name), "no {name}");
    }
    for instruction in instructions {
        assert!(ptx.contains(instruction), "no {instruction}");
    }
}

#[test]
fn ptx_holds_every_kernel_for_every_card_from_8_0_on() {
    let instructions = [
        "mma.sync.aligned.m16n8k16",
        "mma.sync.aligned.m16n8k8",
        "ldmatrix.sync",
        "cp.async.cg",
        "ex2.approx",
    ];
    holds(&ptx(), ".target sm_80", &Entry::ALL, &instructions);
}

#[test]
fn ptx_for_hopper_holds_its_kernels_and_its_instructions() {
    let instructions = [
        "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16",
        "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes",
        "mbarrier.try_wait.parity",
        "setmaxnreg.inc.sync.aligned.u32 232",
        "ex2.approx",
    ];
    holds(
        &hopper_ptx(),
        ".target sm_90a",
        &Entry::HOPPER,
        &instructions,
    );
}

/// What the assembler says of one kernel.
#[derive(Debug, PartialEq, Eq)]
struct Made {
    kernel: String,
    registers: u32,
    stack_and_spills: [u32; 3],
}

/// Reads `ptxas -v`: "Function properties for K", "S bytes stack frame, A bytes spill stores, B bytes spill loads", "Used R
/// registers", the last for kernels only.
fn made(text: &str) -> Vec<Made> {
    let numbers = |line: &str| -> Vec<u32> {
        line.split(|c: char| !c.is_ascii_digit())
            .filter_map(|word| word.parse().ok())
            .collect()
    };
    let (mut out, mut name, mut memory) = (Vec::new(), String::new(), [0; 3]);
    for line in text.lines() {
        if let Some((_, kernel)) = line.split_once("properties for ") {
            kernel.trim().clone_into(&mut name);
        } else if line.contains("bytes stack frame") {
            memory = numbers(line).try_into().expect("three numbers");
        } else if let Some((_, used)) = line.split_once("Used ") {
            out.push(Made {
                kernel: name.clone(),
                registers: numbers(used)[0],
                stack_and_spills: memory,
            });
        }
    }
    out
}

/// What the assembler says of `text` for `arch`.
fn assemble(ptxas: &OsStr, text: &str, arch: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.ptx");
    std::fs::write(&source, text).unwrap();
    let out = Command::new(ptxas)
        .args(["-v", "-arch", arch, "-o"])
        .arg(folder.path().join(arch))
        .arg(&source)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{arch}: {said}");
    said
}

/// Warpgroups must keep products under way while they make exponentials: where the assembler cannot keep sums in their registers
/// it says that it serialises the instructions, or that it cannot tell how many registers a warp has.
#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn kernels_for_hopper_neither_spill_nor_wait_for_each_product() {
    let Some(ptxas) = std::env::var_os("SPHERECHECK_PTXAS") else {
        eprintln!("skipped: PTX for Hopper to machine code: SPHERECHECK_PTXAS names no ptxas");
        return;
    };
    let text = assemble(&ptxas, &hopper_ptx(), "sm_90a");
    assert!(!text.contains("Performance Loss"), "{text}");
    let made = made(&text);
    for entry in Entry::HOPPER {
        let kernel = made
            .iter()
            .find(|kernel| kernel.kernel == entry.name())
            .unwrap_or_else(|| panic!("{} is not there: {text}", entry.name()));
        assert_eq!(kernel.stack_and_spills, [0; 3], "{kernel:?}");
        // What warps start with; they pass some on then.
        let most = 65_536 / entry.threads() / 8 * 8;
        assert!(kernel.registers <= most, "{kernel:?}");
        assert!(entry.shared() <= 227 << 10, "{entry:?}");
        eprintln!(
            "sm_90a: {} registers at the start of {}",
            kernel.registers,
            entry.name()
        );
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn no_kernel_spills_and_fast_ones_fit_twice_on_every_card() {
    let Some(ptxas) = std::env::var_os("SPHERECHECK_PTXAS") else {
        eprintln!("skipped: PTX to machine code: SPHERECHECK_PTXAS names no ptxas");
        return;
    };
    // Capability, and KiB of shared memory of a multiprocessor, of which a block takes 1 more than it asks for.
    for (arch, kibibytes) in [
        ("sm_80", 164),
        ("sm_86", 100),
        ("sm_89", 100),
        ("sm_90", 228),
    ] {
        let text = assemble(&ptxas, &ptx(), arch);
        let made = made(&text);
        for entry in Entry::ALL {
            let kernel = made
                .iter()
                .find(|kernel| kernel.kernel == entry.name())
                .unwrap_or_else(|| panic!("{arch}: {} is not there: {text}", entry.name()));
            assert_eq!(kernel.stack_and_spills, [0; 3], "{arch}: {kernel:?}");
            let by_registers = 65_536 / (kernel.registers.next_multiple_of(8) * entry.threads());
            let by_memory = (kibibytes << 10) / (entry.shared() + 1024);
            let blocks = by_registers.min(by_memory);
            let expected = match entry {
                // Two sets of sums take the registers of a whole multiprocessor; and so do eight tasks of reads.
                Entry::Gram(Mode::Bf16x3) | Entry::Cosines | Entry::ReduceRows => 1,
                _ => 2,
            };
            assert!(blocks >= expected, "{arch}: {blocks} blocks of {kernel:?}");
            eprintln!(
                "{arch}: {} registers, {blocks} blocks of {}",
                kernel.registers,
                entry.name()
            );
        }
    }
}

/// The PTX of a source.
fn compile(library: &Library, source: &str, architecture: &str) -> String {
    type Create = unsafe extern "C" fn(
        *mut *mut c_void,
        *const c_char,
        *const c_char,
        c_int,
        *const c_void,
        *const c_void,
    ) -> c_int;
    type Compile = unsafe extern "C" fn(*mut c_void, c_int, *const *const c_char) -> c_int;
    type Size = unsafe extern "C" fn(*mut c_void, *mut usize) -> c_int;
    type Text = unsafe extern "C" fn(*mut c_void, *mut c_char) -> c_int;
    let source = CString::new(source).unwrap();
    let options = [
        format!("--gpu-architecture={architecture}"),
        "--std=c++17".to_owned(),
    ]
    .map(|option| CString::new(option).unwrap());
    let options = options.each_ref().map(|option| option.as_ptr());
    let mut program: *mut c_void = std::ptr::null_mut();
    // SAFETY: the signatures are those of nvrtc.h; every pointer outlives its call, and texts have room for the size that
    // NVRTC states, which counts the zero at their end.
    unsafe {
        let create: Symbol<'_, Create> = library.get(b"nvrtcCreateProgram").unwrap();
        let compile: Symbol<'_, Compile> = library.get(b"nvrtcCompileProgram").unwrap();
        assert_eq!(
            create(
                &raw mut program,
                source.as_ptr(),
                c"gram.cu".as_ptr(),
                0,
                null(),
                null()
            ),
            0
        );
        let status = compile(program, options.len() as c_int, options.as_ptr());
        let text = |size: &[u8], text: &[u8]| {
            let size: Symbol<'_, Size> = library.get(size).unwrap();
            let text: Symbol<'_, Text> = library.get(text).unwrap();
            let mut bytes = 0;
            assert_eq!(size(program, &raw mut bytes), 0);
            let mut out = vec![0_u8; bytes];
            assert_eq!(text(program, out.as_mut_ptr().cast()), 0);
            out.pop();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            status,
            0,
            "{}",
            text(b"nvrtcGetProgramLogSize", b"nvrtcGetProgramLog")
        );
        text(b"nvrtcGetPTXSize", b"nvrtcGetPTX")
    }
}
