//! Which items the rows are: by their ids, or by their places; and which of them are positives of each other.

use sha2::{Digest, Sha256};

use crate::audit::facts::{Facts, Items, digest};
use crate::audit::prepare::Prepared;
use crate::data::{DataError, Names, Positives};
use crate::result::sketch;

impl Prepared {
    /// Gives the rows their ids: jackknife groups, and whatever is paired with another audit, then follow the ids and
    /// not the places of rows. `ids` has one entry for each row of the first file.
    ///
    /// # Errors
    /// [`DataError::Count`], [`DataError::RepeatedId`], [`DataError::NamesOfTwoViews`].
    pub fn identified(mut self, ids: &Names) -> Result<Self, DataError> {
        self.one_name_each(ids)?;
        let kept = Names {
            name: ids.name.clone(),
            values: (0..self.a.rows())
                .map(|row| ids.values[self.a.file_row(row)].clone())
                .collect(),
        };
        // Before anything else: a repeated id must be refused even where its row was dropped.
        ids.order()?;
        let order = kept.order()?;
        let mut hash = Sha256::new();
        for &row in &order {
            let id = &kept.values[row as usize];
            hash.update((id.len() as u64).to_le_bytes());
            hash.update(id.as_bytes());
        }
        self.facts.items = Some(Items {
            sketch: Some(sketch(&kept.values)),
            order,
            digest: digest(hash),
        });
        Ok(self)
    }

    /// Refuses names that cannot be those of the items.
    pub(crate) fn one_name_each(&self, names: &Names) -> Result<(), DataError> {
        if let (Some(b), false) = (&self.b, self.facts.aligned) {
            return Err(DataError::NamesOfTwoViews {
                source_name: names.name.clone(),
                a_name: self.a.embeddings().name().to_owned(),
                b_name: b.embeddings().name().to_owned(),
            });
        }
        names.check(self.a.embeddings().name(), self.a.embeddings().rows())
    }
}

impl Facts {
    /// Digest of the positives, in the numbering of the ids where there are any: equal for equal sets of pairs. None
    /// for aligned views, where nothing was chosen.
    pub(crate) fn positives_digest(&self) -> Option<String> {
        let rank: Option<Vec<u32>> = self.items.as_ref().map(|items| {
            let mut rank = vec![0; items.order.len()];
            for (k, &row) in items.order.iter().enumerate() {
                rank[row as usize] = k as u32;
            }
            rank
        });
        let of = |row: u32| rank.as_ref().map_or(row, |rank| rank[row as usize]);
        let mut hash = Sha256::new();
        let mut put = |tag: &[u8], rows: &[u32]| {
            hash.update(tag);
            rows.iter().for_each(|row| hash.update(row.to_le_bytes()));
        };
        match self.positives.as_ref()? {
            Positives::Pairs(_) if self.aligned => return None,
            Positives::Pairs(pairs) => {
                let one_view = self.b.is_none();
                let mut list: Vec<[u32; 2]> = pairs
                    .list()
                    .iter()
                    .map(|&(i, j)| match (of(i), if one_view { of(j) } else { j }) {
                        (i, j) if one_view => [i.min(j), i.max(j)],
                        (i, j) => [i, j],
                    })
                    .collect();
                list.sort_unstable();
                list.iter().for_each(|pair| put(b"p", pair));
            }
            Positives::Groups(groups) => {
                let ranked = |members: &Vec<u32>| {
                    let mut members: Vec<u32> = members.iter().map(|&row| of(row)).collect();
                    members.sort_unstable();
                    members
                };
                let mut classes: Vec<Vec<u32>> = groups.members().iter().map(ranked).collect();
                classes.sort_unstable();
                classes.iter().for_each(|members| put(b"c", members));
            }
        }
        Some(digest(hash))
    }
}
