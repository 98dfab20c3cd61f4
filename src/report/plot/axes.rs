//! A frame with ticks, grid and labels, and the way from numbers to pixels.

use plotters::style::RGBColor;

use super::canvas::{
    Area, Drawn, GRID, INK, LABEL, TICK, Type, fill, line, px, write, write_upwards,
};
use crate::report::number::count;

/// A rectangle of fine pixels that stands for a rectangle of numbers.
pub(super) struct Axes {
    pub left: i32,
    pub right: i32,
    pub top: i32,
    pub bottom: i32,
    pub x: (f64, f64),
    pub y: (f64, f64),
}

/// Where a tick is, and what is written at it.
pub(super) type Tick = (f64, String);

impl Axes {
    /// Between these edges, in pixels of the file.
    pub(super) fn between(
        (left, right): (i32, i32),
        (top, bottom): (i32, i32),
        x: (f64, f64),
        y: (f64, f64),
    ) -> Self {
        let [left, right, top, bottom] = [left, right, top, bottom].map(px);
        Self {
            left,
            right,
            top,
            bottom,
            x,
            y,
        }
    }

    /// The pixel of (x, y); numbers outside come to lie on the frame.
    pub(super) fn at(&self, x: f64, y: f64) -> (i32, i32) {
        let part = |v: f64, (low, high): (f64, f64)| ((v - low) / (high - low)).clamp(0.0, 1.0);
        let across = part(x, self.x) * f64::from(self.right - self.left);
        let up = part(y, self.y) * f64::from(self.bottom - self.top);
        (
            self.left + across.round() as i32,
            self.bottom - up.round() as i32,
        )
    }

    /// Grid lines below the data.
    pub(super) fn grid(&self, area: &Area<'_>, x: &[Tick], y: &[Tick]) -> Drawn {
        for (v, _) in x {
            let (px, _) = self.at(*v, self.y.0);
            line(area, &[(px, self.top), (px, self.bottom)], GRID, 2)?;
        }
        for (v, _) in y {
            let (_, py) = self.at(self.x.0, *v);
            line(area, &[(self.left, py), (self.right, py)], GRID, 2)?;
        }
        Ok(())
    }

    /// Left and lower spine.
    pub(super) fn spines(&self, area: &Area<'_>) -> Drawn {
        let corners = [
            (self.left, self.top),
            (self.left, self.bottom),
            (self.right, self.bottom),
        ];
        line(area, &corners, INK, 2)
    }

    /// Left and lower spine, ticks and labels, above the data.
    pub(super) fn frame(
        &self,
        area: &Area<'_>,
        (x, x_label): (&[Tick], &str),
        (y, y_label): (&[Tick], &str),
    ) -> Drawn {
        self.spines(area)?;
        for (v, text) in x {
            let (at, below) = self.at(*v, self.y.0);
            line(area, &[(at, below), (at, below + px(10))], INK, 2)?;
            write(area, text, (at, below + px(36)), TICK)?;
        }
        let mut widest = 0;
        for (v, text) in y {
            let (_, py) = self.at(self.x.0, *v);
            line(area, &[(self.left - px(10), py), (self.left, py)], INK, 2)?;
            write(area, text, (self.left - px(20), py), TICK.right())?;
            widest = widest.max(TICK.width(text));
        }
        let middle = (self.left + self.right) / 2;
        write(area, x_label, (middle, self.bottom + px(96)), LABEL)?;
        let beside = self.left - px(20) - widest - px(38);
        write_upwards(area, y_label, (beside, (self.top + self.bottom) / 2), LABEL)
    }

    /// Ticks of another scale at the right edge, 0 at the bottom and 1 at the top, and what it is, in its colour.
    #[cfg(feature = "train")]
    pub(super) fn beside(
        &self,
        area: &Area<'_>,
        (ticks, label): (&[Tick], &str),
        ink: RGBColor,
    ) -> Drawn {
        let right = self.right;
        line(area, &[(right, self.top), (right, self.bottom)], ink, 2)?;
        let mut widest = 0;
        for (share, text) in ticks {
            let y = self.bottom - (share * f64::from(self.bottom - self.top)).round() as i32;
            line(area, &[(right, y), (right + px(10), y)], ink, 2)?;
            write(area, text, (right + px(20), y), TICK.left().ink(ink))?;
            widest = widest.max(TICK.width(text));
        }
        let beside = right + px(20) + widest + px(38);
        write_upwards(
            area,
            label,
            (beside, (self.top + self.bottom) / 2),
            LABEL.ink(ink),
        )
    }

    /// Whether (x, y) is inside.
    pub(super) fn has(&self, x: f64, y: f64) -> bool {
        (self.x.0..=self.x.1).contains(&x) && (self.y.0..=self.y.1).contains(&y)
    }

    /// A curve over a light fill down to the frame.
    pub(super) fn under(
        &self,
        area: &Area<'_>,
        curve: &[(i32, i32)],
        (ink, opacity): (RGBColor, f64),
        width: i32,
    ) -> Drawn {
        let [first, .., last] = curve else {
            return Ok(());
        };
        let below = [(last.0, self.bottom), (first.0, self.bottom)];
        fill(area, [curve, &below].concat(), ink, opacity)?;
        line(area, curve, ink, width)
    }

    /// Ticks across, as many as have room for their labels.
    pub(super) fn ticks_across(&self) -> Vec<Tick> {
        let fits = |ticks: &Vec<Tick>| {
            let widths = ticks.iter().map(|(_, text)| TICK.width(text));
            let widest = widths.max().unwrap_or(0);
            (widest + px(40)) * ticks.len() as i32 <= self.right - self.left
        };
        [8, 6, 4]
            .into_iter()
            .map(|wanted| ticks(self.x, wanted))
            .find(fits)
            .unwrap_or_else(|| ticks(self.x, 2))
    }

    /// Those of these ticks across, from the right to the left, whose labels have room.
    pub(super) fn with_room(&self, ticks: impl Iterator<Item = Tick>, kind: Type) -> Vec<Tick> {
        let at = |x| self.at(x, self.y.0).0;
        let mut kept: Vec<Tick> = Vec::new();
        for (x, text) in ticks {
            let free = kept.last().is_none_or(|(last, other)| {
                at(*last) - at(x) > (kind.width(other) + kind.width(&text)) / 2 + px(14)
            });
            if free {
                kept.push((x, text));
            }
        }
        kept
    }

    /// Ticks upwards.
    pub(super) fn ticks_up(&self) -> Vec<Tick> {
        ticks(self.y, 6)
    }
}

/// The least and the largest of these.
pub(super) fn extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    let none = (f64::INFINITY, f64::NEG_INFINITY);
    let wider = |(low, high): (f64, f64), v| (low.min(v), high.max(v));
    values.into_iter().fold(none, wider)
}

/// The extent of these with room on both sides: a share of it, `least` at least.
pub(super) fn roomy(values: impl IntoIterator<Item = f64>, share: f64, least: f64) -> (f64, f64) {
    let (low, high) = extent(values);
    let room = (share * (high - low)).max(least);
    (low - room, high + room)
}

/// About `wanted` round numbers within the range, written with equal decimals.
pub(super) fn ticks((low, high): (f64, f64), wanted: u32) -> Vec<Tick> {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 {
        return Vec::new();
    }
    let (step, decimals) = round_step(span / f64::from(wanted));
    let (first, last) = (
        (low / step - 1e-9).ceil() as i64,
        (high / step + 1e-9).floor() as i64,
    );
    (first..=last.min(first.saturating_add(100)))
        .map(|k| (k as f64 * step, number(k as f64 * step, decimals)))
        .collect()
}

/// 1, 2 or 5 times a power of ten that is at least `rough`, and the decimals it needs.
fn round_step(rough: f64) -> (f64, usize) {
    let power = format!("{rough:e}")
        .rsplit('e')
        .next()
        .and_then(|e| e.parse::<i32>().ok())
        .unwrap_or(0);
    let unit = 10f64.powi(power);
    let (times, up) = [(1.0, 0), (2.0, 0), (5.0, 0), (10.0, 1)]
        .into_iter()
        .find(|(times, _)| times * unit >= rough * (1.0 - 1e-9))
        .unwrap_or((10.0, 1));
    (times * unit, (-(power + up)).clamp(0, 9) as usize)
}

/// With a real minus sign and thousands apart.
pub(super) fn number(v: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", v.abs());
    let zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
    let text = match text.parse::<u64>() {
        Ok(whole) => count(whole),
        Err(_) => text,
    };
    if v < 0.0 && !zero {
        format!("−{text}")
    } else {
        text
    }
}

/// Powers of ten in the range, every second or third where there are many; between two or fewer, 2 and 5 times them too.
pub(super) fn decades((low, high): (f64, f64)) -> Vec<Tick> {
    let (first, last) = (low.ceil() as i32, high.floor() as i32);
    // Whole, or with decimals, as long as all are short.
    let whole = if last > 5 { 2 } else { 5 };
    let least = if first < -3 { 0 } else { -4 };
    let (from, every, times) = match last - first {
        ..2 if last <= 5 && first >= -3 => (first - 1, 1, &[1.0, 2.0, 5.0][..]),
        gaps => (first, (gaps / 7 + 1) as usize, &[1.0][..]),
    };
    let ticks = (from..=last).step_by(every).flat_map(|k| {
        times.iter().map(move |times| {
            let text = match k {
                k if k > whole || k < least => format!("10{}", superscript(k)),
                k => number(times * 10f64.powi(k), (-k).max(0) as usize),
            };
            (f64::from(k) + times.log10(), text)
        })
    });
    ticks.filter(|(at, _)| (low..=high).contains(at)).collect()
}

fn superscript(k: i32) -> String {
    let raised = |c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32(0x2070 + digit.to_digit(10).unwrap_or(0)).unwrap_or(digit),
    };
    k.to_string().chars().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(range: (f64, f64), wanted: u32) -> Vec<String> {
        let ticks = ticks(range, wanted).into_iter();
        ticks.map(|(_, text)| text).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(texts((-4.2, 0.2), 5), ["−4", "−3", "−2", "−1", "0"]);
        assert_eq!(
            texts((-0.13, 0.41), 6),
            ["−0.1", "0.0", "0.1", "0.2", "0.3", "0.4"]
        );
        assert_eq!(texts((0.0, 5490.0), 5), ["0", "2,000", "4,000"]);
        assert_eq!(
            texts((0.9993, 1.0), 4),
            ["0.9994", "0.9996", "0.9998", "1.0000"]
        );
        assert!(texts((1.0, 1.0), 4).is_empty());
        assert!(texts((0.0, f64::INFINITY), 4).is_empty());
    }

    #[test]
    fn decades_are_written_whole_as_long_as_they_are_short() {
        let texts = |range| -> Vec<String> {
            let ticks = decades(range);
            ticks.into_iter().map(|(_, text)| text).collect()
        };
        assert_eq!(texts((0.9, 4.9)), ["10", "100", "1,000", "10,000"]);
        assert_eq!(texts((-0.3, 9.3)), ["1", "100", "10⁴", "10⁶", "10⁸"]);
        assert_eq!(texts((-2.7, 0.3)), ["0.01", "0.1", "1"]);
        assert_eq!(texts((-4.2, 0.3)), ["10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "1"]);
        // Two alone would say little.
        assert_eq!(texts((-0.9, 1.2)), ["0.2", "0.5", "1", "2", "5", "10"]);
        assert_eq!(texts((2.8, 3.5)), ["1,000", "2,000"]);
    }
}
