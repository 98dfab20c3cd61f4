//! The footer of a Parquet file, looked at before polars does.
//!
//! polars 0.55 asks for memory for as many schema elements, row groups and columns as a list in the footer claims; a
//! claim of 2^31 ends the process, and no `catch_unwind` helps. So the footer is walked here first: a list that claims
//! more elements than there are bytes left is refused, and so are rows that so short a file cannot hold.

use super::thrift::{Cursor, INTEGER, LIST, LONG, STRUCT};

/// Field numbers of `FileMetaData`, and the number of rows in a `RowGroup`.
const SCHEMA: i64 = 2;
const ROW_GROUPS: i64 = 4;
const GROUP_ROWS: (i64, u8) = (3, LONG);
/// `num_children` in a `SchemaElement`.
const CHILDREN: (i64, u8) = (5, INTEGER);
/// Groups within groups, more than tables of numbers and text have; polars walks them by recursion.
const MAX_NESTING: usize = 100;

/// Rows (and values) are believed up to this many, and as many more for each byte of the file: a repeated value takes next to no
/// room, but distinct ones do.
const ROWS_OF_ANY_FILE: u64 = 1 << 24;
const ROWS_PER_BYTE: u64 = 256;

/// The most rows, and the most values in a column of lists, that a file of `len` bytes is believed to hold.
pub(super) fn most(len: usize) -> u64 {
    ROWS_OF_ANY_FILE + ROWS_PER_BYTE * len as u64
}

/// Checks the footer of the file `bytes`; what is no footer at all is left to polars, which refuses it.
pub(super) fn check(bytes: &[u8]) -> Result<(), &'static str> {
    let Some(footer) = footer(bytes) else {
        return Ok(());
    };
    let (mut rows, mut open) = (0_u64, Vec::new());
    let mut cursor = Cursor { rest: footer };
    let walked = cursor.fields(&mut |cursor, id, kind| match (id, kind) {
        (SCHEMA, LIST) => {
            cursor.list(&mut |cursor, kind| nest(&mut open, number(cursor, kind, CHILDREN)?))
        }
        (ROW_GROUPS, LIST) => cursor.list(&mut |cursor, kind| {
            let in_group = number(cursor, kind, GROUP_ROWS)?;
            rows = rows.saturating_add(u64::try_from(in_group).ok()?);
            Some(())
        }),
        _ => cursor.skip(kind),
    });
    if walked.is_none() {
        return Err("its footer claims more than it holds, or is damaged");
    }
    if rows > most(bytes.len()) {
        return Err("its footer claims more rows than a file of this length can hold");
    }
    Ok(())
}

/// The bytes between the columns and the end: their length stands before the last four bytes.
fn footer(bytes: &[u8]) -> Option<&[u8]> {
    let (front, tail) = bytes.split_last_chunk::<8>()?;
    let len = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]);
    front.get(front.len().checked_sub(usize::try_from(len).ok()?)?..)
}

/// The number in field `wanted` of a struct; 0 if it has none.
fn number(cursor: &mut Cursor<'_>, kind: u8, wanted: (i64, u8)) -> Option<i64> {
    let mut value = 0;
    (kind == STRUCT).then_some(())?;
    cursor.number(wanted, &mut value)?;
    Some(value)
}

/// Counts an element of the schema, which comes depth first: `open` holds how many children each group still has.
fn nest(open: &mut Vec<i64>, children: i64) -> Option<()> {
    if let Some(left) = open.last_mut() {
        *left -= 1;
    }
    if children > 0 {
        open.push(children);
    }
    while open.last() == Some(&0) {
        open.pop();
    }
    (open.len() <= MAX_NESTING).then_some(())
}
