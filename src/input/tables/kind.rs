//! What a column holds.

use std::fmt::Debug;

use polars_arrow::datatypes::ArrowDataType;

use crate::input::wanted::Wanted;

/// As far as choosing and reading a column needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// No value at all.
    Nothing,
    Whole,
    /// Floating point; each may be whole all the same.
    Real,
    Truth,
    Text,
    Other,
}

impl ValueKind {
    /// Of a field of text, without white space and quotes around it.
    pub(super) fn of(field: &[u8]) -> Self {
        if field.is_empty() {
            return ValueKind::Nothing;
        }
        let Ok(text) = std::str::from_utf8(field) else {
            return ValueKind::Text;
        };
        if text.parse::<i128>().is_ok() {
            return ValueKind::Whole;
        }
        match text.parse::<f64>() {
            // Digits without a point that are too many for an integer are a name.
            Ok(_) if field.iter().all(u8::is_ascii_digit) => ValueKind::Text,
            Ok(value) if value.fract() == 0.0 && value.abs() < EXACT => ValueKind::Whole,
            Ok(_) => ValueKind::Real,
            Err(_) if truth(text).is_some() => ValueKind::Truth,
            Err(_) => ValueKind::Text,
        }
    }

    /// Of a column that holds both.
    pub(super) fn join(self, other: Self) -> Self {
        match (self, other) {
            (ValueKind::Nothing, kind) | (kind, ValueKind::Nothing) => kind,
            (ValueKind::Whole, ValueKind::Real) | (ValueKind::Real, ValueKind::Whole) => {
                ValueKind::Real
            }
            (one, other) if one == other => one,
            _ => ValueKind::Text,
        }
    }

    pub(super) fn fits(self, wanted: Wanted) -> bool {
        match self {
            ValueKind::Nothing | ValueKind::Whole | ValueKind::Real => true,
            ValueKind::Truth => !wanted.two(),
            ValueKind::Text => wanted.words(),
            ValueKind::Other => false,
        }
    }

    /// Of a column of text, in lists of what a file holds.
    pub(super) fn name(self) -> &'static str {
        match self {
            ValueKind::Nothing => "without values",
            ValueKind::Whole => "whole numbers",
            ValueKind::Real => "numbers",
            ValueKind::Truth => "True and False",
            ValueKind::Text | ValueKind::Other => "text",
        }
    }
}

/// Whole numbers below this are exact in an f64.
pub(super) const EXACT: f64 = 9_007_199_254_740_992.0;

/// True and False in any case.
pub(super) fn truth(text: &str) -> Option<bool> {
    let is = |word| text.eq_ignore_ascii_case(word);
    is("true").then_some(true).or(is("false").then_some(false))
}

pub(super) fn arrow_kind(dtype: &ArrowDataType) -> ValueKind {
    use ArrowDataType as A;
    match dtype {
        A::Int8 | A::Int16 | A::Int32 | A::Int64 | A::UInt8 | A::UInt16 | A::UInt32 | A::UInt64 => {
            ValueKind::Whole
        }
        A::Float32 | A::Float64 => ValueKind::Real,
        A::Boolean => ValueKind::Truth,
        A::Utf8 | A::LargeUtf8 | A::Utf8View => ValueKind::Text,
        _ => ValueKind::Other,
    }
}

/// `Float32`, `LargeList`: the type without what it is made of.
pub(super) fn short_name(dtype: &impl Debug) -> String {
    let text = format!("{dtype:?}");
    text.split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::ValueKind;

    #[test]
    fn a_field_is_of_the_narrowest_kind_it_fits() {
        for (kind, fields) in [
            (ValueKind::Nothing, &[""][..]),
            (
                ValueKind::Whole,
                &["0", "-7", "+3", "3.0", "1.8e+01", "007"],
            ),
            (
                ValueKind::Real,
                &["0.5", "nan", "-inf", "1e300", "9007199254740993.0"],
            ),
            (ValueKind::Truth, &["True", "false", "TRUE"]),
            (
                ValueKind::Text,
                &[
                    "cat",
                    "4,50",
                    "0x10",
                    "1 2",
                    "9999999999999999999999999999999999999999999",
                ],
            ),
        ] {
            for field in fields {
                assert_eq!(ValueKind::of(field.as_bytes()), kind, "{field}");
            }
        }
    }
}
