//! Cosines above limits, counted, named and parted from the others, against a loop over the tile.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::kernel::{CELLS, Kernel, RowLimits, WithKernel};

use super::bench::cosines;
use super::with_every_kernel;

/// Limits that meet cosines exactly, too: equal is not above.
fn limit(rng: &mut Pcg64, tile: &[f32]) -> f32 {
    match rng.random_range(0..6) {
        0 => tile[rng.random_range(0..tile.len())],
        1 => tile[rng.random_range(0..tile.len())].next_down(),
        2 => [f32::INFINITY, f32::NEG_INFINITY][rng.random_range(0..2)],
        _ => rng.random_range(-1.0..=1.0),
    }
}

#[derive(Clone, Copy)]
struct CountsAgainstALoop;

impl WithKernel for CountsAgainstALoop {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        let mut rng = Pcg64::seed_from_u64(11);
        for round in 0..60_usize {
            let mut tile = cosines::<K>(&mut rng);
            // What does not count.
            tile[7] = f32::NEG_INFINITY;

            // Rows of none, one and several pairs of limits; at the end of a block there are fewer rows than MR.
            let live = 1 + round % K::MR;
            let mut starts = vec![round as u32];
            for _ in 0..live {
                starts.push(starts[starts.len() - 1] + rng.random_range(0..4));
            }
            let len = (starts[live] - starts[0]) as usize;
            let pairs: Vec<[f32; 2]> = (0..len)
                .map(|_| [limit(&mut rng, &tile), limit(&mut rng, &tile)])
                .collect();
            let mut lanes = vec![0.0; 2 * K::LANES * len];
            let limits = RowLimits {
                starts: &starts,
                pairs: &pairs,
            };
            for _ in 0..2 {
                kernel.count_rows(&tile, limits, &mut lanes);
            }
            let mut found = vec![0.0; 2 * len];
            kernel.fold(&mut lanes, &mut found);
            assert!(lanes.iter().all(|lane| *lane == 0.0), "{}", K::NAME);
            for (r, ends) in starts.windows(2).enumerate() {
                let row = &tile[r * K::NR..(r + 1) * K::NR];
                for at in (ends[0] - starts[0]) as usize..(ends[1] - starts[0]) as usize {
                    for (side, limit) in pairs[at].iter().enumerate() {
                        let above = row.iter().filter(|s| *s > limit).count();
                        let what = format!("{}: row {r} above {limit}", K::NAME);
                        assert_eq!(found[2 * at + side], 2.0 * above as f64, "{what}");
                    }
                }
            }

            let layers = round % 4;
            let limits: Vec<f32> = (0..layers * 2 * K::NR)
                .map(|_| limit(&mut rng, &tile))
                .collect();
            let mut counts = vec![1.0; limits.len()];
            kernel.count_columns(&tile, &limits, &mut counts);
            for (at, (limit, count)) in limits.iter().zip(&counts).enumerate() {
                let column = tile.iter().skip(at % K::NR).step_by(K::NR);
                let above = column.filter(|s| *s > limit).count();
                let what = format!("{}: column {} above {limit}", K::NAME, at % K::NR);
                assert_eq!(*count, 1.0 + above as f32, "{what}");
            }

            // Mostly nothing is above: the answer of the whole tile must be right too.
            let high = round.is_multiple_of(2);
            let mut draw = |count: usize| -> Vec<f32> {
                (0..count)
                    .map(|_| if high { 2.0 } else { limit(&mut rng, &tile) })
                    .collect()
            };
            let (rows, mut columns) = (draw(K::MR), draw(K::NR));
            if round % 4 == 2 {
                columns[K::NR - 1] = 0.0;
            }
            let mut cells = vec![u16::MAX; CELLS];
            let count = kernel.above(&tile, &rows, &columns, &mut cells);
            let above = |&at: &usize| tile[at] > rows[at / K::NR] || tile[at] > columns[at % K::NR];
            let expected: Vec<usize> = (0..tile.len()).filter(above).collect();
            let found: Vec<usize> = cells[..count]
                .iter()
                .map(|cell| usize::from(*cell))
                .collect();
            assert_eq!(found, expected, "{}", K::NAME);
        }
    }
}

#[derive(Clone, Copy)]
struct PartedAgainstALoop;

impl WithKernel for PartedAgainstALoop {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        let mut rng = Pcg64::seed_from_u64(12);
        for round in 0..60 {
            let tile = cosines::<K>(&mut rng);
            let limit = match round % 4 {
                0 => -2.0,
                1 => tile[rng.random_range(0..tile.len())],
                2 => 1.0_f32.next_up(),
                _ => rng.random_range(-1.0..=1.0),
            };
            let mask: Vec<f32> = tile
                .iter()
                .map(|_| f32::from(u8::from(rng.random_bool(0.7))))
                .collect();
            for mask in [None, Some(&mask[..])] {
                let counts = |at: usize| mask.is_none_or(|mask| mask[at] != 0.0);
                let live: Vec<f32> = (0..tile.len())
                    .filter(|&at| counts(at))
                    .map(|at| tile[at])
                    .collect();
                let (above, below): (Vec<f32>, Vec<f32>) =
                    live.into_iter().partition(|s| *s >= limit);
                let mut kept = vec![7.0; tile.len()];
                let (count, sums) = kernel.split(&tile, mask, limit, &mut kept);
                assert_eq!(kept[..count], above, "{} at {limit}", K::NAME);
                let off = below.iter().map(|s| f64::from(*s) - f64::from(limit));
                let expected = [off.clone().sum::<f64>(), off.map(|off| off * off).sum()];
                for (found, expected) in sums.into_iter().zip(expected) {
                    let error = (found - expected).abs();
                    assert!(
                        error <= 3e-6 * (1.0 + expected.abs()),
                        "{} at {limit}: found {found}, expected {expected}",
                        K::NAME
                    );
                }
            }
        }
    }
}

#[test]
fn cosines_are_parted_at_a_limit() {
    with_every_kernel(PartedAgainstALoop);
}

#[test]
fn cosines_above_limits_are_counted_and_named() {
    with_every_kernel(CountsAgainstALoop);
}
