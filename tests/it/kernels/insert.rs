//! Keys that take their places in lists, against lists that are sorted.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use spherecheck::kernel::{Kernel, Keys, WithKernel};

use super::with_every_kernel;

#[derive(Clone, Copy)]
struct InsertedAgainstSorted;

impl WithKernel for InsertedAgainstSorted {
    type Output = ();

    fn run<K: Kernel>(self, kernel: K) {
        let mut rng = Pcg64::seed_from_u64(13);
        for eights in 1..=5 {
            let (count, lists) = (8 * eights, 7);
            let mut found = vec![Keys([i64::MIN; 8]); lists * eights];
            let mut expected = vec![vec![i64::MIN; count]; lists];
            // None, one and many at a time; equal ones, and those of both ends.
            for round in 0..40 {
                let new: Vec<(u32, i64)> = (0..round)
                    .map(|_| {
                        let key = match rng.random_range(0..8) {
                            0 => rng.random_range(-3..3),
                            1 => [i64::MIN, i64::MAX][rng.random_range(0..2)],
                            _ => rng.random(),
                        };
                        (rng.random_range(0..lists as u32), key)
                    })
                    .collect();
                kernel.insert(&mut found, eights, &new);
                for (at, key) in new {
                    let list = &mut expected[at as usize];
                    list.push(key);
                    list.sort_unstable_by(|one, other| other.cmp(one));
                    list.truncate(count);
                }
                let found: Vec<Vec<i64>> = found
                    .chunks_exact(eights)
                    .map(|list| list.iter().flat_map(|eight| eight.0).collect())
                    .collect();
                assert_eq!(found, expected, "{}, {eights} eights", K::NAME);
            }
        }
    }
}

#[test]
fn keys_take_their_places() {
    with_every_kernel(InsertedAgainstSorted);
}
