//! What those who search ask of a card: its cosines, and what is counted of them.

use spherecheck::audit::{PositivesInput, QueryChoice, SearchBy, Settings};
use spherecheck::backend::device::Gpu;
use spherecheck::backend::{Auto, Backend, Done};
use spherecheck::data::UnitRows;
use spherecheck::kernel::{Exponents, Precision};
use spherecheck::pass::{GramJob, Layout, NoWatch, Plan, Search, SearchState, pair_cosines};

use super::device::{KINDS, LARGE, SPLIT, card, close, gpu, small_job, unit, with_job};
use super::emulated::{Fault, Order};
use super::support::{cone, embeddings};
use crate::support as shared;

/// What is asked: everything at once, and one by one.
fn searches<'a>(positives: &'a [(u32, u32)], cosines: &'a [f64]) -> [Search<'a>; 4] {
    let positions = Search {
        positives,
        cosines,
        ..Search::default()
    };
    [
        Search {
            nearest: 5,
            cosine_counts: Some(0),
            ..positions
        },
        positions,
        Search {
            nearest: 20,
            ..Search::default()
        },
        Search {
            cosine_counts: Some(40_000),
            ..Search::default()
        },
    ]
}

/// Rows and columns in so many groups, which are blocks; columns of each; bytes of the card.
struct Searched {
    rows: (usize, usize),
    columns: (usize, usize),
    dim: usize,
    memory: u64,
}

/// A card makes the processor's cosines, bit for bit, so that what is counted of them is the same: of a tile in a block and of
/// several, in memory for all panels and for three, on each kind of card, one or two, in either order of the queues.
#[test]
fn what_those_who_search_ask_is_counted_of_cosines_of_the_card() {
    let searched = |rows, columns, dim, memory| Searched {
        rows,
        columns,
        dim,
        memory,
    };
    // Two places for the cosines of six tasks, their lists, and three panels of 256 rows.
    let three_panels = 2 * 6 * 4 * 384 * 256 + 4 * 6 * 48 + 3 * 4 * 12 * 256 + 1000;
    // Columns are added up in stretches of 96 at most: one, one as long as may be, two, three.
    let cases = [
        searched((90, 20), (70, 20), 12, LARGE),
        searched((150, 1), (129, 2), 96, LARGE),
        searched((60, 3), (200, 1), 97, LARGE),
        searched((33, 2), (20, 2), 200, LARGE),
        searched((600, 3), (300, 2), 12, three_panels),
    ];
    for (case, searched) in cases.into_iter().enumerate() {
        let (n, m) = (searched.rows.0, searched.columns.0);
        let (a, b) = (unit(11, n, searched.dim), unit(12, m, searched.dim));
        let layouts = (
            Layout::with_groups(n, searched.rows.1, 1),
            Layout::with_groups(m, searched.columns.1, 2),
        );
        let order = [Order::CopiesFirst, Order::KernelsFirst][case % 2];
        // One card, or two that share the tasks.
        let cards: Option<Vec<_>> = (0..1 + case / 2 % 2)
            .map(|_| card(searched.memory, order).map(KINDS[case % 2]))
            .collect();
        let Some(cards) = cards else { return };
        let gpu = gpu(cards);
        let few = n.min(m) as u32;
        let positives: Vec<(u32, u32)> = (0..few).map(|i| (i, (7 * i + 3) % few)).collect();
        let others: Vec<(u32, u32)> = (1..n as u32).map(|i| (i, (5 * i + 2) % i)).collect();
        let plans = (
            Plan::rectangular(&layouts.0, &layouts.1),
            Plan::symmetric(&layouts.0),
        );
        let sides = [
            (Some((&b, &layouts.1)), &positives, &plans.0),
            (None, &others, &plans.1),
        ];
        for (second, positives, plan) in sides {
            let excluded: &[(u32, u32)] = second.map_or(&[], |_| positives);
            with_job((&a, &layouts.0), second, excluded, plan, |job| {
                counted_alike(&gpu, job, positives, searched.memory == LARGE);
            });
        }
    }
}

/// That `gpu` counts of a job what the processor does, and sums in one walk.
#[track_caller]
fn counted_alike(gpu: &Gpu, job: GramJob<'_>, positives: &[(u32, u32)], sums: bool) {
    let (a, second) = (job.a.0, job.b.map_or(job.a.0, |(rows, _)| rows));
    let cosines = pair_cosines((a, second), positives);
    let items = |rows: &UnitRows, from: u32| (0..rows.rows() as u32).map(|i| i + from).collect();
    let items: (Vec<u32>, Vec<u32>) = (items(a, 0), items(second, 2 * u32::from(job.b.is_some())));
    let none = Exponents::plan(&[]);
    for (k, search) in searches(positives, &cosines).into_iter().enumerate() {
        let counted = GramJob {
            exponents: &none,
            grouped: &[],
            histogram: false,
            duplicates: None,
            ..job
        };
        let job = GramJob {
            search,
            // Pairs of one item count in positions.
            items: (k % 2 == 0 && job.excluded.is_empty()).then_some((&items.0, &items.1)),
            ..if sums && k == 0 { job } else { counted }
        };
        let Done { by, state } = gpu.gram(job, &NoWatch).unwrap();
        assert_eq!(by.name, gpu.name());
        let theirs = shared::any_cpu().gram(job, &NoWatch).unwrap().state;
        assert_eq!(state.pairs, theirs.pairs);
        if sums && k == 0 {
            close(&state, &theirs, 2.0 * SPLIT);
        }
        let (mut ours, mut theirs) = (state.search, theirs.search);
        // Sums in f64, of tiles in another order.
        let below = |of: &mut SearchState| {
            let all = std::mem::take(&mut of.cosines.touching_below);
            let with = [std::mem::take(&mut of.cosines.below)]
                .into_iter()
                .chain(all);
            with.flat_map(|of| of.sums()).collect::<Vec<f64>>()
        };
        for (x, y) in below(&mut ours).into_iter().zip(below(&mut theirs)) {
            assert!((x - y).abs() <= 1e-9 * y.abs().max(1.0), "{x} against {y}");
        }
        assert!(
            ours == theirs,
            "{} x {}: {search:?}",
            a.rows(),
            second.rows()
        );
    }
}

/// What fails while cosines are made is told, or walked by the processor.
#[test]
fn a_card_that_fails_while_it_makes_cosines_says_so() {
    for (fault, said) in [
        (Fault::Memory(0), "out of memory"),
        (Fault::Memory(1), "out of memory"),
        (Fault::Launch(0), "lost while computing"),
        // Cosines that are not what they should be are not counted.
        (Fault::Cosines, "as the cosine of rows"),
    ] {
        let Some(alone) = card(LARGE, Order::KernelsFirst) else {
            return;
        };
        let other = card(LARGE, Order::CopiesFirst).expect("one opened above");
        small_job(|job| {
            let job = GramJob {
                search: Search {
                    nearest: 3,
                    ..Search::default()
                },
                ..job
            };
            let error = gpu(vec![alone.failing(fault)]).gram(job, &NoWatch);
            let text = error.unwrap_err().to_string();
            assert!(
                text.contains(said) && text.contains("--device cpu"),
                "{text}"
            );
            let auto = Auto::new(gpu(vec![other.failing(fault)]));
            let expected = shared::any_cpu().gram(job, &NoWatch).unwrap();
            assert_eq!(auto.gram(job, &NoWatch).unwrap(), expected);
            assert_eq!((auto.name(), auto.makes_cosines()), ("cpu", false));
        });
    }
}

/// Whatever an audit reads from positions, neighbours and thresholds has the processor's bits.
#[test]
fn an_audit_that_searches_reports_what_the_processor_would() {
    let Some(card) = card(LARGE, Order::KernelsFirst) else {
        return;
    };
    let gpu = gpu(vec![card]);
    let (a, b) = (cone(21, 160, 24), cone(22, 160, 24));
    let searching = Settings {
        search: true,
        ..Settings::default()
    };
    let by_products = Settings {
        search_by: SearchBy::Dot,
        ..searching.clone()
    };
    let drawn = Settings {
        queries: QueryChoice::Sample(50),
        ..searching.clone()
    };
    for (settings, walked, least) in [
        (searching, "all pairs; ", 40),
        (by_products, "all pairs for inner products; ", 40),
        (drawn, "the queries; ", 15),
    ] {
        let found = |backend: &dyn Backend| {
            let inputs = shared::inputs(
                embeddings(&a),
                Some(embeddings(&b)),
                PositivesInput::Aligned,
            );
            let audit = shared::audit(inputs, &settings, backend);
            let measures = audit.measures.into_iter();
            let of_search = measures.filter(|m| m.metric.of_search());
            let said = audit.notes.iter().any(|note| note.text.contains(walked));
            (
                of_search.map(|m| format!("{m:?}")).collect::<Vec<_>>(),
                said,
            )
        };
        let (ours, said) = found(&gpu);
        assert!(said && ours.len() >= least, "{walked}: {ours:?}");
        assert_eq!((ours, false), found(&*shared::any_cpu()));
    }
}

/// In a precision that is not searched the card walks, and leaves nothing half done; who makes no cosines leaves all of it to the
/// processor.
#[test]
fn who_does_not_search_leaves_nothing_half_done() {
    let (rows, layout) = (unit(11, 90, 12), Layout::new(90, 1));
    let plan = Plan::symmetric(&layout);
    let search = Search {
        nearest: 5,
        ..Search::default()
    };
    let items: Vec<u32> = (0..90).collect();
    with_job((&rows, &layout), None, &[], &plan, |job| {
        let job = GramJob { search, ..job };
        #[cfg(any(feature = "train", feature = "metal"))]
        {
            let tensors = spherecheck::backend::Tensors::on_cpu(
                spherecheck::backend::Cpu::new(Some(2), None).unwrap(),
            );
            let found = tensors.gram(job, &NoWatch).unwrap();
            assert_eq!(found, shared::any_cpu().gram(job, &NoWatch).unwrap());
            assert!(!tensors.makes_cosines());
        }
        let Some(card) = card(LARGE, Order::CopiesFirst) else {
            return;
        };
        let gpu = gpu(vec![card]);
        for items in [None, Some((&items[..], &items[..]))] {
            let rounded = GramJob {
                precision: Precision::Bf16,
                items,
                ..job
            };
            let found = gpu.gram(rounded, &NoWatch).unwrap();
            assert_eq!(found.by.name, gpu.name());
            assert_eq!(found.state.search, SearchState::default());
        }
    });
}

#[test]
fn an_audit_says_who_counted_what_a_card_does_not() {
    let Some(card) = card(LARGE, Order::CopiesFirst) else {
        return;
    };
    let gpu = gpu(vec![card]);
    let said = |settings: &Settings| {
        let rows = cone(13, 60, 8);
        let positives = shared::listed(&[(0, 1), (2, 3), (4, 5)]);
        let audit = shared::audit(
            shared::inputs(embeddings(&rows), None, positives),
            settings,
            &gpu,
        );
        let mut notes = audit.notes.into_iter().map(|note| note.text);
        let note = notes.find(|text| text.starts_with("The processor"));
        (audit.provenance.backend, note)
    };
    let all_pairs = "The processor counted positions, neighbours and fine cosines of all pairs; the device made the cosines, in f32.";
    let search = Settings {
        search: true,
        ..Settings::default()
    };
    let offenders = Settings {
        offenders: true,
        ..Settings::default()
    };
    for settings in [search, offenders] {
        let expected = ("emulated".to_owned(), Some(all_pairs.to_owned()));
        assert_eq!(said(&settings), expected);
    }
    assert_eq!(said(&Settings::default()), ("emulated".to_owned(), None));
}
