//! Numbers as people read them: as many digits as the error supports.

use std::fmt;

pub(super) use crate::num::{count, counted};
use crate::num::{decimal_exponent as exponent, fixed};

/// Decimals at most; a pass promises no more.
const MOST: usize = 6;
/// Decimals of a number that comes without an error.
const USUAL: usize = 4;

/// What stands before an estimate.
pub(super) const ESTIMATED: char = '≈';

/// A statistic written with its error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub value: String,
    pub se: Option<String>,
    /// Decimals of the value, for numbers that are compared with it.
    pub decimals: usize,
}

impl fmt::Display for Written {
    /// `-2.5312 ± 0.0021`; the value alone where it has no error.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.se {
            Some(se) => write!(f, "{} ± {se}", self.value),
            None => f.write_str(&self.value),
        }
    }
}

/// The error to two significant digits, the value to the same place.
pub(super) fn written(value: f64, se: Option<f64>) -> Written {
    let Some(se) = se.filter(|se| se.is_finite() && value.is_finite()) else {
        return Written {
            value: plain(value, USUAL),
            se: None,
            decimals: USUAL,
        };
    };
    if se <= 0.0 {
        return Written {
            value: plain(value, MOST),
            se: Some("0".to_owned()),
            decimals: MOST,
        };
    }
    let (value_place, se_place) = (exponent(value), exponent(se));
    let far_from_one = value_place.max(se_place) >= 7
        || (value != 0.0 && value_place < -4 && se_place < 1 - MOST as i32);
    if far_from_one {
        let digits = (value_place - se_place + 1).clamp(1, MOST as i32) as usize;
        return Written {
            value: format!("{value:.digits$e}"),
            se: Some(format!("{se:.1e}")),
            decimals: digits,
        };
    }
    let decimals = (1 - se_place).clamp(0, MOST as i32) as usize;
    let se = match format!("{se:.decimals$}") {
        rounded if rounded.bytes().all(|b| matches!(b, b'0' | b'.')) => "<0.000001".to_owned(),
        rounded => rounded,
    };
    Written {
        value: fixed(value, decimals),
        se: Some(se),
        decimals,
    }
}

/// A number of the same kind, to the same place, as one that is written already: an end of its interval.
pub(super) fn alike(value: f64, other: &Written) -> String {
    match other.value.contains('e') {
        true => format!("{value:.*e}", other.decimals),
        false => fixed(value, other.decimals),
    }
}

/// Both ends of an interval of it.
pub(super) fn ends(low: f64, high: f64, other: &Written) -> String {
    format!("{} to {}", alike(low, other), alike(high, other))
}

/// With a plus where the value that it says is above 0.
pub(super) fn signed(value: f64, text: impl fmt::Display) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{text}")
}

/// A number without an error: whole numbers whole, others to `decimals`, very large and small ones as 1.234e9.
pub(super) fn plain(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let size = value.abs();
    if size != 0.0 && (size >= 1e7 || (size < 1e-3 && exponent(value) < 1 - decimals as i32)) {
        return format!("{value:.3e}");
    }
    fixed(value, if value.fract() == 0.0 { 0 } else { decimals })
}

/// `95 %`, `99.9 %`, of a level of confidence.
pub(super) fn percentage(level: f64) -> String {
    format!("{} %", crate::num::percent(level))
}

/// `64 %`; never rounded up to 100 or down to 0 from within.
pub(super) fn percent(share: f64) -> String {
    let rounded = (share * 100.0).round();
    if rounded == 0.0 && share > 0.0 {
        return "<1 %".to_owned();
    }
    let inside = if share < 1.0 {
        rounded.min(99.0)
    } else {
        rounded
    };
    format!("{} %", plain(inside, 0))
}

/// `0.12 %`, `150 %`: two significant digits.
pub(super) fn share(share: f64) -> String {
    let percent = 100.0 * share;
    let digits = 1.0 - percent.abs().log10().floor();
    match digits {
        _ if percent == 0.0 => "0 %".to_owned(),
        digits if digits > 6.0 => format!("{percent:.0e} %"),
        digits => format!("{percent:.*} %", digits.max(0.0) as usize),
    }
}

/// `412 ms`, `3.21 s`, `4 min 5 s`, `45 h 51 min`.
pub fn seconds(s: f64) -> String {
    match s {
        s if s < 0.0995 => format!("{} ms", plain((s * 1e4).round() / 10.0, 1)),
        s if s < 99.5 => format!("{s:.2} s"),
        s if s >= 6000.0 => {
            let minutes = (s / 60.0).floor();
            format!(
                "{} h {} min",
                count((minutes / 60.0) as u64),
                minutes % 60.0
            )
        }
        s => format!("{} min {:.0} s", (s / 60.0).floor(), (s % 60.0).floor()),
    }
}

/// As many digits as the width of the interval supports: three of them.
pub(super) fn significant(value: f64, width: f64) -> String {
    if !(width > 0.0 && width.is_finite()) {
        return plain(value, 4);
    }
    let place = width.log10().floor() as i32;
    match usize::try_from(2 - place) {
        Ok(decimals) if decimals <= 9 => format!("{value:.decimals$}"),
        Ok(_) => format!("{value:.3e}"),
        Err(_) => plain(value, 0),
    }
}

/// `41.6 M` for 41 600 000.
pub(super) fn rate(per_second: f64) -> String {
    let (scaled, unit) = match per_second {
        r if r >= 1e12 => (r / 1e12, " T"),
        r if r >= 1e9 => (r / 1e9, " G"),
        r if r >= 1e6 => (r / 1e6, " M"),
        r if r >= 1e3 => (r / 1e3, " k"),
        r => (r, ""),
    };
    let decimals = usize::from(scaled < 10.0) + usize::from(scaled < 100.0);
    format!("{scaled:.decimals$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(value: f64, se: f64) -> String {
        written(value, Some(se)).to_string()
    }

    #[test]
    fn digits_follow_the_error() {
        assert_eq!(both(-2.531_234_5, 0.002_14), "-2.5312 ± 0.0021");
        assert_eq!(both(-2.531_234_5, 0.0996), "-2.53 ± 0.10");
        assert_eq!(both(-3.984_375_47, 5.21e-5), "-3.984375 ± 0.000052");
        assert_eq!(both(-3.984_375_47, 5.15e-9), "-3.984375 ± <0.000001");
        assert_eq!(both(123.456, 12.3), "123 ± 12");
        assert_eq!(both(12.0, 0.0), "12 ± 0");
        assert_eq!(both(-0.000_01, 0.12), "0.00 ± 0.12");
        assert_eq!(both(0.0, 0.003), "0.0000 ± 0.0030");
        assert_eq!(both(1.234e-12, 4.5e-14), "1.234e-12 ± 4.5e-14");
        assert_eq!(both(1.234e12, 4.5e10), "1.234e12 ± 4.5e10");
        assert_eq!(both(0.0, 1e-12), "0.000000 ± <0.000001");
    }

    #[test]
    fn numbers_without_an_error_are_plain() {
        assert_eq!(written(17.0, None).value, "17");
        assert_eq!(written(0.123_456, None).value, "0.1235");
        assert_eq!(written(f64::NAN, Some(0.1)).value, "NaN");
        assert_eq!(
            written(0.5, Some(f64::NAN)),
            Written {
                value: "0.5000".into(),
                se: None,
                decimals: USUAL
            }
        );
        assert_eq!(plain(3.4e38, 4), "3.400e38");
        assert_eq!(plain(2e-9, 4), "2.000e-9");
    }

    #[test]
    fn levels_are_percentages() {
        assert_eq!(
            (percentage(0.95), percentage(0.999)),
            ("95 %".into(), "99.9 %".into())
        );
    }

    #[test]
    fn shares_have_two_digits() {
        for (value, text) in [
            (0.0, "0 %"),
            (0.001_234, "0.12 %"),
            (-0.034, "-3.4 %"),
            (1.5, "150 %"),
            (3e-10, "3e-8 %"),
        ] {
            assert_eq!(share(value), text);
        }
    }

    #[test]
    fn times_and_rates_have_three_digits_or_so() {
        assert_eq!(seconds(0.0123), "12.3 ms");
        assert_eq!(seconds(0.412), "0.41 s");
        assert_eq!(seconds(245.7), "4 min 5 s");
        assert_eq!(seconds(2_751.0 * 60.0 + 50.0), "45 h 51 min");
        assert_eq!(rate(4.16e7), "41.6 M");
        assert_eq!(rate(950.0), "950");
        assert_eq!(rate(2.5e9), "2.50 G");
    }
}
