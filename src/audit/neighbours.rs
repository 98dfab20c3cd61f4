//! Which items are nearest to which: what two models of the same items must have in common if they see anything in them.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

use crate::audit::ask::Stream;
use crate::audit::error::AuditError;
use crate::audit::facts::places;
use crate::audit::prepare::Prepared;
use crate::backend::Backend;
use crate::pass::{NearestJob, Watch};
use crate::result::Neighbours;

/// Items whose neighbours a lock file keeps: the error of an overlap is then 0.03 at most.
const MOST: usize = 256;
/// Neighbours of each, where chance is then a hundredth at most; fewer among fewer rows.
const NEAREST: usize = 10;
const CHANCE: usize = 100;

impl Prepared {
    /// The nearest others of up to 256 seeded items: ten, or a hundredth of the others where these are fewer, but at least
    /// one. With `like`, of the same items and as many as there.
    ///
    /// Cost: 256 x rows x d multiply-adds.
    ///
    /// # Errors
    /// [`AuditError::Cancelled`].
    pub fn neighbours(
        &self,
        seed: u64,
        like: Option<&Neighbours>,
        backend: &dyn Backend,
        watch: &dyn Watch,
    ) -> Result<Neighbours, AuditError> {
        let rows = self.facts.by_item();
        let like = like.filter(|like| like.items == rows.len() as u64);
        let (of, k) = match like {
            Some(like) => (like.of.clone(), like.k),
            None => {
                let k = (rows.len() - 1) / CHANCE;
                (sampled(rows.len(), MOST, seed), k.clamp(1, NEAREST))
            }
        };
        watch.phase("neighbourhoods", of.len() as u64);
        let nearest = nearest_items(self, &rows, &of, k, backend, watch)?;
        Ok(Neighbours {
            ids: self.facts.items.as_ref().map(|items| items.digest.clone()),
            items: rows.len() as u64,
            k,
            of,
            nearest,
        })
    }
}

/// All of `items`, or `most` of them by the seed; ascending.
pub(crate) fn sampled(items: usize, most: usize, seed: u64) -> Vec<u32> {
    let mut chosen: Vec<u32> = (0..items as u32).collect();
    if items > most {
        chosen.shuffle(&mut Pcg64::seed_from_u64(Stream::Items.of(seed)));
        chosen.truncate(most);
        chosen.sort_unstable();
    }
    chosen
}

/// The `k` nearest other items of each item of `chosen`; item i is row `rows[i]` of the first view.
pub(crate) fn nearest_items(
    data: &Prepared,
    rows: &[u32],
    chosen: &[u32],
    k: usize,
    backend: &dyn Backend,
    watch: &dyn Watch,
) -> Result<Vec<Vec<u32>>, AuditError> {
    let item_of = places(rows);
    let of: Vec<u32> = chosen.iter().map(|&item| rows[item as usize]).collect();
    let job = NearestJob::Within(&data.a, &of, k);
    let found = backend.nearest(job, watch)?.state.into_lists();
    let to_items = |near: Vec<(u32, f32)>| {
        let items = near.into_iter().map(|(row, _)| item_of[row as usize]);
        items.collect()
    };
    Ok(found.into_iter().map(to_items).collect())
}
