//! How Arrow files and streams are told from others.

/// How a file begins (Feather version 2 is one), filled up to eight bytes.
pub(super) const FILE: &[u8] = b"ARROW1\0\0";
/// What stands before the length of a message in a stream.
const CONTINUED: &[u8] = &[0xff; 4];
pub(super) const EXPECTED: &str = "ARROW1 (a file) or the message of a schema (a stream)";

/// Type of the header in a message that tells the schema.
const SCHEMA: u8 = 1;

/// Whether these are an Arrow file or stream. By its name, a stream of before 2019 is one too, which has nothing in front.
pub(super) fn looks_like(bytes: &[u8], suffix: &str) -> bool {
    let named = matches!(suffix, "arrow" | "arrows" | "feather");
    let first = match bytes.strip_prefix(CONTINUED) {
        // Damage is told where it is read.
        Some(_) if named => return true,
        None if !named => None,
        rest => Some(rest.unwrap_or(bytes)),
    };
    let file = if named { &FILE[..6] } else { FILE };
    bytes.starts_with(file) || first.is_some_and(|first| is_schema(first) == Some(true))
}

/// Whether the first message tells a schema: in a flatbuffer, a table says how far before it the places of its fields are
/// listed, and the second of a message is the type of its header.
fn is_schema(message: &[u8]) -> Option<bool> {
    let (length, rest) = message.split_first_chunk::<4>()?;
    let metadata = rest.get(..usize::try_from(i32::from_le_bytes(*length)).ok()?)?;
    let four = |at: usize| Some(*metadata.get(at..)?.first_chunk::<4>()?);
    let two = |at: usize| Some(u16::from_le_bytes(*metadata.get(at..)?.first_chunk::<2>()?));
    let table = usize::try_from(u32::from_le_bytes(four(0)?)).ok()?;
    let back = isize::try_from(i32::from_le_bytes(four(table)?)).ok()?;
    let fields = table.checked_add_signed(back.checked_neg()?)?;
    if two(fields)? < 8 {
        return Some(false);
    }
    let header = usize::from(two(fields.checked_add(6)?)?);
    Some(header > 0 && *metadata.get(table.checked_add(header)?)? == SCHEMA)
}
