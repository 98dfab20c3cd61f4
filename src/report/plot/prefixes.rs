//! Numbers along prefixes of the columns: one panel for each number, one line for each model.

use plotters::element::Circle;
use plotters::style::Color;

use super::axes::{Axes, Tick};
use super::canvas::{
    Anchor, Area, Drawn, GREY, HEADING, Swatch, Trouble, dashes, legend, line, paint, px, write,
    write_title,
};
use super::models::INKS;
use crate::metric::MetricId;
use crate::report::comparison::main_curves;
use crate::report::number::count;
use crate::report::text::printable;
use crate::result::{Comparison, PrefixCurve, label};

const WIDTH: i32 = 1500;
const PANEL: i32 = 560;
const TOP: i32 = 190;

pub(super) fn picture(comparison: &Comparison) -> Result<Option<Vec<u8>>, Trouble> {
    // Each number once, with the curves of all models.
    let mut panels: Vec<Vec<&PrefixCurve>> = Vec::new();
    let curves = main_curves(comparison).into_iter();
    for curve in curves.filter(|curve| is_drawn(curve)) {
        let same =
            |other: &PrefixCurve| other.metric == curve.metric && other.params == curve.params;
        match panels.iter_mut().find(|panel| same(panel[0])) {
            Some(panel) => panel.push(curve),
            None => panels.push(vec![curve]),
        }
    }
    if panels.is_empty() {
        return Ok(None);
    }
    let height = TOP + PANEL * panels.len() as i32 + 60;
    let ink_of = |model: &str| {
        let place = comparison
            .models
            .iter()
            .position(|other| other.name == model);
        INKS[place.unwrap_or(0) % INKS.len()]
    };
    let bytes = paint((WIDTH as u32, height as u32), |area| {
        write_title(area, "First columns only", WIDTH)?;
        let mut entries: Vec<(Swatch, String)> = comparison
            .models
            .iter()
            .map(|model| {
                (
                    Swatch::Line(ink_of(&model.name)),
                    super::title::shortened(&printable(&model.name), 24),
                )
            })
            .collect();
        entries.push((Swatch::Dashes(GREY), "ideal of that width".to_owned()));
        legend(area, (px(WIDTH / 2), px(120)), &entries)?;
        for (k, panel) in panels.iter().enumerate() {
            let top = TOP + PANEL * k as i32;
            let axes = Axes {
                left: px(220),
                right: px(WIDTH - 70),
                top: px(top + 50),
                bottom: px(top + PANEL - 120),
                x: span(panel, |point| (point.dim as f64).log2(), 0.06),
                y: heights(panel),
            };
            let last = k + 1 == panels.len();
            let name = format!(
                "{} {}",
                label(panel[0].metric, &panel[0].params),
                panel[0].side.name()
            );
            write(
                area,
                &name,
                (axes.left, px(top + 20)),
                Anchor::Left,
                HEADING,
            )?;
            let (x, y) = (widths(panel), axes.ticks_up());
            axes.grid(area, &x, &y)?;
            ideal(area, &axes, panel[0])?;
            for curve in panel {
                draw(area, &axes, curve, ink_of(&curve.model))?;
            }
            let below = if last { "columns" } else { "" };
            axes.frame(area, (&x, below), (&y, ""))?;
        }
        Ok(())
    })?;
    Ok(Some(bytes))
}

/// Of alignment, the one with alpha = 2.
fn is_drawn(curve: &PrefixCurve) -> bool {
    let other = |alpha: &f64| (alpha - 2.0).abs() > 1e-12;
    curve.metric != MetricId::Alignment || !curve.params.values().any(other)
}

fn span(
    panel: &[&PrefixCurve],
    of: impl Fn(&crate::result::PrefixPoint) -> f64,
    share: f64,
) -> (f64, f64) {
    let values = panel.iter().flat_map(|curve| curve.points.iter().map(&of));
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
        (low.min(v), high.max(v))
    });
    let room = (share * (high - low)).max(1e-3);
    (low - room, high + room)
}

/// Where values, errors and ideals lie.
fn heights(panel: &[&PrefixCurve]) -> (f64, f64) {
    let (low, high) = span(panel, |point| point.value, 0.0);
    let ideals = panel[0].points.iter().filter_map(|point| point.ideal);
    let (low, high) = ideals.fold((low, high), |(low, high), v| (low.min(v), high.max(v)));
    let room = (0.1 * (high - low)).max(1e-3);
    (low - room, high + room)
}

/// A tick at each width.
fn widths(panel: &[&PrefixCurve]) -> Vec<Tick> {
    let mut dims: Vec<u64> = panel
        .iter()
        .flat_map(|curve| curve.points.iter().map(|point| point.dim))
        .collect();
    dims.sort_unstable();
    dims.dedup();
    dims.into_iter()
        .map(|dim| ((dim as f64).log2(), count(dim)))
        .collect()
}

fn ideal(area: &Area<'_>, axes: &Axes, curve: &PrefixCurve) -> Drawn {
    let points: Option<Vec<(i32, i32)>> = curve
        .points
        .iter()
        .map(|point| Some(axes.at((point.dim as f64).log2(), point.ideal?)))
        .collect();
    points.map_or(Ok(()), |points| dashes(area, &points, GREY, 3))
}

fn draw(
    area: &Area<'_>,
    axes: &Axes,
    curve: &PrefixCurve,
    ink: plotters::style::RGBColor,
) -> Drawn {
    let at = |point: &crate::result::PrefixPoint, v: f64| axes.at((point.dim as f64).log2(), v);
    let points: Vec<(i32, i32)> = curve.points.iter().map(|p| at(p, p.value)).collect();
    line(area, &points, ink, 4)?;
    for point in &curve.points {
        let se = point.se.unwrap_or(0.0);
        let ends = [
            at(point, point.value - 1.96 * se),
            at(point, point.value + 1.96 * se),
        ];
        line(area, &ends, ink, 3)?;
        for (x, y) in ends {
            line(area, &[(x - px(9), y), (x + px(9), y)], ink, 3)?;
        }
        area.draw(&Circle::new(at(point, point.value), px(9), ink.filled()))?;
    }
    Ok(())
}
