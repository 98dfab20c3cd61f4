//! Differences from the base with their intervals, one line for each number: a forest plot.
//!
//! Numbers have different scales, so each difference is drawn in units of the way from collapsed to ideal, in percent;
//! to the right is better. Where the models have different ideals it is that of the excesses over them.

use plotters::style::WHITE;

use super::axes::{Axes, roomy};
use super::canvas::{
    Area, Drawn, GREY, LABEL, TICK, Trouble, dashes, dot, interval, paint, px, write, write_title,
};
use super::colours::INKS;
use crate::report::comparison::is_detail;
use crate::report::number::percentage;
use crate::report::text::printable;
use crate::result::{Cell, Change, Comparison, label};

const ROW: i32 = 46;
/// One difference.
struct Bar {
    row: usize,
    model: usize,
    middle: f64,
    ends: [f64; 2],
    clear: bool,
}

pub(super) fn picture(comparison: &Comparison) -> Result<Option<Vec<u8>>, Trouble> {
    let (mut names, mut bars): (Vec<String>, Vec<Bar>) = Default::default();
    let lines = comparison.lines.iter();
    for drawn in lines.filter(|line| !is_detail(line.metric)) {
        let Some(scale) = drawn.scale().map(|scale| 100.0 * scale) else {
            continue;
        };
        let bar = |(model, cell): (usize, &Option<Cell>)| {
            let against = cell.as_ref()?.against.as_ref()?;
            let shown = against.shown();
            let interval = shown.interval(comparison.confidence)?;
            let (low, high) = (interval.low * scale, interval.high * scale);
            Some(Bar {
                row: names.len(),
                model,
                middle: shown.value * scale,
                ends: [low.min(high), low.max(high)],
                clear: matches!(against.verdict, Change::Better | Change::Worse),
            })
        };
        let before = bars.len();
        bars.extend(drawn.cells.iter().enumerate().filter_map(bar));
        if bars.len() > before {
            let name = printable(&label(drawn.metric, &drawn.params));
            names.push(format!("{name} {}", drawn.side.name()));
        }
    }
    if bars.is_empty() {
        return Ok(None);
    }
    // Room for the longest label, in pixels of the file.
    let labels = names.iter().map(|name| TICK.width(name)).max().unwrap_or(0) / px(1) + 60;
    let width = labels + 1060;
    let others = comparison.models.len().saturating_sub(1).max(1) as i32;
    let per_row = ROW.max(22 * others + 14);
    let top = 150 + 50 * others;
    let height = top + per_row * names.len() as i32 + 170;
    let ends = bars.iter().flat_map(|bar| bar.ends);
    let axes = Axes {
        left: px(labels),
        right: px(width - 60),
        top: px(top),
        bottom: px(height - 150),
        x: roomy(ends.chain([0.0]), 0.06, 6e-11),
        y: (0.0, names.len() as f64),
    };
    let drawn = paint((width, height), |area| {
        let base = super::title::shortened(&printable(&comparison.models[0].name), 40);
        let title = format!("Differences from {base}");
        write_title(area, &title, width)?;
        for (k, model) in comparison.models.iter().enumerate().skip(1) {
            let at = (px(labels), px(76 + 50 * k as i32));
            dot(area, at, 11, INKS[k % INKS.len()])?;
            let name = super::title::shortened(&printable(&model.name), 60);
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
        }
        let level = percentage(comparison.confidence);
        let text = format!("better →   % of the way from collapsed to ideal, {level} intervals");
        axes.frame(area, (&x, &text), (&[], ""))
    });
    drawn.map(Some)
}

/// A filled dot where the verdict is clear, an open one elsewhere.
fn draw(area: &Area<'_>, axes: &Axes, bar: &Bar, y: i32) -> Drawn {
    let ink = INKS[bar.model % INKS.len()];
    let at = |v: f64| (axes.at(v, 0.0).0, y);
    interval(area, bar.ends.map(at), (0, 8), ink, 4)?;
    dot(area, at(bar.middle), 9, ink)?;
    if !bar.clear {
        dot(area, at(bar.middle), 5, WHITE)?;
    }
    Ok(())
}
