//! Thrift's compact protocol, as far as it is needed to look at what polars is going to believe.

/// Structs and lists within each other, more than any footer or page header has.
const MAX_DEPTH: usize = 16;

/// Types of fields.
pub(super) const INTEGER: u8 = 5;
pub(super) const LONG: u8 = 6;
pub(super) const LIST: u8 = 9;
pub(super) const STRUCT: u8 = 12;

/// What is left of the bytes. Every method is `None` where they do not hold what it looks for.
pub(super) struct Cursor<'b> {
    pub(super) rest: &'b [u8],
}

/// What is done with a field: its number and type; it must be consumed.
pub(super) type Field<'f, 'b> = dyn FnMut(&mut Cursor<'b>, i64, u8) -> Option<()> + 'f;

impl<'b> Cursor<'b> {
    /// Calls `field` for each field of a struct.
    pub(super) fn fields(&mut self, field: &mut Field<'_, 'b>) -> Option<()> {
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

    /// Puts the number in the field `wanted` (its number and type) of a struct in `value`, if it has one.
    pub(super) fn number(&mut self, wanted: (i64, u8), value: &mut i64) -> Option<()> {
        self.fields(&mut |cursor, id, kind| {
            if (id, kind) != wanted {
                return cursor.skip(kind);
            }
            *value = cursor.integer()?;
            Some(())
        })
    }

    /// Calls `element` for each element of a list, with its type. A list that claims more than there are bytes is none.
    pub(super) fn list(
        &mut self,
        element: &mut dyn FnMut(&mut Self, u8) -> Option<()>,
    ) -> Option<()> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => usize::try_from(self.varint()?).ok()?,
            count => usize::from(count),
        };
        if count > self.rest.len() {
            return None;
        }
        (0..count).try_for_each(|_| element(self, head & 0xf))
    }

    /// Moves past a value.
    pub(super) fn skip(&mut self, kind: u8) -> Option<()> {
        self.skip_within(kind, MAX_DEPTH)
    }

    fn skip_within(&mut self, kind: u8, depth: usize) -> Option<()> {
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
            LIST | 10 if depth > 0 => self.list(&mut |cursor, kind| match kind {
                // In a list a boolean is a byte.
                1 | 2 => cursor.byte().map(drop),
                _ => cursor.skip_within(kind, depth - 1),
            }),
            STRUCT if depth > 0 => {
                self.fields(&mut |cursor, _, kind| cursor.skip_within(kind, depth - 1))
            }
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
    pub(super) fn integer(&mut self) -> Option<i64> {
        let value = self.varint()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}
