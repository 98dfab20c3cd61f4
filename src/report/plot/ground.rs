//! The plane of Wang and Isola that encoders are drawn on: uniformity across, alignment up, lower left is better.

use std::collections::BTreeMap;

use plotters::style::{RGBColor, WHITE};

use super::axes::{Axes, extent, number, roomy};
use super::canvas::{
    Area, Drawn, GREY, INK, LABEL, Picture, TICK, dashes, dot, fill, interval, line, paint, px,
    write,
};
use crate::report::number::{count, ends, plain, written};

const WIDTH: i32 = 1500;
const HEIGHT: i32 = 1240;
/// The part of the frame that the encoders take at least; an ideal that would leave them less is named, not drawn.
const LEAST: f64 = 0.15;

/// A number and its interval, which is the number itself where none is known.
#[derive(Clone, Copy)]
pub(super) struct Ranged {
    pub value: f64,
    pub ends: [f64; 2],
}

impl Ranged {
    /// With so large a standard error to both sides, or none.
    pub(super) fn with_error(value: f64, se: Option<f64>) -> Self {
        let reach = 1.96 * se.filter(|se| se.is_finite()).unwrap_or(0.0);
        Self {
            value,
            ends: [value - reach, value + reach],
        }
    }

    /// `-2.681 (-2.70 to -2.66)`, to as many digits as the interval supports.
    pub(super) fn text(&self) -> String {
        let [low, high] = self.ends;
        let text = written(self.value, Some((high - low) / 3.92));
        if text.se.as_deref().is_none_or(|se| se == "0") {
            return number(self.value, 4);
        }
        format!("{} ({})", text.value, ends(low, high, &text)).replace('-', "−")
    }
}

/// Where an encoder lies: uniformity and alignment.
#[derive(Clone, Copy)]
pub(super) struct Position {
    pub x: Ranged,
    pub y: Ranged,
}

impl Position {
    pub(super) fn at(&self, axes: &Axes) -> (i32, i32) {
        axes.at(self.x.value, self.y.value)
    }

    /// A ring with its intervals, which may be smaller than it; the k-th lies inside those before it, so that encoders in
    /// one place are seen all the same.
    pub(super) fn draw(
        &self,
        area: &Area<'_>,
        axes: &Axes,
        ink: RGBColor,
        (k, name): (usize, &str),
    ) -> Drawn {
        let across = self.x.ends.map(|end| axes.at(end, self.y.value));
        let up = self.y.ends.map(|end| axes.at(self.x.value, end));
        interval(area, across, (0, 11), ink, 3)?;
        interval(area, up, (11, 0), ink, 3)?;
        let at = self.at(axes);
        let radius = (16 - 3 * k as i32).max(7);
        dot(area, at, radius + 1, WHITE)?;
        dot(area, at, radius, ink)?;
        let text = format!(
            "{name}: uniformity {}, alignment {}",
            self.x.text(),
            self.y.text()
        );
        area.hint_at(at, text.trim_start_matches(": "));
        Ok(())
    }
}

/// The best uniformity in some dimension.
pub(super) struct Ideal {
    pub dim: u64,
    pub uniformity: f64,
}

/// The plane with its axes, the perfect encoders and the collapsed one.
pub(super) struct Ground {
    axes: Axes,
    /// What the axes say.
    across: String,
    up: String,
    pub(super) ideals: Vec<Ideal>,
}

type Params = BTreeMap<String, f64>;

/// Whether all parameters are 2, the official choice.
pub(super) fn official(params: &Params) -> bool {
    params.values().all(|value| (value - 2.0).abs() < 1e-12)
}

impl Ground {
    /// For these encoders; above the frame there is room of `above` pixels. None where there are none, or no ideal to
    /// draw them beside.
    pub(super) fn under(
        places: &[Position],
        [alignment, uniformity]: [&Params; 2],
        mut ideals: Vec<Ideal>,
        above: i32,
    ) -> Option<Self> {
        ideals.retain(|ideal| ideal.uniformity < 0.0);
        ideals.sort_by_key(|ideal| ideal.dim);
        ideals.dedup_by_key(|ideal| ideal.dim);
        if places.is_empty() || ideals.is_empty() {
            return None;
        }
        let alpha = alignment.get("alpha").copied().unwrap_or(2.0);
        let t = uniformity.get("t").copied().unwrap_or(2.0);
        let across = places.iter().flat_map(|place| place.x.ends);
        let up = places.iter().flat_map(|place| place.y.ends);
        let best = ideals.iter().map(|ideal| ideal.uniformity);
        // One encoder has no extent of its own: its way to the ideal is what is to be seen.
        let range = |data: (f64, f64), all: (f64, f64), share, least| {
            let wide = (data.1 - data.0) >= LEAST * (all.1 - all.0) || places.len() < 3;
            let (low, high) = if wide { all } else { data };
            roomy([low, high], share, least)
        };
        let x = range(
            extent(across.clone()),
            extent(across.chain(best)),
            0.09,
            1e-3,
        );
        let y = range(extent(up.clone()), extent(up.chain([0.0])), 0.11, 1e-3);
        let axes = Axes::between((210, WIDTH - 70), (134 + above, HEIGHT - 150), x, y);
        let power = power(alpha);
        Some(Self {
            axes,
            across: format!("uniformity  log E exp(−{t}‖x − y‖²)"),
            up: format!("alignment  E ‖x − y‖{power}"),
            ideals,
        })
    }

    /// The picture with what `draw` puts on the plane.
    pub(super) fn picture<'a>(
        self,
        title: String,
        draw: impl Fn(&Area<'_>, &Axes) -> Drawn + 'a,
    ) -> Picture<'a> {
        // More room for more lines above the frame.
        let height = HEIGHT.max(self.axes.top / px(1) + 700);
        let axes = Axes {
            bottom: px(height - 150),
            ..self.axes
        };
        paint((WIDTH, height), title, move |area| {
            let (x, y) = (axes.ticks_across(), axes.ticks_up());
            axes.grid(area, &x, &y)?;
            corners(area, &axes, &self.ideals)?;
            draw(area, &axes)?;
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

/// The perfect encoder of each dimension and the collapsed one, where they are in the frame; else where they are.
pub(super) fn corners(area: &Area<'_>, axes: &Axes, ideals: &[Ideal]) -> Drawn {
    let (mut beyond, mut shown) = (Vec::new(), Vec::new());
    for ideal in ideals {
        let (x, dim) = (ideal.uniformity, count(ideal.dim));
        if !axes.has(x, 0.0) {
            beyond.push(format!("{} (m = {dim})", plain(x, 3).replace('-', "−")));
            continue;
        }
        let at = axes.at(x, 0.0);
        dashes(area, &[at, (at.0, axes.top)], GREY, 2)?;
        dashes(area, &[at, (axes.right, at.1)], GREY, 2)?;
        area.hint_at(
            at,
            format!("ideal of {dim} dimensions: uniformity {x:.4}, alignment 0"),
        );
        shown.push((at, dim));
    }
    // They lie close together: all are named at the rightmost, that of the fewest dimensions, in the order in which they
    // stand.
    let dims: Vec<&str> = shown.iter().rev().map(|(_, dim)| dim.as_str()).collect();
    for (k, (at, _)) in shown.iter().enumerate() {
        let text = match k {
            0 => format!("ideal, m = {}", dims.join(" · ")),
            _ => String::new(),
        };
        star(area, *at, &text)?;
    }
    if !beyond.is_empty() {
        let text = format!(
            "↙ ideal, not shown: alignment 0, uniformity {}",
            beyond.join(", ")
        );
        let at = (axes.left + px(16), axes.bottom - px(28));
        let style = TICK.fitting(&text, axes.right - axes.left - px(32));
        write(area, &text, at, style.left().ink(GREY))?;
    }
    if !axes.has(0.0, 0.0) {
        return Ok(());
    }
    let (x, y) = axes.at(0.0, 0.0);
    let arm = px(13);
    line(area, &[(x - arm, y - arm), (x + arm, y + arm)], GREY, 5)?;
    line(area, &[(x - arm, y + arm), (x + arm, y - arm)], GREY, 5)?;
    let below = (x + px(20), y + px(38));
    write(area, "collapsed", below, LABEL.right().ink(GREY))
}

/// A star, and below it what it is.
pub(super) fn star(area: &Area<'_>, (x, y): (i32, i32), text: &str) -> Drawn {
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
    write(area, text, below, LABEL.left().ink(GREY))
}
