//! Eigenvalues against their rank, both as logarithms, beside those of uniform rows.

use super::axes::{Axes, decades, roomy};
use super::canvas::{Area, Drawn, INK, Picture, Swatch, dashes, legend, line, paint, px};
use super::colours::INKS;
use crate::report::document::Records;
use crate::report::number::{count, plain};
use crate::report::render::Report;
use crate::result::Audit;

const WIDTH: i32 = 1600;
const HEIGHT: i32 = 1100;
/// Eigenvalues below this share of the mean one are rounding, or nothing.
const LEAST: f64 = 1e-6;
/// How far apart ranks are that the pointer is told of, in decades.
const TOLD: f64 = 0.04;

/// The eigenvalues that are drawn, rank by rank.
pub(super) fn records(audit: &Audit) -> Records {
    audit
        .spectra
        .as_ref()
        .map(Report::records)
        .unwrap_or_default()
}

pub(super) fn picture<'a>(audit: &'a Audit, title: &str) -> Option<Picture<'a>> {
    let spectra = audit.spectra.as_ref()?;
    let two = audit.subject.b.is_some();
    let mut lines: Vec<(String, Vec<(f64, f64)>)> = Vec::new();
    let mut null = Vec::new();
    for curve in &spectra.curves {
        let columns = curve.columns as f64;
        let points = |values: &[f64]| -> Vec<(f64, f64)> {
            let ranked = (1..).zip(values).map(|(k, v)| (f64::from(k), v * columns));
            let seen = ranked.filter(|(_, v)| *v >= LEAST);
            seen.map(|(k, v)| (f64::log10(k), v.log10())).collect()
        };
        let name = |kind: &str| match (two, curve.side) {
            (true, side) => format!("{}, {kind}", side.name()),
            (false, _) => kind.to_owned(),
        };
        lines.push((name("as they are"), points(&curve.second)));
        lines.push((name("centred"), points(&curve.centred)));
        // Of two views, the one with more rows: uniform rows of as many columns.
        let uniform = points(&curve.uniform);
        if uniform.len() >= null.len() {
            null = uniform;
        }
    }
    let all = || lines.iter().flat_map(|(_, points)| points).chain(&null);
    if all().count() < 2 {
        return None;
    }
    let x = roomy(all().map(|point| point.0), 0.02, 0.02);
    let y = roomy(all().map(|point| point.1), 0.05, 0.05);
    let axes = Axes::between((210, WIDTH - 70), (190, HEIGHT - 150), x, y);
    let title = format!("{title} · spectrum");
    Some(paint((WIDTH, HEIGHT), title, move |area| {
        let mut entries: Vec<(Swatch, String)> = Vec::new();
        for (k, (name, _)) in lines.iter().enumerate() {
            entries.push((Swatch::Line(INKS[k % INKS.len()]), name.clone()));
        }
        entries.push((Swatch::Dashes(INK), "uniform rows".to_owned()));
        legend(area, (px(WIDTH / 2), px(128)), WIDTH - 60, &entries)?;
        draw(area, &axes, &lines, &null)
    }))
}

fn draw(
    area: &Area<'_>,
    axes: &Axes,
    lines: &[(String, Vec<(f64, f64)>)],
    null: &[(f64, f64)],
) -> Drawn {
    let (x, y) = (decades(axes.x), decades(axes.y));
    axes.grid(area, &x, &y)?;
    let at = |points: &[(f64, f64)]| -> Vec<(i32, i32)> {
        points.iter().map(|(x, y)| axes.at(*x, *y)).collect()
    };
    dashes(area, &at(null), INK, 4)?;
    for (k, (name, points)) in lines.iter().enumerate() {
        line(area, &at(points), INKS[k % INKS.len()], 4)?;
        let mut next = f64::NEG_INFINITY;
        for &(x, y) in points {
            // Ranks lie closer and closer: as many are told as pointers can tell apart.
            if x >= next {
                next = x + TOLD;
                let (rank, value) = (10f64.powf(x).round() as u64, 10f64.powf(y));
                let text = format!("{name}: rank {}, {}", count(rank), plain(value, 4));
                area.hint_at(axes.at(x, y), text);
            }
        }
    }
    let across = (&x[..], "rank of the eigenvalue");
    axes.frame(area, across, (&y, "eigenvalue × columns"))
}
