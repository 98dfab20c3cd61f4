//! The nearest rows of chosen rows.

use super::Seeing;

/// Finds the `k` rows of largest cosine with each chosen row, itself left out; of equal ones those that come first.
pub struct Nearest<'a> {
    /// The chosen rows, to leave each out of its own list.
    pub chosen: &'a [u32],
    /// How many.
    pub k: usize,
}

/// The nearest so far: largest cosine first.
pub struct Best(Vec<(f32, u32)>);

impl Seeing for Nearest<'_> {
    type State = Best;
    type Found = Vec<u32>;

    fn start(&self, _: usize) -> Best {
        Best(Vec::with_capacity(self.k + 1))
    }

    fn see(&self, best: &mut Best, k: usize, first: usize, cosines: &[f32]) {
        let own = self.chosen[k] as usize;
        let list = &mut best.0;
        for (at, &cosine) in cosines.iter().enumerate() {
            let full = list.len() == self.k;
            // A later row must be strictly nearer to push one out.
            if (full && list.last().is_none_or(|last| cosine <= last.0)) || first + at == own {
                continue;
            }
            let place = list.partition_point(|other| other.0 >= cosine);
            list.insert(place, (cosine, (first + at) as u32));
            list.truncate(self.k);
        }
    }

    fn finish(&self, _: usize, best: Best) -> Vec<u32> {
        best.0.into_iter().map(|(_, row)| row).collect()
    }
}
