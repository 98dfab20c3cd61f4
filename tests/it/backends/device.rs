//! The walk on a device beyond the laws: memory that is too small, several cards, large numbers, failures.

use spherecheck::backend::device::{Device, DeviceError, Gpu, agree};
use spherecheck::backend::{Auto, Backend, BackendError, Cpu};
use spherecheck::data::UnitRows;
use spherecheck::kernel::{Exponents, Precision};
use spherecheck::pass::{Cancelled, GramJob, GramState, Layout, NoWatch, Plan, Search, Watch};

use super::emulated::{Emulated, Fault, Order};
use super::support::{MULTIPROCESSORS, cone, embeddings, normal};
use crate::support as shared;

pub(super) const LARGE: u64 = 1 << 32;

/// An emulated card, or the reason why there is none on stderr.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
pub(super) fn card(memory: u64, order: Order) -> Option<Emulated> {
    Emulated::new("emulated", memory, order)
        .inspect_err(|reason| eprintln!("skipped: the emulated card: {reason}"))
        .ok()
}

/// The same card, of both kinds.
pub(super) const KINDS: [fn(Emulated) -> Emulated; 2] =
    [|card| card, |card| card.hopper(MULTIPROCESSORS)];

pub(super) fn gpu(cards: Vec<Emulated>) -> Gpu {
    let devices = cards
        .into_iter()
        .map(|card| Box::new(card) as Box<dyn Device>)
        .collect();
    Gpu::new(devices, Cpu::new(Some(2), None).unwrap())
}

pub(super) fn unit(seed: u64, n: usize, d: usize) -> UnitRows {
    UnitRows::normalise(embeddings(&cone(seed, n, d))).unwrap()
}

/// A job with everything in it: chains, steep coefficients, groups, bins, duplicates, excluded pairs.
pub(super) fn with_job<T>(
    (a, layout_a): (&UnitRows, &Layout),
    b: Option<(&UnitRows, &Layout)>,
    excluded: &[(u32, u32)],
    plan: &Plan,
    run: impl FnOnce(GramJob<'_>) -> T,
) -> T {
    let exponents = Exponents::plan(&[1.0, 2.0, 4.0, 8.0, 1.0 / 0.07, 90.0]);
    let grouped = [false, true, false, false, true, true];
    run(GramJob {
        a: (a, layout_a),
        b,
        excluded,
        items: None,
        exponents: &exponents,
        grouped: &grouped,
        histogram: true,
        duplicates: b.is_none().then_some(1.0 - 1e-6),
        precision: Precision::F32,
        plan,
        search: Search::default(),
    })
}

/// Most that bf16x3 can move a cosine: both low parts are rounded by 2^-18 of their numbers, and their product is dropped.
pub(super) const SPLIT: f64 = 3.0 / (1 << 18) as f64;

#[track_caller]
pub(super) fn close(one: &GramState, other: &GramState, tolerance: f64) {
    assert_eq!(
        (one.pairs, &one.coefficients),
        (other.pairs, &other.coefficients)
    );
    assert_eq!(one.duplicates, other.duplicates);
    let total = |state: &GramState| state.histogram.iter().sum::<u64>();
    assert_eq!((total(one), total(other)), (one.pairs, one.pairs));
    let sides = |state: &GramState| [Some(state.rows.clone()), state.columns.clone()];
    for (x, y) in sides(one)
        .iter()
        .flatten()
        .zip(sides(other).iter().flatten())
    {
        for (c, coefficient) in one.coefficients.iter().enumerate() {
            for g in 0..x.groups() {
                for (p, (v, w)) in x.group(c, g).iter().zip(y.group(c, g)).enumerate() {
                    let error = (v - w).abs() / w.abs().max(1e-300);
                    assert!(
                        error <= tolerance * coefficient || v == w,
                        "e^({coefficient} s), group {g}, position {p}: {v} against {w}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_time_of_a_walk_is_told_by_what_the_host_did() {
    let orders = [Order::CopiesFirst, Order::KernelsFirst];
    let Some(cards) = orders.map(|order| card(LARGE, order)).into_iter().collect() else {
        return;
    };
    let gpu = gpu(cards);
    let (rows, layout) = (unit(5, 600, 40), Layout::new(600, 3));
    let told = || {
        gpu.timeline()
            .into_iter()
            .map(|(.., seconds)| seconds)
            .sum::<f64>()
    };
    let walk = || {
        with_job(
            (&rows, &layout),
            None,
            &[],
            &Plan::symmetric(&layout),
            |job| {
                gpu.gram(job, &NoWatch).expect("a walk");
            },
        );
    };
    assert_eq!((gpu.timeline().len(), told()), (14, 0.0));
    let start = std::time::Instant::now();
    walk();
    // Both cards walk at the same time, each in a thread of the host.
    let (once, whole) = (told(), start.elapsed().as_secs_f64());
    assert!(
        0.5 * whole < once && once <= 2.0 * whole,
        "{once} of {whole}: {:?}",
        gpu.timeline()
    );
    walk();
    assert!(told() > once, "walks are added up");
}

#[test]
fn states_are_those_of_the_processor_group_by_group() {
    let (a, b) = (unit(1, 700, 40), unit(2, 300, 40));
    let (layout_a, layout_b) = (Layout::new(700, 1), Layout::with_groups(300, 20, 2));
    let excluded: Vec<(u32, u32)> = (0..300).flat_map(|i| [(i, i), (2 * i, 299 - i)]).collect();
    let plan = Plan::rectangular(&layout_a, &layout_b);
    let within = Plan::symmetric(&layout_a);
    for kind in KINDS {
        let (Some(first), Some(last)) = (
            card(LARGE, Order::CopiesFirst),
            card(LARGE, Order::KernelsFirst),
        ) else {
            return;
        };
        let (first, last) = (gpu(vec![kind(first)]), gpu(vec![kind(last)]));
        for (b, plan) in [(Some((&b, &layout_b)), &plan), (None, &within)] {
            with_job((&a, &layout_a), b, &excluded, plan, |job| {
                let ours = first.gram(job, &NoWatch).unwrap().state;
                let theirs = shared::any_cpu().gram(job, &NoWatch).unwrap().state;
                close(&ours, &theirs, SPLIT);
                let again = last.gram(job, &NoWatch).unwrap().state;
                assert_eq!(ours, again, "the same bits again, in another order");
            });
        }
    }
}

/// 36 blocks of which a small card holds a few at a time.
#[test]
fn embeddings_larger_than_the_memory_pass_through_it() {
    let rows = unit(3, 360, 100);
    let layout = Layout::with_groups(360, 36, 4);
    let plan = Plan::symmetric(&layout);
    with_job((&rows, &layout), None, &[], &plan, |job| {
        for (hopper, kind) in [false, true].into_iter().zip(KINDS) {
            let whole = {
                let Some(card) = card(LARGE, Order::KernelsFirst) else {
                    return;
                };
                gpu(vec![kind(card)]).gram(job, &NoWatch).unwrap().state
            };
            // What three panels need is what the refusal of a card with next to nothing says.
            let tiny = card(1 << 20, Order::CopiesFirst).expect("one opened above");
            let error = gpu(vec![kind(tiny)]).gram(job, &NoWatch).unwrap_err();
            let needed = match error {
                BackendError::Device(error) => match *error {
                    DeviceError::OutOfMemory { needed, .. } => needed,
                    error => panic!("{error}"),
                },
                error => panic!("{error}"),
            };
            // Three panels, ten, and more than a group of 32; all 36 take 4.3 MB. How tiles are made has no part in what is in
            // between.
            let memories = [
                (0, Order::CopiesFirst, false),
                (0, Order::KernelsFirst, false),
                (900_000, Order::CopiesFirst, false),
                (3_800_000, Order::KernelsFirst, true),
            ];
            for (more, order, exact) in memories.into_iter().step_by(if hopper { 3 } else { 1 }) {
                let card = card(needed + more, order).expect("one opened above");
                let state = gpu(vec![kind(card)]).gram(job, &NoWatch).unwrap().state;
                close(&state, &whole, 1e-12);
                // As long as a group fits, sums are added in the same order.
                assert!(!exact || state == whole);
            }
        }
    });
}

#[test]
fn cards_share_the_tiles_and_their_states_are_merged_in_order() {
    let (a, b) = (unit(5, 400, 20), unit(6, 150, 20));
    let (layout_a, layout_b) = (
        Layout::with_groups(400, 34, 5),
        Layout::with_groups(150, 34, 6),
    );
    let plan = Plan::rectangular(&layout_a, &layout_b);
    with_job(
        (&a, &layout_a),
        Some((&b, &layout_b)),
        &[(1, 1), (7, 3)],
        &plan,
        |job| {
            let run = |count: usize| {
                let cards: Option<Vec<_>> = (0..count)
                    .map(|_| card(LARGE, Order::CopiesFirst).map(KINDS[1]))
                    .collect();
                cards.map(|cards| gpu(cards).gram(job, &NoWatch).unwrap().state)
            };
            let Some(one) = run(1) else { return };
            close(&run(2).unwrap(), &one, 1e-12);
            let three = run(3).unwrap();
            close(&three, &one, 1e-12);
            assert_eq!(three, run(3).unwrap(), "the same bits again");
            // More cards than steps: the last have nothing to do.
            close(&run(90).unwrap(), &one, 1e-12);
        },
    );
}

#[test]
fn rows_beyond_46340_and_pairs_beyond_2_to_the_31_are_counted_right() {
    let n = 70_000;
    let rows = UnitRows::normalise(embeddings(&normal(7, n, 4))).unwrap();
    let layout = Layout::new(n, 8);
    let all = Plan::symmetric(&layout);
    let block = |b: u32| layout.blocks()[b as usize].len() as u64;
    let pairs: u64 = all
        .tasks()
        .iter()
        .map(|&(i, j)| {
            if i == j {
                block(i) * (block(i) - 1) / 2
            } else {
                block(i) * block(j)
            }
        })
        .sum();
    assert_eq!(pairs, n as u64 * (n as u64 - 1) / 2);
    assert!(pairs > 1 << 31);
    // The far corner: the last task of the plan, on rows that no 16-bit square root reaches.
    let count = all.tasks().len();
    let last = all.every(count - 1, count);
    let exponents = Exponents::plan(&[4.0]);
    let job = GramJob {
        a: (&rows, &layout),
        b: None,
        excluded: &[],
        items: None,
        exponents: &exponents,
        grouped: &[true],
        histogram: true,
        duplicates: Some(1.0 - 1e-6),
        precision: Precision::F32,
        plan: &last,
        search: Search::default(),
    };
    let Some(card) = card(LARGE, Order::CopiesFirst) else {
        return;
    };
    let ours = gpu(vec![card]).gram(job, &NoWatch).unwrap().state;
    let theirs = shared::any_cpu().gram(job, &NoWatch).unwrap().state;
    close(&ours, &theirs, 1e-5);
}

pub(super) fn small_job<T>(run: impl FnOnce(GramJob<'_>) -> T) -> T {
    let rows = unit(9, 60, 5);
    let layout = Layout::new(60, 9);
    let plan = Plan::symmetric(&layout);
    with_job((&rows, &layout), None, &[], &plan, run)
}

#[test]
fn a_card_that_fails_says_what_to_do_and_leaves_nothing_behind() {
    for fault in [Fault::Memory(0), Fault::Launch(0), Fault::Launch(30)] {
        let Some(card) = card(LARGE, Order::KernelsFirst) else {
            return;
        };
        let error = small_job(|job| {
            gpu(vec![card.failing(fault)])
                .gram(job, &NoWatch)
                .unwrap_err()
        });
        let text = error.to_string();
        let said = match fault {
            Fault::Memory(_) => "emulated: out of memory: ",
            _ => "emulated: lost while computing (CUDA_ERROR_ECC_UNCORRECTABLE)",
        };
        assert!(
            text.starts_with(said) && text.contains("--device cpu"),
            "{text}"
        );
    }
    // One of two fails: the other stops, and the error is the failure, not the stop.
    let cards: Option<Vec<_>> = (0..2).map(|_| card(LARGE, Order::KernelsFirst)).collect();
    let Some(mut cards) = cards else { return };
    let second = cards.remove(1).failing(Fault::Launch(0));
    cards.push(second);
    let error = small_job(|job| gpu(cards).gram(job, &NoWatch).unwrap_err());
    assert!(error.to_string().contains("lost"), "{error}");
    // Memory for less than three panels is refused before anything is allocated.
    let Some(card) = card(1 << 20, Order::KernelsFirst) else {
        return;
    };
    let error = small_job(|job| gpu(vec![card]).gram(job, &NoWatch).unwrap_err());
    assert!(error.to_string().contains("out of memory"), "{error}");
}

#[test]
fn under_auto_the_processor_takes_over_and_says_so() {
    let Some(card) = card(LARGE, Order::KernelsFirst) else {
        return;
    };
    let auto = Auto::new(gpu(vec![card.failing(Fault::Launch(3))]));
    small_job(|job| {
        let state = auto.gram(job, &NoWatch).unwrap().state;
        assert_eq!(state, shared::any_cpu().gram(job, &NoWatch).unwrap().state);
    });
    assert_eq!((auto.name(), auto.checked_rows()), ("cpu", None));
    let notes = auto.notes();
    assert!(
        notes.len() == 1 && notes[0].contains("lost while computing"),
        "{notes:?}"
    );
}

#[test]
fn a_walk_that_is_cancelled_stops() {
    struct Stop;
    impl Watch for Stop {
        fn cancelled(&self) -> bool {
            true
        }
    }
    let Some(card) = card(LARGE, Order::CopiesFirst) else {
        return;
    };
    let error = small_job(|job| gpu(vec![card]).gram(job, &Stop).unwrap_err());
    assert!(
        matches!(error, BackendError::Cancelled(Cancelled)),
        "{error}"
    );
}

/// What is cut off each time that products are added grows with the columns: f32 must not lose what it is there for.
#[test]
fn sums_that_tensor_cores_cut_off_stay_within_5e_6() {
    let Some(card) = card(LARGE, Order::CopiesFirst) else {
        return;
    };
    let gpu = gpu(vec![card.hopper(MULTIPROCESSORS)]);
    // Cosines of 0.9, and five tight clusters: of 0.99 within each.
    let about =
        |far: f32| move |i: usize, k: usize| if (k + i).is_multiple_of(5) { far } else { 0.0 };
    let one: &dyn Fn(usize, usize) -> f32 = &|_, _| 3.0;
    let five: &dyn Fn(usize, usize) -> f32 = &about(22.0);
    for (dim, centre) in [(768, one), (1024, one), (768, five), (1024, five)] {
        let rows: Vec<Vec<f32>> = (normal(21, 250, dim).into_iter().enumerate())
            .map(|(i, row)| {
                let moved = row.into_iter().enumerate();
                moved.map(|(k, x)| x + centre(i, k)).collect()
            })
            .collect();
        let rows = UnitRows::normalise(embeddings(&rows)).unwrap();
        let layout = Layout::with_groups(250, 1, 1);
        let plan = Plan::symmetric(&layout);
        with_job((&rows, &layout), None, &[], &plan, |job| {
            let ours = gpu.gram(job, &NoWatch).unwrap().state;
            let theirs = shared::any_cpu().gram(job, &NoWatch).unwrap().state;
            for (c, coefficient) in theirs.coefficients.iter().enumerate() {
                let sum = |state: &GramState| state.rows.group(c, 0).iter().sum::<f64>();
                let off = (sum(&ours) / sum(&theirs)).ln().abs();
                // Of the sharpest default temperature, and in proportion for others.
                let most = 5e-6 * (coefficient * 0.07).max(1.0);
                assert!(
                    off < most,
                    "{dim} columns, e^({coefficient} s): off by {off:e}"
                );
            }
        });
    }
}

#[test]
fn kernels_for_hopper_are_used_only_where_they_find_what_the_others_find() {
    let Some(good) = card(LARGE, Order::CopiesFirst) else {
        return;
    };
    assert_eq!(agree(&good.hopper(MULTIPROCESSORS)), Ok(()));
    let silent = card(LARGE, Order::KernelsFirst).expect("one opened above");
    let said = agree(&silent.hopper(MULTIPROCESSORS).failing(Fault::Hopper)).unwrap_err();
    assert!(said.starts_with("bf16x3-wgmma: 0 duplicates of"), "{said}");
    let lost = card(LARGE, Order::KernelsFirst).expect("one opened above");
    let said = agree(&lost.hopper(MULTIPROCESSORS).failing(Fault::Launch(6))).unwrap_err();
    assert!(said.contains("lost while computing"), "{said}");
}

#[test]
fn why_kernels_for_hopper_are_not_used_is_said() {
    let refusing =
        |order| card(LARGE, order).map(|card| gpu(vec![card.refusing("CUDA_ERROR_INVALID_PTX")]));
    let Some(alone) = refusing(Order::CopiesFirst) else {
        return;
    };
    let auto = Auto::new(refusing(Order::KernelsFirst).expect("one opened above"));
    assert_eq!(alone.kernel_at(Precision::F32).unwrap(), "bf16x3");
    assert_eq!(auto.notes(), Vec::<String>::new(), "not before it is used");
    small_job(|job| assert_eq!(auto.gram(job, &NoWatch).unwrap().by.kernel, "bf16x3"));
    let said =
        "emulated ran the kernels for every card, not those for Hopper: CUDA_ERROR_INVALID_PTX.";
    assert_eq!(
        (alone.notes(), auto.notes()),
        (vec![said.to_owned()], vec![said.to_owned()])
    );
}
