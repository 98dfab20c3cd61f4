//! Every golden case and every law of the processor's suite, on every backend that opens here. What does not open is
//! named, with the reason.
//!
//! The kernels of `gram.cu` and `wgmma.cu` run wherever there is a C++ compiler: on an emulated card and an emulated Hopper,
//! through the same walk.
//! The golden cases, the tests of the walk and a small part of the laws always do; all laws take minutes there, and run
//! where `SPHERECHECK_BACKENDS` names it (`emulated`, `hopper`, or `emulated,cuda`; it restricts everything to those).

mod device;
mod emulated;
mod far;
mod golden;
mod rounded;
mod searched;
mod small;

#[path = "laws/bits.rs"]
mod bits;
#[path = "laws/duplicates.rs"]
mod duplicates;
#[path = "laws/errors.rs"]
mod errors;
#[path = "laws/invariance.rs"]
mod invariance;
#[path = "laws/oracles.rs"]
mod oracles;
#[path = "laws/sizes.rs"]
mod sizes;

/// The laws' support with accelerators where it has kernels of the processor.
mod support {
    pub use crate::support::*;

    use std::cell::Cell;

    use spherecheck::backend::device::Gpu;
    use spherecheck::backend::{Backend, Cpu};
    use spherecheck::result::Audit;

    use super::emulated::{Emulated, Order};

    /// Most that bf16x3 can move a cosine. Rounding to 8 bits is off by 2^-9 at most, so two parts leave 2^-18 |a_k| of each
    /// number, once for either factor; and low times low, at most 2^-18 |a_k b_k|, is dropped. Of unit rows
    /// sum |a_k b_k| <= 1, so all of it is at most 3 2^-18 = 1.15e-5, where every error has the same sign. (What f32
    /// additions lose beside is in the laws' own tolerances, as on the processor.)
    pub const SPLIT: f64 = 3.0 / (1 << 18) as f64;

    /// The same with what f32 adds.
    pub const COSINE_ERROR: f64 = SPLIT + crate::support::COSINE_ERROR;

    /// log mean e^(c s) moves by no more than c times the most that any cosine s does.
    pub fn slack(c: f64) -> f64 {
        c * SPLIT
    }

    /// What must be the same bits (or sums in another order) stays so; what compares other rounded rows has the split's
    /// slack.
    #[track_caller]
    pub fn same_measures(one: &Audit, other: &Audit, tolerance: f64, what: &str) {
        let slack = |c| if tolerance < 1e-9 { 0.0 } else { slack(c) };
        crate::support::same_measures_by(one, other, tolerance, slack, what);
    }

    /// The cards that are emulated.
    const EMULATED: [&str; 2] = ["emulated", "hopper"];

    /// Multiprocessors of the emulated Hopper: an odd number, so that tiles are shared unevenly.
    pub const MULTIPROCESSORS: u32 = 3;

    /// Whether a backend has the three precisions of the CUDA kernels.
    pub fn is_card(backend: &str) -> bool {
        backend == "cuda" || EMULATED.contains(&backend)
    }

    thread_local! {
        /// The emulated card on which alone a law runs that is small enough.
        static SMALL: Cell<Option<&'static str>> = const { Cell::new(None) };
        /// Whether it was said that this law is not run there.
        static SAID: Cell<bool> = const { Cell::new(false) };
    }

    /// Runs a small law on each emulated card, where there are any: one that says something of tiles.
    pub fn on_emulated_cards(law: impl Fn()) {
        EMULATED.into_iter().for_each(|name| on(name, &law));
    }

    /// Runs a small law on the emulated card with the kernels for every card: one that says more of what both share.
    pub fn on_the_emulated_card(law: impl Fn()) {
        on(EMULATED[0], &law);
    }

    fn on(name: &'static str, law: &impl Fn()) {
        if available().contains(&name) {
            SMALL.set(Some(name));
            law();
            SMALL.set(None);
        }
    }

    /// Backends that the laws run on: what opens here, but an emulated card only where it is named.
    #[expect(clippy::print_stderr, reason = "what is skipped is said")]
    pub fn kernels() -> Vec<&'static str> {
        if let Some(name) = SMALL.get() {
            return vec![name];
        }
        let mut here = available().to_vec();
        let all = here.len();
        here.retain(|name| !EMULATED.contains(name) || named(name));
        if here.len() < all && !SAID.replace(true) {
            let thread = std::thread::current();
            let law = thread.name().unwrap_or("a law");
            eprintln!(
                "skipped: {law} on emulated cards: SPHERECHECK_BACKENDS=emulated,hopper runs it"
            );
        }
        here
    }

    /// Whether `SPHERECHECK_BACKENDS` names `name`.
    fn named(name: &str) -> bool {
        let only = std::env::var("SPHERECHECK_BACKENDS").unwrap_or_default();
        only.split(',').any(|other| other == name)
    }

    /// The backends that open here; the others are named on stderr, once each.
    #[expect(clippy::print_stderr, reason = "what is skipped is said")]
    pub fn available() -> &'static [&'static str] {
        static FOUND: std::sync::OnceLock<Vec<&'static str>> = std::sync::OnceLock::new();
        FOUND.get_or_init(|| {
            let all = std::env::var("SPHERECHECK_BACKENDS")
                .unwrap_or_default()
                .is_empty();
            let mut found = Vec::new();
            for name in ["emulated", "hopper", "cuda", "candle-cpu", "metal"] {
                if !all && !named(name) {
                    eprintln!("skipped: backend {name}: SPHERECHECK_BACKENDS names others");
                    continue;
                }
                match open(name, 1) {
                    Ok(_) => found.push(name),
                    Err(reason) => eprintln!("skipped: backend {name}: {reason}"),
                }
            }
            found
        })
    }

    /// Backend `name` with `threads` threads of the host.
    pub fn open(name: &str, threads: usize) -> Result<Box<dyn Backend>, String> {
        let host = Cpu::new(Some(threads), None).map_err(|error| error.to_string())?;
        let devices = match name {
            #[cfg(any(feature = "train", feature = "metal"))]
            "candle-cpu" => return Ok(Box::new(spherecheck::backend::Tensors::on_cpu(host))),
            #[cfg(feature = "metal")]
            "metal" => {
                let metal = spherecheck::backend::Tensors::metal(host);
                return Ok(Box::new(metal.map_err(|error| error.to_string())?));
            }
            "emulated" | "hopper" => {
                // The order in which copies and kernels happen must not matter.
                let order = if threads.is_multiple_of(2) {
                    Order::CopiesFirst
                } else {
                    Order::KernelsFirst
                };
                let card = Emulated::new(name, 1 << 32, order)?;
                vec![match name {
                    "hopper" => Box::new(card.hopper(MULTIPROCESSORS)) as _,
                    _ => Box::new(card) as _,
                }]
            }
            #[cfg(feature = "gpu")]
            "cuda" => vec![spherecheck::backend::cuda::open(0).map_err(|error| error.to_string())?],
            _ => return Err("not in this build".to_owned()),
        };
        Ok(Box::new(Gpu::new(devices, host)))
    }

    pub fn cpu(threads: usize, name: &str) -> Box<dyn Backend> {
        open(name, threads).unwrap()
    }

    /// The first that opens; where none does, the processor, which passes.
    pub fn any_cpu() -> Box<dyn Backend> {
        match kernels().first() {
            Some(name) => cpu(2, name),
            None => crate::support::any_cpu(),
        }
    }
}
