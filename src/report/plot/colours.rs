//! From numbers to colours.

use plotters::style::{RGBColor, WHITE};

use crate::result::Side;

/// Text, axes.
pub(super) const INK: RGBColor = RGBColor(38, 43, 51);
/// Secondary text, reference lines.
pub(super) const GREY: RGBColor = RGBColor(110, 117, 128);
/// Grid.
pub(super) const GRID: RGBColor = RGBColor(229, 232, 237);

/// Colours that stay apart, the first eight also for colour-blind readers, the first four in grey too; after twelve they
/// begin again.
pub(super) const INKS: [RGBColor; 12] = [
    RGBColor(0, 99, 166),
    RGBColor(222, 124, 0),
    RGBColor(0, 140, 108),
    RGBColor(164, 80, 140),
    RGBColor(196, 52, 44),
    RGBColor(90, 90, 200),
    RGBColor(120, 110, 0),
    RGBColor(90, 100, 110),
    RGBColor(120, 66, 30),
    RGBColor(0, 150, 180),
    RGBColor(214, 70, 140),
    RGBColor(70, 130, 20),
];

/// Low to high: red, grey, blue. Told apart by colour-blind readers; blue is better.
const DIVERGING: [RGBColor; 5] = [
    RGBColor(179, 24, 43),
    RGBColor(239, 138, 98),
    RGBColor(200, 200, 200),
    RGBColor(103, 169, 207),
    RGBColor(33, 82, 152),
];

/// What text, lines and data are on a dark ground, where the colours of a white one are too dark: each as `#RRGGBB`.
pub(in crate::report) fn in_the_dark() -> Vec<(String, String)> {
    let hex = |RGBColor(r, g, b): RGBColor| format!("#{r:02X}{g:02X}{b:02X}");
    // Half way to white keeps the hue.
    let lighter = |RGBColor(r, g, b): RGBColor| {
        let half = |v: u8| ((u32::from(v) + 255) / 2) as u8;
        RGBColor(half(r), half(g), half(b))
    };
    let ground = [
        (WHITE, RGBColor(21, 24, 29)),
        (INK, RGBColor(228, 232, 238)),
        (GREY, RGBColor(167, 175, 187)),
        (GRID, RGBColor(57, 64, 74)),
    ];
    let data = INKS.iter().map(|ink| (*ink, lighter(*ink)));
    let all = ground.into_iter().chain(data);
    all.map(|(light, dark)| (hex(light), hex(dark))).collect()
}

pub(super) fn colour(side: Side) -> RGBColor {
    match side {
        Side::A => INKS[0],
        Side::B => INKS[1],
        Side::Cross => INKS[2],
        Side::Mean => INKS[3],
    }
}

/// The colour of a share of a range, 0 to 1.
pub(super) fn diverging(share: f64) -> RGBColor {
    between(&DIVERGING, share)
}

/// The colour at a share, 0 to 1, of the way along `stops`.
pub(super) fn between(stops: &[RGBColor], share: f64) -> RGBColor {
    let at = share.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let low = (at as usize).min(stops.len() - 2);
    let part = at - low as f64;
    let mix = |from: u8, to: u8| {
        (f64::from(from) + part * (f64::from(to) - f64::from(from))).round() as u8
    };
    let (from, to) = (stops[low], stops[low + 1]);
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}
