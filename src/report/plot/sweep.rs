//! A sweep over (1 - lambda) align + lambda uniform: what each mixture gives.

use plotters::element::Rectangle;
use plotters::style::{Color, RGBColor};

use super::axes::{Axes, Tick, number};
use super::canvas::{
    Area, Drawn, GREY, Picture, Swatch, TICK, dashes, dot, legend, line, paint, px, write,
};
use super::colours::INKS;
use crate::result::Member;

const WIDTH: i32 = 1700;
const HEIGHT: i32 = 1080;
const UNIFORMITY: RGBColor = INKS[0];
const ALIGNMENT: RGBColor = INKS[1];
const ACCURACY: RGBColor = INKS[2];
/// What [`numbers`] draws.
pub(super) const ENTRIES: [(Swatch, &str); 3] = [
    (Swatch::Line(UNIFORMITY), "exp(uniformity)"),
    (Swatch::Line(ALIGNMENT), "alignment"),
    (Swatch::Line(ACCURACY), "linear accuracy (right axis)"),
];
/// exp(uniformity) from which an encoder maps everything to (almost) one point.
const COLLAPSED: f64 = 0.9;

pub(in crate::report) fn picture<'a>(
    members: &'a [Member],
    gaps: &[f64],
    title: &str,
) -> Option<Picture<'a>> {
    let of_sweep = members.iter().filter_map(|m| Some((m.lambda?, m)));
    let mut points: Vec<(f64, &Member)> = of_sweep.collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    if points.len() < 2 {
        return None;
    }
    let (across, up) = ((170, WIDTH - 190), (210, HEIGHT - 190));
    let y = heights(points.iter().map(|(_, member)| *member));
    let axes = Axes::between(across, up, (0.0, 1.0), y);
    let gaps = gaps.to_vec();
    Some(paint((WIDTH, HEIGHT), title.to_owned(), move |area| {
        legend(area, (px(WIDTH / 2), px(136)), WIDTH - 60, &ENTRIES)?;
        let x: Vec<Tick> = (0..=10)
            .map(|k| (f64::from(k) / 10.0, format!("{:.1}", f64::from(k) / 10.0)))
            .collect();
        let y = axes.ticks_up();
        collapse(area, &axes, &points)?;
        axes.grid(area, &x, &y)?;
        failures(area, &axes, &gaps)?;
        let name = |lambda| format!("λ = {lambda}");
        numbers(area, &axes, (&points, &gaps), name, (&x, ""))?;
        let below = axes.bottom + px(92);
        let middle = (axes.left + axes.right) / 2;
        let (edge, text) = (TICK.ink(GREY), "λ in (1 − λ) alignment + λ uniformity");
        write(area, "alignment only", (axes.left, below), edge.left())?;
        write(area, "uniformity only", (axes.right, below), edge.right())?;
        write(area, text, (middle, below), TICK)
    }))
}

/// Where the numbers of these encoders lie.
pub(super) fn heights<'a>(members: impl Iterator<Item = &'a Member>) -> (f64, f64) {
    let numbers = members.flat_map(|member| [member.alignment, member.uniformity.exp()]);
    (0.0, numbers.fold(0.1, f64::max) * 1.06)
}

/// The numbers of encoders in their frame, of which `across` has the ticks and the label: each at its x, which the pointer
/// is told as `name` says it.
pub(super) fn numbers(
    area: &Area<'_>,
    axes: &Axes,
    (points, gaps): (&[(f64, &Member)], &[f64]),
    name: impl Fn(f64) -> String,
    across: (&[Tick], &str),
) -> Drawn {
    let drawn = |axes: &Axes, ink, value: &dyn Fn(&Member) -> Option<f64>| {
        curve(area, axes, (points, gaps), ink, value)
    };
    drawn(axes, (UNIFORMITY, 5), &|m| Some(m.uniformity.exp()))?;
    drawn(axes, (ALIGNMENT, 5), &|m| Some(m.alignment))?;
    // From 0 to 100 %, whatever alignment is.
    let shares = Axes {
        y: (0.0, 1.0),
        ..*axes
    };
    intervals(area, &shares, points)?;
    drawn(&shares, (ACCURACY, 9), &|m| m.accuracy.map(|a| a.value))?;
    for (x, member) in points {
        told(area, (axes, &shares), (*x, &name(*x)), member);
    }
    let y = axes.ticks_up();
    axes.frame(area, across, (&y, "exp(uniformity), alignment"))?;
    let percents: Vec<Tick> = (0..=5)
        .map(|k| (f64::from(k) / 5.0, format!("{} %", 20 * k)))
        .collect();
    axes.beside(area, (&percents, "linear accuracy"), ACCURACY)
}

/// The numbers of an encoder, at each of its marks: it is at `x`, which is called `name`.
fn told(area: &Area<'_>, (axes, shares): (&Axes, &Axes), (x, name): (f64, &str), member: &Member) {
    let tell = |axes: &Axes, v: f64, text: String| {
        area.hint_at(axes.at(x, v), format!("{name}: {text}"));
    };
    let (uniformity, alignment) = (member.uniformity.exp(), member.alignment);
    tell(axes, uniformity, format!("exp(uniformity) {uniformity:.4}"));
    tell(axes, alignment, format!("alignment {alignment:.4}"));
    if let Some(a) = member.accuracy {
        let [value, low, high] = [a.value, a.low, a.high].map(|v| number(100.0 * v, 1));
        let text = format!("linear accuracy {value} % ({low} to {high})");
        tell(shares, a.value, text);
    }
}

/// A line through the points that have this value, broken where an encoder between two of them has no numbers.
fn curve(
    area: &Area<'_>,
    axes: &Axes,
    (points, gaps): (&[(f64, &Member)], &[f64]),
    (ink, width): (RGBColor, i32),
    value: &dyn Fn(&Member) -> Option<f64>,
) -> Drawn {
    let known: Vec<(f64, (i32, i32))> = points
        .iter()
        .filter_map(|(lambda, member)| Some((*lambda, axes.at(*lambda, value(member)?))))
        .collect();
    let broken = |a: f64, b: f64| gaps.iter().any(|gap| (a..=b).contains(gap));
    for piece in known.chunk_by(|(a, _), (b, _)| !broken(*a, *b)) {
        let at: Vec<(i32, i32)> = piece.iter().map(|(_, at)| *at).collect();
        line(area, &at, ink, width)?;
        at.into_iter()
            .try_for_each(|at| dot(area, at, width + 4, ink))?;
    }
    Ok(())
}

/// A mark at the lambda of each encoder without numbers.
fn failures(area: &Area<'_>, axes: &Axes, gaps: &[f64]) -> Drawn {
    for gap in gaps {
        let (x, bottom) = axes.at(*gap, 0.0);
        dashes(area, &[(x, bottom), (x, axes.top + px(80))], GREY, 3)?;
        let above = (x, axes.top + px(62));
        write(area, "failed", above, TICK.ink(GREY))?;
    }
    Ok(())
}

fn intervals(area: &Area<'_>, axes: &Axes, points: &[(f64, &Member)]) -> Drawn {
    for (lambda, member) in points {
        if let Some(a) = member.accuracy {
            let ends = [a.low, a.high].map(|end| axes.at(*lambda, end));
            line(area, &ends, ACCURACY, 3)?;
        }
    }
    Ok(())
}

/// The mixtures whose encoders collapse, as a band from the edge to half way to the first that does not.
fn collapse(area: &Area<'_>, axes: &Axes, points: &[(f64, &Member)]) -> Drawn {
    let collapsed = |m: &Member| m.uniformity.exp() > COLLAPSED;
    let count = points.iter().take_while(|(_, m)| collapsed(m)).count();
    if count == 0 {
        return Ok(());
    }
    let last = points[count - 1].0;
    let next = points.get(count);
    let edge = next.map_or(1.0, |(next, _)| (last + next) / 2.0);
    let (left, right) = (axes.at(0.0, 0.0), axes.at(edge, axes.y.1));
    area.draw(&Rectangle::new([left, right], GREY.mix(0.14).filled()))?;
    let text = "collapsed";
    let inside = TICK.width(text) + px(20) < right.0 - left.0;
    let (x, kind) = match inside {
        true => ((left.0 + right.0) / 2, TICK),
        false => (right.0 + px(12), TICK.left()),
    };
    write(area, text, (x, axes.top + px(30)), kind.ink(GREY))
}
