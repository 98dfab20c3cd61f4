//! A budget that was refused, and durations in words.

/// A budget is less than the least takes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("budget: {takes}, found {}; give --budget {} or more{instead}", duration(*budget), duration(*least))]
pub struct OverBudget {
    pub(crate) budget: f64,
    /// Seconds of the least, and a little more.
    pub(crate) least: f64,
    pub(crate) takes: String,
    pub(crate) instead: &'static str,
}

/// Two significant digits, rounded up, in a unit that `--budget` takes.
pub(crate) fn duration(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 1.0 => (s * 1e3, "ms"),
        s if s < 7200.0 => (s, "s"),
        s => (s / 3600.0, "h"),
    };
    if value <= 0.0 {
        return "0s".to_owned();
    }
    let decimals = 1 - value.log10().floor() as i32;
    let up = (value * 10_f64.powi(decimals) - 1e-9).ceil() / 10_f64.powi(decimals);
    format!("{up:.*}{unit}", decimals.max(0) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_such_that_a_budget_takes_them() {
        for (seconds, text) in [
            (0.0, "0s"),
            (0.000_123, "0.13ms"),
            (0.25, "250ms"),
            (1.0, "1.0s"),
            (13.01, "14s"),
            (420.0, "420s"),
            (421.0, "430s"),
            (9000.0, "2.5h"),
            (1e9, "280000h"),
        ] {
            assert_eq!(duration(seconds), text);
        }
    }
}
