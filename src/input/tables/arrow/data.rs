//! Columns of an Arrow batch: lengths and buffers, held against each other.

use std::ops::Range;
use std::sync::Arc;

use polars_arrow_format::ipc::{CompressionType, RecordBatchRef};

use super::layout::Held;
use crate::data::Bytes;
use crate::input::tables::checked::Cause;

pub(super) const CLAIMS: &str = "a batch claims other rows than it holds";

/// A column of a batch, as long as its lengths say.
#[derive(Clone)]
pub(super) struct Data {
    pub(super) held: Held,
    pub(super) nodes: Vec<Node>,
    pub(super) parts: Vec<BufferBytes>,
    /// The values of its codes, each part of them after the other.
    pub(super) dictionary: Arc<Vec<Data>>,
}

/// A length in a batch: of the rows of a column, or of all items of its lists.
#[derive(Clone, Copy)]
pub(super) struct Node {
    pub(super) len: usize,
    /// Whether some are nothing.
    nulls: bool,
}

/// Contents of a buffer: in the file, or where they were unpacked.
#[derive(Clone)]
pub(super) struct BufferBytes {
    pub(super) bytes: Bytes,
    pub(super) at: Range<usize>,
}

impl BufferBytes {
    pub(super) fn get(&self) -> &[u8] {
        &(*self.bytes).as_ref()[self.at.clone()]
    }
}

impl Data {
    /// Rows, or with `node` 1 the items of its lists.
    pub(super) fn len(&self, node: usize) -> usize {
        self.nodes[node].len
    }

    /// The first that is nothing among some rows, or with `node` 1 items of its lists.
    pub(super) fn first_null(&self, node: usize, mut some: Range<usize>) -> Option<usize> {
        // Lists have their ends between the two.
        let at = match self.held {
            Held::List { .. } => 2 * node,
            _ => node,
        };
        let nulls = self.nodes[node].nulls.then(|| self.part(at))?;
        some.find(|&at| !bit(nulls, at))
    }

    /// The contents of its `at`-th buffer.
    pub(super) fn part(&self, at: usize) -> &[u8] {
        self.parts[at].get()
    }
}

/// The truth value at a place.
pub(super) fn bit(bits: &[u8], at: usize) -> bool {
    bits[at / 8] >> (at % 8) & 1 == 1
}

/// A buffer of a batch in the file.
pub(super) struct Slot {
    /// Its contents, or what they were packed into.
    pub(super) at: Range<usize>,
    pub(super) packed: Option<CompressionType>,
    /// Bytes of its contents.
    pub(super) size: usize,
}

/// The lengths of a batch at these places in its list.
pub(super) fn nodes(batch: RecordBatchRef<'_>, some: Range<usize>) -> Result<Vec<Node>, Cause> {
    let list = batch.nodes()?.ok_or("a batch lists no lengths")?;
    let nodes = some.map(|at| {
        let node = list.get(at).ok_or("a batch lists too few lengths")?;
        Ok(Node {
            len: usize::try_from(node.length()).map_err(|_| CLAIMS)?,
            nulls: node.null_count() > 0,
        })
    });
    nodes.collect()
}

/// Refuses a column of `rows` rows whose buffers are shorter than that takes.
pub(super) fn check(held: &Held, rows: usize, nodes: &[Node], slots: &[Slot]) -> Result<(), Cause> {
    let holds = || {
        let bytes = |at: usize| slots.get(at).map(|slot| slot.size);
        // Which rows are nothing takes a bit of each, and so do truth values.
        let bits = |count: usize, at: usize| Some(count.div_ceil(8) <= bytes(at)?);
        let numbers = |count: usize, size: usize, at: usize| Some(count <= bytes(at)? / size);
        let nulls = |node: &Node, at: usize| match node.nulls {
            true => bits(node.len, at),
            false => Some(true),
        };
        // There is an end more than there are rows; without rows there may be none.
        let ends = |size: usize| Some(rows == 0 || rows < bytes(1)? / size);
        let own = nodes.first().filter(|node| node.len == rows)?;
        let all = nulls(own, 0)?
            && match *held {
                Held::Whole { size, .. } | Held::Real { size } => numbers(rows, size, 1)?,
                Held::Codes { size, .. } => numbers(rows, size, 1)?,
                Held::Truth => bits(rows, 1)?,
                Held::Text { ends: size } => ends(size)? && bytes(2).is_some(),
                Held::View => numbers(rows, 16, 1)?,
                Held::List {
                    ends: size,
                    ref item,
                } => {
                    let items = nodes.get(1)?;
                    ends(size)? && nulls(items, 2)? && numbers(items.len, item.number()?.size(), 3)?
                }
                Held::Fixed { width, ref item } => {
                    let items = nodes.get(1)?;
                    rows.checked_mul(width)? <= items.len
                        && nulls(items, 1)?
                        && numbers(items.len, item.number()?.size(), 2)?
                }
                // Nothing is read of other columns.
                Held::Other(_) => true,
            };
        Some(all)
    };
    match holds() {
        Some(true) => Ok(()),
        _ => Err(CLAIMS.into()),
    }
}

/// A buffer in the file; if its batch is packed, its first 8 bytes are the length of its contents, or -1 where it is not.
pub(super) fn slot(
    file: &[u8],
    at: Range<usize>,
    packed: Option<CompressionType>,
) -> Result<Slot, Cause> {
    let plain = |at: Range<usize>| Slot {
        size: at.len(),
        at,
        packed: None,
    };
    let Some(packed) = packed.filter(|_| !at.is_empty()) else {
        return Ok(plain(at));
    };
    let length = file.get(at.clone()).and_then(<[u8]>::first_chunk::<8>);
    let length = i64::from_le_bytes(*length.ok_or("a packed buffer has no length")?);
    let at = at.start + 8..at.end;
    if length == -1 {
        return Ok(plain(at));
    }
    // What a byte of the one and a block of 4 bytes of the other can stand for at most.
    let most = match packed {
        CompressionType::Lz4Frame => at.len().saturating_mul(255),
        CompressionType::Zstd => at.len().saturating_mul(1 << 15),
    };
    let size = usize::try_from(length).ok();
    let size = size.filter(|&size| size <= most.saturating_add(1 << 17));
    Ok(Slot {
        at,
        packed: Some(packed),
        size: size.ok_or("a packed buffer claims more than it can hold")?,
    })
}
