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
/// Field number of `num_values` in every kind of page header.
const NUM_VALUES: i64 = 1;

/// Walks the pages of a column of `rows` rows, `values` values in all, until all values are seen.
pub(super) fn check(chunk: &[u8], values: i64, rows: usize) -> Result<(), &'static str> {
    let mut cursor = Cursor { rest: chunk };
    let mut seen = 0_i64;
    while seen < values && !cursor.rest.is_empty() {
        let page = page(&mut cursor).ok_or("a page header is not understood")?;
        let in_page = page.values.unwrap_or(0);
        if usize::try_from(in_page).map_or(true, |n| n > rows) {
            return Err(
                "a page header promises more values than there are rows, or fewer than none",
            );
        }
        seen = seen.saturating_add(in_page);
        let size = page.size.and_then(|size| u64::try_from(size).ok());
        let unpacked = page
            .unpacked
            .map_or(Some(0), |size| u64::try_from(size).ok());
        let (Some(size), Some(unpacked)) = (size, unpacked) else {
            return Err("a page header promises fewer bytes than none");
        };
        let most = UNPACKED_OF_ANY_PAGE.max(size.saturating_mul(MAX_RATIO));
        let entries = page.entries.unwrap_or(0);
        if unpacked > most || u64::try_from(entries).map_or(true, |n| n > unpacked) {
            return Err("a page header promises more than its page can hold");
        }
        let after = usize::try_from(size)
            .ok()
            .and_then(|size| cursor.rest.get(size..));
        cursor.rest = after.ok_or("a page is longer than its column")?;
    }
    Ok(())
}

#[derive(Default)]
struct Page {
    /// Bytes after the header, and what they unpack to.
    size: Option<i64>,
    unpacked: Option<i64>,
    /// Values in a page of data.
    values: Option<i64>,
    /// Values in a dictionary.
    entries: Option<i64>,
}

fn page(cursor: &mut Cursor<'_>) -> Option<Page> {
    let mut page = Page::default();
    cursor.fields(&mut |cursor, id, kind| {
        let number = match (id, kind) {
            (UNPACKED_SIZE, INTEGER) => &mut page.unpacked,
            (COMPRESSED_SIZE, INTEGER) => &mut page.size,
            (DATA_PAGE | DATA_PAGE_V2, STRUCT) => return num_values(cursor, &mut page.values),
            (DICTIONARY_PAGE, STRUCT) => return num_values(cursor, &mut page.entries),
            _ => return cursor.skip(kind),
        };
        *number = Some(cursor.integer()?);
        Some(())
    })?;
    Some(page)
}

fn num_values(cursor: &mut Cursor<'_>, values: &mut Option<i64>) -> Option<()> {
    cursor.fields(&mut |cursor, id, kind| match (id, kind) {
        (NUM_VALUES, INTEGER) => {
            *values = Some(cursor.integer()?);
            Some(())
        }
        _ => cursor.skip(kind),
    })
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
        assert!(
            check(&page(3), 2, 2)
                .unwrap_err()
                .contains("fewer than none")
        );
        assert!(
            check(&page(6), 2, 2)
                .unwrap_err()
                .contains("more values than there are rows")
        );
        assert!(
            check(&page(4)[..20], 2, 2)
                .unwrap_err()
                .contains("longer than its column")
        );
        assert!(
            check(&page(4)[..12], 2, 2)
                .unwrap_err()
                .contains("not understood")
        );
        assert!(
            check(&[0x1c; 100], 2, 2)
                .unwrap_err()
                .contains("not understood")
        );
    }
}
