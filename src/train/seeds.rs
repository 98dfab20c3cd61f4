//! Random streams, each named by numbers, so that what one consumer draws does not depend on another.

use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

/// What a stream is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum SeedStream {
    /// Initial weights.
    Weights = 1,
    /// Order of the items in an epoch.
    Order = 2,
    /// Augmentation of one view of one item in an epoch.
    View = 3,
    /// Negatives of a step.
    Negatives = 4,
}

/// The stream of `purpose` under `seed`, told from others by `place`.
pub(super) fn stream(seed: u64, purpose: SeedStream, place: &[u64]) -> Pcg64Mcg {
    // SplitMix64: each number is stirred in fully before the next.
    let stir = |state: u64, number: u64| {
        let mut z = (state ^ number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let start = stir(stir(0, seed), purpose as u64);
    Pcg64Mcg::seed_from_u64(
        place
            .iter()
            .fold(start, |state, number| stir(state, *number)),
    )
}
