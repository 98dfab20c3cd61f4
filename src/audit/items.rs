//! Which items the rows are: by their ids, or by their places; and which of them are positives of each other.

use sha2::{Digest, Sha256};

use crate::audit::facts::{Facts, ItemOrder, digest, places};
use crate::audit::prepare::Prepared;
use crate::data::{DataError, Labels, Names, Positives};
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
        self.facts.items = Some(ItemOrder {
            sketch: Some(sketch(&kept.values)),
            order,
            digest: digest(hash),
        });
        Ok(self)
    }

    /// Says in which part of a split (training, test) each row is, one label for each row of the first file; of two views
    /// only where row i of both is one thing.
    ///
    /// # Errors
    /// [`DataError::Count`], [`DataError::NamesOfTwoViews`].
    pub fn split_by(mut self, parts: &Labels) -> Result<Self, DataError> {
        self.one_thing_each(&parts.name)?;
        let matrix = self.a.embeddings();
        parts.check("parts of the split", matrix.name(), matrix.rows())?;
        let of = |row| parts.classes[self.a.file_row(row)];
        self.facts.split = Some((0..self.a.rows()).map(of).collect());
        Ok(self)
    }

    /// Refuses names that cannot be those of the items.
    pub(crate) fn one_name_each(&self, names: &Names) -> Result<(), DataError> {
        self.one_thing_each(&names.name)?;
        names.check(self.a.embeddings().name(), self.a.embeddings().rows())
    }

    /// Refuses what `source` says of rows, where rows of two views are different things.
    fn one_thing_each(&self, source: &str) -> Result<(), DataError> {
        match (&self.b, self.facts.aligned) {
            (Some(b), false) => Err(DataError::NamesOfTwoViews {
                source_name: source.to_owned(),
                a_name: self.a.embeddings().name().to_owned(),
                b_name: b.embeddings().name().to_owned(),
            }),
            _ => Ok(()),
        }
    }
}

impl Facts {
    /// Digest of the positives, in the numbering of the ids where there are any: equal for equal sets of pairs, with equal
    /// grades or scores where they have any. None for aligned views without scores, where nothing was chosen.
    pub(crate) fn positives_digest(&self) -> Option<String> {
        let rank = self.items.as_ref().map(|items| places(&items.order));
        let of = |row: u32| rank.as_ref().map_or(row, |rank| rank[row as usize]);
        let mut hash = Sha256::new();
        let mut put = |tag: &[u8], rows: &[u32]| {
            hash.update(tag);
            rows.iter().for_each(|row| hash.update(row.to_le_bytes()));
        };
        match self.positives.as_ref()? {
            // Nothing was chosen but, where there are any, scores.
            Positives::Pairs(pairs) if self.aligned && pairs.values().is_empty() => return None,
            Positives::Pairs(pairs) => {
                let one_view = self.b.is_none();
                let named = one_view || self.aligned;
                let values = pairs.values().iter().map(|value| Some(value.to_bits()));
                let values = values.chain(std::iter::repeat(None));
                let listed = pairs.list().iter().zip(values);
                let mut list: Vec<([u32; 2], Option<u64>)> = listed
                    .map(|(&(i, j), value)| {
                        let pair = match (of(i), if named { of(j) } else { j }) {
                            (i, j) if one_view => [i.min(j), i.max(j)],
                            (i, j) => [i, j],
                        };
                        (pair, value)
                    })
                    .collect();
                list.sort_unstable();
                for (pair, value) in &list {
                    put(b"p", pair);
                    if let Some(bits) = value {
                        put(b"v", &[*bits as u32, (bits >> 32) as u32]);
                    }
                }
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
