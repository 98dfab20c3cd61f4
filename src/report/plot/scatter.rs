//! Encoders in the plane of uniformity and alignment, coloured by what can be read from them.

use plotters::element::{Circle, Rectangle};
use plotters::style::{Color, RGBColor};

use super::axes::{Axes, extent, number, roomy};
use super::canvas::{
    Area, Drawn, GREY, INK, LABEL, TICK, Trouble, dashes, fill, line, paint, px, write,
    write_title, write_upwards,
};
use super::colours::diverging;
use super::ground::{corners, star};
use crate::result::{Accuracy, Against, Kind, Member, excess};

const WIDTH: i32 = 1760;
const HEIGHT: i32 = 1260;
const OWN: RGBColor = RGBColor(200, 0, 140);

/// What is drawn, and in which terms.
struct Sheet<'a> {
    /// Encoders, each with its x.
    points: Vec<(f64, &'a Member)>,
    /// (x, y, name) of the audited model; without positives it has no y.
    own: Option<(f64, Option<f64>, &'a str)>,
    /// The best x.
    ideal: f64,
    /// Whether all have one dimension, and so one place of collapse.
    alike: bool,
}

pub(crate) fn picture(members: &[Member], title: &str) -> Result<Vec<u8>, Trouble> {
    let Some(first) = members.first() else {
        return Err("no encoders to draw".into());
    };
    let alike = members.iter().all(|m| m.dim == first.dim);
    let sheet = sheet(members.iter(), alike, first.dim, None);
    draw(&sheet, title)
}

pub(crate) fn among(against: &Against) -> Result<Vec<u8>, Trouble> {
    let own = &against.own;
    let x = match against.same_dimension {
        true => own.uniformity,
        false => own.excess,
    };
    let name = super::title::shortened(&crate::report::text::printable(&own.name), 30);
    let sheet = sheet(
        against.members.iter().map(|(member, _)| member),
        against.same_dimension,
        own.dim,
        Some((x, own.alignment, &name)),
    );
    let data = super::title::shortened(&crate::report::text::printable(&against.data), 30);
    draw(&sheet, &format!("{name} among encoders of {data}"))
}

fn sheet<'a>(
    members: impl Iterator<Item = &'a Member>,
    alike: bool,
    dim: u64,
    own: Option<(f64, Option<f64>, &'a str)>,
) -> Sheet<'a> {
    let x = |member: &Member| match alike {
        true => member.uniformity,
        false => excess(member.uniformity, member.dim),
    };
    Sheet {
        points: members.map(|member| (x(member), member)).collect(),
        own,
        ideal: if alike { -excess(0.0, dim) } else { 0.0 },
        alike,
    }
}

fn draw(sheet: &Sheet<'_>, title: &str) -> Result<Vec<u8>, Trouble> {
    let own = sheet.own;
    let xs = sheet.points.iter().map(|(x, _)| *x);
    let xs = xs.chain(own.map(|own| own.0)).chain([sheet.ideal]);
    let xs = xs.chain(sheet.alike.then_some(0.0));
    let ys = sheet.points.iter().map(|(_, member)| member.alignment);
    let top = ys.chain(own.and_then(|own| own.1)).fold(0.1, f64::max);
    let axes = Axes {
        left: px(190),
        right: px(WIDTH - 300),
        top: px(200),
        bottom: px(HEIGHT - 150),
        x: roomy(xs, 0.06, 6e-5),
        y: (-0.09 * top, top * 1.1),
    };
    let range = range(&sheet.points);
    paint((WIDTH, HEIGHT), |area| {
        write_title(area, title, WIDTH)?;
        key(area, sheet)?;
        let (x, y) = (axes.ticks_across(), axes.ticks_up());
        axes.grid(area, &x, &y)?;
        if sheet.alike {
            corners(area, &axes, sheet.ideal)?;
        } else {
            // Without a common dimension there is no common place of collapse; the ideal is at no excess.
            star(area, axes.at(0.0, 0.0))?;
        }
        for (x, member) in &sheet.points {
            let at = axes.at(*x, member.alignment);
            mark(area, at, member.kind, ink(member.accuracy, range))?;
        }
        model(area, &axes, sheet)?;
        let across = match sheet.alike {
            true => "uniformity  log E exp(−2‖x − y‖²)",
            false => "uniformity less its ideal in each dimension",
        };
        axes.frame(area, (&x, across), (&y, "alignment  E ‖x − y‖²"))?;
        bar(area, &axes, range)
    })
}

/// Accuracies from the worst to the best, in whole percents, a point apart at least.
fn range(points: &[(f64, &Member)]) -> Option<(f64, f64)> {
    let known = points.iter().filter_map(|(_, member)| member.accuracy);
    let (low, high) = extent(known.map(|accuracy| accuracy.value));
    let (low, high) = ((100.0 * low).floor() / 100.0, (100.0 * high).ceil() / 100.0);
    (low <= high).then_some((low, high.max(low + 0.01)))
}

fn ink(accuracy: Option<Accuracy>, range: Option<(f64, f64)>) -> RGBColor {
    match (accuracy, range) {
        (Some(a), Some((low, high))) => diverging((a.value - low) / (high - low)),
        _ => GREY,
    }
}

/// One sign for each kind of objective.
fn mark(area: &Area<'_>, (x, y): (i32, i32), kind: Kind, ink: RGBColor) -> Drawn {
    let r = px(15);
    let fat = |area: &Area<'_>, a: (i32, i32), b: (i32, i32)| line(area, &[a, b], ink, 7);
    match kind {
        Kind::Contrastive => {
            fat(area, (x - r, y), (x + r, y))?;
            fat(area, (x, y - r), (x, y + r))
        }
        Kind::Random => {
            fat(area, (x - r, y - r), (x + r, y + r))?;
            fat(area, (x - r, y + r), (x + r, y - r))
        }
        Kind::AlignUniform => {
            area.draw(&Circle::new((x, y), r, ink.mix(0.85).filled()))?;
            area.draw(&Circle::new((x, y), r, INK.stroke_width(px(1) as u32)))
        }
        Kind::Supervised => {
            let corners = [(x - r, y - r), (x + r, y + r)];
            area.draw(&Rectangle::new(corners, ink.mix(0.85).filled()))?;
            area.draw(&Rectangle::new(corners, INK.stroke_width(px(1) as u32)))
        }
        Kind::Mixed => {
            let tips = [
                (x, y - r - px(3)),
                (x + r + px(2), y + r),
                (x - r - px(2), y + r),
            ];
            fill(area, tips, ink, 0.85)?;
            line(area, &[tips[0], tips[1], tips[2], tips[0]], INK, 1)
        }
    }
}

/// The signs that occur, in one row.
fn key(area: &Area<'_>, sheet: &Sheet<'_>) -> Drawn {
    const MARK: i32 = px(44);
    const BETWEEN: i32 = px(40);
    let occurs = |kind: &Kind| sheet.points.iter().any(|(_, member)| member.kind == *kind);
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(occurs).collect();
    let width = |kind: &Kind| MARK + TICK.width(kind.name()) + BETWEEN;
    let mut left = px(WIDTH / 2) - (kinds.iter().map(width).sum::<i32>() - BETWEEN) / 2;
    for kind in kinds {
        mark(area, (left + px(18), px(128)), kind, GREY)?;
        write(area, kind.name(), (left + MARK, px(128)), TICK.left())?;
        left += width(&kind);
    }
    Ok(())
}

/// The audited model.
fn model(area: &Area<'_>, axes: &Axes, sheet: &Sheet<'_>) -> Drawn {
    let Some((x, y, name)) = sheet.own else {
        return Ok(());
    };
    let Some(y) = y else {
        // Without positives only its uniformity is known.
        let (at, _) = axes.at(x, 0.0);
        return dashes(area, &[(at, axes.top), (at, axes.bottom)], OWN, 4);
    };
    let at = axes.at(x, y);
    let r = px(22);
    let tips = [
        (at.0, at.1 - r),
        (at.0 + r, at.1),
        (at.0, at.1 + r),
        (at.0 - r, at.1),
    ];
    fill(area, tips, OWN, 1.0)?;
    let fits = at.0 + px(40) + LABEL.width(name) < axes.right;
    let (x, kind) = match fits {
        true => (at.0 + px(34), LABEL.left()),
        false => (at.0 - px(34), LABEL.right()),
    };
    write(area, name, (x, at.1), kind.ink(OWN))
}

/// The colours' meaning.
fn bar(area: &Area<'_>, axes: &Axes, range: Option<(f64, f64)>) -> Drawn {
    let Some((low, high)) = range else {
        return Ok(());
    };
    let (left, right) = (axes.right + px(70), axes.right + px(110));
    let height = axes.bottom - axes.top;
    for y in 0..height {
        let ink = diverging(f64::from(height - y) / f64::from(height));
        line(area, &[(left, axes.top + y), (right, axes.top + y)], ink, 1)?;
    }
    for k in 0..=4 {
        let share = f64::from(k) / 4.0;
        let y = axes.bottom - (share * f64::from(height)) as i32;
        let text = format!("{} %", number(100.0 * (low + share * (high - low)), 1));
        write(area, &text, (right + px(12), y), TICK.left())?;
    }
    let middle = (axes.top + axes.bottom) / 2;
    write_upwards(area, "linear accuracy", (left - px(32), middle), LABEL)
}
