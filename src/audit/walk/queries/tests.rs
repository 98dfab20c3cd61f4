//! Queries that are drawn count what a walk over all pairs counts, and every row has the same chance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Draw, SearchedFrom};
use crate::audit::ask::{QueryChoice, SearchBy, Stream};
use crate::audit::read::found::Frame;
use crate::audit::states::queries::{DrawnQueries, Queries};
use crate::audit::{Inputs, PositivesInput, Prepared, Settings, prepare};
use crate::backend::{self, Backend};
use crate::data::{Embeddings, Labels, RawPairs};
use crate::kernel::NAMES;
use crate::pass::{Above, InGroup, NoWatch, SearchState};
use crate::result::Side;

fn noise(k: u64) -> f32 {
    let hash = (k + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let hash = (hash ^ (hash >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((hash >> 40) as f64 / (1 << 24) as f64 - 0.5) as f32
}

/// Rows around as many points as there are labels; some rows come twice, so that there are ties.
fn rows(name: &str, count: usize, labels: usize, seed: u64) -> Embeddings {
    let value = |(i, j): (usize, usize)| {
        let row = if i % 9 == 8 { i - 1 } else { i };
        noise(seed + (row * 12 + j) as u64) + noise((9_999 + i % labels * 12 + j) as u64)
    };
    let array = ndarray::Array2::from_shape_fn((count, 12), value);
    Embeddings::from_array(name, array.view()).expect("rows")
}

fn labels(classes: Vec<u32>) -> Labels {
    let last = classes.iter().max().map_or(0, |last| last + 1);
    Labels {
        name: "labels".to_owned(),
        values: Arc::new((0..last).map(|label| label.to_string()).collect()),
        classes,
    }
}

/// One view with labels, in groups; captions of images, each worth its own; aligned views.
fn cases(search_by: SearchBy) -> Vec<(&'static str, Prepared)> {
    let (a, b) = (|| rows("a", 120, 40, 0), || rows("b", 300, 60, 77));
    let captions = (0..300).map(|caption| [i128::from(caption % 60), i128::from(caption)]);
    let captions = RawPairs::new("pairs", captions);
    let captions = captions.with_gains((1..=300).map(f64::from).collect());
    let of_labels = || PositivesInput::Labels(labels((0..120).map(|row| row % 40).collect()));
    let prepared = |b, positives, groups| {
        let inputs = Inputs {
            name: "case".to_owned(),
            a: a(),
            b,
            positives,
            groups,
        };
        let settings = Settings {
            search: true,
            search_by,
            seed: 5,
            ..Settings::default()
        };
        prepare(inputs, &settings, &*cpu("portable"), &NoWatch).expect("rows")
    };
    let of_four = labels((0..120).map(|row| row / 4).collect());
    vec![
        ("labels", prepared(None, of_labels(), None)),
        ("groups", prepared(None, of_labels(), Some(of_four))),
        (
            "captions",
            prepared(Some(b()), PositivesInput::Pairs(captions), None),
        ),
        (
            "aligned",
            prepared(
                Some(rows("b", 120, 40, 9_000)),
                PositivesInput::Aligned,
                None,
            ),
        ),
    ]
}

fn cpu(kernel: &str) -> Box<dyn Backend> {
    backend::cpu(Some(2), Some(kernel)).expect("a kernel")
}

fn searched(data: &Prepared, count: usize, backend: &dyn Backend) -> Queries {
    let frame = Frame::new(&data.facts, data.facts.layouts(data.settings.seed));
    let asked = data.served().asked(&frame, backend).expect("asked");
    let draw = Draw::of_estimate(QueryChoice::Sample(count), (count, String::new()));
    let mut queries = data.drawn(&asked, &frame, &draw).expect("a sample");
    let walked = data.search(&mut queries, &frame, backend, &NoWatch);
    walked.expect("a walk");
    queries
}

/// For each query, what is above its positives.
type Stands = Vec<BTreeMap<(u32, u32), Above>>;

/// What the walk over all pairs counts, for each query and positive, and all it counts of the side.
fn whole(data: &Prepared, backend: &dyn Backend) -> (Stands, SearchState) {
    let states = data.walk(backend, &NoWatch).expect("states");
    let searched = states.searched.expect("searched");
    let state = searched.of_positives(&states.walked, data.b.is_some());
    let (state, asked) = (state.expect("a side").clone(), searched.asked);
    let pairs = || asked.positives.iter().copied();
    let mut first: BTreeMap<_, _> = pairs().zip(state.from_rows.iter().copied()).collect();
    let second = pairs()
        .map(|(i, j)| (j, i))
        .zip(state.from_columns.iter().copied());
    if data.b.is_some() {
        return (vec![first, second.collect()], state);
    }
    first.extend(second);
    (vec![first], state)
}

#[test]
fn drawn_queries_have_the_positions_of_a_walk_over_all_pairs() {
    for &kernel in NAMES {
        let Ok(backend) = backend::cpu(Some(2), Some(kernel)) else {
            continue;
        };
        let both = [SearchBy::Cosine, SearchBy::Dot].map(cases);
        for (name, data) in both.into_iter().flatten() {
            let (whole, all) = whole(&data, &*backend);
            for count in [7, usize::MAX] {
                let queries = searched(&data, count, &*backend);
                for (
                    DrawnQueries {
                        asked,
                        counted,
                        rows,
                        side,
                    },
                    whole,
                ) in queries.drawn.iter().zip(&whole)
                {
                    let by = data.settings.search_by;
                    let what = format!("{count} queries of {name} by {by:?}, {kernel}");
                    assert_eq!(counted.from_rows.len(), asked.positives.len(), "{what}");
                    for (pair, above) in asked.positives.iter().zip(&counted.from_rows) {
                        assert_eq!(whole.get(pair), Some(above), "{what}: {pair:?}");
                    }
                    let by_group = &counted.from_rows_by_group;
                    let parts = by_group.chunks_exact(by_group.len() / asked.positives.len());
                    for (parts, whole) in parts.zip(&counted.from_rows) {
                        let sum =
                            |of: fn(&InGroup) -> u16| parts.iter().map(of).map(u32::from).sum();
                        let all: [u32; 2] = [sum(|of| of.above), sum(|of| of.tied)];
                        assert_eq!(all, [whole.above, whole.tied], "{what}");
                    }
                    if name == "captions" {
                        // Caption k is worth k + 1.
                        let caption = |&(i, j): &(u32, u32)| if *side == Side::B { i } else { j };
                        let captions = asked.positives.iter().map(caption);
                        let worth: Vec<f64> = captions.map(|k| f64::from(k) + 1.0).collect();
                        assert_eq!(asked.gains, worth, "{what}");
                    }
                    if count == usize::MAX {
                        assert_eq!(asked.positives.len(), whole.len(), "{what}");
                    } else {
                        assert_eq!(rows.len(), count.min(120), "{what}");
                    }
                }
            }
            // All queries: pairs within one view from both ends.
            let queries = searched(&data, usize::MAX, &*backend);
            if queries.drawn[0].rows.len() < data.a.rows() {
                // Rows without a positive search nothing.
                continue;
            }
            let found = &queries.drawn[0].counted.cosines;
            let times = if data.b.is_some() { 1 } else { 2 };
            let expected: Vec<u64> = all.cosines.all.iter().map(|count| times * count).collect();
            assert!(found.all == expected, "{name}, {kernel}");
            for (found, all) in found.touching.iter().zip(&all.cosines.touching) {
                let expected = all.iter().map(|count| times * count);
                assert!(found.iter().copied().eq(expected), "{name}, {kernel}");
            }
        }
    }
}

#[test]
fn threads_change_no_count_and_the_seed_changes_the_queries() {
    for (name, data) in cases(SearchBy::Cosine) {
        let of = |threads| {
            let backend = backend::cpu(Some(threads), Some("portable")).expect("a kernel");
            let queries = searched(&data, 30, &*backend);
            let counted = queries.drawn.into_iter().map(|drawn| drawn.counted);
            (queries.card.digest, counted.collect::<Vec<_>>())
        };
        let (digest, counted) = of(1);
        assert!(of(2) == (digest.clone(), counted), "{name}");
        let mut other = data.clone();
        other.settings = Settings {
            seed: 6,
            ..(*data.settings).clone()
        }
        .check()
        .expect("settings");
        let moved = searched(&other, 30, &*cpu("portable")).card.digest;
        assert_ne!(moved, digest, "{name}");
    }
}

#[test]
fn every_row_has_the_same_chance_and_groups_their_share() {
    const DRAWS: u64 = 4_000;
    let order: Vec<u32> = (0..60).collect();
    // Groups of 3 to 21 rows.
    let groups: Vec<u32> = (0..60_u32).map(|row| row.isqrt()).collect();
    let candidates: Vec<u32> = order.iter().copied().filter(|row| row % 4 != 1).collect();
    let searcher = SearchedFrom {
        side: Side::A,
        ways: &[false],
        order: &order,
        groups: &groups,
        stream: Stream::FirstQueries,
    };
    let (count, mut times) = (13, [0_u32; 60]);
    let sizes = |rows: &[u32]| -> BTreeMap<u32, usize> {
        let mut out = BTreeMap::new();
        for &row in rows {
            *out.entry(groups[row as usize]).or_default() += 1;
        }
        out
    };
    let all = sizes(&candidates);
    for seed in 0..DRAWS {
        let rows = searcher.draw(&candidates, count, seed);
        assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), count);
        assert!(rows.is_sorted());
        for (group, of) in &all {
            let found = sizes(&rows).get(group).copied().unwrap_or(0) as f64;
            let due = count as f64 * *of as f64 / candidates.len() as f64;
            assert!(
                (found - due).abs() < 1.0 + 1e-9,
                "group {group}: {found} of {due}"
            );
        }
        rows.iter().for_each(|row| times[*row as usize] += 1);
    }
    let chance = count as f64 / candidates.len() as f64;
    let error = (chance * (1.0 - chance) / DRAWS as f64).sqrt();
    for (row, times) in times.iter().enumerate() {
        let share = f64::from(*times) / DRAWS as f64;
        match row % 4 {
            1 => assert_eq!(*times, 0),
            _ => assert!((share - chance).abs() < 5.0 * error, "row {row}: {share}"),
        }
    }
    assert_eq!(searcher.draw(&candidates, 45, 1), candidates);
    assert_eq!(searcher.draw(&candidates, usize::MAX, 1), candidates);
}
