//! Encoders in the plane of uniformity and alignment, coloured by what can be read from them.

use plotters::element::{Circle, Rectangle};
use plotters::style::{Color, RGBColor};

use super::axes::{Axes, extent, number, roomy, ticks};
use super::canvas::{
    Area, Drawn, GREY, INK, LABEL, Picture, TICK, dashes, fill, line, paint, px, write,
    write_upwards,
};
use super::colours::diverging;
use super::ground::{Ideal, corners, star};
use super::title::named;
use crate::report::document::Records;
use crate::result::{Accuracy, Against, Member, ObjectiveKind, excess};

const WIDTH: i32 = 1760;
const HEIGHT: i32 = 1260;
/// Colours of the bar.
const STEPS: i32 = 100;
const OWN: RGBColor = RGBColor(200, 0, 140);

/// What is drawn, and in which terms.
struct Sheet<'a> {
    /// Encoders, each with its x.
    points: Vec<(f64, &'a Member)>,
    /// (x, y, name) of the audited model; without positives it has no y.
    own: Option<(f64, Option<f64>, String)>,
    /// The best x.
    ideal: Ideal,
    /// Whether all have one dimension, and so one place of collapse.
    alike: bool,
}

#[cfg(feature = "train")]
pub(in crate::report) fn picture<'a>(members: &'a [Member], title: &str) -> Option<Picture<'a>> {
    let first = members.first()?;
    let alike = members.iter().all(|m| m.dim == first.dim);
    let sheet = sheet(members.iter(), alike, first.dim, None);
    Some(draw(sheet, title.to_owned()))
}

pub(in crate::report) fn among(against: &Against) -> Picture<'_> {
    let own = &against.own;
    let x = match against.same_dimension {
        true => own.uniformity,
        false => own.excess,
    };
    let name = named(&own.name, 30);
    let data = named(&against.data, 30);
    let title = format!("{name} among encoders of {data}");
    let sheet = sheet(
        against.members.iter().map(|(member, _)| member),
        against.same_dimension,
        own.dim,
        Some((x, own.alignment, name)),
    );
    draw(sheet, title)
}

/// Where each encoder lies, and what can be read from it.
pub(in crate::report) fn records<'a>(members: impl IntoIterator<Item = &'a Member>) -> Records {
    let members: Vec<&Member> = members.into_iter().collect();
    Records::of("the encoders")
        .text("encoder", &members, |m| Some(m.name.as_str()))
        .text("trained_for", &members, |m| Some(m.kind.name()))
        .number("lambda", &members, |m| m.lambda)
        .count("dim", &members, |m| m.dim)
        .number("uniformity", &members, |m| Some(m.uniformity))
        .number("excess", &members, |m| Some(excess(m.uniformity, m.dim)))
        .number("alignment", &members, |m| Some(m.alignment))
        .number("linear", &members, |m| m.accuracy.map(|a| a.value))
        .number("low", &members, |m| m.accuracy.map(|a| a.low))
        .number("high", &members, |m| m.accuracy.map(|a| a.high))
}

fn sheet<'a>(
    members: impl Iterator<Item = &'a Member>,
    alike: bool,
    dim: u64,
    own: Option<(f64, Option<f64>, String)>,
) -> Sheet<'a> {
    let x = |member: &Member| match alike {
        true => member.uniformity,
        false => excess(member.uniformity, member.dim),
    };
    Sheet {
        points: members.map(|member| (x(member), member)).collect(),
        own,
        ideal: Ideal {
            dim,
            uniformity: if alike { -excess(0.0, dim) } else { 0.0 },
        },
        alike,
    }
}

fn draw(sheet: Sheet<'_>, title: String) -> Picture<'_> {
    let own = sheet.own.as_ref();
    let xs = sheet.points.iter().map(|(x, _)| *x);
    let xs = xs
        .chain(own.map(|own| own.0))
        .chain([sheet.ideal.uniformity]);
    let xs = xs.chain(sheet.alike.then_some(0.0));
    let ys = sheet.points.iter().map(|(_, member)| member.alignment);
    let top = ys.chain(own.and_then(|own| own.1)).fold(0.1, f64::max);
    let (x, y) = (roomy(xs, 0.06, 6e-5), (-0.09 * top, top * 1.1));
    let axes = Axes::between((190, WIDTH - 300), (200, HEIGHT - 150), x, y);
    let range = range(&sheet.points);
    paint((WIDTH, HEIGHT), title, move |area| {
        let sheet = &sheet;
        key(area, sheet)?;
        let (x, y) = (axes.ticks_across(), axes.ticks_up());
        axes.grid(area, &x, &y)?;
        if sheet.alike {
            corners(area, &axes, std::slice::from_ref(&sheet.ideal))?;
        } else {
            // Without a common dimension there is no common place of collapse; the ideal is at no excess.
            star(area, axes.at(0.0, 0.0), "ideal")?;
        }
        for (x, member) in &sheet.points {
            let at = axes.at(*x, member.alignment);
            mark(area, at, member.kind, ink(member.accuracy, range))?;
            area.hint_at(at, told(member));
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

fn told(member: &Member) -> String {
    let name = crate::report::text::printable(&member.name);
    let accuracy = member.accuracy.map_or(String::new(), |a| {
        format!(", linear accuracy {} %", number(100.0 * a.value, 1))
    });
    let (x, y) = (number(member.uniformity, 3), number(member.alignment, 3));
    format!("{name}: uniformity {x}, alignment {y}{accuracy}")
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
fn mark(area: &Area<'_>, (x, y): (i32, i32), kind: ObjectiveKind, ink: RGBColor) -> Drawn {
    let r = px(15);
    let fat = |area: &Area<'_>, a: (i32, i32), b: (i32, i32)| line(area, &[a, b], ink, 7);
    match kind {
        ObjectiveKind::Contrastive => {
            fat(area, (x - r, y), (x + r, y))?;
            fat(area, (x, y - r), (x, y + r))
        }
        ObjectiveKind::Random => {
            fat(area, (x - r, y - r), (x + r, y + r))?;
            fat(area, (x - r, y + r), (x + r, y - r))
        }
        ObjectiveKind::AlignUniform => {
            area.draw(&Circle::new((x, y), r, ink.mix(0.85).filled()))?;
            area.draw(&Circle::new((x, y), r, INK.stroke_width(px(1) as u32)))
        }
        ObjectiveKind::Supervised => {
            let corners = [(x - r, y - r), (x + r, y + r)];
            area.draw(&Rectangle::new(corners, ink.mix(0.85).filled()))?;
            area.draw(&Rectangle::new(corners, INK.stroke_width(px(1) as u32)))
        }
        ObjectiveKind::Mixed => {
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
    let occurs = |kind: &ObjectiveKind| sheet.points.iter().any(|(_, member)| member.kind == *kind);
    let kinds: Vec<ObjectiveKind> = ObjectiveKind::ALL.into_iter().filter(occurs).collect();
    let width = |kind: &ObjectiveKind| MARK + TICK.width(kind.name()) + BETWEEN;
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
    let Some((x, y, name)) = &sheet.own else {
        return Ok(());
    };
    let (x, y) = (*x, *y);
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
    for k in 0..STEPS {
        let ink = diverging(1.0 - f64::from(k) / f64::from(STEPS - 1));
        let edge = |k| axes.top + height * k / STEPS;
        let corners = [(left, edge(k)), (right, edge(k + 1))];
        area.draw(&Rectangle::new(corners, ink.filled()))?;
    }
    for (percent, text) in ticks((100.0 * low, 100.0 * high), 5) {
        let share = (percent / 100.0 - low) / (high - low);
        let y = axes.bottom - (share * f64::from(height)) as i32;
        let text = format!("{text} %");
        write(area, &text, (right + px(12), y), TICK.left())?;
    }
    let middle = (axes.top + axes.bottom) / 2;
    write_upwards(area, "linear accuracy", (left - px(32), middle), LABEL)
}
