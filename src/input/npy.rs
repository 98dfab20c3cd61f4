//! NumPy's `.npy`: magic, version, a header in Python's notation, then the elements.
//!
//! Read here rather than by a crate because the element type must be known before a Rust type can be chosen,
//! because half precision is needed, and because rows are to be used where they lie.

use super::InputError;
use super::array::{Array, ArrayLayout};
use super::element::{Element, Odd};
use super::literal::{self, Descr};
use crate::data::Bytes;
use crate::num::{count, counted};

/// The first bytes of every `.npy`.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Longer headers describe structured types of thousands of fields, which hold no matrix.
const MAX_HEADER: usize = 0xffff;

/// Enough bytes from the start of an array for [`header`] to succeed whenever it can.
pub(super) const HEAD: u64 = 12 + MAX_HEADER as u64;

/// The array that fills `bytes[start..end]`, header included.
pub(super) fn array(
    name: String,
    bytes: Bytes,
    (start, end): (usize, usize),
) -> Result<Array, InputError> {
    let file = (*bytes).as_ref().get(start..end).unwrap_or_default();
    let (layout, header_len) = header(&name, file)?;
    Array::new(name, bytes, (start + header_len, end), layout)
}

/// Reads the header at the start of `file`: how the elements lie, and where they begin.
pub(super) fn header(name: &str, file: &[u8]) -> Result<(ArrayLayout, usize), InputError> {
    let damaged = |expected: &str, found: String| InputError::NpyHeader {
        source_name: name.to_owned(),
        expected: expected.to_owned(),
        found,
    };
    let cut_short = || {
        damaged(
            "a complete header",
            format!("the end of the data after {}", counted(file.len(), "byte")),
        )
    };
    let Some(after_magic) = file.strip_prefix(MAGIC) else {
        let head = file.get(..MAGIC.len()).unwrap_or(file);
        return Err(damaged(
            r"\x93NUMPY at the start",
            format!("`{}`", head.escape_ascii()),
        ));
    };
    let (&[major, minor], rest) = after_magic.split_first_chunk().ok_or_else(cut_short)?;
    let width = match major {
        1 => 2,
        2 | 3 => 4,
        _ => {
            let found = format!("{major}.{minor}");
            return Err(damaged("version 1.0, 2.0 or 3.0", found));
        }
    };
    let (len, text) = rest.split_at_checked(width).ok_or_else(cut_short)?;
    let len = len
        .iter()
        .rfold(0, |len, &byte| len << 8 | usize::from(byte));
    if len > MAX_HEADER {
        return Err(damaged(
            "a header of at most 65,535 bytes",
            format!("one of {}", count(len)),
        ));
    }
    let header_len = file.len() - text.len() + len;
    let text = text.get(..len).ok_or_else(cut_short)?;
    // Versions 1 and 2 are Latin-1, in which every byte is a character.
    if major == 3 && std::str::from_utf8(text).is_err() {
        return Err(damaged(
            "a header in UTF-8 (version 3.0)",
            "other bytes".into(),
        ));
    }
    let fields = literal::parse(text).map_err(|s| damaged(&s.expected, s.found))?;
    let (element, big_endian, spelled) = match fields.descr {
        Descr::Structured(spelled) => (Element::Odd(Odd::Structured), false, spelled),
        Descr::Plain(code) => {
            let (element, big_endian) = element(&code);
            (element, big_endian, code)
        }
    };
    let layout = ArrayLayout {
        element,
        spelled,
        big_endian,
        fortran: fields.fortran_order,
        shape: fields.shape,
    };
    Ok((layout, header_len))
}

/// The element type of a type code such as `<f4`, and whether it is big-endian.
fn element(code: &str) -> (Element, bool) {
    let (big_endian, kind) = match code.split_at_checked(1) {
        Some((">", kind)) => (true, kind),
        Some(("<", kind)) => (false, kind),
        Some(("|" | "=", kind)) => (cfg!(target_endian = "big"), kind),
        _ => (cfg!(target_endian = "big"), code),
    };
    let element = match kind {
        "f2" => Element::F16,
        "f4" => Element::F32,
        "f8" => Element::F64,
        "i1" => Element::Signed(1),
        "i2" => Element::Signed(2),
        "i4" => Element::Signed(4),
        "i8" => Element::Signed(8),
        "u1" => Element::Unsigned(1),
        "u2" => Element::Unsigned(2),
        "u4" => Element::Unsigned(4),
        "u8" => Element::Unsigned(8),
        "b1" => Element::Bool,
        // NumPy counts bytes: the long double of x86-64 is padded to 16, that of 32-bit x86 to 12.
        "f16" | "f12" => Element::Odd(Odd::LongDouble),
        // ml_dtypes registers bfloat16 as raw two-byte voids; some writers spell it out.
        "V2" | "bfloat16" | "g2" => Element::Odd(Odd::RawBytes),
        _ => match kind.split_at_checked(1) {
            Some(("U", length)) => text(length, true),
            Some(("S" | "a", length)) => text(length, false),
            Some(("O", _)) => Element::Odd(Odd::Object),
            Some(("c", _)) => Element::Odd(Odd::Complex),
            _ => Element::Odd(Odd::Other),
        },
    };
    (element, big_endian)
}

/// Text of `length` characters.
fn text(length: &str, wide: bool) -> Element {
    let size = length.parse::<usize>().ok();
    let size = size.and_then(|n| n.checked_mul(if wide { 4 } else { 1 }));
    size.map_or(Element::Odd(Odd::Other), |size| Element::Text {
        wide,
        size,
    })
}
