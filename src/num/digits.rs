//! Numbers in sentences: two significant digits, or as many as an error supports.

/// Two significant digits: `0.031`, `-8.7e-6`, `1.3`, `120`, `1.2e7`; zero has no sign.
pub fn two_digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return fixed(value, 0);
    }
    match decimal_exponent(value) {
        place @ -4..=1 => format!("{value:.*}", (1 - place) as usize),
        place @ 2..=5 => {
            let unit = 10f64.powi(place - 1);
            fixed((value / unit).round() * unit, 0)
        }
        _ => format!("{value:.1e}"),
    }
}

/// The value to the place of the second significant digit of `error`: -2.5312 for an error of 0.0021. A value that
/// would read as zero keeps two digits of its own.
pub fn to_error(value: f64, error: f64) -> String {
    if error == 0.0 || !error.is_finite() || !value.is_finite() {
        return two_digits(value);
    }
    let (own, place) = (decimal_exponent(value), decimal_exponent(error));
    if own < place - 1 {
        return two_digits(value);
    }
    if !(-4..=6).contains(&own) {
        return format!("{value:.*e}", (own - place + 1).clamp(1, 15) as usize);
    }
    fixed(value, (1 - place).clamp(0, 15) as usize)
}

/// A share of one in percent, with two digits; not 100 where something is left out.
pub fn in_percent(share: f64) -> String {
    match two_digits(100.0 * share) {
        text if text == "100" && share < 1.0 => "more than 99 %".to_owned(),
        text => format!("{text} %"),
    }
}

/// A level of confidence in percent, without what rounding adds: 99.9 of 0.999.
pub fn percent(level: f64) -> f64 {
    (level * 100.0 * 1e9).round() / 1e9
}

/// With so many decimals, without the sign of a zero.
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|b| matches!(b, b'0' | b'.')) => rest.to_owned(),
        _ => text,
    }
}

/// Decimal exponent after rounding to two significant digits; of 0 the smallest there is.
pub fn decimal_exponent(value: f64) -> i32 {
    if value == 0.0 {
        return i32::MIN / 4;
    }
    let text = format!("{value:.1e}");
    let exponent = text.split_once('e').and_then(|(_, e)| e.parse().ok());
    exponent.unwrap_or(0)
}

/// A number as people write it: `{}` spells out all 300 digits of 1e300.
pub fn plain(value: f64) -> String {
    if (1e-6..1e9).contains(&value) {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

/// 1234567 as `1,234,567`; from 10^13 on as `1.23e13`.
pub fn count<N: TryInto<u64>>(n: N) -> String {
    // What is no 64 bit number is of no machine either.
    let n = n.try_into().unwrap_or(u64::MAX);
    if n >= 10_000_000_000_000 {
        return format!("{:.2e}", n as f64);
    }
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + 4);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 pair`, `2,000 pairs`, `3 classes`.
pub fn counted<N: TryInto<u64>>(n: N, thing: &str) -> String {
    let n = count(n);
    let ending = match thing.ends_with('s') {
        _ if n == "1" => "",
        true => "es",
        false => "s",
    };
    format!("{n} {thing}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_counts_are_grouped() {
        assert_eq!(count(0_u64), "0");
        assert_eq!(count(999_usize), "999");
        assert_eq!(count(49_995_000_u64), "49,995,000");
        assert_eq!(count(u64::MAX), "1.84e19");
        assert_eq!(counted(1_u64, "pair"), "1 pair");
        assert_eq!(counted(1000_u64, "pair"), "1,000 pairs");
        assert_eq!(
            (counted(1_u64, "class"), counted(3_usize, "class")),
            ("1 class".into(), "3 classes".into())
        );
    }

    #[test]
    fn two_digits_are_two_whatever_the_size() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (-8.664_658e-6, "-8.7e-6"),
            (0.000_123_4, "0.00012"),
            (0.0312, "0.031"),
            (-0.0996, "-0.10"),
            (1.0, "1.0"),
            (9.96, "10"),
            (12.4, "12"),
            (155.3, "160"),
            (-123_456.0, "-120000"),
            (9.96e5, "1.0e6"),
            (1e200, "1.0e200"),
        ] {
            assert_eq!(two_digits(value), text);
        }
    }

    #[test]
    fn a_value_is_written_as_far_as_its_error_reaches() {
        for (value, error, text) in [
            (-2.531_234_5, 0.002_14, "-2.5312"),
            (-2.531_234_5, 0.0996, "-2.53"),
            (155.34, 12.0, "155"),
            (0.000_01, 0.12, "1.0e-5"),
            (-8.664_658e-6, 1.2e-7, "-8.66e-6"),
            (1.000_34, 0.000_34, "1.00034"),
            (1.3, 0.0, "1.3"),
        ] {
            assert_eq!(to_error(value, error), text);
        }
    }

    #[test]
    fn a_share_is_100_percent_only_where_nothing_is_left() {
        assert_eq!(in_percent(1.0), "100 %");
        assert_eq!(in_percent(0.9999), "more than 99 %");
        assert_eq!(in_percent(0.903_8), "90 %");
        assert_eq!(in_percent(0.001_23), "0.12 %");
    }
}
