//! A picture, drawn by the same steps in pixels and in lines. Pixels are drawn at twice the size and averaged down, because
//! the bitmap backend does not smooth thick lines.

use std::cell::RefCell;
use std::error::Error;
use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::element::{Drawable, PointCollection};
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use super::pdf::Page;
use crate::report::markup::escaped;

/// Fine pixels per pixel of the file, along each axis.
const FINE: u32 = 2;
pub(super) const FAMILY: &str = "DejaVu Sans";

/// Pixels of the file to fine pixels.
pub(super) const fn px(pixels: i32) -> i32 {
    pixels * FINE as i32
}

/// What drawing can end in; the picture's name is added by the caller.
pub(super) type Trouble = Box<dyn Error + Send + Sync>;
/// Result of one drawing step.
pub(super) type Drawn = Result<(), Trouble>;

/// A box, by two corners, and what is told where the pointer rests on it.
type Hint = ([(i32, i32); 2], String);

/// Where to draw, in fine pixels.
pub(super) struct Area<'a> {
    sheet: Sheet<'a>,
    /// What is told where the pointer rests, in a form that has pointers.
    hints: RefCell<Vec<Hint>>,
}

enum Sheet<'a> {
    Pixels(DrawingArea<BitMapBackend<'a>, Shift>),
    Lines(DrawingArea<SVGBackend<'a>, Shift>),
    Page(DrawingArea<&'a mut Page, Shift>),
}

impl<'a> Area<'a> {
    fn new(sheet: Sheet<'a>) -> Self {
        Self {
            sheet,
            hints: RefCell::default(),
        }
    }

    pub(super) fn draw<E>(&self, element: &E) -> Drawn
    where
        for<'b> &'b E: PointCollection<'b, (i32, i32)>,
        E: Drawable<BitMapBackend<'a>> + Drawable<SVGBackend<'a>> + Drawable<&'a mut Page>,
    {
        match &self.sheet {
            Sheet::Pixels(area) => Ok(area.draw(element)?),
            Sheet::Lines(area) => Ok(area.draw(element)?),
            Sheet::Page(area) => Ok(area.draw(element)?),
        }
    }

    /// Tells of what is drawn in a rectangle.
    pub(super) fn hint(&self, corners: [(i32, i32); 2], text: impl Into<String>) {
        self.hints.borrow_mut().push((corners, text.into()));
    }

    /// Tells of the mark at a point.
    pub(super) fn hint_at(&self, (x, y): (i32, i32), text: impl Into<String>) {
        let reach = px(14);
        self.hint([(x - reach, y - reach), (x + reach, y + reach)], text);
    }

    fn present(&self) -> Drawn {
        match &self.sheet {
            Sheet::Pixels(area) => Ok(area.present()?),
            Sheet::Lines(area) => Ok(area.present()?),
            Sheet::Page(area) => Ok(area.present()?),
        }
    }
}

/// A picture that is yet to be drawn.
pub(in crate::report) struct Picture<'a> {
    size: (i32, i32),
    draw: Box<dyn Fn(&Area<'_>) -> Drawn + 'a>,
}

impl<'a> Picture<'a> {
    /// Of `size` pixels.
    pub(super) fn new(size: (i32, i32), draw: impl Fn(&Area<'_>) -> Drawn + 'a) -> Self {
        let draw = Box::new(draw);
        Self { size, draw }
    }

    fn drawn(&self, sheet: Sheet<'_>) -> Result<Vec<Hint>, Trouble> {
        if !fonts() {
            return Err("the embedded font is unreadable".into());
        }
        let area = Area::new(sheet);
        (self.draw)(&area)?;
        area.present()?;
        Ok(area.hints.take())
    }

    /// As PNG.
    pub(in crate::report) fn png(&self) -> Result<Vec<u8>, Trouble> {
        let size = (self.size.0 as u32, self.size.1 as u32);
        let (width, height) = (size.0 * FINE, size.1 * FINE);
        let mut fine = vec![255; width as usize * height as usize * 3];
        let backend = BitMapBackend::with_buffer(&mut fine, (width, height));
        self.drawn(Sheet::Pixels(backend.into_drawing_area()))?;
        Ok(encode(&averaged(&fine, size), size)?)
    }

    /// As PDF, for papers: text stays text.
    pub(in crate::report) fn pdf(&self) -> Result<Vec<u8>, Trouble> {
        let fine = |pixels: i32| px(pixels) as u32;
        let mut page = Page::new((fine(self.size.0), fine(self.size.1)))?;
        self.drawn(Sheet::Page((&mut page).into_drawing_area()))?;
        page.document()
    }

    /// As SVG on a white ground, with what the pointer is told as titles. Text stays text: where the font is not, one of the
    /// same width is asked for.
    pub(in crate::report) fn svg(&self) -> Result<String, Trouble> {
        let (width, height) = self.size;
        let fine = ((width * px(1)) as u32, (height * px(1)) as u32);
        let mut out = String::new();
        let backend = SVGBackend::with_string(&mut out, fine);
        let hints = self.drawn(Sheet::Lines(backend.into_drawing_area()))?;
        let body = out.split_once('>').map_or("", |(_, body)| body);
        let body = body.rsplit_once("</svg>").map_or(body, |(body, _)| body);
        let family = format!("font-family=\"{FAMILY}\"");
        let alike = format!("font-family=\"{FAMILY}, Verdana, sans-serif\"");
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>{}",
            fine.0,
            fine.1,
            body.replace(&family, &alike)
        );
        for ([(left, top), (right, bottom)], text) in hints {
            svg += &format!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill-opacity=\"0\"><title>{}</title></rect>\n",
                left.min(right),
                top.min(bottom),
                (right - left).abs().max(1),
                (bottom - top).abs().max(1),
                escaped(&text)
            );
        }
        Ok(svg + "</svg>\n")
    }
}

/// Each pixel is the mean of its FINE x FINE fine pixels.
fn averaged(fine: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let (width, height, fold) = (width as usize, height as usize, FINE as usize);
    let stride = width * fold * 3;
    let mut out = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            for channel in 0..3 {
                let start = y * fold * stride + x * fold * 3 + channel;
                let rows = (0..fold).map(|row| start + row * stride);
                let all = rows.flat_map(|row| (0..fold).map(move |column| row + column * 3));
                let sum: u32 = all.map(|at| u32::from(fine[at])).sum();
                out.push((sum / (FINE * FINE)) as u8);
            }
        }
    }
    out
}

/// Opaque pixels as PNG.
fn encode(pixels: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}

/// Registers the fonts once; whether they could be read.
pub(super) fn fonts() -> bool {
    static READY: OnceLock<bool> = OnceLock::new();
    *READY.get_or_init(|| {
        register_font(FAMILY, FontStyle::Normal, dejavu::sans::regular()).is_ok()
            && register_font(FAMILY, FontStyle::Bold, dejavu::sans::bold()).is_ok()
    })
}
