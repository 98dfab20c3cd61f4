//! One number of a vector, as text.

use std::borrow::Cow;

/// What messages say that a place must hold.
pub(super) const EXPECTED: &str = "a number that fits an f32";

/// The f32 next to the decimal number, as Python, NumPy and C write it; NaN and infinities may be spelled out.
///
/// Digits that leave the range of f32 are no number: they would become an infinity that nobody wrote.
pub(super) fn single(field: &[u8]) -> Option<f32> {
    let value: f32 = std::str::from_utf8(field).ok()?.parse().ok()?;
    let written = field.iter().any(u8::is_ascii_digit);
    (value.is_finite() || !written).then_some(value)
}

/// A field as it stands in messages.
pub(super) fn shown(field: &[u8]) -> String {
    const MOST: usize = 40;
    let text: Cow<'_, str> = String::from_utf8_lossy(&field[..field.len().min(4 * MOST)]);
    if text.is_empty() {
        return "nothing".into();
    }
    format!("`{}`", text.chars().take(MOST).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::single;

    #[test]
    fn numbers_are_those_that_were_written() {
        for (text, value) in [
            ("0.1", 0.1_f32),
            ("0.10000000149011612", 0.1),
            ("-1e-3", -1e-3),
            ("+7", 7.0),
            (".5", 0.5),
            ("2.", 2.0),
            ("1e-60", 0.0),
            ("inf", f32::INFINITY),
        ] {
            assert_eq!(single(text.as_bytes()), Some(value), "{text}");
        }
        assert!(single(b"nan").is_some_and(f32::is_nan));
        for text in ["", " 1", "1e39", "0,5", "0x1", "abc", "1_0", "\u{ff11}"] {
            assert_eq!(single(text.as_bytes()), None, "{text}");
        }
    }
}
