//! How large differences are, and how large the tests could have seen them.

use super::row::hidden;
use crate::report::number::counted;
use crate::report::rows::ABSENT;
use crate::report::text::printable;
use crate::result::{Comparison, Line, Versus, label};

/// What the columns of an effect are called.
pub(super) const HEAD: [&str; 3] = ["effect", "seen from", "half from"];

/// `+0.12 %`, `0.31 %`, `8,000 pairs`: the effect, the smallest that would be seen, what would see half of that.
pub(super) fn cells(line: &Line, against: &Versus) -> [String; 3] {
    let absent = || ABSENT.to_owned();
    let signed = |effect: f64| match share(effect) {
        text if effect > 0.0 => format!("+{text}"),
        text => text,
    };
    let power = against.power.filter(|_| line.scale().is_some());
    let needed = power.and_then(|power| power.needed);
    [
        against.effect.map_or_else(absent, signed),
        power
            .and_then(|power| power.share)
            .map_or_else(absent, share),
        needed.map_or_else(absent, |n| counted(n, against.unit.name())),
    ]
}

/// One number of a model.
pub(super) struct Effect {
    pub(super) label: String,
    pub(super) side: &'static str,
    pub(super) cells: [String; 3],
}

/// The numbers of model `k` that have an effect.
pub(super) fn rows(comparison: &Comparison, k: usize, details: bool) -> Vec<Effect> {
    let lines = comparison.lines.iter();
    let shown = lines.filter(|line| details || !hidden(line.metric));
    let of = |line: &Line| {
        let against = line.cells[k].as_ref()?.against.as_ref()?;
        against.power.filter(|_| against.effect.is_some())?;
        let label = printable(&label(line.metric, &line.params));
        Some(Effect {
            label,
            side: line.side.name(),
            cells: cells(line, against),
        })
    };
    shown.filter_map(of).collect()
}

/// What the columns mean.
pub(super) fn legend(comparison: &Comparison) -> String {
    let widths = comparison
        .models
        .iter()
        .any(|m| m.dim != comparison.models[0].dim);
    let excess = match widths {
        true => "; of the excess over the own ideal where widths differ",
        false => "",
    };
    format!(
        "effect: share of the way from collapsed to ideal, + is better{excess}; seen from: the smallest effect that gets a \
         verdict in 80 % of samples; half from: the rows or pairs that would see half of that"
    )
}

/// Percent, to two significant digits.
fn share(share: f64) -> String {
    let percent = 100.0 * share;
    let digits = 1.0 - percent.abs().log10().floor();
    match digits {
        _ if percent == 0.0 => "0 %".to_owned(),
        digits if digits > 6.0 => format!("{percent:.0e} %"),
        digits => format!("{percent:.*} %", digits.max(0.0) as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::share;

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
}
