//! Numbers along the models in their order, as of checkpoints over time: one panel for each number.

use super::axes::{Axes, Tick, extent, roomy};
use super::canvas::{
    Area, Drawn, GREY, HEADING, Picture, SMALL, dashes, dot, interval, line, paint, px, write,
};
use super::colours::INKS;
use super::forest::main_lines;
use crate::report::document::Records;
use crate::report::number::written;
use crate::report::text::printable;
use crate::result::{Comparison, Line, ModelValue, label};

/// Models from which an order tells more than differences from the base do.
const FEWEST: usize = 3;
/// Panels beside each other, and their size.
const BESIDE: i32 = 3;
const PANEL: (i32, i32) = (820, 500);
const TOP: i32 = 110;
/// Letters of the longest name that is written below an axis.
const LETTERS: usize = 14;

/// The numbers that are drawn: those of the forest.
fn lines(comparison: &Comparison) -> Vec<&Line> {
    let copies = comparison.models.iter().any(|m| m.copied.is_some());
    if comparison.models.len() < FEWEST || copies {
        return Vec::new();
    }
    let mut lines = main_lines(comparison);
    // A count that is the same everywhere is no line.
    lines.retain(|line| {
        let (low, high) = extent(points(line).flat_map(|(_, cell)| reach(line, cell)));
        low < high
    });
    lines
}

/// The points that are drawn.
pub(super) fn records(comparison: &Comparison) -> Records {
    let lines = lines(comparison).into_iter();
    let points = lines.flat_map(|line| points(line).map(move |(at, cell)| (line, at, cell)));
    let points: Vec<(&Line, usize, &ModelValue)> = points.collect();
    Records::of("the models in their order")
        .text("model", &points, |(_, at, _)| {
            Some(comparison.models[*at].name.as_str())
        })
        .text("number", &points, |(line, ..)| {
            Some(label(line.metric, &line.params))
        })
        .text("side", &points, |(line, ..)| Some(line.side.name()))
        .number("value", &points, |(.., cell)| Some(cell.value))
        .number("se", &points, |(.., cell)| cell.se)
}

pub(super) fn picture<'a>(comparison: &'a Comparison, title: Option<&str>) -> Option<Picture<'a>> {
    let lines = lines(comparison);
    if lines.is_empty() {
        return None;
    }
    let beside = (lines.len() as i32).min(BESIDE);
    let width = PANEL.0 * beside;
    let height = TOP + PANEL.1 * (lines.len() as i32 + beside - 1) / beside + 20;
    let own = format!("{} models in their order", comparison.models.len());
    let title = title.map_or(own, str::to_owned);
    Some(paint((width, height), title, move |area| {
        for (k, line) in (0..).zip(&lines) {
            let corner = (PANEL.0 * (k % beside), TOP + PANEL.1 * (k / beside));
            panel(area, comparison, line, corner)?;
        }
        Ok(())
    }))
}

fn panel(area: &Area<'_>, comparison: &Comparison, of: &Line, (left, top): (i32, i32)) -> Drawn {
    let last = comparison.models.len() - 1;
    let ends = points(of).flat_map(|(_, cell)| reach(of, cell));
    let axes = Axes::between(
        (left + 160, left + PANEL.0 - 50),
        (top + 60, top + PANEL.1 - 80),
        (-0.3, last as f64 + 0.3),
        roomy(ends, 0.1, 1e-9),
    );
    let name = super::title::number(of.metric, &of.params, of.side);
    let heading = HEADING.fitting(&name, axes.right - axes.left);
    write(area, &name, (axes.left, px(top + 24)), heading.left())?;
    let (x, y) = (names(&axes, comparison), axes.ticks_up());
    axes.grid(area, &[], &y)?;
    if let Some(ideal) = of.ideal.filter(|ideal| axes.has(0.0, *ideal)) {
        let [from, to] = [axes.x.0, axes.x.1].map(|x| axes.at(x, ideal));
        dashes(area, &[from, to], GREY, 3)?;
    }
    let ink = INKS[0];
    let at = |model: usize, v: f64| axes.at(model as f64, v);
    let along: Vec<(i32, i32)> = points(of).map(|(k, cell)| at(k, cell.value)).collect();
    line(area, &along, ink, 4)?;
    for (k, cell) in points(of) {
        interval(area, reach(of, cell).map(|end| at(k, end)), (9, 0), ink, 3)?;
        dot(area, at(k, cell.value), 9, ink)?;
        let model = printable(&comparison.models[k].name);
        let text = format!("{model}: {}", written(cell.value, cell.se));
        area.hint_at(at(k, cell.value), text);
    }
    axes.spines(area)?;
    for (at, text) in &x {
        let (at, below) = axes.at(*at, axes.y.0);
        write(area, text, (at, below + px(32)), SMALL)?;
    }
    for (v, text) in &y {
        let (_, at) = axes.at(axes.x.0, *v);
        write(area, text, (axes.left - px(14), at), SMALL.right())?;
    }
    Ok(())
}

/// Each model's place and number, of those that have it.
fn points(line: &Line) -> impl Iterator<Item = (usize, &ModelValue)> {
    let cells = line.cells.iter().enumerate();
    cells.filter_map(|(k, cell)| Some((k, cell.as_ref()?)))
}

/// The ends of the bar of a number, not beyond its ideal if the number itself is not.
fn reach(line: &Line, cell: &ModelValue) -> [f64; 2] {
    let reach = 1.96 * cell.se.unwrap_or(0.0);
    let ends = [cell.value - reach, cell.value + reach];
    match cell.ideal.or(line.ideal) {
        Some(ideal) if cell.value <= ideal => ends.map(|end| end.min(ideal)),
        Some(ideal) => ends.map(|end| end.max(ideal)),
        None => ends,
    }
}

/// Names of the models, from where they differ where one is too long, or their places where that is too, as far as there is
/// room; the last one first.
fn names(axes: &Axes, comparison: &Comparison) -> Vec<Tick> {
    let names = comparison.models.iter().map(|m| printable(&m.name));
    let mut names: Vec<String> = names.collect();
    let too_long = |names: &[String]| names.iter().any(|name| name.chars().count() > LETTERS);
    if too_long(&names) {
        names = without_their_start(&names);
    }
    if too_long(&names) {
        names = (1..=names.len()).map(|place| place.to_string()).collect();
    }
    let ticks = names.into_iter().enumerate().rev();
    axes.with_room(ticks.map(|(k, text)| (k as f64, text)), SMALL)
}

/// Names without the words that all of them begin with, as those of checkpoints do: `…001000`.
fn without_their_start(names: &[String]) -> Vec<String> {
    let first = &names[0];
    let shared = |end: usize| names.iter().all(|name| name.starts_with(&first[..end]));
    let ends = first.char_indices().filter(|(_, c)| !c.is_alphanumeric());
    let mut ends = ends.map(|(at, c)| at + c.len_utf8());
    match ends.rfind(|end| shared(*end)) {
        Some(end) => names
            .iter()
            .map(|name| format!("…{}", &name[end..]))
            .collect(),
        None => names.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_names_begin_with_is_left_out() {
        let shown = |names: [&str; 2]| without_their_start(&names.map(str::to_owned));
        assert_eq!(
            shown(["run-1/step-0100", "run-1/step-0150"]),
            ["…0100", "…0150"]
        );
        assert_eq!(shown(["ü_a_x", "ü_b_x"]), ["…a_x", "…b_x"]);
        assert_eq!(shown(["step100", "step150"]), ["step100", "step150"]);
    }
}
