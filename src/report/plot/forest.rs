//! Differences from the base with their intervals, one line for each metric: a forest plot.
//!
//! Numbers have different scales, so each difference is drawn in units of the way from a worthless model to the ideal, in
//! percent; to the right is better. Where the models have different ideals it is that of the excesses over them.

use plotters::style::WHITE;

use super::axes::{Axes, number, roomy};
use super::canvas::{
    Area, Drawn, GREY, LABEL, Picture, TICK, dashes, dot, interval, paint, px, write,
};
use super::colours::INKS;
use super::ground::official;
use super::title::{named, number as number_of};
use crate::report::comparison::is_detail;
use crate::report::document::Records;
use crate::report::number::{percentage, signed};
use crate::report::text::printable;
use crate::result::{Change, Comparison, Line, ModelValue};

const ROW: i32 = 46;

/// One difference.
struct Bar {
    row: usize,
    model: usize,
    middle: f64,
    ends: [f64; 2],
    verdict: Change,
}

/// The number that stands for each metric: of its sides and parameters the first that speaks for the model.
pub(super) fn main_lines(comparison: &Comparison) -> Vec<&Line> {
    let shown = |line: &&Line| !is_detail(line.metric) && line.scale().is_some();
    let mut chosen: Vec<&Line> = Vec::new();
    for line in comparison.lines.iter().filter(shown) {
        let rank = |line: &Line| {
            let sides = line.metric.spec().sides;
            let side = sides.iter().position(|side| *side == line.side);
            (side.unwrap_or(sides.len()), !official(&line.params))
        };
        match chosen.iter().position(|other| other.metric == line.metric) {
            Some(at) if rank(line) < rank(chosen[at]) => chosen[at] = line,
            Some(_) => {}
            None => chosen.push(line),
        }
    }
    chosen
}

fn names_and_bars(comparison: &Comparison) -> (Vec<String>, Vec<Bar>) {
    let (mut names, mut bars): (Vec<String>, Vec<Bar>) = Default::default();
    for drawn in main_lines(comparison) {
        let Some(scale) = drawn.scale().map(|scale| 100.0 * scale) else {
            continue;
        };
        let bar = |(model, cell): (usize, &Option<ModelValue>)| {
            let against = cell.as_ref()?.against.as_ref()?;
            let shown = against.shown();
            let interval = shown.interval(comparison.confidence)?;
            let (low, high) = (interval.low * scale, interval.high * scale);
            Some(Bar {
                row: names.len(),
                model,
                middle: shown.value * scale,
                ends: [low.min(high), low.max(high)],
                verdict: against.verdict,
            })
        };
        let before = bars.len();
        bars.extend(drawn.cells.iter().enumerate().filter_map(bar));
        if bars.len() > before {
            names.push(number_of(drawn.metric, &drawn.params, drawn.side));
        }
    }
    (names, bars)
}

/// The differences in percent of the way from a worthless model to the ideal.
pub(super) fn records(comparison: &Comparison) -> Records {
    let (names, bars) = names_and_bars(comparison);
    let model = |bar: &Bar| Some(comparison.models[bar.model].name.as_str());
    Records::of("the differences")
        .text("number", &bars, |bar| Some(names[bar.row].as_str()))
        .text("model", &bars, model)
        .number("percent", &bars, |bar| Some(bar.middle))
        .number("low", &bars, |bar| Some(bar.ends[0]))
        .number("high", &bars, |bar| Some(bar.ends[1]))
        .text("verdict", &bars, |bar| Some(bar.verdict.name()))
}

pub(super) fn picture<'a>(comparison: &'a Comparison, title: Option<&str>) -> Option<Picture<'a>> {
    let (names, bars) = names_and_bars(comparison);
    if bars.is_empty() {
        return None;
    }
    // Room for the longest label, in pixels of the file.
    let labels = names.iter().map(|name| TICK.width(name)).max().unwrap_or(0) / px(1) + 60;
    let width = labels + 1060;
    let others = comparison.models.len().saturating_sub(1).max(1) as i32;
    let per_row = ROW.max(22 * others + 14);
    let top = 150 + 50 * others;
    let height = top + per_row * names.len() as i32 + 170;
    let ends = bars.iter().flat_map(|bar| bar.ends);
    let axes = Axes::between(
        (labels, width - 60),
        (top, height - 150),
        roomy(ends.chain([0.0]), 0.06, 6e-11),
        (0.0, names.len() as f64),
    );
    let base = named(&comparison.models[0].name, 40);
    let title = title.map_or(format!("Differences from {base}"), str::to_owned);
    Some(paint((width, height), title, move |area| {
        for (k, model) in comparison.models.iter().enumerate().skip(1) {
            let at = (px(labels), px(76 + 50 * k as i32));
            dot(area, at, 11, INKS[k % INKS.len()])?;
            let name = named(&model.name, 60);
            write(area, &name, (at.0 + px(34), at.1), LABEL.left())?;
        }
        let x = axes.ticks_across();
        axes.grid(area, &x, &[])?;
        let zero = axes.at(0.0, 0.0).0;
        dashes(area, &[(zero, axes.top), (zero, axes.bottom)], GREY, 3)?;
        for (row, name) in names.iter().enumerate() {
            let y = px(top + per_row * row as i32 + per_row / 2);
            write(area, name, (axes.left - px(24), y), TICK.right())?;
        }
        for bar in &bars {
            let offset = 22 * (bar.model as i32 - 1) - 11 * (others - 1);
            let y = px(top + per_row * bar.row as i32 + per_row / 2 + offset);
            draw(area, &axes, bar, y)?;
            let name = printable(&comparison.models[bar.model].name);
            let [low, high] = bar.ends.map(|end| signed_percent(end, false));
            let middle = signed_percent(bar.middle, true);
            let text = format!(
                "{name}, {}: {middle} ({low} to {high}), {}",
                names[bar.row],
                bar.verdict.name()
            );
            area.hint_at((axes.at(bar.middle, 0.0).0, y), text);
        }
        let level = percentage(comparison.confidence);
        let text = format!("better →   % of the way from worthless to ideal, {level} intervals");
        axes.frame(area, (&x, &text), (&[], ""))
    }))
}

/// `+3.2 %`, or without the sign of what is above 0.
fn signed_percent(v: f64, plus: bool) -> String {
    let text = format!("{} %", number(v, 2));
    if plus { signed(v, text) } else { text }
}

/// A filled dot where the verdict is clear, an open one elsewhere.
fn draw(area: &Area<'_>, axes: &Axes, bar: &Bar, y: i32) -> Drawn {
    let ink = INKS[bar.model % INKS.len()];
    let at = |v: f64| (axes.at(v, 0.0).0, y);
    interval(area, bar.ends.map(at), (0, 8), ink, 4)?;
    dot(area, at(bar.middle), 9, ink)?;
    if !matches!(bar.verdict, Change::Better | Change::Worse) {
        dot(area, at(bar.middle), 5, WHITE)?;
    }
    Ok(())
}
