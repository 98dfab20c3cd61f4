//! From one encoder on, with different losses: alignment, uniformity and accuracy against epochs, a panel for each loss.

use super::axes::{Axes, Tick};
use super::canvas::{Area, Drawn, HEADING, Picture, Swatch, legend, paint, px, write, write_title};
use super::sweep::{ACCURACY, ALIGNMENT, UNIFORMITY, curve, intervals, told};
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
    let highest = |value: fn(&Member) -> f64| all().map(|(_, m)| value(m)).fold(0.1, f64::max);
    let highest = highest(|m| m.alignment).max(highest(|m| m.uniformity.exp()));
    let last = all().map(|(epochs, _)| *epochs).fold(1.0, f64::max);
    let width = PANEL.0 * runs.len() as i32;
    let title = title.to_owned();
    Some(paint((width, TOP + PANEL.1), move |area| {
        write_title(area, &title, width)?;
        let entries = [
            (Swatch::Line(UNIFORMITY), "exp(uniformity)"),
            (Swatch::Line(ALIGNMENT), "alignment"),
            (Swatch::Line(ACCURACY), "linear accuracy (right axis)"),
        ];
        legend(area, (px(width / 2), px(130)), width - 60, &entries)?;
        for (k, (run, points)) in (0..).zip(&runs) {
            let axes = Axes {
                left: px(PANEL.0 * k + 150),
                right: px(PANEL.0 * (k + 1) - 170),
                top: px(TOP + 90),
                bottom: px(TOP + PANEL.1 - 130),
                x: (0.0, last),
                y: (0.0, highest * 1.06),
            };
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
    // From 0 to 100 %, whatever alignment is.
    let shares = Axes {
        y: (0.0, 1.0),
        ..*axes
    };
    let drawn = |axes: &Axes, ink, value: &dyn Fn(&Member) -> Option<f64>| {
        curve(area, axes, (points, &[]), ink, value)
    };
    drawn(axes, (UNIFORMITY, 5), &|m| Some(m.uniformity.exp()))?;
    drawn(axes, (ALIGNMENT, 5), &|m| Some(m.alignment))?;
    intervals(area, &shares, points)?;
    drawn(&shares, (ACCURACY, 9), &|m| m.accuracy.map(|a| a.value))?;
    for (epochs, member) in points {
        let at = format!("epoch {epochs}");
        told(area, (axes, &shares), (*epochs, &at), member);
    }
    axes.frame(area, (&x, "epochs"), (&y, "exp(uniformity), alignment"))?;
    let percents: Vec<Tick> = (0..=5)
        .map(|k| (f64::from(k) / 5.0, format!("{} %", 20 * k)))
        .collect();
    axes.beside(area, (&percents, "linear accuracy"), ACCURACY)
}
