//! Page headers of a Parquet column, looked at before polars does.
//!
//! polars 0.55 believes the number of values in a page header. A negative one becomes a request for 2^61 bytes,
//! and a refused request ends the process: no `catch_unwind` helps. So the headers of the wanted columns are
//! walked here first. They are Thrift structs in the compact protocol.

use super::thrift::{Cursor, INTEGER, STRUCT};

/// A page is believed to unpack to this many bytes, and to as many times its length as deflate could keep.
const UNPACKED_OF_ANY_PAGE: u64 = 1 << 26;
const MAX_RATIO: u64 = 1032;

/// Field numbers of `PageHeader`.
const UNPACKED_SIZE: i64 = 2;
const COMPRESSED_SIZE: i64 = 3;
const DATA_PAGE: i64 = 5;
const DICTIONARY_PAGE: i64 = 7;
const DATA_PAGE_V2: i64 = 8;
/// `num_values` in every kind of page header.
const NUM_VALUES: (i64, u8) = (1, INTEGER);

/// Walks the pages of a column of `rows` rows, `values` values in all, until all values are seen.
pub(super) fn check(chunk: &[u8], values: i64, rows: usize) -> Result<(), &'static str> {
    let mut cursor = Cursor { rest: chunk };
    let mut seen = 0_i64;
    while seen < values && !cursor.rest.is_empty() {
        let page = page(&mut cursor).ok_or("a page header is not understood")?;
        if usize::try_from(page.values).map_or(true, |n| n > rows) {
            return Err(
                "a page header promises more values than there are rows, or fewer than none",
            );
        }
        seen = seen.saturating_add(page.values);
        let sizes = (u64::try_from(page.size), u64::try_from(page.unpacked));
        let (Ok(size), Ok(unpacked)) = sizes else {
            return Err("a page header promises fewer bytes than none");
        };
        let most = UNPACKED_OF_ANY_PAGE.max(size.saturating_mul(MAX_RATIO));
        if unpacked > most || u64::try_from(page.entries).map_or(true, |n| n > unpacked) {
            return Err("a page header promises more than its page can hold");
        }
        let after = usize::try_from(size)
            .ok()
            .and_then(|size| cursor.rest.get(size..));
        cursor.rest = after.ok_or("a page is longer than its column")?;
    }
    Ok(())
}

/// What the header of a page says.
struct Page {
    /// Bytes after the header, and what they unpack to.
    size: i64,
    unpacked: i64,
    /// Values in a page of data.
    values: i64,
    /// Values in a dictionary.
    entries: i64,
}

fn page(cursor: &mut Cursor<'_>) -> Option<Page> {
    let mut page = Page {
        // It must say so itself.
        size: -1,
        unpacked: 0,
        values: 0,
        entries: 0,
    };
    cursor.fields(&mut |cursor, id, kind| {
        let number = match (id, kind) {
            (UNPACKED_SIZE, INTEGER) => &mut page.unpacked,
            (COMPRESSED_SIZE, INTEGER) => &mut page.size,
            (DATA_PAGE | DATA_PAGE_V2, STRUCT) => {
                // polars goes by the type of the page: of two headers that differ, the one not looked at could lie.
                let before = std::mem::take(&mut page.values);
                cursor.number(NUM_VALUES, &mut page.values)?;
                if before != 0 {
                    page.values = -1;
                }
                return Some(());
            }
            (DICTIONARY_PAGE, STRUCT) => return cursor.number(NUM_VALUES, &mut page.entries),
            _ => return cursor.skip(kind),
        };
        *number = cursor.integer()?;
        Some(())
    })?;
    Some(page)
}

#[cfg(test)]
mod tests {
    use super::check;

    /// Header of a data page: type 0, 4 bytes unpacked, 4 packed, and `values` (zigzag) values; then the page.
    fn page(values: u8) -> Vec<u8> {
        let header = [
            0x15, 0, 0x15, 8, 0x15, 8, 0x2c, 0x15, values, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0,
        ];
        [&header[..], &[0; 4]].concat()
    }

    #[test]
    fn pages_that_keep_to_their_column_pass() {
        let two = [page(4), page(6)].concat();
        assert_eq!(check(&two, 5, 5), Ok(()));
        assert_eq!(
            check(&[&two[..], b"padding"].concat(), 5, 5),
            Ok(()),
            "polars stops after the last value, too"
        );
    }

    #[test]
    fn pages_that_lie_are_refused() {
        let mut two_headers = page(3);
        two_headers.splice(16..16, [0x3c, 0x15, 4, 0]);
        for (chunk, said) in [
            (&page(3)[..], "fewer than none"),
            (&page(6), "more values than there are rows"),
            // A header of a page of the second kind behind one of the first, which promises fewer than none.
            (&two_headers, "fewer than none"),
            (&page(4)[..20], "longer than its column"),
            (&page(4)[..12], "not understood"),
            (&[0x1c; 100], "not understood"),
        ] {
            assert!(check(chunk, 2, 2).unwrap_err().contains(said), "{said}");
        }
    }
}
