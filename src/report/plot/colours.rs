//! From numbers to colours.

use plotters::style::RGBColor;

use crate::result::Side;

/// Colours that stay apart, also for colour-blind readers, the first four in grey too; after eight they begin again.
pub(super) const INKS: [RGBColor; 8] = [
    RGBColor(0, 99, 166),
    RGBColor(222, 124, 0),
    RGBColor(0, 140, 108),
    RGBColor(164, 80, 140),
    RGBColor(196, 52, 44),
    RGBColor(90, 90, 200),
    RGBColor(120, 110, 0),
    RGBColor(90, 100, 110),
];

/// Low to high: red, grey, blue. Told apart by colour-blind readers; blue is better.
const DIVERGING: [(u8, u8, u8); 5] = [
    (179, 24, 43),
    (239, 138, 98),
    (200, 200, 200),
    (103, 169, 207),
    (33, 82, 152),
];
/// None to most: white, sand, green, blue, black.
const DENSITY: [(u8, u8, u8); 6] = [
    (255, 255, 255),
    (226, 208, 172),
    (140, 172, 104),
    (52, 122, 118),
    (24, 62, 110),
    (8, 12, 30),
];

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

/// The colour of a share of the highest density, 0 to 1.
pub(super) fn density(share: f64) -> RGBColor {
    between(&DENSITY, share)
}

fn between(stops: &[(u8, u8, u8)], share: f64) -> RGBColor {
    let at = share.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let low = (at as usize).min(stops.len() - 2);
    let part = at - low as f64;
    let mix = |from: u8, to: u8| {
        (f64::from(from) + part * (f64::from(to) - f64::from(from))).round() as u8
    };
    let (from, to) = (stops[low], stops[low + 1]);
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}
