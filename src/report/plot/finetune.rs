//! From one encoder on, with different losses: alignment, uniformity and accuracy against epochs, a panel for each loss.

use super::axes::Axes;
use super::canvas::{Area, Drawn, HEADING, Picture, legend, paint, px, write};
use super::sweep::{ENTRIES, heights, numbers};
use crate::result::Member;

const PANEL: (i32, i32) = (860, 900);
const TOP: i32 = 180;

/// An encoder and its epochs since the run began.
type Point<'a> = (f64, &'a Member);

/// Each run with its encoders, the one that all begin with first.
fn runs(members: &[Member]) -> Vec<(&str, Vec<Point<'_>>)> {
    let start = members.iter().find(|member| member.along.is_none());
    let mut runs: Vec<(&str, Vec<Point<'_>>)> = Vec::new();
    for member in members {
        let Some(along) = &member.along else { continue };
        let at = runs.iter().position(|(run, _)| *run == along.run);
        let at = at.unwrap_or_else(|| {
            let first = start.map(|member| (0.0, member));
            runs.push((&along.run, first.into_iter().collect()));
            runs.len() - 1
        });
        runs[at].1.push((along.epochs as f64, member));
    }
    runs
}

pub(in crate::report) fn picture<'a>(members: &'a [Member], title: &str) -> Option<Picture<'a>> {
    let runs = runs(members);
    if runs.iter().all(|(_, points)| points.len() < 2) {
        return None;
    }
    let all = || runs.iter().flat_map(|(_, points)| points);
    let y = heights(all().map(|(_, member)| *member));
    let last = all().map(|(epochs, _)| *epochs).fold(1.0, f64::max);
    let width = PANEL.0 * runs.len() as i32;
    let size = (width, TOP + PANEL.1);
    Some(paint(size, title.to_owned(), move |area| {
        legend(area, (px(width / 2), px(130)), width - 60, &ENTRIES)?;
        for (k, (run, points)) in (0..).zip(&runs) {
            let across = (PANEL.0 * k + 150, PANEL.0 * (k + 1) - 170);
            let up = (TOP + 90, TOP + PANEL.1 - 130);
            let axes = Axes::between(across, up, (0.0, last), y);
            panel(area, &axes, run, points)?;
        }
        Ok(())
    }))
}

fn panel(area: &Area<'_>, axes: &Axes, run: &str, points: &[Point<'_>]) -> Drawn {
    let heading = match run {
        "align" => "alignment only",
        "uniform" => "uniformity only",
        "both" => "alignment + uniformity",
        other => other,
    };
    let middle = (axes.left + axes.right) / 2;
    write(area, heading, (middle, axes.top - px(40)), HEADING)?;
    let (x, y) = (axes.ticks_across(), axes.ticks_up());
    axes.grid(area, &x, &y)?;
    let name = |epochs| format!("epoch {epochs}");
    numbers(area, axes, (points, &[]), name, (&x, "epochs"))
}
