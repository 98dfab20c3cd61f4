//! What an audit holds in memory beside its rows, against what `--dry-run` tells.
//!
//! A program of its own: the allocator counts what the whole process holds, other tests included.

#![expect(unsafe_code, reason = "an allocator that counts")]

#[path = "it/support/mod.rs"]
#[allow(dead_code, reason = "this test uses a part of it")]
mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use spherecheck::audit::{Effort, Inputs, PositivesInput, Settings, forecast};
use support::{any_cpu, audit, cone, embeddings, inputs, noisy};

struct Counting;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

fn taken(bytes: usize) {
    let now = NOW.fetch_add(bytes, Ordering::Relaxed) + bytes;
    MOST.fetch_max(now, Ordering::Relaxed);
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: the caller's.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        taken(size);
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn audits_hold_what_a_dry_run_tells() {
    let backend = any_cpu();
    let estimate = Effort::Amount {
        rounds: 3,
        full_rows: 32,
        squares: false,
    };
    for (rows, effort) in [(80_000, estimate), (12_000, Effort::Exact)] {
        let a = cone(4, rows, 4);
        let b = noisy(&a, 5, 0.3);
        for two in [false, true] {
            let data = || -> Inputs {
                match two {
                    false => inputs(embeddings(&a), None, PositivesInput::None),
                    true => inputs(
                        embeddings(&a),
                        Some(embeddings(&b)),
                        PositivesInput::Aligned,
                    ),
                }
            };
            let settings = Settings {
                effort,
                ..Settings::default()
            };
            let told = forecast(&data(), &settings, &*backend).unwrap();
            let told = match effort {
                Effort::Exact => told.bytes_memory,
                _ => told.estimate_bytes_memory.expect("an estimate"),
            } as usize;
            let data = data();
            let before = NOW.load(Ordering::Relaxed);
            MOST.store(before, Ordering::Relaxed);
            audit(data, &settings, &*backend);
            let held = MOST.load(Ordering::Relaxed) - before;
            let each = |bytes: usize| bytes / rows;
            assert!(
                held <= told + told / 8 && held >= told / 2,
                "{effort:?}, two views: {two}: {} bytes a row are told, {} were held",
                each(told),
                each(held)
            );
        }
    }
}
