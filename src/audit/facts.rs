//! What is known of the data beside the coordinates of its rows: all that reading needs of it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::audit::ask::Stream;
use crate::audit::grouping::Grouping;
use crate::data::{Positives, UnitRows};
use crate::num::{Codes, Dtype, Storage};
use crate::pass::{GROUPS, LONGEST_BLOCK, Layout, ring_blocks};
use crate::result::{JoinedCard, SampledCard, Side};

/// The data of an audit without their coordinates.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) a: ViewFacts,
    pub(crate) b: Option<ViewFacts>,
    /// Whether row i of one view is the positive of row i of the other.
    pub(crate) aligned: bool,
    pub(crate) positives: Option<Positives>,
    pub(crate) grouping: Option<Grouping>,
    pub(crate) ungrouped: Option<Ungrouped>,
    pub(crate) items: Option<ItemOrder>,
    pub(crate) positives_source: String,
    pub(crate) positives_dropped: u64,
    /// How views were joined by ids.
    #[serde(default)]
    pub(crate) joined: Option<JoinedCard>,
    /// The sample that these rows are.
    #[serde(default)]
    pub(crate) sampled: Option<SampledCard>,
    /// The part of a split (training, test) that each row of the first view is in; of aligned views, of both.
    #[serde(default)]
    pub(crate) split: Option<Vec<u32>>,
}

/// One view.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ViewFacts {
    /// File, and tensor or member within it.
    pub(crate) source: String,
    pub(crate) dim: usize,
    #[serde(with = "dtype_by_name")]
    pub(crate) dtype: Dtype,
    /// What its bytes stand for, where that was said.
    pub(crate) codes: Option<Codes>,
    /// Norm of each row before it was divided by it.
    pub(crate) norms: Vec<f64>,
    /// Row of the file that each row is.
    file_rows: Option<Vec<u32>>,
    /// Rows left out because their norm is zero.
    pub(crate) dropped: u64,
    /// The form in which these rows are a copy of those of the file.
    #[serde(default)]
    pub(crate) copied: Option<Storage>,
}

/// Rows with ids.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ItemOrder {
    /// Rows in the order of their ids.
    pub(crate) order: Vec<u32>,
    /// Digest of the ids in order.
    pub(crate) digest: String,
    /// The smallest hashes of the ids, see `Pairing::ids_sketch`; of whole audits only.
    pub(crate) sketch: Option<String>,
}

/// Why rows that listed pairs join are independent draws here all the same.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Ungrouped {
    /// They join this many rows, of so many.
    TooMany { largest: usize, rows: usize },
    /// Estimates do not know items yet.
    Estimate,
}

impl ViewFacts {
    pub(crate) fn of(rows: &UnitRows, dropped: u64) -> Self {
        let file_rows: Vec<u32> = (0..rows.rows())
            .map(|row| rows.file_row(row) as u32)
            .collect();
        let moved = file_rows.iter().zip(0..).any(|(of, row)| *of != row);
        Self {
            source: rows.embeddings().name().to_owned(),
            dim: rows.dim(),
            dtype: rows.embeddings().dtype(),
            codes: rows.embeddings().codes(),
            norms: rows.norms().to_vec(),
            file_rows: moved.then_some(file_rows),
            dropped,
            copied: None,
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.norms.len()
    }

    pub(crate) fn file_row(&self, row: usize) -> usize {
        self.file_rows
            .as_ref()
            .map_or(row, |rows| rows[row] as usize)
    }
}

impl Facts {
    /// The first view, then the second.
    pub(crate) fn views(&self) -> impl Iterator<Item = (Side, &ViewFacts)> {
        std::iter::once((Side::A, &self.a)).chain(self.b.iter().map(|b| (Side::B, b)))
    }

    /// The view that is the first end of a side's pairs.
    pub(crate) fn view(&self, side: Side) -> &ViewFacts {
        let second = self.b.as_ref().filter(|_| side == Side::B);
        second.unwrap_or(&self.a)
    }

    /// The side of positive pairs: they lie within the only view, or across the two.
    pub(crate) fn pair_side(&self) -> Side {
        self.b.as_ref().map_or(Side::A, |_| Side::Cross)
    }

    /// Rows in the order of the items, whatever their places.
    pub(crate) fn by_item(&self) -> Vec<u32> {
        match &self.items {
            Some(items) => items.order.clone(),
            None => (0..self.a.rows() as u32).collect(),
        }
    }

    /// One layout for each view; aligned views share one, so that an item is left out on both sides at once.
    /// Others have as many groups as the smaller one can fill: group g of one is left out with group g of the other.
    pub(crate) fn layouts(&self, seed: u64) -> (Layout, Layout) {
        let second = self.b.as_ref().filter(|_| !self.aligned);
        if let Some(grouping) = &self.grouping {
            let second = second.map(|b| {
                let order = (0..b.rows() as u32).collect();
                (order, grouping.of(true))
            });
            return Layout::of_items((self.by_item(), grouping.of(false)), second, seed);
        }
        let Some(b) = second else {
            let a = Layout::of_order(self.by_item(), GROUPS, seed);
            return (a.clone(), a);
        };
        let groups = GROUPS.min(self.a.rows()).min(b.rows());
        let deal = |rows: usize, seed| Layout::with_groups(rows, groups, seed);
        (
            deal(self.a.rows(), Stream::FirstLayout.of(seed)),
            deal(b.rows(), Stream::SecondLayout.of(seed)),
        )
    }

    /// Rings for the rows: one for each view, of as many blocks each. None where one view has so many more rows than the
    /// other that no blocks of a common number suit both.
    pub(crate) fn rings(&self, seed: u64) -> Option<(Layout, Layout)> {
        let n = self.a.rows();
        let Some(b) = self.b.as_ref().filter(|_| !self.aligned) else {
            let layout = Layout::ring(n, ring_blocks(n), seed);
            return Some((layout.clone(), layout));
        };
        let m = b.rows();
        let blocks = ring_blocks(n.min(m));
        let suits = n.max(m).div_ceil(blocks) <= LONGEST_BLOCK;
        suits.then(|| {
            (
                Layout::ring(n, blocks, Stream::FirstLayout.of(seed)),
                Layout::ring(m, blocks, Stream::SecondLayout.of(seed)),
            )
        })
    }

    /// Positive pairs between two views: they are no negatives of each other.
    pub(crate) fn excluded(&self) -> Vec<(u32, u32)> {
        match (&self.positives, &self.b) {
            (Some(Positives::Pairs(pairs)), Some(_)) => {
                let mut list = pairs.list().to_vec();
                list.sort_unstable();
                list.dedup();
                list
            }
            _ => Vec::new(),
        }
    }

    /// Items of the rows on either end of a side's pairs, where rows come in items.
    pub(crate) fn items_of(&self, side: Side) -> Option<(&[u32], &[u32])> {
        let grouping = self.grouping.as_ref()?;
        let (first, second) = operands(side);
        Some((grouping.of(first), grouping.of(second)))
    }

    /// Positive pairs of the audit.
    pub(crate) fn positive_pairs(&self) -> u64 {
        self.positives.as_ref().map_or(0, count)
    }
}

/// Whether the rows on either end of a side's pairs are those of the second view.
pub(crate) fn operands(side: Side) -> (bool, bool) {
    match side {
        Side::B => (true, true),
        Side::Cross => (false, true),
        Side::A | Side::Mean => (false, false),
    }
}

/// Where each row stands in an order of all rows.
pub(crate) fn places(order: &[u32]) -> Vec<u32> {
    let mut places = vec![0; order.len()];
    for (place, &row) in (0..).zip(order) {
        places[row as usize] = place;
    }
    places
}

/// How many pairs these are.
pub(crate) fn count(positives: &Positives) -> u64 {
    match positives {
        Positives::Pairs(pairs) => pairs.list().len() as u64,
        Positives::Groups(groups) => groups.pairs(),
    }
}

/// The first half of the hash, which is plenty to tell data apart.
pub(crate) fn digest(hash: Sha256) -> String {
    format!("sha256:{}", short(&hash.finalize()))
}

/// The first 16 bytes, in hexadecimal.
pub(crate) fn short(sum: &[u8]) -> String {
    sum[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Element types are known by their names.
mod dtype_by_name {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::num::Dtype;

    pub(super) fn serialize<S: Serializer>(dtype: &Dtype, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(dtype.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Dtype, D::Error> {
        let name = String::deserialize(from)?;
        Dtype::named(&name).ok_or_else(|| D::Error::custom(format!("no element type {name:?}")))
    }
}
