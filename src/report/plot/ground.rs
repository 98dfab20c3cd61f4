//! The plane of Wang and Isola that encoders are drawn on: uniformity across, alignment up, lower left is better.

use std::collections::BTreeMap;

use plotters::style::RGBColor;

use super::axes::Axes;
use super::canvas::{
    Area, Drawn, GREY, INK, LABEL, Trouble, dashes, dot, fill, interval, line, paint, px, write,
    write_title,
};

const WIDTH: i32 = 1500;
const HEIGHT: i32 = 1240;

/// Where an encoder lies: uniformity and alignment, each with its standard error.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

impl Place {
    pub(super) fn at(&self, axes: &Axes) -> (i32, i32) {
        axes.at(self.x.0, self.y.0)
    }

    /// A dot with 1.96 standard errors, which may be smaller than the dot; `cap` is half the line that they end in.
    pub(super) fn draw(&self, area: &Area<'_>, axes: &Axes, ink: RGBColor, cap: i32) -> Drawn {
        let ((x, dx), (y, dy)) = (self.x, self.y);
        let across = [-1.96, 1.96].map(|times| axes.at(x + times * dx, y));
        let up = [-1.96, 1.96].map(|times| axes.at(x, y + times * dy));
        interval(area, across, (0, cap), ink, 3)?;
        interval(area, up, (cap, 0), ink, 3)?;
        dot(area, self.at(axes), 9, ink)
    }
}

/// The plane with its axes, the perfect encoder and the collapsed one.
pub(super) struct Ground {
    axes: Axes,
    /// What the axes say.
    across: String,
    up: String,
    pub(super) ideal: f64,
}

type Params = BTreeMap<String, f64>;

/// Whether all parameters are 2, the official choice.
pub(super) fn official(params: &Params) -> bool {
    params.values().all(|value| (value - 2.0).abs() < 1e-12)
}

impl Ground {
    /// For these encoders; above the frame there is room for a line of `row` pixels for each. None where there are none,
    /// or no ideal to draw them beside.
    pub(super) fn under(
        places: impl ExactSizeIterator<Item = Place> + Clone,
        [alignment, uniformity]: [&Params; 2],
        ideal: Option<f64>,
        row: i32,
    ) -> Option<Self> {
        let ideal = ideal.filter(|ideal| *ideal < 0.0 && places.len() > 0)?;
        let alpha = alignment.get("alpha").copied().unwrap_or(2.0);
        let t = uniformity.get("t").copied().unwrap_or(2.0);
        // The mean distance of unrelated points is at most sqrt(2): the same frame for every encoder of this dimension.
        let far = 2f64.powf(alpha / 2.0);
        let lowest = places.clone().map(|p| p.x.0).fold(ideal, f64::min);
        let highest = places.clone().map(|p| p.y.0).fold(far, f64::max);
        let axes = Axes {
            left: px(190),
            right: px(WIDTH - 70),
            top: px(134 + row * places.len() as i32),
            bottom: px(HEIGHT - 150),
            x: (lowest + ideal * 0.07, -ideal * 0.07),
            y: (-0.11 * far, highest * 1.04),
        };
        let power = power(alpha);
        Some(Self {
            axes,
            across: format!("uniformity  log E exp(−{t}‖x − y‖²)"),
            up: format!("alignment  E ‖x − y‖{power}"),
            ideal,
        })
    }

    /// The picture with what `draw` puts on the plane.
    pub(super) fn picture(
        &self,
        title: &str,
        draw: impl Fn(&Area<'_>, &Axes) -> Drawn,
    ) -> Result<Vec<u8>, Trouble> {
        let axes = &self.axes;
        paint((WIDTH, HEIGHT), |area| {
            write_title(area, title, WIDTH)?;
            let (x, y) = (axes.ticks_across(), axes.ticks_up());
            axes.grid(area, &x, &y)?;
            corners(area, axes, self.ideal)?;
            draw(area, axes)?;
            axes.frame(area, (&x, &self.across), (&y, &self.up))
        })
    }
}

fn power(alpha: f64) -> String {
    let signs = [(1.0, ""), (2.0, "²"), (3.0, "³"), (4.0, "⁴")].into_iter();
    let mut same = signs.filter(|(value, _)| (alpha - value).abs() < 1e-12);
    same.next()
        .map_or_else(|| format!("^{alpha}"), |(_, sign)| sign.to_owned())
}

/// The perfect encoder and the collapsed one.
pub(super) fn corners(area: &Area<'_>, axes: &Axes, ideal: f64) -> Drawn {
    let (x, y) = axes.at(ideal, 0.0);
    dashes(area, &[(x, y), (x, axes.top)], GREY, 2)?;
    dashes(area, &[(x, y), (axes.right, y)], GREY, 2)?;
    star(area, (x, y))?;
    let (x, y) = axes.at(0.0, 0.0);
    let arm = px(13);
    line(area, &[(x - arm, y - arm), (x + arm, y + arm)], GREY, 5)?;
    line(area, &[(x - arm, y + arm), (x + arm, y - arm)], GREY, 5)?;
    let below = (x + px(20), y + px(38));
    write(area, "collapsed", below, LABEL.right().ink(GREY))
}

/// A star that says `ideal`.
pub(super) fn star(area: &Area<'_>, (x, y): (i32, i32)) -> Drawn {
    let tip = |k: u32| {
        let radius = f64::from(px(if k.is_multiple_of(2) { 22 } else { 9 }));
        let angle = f64::from(k) * std::f64::consts::PI / 5.0;
        (
            x + (radius * angle.sin()).round() as i32,
            y - (radius * angle.cos()).round() as i32,
        )
    };
    fill(area, (0..10).map(tip).collect::<Vec<_>>(), INK, 1.0)?;
    let below = (x + px(24), y + px(38));
    write(area, "ideal", below, LABEL.left().ink(GREY))
}
