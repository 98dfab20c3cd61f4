//! Page headers of a Parquet column, looked at before polars does.
//!
//! polars 0.55 believes the number of values in a page header. A negative one becomes a request for 2^61 bytes,
//! and a refused request ends the process: no `catch_unwind` helps. So the headers of the wanted columns are
//! walked here first. They are Thrift structs in the compact protocol; only what page headers use is understood.

/// Structs within structs: a page header has two levels.
const MAX_DEPTH: usize = 4;

/// Field numbers of `PageHeader`.
const COMPRESSED_SIZE: i64 = 3;
const DATA_PAGE: i64 = 5;
const DATA_PAGE_V2: i64 = 8;
/// Field number of `num_values` in both kinds of data page header.
const NUM_VALUES: i64 = 1;

/// Walks the pages of a column of `rows` rows, `values` values in all, until all values are seen.
pub(super) fn check(chunk: &[u8], values: i64, rows: usize) -> Result<(), &'static str> {
    let mut cursor = Cursor { rest: chunk };
    let mut seen = 0_i64;
    while seen < values && !cursor.rest.is_empty() {
        let page = cursor.page().ok_or("a page header is not understood")?;
        let in_page = page.values.unwrap_or(0);
        if usize::try_from(in_page).map_or(true, |n| n > rows) {
            return Err(
                "a page header promises more values than there are rows, or fewer than none",
            );
        }
        seen = seen.saturating_add(in_page);
        let size = page.size.and_then(|size| usize::try_from(size).ok());
        let after = size.and_then(|size| cursor.rest.get(size..));
        cursor.rest = after.ok_or("a page is longer than its column")?;
    }
    Ok(())
}

#[derive(Default)]
struct Page {
    /// Bytes after the header.
    size: Option<i64>,
    /// Values in it; dictionary pages have none.
    values: Option<i64>,
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn page(&mut self) -> Option<Page> {
        let mut page = Page::default();
        self.fields(&mut |cursor, id, kind| match (id, kind) {
            (COMPRESSED_SIZE, 5) => {
                page.size = Some(cursor.integer()?);
                Some(())
            }
            (DATA_PAGE | DATA_PAGE_V2, 12) => {
                cursor.fields(&mut |cursor, id, kind| match (id, kind) {
                    (NUM_VALUES, 5) => {
                        page.values = Some(cursor.integer()?);
                        Some(())
                    }
                    _ => cursor.skip(kind, MAX_DEPTH),
                })
            }
            _ => cursor.skip(kind, MAX_DEPTH),
        })?;
        Some(page)
    }

    /// Calls `field` with number and type of each field of a struct; it must consume the field.
    fn fields(&mut self, field: &mut dyn FnMut(&mut Self, i64, u8) -> Option<()>) -> Option<()> {
        let mut id = 0_i64;
        loop {
            let head = self.byte()?;
            let (step, kind) = (head >> 4, head & 0xf);
            if head == 0 {
                return Some(());
            }
            // A step of 0 says that the number follows in full.
            id = if step == 0 {
                self.integer()?
            } else {
                id.checked_add(i64::from(step))?
            };
            field(self, id, kind)?;
        }
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        match kind {
            // Booleans are their own type.
            1 | 2 => Some(()),
            3 => self.byte().map(drop),
            4..=6 => self.integer().map(drop),
            7 => self.advance(8),
            8 => {
                let len = self.varint()?;
                self.advance(usize::try_from(len).ok()?)
            }
            12 if depth > 0 => self.fields(&mut |cursor, _, kind| cursor.skip(kind, depth - 1)),
            _ => None,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    fn advance(&mut self, len: usize) -> Option<()> {
        self.rest = self.rest.get(len..)?;
        Some(())
    }

    /// Seven bits a byte, lowest first.
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// Signed integers alternate: 0, -1, 1, -2, ...
    fn integer(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }
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
