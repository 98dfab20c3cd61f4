//! What stands on a white sheet: text, lines, marks, legends.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, RGBColor};

use super::picture::{FAMILY, fonts};

pub(super) use super::colours::{GREY, GRID, INK};
pub(super) use super::picture::{Area, Drawn, Picture, px};

/// Size, weight, colour of a text, and where it hangs on its point.
#[derive(Clone, Copy)]
pub(super) struct Type {
    /// Pixels of the file.
    size: i32,
    weight: FontStyle,
    ink: RGBColor,
    anchor: HPos,
}

/// Heading of a picture.
pub(super) const TITLE: Type = Type::new(46, FontStyle::Bold);
/// Heading of a panel.
pub(super) const HEADING: Type = Type::new(40, FontStyle::Bold);
/// Axis labels and legends.
pub(super) const LABEL: Type = Type::new(36, FontStyle::Normal);
/// Tick labels.
pub(super) const TICK: Type = Type::new(32, FontStyle::Normal);
/// Tick labels and headings of small panels.
pub(super) const SMALL: Type = Type::new(28, FontStyle::Normal);

impl Type {
    /// Centred on its point.
    const fn new(size: i32, weight: FontStyle) -> Self {
        Self {
            size,
            weight,
            ink: INK,
            anchor: HPos::Center,
        }
    }

    /// The same from its point to the right.
    pub(super) fn left(self) -> Self {
        let anchor = HPos::Left;
        Self { anchor, ..self }
    }

    /// The same up to its point.
    pub(super) fn right(self) -> Self {
        let anchor = HPos::Right;
        Self { anchor, ..self }
    }

    /// The same in another colour.
    pub(super) fn ink(self, ink: RGBColor) -> Self {
        Self { ink, ..self }
    }

    fn style(self) -> TextStyle<'static> {
        let font = (FAMILY, px(self.size), self.weight).into_font();
        font.color(&self.ink)
            .pos(Pos::new(self.anchor, VPos::Center))
    }

    /// The same, small enough for the text to be at most `most` fine pixels wide.
    pub(super) fn fitting(self, text: &str, most: i32) -> Self {
        let width = self.width(text).max(1);
        let size = (i64::from(self.size) * i64::from(most) / i64::from(width)) as i32;
        Self {
            size: self.size.min(size).max(1),
            ..self
        }
    }

    /// Width of the text in fine pixels.
    pub(super) fn width(self, text: &str) -> i32 {
        // A text may be measured before the first picture is painted.
        if !fonts() {
            return 0;
        }
        self.style()
            .font
            .box_size(text)
            .map_or(0, |(width, _)| width as i32)
    }
}

/// Writes text at (x, y), which is its middle in height.
pub(super) fn write(area: &Area<'_>, text: &str, at: (i32, i32), kind: Type) -> Drawn {
    // The backend centres the line with its descenders; digits and capitals then stand too high.
    let at = (at.0, at.1 + px(kind.size) / 10);
    area.draw(&Text::new(text.to_owned(), at, kind.style()))
}

/// A picture of `size` pixels with a title.
pub(super) fn paint<'a>(
    size: (i32, i32),
    title: String,
    draw: impl Fn(&Area<'_>) -> Drawn + 'a,
) -> Picture<'a> {
    Picture::new(size, move |area| {
        let style = TITLE.fitting(&title, px(size.0 - 80));
        write(area, &title, (px(size.0 / 2), px(56)), style)?;
        draw(area)
    })
}

/// Writes text upwards, centred on (x, y).
pub(super) fn write_upwards(area: &Area<'_>, text: &str, at: (i32, i32), kind: Type) -> Drawn {
    let style = kind.style().transform(FontTransform::Rotate270);
    area.draw(&Text::new(text.to_owned(), at, style))
}

/// How a legend shows an entry.
#[derive(Clone, Copy)]
pub(super) enum Swatch {
    Box(RGBColor),
    Line(RGBColor),
    Dashes(RGBColor),
    Dot(RGBColor),
}

/// Pixels between the rows of a legend.
pub(super) const LEGEND_ROW: i32 = 54;
const MARK: i32 = px(44);
const SPACE: i32 = px(12);
const BETWEEN: i32 = px(40);

/// What an entry of a legend takes, with the space behind it.
fn entry_width(text: &str) -> i32 {
    MARK + SPACE + LABEL.width(text) + BETWEEN
}

/// How many entries stand in each row of a legend of at most `most` pixels.
fn legend_rows<T: AsRef<str>>(entries: &[(Swatch, T)], most: i32) -> Vec<usize> {
    let (mut rows, mut used) = (vec![0], 0);
    for (_, text) in entries {
        let width = entry_width(text.as_ref());
        if used > 0 && used + width - BETWEEN > px(most) {
            rows.push(0);
            used = 0;
        }
        used += width;
        *rows.last_mut().expect("one at least") += 1;
    }
    rows
}

/// Height of a legend, in pixels.
pub(super) fn legend_height<T: AsRef<str>>(entries: &[(Swatch, T)], most: i32) -> i32 {
    LEGEND_ROW * legend_rows(entries, most).len() as i32
}

/// A legend centred on (x, y), its first row, in as many rows as `most` pixels ask for.
pub(super) fn legend<T: AsRef<str>>(
    area: &Area<'_>,
    (x, mut y): (i32, i32),
    most: i32,
    mut entries: &[(Swatch, T)],
) -> Drawn {
    for count in legend_rows(entries, most) {
        let (row, rest) = entries.split_at(count);
        entries = rest;
        let all: i32 = row.iter().map(|(_, text)| entry_width(text.as_ref())).sum();
        let mut left = x - (all - BETWEEN) / 2;
        for (swatch, text) in row {
            swatch.draw(area, (left, y))?;
            write(area, text.as_ref(), (left + MARK + SPACE, y), LABEL.left())?;
            left += entry_width(text.as_ref());
        }
        y += px(LEGEND_ROW);
    }
    Ok(())
}

impl Swatch {
    fn draw(self, area: &Area<'_>, (left, y): (i32, i32)) -> Drawn {
        let ends = [(left, y), (left + MARK, y)];
        match self {
            Swatch::Box(c) => block(area, [(left, y - px(12)), (left + MARK, y + px(12))], c),
            Swatch::Line(c) => line(area, &ends, c, 4),
            Swatch::Dot(c) => dot(area, (left + MARK / 2, y), 10, c),
            Swatch::Dashes(c) => dashes(area, &ends, c, 4),
        }
    }
}

/// A polyline, `width` pixels wide.
pub(super) fn line(area: &Area<'_>, points: &[(i32, i32)], ink: RGBColor, width: i32) -> Drawn {
    area.draw(&PathElement::new(
        points.to_vec(),
        ink.stroke_width(px(width) as u32),
    ))
}

/// A dashed polyline.
pub(super) fn dashes(area: &Area<'_>, points: &[(i32, i32)], ink: RGBColor, width: i32) -> Drawn {
    let (on, off) = (f64::from(px(18)), f64::from(px(10)));
    let mut travelled = 0.0;
    let mut dash: Vec<(i32, i32)> = Vec::new();
    let ends = |dash: &[(i32, i32)]| match dash {
        [first, .., last] => line(area, &[*first, *last], ink, width),
        _ => Ok(()),
    };
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        let length = dx.hypot(dy);
        // Steps of two fine pixels are shorter than any dash.
        let steps = (length / 2.0).ceil().max(1.0);
        for step in 0..=steps as u32 {
            let part = f64::from(step) / steps;
            let here = (
                from.0 + (dx * part).round() as i32,
                from.1 + (dy * part).round() as i32,
            );
            if (travelled + length * part) % (on + off) < on {
                dash.push(here);
            } else {
                ends(&dash)?;
                dash.clear();
            }
        }
        travelled += length;
    }
    ends(&dash)
}

/// A filled polygon, which below an opacity of 1 lets the grid through.
pub(super) fn fill(
    area: &Area<'_>,
    points: impl Into<Vec<(i32, i32)>>,
    ink: RGBColor,
    opacity: f64,
) -> Drawn {
    area.draw(&Polygon::new(points, ink.mix(opacity)))
}

/// A lightly filled rectangle with its outline.
pub(super) fn block(area: &Area<'_>, corners: [(i32, i32); 2], ink: RGBColor) -> Drawn {
    area.draw(&Rectangle::new(corners, ink.mix(0.35).filled()))?;
    area.draw(&Rectangle::new(corners, ink.stroke_width(px(2) as u32)))
}

/// A dot with a radius of so many pixels.
pub(super) fn dot(area: &Area<'_>, at: (i32, i32), radius: i32, ink: RGBColor) -> Drawn {
    area.draw(&Circle::new(at, px(radius), ink.filled()))
}

/// An interval, `width` pixels wide, that ends in lines from `cap` before to `cap` after its ends.
pub(super) fn interval(
    area: &Area<'_>,
    ends: [(i32, i32); 2],
    cap: (i32, i32),
    ink: RGBColor,
    width: i32,
) -> Drawn {
    line(area, &ends, ink, width)?;
    let (dx, dy) = (px(cap.0), px(cap.1));
    for (x, y) in ends {
        line(area, &[(x - dx, y - dy), (x + dx, y + dy)], ink, 3)?;
    }
    Ok(())
}
