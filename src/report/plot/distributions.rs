//! Positives and all pairs on one axis of cosines, with what they share; beside that, within and across two views.

use plotters::style::RGBColor;

use super::axes::{Axes, extent, number};
use super::bins::{Bin, Bins};
use super::canvas::{
    Area, Drawn, HEADING, INK, Picture, Swatch, dashes, legend, line, paint, px, write,
};
use super::colours::{INKS, colour};
use crate::report::document::Records;
use crate::report::number::share;
use crate::result::{Audit, CosineHistogram, Side};

const HEIGHT: i32 = 1100;
const PANEL: i32 = 1200;
const POSITIVES: RGBColor = INKS[3];

/// How the pairs of one kind are drawn.
#[derive(Clone, Copy, PartialEq)]
enum Look {
    Filled,
    Line,
    Dashes,
}

/// The pairs of one kind.
struct Layer {
    name: &'static str,
    ink: RGBColor,
    look: Look,
    bins: Bins,
}

/// A panel: its heading, its layers, and the uniform law.
struct Pane {
    heading: String,
    layers: Vec<Layer>,
    law: Option<Bins>,
}

pub(super) fn picture<'a>(audit: &'a Audit, title: &str) -> Option<Picture<'a>> {
    let panels = panels(audit);
    if panels.is_empty() {
        return None;
    }
    let size = (PANEL * panels.len() as i32, HEIGHT);
    Some(paint(size, title.to_owned(), move |area| {
        let mut placed = (0..).zip(&panels);
        placed.try_for_each(|(k, panel)| panel.draw(area, PANEL * k))
    }))
}

/// Each bin of each histogram that is drawn, with its share of the pairs.
pub(super) fn records(audit: &Audit) -> Records {
    let mut lines: Vec<(&str, Bin)> = Vec::new();
    let panels = panels(audit);
    let layers = panels.iter().flat_map(|panel| &panel.layers);
    let layers = layers.map(|layer| (layer.name, &layer.bins));
    let laws = panels.iter().filter_map(|panel| panel.law.as_ref());
    let laws = laws.map(|law| ("uniform law", law)).take(1);
    for (name, bins) in layers.chain(laws) {
        if lines.iter().any(|line| line.0 == name) {
            continue;
        }
        let density = bins.density();
        let filled = density.each().filter(|bin| bin.mass > 0.0);
        lines.extend(filled.map(|bin| (name, bin)));
    }
    Records::of(&audit.subject.name)
        .text("pairs", &lines, |line| Some(line.0))
        .number("from", &lines, |line| Some(line.1.from))
        .number("to", &lines, |line| Some(line.1.to))
        .number("density", &lines, |line| Some(line.1.mass))
}

fn panels(audit: &Audit) -> Vec<Pane> {
    let (distances, cosines) = (&audit.distributions.distances, &audit.distributions.cosines);
    let filled = |counts: &[u64]| counts.iter().any(|count| *count > 0);
    let cosines: Vec<&CosineHistogram> = cosines.iter().filter(|h| filled(&h.counts)).collect();
    let distances = distances.as_ref().filter(|d| filled(&d.counts));
    let law = |h: &&CosineHistogram| Bins::of(h.uniform.clone(), (-1.0, 1.0));
    let layer = |h: &CosineHistogram, name, look| Layer {
        name,
        ink: colour(h.side),
        look,
        bins: Bins::new(&h.counts, (-1.0, 1.0)),
    };
    // Unrelated pairs are those between the views, where there are two.
    let across = cosines.iter().find(|h| h.side == Side::Cross);
    let all = across.or(cosines.first());
    let mut panels = Vec::new();
    let mut layers: Vec<Layer> = Vec::new();
    layers.extend(all.map(|h| layer(h, "all pairs", Look::Filled)));
    layers.extend(distances.map(|histogram| Layer {
        name: "positives",
        ink: POSITIVES,
        look: Look::Filled,
        bins: Bins::of_distances(&histogram.counts),
    }));
    let heading = match &layers[..] {
        [] => return panels,
        [all, positives] => {
            let shared = part(all.bins.shared(&positives.bins));
            format!("Positives and all pairs: {shared} overlap")
        }
        [one] if one.name == "positives" => "Positives".to_owned(),
        _ => "All pairs".to_owned(),
    };
    panels.push(Pane {
        heading,
        layers,
        law: all.map(law),
    });
    if cosines.len() > 1 {
        let look = |side| match side {
            Side::A => Look::Line,
            Side::B => Look::Dashes,
            Side::Cross | Side::Mean => Look::Filled,
        };
        // What is filled lies below the lines.
        let mut layers: Vec<Layer> = cosines
            .iter()
            .map(|h| layer(h, h.side.name(), look(h.side)))
            .collect();
        layers.sort_by_key(|layer| layer.look != Look::Filled);
        panels.push(Pane {
            heading: "All pairs within each view and across".to_owned(),
            layers,
            law: cosines.first().map(law),
        });
    }
    panels
}

impl Pane {
    fn draw(&self, area: &Area<'_>, left: i32) -> Drawn {
        let all = self.layers.iter().map(|layer| &layer.bins).chain(&self.law);
        let reached = all.map(|bins| bins.reach(0.001, 0.999));
        let (low, high) = extent(reached.flat_map(|(low, high)| [low, high]));
        let pad = ((high - low) * 0.06).max(0.005);
        let range = ((low - pad).max(-1.0), (high + pad).min(1.0));
        let curves = self.layers.iter().map(|layer| {
            let (low, high) = layer.bins.reach(0.001, 0.999);
            let span = (high - low).max((range.1 - range.0) / 3.0);
            layer.bins.folded(span, 50).density()
        });
        let curves: Vec<Bins> = curves.collect();
        // The uniform law is a smooth curve: its own, finer bins show it better.
        let law = self.law.as_ref();
        let law = law.map(|law| law.folded(range.1 - range.0, 400).density());
        let top = top(&curves, law.as_ref());
        let (across, up) = ((left + 200, left + PANEL - 60), (240, HEIGHT - 150));
        let axes = Axes::between(across, up, range, (0.0, top));
        let (x, y) = (axes.ticks_across(), axes.ticks_up());
        axes.grid(area, &x, &y)?;
        let mut entries = Vec::new();
        for (
            Layer {
                name, ink, look, ..
            },
            bins,
        ) in self.layers.iter().zip(&curves)
        {
            let outline = steps(&axes, bins);
            let swatch = match look {
                Look::Filled => {
                    axes.under(area, &outline, (*ink, 0.3), 3)?;
                    Swatch::Box(*ink)
                }
                Look::Line => {
                    line(area, &outline, *ink, 5)?;
                    Swatch::Line(*ink)
                }
                Look::Dashes => {
                    dashes(area, &outline, *ink, 5)?;
                    Swatch::Dashes(*ink)
                }
            };
            told(area, &axes, name, bins);
            entries.push((swatch, *name));
        }
        if let Some(law) = &law {
            smooth(area, &axes, law, top)?;
            entries.push((Swatch::Line(INK), "uniform law"));
        }
        axes.frame(area, (&x, "cosine x·y"), (&y, "density"))?;
        let middle = (axes.left + axes.right) / 2;
        let heading = HEADING.fitting(&self.heading, axes.right - axes.left);
        write(area, &self.heading, (middle, axes.top - px(104)), heading)?;
        legend(area, (middle, axes.top - px(44)), PANEL, &entries)
    }
}

/// Where the axis of densities ends. On the circle the law has poles, and a law far narrower than the data must not
/// squeeze them flat either; nor must positives that nearly coincide squeeze the other pairs.
fn top(curves: &[Bins], law: Option<&Bins>) -> f64 {
    let highest = curves.iter().map(Bins::highest).fold(0.0, f64::max);
    let law = law.map_or(0.0, |law| {
        let ends = match law.mass[..] {
            [first, .., last] => f64::max(first, last),
            _ => law.highest(),
        };
        let most = if ends >= law.highest() { 2.0 } else { 8.0 };
        law.highest().min(highest * most)
    });
    highest.max(law) * 1.06
}

/// The law as a line, broken where it leaves the frame: along the frame it would look like a plateau.
fn smooth(area: &Area<'_>, axes: &Axes, law: &Bins, top: f64) -> Drawn {
    let middles = law.each().map(|bin| ((bin.from + bin.to) / 2.0, bin.mass));
    let seen: Vec<(f64, f64)> = middles
        .filter(|(x, _)| *x >= axes.x.0 && *x <= axes.x.1)
        .collect();
    for part in seen.split(|(_, d)| *d > top).filter(|part| part.len() > 1) {
        let points: Vec<_> = part.iter().map(|(x, d)| axes.at(*x, *d)).collect();
        line(area, &points, INK, 4)?;
    }
    Ok(())
}

fn seen<'a>(axes: &'a Axes, bins: &'a Bins) -> impl Iterator<Item = Bin> + 'a {
    bins.each()
        .filter(move |bin| bin.to > axes.x.0 && bin.from < axes.x.1)
}

/// The outline of a histogram.
fn steps(axes: &Axes, bins: &Bins) -> Vec<(i32, i32)> {
    let sides = |bin: Bin| [axes.at(bin.from, bin.mass), axes.at(bin.to, bin.mass)];
    seen(axes, bins).flat_map(sides).collect()
}

/// A share in percent, and nothing as such.
fn part(of: f64) -> String {
    if of > 1e-9 {
        share(of)
    } else {
        "0 %".to_owned()
    }
}

/// What each bin holds.
fn told(area: &Area<'_>, axes: &Axes, name: &str, bins: &Bins) {
    for bin in seen(axes, bins).filter(|bin| bin.mass > 0.0) {
        let share = part(bin.mass * (bin.to - bin.from));
        let text = format!(
            "{name}: {share} between {} and {}",
            number(bin.from, 3),
            number(bin.to, 3)
        );
        let (left, y) = axes.at(bin.from, bin.mass);
        // The tops only: those of other layers may lie below.
        area.hint(
            [
                (left, y - px(12)),
                (axes.at(bin.to, bin.mass).0, y + px(12)),
            ],
            text,
        );
    }
}
